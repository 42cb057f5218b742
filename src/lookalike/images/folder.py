"""The pictures of a folder, and what was passed over, and why."""

from __future__ import annotations

import os
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path
from typing import Iterator, NamedTuple, Sequence, Union

from ..errors import MissingFileError
from ..names import expanded
from . import decode, failures, formats

Patterns = Union[str, Sequence[str]]

# Folders of network drives, systems and other programs, in small letters.
NOT_PICTURES = (
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "@eadir",
    "__macosx",
    "lost+found",
    "system volume information",
)


class Listing(NamedTuple):
    """The pictures of a folder, in the order of their paths, and what is not among them.

    ``passed_over`` counts files of known formats that are not read, by ending; ``denied`` has the
    folders that could not be read, with the reason.
    """

    place: str
    paths: list[str]
    passed_over: Counter[str]
    denied: list[str]

    def remarks(self) -> list[str]:
        """Return lines: what is not among the pictures, and what can be done."""
        lines = [formats.passed_over(self.passed_over)] if self.passed_over else []
        return [*lines, *(f"Cannot look into {denied}" for denied in self.denied)]

    def nothing(self) -> MissingFileError:
        """Return the error for a place without pictures, which says what there is."""
        remarks = "; ".join(self.remarks())
        found = f"Nothing can be loaded from {self.place!r}: {remarks}."
        none = f"There are no pictures in the folder {self.place!r}."
        return MissingFileError(self.place, found if remarks else none)


def pictures_in(
    folder: str | os.PathLike[str],
    recursive: bool = True,
    exclude: Patterns = (),
    format: str | None = None,
) -> Listing:
    """List the pictures of a folder; none of them is opened if its name says that it is one.

    Hidden files and folders are passed over, and so are those of operating systems.

    Parameters
    ----------
    folder : str or path
        A folder, or one picture.
    recursive : bool
        Whether to look into subfolders.
    exclude : str or sequence of str
        Patterns of names, or of paths from the folder on, that are left out: ``*.png``,
        ``drafts``, ``2019/*``.
    format : str, optional
        The only wanted format, by the files' content. Then nothing counts as passed over.

    Raises
    ------
    MissingFileError
        If there is no such folder or file.
    """
    place = str(Path(expanded(folder)))
    if not os.path.exists(place):
        message = (
            f"There is no folder or picture {os.fspath(folder)!r} ({os.path.abspath(folder)})."
        )
        raise MissingFileError(folder, message)
    patterns = [exclude] if isinstance(exclude, str) else list(exclude)
    listing = Listing(place, [], Counter(), [])
    files = _files(place, recursive, patterns, listing.denied) if os.path.isdir(place) else [place]
    decode.prepare()
    read = {name for name in formats.FORMATS if not formats.remedy(name)}
    for path in files:
        found = formats.ENDINGS.get(formats.ending_of(path))
        # A file whose name says that it is a picture is not opened.
        if found not in read or format is not None:
            found = decode.format_of(path)
        if found in read and format in (None, found):
            listing.paths.append(path)
        elif found is not None and found not in read and format is None:
            listing.passed_over[formats.ending_of(path, found)] += 1
    listing.paths.sort()
    return listing


def _files(top: str, recursive: bool, patterns: Sequence[str], denied: list[str]) -> Iterator[str]:
    """Yield a folder's files, but none of a folder that was seen before.

    Links may lead to a folder twice, or in a circle. Folders that cannot be read, and why, are
    added to ``denied``. Folders may be deeper than Python's recursion.
    """
    seen: set[object] = set()
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            about = os.stat(folder)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            denied.append(f"{folder}: {failures.reason_of(error)}")
            continue
        # Some file systems number nothing.
        same = (about.st_dev, about.st_ino) if about.st_ino else os.path.realpath(folder)
        if same in seen:
            continue
        seen.add(same)
        within = []
        for entry in entries:
            if entry.name.startswith(".") or _is_excluded(entry, top, patterns):
                continue
            is_link = entry.is_symlink()
            # Only a link has to be followed; it may lead nowhere, or in a circle.
            if os.path.isdir(entry.path) if is_link else entry.is_dir():
                if entry.name.lower() not in NOT_PICTURES:
                    within.append(entry.path)
            elif is_link or entry.is_file():
                yield entry.path
        # In the order of their names, since of two ways to a folder the first counts.
        folders += reversed(within) if recursive else ()


def _is_excluded(entry: os.DirEntry[str], top: str, patterns: Sequence[str]) -> bool:
    if not patterns:
        return False
    way = os.path.relpath(entry.path, top).replace(os.sep, "/")
    return any(
        fnmatch(name, pattern.rstrip("/")) for pattern in patterns for name in (entry.name, way)
    )
