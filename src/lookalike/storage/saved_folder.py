"""Models and frames on disk: a folder with the facts as JSON and the arrays as ``.npy``.

Nothing in it can run code when it is read. ``lookalike.json`` names the arrays' files, with their
shapes, types and SHA-256, and is put in place last and at once: a crash at any moment leaves what
stood there whole, and so does saving while another notebook has the old arrays mapped.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tempfile
import threading
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple

import numpy as np

from ..errors import MissingFileError, SavedDataError
from ..names import expanded

FACTS = "lookalike.json"
# What is written, and what can be read.
VERSION, VERSIONS = 2, (1, 2)
# Arrays up to 16 MB are verified when they are opened, larger ones when they are used.
SMALL = 16 * 2**20
# How ``write`` names arrays. A document may come from anybody: other files are never touched.
ARRAY_FILE = re.compile(r"[a-z][a-z0-9_-]*-[0-9a-f]{8}\.npy")


class Saved(NamedTuple):
    """What was saved in a folder.

    Attributes
    ----------
    location : str
        The folder.
    version : int
        Of its form.
    kind : str
        What it is, such as ``'nearest_neighbors'``.
    facts : dict
        Verified.
    arrays : dict of array
        Mapped from their files, read-only: opened, not read. Their shapes, types and lengths are
        verified; their hashes, if they are small.
    verify : callable
        Compares the large arrays, which it reads, to their hashes (about 2 GB/s); raises
        ``SavedDataError``. Does nothing the second time.
    """

    location: str
    version: int
    kind: str
    facts: dict[str, Any]
    arrays: dict[str, np.ndarray[Any, Any]]
    verify: Callable[[], None]


def write(
    location: str, kind: str, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]
) -> None:
    """Write a folder of this kind, in place of one that lookalike wrote before.

    Raises
    ------
    SavedDataError
        If something else stands at ``location``; it is left alone.
    """
    place = Path(expanded(location)).absolute()
    old = _replaceable(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=str(place.parent)) as scratch:
        fresh = Path(scratch, "fresh")
        fresh.mkdir()
        # Names that were never used: a file that is mapped is never written to.
        token = secrets.token_hex(4)
        described = {
            name: _write_array(fresh / f"{name}-{token}.npy", values)
            for name, values in arrays.items()
        }
        document = {
            "kind": kind,
            "version": VERSION,
            "arrays": described,
            "replaced": old,
            "facts": dict(facts),
        }
        text = json.dumps({"sha256": _digest(_text(document)), **document})
        _write_file(fresh / FACTS, text.encode())
        _put_in_place(fresh, place)
    for name in old:
        try:
            (place / name).unlink()
        except OSError:
            # Gone, or mapped on Windows: named in "replaced", it is removed by the next save.
            continue


def read(location: str, kind: str | None = None) -> Saved:
    """Open a folder of this kind, or of any.

    Raises
    ------
    MissingFileError
        If there is nothing at ``location``.
    SavedDataError
        If it is something else, of another version, or damaged.
    """
    place = Path(expanded(location)).absolute()
    document = _document(place)
    if kind not in (None, document["kind"]):
        raise SavedDataError(place, f"it holds a {document['kind']}; expected a {kind}")
    arrays, large = {}, {}
    for name, described in document["arrays"].items():
        arrays[name] = _open_array(place, described)
        if arrays[name].nbytes <= SMALL:
            _verify(place, described, arrays[name])
        else:
            large[name] = described

    one_at_a_time = threading.Lock()

    def verify() -> None:
        with one_at_a_time:
            for name in list(large):
                _verify(place, large[name], arrays[name])
                del large[name]

    return Saved(
        str(place), document["version"], document["kind"], document["facts"], arrays, verify
    )


def _replaceable(place: Path) -> list[str]:
    """Return the array files that stand at a place, and those that it once replaced."""
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return []
    if not (place / FACTS).is_file():
        raise SavedDataError(place, "it was not saved by lookalike; choose another name")
    try:
        document = _document(place)
        named = [*(entry["file"] for entry in document["arrays"].values()), *document["replaced"]]
    except (SavedDataError, KeyError, TypeError, AttributeError):
        # Damaged, foreign or of another version: what it holds is not known, so it is left.
        return []
    return [name for name in named if isinstance(name, str) and ARRAY_FILE.fullmatch(name)]


def _put_in_place(fresh: Path, place: Path) -> None:
    if place.exists():
        for file in fresh.glob("*.npy"):
            os.replace(str(file), str(place / file.name))
        _flush_folder(place)
        os.replace(str(fresh / FACTS), str(place / FACTS))
        _flush_folder(place)
    else:
        _flush_folder(fresh)
        fresh.rename(place)
        _flush_folder(place.parent)


def _write_array(file: Path, values: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Write an array and return how it is described."""
    values = np.ascontiguousarray(values)
    with file.open("wb") as stream:
        np.save(stream, values, allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())
    return {
        "file": file.name,
        "shape": list(values.shape),
        "dtype": values.dtype.str,
        "sha256": _digest(values.data),
    }


def _open_array(place: Path, described: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Map an array whose shape, type and length are as described."""
    # Whatever a foreign document says, nothing outside the folder is opened.
    file = place / Path(described["file"]).name
    try:
        # What has no numbers cannot be mapped.
        mode: Any = "r" if 0 not in described["shape"] else None
        values: np.ndarray[Any, Any] = np.load(str(file), mmap_mode=mode, allow_pickle=False)
        found = [list(values.shape), values.dtype.str]
        tail = file.stat().st_size - values.nbytes - getattr(values, "offset", 0)
    except (OSError, ValueError, EOFError, AttributeError, SyntaxError) as error:
        raise SavedDataError(place, f"it is damaged: {file.name} cannot be read") from error
    expected = [described["shape"], described["dtype"]]
    if found != expected:
        raise SavedDataError(place, f"it is damaged: {file.name} is {found}, expected {expected}")
    if mode and tail:
        raise SavedDataError(place, f"it is damaged: {file.name} is {tail} bytes too long")
    return np.asarray(values)


def _verify(place: Path, described: Mapping[str, Any], values: np.ndarray[Any, Any]) -> None:
    if _digest(values.data) != described["sha256"]:
        raise SavedDataError(
            place, f"it is damaged: {described['file']} holds other numbers than were saved"
        )


def _document(place: Path) -> dict[str, Any]:
    if not place.exists():
        raise MissingFileError(place, f"There is no saved model or frame at {place}.")
    foreign = f"its {FACTS} cannot be read: it is damaged, or was not saved by lookalike"
    try:
        document: dict[str, Any] = json.loads((place / FACTS).read_text(encoding="utf-8"))
        version = document["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SavedDataError(place, foreign) from error
    if version not in VERSIONS:
        raise SavedDataError(
            place,
            f"it is of version {version!r}; this lookalike reads {', '.join(map(str, VERSIONS))}: "
            "save it anew",
        )
    if document.pop("sha256", None) != _digest(_text(document)):
        raise SavedDataError(place, f"it is damaged: its {FACTS} is not as it was saved")
    return document


def _text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _digest(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_file(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Make sure that renamed files stay renamed; Windows has no such call, nor the need."""
    if os.name != "nt":
        handle = os.open(str(folder), os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
