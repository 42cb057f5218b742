"""What is computed of columns by Turi Create's rules: operators, sums and means, and the order.

If a value is missing, so is an operator's result; but a missing value equals another, and ``&`` and
``|`` have a result if one side alone decides it. In sums and means, missing values do not count.
"""

from __future__ import annotations

import array
import datetime
from typing import TYPE_CHECKING, Any, Callable, Iterable, NamedTuple, Sequence

import numpy as np

from ...errors import ToolkitError
from .column_types import NUMBERS, SORTABLE, Stored, missing, to_stored, value_type

if TYPE_CHECKING:
    Flags = np.ndarray[Any, np.dtype[np.bool_]]
    Rows = np.ndarray[Any, np.dtype[np.intp]]


class Operand(NamedTuple):
    """A column's values, ``(rows,)``, or one value for all its rows, ``()``; and their dtype."""

    values: Stored
    dtype: type

    @classmethod
    def from_value(cls, value: Any) -> Operand:
        """Return one value as an operand; TypeError if no column could hold it."""
        dtype = value_type(value)
        return cls(to_stored([value], dtype).reshape(()), dtype)

    @property
    def is_none(self) -> bool:
        """Whether it is None for all rows."""
        return self.values.ndim == 0 and self.values.item() is None

    @property
    def missing(self) -> Flags:
        """Where values are missing, ``(rows,)`` or ``(1,)``."""
        return missing(np.atleast_1d(self.values))

    @property
    def truth(self) -> Flags:
        """Where values are neither zero, empty nor missing, ``(rows,)``."""
        if self.values.dtype != object:
            return self.values != 0
        truths = (len(v) > 0 if isinstance(v, np.ndarray) else bool(v) for v in self.values)
        return np.fromiter(truths, bool, len(self.values))

    def present(self, rows: Flags) -> Stored:
        """Return the values of rows that miss none: numbers as int64 or float64."""
        values = self.values if self.values.ndim == 0 else self.values[rows]
        return values.astype(NUMBERS.get(self.dtype, object), copy=False)


def compute(ufunc: np.ufunc, *sides: Operand) -> tuple[Stored, type]:
    """Return the values and type of an operator, named by its NumPy function, of operands.

    Comparisons and logic give 0 and 1. ToolkitError if the columns differ in length, or their types
    do not go with the operator; TypeError if ``&`` or ``|`` is given anything but columns.
    """
    lengths = {len(side.values) for side in sides if side.values.ndim}
    if len(lengths) > 1:
        raise ToolkitError(
            f"Two columns of the same length are needed; found {' and '.join(map(str, lengths))}."
        )
    return RULES[ufunc](ufunc, *sides)


def _arithmetic(ufunc: np.ufunc, *sides: Operand) -> tuple[Stored, type]:
    kinds = {side.dtype for side in sides}
    if kinds == {int} and ufunc not in (np.true_divide, np.power):
        kind: type = int
    elif kinds <= {int, float}:
        kind = float
        ufunc = np.float_power if ufunc is np.power else ufunc
    elif kinds <= {int, float, array.array}:
        kind = array.array
    elif kinds == {str} and ufunc is np.add:
        kind = str
    else:
        raise _unsupported(ufunc, sides)
    gone = _missing_on_a_side(ufunc, sides)
    if kind is int and ufunc in (np.floor_divide, np.remainder):
        gone = gone | np.atleast_1d(sides[1].values == 0)
    if kind is array.array:
        gone = gone | _differ_in_length(sides)
        return _plain_vectors(_where_present(ufunc, sides, gone)), kind
    return _where_present(ufunc, sides, gone), kind


def _equality(ufunc: np.ufunc, left: Operand, right: Operand) -> tuple[Stored, type]:
    if left.dtype is not right.dtype and not {left.dtype, right.dtype} <= set(NUMBERS):
        equal = left.missing & right.missing
    elif left.dtype is array.array:
        pairs = np.broadcast(left.values, right.values)
        equal = np.fromiter((same(*pair) for pair in pairs), bool, pairs.size)
    else:
        equal = np.equal(left.values, right.values)
    return (equal if ufunc is np.equal else ~equal).astype(np.int64), int


