"""The columns of a frame: named, each of one type, all of one length."""

from __future__ import annotations

import datetime
import numbers
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping

from ...errors import MissingColumnError, ToolkitError
from . import column_types
from .sarray import SArray, row_number

if TYPE_CHECKING:
    from typing_extensions import Self

SCALARS = (str, numbers.Real, datetime.datetime, type(None))


class Columns:
    """What an SFrame holds, and how columns and rows are chosen, added, renamed and removed."""

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


def checked_name(name: Any) -> str:
    """Return a column's name; TypeError if it is no text."""
    if not isinstance(name, str):
        raise TypeError(f"A column's name is a text; found {name!r} ({type(name).__name__}).")
    return name


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken: this one, or with ``.1`` behind it."""
    while name in taken:
        name += ".1"
    return name
