"""The forms of saved data, by kind. Nothing uses data that was not checked.

``check`` compares facts and arrays to their form, in which lengths have names: ``rows`` is how many
features a model has, ``pictures`` how many labels. One name is one length everywhere. Models of
version 1 have no form here: they are checked in today's form, which ``load_model`` gives them.
"""

from __future__ import annotations

import datetime
from typing import Any, Callable, Mapping, NamedTuple

import numpy as np

from .schema import (
    NONE,
    Check,
    UnfitError,
    either,
    expect,
    list_of,
    number,
    one_of,
    optional,
    path,
    paths,
    record,
    sha256,
    short,
    text,
    texts,
    that,
    truth,
    values,
    whole,
    wholes,
)

Arrays = Mapping[str, "np.ndarray[Any, Any]"]


class ArrayForm(NamedTuple):
    """What an array must be: its types by kind and bytes a number, and its lengths."""

    types: tuple[str, ...]
    shape: tuple[int | str, ...]


class Form(NamedTuple):
    """What is saved of a kind.

    ``lengths`` checks facts, and returns the lengths that follow from them. A folder of this kind
    may have these ``arrays``, and must have the ``needed`` ones.
    """

    lengths: Callable[[Any], dict[str, int]]
    arrays: Mapping[str, ArrayForm]
    needed: tuple[str, ...]


NUMBERS = ("f4", "f8")
SEARCH_ARRAYS = {
    "matrix": ArrayForm(NUMBERS, ("rows", "width")),
    "squared_norms": ArrayForm(("f8",), ("rows",)),
    "factors": ArrayForm(("f8",), ("rows",)),
    "codes": ArrayForm(("i1",), ("blocks", "width", "block")),
    "code_columns": ArrayForm(("f8",), (2, "width")),
    "code_rows": ArrayForm(("f8",), (4, "rows")),
}
PICTURES_ARRAYS = {
    **SEARCH_ARRAYS,
    "mean": ArrayForm(("f8",), ("width",)),
    "stamps": ArrayForm(("i8",), ("pictures", 2)),
    "contents": ArrayForm(("u1",), ("pictures", 32)),
}
FACTS: dict[str, Check] = {
    "label": optional(text),
    "label_type": one_of("int", "str"),
    "labels": values,
    "training_time": number(0),
}
FILES = record({"root": optional(path), "root_from_model": optional(path), "paths": paths})
NETWORK = record(
    {
        "name": text,
        "file": path,
        "num_features": whole(1),
        "size": whole(0),
        "sha256": sha256,
    },
    {
        "mean": list_of(number(), 3),
        "std": list_of(number(1e-9), 3),
        "channels": one_of("RGB", "BGR"),
        "input_shape": list_of(whole(1, 2**20), 3),
        "output": text,
        "url": text,
        "source": text,
        "licence": text,
        "resize": either(one_of("squash"), whole(1, 2**20)),
        "resampling": one_of("bilinear", "bicubic"),
        "unit_length": truth,
    },
    closed=True,
)


def check(kind: str, facts: Any, arrays: Arrays) -> None:
    """Raise UnfitError unless saved data has its form; kinds without a form are not checked."""
    if kind == FRAME:
        _check_frame(facts, arrays)
    if kind not in FORMS:
        return
    form = FORMS[kind]
    lengths = form.lengths(facts)
    missing = [name for name in form.needed if name not in arrays]
    expect(not missing, f"the arrays {', '.join(missing)}", sorted(arrays))
    for name, expected in form.arrays.items():
        if name in arrays:
            _check_array(name, arrays[name], expected, lengths)
    _check_codes(arrays)


def must_be_finite(kind: str, name: str) -> bool:
    """Return whether an array's numbers must be finite; a frame's columns may hold anything."""
    return kind in FORMS and name in FORMS[kind].arrays


def _check_array(name: str, values: Any, form: ArrayForm, lengths: dict[str, int]) -> None:
    """Check an array, and add the lengths that it is the first to have."""
    found = _type_of(values)
    expect(found in form.types, f"{name} of type {' or '.join(form.types)}", found)
    wanted = [lengths.get(one, one) if isinstance(one, str) else one for one in form.shape]
    fits = values.ndim == len(wanted) and all(
        isinstance(one, str) or one == length for one, length in zip(wanted, values.shape)
    )
    expect(fits, f"{name} of shape ({', '.join(map(str, wanted))})", values.shape)
    lengths.update(
        {one: length for one, length in zip(wanted, values.shape) if isinstance(one, str)}
    )


