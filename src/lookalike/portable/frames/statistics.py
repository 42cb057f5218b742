"""A column in one number, or in one vector: missing values count for nothing."""

from __future__ import annotations

import array
import datetime
from typing import Any, Sequence

import numpy as np

from ...errors import ToolkitError
from .column_types import Stored
from .operators import Operand


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
    total = np.zeros(len(vectors[0]) if len(vectors) else 0)
    for vector in vectors:
        if len(vector) != len(total):
            raise ToolkitError(
                f"Only vectors of one length can be added; found {len(total)} and {len(vector)}."
            )
        total += vector
    return total
