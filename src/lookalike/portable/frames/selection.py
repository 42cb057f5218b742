"""The rows of a frame: which of them, and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Sequence

import numpy as np

from . import ordering, relations
from .columns import Columns
from .sarray import SArray

if TYPE_CHECKING:
    from typing_extensions import Self


class Rows(Columns):
    """How an SFrame's rows are chosen and sorted; all of it gives new frames."""

    def head(self, n: int = 10) -> Self:
        """Return the first n rows."""
        return self._take(slice(max(n, 0)))

    def tail(self, n: int = 10) -> Self:
        """Return the last n rows."""
        return self._take(slice(max(len(self) - n, 0), None))

    def filter_by(self, values: Any, column_name: str, exclude: bool = False) -> Self:
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
            If the values are of another type than the column, or dicts or images.
        """
        column = self._column(column_name)
        single = isinstance(values, str) or not isinstance(values, Iterable)
        wanted = SArray([values] if single else list(values))
        if wanted.dtype is not column.dtype and len(wanted.dropna()):
            raise TypeError(
                f"The values are of type {wanted.dtype.__name__}, but the column '{column_name}' "
                f"is of type {column.dtype.__name__}."
            )
        return self._take(ordering.among(column._operand, wanted._operand) ^ exclude)

    def sort(self, key_column_names: Any, ascending: bool = True) -> Self:
        """Return the rows in the order of one or more columns; equal ones keep their order.

        Parameters
        ----------
        key_column_names : str, list of str, or list of (str, bool)
            The columns, the first the foremost; with each, whether it ascends. Missing values
            come first where it does.
        ascending : bool
            For the columns that do not say.

        Raises
        ------
        MissingColumnError
            If there is no such column.
        TypeError
            If a column has no order, or the names are none of these.
        ValueError
            If there is no name.
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

        Parameters
        ----------
        columns : str or list of str, optional
            Where to look; by default, in all columns. NaN counts as missing.
        how : {'any', 'all'}
            Which rows are left out.

        Raises
        ------
        MissingColumnError
            If there is no such column.
        ValueError
            If ``how`` is neither.
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
