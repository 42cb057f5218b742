"""The columns of a frame, named and of one length, and the choice of columns and rows."""

from __future__ import annotations

import datetime
import numbers
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping, Sequence

import numpy as np

from ...errors import MissingColumnError, ToolkitError
from . import column_types, operators, relations
from .relations import free_name
from .sarray import SArray, row_number

if TYPE_CHECKING:
    from typing_extensions import Self

SCALARS = (str, numbers.Real, datetime.datetime, type(None))


class Columns:
    """What an SFrame holds, and how its columns and rows are chosen, added, sorted and removed."""

    def __init__(self) -> None:
        self._columns: dict[str, SArray] = {}

    @classmethod
    def _of(cls, columns: Mapping[str, SArray]) -> Self:
        frame = cls()
        frame._columns = dict(columns)
        return frame

    def _take(self, rows: Any) -> Self:
        """Return the rows that a slice, flags or row numbers choose."""
        return self._of({name: column.take(rows) for name, column in self._columns.items()})

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of columns."""
        return len(self), len(self._columns)

    def num_rows(self) -> int:
        """Return the number of rows."""
        return len(self)

    def num_columns(self) -> int:
        """Return the number of columns."""
        return len(self._columns)

    def column_names(self) -> list[str]:
        """Return the columns' names, in order."""
        return list(self._columns)

    def column_types(self) -> list[type]:
        """Return the columns' types, in order."""
        return [column.dtype for column in self._columns.values()]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, each as a dict."""
        for values in zip(*self._columns.values()):
            yield dict(zip(self._columns, values))

    def __getitem__(self, key: Any) -> Any:
        """Return a column by name, a row by number, or a frame by slice, mask or list of names.

        MissingColumnError if there is no such column; IndexError if there is no such row, or the
        mask is of another length; TypeError if the key is none of these.
        """
        if isinstance(key, str):
            return self._column(key)
        if isinstance(key, SArray):
            return self._take(key._flags(len(self)))
        if isinstance(key, slice):
            return self._take(key)
        if isinstance(key, Iterable):
            return self.select_columns(key)
        try:
            row = row_number(key, len(self))
        except TypeError as error:
            raise TypeError(
                "Choose rows by number, slice or mask (an SArray), columns by name or list of "
                f"names; found {type(key).__name__}."
            ) from error
        return {name: column[row] for name, column in self._columns.items()}

    def _column(self, name: str) -> SArray:
        if checked_name(name) not in self._columns:
            raise MissingColumnError(name, self._columns)
        return self._columns[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Put a column in place: an array, a list, or one value for every row.

        ToolkitError if the column has not as many values as the frame has rows; TypeError if the
        name is no text, or the value cannot be a column.
        """
        if isinstance(value, Columns):
            raise TypeError("A frame cannot be a column: choose one of its columns by name.")
        if isinstance(value, SCALARS):
            self._put(name, SArray([value] * len(self), column_types.value_type(value)))
        else:
            self._put(name, SArray(value))

    def _put(self, name: str, column: SArray) -> None:
        others = self._columns.keys() - {checked_name(name)}
        if others and len(column) != len(self):
            raise ToolkitError(
                f"The column '{name}' has {len(column)} values, but the frame has {len(self)} rows."
            )
        self._columns[name] = column

    def __delitem__(self, name: str) -> None:
        self._column(name)
        del self._columns[name]

    def select_columns(self, column_names: Iterable[str]) -> Self:
        """Return a frame of these columns, in this order.

        MissingColumnError if one does not exist; TypeError if they are not a list of names;
        ValueError if one is named twice.
        """
        if isinstance(column_names, str):
            raise TypeError(f"Expected a list of names; found the text {column_names!r}.")
        names = list(column_names)
        columns = {name: self._column(name) for name in names}
        if len(columns) < len(names):
            raise ValueError(f"A column can be selected once; found {names}.")
        return self._of(columns)

    def add_column(self, data: Any, column_name: str = "", inplace: bool = False) -> Self:
        """Return the frame with one more column, named ``X1``, ``X2``, ... if no name is given.

        ToolkitError if there is a column of that name, or it has not as many values as the frame
        has rows; TypeError if the name is no text, or the data cannot be a column.
        """
        name = column_name or free_name(f"X{len(self._columns) + 1}", self._columns)
        if name in self._columns:
            raise ToolkitError(f"The column '{name}' exists already: give another name.")
        frame = self if inplace else self._of(self._columns)
        frame[name] = data
        return frame

    def remove_column(self, column_name: str, inplace: bool = False) -> Self:
        """Return the frame without a column; MissingColumnError if it does not exist."""
        frame = self if inplace else self._of(self._columns)
        del frame[column_name]
        return frame

    def remove_columns(self, column_names: Iterable[str], inplace: bool = False) -> Self:
        """Return the frame without some columns; errors are those of ``select_columns``."""
        gone = self.select_columns(column_names)._columns
        frame = self if inplace else self._of(self._columns)
        frame._columns = {n: column for n, column in self._columns.items() if n not in gone}
        return frame

    def copy(self) -> Self:
        """Return a frame of the same columns, which can be changed without changing this one."""
        return self._of(self._columns)

    __copy__ = copy

    def fillna(self, column_name: str, value: Any) -> Self:
        """Return the frame with missing values of a column replaced; ``SArray.fillna`` says how."""
        column = self._column(column_name).fillna(value)
        return self._of({**self._columns, column_name: column})

    def rename(self, names: Mapping[str, str], inplace: bool = False) -> Self:
        """Return the frame with other names: ``{old: new}``.

        MissingColumnError if an old name does not exist; ToolkitError if two columns would have the
        same name; TypeError if the names are no dict of texts.
        """
        if not isinstance(names, Mapping):
            raise TypeError(f"Expected a dict from old to new names; found {names!r}.")
        for name, new in names.items():
            self._column(name), checked_name(new)
        renamed = {names.get(name, name): column for name, column in self._columns.items()}
        if len(renamed) < len(self._columns):
            raise ToolkitError(f"Two columns would have the same name in {list(names.values())}.")
        frame = self if inplace else type(self)()
        frame._columns = renamed
        return frame

    def add_row_number(
        self, column_name: str = "id", start: int = 0, inplace: bool = False
    ) -> Self:
        """Return the frame with a first column that numbers the rows.

        ToolkitError if there is a column of that name; TypeError if the name is no text, or the
        start no whole number.
        """
        if checked_name(column_name) in self._columns:
            raise ToolkitError(
                f"The column '{column_name}' exists already: give another column_name."
            )
        frame = self if inplace else type(self)()
        row_numbers = SArray(range(start, start + len(self)), int)
        frame._columns = {column_name: row_numbers, **self._columns}
        return frame

    def head(self, n: int = 10) -> Self:
        """Return the first n rows."""
        return self._take(slice(max(n, 0)))

    def tail(self, n: int = 10) -> Self:
        """Return the last n rows."""
        return self._take(slice(max(len(self) - n, 0), None))

    def filter_by(self, values: Any, column_name: str, exclude: bool = False) -> Self:
        """Return the rows whose value in a column is one of some values, or of one value.

        With ``exclude``, return the other rows. MissingColumnError if there is no such column;
        TypeError if the values are of another type than the column, or dicts or images.
        """
        column = self._column(column_name)
        single = isinstance(values, str) or not isinstance(values, Iterable)
        wanted = SArray([values] if single else list(values))
        if wanted.dtype is not column.dtype and len(wanted.dropna()):
            raise TypeError(
                f"The values are of type {wanted.dtype.__name__}, but the column '{column_name}' "
                f"is of type {column.dtype.__name__}."
            )
        return self._take(operators.among(column._operand, wanted._operand) ^ exclude)

    def sort(self, key_column_names: Any, ascending: bool = True) -> Self:
        """Return the rows in the order of one or more columns; equal ones keep their order.

        The keys are a name, names, or pairs of a name and whether it ascends, the first foremost.
        Missing values come first in ascending order. MissingColumnError if there is no such column;
        TypeError if a column has no order, or the names are none of these; ValueError for none.
        """
        names = [key_column_names] if isinstance(key_column_names, str) else key_column_names
        if not isinstance(names, list):
            raise TypeError(f"Expected a name or a list of names; found {names!r}.")
        keys = [key if isinstance(key, tuple) else (key, ascending) for key in names]
        if not keys:
            raise ValueError("Expected at least one column to sort by.")
        columns = {name: self._column(name) for name, _ in keys}
        return self._take(relations.order(columns, keys))

    def topk(self, column_name: str, k: int = 10, reverse: bool = False) -> Self:
        """Return the k rows with the greatest (or, with reverse, the least) values, these first.

        Rows that miss the value are left out; errors are those of ``sort``.
        """
        return self.dropna(column_name).sort(column_name, ascending=reverse).head(k)

    def unique(self) -> Self:
        """Return every row once, as they first appear; TypeError for dicts and images."""
        return self._take(relations.unique(self._columns.values()))

    def dropna(self, columns: str | Sequence[str] | None = None, how: str = "any") -> Self:
        """Return the rows that miss no value (``how='any'``) or not all (``how='all'``).

        Only the named columns count, by default all; NaN counts as missing. MissingColumnError if
        there is no such column; ValueError if ``how`` is neither.
        """
        if how not in ("any", "all"):
            raise ValueError(f"Expected how to be 'any' or 'all'; found {how!r}.")
        names = self._columns if columns is None else columns
        names = [names] if isinstance(names, str) else list(names)
        if not names:
            return self._take(slice(None))
        unknown = np.array([self._column(name)._unknown() for name in names])
        return self._take(~(unknown.any(axis=0) if how == "any" else unknown.all(axis=0)))

    def sample(self, fraction: float, seed: int | None = None, exact: bool = False) -> Self:
        """Return a random part of the rows, in order: each with this probability, or exactly so.

        The same seed gives the same rows, but not Turi Create's.
        """
        return self._take(self._drawn(fraction, seed, exact))

    def random_split(
        self, fraction: float, seed: int | None = None, exact: bool = False
    ) -> tuple[Self, Self]:
        """Return a random part of the rows, as ``sample``, and the others."""
        drawn = self._drawn(fraction, seed, exact)
        return self._take(drawn), self._take(~drawn)

    def _drawn(self, fraction: float, seed: int | None, exact: bool) -> np.ndarray[Any, Any]:
        if not 0 <= fraction <= 1:
            raise ValueError(f"Expected a fraction between 0 and 1; found {fraction}.")
        random = np.random.default_rng(seed)
        if not exact:
            return random.random(len(self)) < fraction
        drawn = np.zeros(len(self), bool)
        # Rounded first: 0.29 * 100 is 28.999999999999996.
        drawn[random.permutation(len(self))[: int(round(fraction * len(self), 9))]] = True
        return drawn


def checked_name(name: Any) -> str:
    """Return a column's name; TypeError if it is no text."""
    if not isinstance(name, str):
        raise TypeError(f"A column's name is a text; found {name!r} ({type(name).__name__}).")
    return name
