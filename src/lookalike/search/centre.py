"""Centring: features of length 1, less their collection's mean, made length 1 again.

What all pictures of a collection share does not show which of them look alike. Without it, more of
the nearest are of the same kind: ``make bench-answers`` prints how many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .blocks import lengths_squared, slices

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers

# Features nearer to the mean than this have no direction from it that means anything.
LEAST = 1e-3
# Fewer rows have no mean that means anything.
FEWEST = 10
# A squared length that differs less from 1 was rounded.
ROUNDED = 1e-6


class Centre:
    """The mean of a collection's features, ``(d,) float``, which is subtracted from features.

    A row u is compared as ``(u - mean) / |u - mean|``. A row with ``|u - mean|`` below 1e-3 counts
    as uncentred, and is compared as it is, as u: its distance to a centred row c is ``|u - c|``,
    and to another such row v it is ``|u - v|``. No distance is ever NaN, and equal rows have 0.
    """

    def __init__(self, mean: Matrix) -> None:
        self.mean: Numbers = np.asarray(mean, np.float64)

    def centred(self, rows: Matrix) -> Numbers:
        """Return rows, ``(n, d) float``, as they are compared, in float64."""
        moved = np.subtract(rows, self.mean, order="C")
        lengths = np.sqrt(lengths_squared(moved))
        uncentred = lengths < LEAST
        moved /= np.where(uncentred, 1, lengths)[:, None]
        moved[uncentred] = rows[uncentred]
        return moved

    def factors(self, matrix: Matrix) -> Numbers:
        """Return each row's ``1 / |u - mean|``, ``(n,) float64``, and 0 for uncentred rows."""
        lengths = np.empty(len(matrix))
        for part in slices(*matrix.shape):
            lengths[part] = lengths_squared(matrix[part] - self.mean)
        np.sqrt(lengths, out=lengths)
        uncentred = lengths < LEAST
        lengths[uncentred] = np.inf
        return 1 / lengths


def centre_of(matrix: Matrix) -> Centre | None:
    """Return the centre of features of length 1, ``(n, d) float``; they may be mapped from a file.

    Its mean is summed up in float64, row after row, so that the same rows have the same mean. It is
    None if there are fewer than 10 rows, or if more than half of them count as uncentred.
    """
    if len(matrix) < FEWEST:
        return None
    total = np.zeros(matrix.shape[1])
    for part in slices(*matrix.shape):
        total += matrix[part].astype(np.float64).sum(axis=0)
    centre = Centre(total / len(matrix))
    uncentred = np.count_nonzero(centre.factors(matrix) == 0)
    return None if uncentred > len(matrix) / 2 else centre


def unit_rows(matrix: Matrix) -> Matrix:
    """Return rows of features, ``(n, d) float``, with length 1, in their own precision.

    Rows of that length, and rows of zeros, stay as they are, to the bit. A matrix of such rows is
    returned itself.
    """
    squares = np.empty(len(matrix))
    for part in slices(*matrix.shape):
        squares[part] = lengths_squared(matrix[part].astype(np.float64))
    others = np.flatnonzero((np.abs(squares - 1) > ROUNDED) & (squares > 0))
    if not len(others):
        return matrix
    unit = np.array(matrix)
    for part in slices(len(others), matrix.shape[1]):
        rows = others[part]
        # Scaled by the largest number first: the squares of huge numbers overflow.
        block = matrix[rows].astype(np.float64)
        block /= np.abs(block).max(axis=1, keepdims=True)
        block /= np.sqrt(lengths_squared(block))[:, None]
        unit[rows] = block
    return unit
