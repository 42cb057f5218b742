"""How columns and frames print: Turi Create's tables, drawn by PrettyTable as there.

Three rules are not Turi Create's:

- Paths are shortened at the front, so that the file's name stays: in a column named ``path``, and
  in one whose texts are all paths of files.
- A table of matches has the column ``distance`` beside ``path`` or ``image``, and no
  ``reference_label``. It prints the distance with four digits after the point, and no row of it is
  wider than ``max_row_width``.
- Control characters print as their escapes: a file's name must not steer the terminal.
"""

from __future__ import annotations

import array
import re
import unicodedata
from itertools import islice
from typing import Any, Iterable, Mapping, Sequence

import numpy as np
from prettytable import PrettyTable

from ...errors import MissingFileError, UnreadableImageError, visible
from .image import Image

HEAD_NOTE = (
    "Note: Only the head of the SFrame is printed.\n"
    "You can use print_rows(num_rows=m, num_columns=n) to print more rows and columns."
)
FRAME_HEAD = 10
ARRAY_HEAD = 100
# With less room, too little of a file's name is left.
SHORTEST_PATH = 20
# What a column adds to a row: two spaces and a border.
FRAME = 3
FILE_PATH = re.compile(r".*[/\\][^/\\]+\.\w{1,5}", re.DOTALL)


def array_text(values: Sequence[Any], total: int) -> str:
    """Return the text of a column whose first values are given."""
    shown = str([text_of(value) if isinstance(value, Image) else value for value in values])
    return shown if len(values) == total else shown[:-1] + ", ... ]"


def frame_text(
    columns: Mapping[str, Any],
    num_rows: int = FRAME_HEAD,
    num_columns: int = 20,
    max_column_width: int = 30,
    max_row_width: int = 80,
) -> str:
    """Return the first rows of columns as tables, one below the other where they are too wide.

    Widths are in characters. As in Turi Create, a row may have two more, unless these are matches.
    """
    head = {
        name: list(column[: max(num_rows, 0)])
        for name, column in islice(columns.items(), num_columns)
    }
    matches = "distance" in columns and "reference_label" not in columns
    matches = matches and ("path" in columns or "image" in columns)
    if matches and "distance" in head:
        head["distance"] = [f"{v:.4f}" if isinstance(v, float) else v for v in head["distance"]]
    cells = {name: _cells(name, values, max_column_width) for name, values in head.items()}
    if matches and "path" in cells:
        others = sum(_widest(texts) + FRAME for name, texts in cells.items() if name != "path")
        room = max_row_width - 1 - others - FRAME
        if SHORTEST_PATH <= room < max_column_width:
            cells["path"] = _cells("path", head["path"], room)
    tables = _tables(cells.values(), max_row_width, max_column_width, strict=matches)
    if len(columns) > num_columns:
        tables[-1].add_column("...", ["..."] * len(next(iter(head.values()), ())))
    total = len(next(iter(columns.values()), ()))
    size = f"[{total} rows x {len(columns)} columns]\n"
    return "\n".join([*map(str, tables), size])


def text_of(value: Any) -> str:
    """Return a value as it is printed in a cell, which may be too long or hold line breaks."""
    if isinstance(value, Image):
        try:
            return f"Height: {value.height} Width: {value.width}"
        except (UnreadableImageError, MissingFileError):
            return "unreadable"
    if isinstance(value, (list, array.array, np.ndarray)):
        return f"[{', '.join(map(text_of, value))}]"
    return str(value)


def _tables(
    cells: Iterable[list[str]], max_row_width: int, max_column_width: int, strict: bool
) -> list[PrettyTable]:
    """Draw columns, each a name and its texts, side by side until a table is full."""
    tables = [PrettyTable()]
    for name, *texts in cells:
        table = tables[-1]
        # What Turi Create adds, and what is really added.
        width = max(map(len, texts), default=max_column_width)
        more = _widest([name, *texts]) + FRAME - 1 if strict else width
        if table.field_names and str(table).find("\n") + more >= max_row_width:
            table = PrettyTable()
            tables.append(table)
        table.add_column(name, texts)
    return tables


def _cells(name: str, values: Sequence[Any], max_width: int) -> list[str]:
    """Return what is printed of a column: its name, and the text of each value."""
    paths = name == "path" or _are_paths(values)
    shorten = _cut_in_front if paths else _cut
    # What does not fit is cut off anyway: a long vector is not spelled out whole.
    short = (value[:max_width] if isinstance(value, array.array) else value for value in values)
    texts = [shorten(_on_one_line(text_of(value)), max_width) for value in short]
    return [_cut(_on_one_line(name), max_width), *texts]


def _on_one_line(text: str) -> str:
    return visible("".join(repr(char)[1:-1] if char.isspace() else char for char in text))


def _are_paths(values: Sequence[Any]) -> bool:
    texts = [value for value in values if value is not None]
    return bool(texts) and all(isinstance(t, str) and FILE_PATH.fullmatch(t) for t in texts)


def _widest(texts: Iterable[str]) -> int:
    return max(map(_width, texts))


def _cut(text: str, max_width: int) -> str:
    return text if len(text) <= max_width else text[: max_width - 4] + "..."


def _cut_in_front(path: str, max_width: int) -> str:
    if _width(path) <= max_width:
        return path
    start = len(path)
    room = max_width - len("...")
    while start and (room := room - _width(path[start - 1])) >= 0:
        start -= 1
    # A part of a folder's name says nothing.
    folder = re.search(r"[/\\].", path[start:])
    return "..." + path[start + (folder.start() if folder else 0) :]


def _width(text: str) -> int:
    """Return how many places a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
