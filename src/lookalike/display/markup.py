"""The HTML that gallery and table share: values as short safe text, picture tags, the style."""

from __future__ import annotations

import array
import html
import numbers
import re
import reprlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping

from ..images import decode, failures
from .thumbnails import data_uri

# UTF-8 bytes of a whole output: what GitHub still renders of a notebook allows for several.
MAX_BYTES = 400_000
TEXT_LENGTH = 80
REASON_LENGTH = 160
LIST_HEAD = 3
# What may be said of copies, from the surest on.
KINDS = ("same file", "same picture", "near copy")


def text_of(value: Any, length: int = TEXT_LENGTH) -> str:
    """Return a value as one short line of plain text, which is yet to be escaped.

    Floats have four digits. A long list is its first three values and their number.

    Examples
    --------
    >>> text_of(11.4871), text_of([1.0, 0.25, 3.0, 4.0, 5.0])
    ('11.49', '[1.000, 0.2500, 3.000, … 5 values]')
    """
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        number = float(value)
        return f"{number:.1f}" if 1e3 <= abs(number) < 1e9 else f"{number:#.4g}"
    if isinstance(value, (list, tuple, array.array)) or getattr(value, "ndim", None):
        return _cut(_list_text(value), length)
    return _cut(value if isinstance(value, str) else _plain_text(value), length)


def escaped(value: Any, length: int = TEXT_LENGTH) -> str:
    """Return a value in the words of ``text_of``, safe between tags and in quoted attributes."""
    return html.escape(text_of(value, length))


def _plain_text(value: Any) -> str:
    # A dict may hold a book: reprlib stops early, str would not.
    return reprlib.repr(value) if isinstance(value, (dict, set)) else str(value)


def _list_text(values: Any) -> str:
    head = [
        text_of(value) if isinstance(value, numbers.Real) else reprlib.repr(value)
        for value in values[:LIST_HEAD]
    ]
    more = f", … {len(values)} values" if len(values) > LIST_HEAD else ""
    return f"[{', '.join(head)}{more}]"


def _cut(text: str, length: int) -> str:
    """Shorten a text in its middle, since the ending of a file's name says much."""
    # Linux has file names that are not Unicode; what cannot be written would end the page.
    line = " ".join(text[: 100 * length].split()).encode("utf-8", "replace").decode("utf-8")
    if len(line) <= length:
        return line
    tail = length // 3
    return f"{line[: length - tail - 1]}…{line[-tail:]}"


def file_name(row: Mapping[str, Any]) -> str | None:
    """Return the last part of a row's ``path``, or None where it has none."""
    path = row.get("path")
    # A picture's folders are nobody's business but its owner's: a notebook is passed on.
    return re.split(r"[/\\]", str(path))[-1] if isinstance(path, (str, Path)) else None


def without_texts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its paths, its names, and whatever other text could hold such.

    How a picture belongs to its group of copies stays.
    """
    kept = {
        column: value
        for column, value in row.items()
        if value is None or isinstance(value, numbers.Real)
    }
    return {**kept, "kind": row["kind"]} if str(row.get("kind")) in KINDS else kept


def figures_of(row: Mapping[str, Any], grouped: bool = False) -> str:
    """Return a row's rank, distance and id in one line, as far as it has them.

    Of a group of copies it names the group, unless it is shown in it, and how the picture belongs
    there.
    """
    is_copy = "group" in row and "kind" in row
    parts = (
        ("#", row.get("rank")),
        ("group ", row["group"] if is_copy and not grouped else None),
        ("", (row["kind"] or "the best") if is_copy else None),
        ("", None if is_copy and not row["kind"] else row.get("distance")),
        ("id ", row.get("id")),
    )
    return " · ".join(word + text_of(value, 20) for word, value in parts if value is not None)


def picture_tag(encoded: bytes, name: str, side: int | None = None) -> str:
    """Return an ``<img>`` that holds a picture, displayed at most ``side`` pixels large.

    The size is in attributes, since GitHub takes all styles away.
    """
    header = decode.read_header(encoded)
    scale = min(1.0, (side or header.width) / max(header.width, header.height))
    width, height = (max(1, round(length * scale)) for length in (header.width, header.height))
    text = escaped(name)
    return (
        f'<img src="{data_uri(encoded)}" alt="{text}" title="{text}" '
        f'width="{width}" height="{height}">'
    )


def reason_of(error: OSError) -> str:
    """Return why a picture cannot be shown, as one line of plain text."""
    if isinstance(error, FileNotFoundError):
        return "The file does not exist."
    # Not the whole message, which names the folders of its owner.
    return text_of(f"Cannot be read: {failures.reason_of(error)}", REASON_LENGTH)


def reason_tag(error: OSError | str) -> str:
    """Return why there is no picture, as a text that stands in its place."""
    reason = reason_of(error) if isinstance(error, OSError) else error
    return f'<span class="lookalike-reason">{escaped(reason, REASON_LENGTH)}</span>'


def in_frame(content: str, title: str | None = None) -> str:
    """Return a whole notebook output: the style, a heading and the content."""
    heading = f"<p><b>{escaped(title)}</b></p>" if title else ""
    return f'<div class="lookalike"><style>{_style()}</style>{heading}{content}</div>'


def within(parts: Iterable[str], room: int) -> Iterator[str]:
    """Yield parts as long as they take no more than ``room`` bytes of UTF-8 together."""
    for part in parts:
        room -= len(part.encode())
        if room < 0:
            return
        yield part


@lru_cache(maxsize=None)
def _style() -> str:
    """Return the style sheet without its comments and indentation, since every output holds it."""
    sheet = (Path(__file__).parent / "style.css").read_text("utf-8")
    return " ".join(re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL).split())
