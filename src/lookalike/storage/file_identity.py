"""What tells a picture file from others, and from itself after a change."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import NamedTuple

from .cache_folder import read_sha256

# What a file's time may be behind the clock (on FAT): changes within it may not show in the time.
COARSE_TIME_NS = 2_000_000_000


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
