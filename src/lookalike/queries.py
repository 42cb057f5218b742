"""What to search with: a row, a slice, a file, a picture, pixels, or several of them."""

from __future__ import annotations

import math
import numbers
import os
from bisect import bisect_left
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence, Union
from weakref import WeakKeyDictionary

from . import display
from .display import Section
from .engines import guarded
from .engines.choice import engine, is_real
from .errors import MissingColumnError, ToolkitError
from .images import decode
from .names import expanded

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image as PILImage

    from .engines.guarded import KnowsPictures
    from .portable import Image, SFrame
    from .portable.models.matching import Query

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
    One = Union[Mapping[str, Any], str, "os.PathLike[str]", PILImage.Image, Image, Pixels]
    Source = Union[One, SFrame, Sequence[One]]

EXPECTED = (
    "Expected a row, a slice of rows, a picture's path, a PIL image, an array of pixels, a "
    "tc.Image, or a list of these as the query"
)


def queries_of(
    model: KnowsPictures, feature: str, source: Source, box: Sequence[float] | None = None
) -> list[Query]:
    """Return the pictures that a user wants to search with.

    Parameters
    ----------
    model : KnowsPictures
        What is searched.
    feature : str
        Its column of images or features.
    source : row, SFrame, path, PIL image, array, Image, or list of these
        What the user gave.
    box : sequence of four numbers, optional
        The part of the only picture that is meant: left, top, right, bottom in pixels of the
        upright picture.

    Raises
    ------
    MissingFileError, UnreadableImageError
        If it is a path without a file, or no picture that can be read.
    ToolkitError
        If it has no rows, or not the model's column of pictures, or a box is given where the model
        compares features that it was given.
    TypeError
        If it is none of these, or the box is not four numbers.
    ValueError
        If the box is empty or not within the picture, or there are several pictures.
    """
    several = isinstance(source, (list, tuple, engine().SFrame))
    queries = list(source) if several else [source]  # type: ignore[arg-type]
    if not queries:
        raise ToolkitError("The query has no rows: it needs at least one picture.")
    # Not at the top, where it would load NumPy.
    from .portable.models.matching import Query

    if box is not None and len(queries) > 1:
        raise ValueError(
            f"A box is a part of one picture; found {len(queries)} pictures as the query."
        )
    found = [Query(*_facts_of(model, feature, one, n)) for n, one in enumerate(queries)]
    return found if box is None else [_part_of(model, feature, found[0], box)]


def check_query(source: Source) -> None:
    """Raise what ``queries_of`` raises for a file that is no picture, before anything else is done.

    Raises
    ------
    MissingFileError, UnreadableImageError
        If it is a path without a file, or no picture that can be read.
    """
    for one in source if isinstance(source, (list, tuple)) else [source]:
        if isinstance(one, (str, os.PathLike)):
            # At an eighth of its size a JPEG is decoded fastest.
            decode.read(expanded(one), at_least=1)


# What tables of matches were asked with, and the last of Turi Create's, which allow no weak key.
_asked_with: WeakKeyDictionary[Any, list[Section]] = WeakKeyDictionary()
_last: deque[tuple[Any, list[Section]]] = deque(maxlen=10)


def shown_as(model: KnowsPictures, queries: Sequence[Query]) -> list[dict[str, Any]]:
    """Return the rows of queries, each with its picture, as they are shown beside their matches."""
    rows = []
    for query in queries:
        picture = query.picture if isinstance(query.picture, engine().Image) else None
        row = {"id": query.label, "path": query.path, "image": picture}
        if query.path is None and picture is None:
            # Features that are none of the model's rows have no picture.
            with suppress(ToolkitError):
                row = dict(model.rows_of([query.label])[0])
        rows.append({name: value for name, value in row.items() if value is not None})
    return rows