def _type_of(values: Any) -> str:
    return f"{values.dtype.kind}{values.dtype.itemsize}"


def _check_codes(arrays: Arrays) -> None:
    """Expect all arrays of codes, or none; each row in one block, and none empty."""
    found = [name for name in ("codes", "code_columns", "code_rows") if name in arrays]
    expect(len(found) in (0, 3), "all arrays of codes or none", found)
    if found:
        blocks, _, block = arrays["codes"].shape
        rows = arrays["code_rows"].shape[1]
        fits = blocks > 0 and (blocks - 1) * block < rows <= blocks * block
        expect(fits, f"codes of {rows} rows", arrays["codes"].shape)


def _check_labels(facts: Mapping[str, Any]) -> None:
    (texts if facts["label_type"] == "str" else wholes)(facts["labels"])


def _reasons(value: Any) -> None:
    """Expect pairs of a position and a text, by ascending positions."""
    list_of(list_of(lambda one: None, 2))(value)
    positions = [position for position, _ in value]
    wholes(positions)
    texts([reason for _, reason in value])
    expect(None not in (one for pair in value for one in pair), "reasons", value)
    fits = positions == sorted(set(positions)) and (not positions or positions[0] >= 0)
    expect(fits, "ascending positions of reasons", value)


def _neighbors_lengths(facts: Any) -> dict[str, int]:
    distance = one_of("euclidean", "cosine")
    record({**FACTS, "features": list_of(text)}, {"distance": distance})(facts)
    _check_labels(facts)
    return {"rows": len(facts["labels"])}


def _pictures_lengths(facts: Any) -> dict[str, int]:
    record(
        {
            **FACTS,
            "feature": text,
            "network": NETWORK,
            "reasons": _reasons,
            "files": FILES,
            "is_of_images": truth,
            "walk": optional(record({"recursive": truth, "exclude": list_of(text)})),
            "comparison": record({"unit_length": truth, "rows": whole(0)}),
            "ran_on": text,
            "cached": truth,
        }
    )(facts)
    _check_labels(facts)
    count, paths_ = len(facts["labels"]), facts["files"]["paths"]
    expect(len(paths_) == count, f"paths of {count} pictures", len(paths_))
    last = facts["reasons"][-1][0] if facts["reasons"] else -1
    expect(last < count, "reasons of pictures that are there", last)
    return {"pictures": count, "rows": count - len(facts["reasons"])}


FORMS = {
    "nearest_neighbors": Form(_neighbors_lengths, SEARCH_ARRAYS, ("matrix",)),
    "image_similarity": Form(_pictures_lengths, PICTURES_ARRAYS, ("matrix", "stamps")),
}

# Frames: columns, each of a type that a list in the facts or an array can hold.

FRAME = "sframe"
# Raw pixels, as Turi Create numbers the formats of images.
RAW = 2
SIDE = whole(0, 2**20)
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


def _check_frame(facts: Any, arrays: Arrays) -> None:
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
        form = "none" if array is None else _type_of(array)
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
        fits = image["_format_enum"] != RAW or (
            sides[0] * sides[1] * sides[2] == image["_image_data_size"] > 0
            and sides[2] in (1, 3, 4)
        )
        expect(fits, f"raw pixels of {sides}", image["_image_data_size"])


def _numbers(value: Any) -> None:
    """Expect a list of numbers, finite or not, and nulls."""
    expect(set(map(type, value)) <= {int, float, NONE}, "a list of numbers", value)
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


# What the lists of columns hold, by type.
LISTS: dict[str, Check] = {
    "int": wholes,
    "float": _numbers,
    "str": texts,
    "list": list_of(optional(values)),
    "dict": list_of(optional(that(lambda value: isinstance(value, dict), "a dict"))),
    "datetime": list_of(optional(_time)),
    "Image": list_of(optional(either(path, IMAGE))),
    "array": list_of(optional(_vector)),
}
# The arrays that columns may be instead.
ARRAYS = {"int": ("i8",), "float": ("f8",), "array": ("f2", "f4", "f8", "f16")}
