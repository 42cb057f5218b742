"""Models and frames on disk: a folder with the facts as JSON and the arrays as ``.npy``.

Nothing in it can run code when it is read, and nothing of it is used before its form is checked
(``forms``). ``lookalike.json`` names the arrays' files, with their shapes, types and SHA-256. It is
put in place last, in one step: a crash at any moment leaves the old data whole, and so does saving
while another notebook has the old arrays mapped.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, NamedTuple

import numpy as np

from ..errors import MissingFileError, SavedDataError
from ..images.decode import open_file
from ..locks import Lock
from ..names import expanded
from . import array_files, forms
from .array_files import ARRAY_FILE, ARRAY_NAME, Opened
from .schema import UnfitError, expect, matching, record, short, values
from .whole_files import A_DAY, FRESH, naming, sweep

FACTS = "lookalike.json"
# What is written, and what can be read.
VERSION, VERSIONS = 2, (1, 2)
# Arrays up to 64 MB are read and verified; larger ones are mapped, and verified when they are used.
SMALL = 64 * 2**20
# A document of ten million pictures has about 1 GB.
LONGEST_DOCUMENT = 2 * 10**9
# Digits that a whole number can have: Python takes minutes for millions.
DIGITS = 4000
FOREIGN = f"its {FACTS} cannot be read: it is damaged, or was not saved by lookalike"
# How often a folder is read again if another process saves over it meanwhile.
RETRIES = 20
# Seconds that a save waits for another's renaming, in all and at a time.
PATIENCE, TICK = 10.0, 0.02


class Saved(NamedTuple):
    """What was saved in a folder, the ``location``."""

    location: str
    version: int
    # What it is, such as 'nearest_neighbors'.
    kind: str
    facts: dict[str, Any]
    # Read-only. Those of up to 64 MB are verified copies. Larger ones are mapped from their files;
    # their shapes, types and lengths are verified.
    arrays: dict[str, np.ndarray[Any, Any]]
    # Compares the mapped arrays, which it reads, to their hashes (about 2 GB/s); raises
    # SavedDataError. The second time it compares their files' stamps alone.
    verify: Callable[[], None]

    def checked(self) -> Saved:
        """Return it if it is of the form of its kind; else raise SavedDataError."""
        with _faults(self.location):
            forms.check(self.kind, self.facts, self.arrays)
        return self


def write(
    location: str, kind: str, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]
) -> None:
    """Write a folder of this kind. One that lookalike wrote before is replaced.

    Several processes may write to one place: in the end it holds what the last one wrote, and no
    file of the others.

    Raises
    ------
    SavedDataError
        If there is something else at ``location``; it is left alone.
    OSError
        If it cannot be written: the error names the folder and the cause, such as a full disk.
    """
    place = Path(expanded(location)).absolute()
    _replaceable(place)
    prefix = f".{place.name}-"
    with naming(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent, prefix)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=str(place.parent)) as scratch:
            fresh = Path(scratch, FRESH)
            fresh.mkdir()
            # Names that were never used: a file that is mapped is never written to.
            token = secrets.token_hex(4)
            described = {
                name: array_files.write(fresh / f"{name}-{token}.npy", array)
                for name, array in arrays.items()
            }
            with _alone(place.parent):
                # Another may have been quicker.
                old = _replaceable(place)
                document = {
                    "kind": kind,
                    "version": VERSION,
                    "arrays": described,
                    "replaced": old,
                    "facts": dict(facts),
                }
                sealed = json.dumps({"sha256": _seal(document), **document})
                _write_file(fresh / FACTS, sealed.encode())
                _put_in_place(fresh, place)
                _remove(place, old, [entry["file"] for entry in described.values()])


def read(location: str, kind: str | None = None) -> Saved:
    """Open a folder of this kind, or of any. The form of a model of version 1 is not checked.

    Raises
    ------
    MissingFileError
        If there is nothing at ``location``.
    SavedDataError
        If it is something else, of another version or form, or damaged.
    """
    place = Path(expanded(location)).absolute()
    content = _content(place)
    for _ in range(RETRIES):
        try:
            return _read(place, content, kind)
        except SavedDataError:
            before, content = content, _content(place)
            # Where it was saved over meanwhile, the arrays of the old one are gone.
            if content == before:
                raise
    return _read(place, content, kind)


def _read(place: Path, content: bytes, kind: str | None) -> Saved:
    document = _document(place, content)
    found = document["kind"]
    if kind not in (None, found):
        raise SavedDataError(place, f"it holds a {found}; expected a {kind}")
    described = document["arrays"]
    arrays: dict[str, Opened] = {}

    def verify_one(name: str) -> None:
        finite = forms.must_be_finite(found, name)
        array_files.verify(described[name], arrays[name].values, finite)

    with _faults(place):
        for name in described:
            arrays[name] = array_files.open_array(place, described[name], SMALL)
            if arrays[name].file is None:
                verify_one(name)

    one_at_a_time = Lock()
    unverified = {name for name, array in arrays.items() if array.file is not None}

    def verify() -> None:
        for name, array in arrays.items():
            if not array.is_unchanged():
                raise SavedDataError(
                    place,
                    f"{described[name]['file']} was cut or changed since it was opened: load it "
                    "again, or save it anew",
                )
        with one_at_a_time, _faults(place):
            for name in sorted(unverified):
                verify_one(name)
                unverified.discard(name)

    opened = {name: array.values for name, array in arrays.items()}
    version, facts = document["version"], document["facts"]
    saved = Saved(str(place), version, found, facts, opened, verify)
    return saved.checked() if version == VERSION or found == forms.FRAME else saved


def _replaceable(place: Path) -> list[str]:
    """Return the array files of what may be replaced, and those that it once replaced."""
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return []
    if not (place / FACTS).is_file():
        raise SavedDataError(place, "it was not saved by lookalike; choose another name")
    try:
        document = _document(place, _content(place))
    except (SavedDataError, MissingFileError):
        # Damaged, foreign or of another version: what it holds is not known, so it is left.
        return []
    named = [entry["file"] for entry in document["arrays"].values()]
    named += document.get("replaced", [])
    return [name for name in named if isinstance(name, str) and re.fullmatch(ARRAY_FILE, name)]


def _remove(place: Path, old: list[str], new: list[str]) -> None:
    """Remove replaced arrays, and those of the same names that killed saves left."""
    names = {name[: -len("-00000000.npy")] for name in (*old, *new)}
    for file in os.listdir(str(place)):
        if file in new or not re.fullmatch(ARRAY_FILE, file):
            continue
        # What is mapped on Windows stays: named in "replaced", it is removed by the next save.
        with suppress(OSError):
            left = file[: -len("-00000000.npy")] in names and (
                time.time() - (place / file).stat().st_mtime > A_DAY
            )
            if file in old or left:
                (place / file).unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Make other processes' saves in a folder wait. Without a lock the work goes on, too.

    What two saves at once then leave is swept later.
    """
    try:
        import fcntl

        handle = os.open(str(folder), os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(TICK)
            except OSError:
                # This file system has no locks.
                break
        yield
    finally:
        os.close(handle)


def _put_in_place(fresh: Path, place: Path) -> None:
    if not place.exists():
        _flush_folder(fresh)
        try:
            fresh.rename(place)
        except OSError:
            # Another process may have made it at the same moment.
            if not place.is_dir():
                raise
        else:
            _flush_folder(place.parent)
            return
    for file in fresh.glob("*.npy"):
        os.replace(str(file), str(place / file.name))
    _flush_folder(place)
    os.replace(str(fresh / FACTS), str(place / FACTS))
    _flush_folder(place)


@contextmanager
def _faults(place: object) -> Iterator[None]:
    """Turn what does not fit its form into an error of saved data."""
    try:
        yield
    except UnfitError as error:
        raise SavedDataError(place, f"it is damaged: {error}") from None


def _content(place: Path) -> bytes:
    """Return the content of a folder's document."""
    if not place.exists():
        raise MissingFileError(place, f"There is no saved model or frame at {place}.")
    try:
        with open_file(place / FACTS, follow=False) as file:
            # Python reserves memory for as many bytes as are read at the most.
            length = min(os.fstat(file.fileno()).st_size, LONGEST_DOCUMENT) + 1
            content = file.read(length)
    except OSError as error:
        raise SavedDataError(place, FOREIGN) from error
    if len(content) > LONGEST_DOCUMENT:
        raise SavedDataError(place, f"its {FACTS} has more than {LONGEST_DOCUMENT:,} bytes")
    return content


def _array_entries(value: Any) -> None:
    expect(isinstance(value, dict), "arrays by name", value)
    for name, described in value.items():
        matching(ARRAY_NAME, "the name of an array")(name)
        array_files.DESCRIBED(described)


DOCUMENT = record(
    {"kind": matching("[a-z_]{1,40}", "a kind"), "arrays": _array_entries, "facts": record({})},
    {"replaced": values},
)


def _document(place: Path, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8"), parse_int=_whole)
        sealed = document.pop("sha256", None), _seal(document)
        version = document["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SavedDataError(place, FOREIGN) from error
    if type(version) is not int or version not in VERSIONS:
        raise SavedDataError(
            place,
            f"it is of version {short(version)}; this lookalike reads "
            f"{', '.join(map(str, VERSIONS))}: save it anew",
        )
    if sealed[0] != sealed[1]:
        raise SavedDataError(place, f"it is damaged: its {FACTS} is not as it was saved")
    with _faults(place):
        DOCUMENT(document)
    return document


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError("a whole number of too many digits")
    return int(digits)


def _seal(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()


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