def remember(
    table: SFrame, asked: Sequence[int], rows: Sequence[Mapping[str, Any]], together: bool
) -> None:
    """Keep the rows of the queries that a table of matches was found with, while it is there.

    ``asked`` is each match's number of its query; with ``together`` all queries are one.
    """
    if together:
        sections = [Section(0, "", rows)]
    else:
        sections = [Section(bisect_left(asked, n), "", [row]) for n, row in enumerate(rows)]
    if is_real():
        _last.append((table, sections))
    else:
        _asked_with[table] = sections


def asked_with(table: SFrame) -> list[Section] | None:
    """Return what ``remember`` keeps of a table; None of one that it does not know."""
    if is_real():
        return next((sections for known, sections in _last if known is table), None)
    return _asked_with.get(table)


def _facts_of(model: KnowsPictures, feature: str, one: Any, number: int) -> tuple[Any, ...]:
    """Return the fields of a ``Query``."""
    if isinstance(one, Mapping):
        return _facts_of_row(model, feature, one, number)
    if isinstance(one, (str, os.PathLike)):
        path = expanded(one)
        known = model.position_of(path) is not None
        return _image_of_file(path, known), number, path
    if isinstance(one, engine().Image):
        return one, number
    if display.is_picture(one) or (hasattr(one, "dtype") and hasattr(one, "shape")):
        return _image_of_pixels(one), number
    raise TypeError(f"{EXPECTED}; found {type(one).__name__}.")


def _facts_of_row(
    model: KnowsPictures, feature: str, row: Mapping[str, Any], number: int
) -> tuple[Any, ...]:
    path = row.get("path")
    path = path if isinstance(path, str) else None
    label = row.get(model.label or "id")
    if feature not in row and (path is None or model.position_of(path) is None):
        if label is None:
            raise MissingColumnError(feature, row, role="query's column")
        # Which says so if it is none of the model's.
        model.rows_of([label])
    return row.get(feature), row.get("id", number), path, label


def _part_of(model: KnowsPictures, feature: str, query: Query, box: Sequence[float]) -> Query:
    """Return a query whose picture is a part of its picture: it has features of its own."""
    picture = query.picture
    if not isinstance(picture, engine().Image) and query.path is not None:
        picture = _image_of_file(query.path, known=True)
    elif not isinstance(picture, engine().Image):
        picture = model.rows_of([query.label])[0].get(feature)
    if not isinstance(picture, engine().Image):
        raise ToolkitError(
            "A box is a part of a picture, and this query has features alone: give the picture's "
            "path, or the picture."
        )
    whole = display.plain_picture(picture) if is_real() else picture
    place = _plain_box(box, whole.width, whole.height)
    part = _image_of_pixels(whole.crop(place)) if is_real() else picture.crop(*place)
    return query._replace(picture=part)


def _plain_box(box: Any, width: int, height: int) -> tuple[int, int, int, int]:
    """Return a box in whole pixels of a picture of this size, once it is known to be one."""
    message = (
        "Expected box=(left, top, right, bottom) in pixels of the upright picture, which is "
        f"{width} x {height}: 0 <= left < right <= {width} and 0 <= top < bottom <= {height}; "
        f"found {box!r}."
    )
    values = list(box) if isinstance(box, Iterable) else []
    if len(values) != 4 or not all(isinstance(value, numbers.Real) for value in values):
        raise TypeError(message)
    left, top, right, bottom = map(float, values)
    # Fractions of a picture's size are less than a pixel apart. NaN fails every comparison.
    if not (0 <= left <= right - 1 <= width - 1 and 0 <= top <= bottom - 1 <= height - 1):
        raise ValueError(message)
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def _image_of_file(path: str, known: bool) -> Image:
    if is_real():
        return guarded.read_image(path)
    image = engine().Image
    # What the model has looked at is opened only if it has changed.
    return image.unread(path) if known else image(path)


def _image_of_pixels(picture: Any) -> Image:
    import numpy as np

    pixels = np.asarray(decode.on_white(display.plain_picture(picture)))
    height, width, channels = pixels.shape
    return engine().Image(
        _image_data=pixels.tobytes(),
        _height=height,
        _width=width,
        _channels=channels,
        _format_enum=guarded.RAW,
        _image_data_size=pixels.size,
    )
