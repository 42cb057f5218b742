"""Bounds of distances by one matrix product in the references' own precision.

The product ``x @ q`` gives every squared distance as ``|x|^2 - 2 x.q + |q|^2``, fast but rounded.
How far that can be off is the textbook bound on a rounded dot product of d numbers (Higham,
Accuracy and Stability of Numerical Algorithms, section 3.1): ``d u |x| |q|``, u half the epsilon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import numpy as np

from . import blocks

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows

# Numbers in a block of scores: 8 MB in float32, about what a processor's cache holds.
SCORES = 2_000_000


class Products:
    """References whose products with queries bound their distances.

    Parameters
    ----------
    references : (n, d) float32 or float64
        In the order of the rows.
    squared_norms : (n,) float64
        Each row's sum of squares.
    """

    def __init__(self, references: Matrix, squared_norms: Numbers) -> None:
        self.references = references
        self.squared_norms = squared_norms
        kind = np.finfo(references.dtype)
        # 16 for the roundings outside the product; 0.51 for u and what grows with its square; and
        # the squared norms and the distances themselves are rounded, in float64.
        self.relative = 0.51 * kind.eps * (references.shape[1] + 16)
        self.relative += blocks.rounding(references.shape[1])
        self.absolute = references.shape[1] * kind.tiny
        # The squared norms must stay far from where the scores would overflow.
        self.largest = kind.max / 16 - squared_norms.max()
        with np.errstate(over="ignore"):
            floors = squared_norms * (1 - self.relative) - self.absolute
            self.floors = floors.astype(references.dtype)

    def bounds(self, queries: Matrix, radius: float | None) -> ProductBounds | None:
        """Return the bounds for queries, ``(m, d) float``; None if their products overflow."""
        norms = np.einsum("ij,ij->i", queries, queries, dtype=np.float64)
        return None if norms.max() > self.largest else ProductBounds(self, queries, norms, radius)


class ProductBounds:
    """``candidates.Bounds`` by products."""

    def __init__(
        self, products: Products, queries: Matrix, norms: Numbers, radius: float | None
    ) -> None:
        self._products = products
        self._scaled = (-2 * queries).astype(products.references.dtype)
        self._norms = norms
        self.limits = np.full(len(queries), np.inf)
        if radius is not None:
            self.limits = radius * radius - norms * (1 - products.relative) + products.absolute

    def blocks(self, k: int) -> Iterator[tuple[int, Matrix]]:
        """See ``candidates.Bounds``."""
        references, floors = self._products.references, self._products.floors
        # A block of few rows more than k tells little of how near the k nearest are; where nearly
        # all rows are wanted, none does.
        least = 8 * k if 8 * k < len(references) else 1
        step = max(SCORES // len(self._scaled), least)
        for start in range(0, len(references), step):
            scores = self._scaled @ references[start : start + step].T
            scores += floors[start : start + step]
            yield start, scores

    def ceilings(self, scores: Matrix, which: Rows, rows: Rows) -> Numbers:
        """See ``candidates.Bounds``."""
        norms = self._products.squared_norms[rows] + self._norms[which]
        upper: Numbers = scores + 2 * (self._products.relative * norms + self._products.absolute)
        return upper
