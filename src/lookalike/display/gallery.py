"""A gallery of thumbnails, each of which a click (or Enter) opens over all of them, and closes.

Each picture is embedded once: the style lays the ``<summary>`` of what is open over the gallery,
since what a notebook's output holds is cut off at the output's edges. There is no script, which a
saved notebook would not run. The tiles are the cells of a table, which GitHub shows as one when it
has taken the style away.
"""

from __future__ import annotations

import html
import numbers
from itertools import chain, islice
from typing import Any, Iterable, Iterator, Sequence

from .markup import (
    MAX_BYTES,
    escaped,
    figures_of,
    file_name,
    in_frame,
    picture_tag,
    reason_tag,
    text_of,
    within,
    without_texts,
)
from .rows import PEEK, Row, Section, has_picture, picture_of
from .table import table_html
from .thumbnails import thumbnail, thumbnail_within

MAX_TILES = 200
MAX_TABLE_ROWS = 100
# Pixels of a tile's picture, and tiles on a line, where no style is left.
SIDE, LINE = 112, 6
# Pixels and JPEG quality of a picture alone.
ALONE, ALONE_QUALITY = 480, 80
MAX_FACTS = 8
# Columns whose folders are nobody's business.
PATHS = ("path", "among_path")
# What a query's picture counts for among the others when they share the room, and how many of a
# section's have some.
QUERY_SHARE, MAX_QUERIES = 4, 12
# What a tile and its <img> take beside the picture and the names.
TAG_BYTES = 100


def gallery_html(
    rows: Iterable[Row],
    total: int,
    title: str | None = None,
    names: bool = True,
    most: int = MAX_TILES,
    max_bytes: int = MAX_BYTES,
    sections: Sequence[Section] = (),
) -> str:
    """Return rows as a grid of thumbnails; at most ``max_bytes`` of HTML however many there are.

    A tile has the row's ``rank``, ``distance`` and ``id`` and its file's name, where it has them;
    a picture that cannot be read is a tile with the reason. Rows without pictures, and without a
    ``path`` to one, become a plain table.

    Parameters
    ----------
    rows : iterable of row dicts
        Only what is shown is taken from it.
    total : int
        How many rows there are: the fewer, the larger the pictures that a click brings up.
    title : str, optional
        A heading.
    names : bool
        Whether file names are shown, and columns of texts, which may hold paths or names.
    most : int
        How many tiles there are at the most.
    max_bytes : int
        UTF-8 bytes of the HTML.
    sections : sequence of Section, optional
        Rows that belong together; the pictures that are pinned stand before them, and are larger.

    Returns
    -------
    str
        HTML with its own style and no JavaScript. Where not all rows are shown it says so.
    """
    sections = list(map(_bounded, sections))
    rows = iter(rows)
    peeked = list(islice(rows, PEEK))
    rows = chain(peeked, rows)
    pinned = [row for section in sections for row in section.pinned]
    if not peeked and not pinned:
        return in_frame("<p>There are no rows to show.</p>", title)
    if not any(map(has_picture, [*peeked, *pinned])):
        first = [row if names else without_texts(row) for row in islice(rows, MAX_TABLE_ROWS)]
        columns = dict.fromkeys(column for row in first for column in row)
        return table_html(first, list(columns), total, title)
    count = min(total, most)
    shown = [section for section in sections if section.start < count or count == total]
    # A total that is not reached makes room for the note that says so.
    room = max_bytes - len(_gallery([""] * count, total + 1, title, shown).encode())
    parts = list(within(_parts(islice(rows, count), shown, count, room, names), room))
    return _gallery(parts, total, title, shown)


def pictures_html(pictures: Iterable[Any], total: int) -> str:
    """Return a column of pictures as a gallery, within the same bounds."""
    return gallery_html(({"image": picture} for picture in pictures), total)


def picture_html(picture: Any) -> str:
    """Return one picture, at most 480 pixels large, or in its place why it cannot be read."""
    try:
        return titled_picture(picture)
    except OSError as error:
        return in_frame(reason_tag(error))


