"""The errors of lookalike, each also the builtin that a caller would catch."""

from __future__ import annotations

import os
import re
import sys
import threading
import traceback
import warnings
from types import FrameType
from typing import Any, Iterable

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
# Frames between a caller and lookalike's own lines in a with block or a thread.
BETWEEN = tuple(
    os.path.join(os.path.dirname(os.__file__), name)
    for name in ("contextlib.py", "threading.py", os.path.join("concurrent", "futures", ""))
)

# What moves the cursor, starts a line, turns the direction of writing, or cannot be encoded.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return a text in which nothing can move a terminal's cursor or end its output.

    Control characters and bytes that are no UTF-8 become escapes, as in Python's literals.

    Examples
    --------
    >>> print(visible("two\nlines.jpg"))
    two\nlines.jpg
    """
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def install_hint(extra: str) -> str:
    """Return how to install one of lookalike's extras, in words that follow a colon.

    Examples
    --------
    >>> print(install_hint("heic"))
    pip install ".[heic]" in the clone of lookalike
    """
    # lookalike is on no package index.
    return f'pip install ".[{extra}]" in the clone of lookalike'


class LookalikeError(Exception):
    """The base of every error that lookalike raises on purpose; each can be pickled and copied."""

    # The names of the constructor's arguments, if it takes others than the message.
    _fields: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = tuple(getattr(self, name) for name in self._fields) or self.args
        return type(self), arguments, self.__dict__

    def __str__(self) -> str:
        # KeyError, which some are, would print the repr of the message.
        return "\n".join(map(visible, str(self.args[0]).split("\n"))) if self.args else ""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the reader's own line, and the message.

        IPython calls it; a program's traceback is the whole one.
        """
        frames = traceback.extract_tb(self.__traceback__)
        inside = [
            number for number, frame in enumerate(frames) if frame.filename.startswith(PACKAGE)
        ]
        own = frames[inside[0] - 1] if inside and inside[0] else frames[-1]
        return [f"----> {own.lineno} {own.line}", "", f"{type(self).__name__}: {self}"]


class ToolkitError(LookalikeError, RuntimeError):
    """What Turi Create raises as ``ToolkitError``: data or options that a toolkit cannot use."""


class MissingColumnError(ToolkitError, KeyError, ValueError):
    """A column that is not there.

    Turi Create raises ``RuntimeError``, ``KeyError`` or ``ValueError`` for it, depending on the
    call; code that catches one of them catches this. ``found`` has the names that are there, and
    ``role`` says in one or two words what the column is needed for.
    """

    _fields = ("column", "found", "role")

    def __init__(self, column: object, found: Iterable[str], role: str = "column") -> None:
        self.column = str(column)
        self.found = list(found)
        self.role = role
        super().__init__(
            f"The {role} '{self.column}' does not exist: the columns are "
            f"{', '.join(self.found) or '(none)'}."
        )


class MissingFileError(ToolkitError, FileNotFoundError):
    """A file or folder, ``path``, that is not there."""

    def __init__(self, path: object, message: str) -> None:
        self.path = str(path)
        super().__init__(visible(message))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, str(self))


class NotHereError(LookalikeError, AttributeError):
    """A name of Turi Create's that is not here; the message says what to do instead."""


class ColumnTypeError(ToolkitError, TypeError):
    """A column of a type that cannot be used: Turi Create raises either of the two for it."""


class SavedDataError(ToolkitError, OSError):
    """A saved model or frame that cannot be used, or a place where none can be saved.

    ``location`` is the folder; ``reason`` says in one line what is wrong with it.
    """

    _fields = ("location", "reason")

    def __init__(self, location: object, reason: str) -> None:
        self.location = str(location)
        self.reason = reason
        super().__init__(f"Cannot use {self.location} as a saved model or frame: {reason}.")


class UnreadableImageError(ToolkitError, OSError):
    """A picture that cannot be read.

    ``path`` is its file, or None; ``reason`` says in one line what is wrong with it.
    """

    _fields = ("path", "reason")

    def __init__(self, path: object | None, reason: str) -> None:
        self.path = None if path is None else str(path)
        self.reason = visible(reason)
        name = "(not from a file)" if self.path is None else visible(self.path)
        super().__init__(f"Cannot read the picture {name}: {self.reason}")


class DownloadError(ToolkitError, OSError):
    """A file that could not be downloaded from ``url``; nothing of it was kept.

    ``reason`` says in one line what went wrong, and ``remedy`` what can be done.
    """

    _fields = ("url", "reason", "remedy")

    def __init__(self, url: str, reason: str, remedy: str) -> None:
        self.url = url
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"Cannot download {url}: {reason}. {remedy}")


class UnreadableImageWarning(UserWarning):
    """Pictures that were left out because they cannot be read."""


class MissingNetworkWarning(UserWarning):
    """A model whose network is not on this machine."""


class FeatureStoreWarning(UserWarning):
    """A feature store that cannot be used; the work goes on without it."""


class BackendError(LookalikeError, ImportError):
    """An engine or an optional package that is not available."""


class BackendWarning(UserWarning):
    """A Turi Create that is installed but broken."""


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warn at the line outside lookalike that called it, every time.

    Python's own ``warn`` shows a warning once for each place, and a notebook's cell that runs again
    is the same place.
    """
    # A thread of lookalike's own has no caller: the main thread waits for it.
    waiting = sys._current_frames().get(threading.main_thread().ident or 0)
    frame = _outside(sys._getframe(1)) or _outside(waiting) or sys._getframe(1)
    module = frame.f_globals.get("__name__", "__main__")
    warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, module)


def _outside(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame that is not lookalike's; None if all are."""
    while frame is not None and frame.f_code.co_filename.startswith((PACKAGE, *BETWEEN)):
        frame = frame.f_back
    return frame
