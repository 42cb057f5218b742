"""Rows compared with each other: what filtering, sorting, grouping and joining a frame compute."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from ...errors import ToolkitError
from . import operators
from .aggregate import COUNT, Aggregate
from .sarray import SArray

if TYPE_CHECKING:
    from .operators import Rows

WAYS = ("inner", "left", "right", "outer")
# The row of what has no counterpart: the last of ``_padded``.
NOWHERE = -1


def order(columns: Mapping[str, SArray], keys: Sequence[tuple[str, bool]]) -> Rows:
    """Return the row numbers that sort by columns, the first foremost, each ascending or not."""
    rows = np.arange(len(columns[keys[0][0]]))
    for name, ascending in reversed(keys):
        rows = rows[columns[name].take(rows).order(ascending)]
    return rows


def unique(columns: Iterable[SArray]) -> list[int]:
    """Return the rows whose values appear for the first time."""
    return operators.first_rows(_keys(columns))


def group(
    keys: Mapping[str, SArray], operations: Sequence[Any], column_of: Callable[[str], SArray]
) -> dict[str, SArray]:
    """Return each combination of values once, as they first appear, and what is computed of it."""
    rows: dict[Any, list[int]] = {}
    for row, key in enumerate(_keys(keys.values())):
        rows.setdefault(key, []).append(row)
    groups = {
        name: column.take([some[0] for some in rows.values()]) for name, column in keys.items()
    }
    for given, operation in _operations(operations):
        name = given or free_name(operation.title, groups)
        if name in groups:
            raise ToolkitError(f"Two columns would have the same name: '{name}'.")
        columns = [column_of(source) for source in operation.columns]
        values = [operation.compute(r, *(c.take(r) for c in columns)) for r in rows.values()]
        groups[name] = SArray(values, operation.dtype(*(column.dtype for column in columns)))
    return groups


def join(
    left: Mapping[str, SArray],
    right: Mapping[str, SArray],
    on: Mapping[str, str],
    how: str,
    names: Mapping[str, str],
) -> dict[str, SArray]:
    """Return the columns of the left frame, then those of the right one but for its keys.

    ``on`` has the right key for each left one, ``names`` other names for columns of the right
    frame. ToolkitError if two keys are of different types.
    """
    for name, other in on.items():
        if left[name].dtype is not right[other].dtype:
            raise ToolkitError(
                f"The columns '{name}' and '{other}' must be of one type to be joined; found "
                f"{left[name].dtype.__name__} and {right[other].dtype.__name__}."
            )
    left_rows, right_rows = _match(
        _keys(left[name] for name in on), _keys(right[other] for other in on.values()), how
    )
    joined = {name: _taken(column, left_rows) for name, column in left.items()}
    if NOWHERE in left_rows:
        for name, other in on.items():
            theirs = _padded(right[other])[right_rows]
            keys = np.where(left_rows == NOWHERE, theirs, joined[name]._values)
            joined[name] = SArray._wrap(keys, left[name].dtype)
    for name, column in right.items():
        if name not in on.values():
            joined[free_name(names.get(name, name), joined)] = _taken(column, right_rows)
    return joined


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken: this one, or with ``.1`` behind it."""
    while name in taken:
        name += ".1"
    return name


def _keys(columns: Iterable[SArray]) -> list[Any]:
    """Return a key for each row, the same for rows of equal values."""
    keys = [operators.keys(column._operand) for column in columns]
    return keys[0] if len(keys) == 1 else list(zip(*keys))


def _operations(given: Iterable[Any]) -> Iterator[tuple[str, Aggregate]]:
    """Yield each operation with its column's name, which may be empty."""
    for one in given:
        if isinstance(one, Mapping):
            named = list(one.items())
        else:
            several = isinstance(one, (list, tuple)) and not isinstance(one, Aggregate)
            named = [("", operation) for operation in (one if several else [one])]
        for name, operation in named:
            operation = operation() if operation is COUNT else operation
            if not isinstance(operation, Aggregate):
                raise TypeError(
                    f"Expected an operation such as aggregate.COUNT(); found {operation!r}."
                )
            yield name, operation


def _match(left: list[Any], right: list[Any], how: str) -> tuple[Rows, Rows]:
    """Return the rows of both sides that go together, in the left side's order."""
    places: dict[Any, list[int]] = {}
    for row, key in enumerate(right):
        places.setdefault(key, []).append(row)
    alone = [NOWHERE] if how in ("left", "outer") else []
    found = [places.get(key, alone) for key in left]
    lefts = np.repeat(np.arange(len(left)), [len(rows) for rows in found])
    rights = np.fromiter(chain.from_iterable(found), np.intp)
    if how in ("right", "outer"):
        known = set(left)
        others = np.array([row for row, key in enumerate(right) if key not in known], np.intp)
        lefts = np.append(lefts, np.full(len(others), NOWHERE))
        rights = np.append(rights, others)
    return lefts, rights


def _padded(column: SArray) -> np.ndarray[Any, Any]:
    """Return a column's values and, behind them, a missing one."""
    padded = np.empty(len(column) + 1, object)
    padded[:-1] = column._values
    return padded


def _taken(column: SArray, rows: Rows) -> SArray:
    if NOWHERE not in rows:
        return column.take(rows)
    return SArray._wrap(_padded(column)[rows], column.dtype)
