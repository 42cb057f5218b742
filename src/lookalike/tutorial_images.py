"""The pictures that the tutorial was written with, fetched from its own repository on request."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Mapping

from .errors import MissingFileError, ToolkitError
from .names import expanded
from .networks.download import fetch
from .storage import file_identity
from .storage.whole_files import written

COMMIT = "4b49e5e5e0a4ae8817646e946a8a5e37a8e40c75"
ARCHIVE = f"https://github.com/wshuyi/demo-python-image-classification/archive/{COMMIT}.zip"

# Lines of a sha256 and a path, as sha256sum writes them.
HASHES = Path(__file__).parent / "tutorial-images.sha256"


def download_tutorial_images(
    folder: str | os.PathLike[str],
    archive: str | os.PathLike[str] | None = None,
    verbose: bool = True,
) -> Path:
    """Fetch the tutorial's 199 pictures into a folder, each checked against its hash.

    They are not a part of lookalike: they belong to their makers, and come from the tutorial's
    repository, https://github.com/wshuyi/demo-python-image-classification. If all of them are in
    the folder already, no connection is opened. Nothing there is overwritten.

    Parameters
    ----------
    folder : str or path
        Where to; it gets the subfolders ``doraemon`` and ``walle``.
    archive : str or path, optional
        The repository's archive (.zip), if it was fetched by hand.
    verbose : bool
        Whether it shows what it does.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DownloadError
        If the archive could not be fetched.
    MissingFileError
        If there is no such archive.
    ToolkitError
        If the archive lacks pictures, or is none, or the folder has another file of such a name.

    Examples
    --------
    >>> import lookalike
    >>> folder = lookalike.download_tutorial_images('tutorial')    # doctest: +SKIP
    >>> data = lookalike.load_images(folder)                       # doctest: +SKIP
    """
    place = Path(expanded(folder))
    fill(place, known_pictures(), archive, verbose)
    return place


def known_pictures() -> dict[str, str]:
    """Return the sha256 of each of the tutorial's pictures, by its name."""
    lines = (line.split("  ", 1) for line in HASHES.read_text(encoding="utf-8").splitlines())
    return {name: sha256 for sha256, name in lines}


def fill(
    place: Path,
    pictures: Mapping[str, str],
    archive: str | os.PathLike[str] | None = None,
    verbose: bool = True,
    url: str = ARCHIVE,
) -> None:
    """Write pictures with these names and hashes from an archive or a URL; errors as above."""
    missing = _missing(place, pictures)
    if not missing:
        return
    if archive is not None:
        if not Path(archive).is_file():
            raise MissingFileError(archive, f"There is no archive {str(archive)!r}.")
        _unpack(Path(archive), str(archive), place, missing)
        return
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "archive.zip")
        remedy = (
            "Try again, or fetch it with a browser and call "
            "lookalike.download_tutorial_images(folder, archive=path)."
        )
        fetch(url, file, "the tutorial's pictures", remedy, verbose)
        _unpack(file, url, place, missing)


def _missing(folder: Path, pictures: Mapping[str, str]) -> dict[str, str]:
    """Return the names and hashes of the pictures that are not in the folder."""
    missing = {}
    for name, sha256 in pictures.items():
        file = folder / name
        if not file.exists():
            missing[name] = sha256
        elif file_identity.read_sha256(file) != sha256:
            raise ToolkitError(
                f"{file} is not the tutorial's picture of this name: choose another folder, or "
                "remove the file."
            )
    return missing


def _unpack(archive: Path, origin: str, folder: Path, missing: dict[str, str]) -> None:
    """Write the missing pictures. Their hashes find them, wherever they are in the archive."""
    # Not at the top, since importing lookalike is to be quick.
    import zipfile

    if not zipfile.is_zipfile(str(archive)):
        raise ToolkitError(f"{origin} is not a .zip archive; expected that of commit {COMMIT}.")
    names = defaultdict(list)
    for name, sha256 in missing.items():
        names[sha256].append(name)
    with zipfile.ZipFile(archive) as pictures:
        for entry in pictures.infolist():
            content = pictures.read(entry)
            for name in names.pop(hashlib.sha256(content).hexdigest(), []):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                with written(folder / name) as file:
                    file.write_bytes(content)
    left = [name for several in names.values() for name in several]
    if left:
        raise ToolkitError(
            f"The archive {origin} lacks {len(left)} of {len(missing)} pictures, {left[0]} for "
            f"one; expected that of commit {COMMIT}. The others are in {folder} now."
        )
