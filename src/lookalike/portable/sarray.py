"""A column, as Turi Create's ``SArray``: values of one type, never changed in place."""

from __future__ import annotations

import array
import datetime
import operator
from typing import Any, Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from ..errors import ToolkitError
from . import column_types, tables
from .image import Image


class SArray:
    """A column of values of one type; None is a missing value.

    Parameters
    ----------
    data : iterable, Series or SArray, optional
        The values: numbers, texts, lists, dicts, times, images, or vectors of numbers. A matrix
        ``(n, d)`` becomes n vectors, which stay views of it.
    dtype : type, optional
        The type; by default, inferred from the values.

    Raises
    ------
    TypeError
        If the values are not an iterable, or of types that do not go together.

    Notes
    -----
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

    def __init__(self, data: Iterable[Any] | None = None, dtype: type | None = None) -> None:
        values: Iterable[Any]
        if isinstance(data, SArray):
            values, kind = data._series, dtype or data.dtype
        else:
            if isinstance(data, (str, bytes)) or not isinstance(data, (Iterable, type(None))):
                raise TypeError(
                    "An SArray is made from a list, a NumPy array or a pandas Series; "
                    f"found {type(data).__name__}."
                )
            values = list(data if data is not None else ())
            kind = dtype or column_types.column_type(values)
        self._series: pd.Series[Any] = column_types.to_series(values, kind)
        self.dtype: type = kind

    @classmethod
    def _wrap(cls, series: pd.Series[Any], dtype: type) -> SArray:
        """Return an array of values that are stored already."""
        wrapped = cls.__new__(cls)
        wrapped._series = series.reset_index(drop=True)
        wrapped.dtype = dtype
        return wrapped

    def __len__(self) -> int:
        return len(self._series)

    def __iter__(self) -> Iterator[Any]:
        return iter(column_types.to_values(self._series))

    def __contains__(self, item: object) -> bool:
        if self.dtype in (int, float) and not isinstance(item, (int, float, np.number)):
            return False
        return any(value == item for value in self._series.to_numpy())

    def __getitem__(self, key: int | slice | SArray) -> Any:
        """Return one value, a slice, or the values where a mask (an SArray of 0 and 1) is not 0."""
        if isinstance(key, SArray):
            return SArray._wrap(self._series[key._as_mask(len(self))], self.dtype)
        if isinstance(key, slice):
            return SArray._wrap(self._series.iloc[key], self.dtype)
        if not -len(self) <= operator.index(key) < len(self):
            raise IndexError(f"SArray index out of range: {key} in an array of {len(self)} rows")
        return column_types.from_stored(self._series.iloc[key])

    def __repr__(self) -> str:
        return f"dtype: {self.dtype.__name__}\nRows: {len(self)}\n{self}"

    def __str__(self) -> str:
        return tables.array_text(list(self.head(tables.ARRAY_HEAD)), len(self))

    def _repr_html_(self) -> str | None:
        from .. import display

        if self.dtype is not Image:
            return None
        return display.pictures_html(self, len(self))

    def _as_mask(self, length: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        if len(self) != length:
            raise ToolkitError(
                f"A mask has one value for each row: expected {length}, found {len(self)}."
            )
        return np.fromiter((bool(value) for value in self._series), bool, length)

    # Element by element.

    def _combine(
        self, other: Any, function: Callable[[Any, Any], Any], dtype: type | None = None
    ) -> SArray:
        """Apply a function of two values; where one is missing, so is the result."""
        if isinstance(other, SArray) and len(other) != len(self):
            raise ToolkitError(
                f"Two arrays of the same length are needed; found {len(self)} and {len(other)}."
            )
        right = other._series if isinstance(other, SArray) else other
        if all(_is_numeric(side) for side in (self._series, right)):
            return SArray(function(self._series, right), dtype)
        rights = right.tolist() if isinstance(other, SArray) else [right] * len(self)
        pairs = zip(self._series.tolist(), rights)
        return SArray([None if None in pair else function(*pair) for pair in pairs], dtype)

    def __eq__(self, other: object) -> SArray:  # type: ignore[override]
        if other is None:
            return SArray([value is None for value in self._series], int)
        equal = self._combine(other, operator.eq, int)
        return SArray([value or 0 for value in equal._series], int)

    def __ne__(self, other: object) -> SArray:  # type: ignore[override]
        return SArray(1 - (self == other)._series, int)

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> SArray:
        return self._combine(other, operator.lt, int)

    def __le__(self, other: Any) -> SArray:
        return self._combine(other, operator.le, int)

    def __gt__(self, other: Any) -> SArray:
        return self._combine(other, operator.gt, int)

    def __ge__(self, other: Any) -> SArray:
        return self._combine(other, operator.ge, int)

    def __and__(self, other: Any) -> SArray:
        return self._combine(other, np.logical_and, int)

    def __or__(self, other: Any) -> SArray:
        return self._combine(other, np.logical_or, int)

    def __invert__(self) -> SArray:
        """Return 1 where a value is 0 or missing, else 0 (Turi Create has no ``~``)."""
        return SArray([not value for value in self._series], int)

    def __add__(self, other: Any) -> SArray:
        return self._combine(other, operator.add)

    def __radd__(self, other: Any) -> SArray:
        return self._combine(other, lambda x, y: y + x)

    def __sub__(self, other: Any) -> SArray:
        return self._combine(other, operator.sub)

    def __rsub__(self, other: Any) -> SArray:
        return self._combine(other, lambda x, y: y - x)

    def __mul__(self, other: Any) -> SArray:
        return self._combine(other, operator.mul)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> SArray:
        return self._combine(other, operator.truediv, float)

    def __rtruediv__(self, other: Any) -> SArray:
        return self._combine(other, lambda x, y: y / x, float)

    def __floordiv__(self, other: Any) -> SArray:
        return self._combine(other, operator.floordiv)

    def __mod__(self, other: Any) -> SArray:
        return self._combine(other, operator.mod)

    def __neg__(self) -> SArray:
        return 0 - self

    def apply(
        self, fn: Callable[[Any], Any], dtype: type | None = None, skip_na: bool = True
    ) -> SArray:
        """Return the function's values; True and False become 1 and 0.

        Parameters
        ----------
        fn : callable
            Takes one value.
        dtype : type, optional
            The result's type; by default, inferred from all its values.
        skip_na : bool
            Whether a missing value stays one without asking ``fn``.
        """
        return SArray([None if skip_na and value is None else fn(value) for value in self], dtype)

    def filter(self, fn: Callable[[Any], Any], skip_na: bool = True) -> SArray:
        """Return the values for which the function is true."""
        return self[self.apply(fn, skip_na=skip_na)]

    def astype(self, dtype: type, undefined_on_failure: bool = False) -> SArray:
        """Convert every value; one that cannot be is missing, if that is allowed.

        Raises
        ------
        ToolkitError
            If a value cannot be converted and ``undefined_on_failure`` is off.
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

    # Order and choice.

    def take(self, rows: np.ndarray[Any, np.dtype[np.intp]]) -> SArray:
        """Return the values of these rows, in this order."""
        return SArray._wrap(self._series.iloc[rows], self.dtype)

    def head(self, n: int = 10) -> SArray:
        """Return the first n values."""
        return self[: max(n, 0)]

    def tail(self, n: int = 10) -> SArray:
        """Return the last n values."""
        return self[max(len(self) - n, 0) :]

    def append(self, other: SArray) -> SArray:
        """Return this array's values and then another's.

        Raises
        ------
        ToolkitError
            If the two are of different types.
        """
        if self.dtype is not other.dtype:
            raise ToolkitError(
                f"Cannot append an array of {other.dtype.__name__} to one of {self.dtype.__name__}."
            )
        return SArray._wrap(pd.concat([self._series, other._series]), self.dtype)

    def unique(self) -> SArray:
        """Return every value once, in the order of first appearance.

        Raises
        ------
        ToolkitError
            If the values are lists, dicts, vectors or images, of which none is like another.
        """
        if self.dtype not in (int, float, str, datetime.datetime):
            raise ToolkitError(f"An array of {self.dtype.__name__} has no unique values.")
        return SArray._wrap(self._series.drop_duplicates(), self.dtype)

    def sort(self, ascending: bool = True) -> SArray:
        """Return the values in order; missing ones come first in ascending order.

        Raises
        ------
        TypeError
            If the values have no order.
        """
        return SArray._wrap(self._series.iloc[self.order(ascending)], self.dtype)

    def order(self, ascending: bool = True) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Return the row numbers that sort the values; equal ones keep their order."""
        if self.dtype not in (int, float, str, datetime.datetime):
            raise TypeError(
                "Only columns of type int, float, str and datetime can be sorted; "
                f"found {self.dtype.__name__}."
            )
        position = "first" if ascending else "last"
        ordered = self._series.sort_values(
            ascending=ascending, kind="stable", na_position=position, ignore_index=False
        )
        return ordered.index.to_numpy()

    def dropna(self) -> SArray:
        """Return the values that are not missing."""
        return SArray._wrap(self._series[self._series.notna()], self.dtype)

    # In one number.

    def sum(self) -> Any:
        """Return the sum of the values."""
        return self._reduce(np.sum)

    def min(self) -> Any:
        """Return the least value."""
        return self._reduce(min)

    def max(self) -> Any:
        """Return the greatest value."""
        return self._reduce(max)

    def mean(self) -> Any:
        """Return the mean of the values."""
        return self._reduce(np.mean)

    def _reduce(self, function: Callable[[Any], Any]) -> Any:
        """Apply a function to all values that are there; None where there are none."""
        values = self._series.dropna()
        if values.empty:
            return None
        return column_types.from_stored(function(values.tolist()))

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """Return a NumPy array; vectors of one length become a matrix, ``(n, d)``."""
        if self.dtype is array.array and len({len(value) for value in self._series}) == 1:
            return np.stack(self._series.tolist())
        return self._series.to_numpy().copy()

    def materialize(self) -> None:
        """Do nothing: the values are there (Turi Create's may be lazy)."""

    def explore(self, title: str | None = None) -> None:
        """Show the values: images as a gallery, anything else as a table."""
        from .. import display

        display.explore(({"value": value} for value in self), len(self), title)

    show = explore


def _is_numeric(side: Any) -> bool:
    if isinstance(side, pd.Series):
        return side.dtype.kind in "if"
    return isinstance(side, (int, float, np.number))
