"""A matrix in blocks of rows whose float64 copies fit a processor's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

import numpy as np

if TYPE_CHECKING:
    Matrix = np.ndarray[Any, np.dtype[np.floating[Any]]]
    Numbers = np.ndarray[Any, np.dtype[np.float64]]
    Rows = np.ndarray[Any, np.dtype[np.intp]]

# Numbers in a block: half a MB in float64.
BLOCK = 60_000


def slices(count: int, width: int) -> Iterator[slice]:
    """Return the slices that cut ``count`` rows of ``width`` numbers into blocks."""
    step = max(1, BLOCK // max(1, width))
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def rounding(width: int) -> float:
    """Return how far sums of so many products in float64 may be off, relatively, with a reserve."""
    return float(4 * np.finfo(np.float64).eps * (width + 16))


def lengths_squared(block: Numbers) -> Numbers:
    """Return each row's sum of squares, ``(n,) float64``: equal rows have equal ones."""
    sums: Numbers = np.einsum("ij,ij->i", block, block)
    return sums


def sums_of_squares(matrix: Matrix) -> Numbers:
    """Return each row's sum of squares, ``(n,) float64``, without a copy of the matrix."""
    sums = np.empty(len(matrix))
    for part in slices(*matrix.shape):
        sums[part] = lengths_squared(matrix[part].astype(np.float64))
    return sums


def pair_distances(first: Matrix, second: Matrix, rows: Rows, others: Rows) -> Numbers:
    """Return the Euclidean distances, ``(p,) float64``, of p pairs of rows, not centred.

    ``rows`` and ``others`` are row numbers in the ``first`` and in the ``second`` matrix, which may
    be the same. Equal rows have exactly 0.
    """
    squares = np.empty(len(rows))
    for part in slices(len(rows), first.shape[1]):
        difference = first[rows[part]].astype(np.float64, order="C")
        difference -= second[others[part]]
        squares[part] = lengths_squared(difference)
    return np.sqrt(squares)
