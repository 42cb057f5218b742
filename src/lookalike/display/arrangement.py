"""In which order rows are looked through, and which of them: by the names and facts of files."""

from __future__ import annotations

import os
import re
import unicodedata
from bisect import bisect_left
from functools import cached_property
from typing import Any, Callable

from .rows import Rows

DIGITS = re.compile(r"\d+")
# More digits than a number in a file's name has.
WIDTH = 20


class Arrangement:
    """Rows by the files of their pictures; what it needs of these it reads once.

    Made on the main thread, since it takes columns from a frame; asked from any.

    Parameters
    ----------
    rows : Rows
        Those that are looked through.
    """

    def __init__(self, rows: Rows) -> None:
        self._paths = [str(path or "") for path in rows.column("path")]
        self._sections = rows.sections
        self._facts: dict[int, os.stat_result | None] = {}

    def rows(self, by: str = "", descending: bool = False, text: str = "") -> list[int]:
        """Return the numbers of the rows whose paths have a text in them, in order.

        Parameters
        ----------
        by : {'', 'name', 'folder', 'date', 'size'}
            What orders them; their own order unless given. A row whose file has gone comes last.
        descending : bool
            Whether the last comes first.
        text : str
            Words that all are in the path, whatever their case, below the folder that all files
            lie in.
        """
        typed = _folded(text)
        words = typed[len(self._folder) if typed.startswith(self._folder) else 0 :].split()
        texts = enumerate(self._texts)
        numbers = [number for number, path in texts if all(word in path for word in words)]
        if not by:
            return numbers
        keys: dict[str, Callable[[int], Any]] = {
            "name": lambda number: self._names[number][::-1],
            "folder": lambda number: self._names[number],
            "date": lambda number: self._fact(number).st_mtime_ns,
            "size": lambda number: self._fact(number).st_size,
        }
        gone = [n for n in numbers if by in ("date", "size") and self._fact(n) is None]
        there = sorted(set(numbers).difference(gone)) if gone else numbers
        return sorted(there, key=keys[by], reverse=descending) + gone

    def in_sections(self, numbers: list[int]) -> tuple[list[int], list[int]]:
        """Return rows with the pinned ones of their sections, and the places where these begin.

        Parameters
        ----------
        numbers : list of int
            Rows in their own order; of a section that has none of them nothing is returned.
        """
        order: list[int] = []
        starts: list[int] = []
        pinned = total = len(self._paths)
        ends = [*(section.start for section in self._sections[1:]), total]
        for section, end in zip(self._sections, ends):
            rows = numbers[bisect_left(numbers, section.start) : bisect_left(numbers, end)]
            if rows or len(numbers) == total:
                starts.append(len(order))
                order += [*range(pinned, pinned + len(section.pinned)), *rows]
            pinned += len(section.pinned)
        return order, starts

    def _fact(self, number: int) -> Any:
        if number not in self._facts:
            try:
                self._facts[number] = os.stat(self._paths[number])
            except (OSError, ValueError):
                self._facts[number] = None
        return self._facts[number]

    @cached_property
    def _folder(self) -> str:
        """The folder that all paths lie in, with its last slash."""
        # Cut at a slash, since it may end within a name.
        shared = os.path.commonprefix([*map(_folded, self._paths)])  # noqa: RUF071
        return shared[: shared.rfind("/") + 1]

    @cached_property
    def _texts(self) -> list[str]:
        return [_folded(path)[len(self._folder) :] for path in self._paths]

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        """Each row's folder and name, in which 10 comes after 9."""
        names = [DIGITS.sub(lambda digits: digits[0].zfill(WIDTH), text) for text in self._texts]
        return [(folder, name) for folder, _, name in (name.rpartition("/") for name in names)]


def _folded(text: str) -> str:
    """Return a text without what people do not type: its case, backslashes, composed accents."""
    return unicodedata.normalize("NFC", text).replace("\\", "/").casefold()
