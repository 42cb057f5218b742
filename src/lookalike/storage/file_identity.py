"""What tells a file from others, and from itself after a change: its stamp, and its hash."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from .cache_folder import cache_folder

# What a file's time may be behind the clock (on FAT): changes within it may not show in the time.
COARSE_TIME_NS = 2_000_000_000
# Files whose content is known: path -> [size, modification time in ns, sha256].
KNOWN_FILES = "known-files.json"
CHUNK = 1 << 20


class Stamp(NamedTuple):
    """What tells that a file has not changed since: bytes, and nanoseconds since 1970."""

    size: int
    time: int


# A stamp that no file has.
NEVER = Stamp(-1, -1)


class Identity(NamedTuple):
    """A file as it was: its stamp, its content's hash, whether every change must show in a stamp.

    That is not so of a file that was written a moment ago.
    """

    stamp: Stamp
    content: bytes
    settled: bool


def stamp_of(path: str) -> Stamp:
    """Return a file's stamp.

    Raises
    ------
    OSError
        If there is no such file, or it is a folder or a device.
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is a folder or a device, not a file")
    return Stamp(status.st_size, status.st_mtime_ns)


def is_unchanged(path: str, stamp: Stamp) -> bool:
    """Tell whether a file is there and has this stamp."""
    try:
        return stamp_of(path) == stamp
    except OSError:
        return False


def identify(path: str) -> Identity:
    """Return what tells a file from others, and from itself after a change.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    now = time.time_ns()
    stamp = stamp_of(path)
    return Identity(stamp, _content_of(path), settled=now - stamp.time > COARSE_TIME_NS)


def is_still(path: str, identity: Identity) -> bool:
    """Tell whether a file is there and as it was, and was so in between."""
    try:
        return stamp_of(path) == identity.stamp and (
            identity.settled or _content_of(path) == identity.content
        )
    except OSError:
        return False


def _content_of(path: str) -> bytes:
    return bytes.fromhex(read_sha256(Path(path)))


def sha256_of(path: Path) -> str:
    """Return a file's sha256; the content is read again where size or time have changed.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    place = path.resolve()
    stat = place.stat()
    known = _known_files()
    size, time, sha256 = known.get(str(place), (None, None, ""))
    if (size, time) != (stat.st_size, stat.st_mtime_ns):
        sha256 = read_sha256(place)
        _remember({**known, str(place): [stat.st_size, stat.st_mtime_ns, sha256]})
    return str(sha256)


def read_sha256(path: Path) -> str:
    """Return a file's sha256 from its content, whatever is known of it; errors as ``sha256_of``."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _known_files() -> dict[str, list[object]]:
    try:
        known = json.loads((cache_folder() / KNOWN_FILES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(known: dict[str, list[object]]) -> None:
    """Keep what is known of files; without a place to write, they are hashed every time."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=str(folder)) as scratch:
            fresh = Path(scratch, KNOWN_FILES)
            fresh.write_text(json.dumps(known, indent=1), encoding="utf-8")
            fresh.replace(folder / KNOWN_FILES)
    except OSError:
        return
