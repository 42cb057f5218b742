"""Files and their changes, known by stamp and hash."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from ..errors import MissingFileError
from ..images import decode
from ..names import is_address, missing
from .cache_folder import at_home, cache_folder, keep_private, make_folder
from .whole_files import beside

# Nanoseconds by which a file's time may be behind (on FAT): a change within them may not show.
COARSE_TIME_NS = 2_000_000_000
# Files whose content is known: path -> [size, modification time in ns, sha256].
KNOWN_FILES = "known-files.json"
# Its bytes at the most: some ten thousand files. What is larger is begun anew.
MOST_KNOWN = 2_000_000
CHUNK = 1 << 20


class Stamp(NamedTuple):
    """A file's size in bytes, and its modification time in nanoseconds since 1970."""

    size: int
    time: int


# A stamp that no file has.
NEVER = Stamp(-1, -1)


class Identity(NamedTuple):
    """A file as it was: its stamp, and its content's sha256.

    It is ``settled`` if every later change shows in the stamp: the file was not written just now.
    """

    stamp: Stamp
    content: bytes
    settled: bool


def stamp_of(path: str) -> Stamp:
    """Return a file's stamp; raises OSError for what is no file."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is a folder or a device, not a file")
    return Stamp(status.st_size, status.st_mtime_ns)


def is_unchanged(path: str, stamp: Stamp) -> bool:
    """Return whether a file is there and has this stamp."""
    try:
        return stamp_of(path) == stamp
    except OSError:
        return False


def identify(path: str, stop: Event | None = None) -> Identity:
    """Return a file's identity. ``stop`` ends the reading of a large file when it is set.

    Raises
    ------
    OSError
        If it cannot be read, or the reading was ended.
    """
    now = time.time_ns()
    stamp = stamp_of(path)
    return Identity(stamp, _content_of(path, stop), settled=now - stamp.time > COARSE_TIME_NS)


def identify_picture(path: str, stop: Event | None = None) -> Identity:
    """Return what ``identify`` does; raises UnreadableImageError early for what is no picture."""
    decode.read_header(path)
    return identify(path, stop)


def is_still(path: str, identity: Identity, stop: Event | None = None) -> bool:
    """Return whether a file is there and did not change in between."""
    try:
        return stamp_of(path) == identity.stamp and (
            identity.settled or _content_of(path, stop) == identity.content
        )
    except OSError:
        return False


def _content_of(path: str, stop: Event | None = None) -> bytes:
    return bytes.fromhex(read_sha256(Path(path), stop))


def has_sha256(path: Path, sha256: str) -> bool:
    """Return whether a file has this sha256; it is read only if that is not remembered."""
    place = path.resolve()
    status = place.stat()
    state = [status.st_size, status.st_mtime_ns, sha256]
    known = _known_files()
    # What is remembered may be wrong: before the answer is no, the content is read.
    if known.get(str(place)) != state:
        if read_sha256(place) != sha256:
            return False
        _remember({**known, str(place): state})
    return True


def read_sha256(path: Path, stop: Event | None = None) -> str:
    """Return a file's sha256 from its content; errors as ``identify``."""
    digest = hashlib.sha256()
    with decode.open_file(path) as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            if stop is not None and stop.is_set():
                raise OSError(f"{path} was not read to its end: the work was ended")
            digest.update(chunk)
    return digest.hexdigest()


def find_file(path: str | os.PathLike[str]) -> Path:
    """Return a file's absolute path; ``~`` is the home folder unless a file has that name.

    Raises
    ------
    MissingFileError
        If there is no such file.
    """
    given = os.fspath(path)
    if is_address(given):
        raise missing(given)
    place = Path(given) if os.path.isfile(given) else at_home(given)
    if not os.path.isfile(str(place)):
        raise MissingFileError(path, f"There is no file {given!r} ({place.absolute()}).")
    return place.absolute()


def _known_files() -> dict[str, Any]:
    """Return the remembered hashes: none if the file is damaged, or not ours."""
    try:
        file = cache_folder() / KNOWN_FILES
        status = os.stat(str(file))
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_KNOWN:
            return {}
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(known: dict[str, Any]) -> None:
    """Remember hashes; without a place to write, files are hashed every time."""
    with suppress(OSError, RecursionError):
        place = cache_folder() / KNOWN_FILES
        make_folder(place.parent)
        with beside(place) as fresh:
            fresh.write_text(json.dumps(known, indent=1), encoding="utf-8")
            keep_private(fresh)
            fresh.replace(place)


def forget_files() -> None:
    """Forget the remembered hashes: each file is read when its hash is needed next."""
    with suppress(OSError, MissingFileError):
        os.unlink(str(cache_folder() / KNOWN_FILES))