def titled_picture(picture: Any, title: str | None = None) -> str:
    """Return one picture, at most 480 pixels large, under its title.

    Raises
    ------
    UnreadableImageError, MissingFileError
        If there is no picture to show.
    """
    return in_frame(picture_tag(thumbnail(picture, ALONE, ALONE_QUALITY), title or ""), title)


def _bounded(section: Section) -> Section:
    """Return a section of which no more is pinned than leaves room for its rows."""
    count = len(section.pinned)
    if count <= MAX_QUERIES:
        return section
    heading = f"{section.heading} The first {MAX_QUERIES} of {count}:".lstrip()
    return section._replace(heading=heading, pinned=section.pinned[:MAX_QUERIES])


def _gallery(parts: list[str], total: int, title: str | None, sections: Sequence[Section]) -> str:
    starts = {section.start for section in sections}
    lines: list[list[str]] = []
    for number, part in enumerate(parts):
        if not lines or number in starts or len(lines[-1]) == LINE:
            lines.append([])
        lines[-1].append(part)
    grid = "".join(f"<tr>{''.join(line)}</tr>" for line in lines)
    content = f'<div class="lookalike-gallery"><table class="lookalike-grid">{grid}</table></div>'
    note = f"<p>Showing the first {len(parts)} of {total} pictures.</p>"
    return in_frame(note + content if len(parts) < total else content, title)


def _parts(
    rows: Iterable[Row], sections: Sequence[Section], count: int, room: int, names: bool
) -> Iterator[str]:
    """Yield the tiles of ``count`` rows, each with what stands before it.

    They share ``room`` bytes as far as they can. After the last one comes what has no rows.
    """
    left = count + QUERY_SHARE * sum(len(section.pinned) for section in sections)
    room -= sum(len(_heading(section.heading).encode()) for section in sections)

    def tile(row: Row, weight: int, mark: str = "") -> str:
        # What small pictures do not use goes to those that follow.
        nonlocal room, left
        made = _tile(row, weight * room // left, names, mark, bool(sections))
        room, left = room - len(made.encode()), left - weight
        return made

    for number, row in chain(enumerate(rows), [(count, None)]):
        part = ""
        for section in (one for one in sections if one.start == number):
            part += _heading(section.heading)
            part += "".join(tile(query, QUERY_SHARE, section.mark) for query in section.pinned)
        part += tile(row, 1) if row is not None else ""
        if part:
            yield part


def _heading(text: str) -> str:
    start = f'<th class="lookalike-heading" colspan="{LINE}">'
    return f"{start}{escaped(text)}</th></tr><tr>" if text else ""


def _tile(row: Row, share: int, names: bool, mark: str, grouped: bool) -> str:
    name = (names and file_name(row)) or ""
    shown = row if names else without_texts(row)
    figures = " · ".join(filter(None, [mark, figures_of(shown, grouped)]))
    captions = "".join(
        f'<br><span class="lookalike-{kind}">{html.escape(line)}</span>'
        for kind, line in (("numbers", figures), ("name", text_of(name, 40)))
        if line
    )
    start = f'<td class="lookalike-tile{" lookalike-query" if mark else ""}"><details><summary>'
    end = f'{captions}</summary><p class="lookalike-facts">{_facts(shown, name)}</p></details></td>'
    markup = len((start + end + 2 * escaped(name)).encode()) + TAG_BYTES
    # Base64 writes 3 bytes as 4.
    limit, side = (share - markup) * 3 // 4, 2 * SIDE if mark else SIDE
    return start + _picture(row, name, limit, side) + end


def _picture(row: Row, name: str, limit: int, side: int) -> str:
    if not has_picture(row):
        return reason_tag("No picture")
    try:
        return picture_tag(thumbnail_within(picture_of(row), limit), name, side)
    except OSError as error:
        # A file that has gone or is locked, beside UnreadableImageError and MissingFileError.
        return reason_tag(error)


def _facts(row: Row, name: str) -> str:
    """Return a row's file name, and below it its short columns, for the larger picture."""
    facts = [
        f"{escaped(column, 30)} {escaped(value)}"
        for column, value in row.items()
        if column not in PATHS and isinstance(value, (str, numbers.Real))
    ]
    return "<br>".join(filter(None, [escaped(name), " · ".join(facts[:MAX_FACTS])]))
