"""Which values of a column are equal, and in what order they come."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any, Iterable

import numpy as np

from .column_types import SORTABLE, Stored
from .operators import Operand

if TYPE_CHECKING:
    from .operators import Flags

    Rows = np.ndarray[Any, np.dtype[np.intp]]


def keys(column: Operand) -> list[Any]:
    """Return a hashable key for each value, the same for equal ones; NaN equals NaN.

    TypeError if the values are dicts or images.
    """
    if column.dtype in (list, array.array):
        # Plus zero, so that -0.0 is written as 0.0.
        plain = ((v + 0.0).tolist() if isinstance(v, np.ndarray) else v for v in column.values)
        return [None if value is None else repr(value) for value in plain]
    if column.dtype not in SORTABLE:
        raise TypeError(f"Rows cannot be matched by a column of {column.dtype.__name__}.")
    values = column.values.tolist()
    if column.dtype is not float:
        return values
    # Only NaN is not itself; one object for all, since what is the same counts as equal in a dict.
    return [value if value == value else np.nan for value in values]


def among(column: Operand, values: Operand) -> Flags:
    """Return where a column's value is one of some values of its type."""
    wanted = set(keys(values))
    return np.fromiter((key in wanted for key in keys(column)), bool, len(column.values))


def first_rows(found: Iterable[Any]) -> list[int]:
    """Return the row where each key appears first, in their order."""
    first: dict[Any, int] = {}
    for row, key in enumerate(found):
        first.setdefault(key, row)
    return list(first.values())


def order(column: Operand, ascending: bool) -> Rows:
    """Return the row numbers that sort a column; equal values keep their order.

    Missing values come first in ascending order, last in descending. TypeError if the values have
    no order.
    """
    if column.dtype not in SORTABLE:
        raise TypeError(
            "Only columns of type int, float, str and datetime can be sorted; "
            f"found {column.dtype.__name__}."
        )
    gone = column.missing
    missing, there = np.flatnonzero(gone), np.flatnonzero(~gone)
    there = there[_order(column.present(~gone), ascending)]
    return np.concatenate([missing, there] if ascending else [there, missing])


def _order(values: Stored, ascending: bool) -> Rows:
    """Return the order of values of which none is missing."""
    if values.dtype == object:
        # Python compares texts several times as fast as NumPy does.
        plain = values.tolist()
        places = sorted(range(len(plain)), key=plain.__getitem__, reverse=not ascending)
        return np.array(places, np.intp)
    if ascending:
        return np.argsort(values, kind="stable")
    # Backwards twice, so that equal values keep their order.
    return len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
