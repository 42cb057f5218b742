"""A column, as Turi Create's ``SArray``: values of one type, never changed in place."""

from __future__ import annotations

import array
import operator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Sequence

import numpy as np

from ...errors import ToolkitError
from . import absent, column_types, operators, printing
from .column_types import SORTABLE, Stored
from .image import Image
from .operators import Operand

if TYPE_CHECKING:
    from ...display import Explorer
    from .operators import Flags, Rows


# NumPy's mixin has a metaclass of its own for type checkers alone.
class SArray(np.lib.mixins.NDArrayOperatorsMixin, absent.Incomplete):  # type: ignore[metaclass]
    """A column of values of one type; None is a missing value.

    Parameters
    ----------
    data : iterable, Series or SArray, optional
        The values: numbers, texts, lists, dicts, times, images, or vectors of numbers. A matrix
        ``(n, d)`` becomes n vectors, which stay views of it.
    dtype : type, optional
        The type; by default, inferred from all values.

    Raises
    ------
    TypeError
        If the data are no values in an order, or of types that do not go together.
    ToolkitError
        If a number does not fit into 64 bits.

    Notes
    -----
    Operators work value by value: arithmetic, comparisons, ``&`` and ``|`` as in Turi Create, and
    ``~`` too. Comparisons and logic give 1 and 0. Where a value is missing, so is the result, but
    a missing value equals another.

    Unlike Turi Create's, it is never lazy: every length is known, ``materialize`` does nothing.
    A column without values is of type ``float``.

    Examples
    --------
    >>> from lookalike import tc
    >>> tc.SArray([1, 2, 3])
    dtype: int
    Rows: 3
    [1, 2, 3]
    """

    _values: Stored
    dtype: type

    def __init__(self, data: Iterable[Any] = (), dtype: type | None = None) -> None:
        if isinstance(data, SArray) and dtype in (None, data.dtype):
            self._values, self.dtype = data._values, data.dtype
            return
        if isinstance(data, (str, bytes, dict, set)) or not isinstance(data, Iterable):
            raise TypeError(
                "An SArray is made from a list, a NumPy array or a pandas Series; "
                f"found {type(data).__name__}."
            )
        self._values, self.dtype = column_types.store(data, dtype)

    @classmethod
    def from_sequence(cls, start: int, stop: int | None = None) -> SArray:
        """Return the whole numbers from ``start`` to before ``stop``; given one, from 0 to it."""
        return cls(range(start) if stop is None else range(start, stop), int)

    @classmethod
    def _wrap(cls, values: Stored, dtype: type) -> SArray:
        """Return an array of values that are stored already."""
        wrapped = cls.__new__(cls)
        wrapped._values, wrapped.dtype = column_types.narrowed(values, dtype), dtype
        return wrapped

    def __len__(self) -> int:
        return len(self._values)

    def __bool__(self) -> bool:
        raise ValueError(
            "An SArray is neither true nor false: combine masks with & and |, count with len()."
        )

    def __iter__(self) -> Iterator[Any]:
        return iter(column_types.to_values(self._values, self.dtype))

    def __contains__(self, item: object) -> bool:
        if self.dtype not in SORTABLE:
            return bool((self == item)._values.any())
        try:
            return item in self._members
        except TypeError:
            return False

    @cached_property
    def _members(self) -> frozenset[Any]:
        # Asked once for each row of another column, as masks are made: a set answers at once.
        return frozenset(self._values.tolist())

    def __getitem__(self, key: Any) -> Any:
        """Return one value, a slice, or the values where a mask (an SArray) is neither 0 nor None.

        IndexError if there is no such row, the mask is of another length, or the key is none of
        these.
        """
        if isinstance(key, SArray):
            return self.take(key._flags(len(self)))
        if isinstance(key, slice):
            return SArray._wrap(self._values[key], self.dtype)
        try:
            row = row_number(key, len(self))
        except TypeError as error:
            raise IndexError(
                f"Choose values by number, slice or mask (an SArray); found {type(key).__name__}."
            ) from error
        return column_types.to_values(self._values[row : row + 1], self.dtype)[0]

    def __repr__(self) -> str:
        return f"dtype: {self.dtype.__name__}\nRows: {len(self)}\n{self}"

    def __str__(self) -> str:
        return printing.array_text(list(self.head(printing.ARRAY_HEAD)), len(self))

    def _repr_html_(self) -> str | None:
        from ... import display

        if self.dtype is not Image:
            return None
        return display.pictures_html(self, len(self))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **out: Any) -> Any:
        """Give the operators, which NumPy's mixin names by its functions."""
        if method != "__call__" or ufunc not in operators.RULES:
            raise TypeError(f"np.{ufunc.__name__} does not take an SArray: use its to_numpy().")
        # Where ``out`` is given (``x += y``), the name gets the result; no array is changed.
        sides = (
            value._operand if isinstance(value, SArray) else Operand.from_value(value)
            for value in inputs
        )
        return SArray._wrap(*operators.compute(ufunc, *sides))

    @property
    def _operand(self) -> Operand:
        return Operand(self._values, self.dtype)

    def _flags(self, length: int) -> Flags:
        """Return the array as a mask for this many rows."""
        if len(self) != length:
            raise IndexError(
                f"A mask has one value for each row: expected {length}, found {len(self)}."
            )
        return self._operand.truth

    def apply(
        self, fn: Callable[[Any], Any], dtype: type | None = None, skip_na: bool = True
    ) -> SArray:
        """Return the function's values, of a type or inferred; True and False become 1 and 0.

        With ``skip_na``, a missing value stays one, and ``fn`` is not called.
        """
        return SArray([None if skip_na and value is None else fn(value) for value in self], dtype)

    def filter(self, fn: Callable[[Any], Any], skip_na: bool = True) -> SArray:
        """Return the values for which the function is true."""
        chosen = (not (skip_na and value is None) and bool(fn(value)) for value in self)
        return self.take(np.fromiter(chosen, bool, len(self)))

    def astype(self, dtype: type, undefined_on_failure: bool = False) -> SArray:
        """Return every value as another type; with ``undefined_on_failure``, or else None.

        Numbers become texts as Python writes them, without the loss of digits in Turi Create.
        TypeError if no column can have the type; ToolkitError if a value cannot be converted.
        """
        converted = []
        for value in self:
            try:
                converted.append(column_types.cast(value, dtype))
            except ToolkitError:
                if not undefined_on_failure:
                    raise
                converted.append(None)
        return SArray(converted, dtype)

    def fillna(self, value: Any) -> SArray:
        """Return the array with a value in place of None and NaN; it is converted to the type.

        ToolkitError if it is None or cannot be converted.
        """
        if value is None:
            raise ToolkitError("Missing values cannot be filled with None, which is one.")
        filler = column_types.cast(value, self.dtype)
        values = self._values.astype(object)
        for row in np.flatnonzero(self._unknown()):
            values[row] = filler
        return SArray._wrap(values, self.dtype)

    def is_in(self, other: Any) -> SArray:
        """Return 1 where the value is one of some values, or a part of a text; else 0.

        ToolkitError if ``other`` is neither; TypeError if the array's values are dicts or images.
        """
        if isinstance(other, str) and self.dtype is str:
            return self.apply(lambda value: value in other, int).fillna(0)
        if not isinstance(other, Iterable):
            raise ToolkitError(f"Expected a list, an SArray or a text; found {other!r}.")
        numbers = self.dtype in column_types.NUMBERS
        kinds = tuple(column_types.NUMBERS) if numbers else (self.dtype,)
        alike = [v for v in other if v is None or column_types.value_type(v) in kinds]
        wanted = SArray(alike, None if numbers else self.dtype)
        return SArray(operators.among(self._operand, wanted._operand), int)

    def contains(self, item: Any) -> SArray:
        """Return 1 where a text has this part, a list or vector this item, a dict this key; else 0.

        ToolkitError if the values are none of these, or texts and the item is none.
        """
        texts = self.dtype is str and isinstance(item, str)
        if not (texts or self.dtype in (list, dict, array.array)):
            raise ToolkitError(
                f"A column of {self.dtype.__name__} does not contain {type(item).__name__}."
            )
        return SArray([value is not None and item in value for value in self], int)

    def take(self, rows: Sequence[int] | Rows | Flags | slice) -> SArray:
        """Return the values of these rows, in this order, or of those that are flagged."""
        return SArray._wrap(self._values[rows], self.dtype)

    def head(self, n: int = 10) -> SArray:
        """Return the first n values."""
        return self[: max(n, 0)]

    def tail(self, n: int = 10) -> SArray:
        """Return the last n values."""
        return self[max(len(self) - n, 0) :]

    def append(self, other: SArray) -> SArray:
        """Return this array's values and then another's.

        ToolkitError if the other is no SArray, or neither is empty and their types differ.
        """
        if not isinstance(other, SArray):
            raise ToolkitError(f"Only an SArray can be appended; found {type(other).__name__}.")
        if not (len(self) and len(other)):
            return self if len(self) else other
        if self.dtype is not other.dtype:
            raise ToolkitError(
                f"Cannot append an array of {other.dtype.__name__} to one of {self.dtype.__name__}."
            )
        return SArray._wrap(np.concatenate([self._values, other._values]), self.dtype)

    def unique(self) -> SArray:
        """Return every value once, as they first appear; TypeError for dicts and images."""
        return self.take(operators.first_rows(operators.keys(self._operand)))

    def sort(self, ascending: bool = True) -> SArray:
        """Return the values in order, missing ones first, or last if it descends.

        TypeError if the values have no order.
        """
        return self.take(self.order(ascending))

    def order(self, ascending: bool = True) -> Rows:
        """Return the row numbers that sort the values; equal ones keep their order."""
        return operators.order(self._operand, ascending)

    def dropna(self) -> SArray:
        """Return the values that are not missing, nor NaN."""
        return self.take(~self._unknown())

    def _unknown(self) -> Flags:
        """Return where values are missing or NaN."""
        if self.dtype is not float:
            return self._operand.missing
        return np.isnan(self._values.astype(np.float64))

    def sum(self) -> Any:
        """Return the sum; of vectors, a vector. ToolkitError for values of other types."""
        return operators.total(self._operand)

    def mean(self) -> Any:
        """Return the mean, of vectors a vector; None if there is no value; errors as ``sum``."""
        return operators.mean(self._operand)

    def min(self) -> Any:
        """Return the least number or time, None if there is none; ToolkitError for other types."""
        return min(operators.ordered(self._operand, "min"), default=None)

    def max(self) -> Any:
        """Return the greatest value; as ``min``."""
        return max(operators.ordered(self._operand, "max"), default=None)

    def var(self, ddof: int = 0) -> float | None:
        """Return the variance, None if there is no value; it is divided by their number - ``ddof``.

        ToolkitError if the values are no numbers, or not more than ``ddof``.
        """
        return operators.variance(self._operand, ddof)

    def std(self, ddof: int = 0) -> float | None:
        """Return the standard deviation, the root of ``var``."""
        variance = self.var(ddof)
        return None if variance is None else variance**0.5

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """Return a NumPy array; vectors of one length become a matrix, ``(n, d)``."""
        if self.dtype is array.array:
            shapes = {None if value is None else value.shape for value in self._values}
            if len(shapes) == 1 and None not in shapes:
                return np.stack(self._values.tolist())
        if self.dtype is str and not self._operand.missing.any():
            return self._values.astype(str)
        return self._values.copy()

    def materialize(self) -> None:
        """Do nothing: the values are there (Turi Create's may be lazy)."""

    def explore(self, title: str | None = None) -> Explorer:
        """Show the values: images as a gallery, anything else as a table."""
        from ... import display

        return display.explore(({"value": value} for value in self), len(self), title=title)

    show = explore


def row_number(key: Any, length: int) -> int:
    """Return the row, from 0, that a number means; a negative one counts from the end.

    Raises
    ------
    IndexError
        If there is no such row.
    TypeError
        If it is no whole number.
    """
    row = operator.index(key)
    if not -length <= row < length:
        raise IndexError(f"The index {row} is out of range: there are {length} rows.")
    return row % length
