"""Files that are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator

from ..errors import LookalikeError

PREFIX = ".lookalike-"
# The names in a folder that a killed program left: a folder with others is never swept.
UNFINISHED, FRESH = "unfinished", "fresh"
A_DAY = 86400


@contextmanager
def written(place: Path) -> Iterator[Path]:
    """Yield a file to write. It gets its place when the block is done, and is not there otherwise.

    A file that exists is replaced and keeps its permissions; of a link, the target is replaced.
    What is no file, such as a terminal, is written to directly.

    Raises
    ------
    OSError
        If it cannot be written: the error names ``place`` and the cause, such as a full disk.
    """
    with naming(place):
        target = Path(os.path.realpath(str(place)))
        if target.exists() and not target.is_file():
            yield target
            return
        sweep(target.parent, PREFIX)
        with beside(target) as file:
            yield file
            if target.exists():
                shutil.copymode(str(target), str(file))
            os.replace(str(file), str(target))


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """Yield a file beside another one, to write and then rename. In the end it is removed."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=str(place.parent)) as scratch:
        yield Path(scratch, UNFINISHED)


@contextmanager
def naming(place: Path, source: Path | None = None) -> Iterator[None]:
    """Let the system's errors within the block name ``place``, but those about ``source`` alone."""
    try:
        yield
    except OSError as error:
        about_source = error.filename == str(source) and error.filename2 is None
        if isinstance(error, LookalikeError) or error.errno is None or about_source:
            raise
        raise OSError(error.errno, error.strerror, str(place)) from error


def sweep(folder: Path, prefix: str) -> None:
    """Remove what killed programs left unfinished in a folder a day ago or longer."""
    ours = re.compile(re.escape(prefix) + "[a-z0-9_]{8}")
    with suppress(OSError):
        for left in list(os.scandir(str(folder))):
            # Another process may be sweeping, too.
            with suppress(OSError):
                if ours.fullmatch(left.name) and left.is_dir(follow_symlinks=False):
                    _sweep_one(left.path)


def _sweep_one(left: str) -> None:
    old = time.time() - os.stat(left).st_mtime > A_DAY
    if old and set(os.listdir(left)) <= {UNFINISHED, FRESH}:
        shutil.rmtree(left, ignore_errors=True)
