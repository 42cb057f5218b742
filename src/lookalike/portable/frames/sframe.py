"""A table, as Turi Create's ``SFrame``: named columns, each of one type.

Operations return new frames; only assigning or deleting a column, and ``inplace=True``, change one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping, Sequence

import numpy as np

from ...errors import BackendError, ToolkitError, install_hint, visible
from . import absent, column_types, csv_files, files, printing, relations
from .columns import Columns
from .image import made_by
from .sarray import SArray

if TYPE_CHECKING:
    import pandas as pd

    from ...display import Explorer


class SFrame(Columns, absent.Incomplete):
    """A table of named columns.

    Parameters
    ----------
    data : dict of columns, list of rows, DataFrame, SFrame, list of values or path, optional
        Columns by name, rows as dicts, or a folder or CSV file that ``save`` wrote. A list of
        values becomes the column ``X1``.
    format : str
        Accepted for Turi Create's sake.

    Raises
    ------
    ToolkitError
        If the columns differ in length, or two have the same name as text.
    ValueError
        If the data are none of these.

    Notes
    -----
    Unlike Turi Create's, it is never lazy, its columns have the order of the dict, not of their
    names, and a list of dicts becomes rows, not one column.

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
        super().__init__()
        for name, values in _columns_of(data):
            if str(name) in self._columns:
                raise ToolkitError(
                    f"Two columns would have the name '{name}': names are texts, and each is there "
                    "once. Rename one of them."
                )
            self._put(str(name), SArray(values))

    def append(self, other: SFrame) -> SFrame:
        """Return this frame's rows and then another's.

        ToolkitError if the other is no SFrame, or has other columns.
        """
        if not isinstance(other, SFrame):
            raise ToolkitError(f"Only an SFrame can be appended; found {type(other).__name__}.")
        if not (self._columns and other._columns):
            return SFrame(self if self._columns else other)
        if set(self._columns) != set(other._columns):
            raise ToolkitError(
                f"Two frames with the same columns are needed; found {self.column_names()} and "
                f"{other.column_names()}."
            )
        return SFrame._of({n: column.append(other[n]) for n, column in self._columns.items()})

    def apply(self, fn: Callable[[dict[str, Any]], Any], dtype: type | None = None) -> SArray:
        """Return the function's values; it takes a row as a dict."""
        return SArray([fn(row) for row in self], dtype)

    def groupby(self, key_column_names: str | Sequence[str], operations: Any, *args: Any) -> SFrame:
        """Return one row for each combination of the keys' values, with aggregates of its rows.

        The operations are aggregates of ``tc.aggregate``, lists of them, or dicts of them by their
        columns' names: ``COUNT()``, ``MIN(column)``, ``MAX``, ``MEAN``, ``SUM`` and ``CONCAT``.
        Without a name, the column is named as in Turi Create: ``Min of a``.

        Raises
        ------
        MissingColumnError
            If there is no such column.
        TypeError
            If a column holds dicts or images, or an operation is no aggregate.
        ToolkitError
            If two columns would have the same name, or an aggregate cannot take its column's type.

        Examples
        --------
        >>> from lookalike import tc
        >>> pets = tc.SFrame({'kind': ['cat', 'rover', 'cat']})
        >>> list(pets.groupby('kind', {'n': tc.aggregate.COUNT()}))
        [{'kind': 'cat', 'n': 2}, {'kind': 'rover', 'n': 1}]
        """
        names = [key_column_names] if isinstance(key_column_names, str) else list(key_column_names)
        keys = {name: self._column(name) for name in names}
        return SFrame._of(relations.group(keys, (operations, *args), self._column))

    def join(
        self,
        right: SFrame,
        on: str | Sequence[str] | Mapping[str, str] | None = None,
        how: str = "inner",
        alter_name: Mapping[str, str] | None = None,
    ) -> SFrame:
        """Return the rows of both frames that agree in columns, in this frame's order.

        Parameters
        ----------
        right : SFrame
            The other frame.
        on : str, list of str, or dict of str, optional
            The columns to compare: their names, or a dict from this frame's names to the other's;
            by default, all names that both have.
        how : {'inner', 'left', 'right', 'outer'}
            The frame whose rows stay without a counterpart: none, this, the other, both.
        alter_name : dict of str, optional
            Other names for the other frame's columns; one that is taken gets ``.1`` behind it.

        Raises
        ------
        MissingColumnError
            If a column to compare does not exist.
        ToolkitError
            If there is none to compare, or two are of different types.
        TypeError
            If the other is no SFrame, or columns to compare hold dicts or images.
        ValueError
            If ``how`` is none of the four.
        """
        if not isinstance(right, SFrame):
            raise TypeError(f"Only an SFrame can be joined; found {type(right).__name__}.")
        if how not in relations.WAYS:
            raise ValueError(f"Expected how to be one of {relations.WAYS}; found {how!r}.")
        if on is None:
            on = [name for name in self._columns if name in right._columns]
        elif isinstance(on, str):
            on = [on]
        keys = on if isinstance(on, Mapping) else dict(zip(on, on))
        if not keys:
            raise ToolkitError("The two frames share no column: name those to compare with on=...")
        for name, other in keys.items():
            self._column(name), right._column(other)
        return SFrame._of(
            relations.join(self._columns, right._columns, keys, how, alter_name or {})
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas DataFrame; vectors become NumPy's, a missing number NaN.

        BackendError if pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise BackendError(
                f"A DataFrame needs pandas, which is not installed: {install_hint('dataframe')}."
            ) from error
        columns = {}
        for name, column in self._columns.items():
            dtype = float if column.dtype in column_types.NUMBERS else object
            values = column._values
            columns[name] = pd.Series(values, dtype=dtype if values.dtype == object else None)
        return pd.DataFrame(columns)

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """Return an array ``(rows, columns)``: of numbers, or of objects if there are others."""
        values = np.empty(
            self.shape,
            np.result_type(*(column._values.dtype for column in self._columns.values()), np.int64),
        )
        for position, column in enumerate(self._columns.values()):
            values[:, position] = column._values
        return values

    def save(self, filename: str, format: str | None = None) -> None:
        """Write the frame, which ``tc.load_sframe`` reads: as CSV, or as a folder (``'binary'``).

        By default it is CSV if the name ends with .csv or .csv.gz. A folder holds the path of a
        picture that has a file, else its content. ToolkitError if something else is there, or a
        list or dict holds what JSON cannot; ValueError for other formats.
        """
        named = filename.endswith(csv_files.ENDINGS)
        format = format or ("csv" if named else "json" if filename.endswith(".json") else "binary")
        if format not in ("binary", "csv"):
            raise ValueError(
                f"A frame is saved as 'binary' or 'csv'; found {format!r}. For other formats, "
                "to_dataframe() returns a pandas DataFrame."
            )
        if format == "binary":
            files.save(self._columns, filename)
        else:
            self.export_csv(filename if named else f"{filename}.csv")

    def export_csv(self, filename: str, **options: Any) -> None:
        """Write the frame as CSV; it is packed if the name ends with .gz.

        The options are ``delimiter``, ``line_terminator``, ``header``, ``quote_char``, and
        ``na_rep``, the text for missing values.
        """
        csv_files.export_csv(self._columns, filename, **options)

    @classmethod
    def read_csv(cls, url: str | os.PathLike[str], **options: Any) -> SFrame:
        """Read a CSV file.

        Parameters
        ----------
        url : str or path
            The file; one that ends with .gz is packed.
        **options
            ``delimiter``, ``header``, ``quote_char``, ``nrows``, ``skiprows``, ``usecols``;
            ``column_type_hints``: a type, or a list or dict of them, instead of the first that fits
            all values; ``na_values``: texts of missing values, as is an empty one in columns of
            other types than str; ``error_bad_lines``: raise for lines with another number of
            values, instead of leaving them out; ``verbose``: print how many are left out.

        Raises
        ------
        MissingFileError
            If there is no such file.
        ToolkitError
            If it is no CSV, or a value is not of the type of its hint.
        """
        return cls._of(csv_files.read_csv(os.fspath(url), **options))

    def materialize(self) -> None:
        """Do nothing: the rows are there (Turi Create's may be lazy)."""

    def __repr__(self) -> str:
        described = "".join(
            f"\t{visible(name)}\t{column.dtype.__name__}\n"
            for name, column in self._columns.items()
        )
        columns = described or "\tNone\n"
        data = str(self) if len(self) else "\t[]"
        return f"Columns:\n{columns}\nRows: {len(self)}\n\nData:\n{data}"

    def __str__(self) -> str:
        note = printing.HEAD_NOTE if len(self) > printing.FRAME_HEAD else ""
        return printing.frame_text(self._columns) + note

    def _repr_html_(self) -> str:
        from ... import display

        return display.table_html(list(self.head()), self.column_names(), len(self))

    def print_rows(
        self,
        num_rows: int = 10,
        num_columns: int = 40,
        max_column_width: int = 30,
        max_row_width: int = 80,
        output_file: Any = None,
    ) -> None:
        """Print the first rows and columns; widths are in characters."""
        text = printing.frame_text(
            self._columns, num_rows, num_columns, max_column_width, max_row_width
        )
        print(text, file=output_file)

    def explore(self, title: str | None = None) -> Explorer:
        """Show the rows in the notebook, to look through them: see ``lookalike.explore``."""
        from ... import display

        return display.explore(self, len(self), title=title)

    show = explore


def load_sframe(filename: str | os.PathLike[str]) -> SFrame:
    """Read a frame that ``SFrame.save`` wrote, as a folder or as CSV.

    MissingFileError if there is nothing of this name; ToolkitError if it is something else, or
    damaged.
    """
    return SFrame(os.fspath(filename))


def _columns_of(data: Any) -> Iterable[tuple[Any, Any]]:
    """Return the names and values of whatever a frame can be made from."""
    if data is None:
        return ()
    if isinstance(data, SFrame):
        return data._columns.items()
    if isinstance(data, (str, os.PathLike)):
        place = os.fspath(data)
        if place.endswith(csv_files.ENDINGS) and not os.path.isdir(place):
            return SFrame.read_csv(place)._columns.items()
        return files.load(place).items()
    if isinstance(data, dict) or made_by("pandas", "DataFrame", type(data)):
        return data.items()
    if isinstance(data, list):
        if data and all(isinstance(row, dict) for row in data):
            names = dict.fromkeys(name for row in data for name in row)
            return [(name, [row.get(name) for row in data]) for name in names]
        return [("X1", data)] if data else ()
    if isinstance(data, Iterable):
        return [("X1", data)]
    raise ValueError(
        "An SFrame is made from a dict of columns, a list of rows, a pandas DataFrame or another "
        f"SFrame; found {type(data).__name__}."
    )
