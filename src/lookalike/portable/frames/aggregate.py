"""What ``SFrame.groupby`` computes of each group, as in ``turicreate.aggregate``."""

from __future__ import annotations

import array
from typing import Any, Callable, NamedTuple, Sequence

from . import absent
from .sarray import SArray


class Aggregate(NamedTuple):
    """A value of each group.

    ``compute`` takes the group's row numbers and its part of each column; ``dtype`` takes the
    columns' types.
    """

    title: str
    columns: tuple[str, ...]
    compute: Callable[..., Any]
    dtype: Callable[..., type]


def COUNT() -> Aggregate:
    """Return how ``groupby`` counts rows."""
    return Aggregate("Count", (), len, lambda: int)


def MIN(src_column: str) -> Aggregate:
    """Return how ``groupby`` finds the least number or time."""
    return _of("Min", src_column, SArray.min)


def MAX(src_column: str) -> Aggregate:
    """Return how ``groupby`` finds the greatest number or time."""
    return _of("Max", src_column, SArray.max)


def SUM(src_column: str) -> Aggregate:
    """Return how ``groupby`` adds numbers or vectors."""
    return _of("Sum", src_column, SArray.sum)


def MEAN(src_column: str) -> Aggregate:
    """Return how ``groupby`` finds the mean of numbers or vectors."""
    return _of("Avg", src_column, SArray.mean, lambda kind: kind if kind is array.array else float)


AVG = MEAN


def CONCAT(src_column: str, dict_value_column: str | None = None) -> Aggregate:
    """Return how ``groupby`` lists what is not missing, or makes a dict of two columns."""
    if dict_value_column is None:
        return _of("List", src_column, _list, lambda kind: array.array if kind is float else list)
    columns = (src_column, dict_value_column)
    return Aggregate(f"Dict of {'_'.join(columns)}", columns, _dict, lambda *kinds: dict)


def _of(
    title: str,
    column: str,
    compute: Callable[[SArray], Any],
    dtype: Callable[[type], type] = lambda kind: kind,
) -> Aggregate:
    return Aggregate(f"{title} of {column}", (column,), lambda rows, part: compute(part), dtype)


def _list(values: SArray) -> list[Any]:
    return [value for value in values if value is not None]


def _dict(rows: Sequence[int], keys: SArray, values: SArray) -> dict[Any, Any]:
    return {key: value for key, value in zip(keys, values) if key is not None}


def __getattr__(name: str) -> Any:
    raise absent.error("tc.aggregate", name)
