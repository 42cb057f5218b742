"""A table, as Turi Create's ``SFrame``: named columns, each of one type.

Operations return new frames; only assigning or deleting a column, and ``inplace=True``, change one.
"""

from __future__ import annotations

import operator
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)

import numpy as np
import pandas as pd

from ..errors import MissingColumnError, ToolkitError
from . import tables
from .sarray import SArray

if TYPE_CHECKING:
    from .aggregate import COUNT

MASK = np.ndarray  # of booleans or row numbers


class SFrame:
    """A table of named columns.

    Parameters
    ----------
    data : dict of columns, list of rows, DataFrame, SFrame, list of values or path, optional
        Columns by name, rows as dicts, or a folder that ``save`` wrote. A list of values becomes
        the column ``X1``.
    format : str
        Accepted for Turi Create's sake.

    Raises
    ------
    ToolkitError
        If the columns differ in length.
    ValueError
        If the data are none of these.

    Notes
    -----
    Unlike Turi Create's, it is never lazy, and a list of dicts becomes rows with these columns.

    Examples
    --------
    >>> from lookalike import tc
    >>> print(tc.SFrame({'id': [0, 1], 'name': ['cat', 'rover']}))
    +----+-------+
    | id |  name |
    +----+-------+
    | 0  |  cat  |
    | 1  | rover |
    +----+-------+
    [2 rows x 2 columns]
    <BLANKLINE>
    """

    def __init__(self, data: Any = None, format: str = "auto") -> None:
        self._columns: dict[str, SArray] = {}
        for name, values in _columns_of(data).items():
            self[name] = values

    @classmethod
    def _of(cls, columns: Mapping[str, SArray]) -> SFrame:
        frame = cls()
        frame._columns = dict(columns)
        return frame

    def _take(self, rows: Any) -> SFrame:
        """Return the rows that a slice, a mask or row numbers choose."""
        return SFrame._of(
            {
                name: SArray._wrap(column._series.iloc[rows], column.dtype)
                for name, column in self._columns.items()
            }
        )

    # What it holds.

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
        """Give the rows, each as a dict."""
        for values in zip(*self._columns.values()):
            yield dict(zip(self._columns, values))

    def __getitem__(self, key: Any) -> Any:
        """Return a column by name, a row by number, or a frame by slice, mask or list of names."""
        if isinstance(key, str):
            return self._column(key)
        if isinstance(key, SArray):
            return self._take(key._as_mask(len(self)))
        if isinstance(key, slice):
            return self._take(key)
        if isinstance(key, (list, tuple)):
            return self.select_columns(key)
        try:
            number = operator.index(key)
        except TypeError as error:
            raise TypeError(
                "Choose rows by number, slice or mask, columns by name or list of names; "
                f"found {type(key).__name__}."
            ) from error
        if not -len(self) <= number < len(self):
            raise IndexError(f"SFrame index out of range: {number} in a frame of {len(self)} rows")
        return {name: column[number] for name, column in self._columns.items()}

    def _column(self, name: str) -> SArray:
        if name not in self._columns:
            raise MissingColumnError(name, self._columns)
        return self._columns[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Put a column in place: an array, a list, or one value for every row."""
        if isinstance(value, (str, int, float, dict)):
            value = [value] * max(len(self), 1)
        column = value if isinstance(value, SArray) else SArray(value)
        others = [other for other in self._columns if other != name]
        if others and len(column) != len(self):
            raise ToolkitError(
                f"The column '{name}' has {len(column)} values, but the frame has {len(self)} rows."
            )
        self._columns[name] = column

    def __delitem__(self, name: str) -> None:
        self._column(name)
        del self._columns[name]

    # Columns.

    def select_columns(self, column_names: Sequence[str]) -> SFrame:
        """Return a frame of these columns, in this order."""
        return SFrame._of({name: self._column(name) for name in column_names})

    def add_column(self, data: Any, column_name: str = "", inplace: bool = False) -> SFrame:
        """Return the frame with one more column, named ``X1``, ``X2``, ... if no name is given."""
        frame = self if inplace else SFrame._of(self._columns)
        name = column_name or f"X{len(self._columns) + 1}"
        if name in self._columns:
            raise ToolkitError(f"The column '{name}' exists already.")
        frame[name] = data
        return frame

    def remove_column(self, column_name: str, inplace: bool = False) -> SFrame:
        """Return the frame without a column."""
        frame = self if inplace else SFrame._of(self._columns)
        del frame[column_name]
        return frame

    def rename(self, names: Mapping[str, str], inplace: bool = False) -> SFrame:
        """Return the frame with other names: ``{old: new}``."""
        for name in names:
            self._column(name)
        renamed = {names.get(name, name): column for name, column in self._columns.items()}
        if len(renamed) < len(self._columns):
            raise ToolkitError(f"Two columns would have the same name in {list(names.values())}.")
        frame = self if inplace else SFrame()
        frame._columns = renamed
        return frame

    def add_row_number(
        self, column_name: str = "id", start: int = 0, inplace: bool = False
    ) -> SFrame:
        """Return the frame with a first column that numbers the rows.

        Raises
        ------
        ToolkitError
            If there is a column of that name.
        """
        if column_name in self._columns:
            raise ToolkitError(
                f"The column '{column_name}' exists already: give another column_name."
            )
        frame = self if inplace else SFrame()
        numbers = SArray(range(start, start + len(self)), int)
        frame._columns = {column_name: numbers, **self._columns}
        return frame

    # Rows.

    def head(self, n: int = 10) -> SFrame:
        """Return the first n rows."""
        return self[: max(n, 0)]

    def tail(self, n: int = 10) -> SFrame:
        """Return the last n rows."""
        return self[max(len(self) - n, 0) :]

    def filter_by(self, values: Any, column_name: str, exclude: bool = False) -> SFrame:
        """Return the rows whose value in a column is among (or, with exclude, not among) some.

        Parameters
        ----------
        values : SArray, iterable or one value
            Of the column's type.
        column_name : str
            Where to look.
        exclude : bool
            Whether to keep the other rows instead.

        Raises
        ------
        MissingColumnError
            If there is no such column.
        TypeError
            If the values are of another type than the column.
        """
        column = self._column(column_name)
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            values = [values]
        wanted = values if isinstance(values, SArray) else SArray(values)
        if len(wanted) and wanted.dtype is not column.dtype and any(v is not None for v in wanted):
            raise TypeError(
                f"The values are of type {wanted.dtype.__name__}, but the column '{column_name}' "
                f"is of type {column.dtype.__name__}."
            )
        return self._take((column._series.isin(wanted._series) ^ exclude).to_numpy())

    def sort(self, key_column_names: Any, ascending: bool = True) -> SFrame:
        """Return the rows in the order of one or more columns; equal ones keep their order.

        Parameters
        ----------
        key_column_names : str, list of str, or list of (str, bool)
            The columns, the first the most important one; with each, whether it ascends.
        ascending : bool
            For the columns that do not say.

        Raises
        ------
        MissingColumnError
            If there is no such column.
        TypeError
            If a column has no order.
        """
        keys = [key_column_names] if isinstance(key_column_names, str) else key_column_names
        rows = np.arange(len(self))
        for key in reversed(list(keys)):
            name, up = (key, ascending) if isinstance(key, str) else key
            column = self._column(name)
            rows = rows[SArray._wrap(column._series.iloc[rows], column.dtype).order(up)]
        return self._take(rows)

    def unique(self) -> SFrame:
        """Return every row once, in the order of first appearance.

        Raises
        ------
        TypeError
            If a column holds lists, dicts, vectors or images.
        """
        for name, column in self._columns.items():
            if column.dtype not in (int, float, str):
                raise TypeError(
                    f"Rows with the column '{name}' of type {column.dtype.__name__} cannot be "
                    "compared: select_columns of int, float or str first."
                )
        return self._take(~self.to_dataframe().duplicated().to_numpy())

    def dropna(self, columns: str | Sequence[str] | None = None, how: str = "any") -> SFrame:
        """Return the rows that miss no value (``how='any'``) or not all (``how='all'``)."""
        names = [columns] if isinstance(columns, str) else columns or self.column_names()
        missing = np.array([self._column(name)._series.isna() for name in names])
        if how not in ("any", "all"):
            raise ValueError(f"Expected how to be 'any' or 'all'; found {how!r}.")
        return self._take(~(missing.any(axis=0) if how == "any" else missing.all(axis=0)))

    def sample(self, fraction: float, seed: int | None = None, exact: bool = False) -> SFrame:
        """Return a random part of the rows, in order: each with this probability, or exactly so."""
        if not 0 <= fraction <= 1:
            raise ValueError(f"Expected a fraction between 0 and 1; found {fraction}.")
        random = np.random.default_rng(seed)
        if exact:
            count = round(fraction * len(self))
            return self._take(np.sort(random.permutation(len(self))[:count]))
        return self._take(random.random(len(self)) < fraction)

    def append(self, other: SFrame) -> SFrame:
        """Return this frame's rows and then another's, which has the same columns.

        Raises
        ------
        ToolkitError
            If the columns differ.
        """
        if not self._columns:
            return SFrame._of(other._columns)
        if set(self._columns) != set(other._columns):
            raise ToolkitError(
                f"Two frames with the same columns are needed; found {self.column_names()} and "
                f"{other.column_names()}."
            )
        return SFrame._of({n: column.append(other[n]) for n, column in self._columns.items()})

    def apply(self, fn: Callable[[dict[str, Any]], Any], dtype: type | None = None) -> SArray:
        """Return the function's values; it takes a row as a dict."""
        return SArray([fn(row) for row in self], dtype)

    # Together with others.

    def groupby(
        self, key_column_names: str | Sequence[str], operations: Mapping[str, COUNT]
    ) -> SFrame:
        """Return one row for each combination of values, with the count of its rows.

        Examples
        --------
        >>> from lookalike import tc
        >>> pets = tc.SFrame({'kind': ['cat', 'rover', 'cat']})
        >>> list(pets.groupby('kind', {'n': tc.aggregate.COUNT()}))
        [{'kind': 'cat', 'n': 2}, {'kind': 'rover', 'n': 1}]
        """
        keys = [key_column_names] if isinstance(key_column_names, str) else list(key_column_names)
        chosen = self.select_columns(keys)
        groups = chosen.unique()
        counts: dict[Any, int] = {}
        for row in zip(*(chosen[key] for key in keys)):
            counts[row] = counts.get(row, 0) + 1
        for name in operations:
            groups = groups.add_column(list(counts.values()), name)
        return groups

    def join(self, right: SFrame, on: Any = None, how: str = "inner") -> SFrame:
        """Return the rows of both frames that agree in a column (all shared ones by default).

        Parameters
        ----------
        right : SFrame
            The other frame. A column of a name that is taken gets ``.1`` behind it.
        on : str or list of str, optional
            The columns to compare.
        how : {'inner', 'left', 'right', 'outer'}
            Whose rows stay that have no counterpart.
        """
        keys = (
            [on] if isinstance(on, str) else on or [n for n in self._columns if n in right._columns]
        )
        for name in keys:
            self._column(name), right._column(name)
        ways = ("inner", "left", "right", "outer")
        if how not in ways:
            raise ValueError(f"Expected how to be one of {', '.join(ways)}; found {how!r}.")
        merged = self.to_dataframe().merge(
            right.to_dataframe(), on=list(keys), how=how, suffixes=("", ".1")
        )
        types = {
            **{f"{n}.1": right[n].dtype for n in right._columns},
            **_types(right),
            **_types(self),
        }
        return SFrame._of({name: SArray(merged[name], types[name]) for name in merged})

    # Out of it.

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas DataFrame; vectors stay vectors, images images."""
        return pd.DataFrame({name: column._series for name, column in self._columns.items()})

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """Return an array ``(rows, columns)``, of the columns' common type."""
        kinds = {column._series.dtype for column in self._columns.values()}
        common = object if np.dtype(object) in kinds else None
        values = np.empty(self.shape, common or np.result_type(*kinds or {np.dtype(float)}))
        for position, column in enumerate(self._columns.values()):
            values[:, position] = column._series
        return values

    def save(self, filename: str) -> None:
        """Write the frame as a folder, which ``tc.load_sframe`` reads.

        Pictures that have a file are kept by its path, not copied; others are written with it.
        """
        from . import frame_files

        frame_files.save_frame(self, filename)

    def materialize(self) -> None:
        """Do nothing: the rows are there (Turi Create's may be lazy)."""

    # To look at.

    def __repr__(self) -> str:
        described = "".join(
            f"\t{name}\t{column.dtype.__name__}\n" for name, column in self._columns.items()
        )
        columns = described or "\tNone\n"
        data = str(self) if len(self) else "\t[]"
        return f"Columns:\n{columns}\nRows: {len(self)}\n\nData:\n{data}"

    def __str__(self) -> str:
        return tables.frame_text(self)

    def _repr_html_(self) -> str:
        from .. import display

        return display.table_html(list(self.head()), self.column_names(), len(self))

    def print_rows(
        self,
        num_rows: int = 10,
        num_columns: int = 40,
        max_column_width: int = 30,
        max_row_width: int = 80,
        output_file: Any = None,
    ) -> None:
        """Print the first rows and columns, in as wide a table as is asked for."""
        text = tables.frame_text(self, num_rows, num_columns, max_column_width, max_row_width)
        print(text, file=output_file)

    def explore(self, title: str | None = None) -> None:
        """Show the rows: pictures as a gallery in the notebook, elsewhere in the browser."""
        from .. import display

        display.explore(self, len(self), title)

    show = explore


def _columns_of(data: Any) -> Mapping[str, Any]:
    """Return the columns of whatever a frame can be made from."""
    if data is None:
        return {}
    if isinstance(data, SFrame):
        return data._columns
    if isinstance(data, (dict, pd.DataFrame)):
        return {str(name): data[name] for name in data}
    if isinstance(data, SArray):
        return {"X1": data}
    if isinstance(data, str):
        from . import frame_files

        return frame_files.load_frame(data)._columns
    if isinstance(data, Iterable):
        rows = list(data)
        if rows and all(isinstance(row, dict) for row in rows):
            names = dict.fromkeys(name for row in rows for name in row)
            return {name: [row.get(name) for row in rows] for name in names}
        return {"X1": rows}
    raise ValueError(
        "An SFrame is made from a dict of columns, a list of rows, a pandas DataFrame or another "
        f"SFrame; found {type(data).__name__}."
    )


def _types(frame: SFrame) -> dict[str, type]:
    return dict(zip(frame.column_names(), frame.column_types()))
