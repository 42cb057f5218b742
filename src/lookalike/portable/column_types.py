"""The types that a column can have, as Turi Create names them, and the values in it.

A column holds ``int``, ``float``, ``str``, ``list``, ``dict``, ``datetime``, ``Image`` or
``array.array``; None is a missing value in any of them. Whole and real numbers without a missing
value are kept as int64 and float64; everything else as Python objects, where an array is a 1-D
float NumPy array (often a row of one matrix), so that features are neither copied nor widened.
"""

from __future__ import annotations

import array
import datetime
import numbers
from typing import Any, Callable, Iterable

import numpy as np
import pandas as pd

from ..errors import ToolkitError
from .image import Image

COLUMN_TYPES = (int, float, str, list, dict, datetime.datetime, Image, array.array)


def column_type(values: Iterable[Any]) -> type:
    """Infer the type of a column from its values; a column without values is ``float``.

    Raises
    ------
    TypeError
        If the values are of types that do not go together, or of one that no column can hold.
    """
    found = {value_type(value) for value in values if value is not None}
    if not found:
        return float
    if found == {int, float}:
        return float
    if found == {array.array, list}:
        return list
    if len(found) > 1:
        names = ", ".join(sorted(kind.__name__ for kind in found))
        raise TypeError(f"A column holds values of one type; found {names}.")
    return found.pop()


def value_type(value: Any) -> type:
    """Return the column type that fits one value."""
    if isinstance(value, (bool, np.bool_, numbers.Integral)):
        return int
    if isinstance(value, numbers.Real):
        return float
    if isinstance(value, (str, dict, Image)):
        return next(kind for kind in (str, dict, Image) if isinstance(value, kind))
    if isinstance(value, (datetime.datetime, np.datetime64)):
        return datetime.datetime
    if isinstance(value, (array.array, np.ndarray)):
        return array.array
    if isinstance(value, (list, tuple)):
        numeric = all(isinstance(item, numbers.Real) for item in value)
        return array.array if numeric else list
    expected = ", ".join(kind.__name__ for kind in COLUMN_TYPES)
    raise TypeError(f"A column cannot hold a {type(value).__name__}; expected one of {expected}.")


def to_series(values: Iterable[Any], kind: type) -> pd.Series[Any]:
    """Return a column's values as it keeps them: int64, float64 or objects."""
    items: list[Any] = [None if _is_missing(value, kind) else value for value in values]
    if kind in (int, float) and None not in items:
        return pd.Series(items, dtype="int64" if kind is int else "float64")
    series = pd.Series([None] * len(items), dtype=object)
    converters: dict[type, Callable[[Any], Any]] = {
        int: int,
        float: float,
        list: list,
        array.array: _to_vector,
    }
    convert = converters.get(kind)
    if convert is not None:
        items = [None if item is None else convert(item) for item in items]
    # One by one: given a list of arrays as a whole, NumPy would make a matrix of them.
    for position, item in enumerate(items):
        series.array[position] = item
    return series


def to_values(series: pd.Series[Any]) -> list[Any]:
    """Return a column's values as a user sees them: Python's own, and ``array.array``."""
    return [from_stored(value) for value in series.tolist()]


def from_stored(value: Any) -> Any:
    """Return one value as a user sees it."""
    if isinstance(value, np.ndarray):
        return array.array("d", value)
    return value.item() if isinstance(value, np.generic) else value


def cast(value: Any, kind: type) -> Any:
    """Convert one value to a column type.

    Raises
    ------
    ToolkitError
        If it cannot be converted.
    """
    if value is None:
        return None
    try:
        if kind is str:
            return str(value)
        if kind in (array.array, list):
            return list(value)
        if kind in (int, float):
            return kind(value)
    except (TypeError, ValueError) as error:
        raise ToolkitError(f"Cannot interpret {value!r} as {kind.__name__}.") from error
    if value_type(value) is kind:
        return value
    raise ToolkitError(f"Cannot convert {type(value).__name__} to {kind.__name__}.")


def _is_missing(value: Any, kind: type) -> bool:
    # pandas marks what is missing among texts, numbers and times with markers of its own.
    return value is None or value is pd.NA or value is pd.NaT or _is_nan_elsewhere(value, kind)


def _is_nan_elsewhere(value: Any, kind: type) -> bool:
    return kind is not float and isinstance(value, float) and value != value


def _to_vector(value: Any) -> np.ndarray[Any, Any] | None:
    vector = np.asarray(value)
    if vector.ndim != 1:
        raise TypeError(
            f"An array column holds vectors; found an array of shape {vector.shape}. "
            "Give one vector a row."
        )
    return vector if vector.dtype.kind == "f" else vector.astype(np.float64)
