"""Columns on disk: what ``SFrame.save`` writes and ``load_sframe`` reads."""

from __future__ import annotations

import array
import datetime
import json
import os
from pathlib import Path
from typing import Any, Callable, Mapping

import numpy as np

from ...errors import ToolkitError
from ...storage import saved_folder
from .column_types import COLUMN_TYPES
from .image import Image
from .sarray import SArray

KIND = "sframe"
TYPES = {kind.__name__: kind for kind in COLUMN_TYPES}
# How values that JSON does not know become such as it knows, and back.
JSON_FORMS: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    datetime.datetime: (datetime.datetime.isoformat, datetime.datetime.fromisoformat),
    array.array: (np.ndarray.tolist, np.array),
}


def save(columns: Mapping[str, SArray], location: str) -> None:
    """Write a frame's columns as a folder; ToolkitError if a column cannot be written."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    facts = []
    for number, (name, column) in enumerate(columns.items()):
        values, array_ = _pack(column)
        if column.dtype in (list, dict):
            _check_plain(name, values)
        if array_ is not None:
            arrays[f"column-{number}"] = array_
        facts.append({"name": name, "type": column.dtype.__name__, "values": values})
    saved_folder.write(location, KIND, {"columns": facts}, arrays)


def load(location: str) -> dict[str, SArray]:
    """Return the columns that ``save`` wrote; errors as ``saved_folder.read``."""
    saved = saved_folder.read(location, KIND)
    saved.verify()
    columns = {}
    for number, column in enumerate(saved.facts["columns"]):
        kind = TYPES[column["type"]]
        values = _unpack(kind, column["values"], saved.arrays.get(f"column-{number}"))
        columns[column["name"]] = SArray(values, kind)
    return columns


def _pack(column: SArray) -> tuple[Any, Any]:
    """Return a column as JSON values, or as an array, or (pictures) as both."""
    if column._values.dtype != object:
        return None, column._values
    stored = column._values.tolist()
    if column.dtype is Image:
        return _pack_images(stored)
    if column.dtype is array.array:
        shapes = {None if row is None else (len(row), row.dtype) for row in stored}
        if len(shapes) == 1 and None not in shapes:
            return None, column.to_numpy()
    if column.dtype in JSON_FORMS:
        to_json, _ = JSON_FORMS[column.dtype]
        stored = [None if value is None else to_json(value) for value in stored]
    return stored, None


def _check_plain(name: str, values: list[Any]) -> None:
    """Raise ``ToolkitError`` unless JSON gives lists and dicts back as they were."""
    try:
        kept = repr(json.loads(json.dumps(values))) == repr(values)
    except (TypeError, ValueError):
        kept = False
    if not kept:
        raise ToolkitError(
            f"The column '{name}' cannot be saved: lists and dicts are kept if they hold only "
            "numbers, texts, None, lists, and dicts with texts as keys."
        )


def _pack_images(images: list[Any]) -> tuple[Any, Any]:
    """Return the paths of pictures that have one, and the bytes of all others, end to end."""
    values: list[Any] = []
    content: list[bytes] = []
    here = str(Path.cwd())
    for image in images:
        if image is None:
            values.append(None)
        elif image.path is not None:
            # Paths one by one would take half of the time of the whole.
            values.append(os.path.join(here, image.path))
        else:
            data = image._image_data
            content.append(data)
            names = ("_width", "_height", "_channels", "_format_enum")
            parts = {name: getattr(image, name) for name in names}
            values.append({**parts, "_image_data_size": len(data)})
    joined = np.frombuffer(b"".join(content), np.uint8) if content else None
    return values, joined


def _unpack(kind: type, values: Any, array_: Any) -> Any:
    if kind is Image:
        return _unpack_images(values, array_)
    if values is None:
        return np.asarray(array_)
    if kind in JSON_FORMS:
        _, from_json = JSON_FORMS[kind]
        return [None if value is None else from_json(value) for value in values]
    return values


def _unpack_images(values: list[Any], content: Any) -> list[Any]:
    images: list[Any] = []
    start = 0
    for value in values:
        if value is None:
            images.append(None)
        elif isinstance(value, str):
            images.append(Image.unread(value))
        else:
            end = start + value["_image_data_size"]
            data = content[start:end].tobytes()
            # It is decoded later: a damaged picture must not hide the others.
            images.append(Image(_image_data=data, **value))
            start = end
    return images