def same(value: Any, other: Any) -> bool:
    """Return whether two stored values, vectors and missing ones too, are equal."""
    if isinstance(value, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(value, other)
    if isinstance(value, np.ndarray) or isinstance(other, np.ndarray):
        return False
    return bool(value == other)


def _comparison(ufunc: np.ufunc, left: Operand, right: Operand) -> tuple[Stored, type]:
    numeric = {left.dtype, right.dtype} <= set(NUMBERS)
    if not numeric and (left.dtype is not right.dtype or left.dtype not in SORTABLE):
        raise _unsupported(ufunc, (left, right))
    gone = _missing_on_a_side(ufunc, (left, right))
    return _where_present(lambda a, b: ufunc(a, b).astype(np.int64), (left, right), gone), int


def _logic(ufunc: np.ufunc, left: Operand, right: Operand) -> tuple[Stored, type]:
    if not (left.values.ndim and right.values.ndim):
        raise TypeError("An SArray can be combined by & and | with another SArray alone.")
    deciding = ufunc is np.bitwise_or
    decided = np.zeros(len(left.values), bool)
    for side in (left, right):
        decided |= ~side.missing & (side.truth == deciding)
    gone = ~decided & (left.missing | right.missing)
    result: Stored = (decided == deciding).astype(np.int64)
    if gone.any():
        result = result.astype(object)
        result[gone] = None
    return result, int


def _not(ufunc: np.ufunc, side: Operand) -> tuple[Stored, type]:
    return (~side.truth).astype(np.int64), int


def _missing_on_a_side(ufunc: np.ufunc, sides: tuple[Operand, ...]) -> Flags:
    """Return the rows, ``(rows,)``, where a side misses its value."""
    if any(side.is_none for side in sides):
        raise _unsupported(ufunc, sides)
    flags: Flags = np.logical_or.reduce(np.broadcast_arrays(*(side.missing for side in sides)))
    return flags


def _differ_in_length(sides: tuple[Operand, ...]) -> Flags:
    """Return the rows, ``(rows,)``, where two vectors have no value for each of the other's."""
    vectors = [side.values for side in sides if side.dtype is array.array]
    rows = np.broadcast(*vectors)
    lengths = ({len(vector) for vector in row if vector is not None} for row in rows)
    return np.fromiter((len(found) > 1 for found in lengths), bool, rows.size)


def _where_present(
    function: Callable[..., Stored], sides: tuple[Operand, ...], gone: Flags
) -> Stored:
    with np.errstate(all="ignore"):
        found = function(*(side.present(~gone) for side in sides))
    if not gone.any():
        return found
    result = np.full(len(gone), None, object)
    result[~gone] = found
    return result


def _plain_vectors(vectors: Stored) -> Stored:
    """Return vectors without what their subclass knows: half of a feature is no feature."""
    plain = np.empty(len(vectors), object)
    for row, vector in enumerate(vectors):
        plain[row] = None if vector is None else np.asarray(vector)
    return plain


def _unsupported(ufunc: np.ufunc, sides: tuple[Operand, ...]) -> ToolkitError:
    found = " and ".join("None" if side.is_none else side.dtype.__name__ for side in sides)
    return ToolkitError(f"'{ufunc.__name__}' does not go with {found}.")


def total(column: Operand) -> Any:
    """Return the sum of numbers or vectors."""
    values = _present(column, "sum", (int, float, array.array))
    if column.dtype is array.array:
        return array.array("d", _sum_of_vectors(values))
    return values.sum().item()


def mean(column: Operand) -> Any:
    """Return the mean of numbers or vectors, None of no value."""
    values = _present(column, "mean", (int, float, array.array))
    if not len(values):
        return None
    if column.dtype is array.array:
        return array.array("d", _sum_of_vectors(values) / len(values))
    return values.mean().item()


def variance(column: Operand, ddof: int) -> float | None:
    """Return the variance of numbers, None of no value; ToolkitError for ``ddof`` or fewer."""
    values = _present(column, "var", (int, float))
    if len(values) and ddof >= len(values):
        raise ToolkitError(f"More than {ddof} values are needed; found {len(values)}.")
    return values.var(ddof=ddof).item() if len(values) else None


def ordered(column: Operand, name: str) -> list[Any]:
    """Return the numbers or times that have an order, without NaN."""
    values = _present(column, name, (int, float, datetime.datetime)).tolist()
    # NaN is the one value that is not itself.
    return [value for value in values if value == value]


def _present(column: Operand, name: str, kinds: Sequence[type]) -> Stored:
    """Return the values that are not missing; ToolkitError if they are of other types."""
    if column.dtype not in kinds:
        expected = ", ".join(kind.__name__ for kind in kinds)
        raise ToolkitError(f"{name} works on columns of {expected}; found {column.dtype.__name__}.")
    return column.present(~column.missing)


def _sum_of_vectors(vectors: Stored) -> np.ndarray[Any, np.dtype[np.float64]]:
    summed = np.zeros(len(vectors[0]) if len(vectors) else 0)
    for vector in vectors:
        if len(vector) != len(summed):
            raise ToolkitError(
                f"Only vectors of one length can be added; found {len(summed)} and {len(vector)}."
            )
        summed += vector
    return summed


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
    there = np.flatnonzero(~gone)[_order_of_present(column.present(~gone), ascending)]
    parts = [np.flatnonzero(gone), there]
    return np.concatenate(parts if ascending else parts[::-1])


def _order_of_present(values: Stored, ascending: bool) -> Rows:
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


RULES: dict[np.ufunc, Callable[..., tuple[Stored, type]]] = {
    **dict.fromkeys((np.add, np.subtract, np.multiply, np.true_divide), _arithmetic),
    **dict.fromkeys((np.floor_divide, np.remainder, np.power), _arithmetic),
    **dict.fromkeys((np.negative, np.positive, np.absolute), _arithmetic),
    **dict.fromkeys((np.equal, np.not_equal), _equality),
    **dict.fromkeys((np.less, np.less_equal, np.greater, np.greater_equal), _comparison),
    **dict.fromkeys((np.bitwise_and, np.bitwise_or), _logic),
    np.invert: _not,
}
