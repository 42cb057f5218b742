"""The types that a column can have, as Turi Create names them, and the values in it.

A column holds ``int``, ``float``, ``str``, ``list``, ``dict``, ``datetime``, ``Image`` or
``array.array``; None is a missing value in any of them. Numbers without a missing value are stored
as int64 or float64, everything else as Python objects. An array is stored as a 1-D float NumPy
array, often a row of one matrix: features are neither copied nor widened.
"""

from __future__ import annotations

import array
import datetime
import numbers
from typing import Any, Callable, Iterable, Sequence

import numpy as np

from ...errors import ToolkitError
from . import printing
from .image import MODES, Image, is_pixels, made_by

Stored = np.ndarray  # (rows,) of int64, float64 or objects

COLUMN_TYPES = (int, float, str, list, dict, datetime.datetime, Image, array.array)
SORTABLE = (int, float, str, datetime.datetime)
SEQUENCES = (list, tuple)
NUMBERS = {int: np.int64, float: np.float64}


def store(data: Iterable[Any], dtype: type | None = None) -> tuple[Stored, type]:
    """Return values as a column stores them, and its type: the one given, else inferred.

    TypeError if the values are of several types, or not of the one given; ToolkitError if a number
    does not fit into 64 bits.
    """
    values = _without_pandas(data)
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "biuf":
        kind: type = float if values.dtype.kind == "f" else int
        if dtype in (None, kind) and np.can_cast(values.dtype, NUMBERS[kind]):
            return values.astype(NUMBERS[kind]), kind
    values = _with_images(list(values), dtype)
    kind = column_type(values) if dtype is None else _known(dtype)
    return to_stored(values, kind), kind


def column_type(values: Sequence[Any]) -> type:
    """Return the one type that a column of values has; without values, it is ``float``.

    TypeError if there are several types, or one that no column can hold.
    """
    types = set(map(type, values)) - {type(None)}
    found = {_kind_of(other) for other in types.difference(SEQUENCES)}
    if not types.isdisjoint(SEQUENCES):
        found |= _list_kinds(value for value in values if isinstance(value, SEQUENCES))
    for wider, narrower in ((float, int), (list, array.array)):
        if found == {wider, narrower}:
            return wider
    if len(found) > 1:
        names = ", ".join(sorted(kind.__name__ for kind in found))
        raise TypeError(f"A column holds values of one type; found {names}.")
    return found.pop() if found else float


def value_type(value: Any) -> type:
    """Return the column type that fits one value; TypeError if there is none."""
    return column_type([value])


def to_stored(values: Sequence[Any], kind: type) -> Stored:
    """Return values as a column of this type stores them: int64, float64 or objects."""
    accepted, convert = CONVERSIONS[kind]
    types = set(map(type, values))
    for other in types - {type(None)}:
        if not issubclass(other, accepted):
            value = next(value for value in values if type(value) is other)
            raise TypeError(f"A column of {kind.__name__} cannot hold {_short(value)}.")
    if kind in NUMBERS and type(None) not in types:
        try:
            return np.array(values, NUMBERS[kind])
        except (OverflowError, ValueError) as error:
            raise ToolkitError(f"A column of {kind.__name__} cannot hold these: {error}") from error
    stored = np.empty(len(values), object)
    # One by one: given a list of arrays as a whole, NumPy would make a matrix of them.
    for row, value in enumerate(values):
        stored[row] = None if value is None else convert(value)
    return stored


def narrowed(stored: Stored, kind: type) -> Stored:
    """Return numbers stored as objects as int64 or float64, if none is missing."""
    if stored.dtype == object and kind in NUMBERS and not missing(stored).any():
        return stored.astype(NUMBERS[kind])
    return stored


def to_values(stored: Stored, kind: type) -> list[Any]:
    """Return a column's values as a user sees them: Python's own, and ``array.array``."""
    if kind not in SHOWN:
        return stored.tolist()
    return [None if value is None else SHOWN[kind](value) for value in stored]


