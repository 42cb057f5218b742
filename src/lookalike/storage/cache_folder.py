"""The folder that stores what lookalike would otherwise fetch or compute again."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import MissingFileError

VARIABLE = "LOOKALIKE_CACHE"

# The errors of a missing home folder; before Python 3.9 it could be pwd's KeyError.
NO_HOME = (RuntimeError, KeyError)


def cache_folder() -> Path:
    """Return the user's cache folder, which ``LOOKALIKE_CACHE`` moves; it need not exist.

    Raises
    ------
    MissingFileError
        If it is in a home folder that does not exist.
    """
    import platformdirs

    moved = os.environ.get(VARIABLE)
    try:
        return at_home(moved or platformdirs.user_cache_dir("lookalike"))
    except NO_HOME as error:
        # Newer versions of platformdirs raise it, older ones return a path that begins with "~".
        which = f" {moved!r}" if moved else ""
        raise MissingFileError(
            moved or "~",
            f"There is no home folder for the cache folder{which}: {VARIABLE} names another.",
        ) from error


def make_folder(folder: Path) -> None:
    """Make a folder if there is none. Only its user may then read the cache folder.

    A folder that ``LOOKALIKE_CACHE`` names gets the usual permissions: groups may share it.
    """
    if is_private(folder):
        root = cache_folder()
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def is_private(path: Path) -> bool:
    """Return whether a path is the cache folder, or in it, and only its user may read that."""
    if os.environ.get(VARIABLE):
        return False
    try:
        root = cache_folder()
    except MissingFileError:
        return False
    return root in (path, *path.parents)


def keep_private(file: Path) -> None:
    """Let only its user read or write a file of the cache folder; other files are left alone."""
    if is_private(file):
        file.chmod(0o600)


def at_home(path: str | os.PathLike[str]) -> Path:
    """Return a path with the home folder that ``~`` or ``~user`` means; else MissingFileError."""
    try:
        return Path(path).expanduser()
    except NO_HOME as error:
        raise MissingFileError(
            path, f"There is no home folder for {os.fspath(path)!r}: write the path in full."
        ) from error
