"""The form of a saved frame: its columns, each of a type that JSON or an array can hold."""

from __future__ import annotations

import datetime
from typing import Any, Mapping

from .schema import (
    Check,
    UnfitError,
    either,
    expect,
    list_of,
    one_of,
    optional,
    path,
    record,
    short,
    text,
    texts,
    values,
    whole,
    wholes,
)

KIND = "sframe"
Arrays = Mapping[str, Any]

# Raw pixels, as Turi Create numbers the formats of images.
RAW = 2
SIDE = whole(0, 2**20)


def check(facts: Any, arrays: Arrays) -> None:
    """Hold a frame's facts and arrays against their form; raises ``UnfitError``."""
    column = record({"name": text, "type": one_of(*LISTS), "values": optional(values)})
    record({"columns": list_of(column)})(facts)
    names = [column["name"] for column in facts["columns"]]
    expect(len(set(names)) == len(names), "names of columns that differ", names)
    lengths = set()
    for at, column in enumerate(facts["columns"]):
        try:
            lengths.add(_rows(column["type"], column["values"], arrays.get(f"column-{at}")))
        except UnfitError as error:
            raise UnfitError(f"the column {short(column['name'])}: {error}") from None
    expect(len(lengths) < 2, "columns of one length", sorted(lengths))


def _rows(kind: str, given: Any, array: Any) -> int:
    """Check a column; return how many rows it has."""
    if given is None:
        form = "none" if array is None else f"{array.dtype.kind}{array.dtype.itemsize}"
        dimensions = 2 if kind == "array" else 1
        expect(form in ARRAYS.get(kind, ()), f"an array of {kind}", form)
        expect(array.ndim == dimensions, f"{dimensions} dimensions", array.shape)
        return len(array)
    LISTS[kind](given)
    if kind == "Image":
        _check_content([one for one in given if isinstance(one, dict)], array)
    return len(given)


def _check_content(images: list[Mapping[str, int]], content: Any) -> None:
    """Expect the bytes of pictures without a file, end to end."""
    if not images and content is None:
        return
    size = sum(image["_image_data_size"] for image in images)
    found = None if content is None else (content.dtype.str, content.shape)
    expect(found == ("|u1", (size,)), f"{size} bytes of pictures", found)
    for image in images:
        sides = [image["_height"], image["_width"], image["_channels"]]
        bytes_ = sides[0] * sides[1] * sides[2]
        fits = image["_format_enum"] != RAW or (
            bytes_ == image["_image_data_size"] > 0 and sides[2] in (1, 3, 4)
        )
        expect(fits, f"raw pixels of {sides}", image["_image_data_size"])


def _numbers(value: Any) -> None:
    """Expect a list of numbers, finite or not, and nulls."""
    types = set(map(type, value))
    expect(types <= {int, float, type(None)}, "a list of numbers", value)
    wholes([one for one in value if type(one) is int])


def _vector(value: Any) -> None:
    values(value)
    expect(None not in value, "a vector", value)
    _numbers(value)


def _time(value: Any) -> None:
    text(value)
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        raise UnfitError(f"expected a time, found {short(value)}") from None


def _is_of(kind: type) -> Check:
    return lambda value: expect(isinstance(value, kind), f"a {kind.__name__}", value)


IMAGE = record(
    {
        "_width": SIDE,
        "_height": SIDE,
        "_channels": whole(0, 4),
        "_format_enum": whole(0, 8),
        "_image_data_size": whole(0),
    },
    closed=True,
)
# What the lists of columns hold, by type.
LISTS: dict[str, Check] = {
    "int": wholes,
    "float": _numbers,
    "str": texts,
    "list": list_of(optional(_is_of(list))),
    "dict": list_of(optional(_is_of(dict))),
    "datetime": list_of(optional(_time)),
    "Image": list_of(optional(either(path, IMAGE))),
    "array": list_of(optional(_vector)),
}
# The arrays that columns may be instead.
ARRAYS = {"int": ("i8",), "float": ("f8",), "array": ("f2", "f4", "f8", "f16")}