def cast(value: Any, kind: type) -> Any:
    """Return one value as one of a column type; ToolkitError if it cannot be converted."""
    if value is None:
        return None
    accepted, convert = CASTS.get(kind) or CONVERSIONS[_known(kind)]
    if isinstance(value, accepted):
        try:
            return convert(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise ToolkitError(f"Cannot convert {_short(value)} to {kind.__name__}.") from error
    raise ToolkitError(f"Cannot convert {_short(value)} to {kind.__name__}.")


def missing(stored: Stored) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return where values are missing; NaN is a number."""
    if stored.dtype != object:
        return np.zeros(len(stored), bool)
    return np.fromiter((value is None for value in stored), bool, len(stored))


def _known(dtype: type) -> type:
    if dtype is bool:
        return int
    if dtype in COLUMN_TYPES:
        return dtype
    expected = ", ".join(kind.__name__ for kind in COLUMN_TYPES)
    raise TypeError(f"Expected a type that a column can have ({expected}); found {dtype!r}.")


def _kind_of(other: type) -> type:
    for kind, types in KINDS.items():
        if issubclass(other, types):
            return kind
    expected = ", ".join(kind.__name__ for kind in COLUMN_TYPES)
    raise TypeError(f"A column cannot hold {other.__name__}; expected one of {expected}.")


def _list_kinds(lists: Iterable[Sequence[Any]]) -> set[type]:
    """Return ``array.array`` for lists of numbers alone, ``list`` for others."""
    kinds: set[type] = {
        array.array if all(isinstance(item, numbers.Real) for item in items) else list
        for items in lists
        # An empty one goes with either.
        if items
    }
    return kinds or {list}


def _without_pandas(data: Any) -> Any:
    """Return the values of a Series, missing ones as None; anything else as it is."""
    if not made_by("pandas", "Series", type(data)):
        return data
    if isinstance(data.dtype, np.dtype) and data.dtype.kind in "biuf":
        return data.to_numpy()
    return [None if gone else value for value, gone in zip(data, data.isna())]


def _with_images(values: list[Any], dtype: type | None) -> list[Any]:
    """Return values, of which PIL images and arrays of pixels have become images."""
    types = {kind for kind in set(map(type, values)) if is_pixels(kind)}
    if not types or dtype not in (None, Image):
        return values
    return [Image(v) if type(v) in types and _is_picture(v, dtype) else v for v in values]


def _is_picture(value: Any, dtype: type | None) -> bool:
    # Without a type, an array of two dimensions may be anything.
    shape = getattr(value, "shape", None)
    pixels = shape is None or (len(shape) == 3 and shape[2] in MODES and value.dtype == np.uint8)
    return pixels or dtype is Image


def _to_vector(value: Any) -> np.ndarray[Any, Any]:
    vector = value if isinstance(value, np.ndarray) else np.array(value)
    if vector.ndim != 1 or (vector.size and vector.dtype.kind not in "biuf"):
        raise TypeError(
            "A column of array holds vectors of numbers; found an array of shape "
            f"{vector.shape} and dtype {vector.dtype}."
        )
    return vector if vector.dtype.kind == "f" else vector.astype(np.float64)


def _to_datetime(value: Any) -> datetime.datetime | None:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime.datetime):
        # pandas has a kind of its own.
        return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    return value and datetime.datetime(value.year, value.month, value.day)


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return f"{text if len(text) <= 60 else text[:56] + '...'} ({type(value).__name__})"


REAL = (numbers.Real, np.bool_)
VECTORS = (list, tuple, array.array, np.ndarray)
# Kinds of values by Python's types, the first that fits.
KINDS: dict[type, Any] = {
    int: (numbers.Integral, np.bool_),
    float: numbers.Real,
    str: str,
    dict: dict,
    datetime.datetime: (datetime.date, np.datetime64),
    Image: Image,
    array.array: (array.array, np.ndarray),
    list: SEQUENCES,
}
# The values that a column of a type takes, and how it stores them.
CONVERSIONS: dict[type, tuple[Any, Callable[[Any], Any]]] = {
    int: (REAL, int),
    float: (REAL, float),
    str: (object, str),
    list: (VECTORS, list),
    dict: (dict, dict),
    datetime.datetime: ((datetime.date, np.datetime64), _to_datetime),
    Image: (Image, lambda image: image),
    array.array: (VECTORS, _to_vector),
}
# Where ``astype`` takes more.
CASTS: dict[type, tuple[Any, Callable[[Any], Any]]] = {
    int: ((*REAL, str), int),
    float: ((*REAL, str), float),
    str: (object, printing.text_of),
}
# The values that are returned as copies, or in another form than the stored one.
SHOWN: dict[type, Callable[[Any], Any]] = {
    list: list,
    dict: dict,
    array.array: lambda vector: array.array("d", vector.astype(np.float64).tobytes()),
}
