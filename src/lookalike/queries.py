"""What to search with: a row, a slice, a file or a picture, and its place in the collection."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Sequence, Union

from . import display
from .engines import guarded
from .engines.choice import engine, is_real
from .errors import MissingColumnError, ToolkitError
from .images import decode

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from .portable import Image, SFrame
    from .portable.image_similarity import ImageSimilarityModel

    Source = Union[Mapping[str, Any], SFrame, str, "os.PathLike[str]", PILImage.Image, Image]


class Query(NamedTuple):
    """A picture to search with: its name in the result, its file, and its row in the data."""

    picture: Any
    name: Any
    path: str | None
    place: int | None


def queries_of(model: ImageSimilarityModel, data: SFrame, source: Source) -> list[Query]:
    """Return the pictures that a user wants to search with.

    Raises
    ------
    MissingFileError, UnreadableImageError
        If it is a path without a file, or no picture that can be read.
    ToolkitError
        If it has no rows, or not the model's column of pictures.
    TypeError
        If it is neither a row, a slice, a path nor a picture.
    """
    tc = engine()
    if isinstance(source, tc.SFrame):
        if len(source) == 0:
            raise ToolkitError("The query has no rows: it needs at least one picture.")
        return _of_rows(model, data, list(source))
    if isinstance(source, Mapping):
        return _of_rows(model, data, [source])
    if isinstance(source, (str, os.PathLike)):
        place = _place_of_file(data, source)
        known = place is not None and model.feature in data.column_names()
        picture = data[place][model.feature] if known else _image_of_file(source)
        return [Query(picture, 0, os.fspath(source), place)]
    if display.is_picture(source):
        picture = source if isinstance(source, tc.Image) else _image_of_pixels(source)
        return [Query(picture, 0, None, None)]
    raise TypeError(
        "Expected a row of the data, a slice, a path, a PIL image or a tc.Image as the query; "
        f"found {type(source).__name__}."
    )


def _of_rows(
    model: ImageSimilarityModel, data: SFrame, rows: Sequence[Mapping[str, Any]]
) -> list[Query]:
    for row in rows:
        if model.feature not in row:
            raise MissingColumnError(model.feature, row, role="query's column")
    return [
        Query(row[model.feature], row.get("id", number), row.get("path"), place)
        for number, (row, place) in enumerate(zip(rows, _places_of_rows(data, rows)))
    ]


def _image_of_file(file: str | os.PathLike[str]) -> Image:
    path = os.fspath(Path(file).expanduser())
    return guarded.read_image(path) if is_real() else engine().Image(path)


def _image_of_pixels(picture: Any) -> Image:
    import numpy as np

    pixels = np.asarray(decode.on_white(decode.plain(picture)))
    height, width, channels = pixels.shape
    return engine().Image(
        _image_data=pixels.tobytes(),
        _height=height,
        _width=width,
        _channels=channels,
        _format_enum=guarded.RAW,
        _image_data_size=pixels.size,
    )


def _places_of_rows(data: SFrame, rows: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """Return where rows stand in the data, by their path or else their id; None if nowhere."""
    paths = {row["path"] for row in rows if isinstance(row.get("path"), str)}
    by_path = _places_of_values(data, "path", paths)
    by_id = _places_of_values(data, "id", {row["id"] for row in rows if "id" in row})
    places = []
    for row in rows:
        same = by_id.get(row.get("id"), [])
        if row.get("path") in paths and "path" in data.column_names():
            of_path = by_path.get(row["path"], [])
            # A file that stands there several times: the one with the row's id.
            same = [place for place in of_path if place in same] or of_path
        places.append(same[0] if same else None)
    return places


def _places_of_values(data: SFrame, name: str, wanted: set[Any]) -> dict[Any, list[int]]:
    """Return where these values stand in a column; nowhere if there is no such column."""
    found: dict[Any, list[int]] = {}
    if wanted and name in data.column_names():
        for place, value in enumerate(data[name]):
            if value in wanted:
                found.setdefault(value, []).append(place)
    return found


def _place_of_file(data: SFrame, file: str | os.PathLike[str]) -> int | None:
    """Return where a file stands in the data, however its path is written; None if nowhere."""
    if "path" not in data.column_names():
        return None
    wanted = _same_path(file)
    # Of a link, too.
    names = (os.path.normcase(wanted.name), os.path.normcase(Path(file).name))
    for place, path in enumerate(data["path"]):
        # Names first: to make a hundred thousand paths absolute takes longer than the search.
        alike = isinstance(path, str) and os.path.normcase(path).endswith(names)
        if alike and _same_path(path) == wanted:
            return place
    return None


def _same_path(path: str | os.PathLike[str]) -> Path:
    return Path(path).expanduser().resolve()
