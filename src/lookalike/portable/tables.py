"""How columns and frames print: Turi Create's tables, drawn by PrettyTable as there."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any, Sequence

import numpy as np
from prettytable import PrettyTable

from ..errors import MissingFileError, UnreadableImageError
from .image import Image

if TYPE_CHECKING:
    from .sframe import SFrame

HEAD_NOTE = (
    "Note: Only the head of the SFrame is printed.\n"
    "You can use print_rows(num_rows=m, num_columns=n) to print more rows and columns."
)
ARRAY_HEAD = 100


def array_text(values: Sequence[Any], total: int) -> str:
    """Return the text of a column whose first values are given."""
    shown = str([_image_text(value) if isinstance(value, Image) else value for value in values])
    return shown if len(values) == total else shown[:-1] + ", ... ]"


def frame_text(
    frame: SFrame,
    num_rows: int = 10,
    num_columns: int = 20,
    max_column_width: int = 30,
    max_row_width: int = 80,
) -> str:
    """Return a frame's first rows as tables side by side in columns, below one another in width."""
    names = frame.column_names()
    head = frame.head(num_rows)
    columns = [
        (_cut(name, max_column_width), [_cell(value, max_column_width) for value in head[name]])
        for name in names[:num_columns]
    ]
    tables = [str(table) for table in _tables(columns, max_row_width, len(names) > num_columns)]
    footer = f"[{len(frame)} rows x {len(names)} columns]\n"
    if len(frame) > num_rows:
        footer += HEAD_NOTE
    return "\n".join([*tables, footer])


def _tables(
    columns: Sequence[tuple[str, list[str]]], max_row_width: int, more: bool
) -> list[PrettyTable]:
    """Distribute columns over as many tables as their width asks for."""
    tables = [PrettyTable()]
    for name, cells in columns:
        width = max(map(len, cells), default=0)
        table = tables[-1]
        if table.field_names and str(table).find("\n") + width >= max_row_width:
            table = PrettyTable()
            tables.append(table)
        table.add_column(name, cells)
    if more:
        tables[-1].add_column("...", ["..."] * len(columns[0][1]))
    return tables


def _cell(value: Any, max_width: int) -> str:
    if isinstance(value, Image):
        return _image_text(value)
    if isinstance(value, (array.array, np.ndarray)):
        # What does not fit is cut off anyway: a long vector is not spelled out whole.
        value = list(value[:max_width]) if len(value) > max_width else list(value)
    return _cut(str(value), max_width)


def _cut(text: str, max_width: int) -> str:
    text = "".join(repr(char)[1:-1] if char.isspace() else char for char in text)
    return text if len(text) <= max_width else text[: max_width - 4] + "..."


def _image_text(image: Image) -> str:
    try:
        return f"Height: {image.height} Width: {image.width}"
    except (UnreadableImageError, MissingFileError):
        return "unreadable"
