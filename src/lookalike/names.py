"""Names of files, as people write them and terminals show them."""

from __future__ import annotations

import os
import re
import sys

from .errors import MissingFileError, visible

# Of a drive ("C:/") the name has one letter; a Path makes one slash of two.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


def expanded(path: str | os.PathLike[str]) -> str:
    """Return a path as a person means it: with the home folder for a leading ``~`` or ``~/``.

    A file that exists as it is written comes first; other names that begin with ``~`` stay.

    Raises
    ------
    MissingFileError
        If it is an address of the web or an impossible name, or there is no home folder.
    """
    written = os.fspath(path)
    if not is_possible(written):
        raise MissingFileError(path, f"No file can have the name {written!r}.")
    if os.path.lexists(written):
        return written
    if is_address(written):
        raise missing(written)
    if written != "~" and not written.startswith(("~/", "~" + os.sep)):
        return written
    home = os.path.expanduser(written)
    if home.startswith("~"):
        raise MissingFileError(path, f"There is no home folder, which {written!r} begins with.")
    return home


def is_possible(path: str) -> bool:
    """Return whether a file system takes a name: without NUL, of characters that it encodes."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def is_address(path: str) -> bool:
    """Return whether a path is an address, as ``https://…``, ``s3://…`` or ``file://…``."""
    return _ADDRESS.match(path) is not None


def missing(path: object) -> MissingFileError:
    """Return the error for a picture that is not there."""
    if is_address(str(path)):
        message = f"{str(path)!r}: addresses are not opened: download the files first."
    else:
        message = f"The picture {path} does not exist."
    return MissingFileError(path, message)


def write_line(text: str) -> None:
    """Print a text that may hold names of files; what the terminal cannot encode is escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    shown = "\n".join(visible(line) for line in text.split("\n"))
    print(shown.encode(encoding, "backslashreplace").decode(encoding))  # noqa: T201 - its purpose
