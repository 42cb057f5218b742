"""A table with thumbnails in its cells, as an SFrame shows itself in a notebook."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Sequence

from .markup import MAX_BYTES, escaped, file_name, in_frame, picture_tag, reason_tag, within
from .thumbnails import is_picture, thumbnail

# A cell shows half of the pixels that it holds: hovering shows them all.
SIDE, PIXELS = 96, 192
MAX_COLUMNS = 50
# In a lower table the enlarged picture would be cut off at the output's edge.
LEAST_ROWS_TO_ENLARGE = 3


def table_html(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    total: int,
    title: str | None = None,
) -> str:
    """Return the first rows of a table as HTML, with thumbnails in its picture columns.

    Parameters
    ----------
    rows : iterable of row dicts
        The rows to show, already cut by the caller; what goes beyond ``MAX_BYTES`` is left out.
    columns : sequence of str
        The names of the columns, in order.
    total : int
        How many rows the whole table has.
    title : str, optional
        A heading.

    Returns
    -------
    str
        HTML that says below the table how many rows and columns there are, and how many it shows.
    """
    room = MAX_BYTES - len(_table([], columns, total, title).encode())
    return _table(list(within(_lines(rows, columns), room)), columns, total, title)


def _table(lines: list[str], columns: Sequence[str], total: int, title: str | None) -> str:
    names = "".join(f"<th>{escaped(name)}</th>" for name in columns[:MAX_COLUMNS])
    enlarge = " lookalike-enlarge" if len(lines) >= LEAST_ROWS_TO_ENLARGE else ""
    table = (
        f'<div class="lookalike-table{enlarge}"><table><thead><tr>{names}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
    footer = [f"[{total} rows x {len(columns)} columns]"]
    if len(lines) < total:
        footer.append(f"Showing the first {len(lines)} rows.")
    if len(columns) > MAX_COLUMNS:
        footer.append(f"Showing the first {MAX_COLUMNS} columns.")
    return in_frame(f"{table}<p>{'<br>'.join(footer)}</p>", title)


def _lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    for row in rows:
        cells = (f"<td>{_cell(row, column)}</td>" for column in columns[:MAX_COLUMNS])
        yield f"<tr>{''.join(cells)}</tr>"


def _cell(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    if not is_picture(value):
        return escaped(value)
    try:
        return picture_tag(thumbnail(value, PIXELS), file_name(row) or column, SIDE)
    except OSError as error:
        return reason_tag(error)
