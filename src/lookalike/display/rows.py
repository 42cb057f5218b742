"""Rows to look through: of either engine's frame, or of any list of dicts, by their numbers."""

from __future__ import annotations

import os
from itertools import groupby
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from .markup import file_name
from .thumbnails import is_picture

Row = Mapping[str, Any]

# So many rows are asked what the columns hold.
PEEK = 20
# A name that no table has.
NUMBER = "__lookalike_row__"


class Section(NamedTuple):
    """Rows that belong together, from one on to the next section's first.

    Attributes
    ----------
    start : int
        The number of its first row; the next section's, if it has none.
    heading : str
        What they are, in a few words; ``''`` where the pictures before them say so.
    pinned : sequence of row dicts
        Pictures that are shown before them: the queries that they were found with.
    mark : str
        What is said of these.
    """

    start: int
    heading: str
    pinned: Sequence[Row] = ()
    mark: str = "query"


class Rows:
    """Random access to rows. They are taken from their frame only when somebody wants them.

    Turi Create's frames are not made for several threads: ask from the main one alone. The rows
    that come out are plain dicts, and may go anywhere.

    Parameters
    ----------
    rows : SFrame, sequence or iterable of row dicts
        What cannot be asked by number is made a list.
    sections : sequence of Section, optional
        Rows that belong together. By default, those of one ``group`` of copies, or of one
        ``query_id``, as ``find_duplicates`` and ``find_similar`` put them one after another.
    """

    def __init__(self, rows: Any, sections: Sequence[Section] | None = None) -> None:
        by_number = hasattr(rows, "__getitem__") and hasattr(rows, "__len__")
        self._rows: Any = rows if by_number else list(rows)
        first = self.first(PEEK)
        self.has_pictures = any(map(has_picture, first))
        names = (
            rows.column_names()
            if hasattr(rows, "column_names")
            else dict.fromkeys(name for row in first for name in row)
        )
        # The columns whose values are words or numbers.
        self.columns = [n for n in names if not any(is_picture(row.get(n)) for row in first)]
        self.sections = self._found_sections(set(names)) if sections is None else sections
        # Their numbers are those from the number of rows on.
        self._pinned = [(row, section.mark) for section in self.sections for row in section.pinned]

    def __len__(self) -> int:
        return len(self._rows)

    def _found_sections(self, names: set[str]) -> list[Section]:
        name = "group" if {"group", "kind"} <= names else "query_id"
        if not {name, "distance"} <= names:
            return []
        values = self.column(name)
        starts = [n for n, value in enumerate(values) if not n or value != values[n - 1]]
        if len(starts) > len(set(values)):
            # The rows have been put into another order.
            return []
        word = name.partition("_")[0].capitalize()
        others = self.column("among_path") if "among_path" in names else []
        sections = []
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(values)]), 1):
            # A text may be a path, which is nobody's business.
            own = number if isinstance(values[start], str) else values[start]
            pinned = [{"path": path} for path in dict.fromkeys(others[start:end])]
            heading = f"{word} {own} ({end - start})"
            sections.append(Section(start, heading, pinned, "there already"))
        return sections

    def first(self, count: int) -> list[Row]:
        """Return the first rows."""
        return list(self._rows[:count])

    def at(self, numbers: Sequence[int]) -> list[Row]:
        """Return the rows of these numbers, in this order; after the last are the pinned ones."""
        rows: list[Row] = []
        total = len(self)
        # A frame gives a run of rows at about the price of one.
        for _, run in groupby(enumerate(numbers), lambda at: (at[1] - at[0], at[1] < total)):
            found = [number for _, number in run]
            if found[0] < total:
                rows += self._rows[found[0] : found[-1] + 1]
            else:
                rows += [row for row, _ in self._pinned[found[0] - total : found[-1] + 1 - total]]
        return rows

    def mark_of(self, number: int) -> str:
        """Return what is said of a pinned row, or nothing of another one."""
        return self._pinned[number - len(self)][1] if number >= len(self) else ""

    def column(self, name: str) -> list[Any]:
        """Return the values of a column, None where a row has none."""
        if hasattr(self._rows, "column_names"):
            return list(self._rows[name]) if name in self.columns else [None] * len(self)
        return [row.get(name) for row in self._rows]

    def choose(self, ranges: Iterable[Sequence[int]]) -> Any:
        """Return the rows of ``[first, last]`` ranges: a frame of their frame's kind, or a list."""
        spans = [range(first, last + 1) for first, last in ranges]
        if len(spans) < 2:
            start, stop = (spans[0].start, spans[0].stop) if spans else (0, 0)
            return self._rows[start:stop]
        numbers = [number for span in spans for number in span]
        if not hasattr(self._rows, "filter_by"):
            return self.at(numbers)
        numbered = self._rows.add_row_number(NUMBER)
        # Turi Create's filter_by is a join, which keeps no order.
        return numbered.filter_by(numbers, NUMBER).sort(NUMBER).remove_column(NUMBER)


def has_picture(row: Row) -> bool:
    """Tell whether a row has a picture, or the path of one."""
    return file_name(row) is not None or any(map(is_picture, row.values()))


def picture_of(row: Row) -> Any:
    """Return a row's picture, or else its path, or else None."""
    return next(filter(is_picture, row.values()), row.get("path"))


def path_of(row: Row) -> Any:
    """Return the path of a row's file: its own, or else that of an image in it; None if unknown."""
    paths = (getattr(value, "path", None) for value in row.values() if is_picture(value))
    return row.get("path") or next(filter(None, paths), None)


def file_of(row: Row) -> str | None:
    """Return the file of a row's picture, where it has one that is still there."""
    path = path_of(row)
    return str(path) if path is not None and os.path.isfile(path) else None
