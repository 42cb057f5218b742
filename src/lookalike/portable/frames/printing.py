"""How columns and frames print: Turi Create's tables, drawn by PrettyTable as there."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any, Sequence

import numpy as np
from prettytable import PrettyTable

from ...errors import MissingFileError, UnreadableImageError
from .image import Image

if TYPE_CHECKING:
    from .sframe import SFrame

HEAD_NOTE = (
    "Note: Only the head of the SFrame is printed.\n"
    "You can use print_rows(num_rows=m, num_columns=n) to print more rows and columns."
)
FRAME_HEAD = 10
ARRAY_HEAD = 100


def array_text(values: Sequence[Any], total: int) -> str:
    """Return the text of a column whose first values are given."""
    shown = str([text_of(value) if isinstance(value, Image) else value for value in values])
    return shown if len(values) == total else shown[:-1] + ", ... ]"


def frame_text(
    frame: SFrame,
    num_rows: int = FRAME_HEAD,
    num_columns: int = 20,
    max_column_width: int = 30,
    max_row_width: int = 80,
) -> str:
    """Return a frame's first rows as tables, one below the other where they are too wide."""
    names = frame.column_names()
    head = frame.head(num_rows)
    tables = [PrettyTable()]
    for name in names[:num_columns]:
        texts = [_cell_text(value, max_column_width) for value in head[name]]
        width = min(max(map(len, texts), default=max_column_width), max_column_width)
        table = tables[-1]
        if table.field_names and str(table).find("\n") + width >= max_row_width:
            table = PrettyTable()
            tables.append(table)
        table.add_column(
            _cut(name, max_column_width), [_cut(text, max_column_width) for text in texts]
        )
    if len(names) > num_columns:
        tables[-1].add_column("...", ["..."] * len(head))
    size = f"[{len(frame)} rows x {len(names)} columns]\n"
    return "\n".join([*map(str, tables), size])


def text_of(value: Any) -> str:
    """Return a value as it stands in a cell."""
    if isinstance(value, Image):
        try:
            return f"Height: {value.height} Width: {value.width}"
        except (UnreadableImageError, MissingFileError):
            return "unreadable"
    if isinstance(value, (list, array.array, np.ndarray)):
        return f"[{', '.join(map(text_of, value))}]"
    return str(value)


def _cell_text(value: Any, max_width: int) -> str:
    # What does not fit is cut off anyway: a long vector is not spelled out whole.
    return text_of(value[:max_width] if isinstance(value, array.array) else value)


def _cut(text: str, max_width: int) -> str:
    text = "".join(repr(char)[1:-1] if char.isspace() else char for char in text)
    return text if len(text) <= max_width else text[: max_width - 4] + "..."
