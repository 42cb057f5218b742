"""Bounds of distances by one matrix product in the references' own precision.

The product ``x @ q`` gives every squared distance as ``|x|^2 - 2 x.q + |q|^2``, fast but rounded.
The error is bounded as that of a dot product of d numbers: ``d u |x| |q|``, u half the epsilon
(Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). For a centred row, ``2 c.q``
is ``factor * (2 x.q - shift * 2 mean.q)``, and so is its rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

import numpy as np

from . import blocks
from .bounds import Bounds

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows
    from .compared import Compared

# Numbers in a block of scores: 8 MB in float32, about what a processor's cache holds.
SCORES = 2_000_000


class Products:
    """References whose products with queries bound their distances.

    Parameters
    ----------
    compared : Compared
        The references, and what is known of each row.
    precision : type, optional
        The precision of the products, by default the references' own.
    scores : int, optional
        The numbers in a block of products.
    """

    def __init__(self, compared: Compared, precision: Any = None, scores: int = SCORES) -> None:
        self.compared = compared
        self.precision = np.dtype(precision or compared.references.dtype)
        self.scores = scores
        kind = np.finfo(self.precision)
        width = compared.references.shape[1]
        # 16 for the roundings outside the product; 0.51 for u and what grows with its square; and
        # the squared norms and the distances themselves are rounded, in float64.
        self.relative = 0.51 * float(kind.eps) * (width + 16) + blocks.rounding(width)
        self.absolute = width * float(kind.tiny)
        # The squared norms must stay far from where the scores would overflow.
        self.largest = float(kind.max) / 16 - compared.reaches.max(initial=0)
        self.errors = self.relative * compared.reaches + self.absolute * (1 + compared.factors)
        with np.errstate(over="ignore", invalid="ignore"):
            self.floors = (compared.squares - self.errors).astype(self.precision)

    def bounds(self, queries: Matrix, radius: float | None) -> ProductBounds | None:
        """Return the bounds for queries as they are compared; None if their products overflow."""
        norms = np.einsum("ij,ij->i", queries, queries, dtype=np.float64)
        return None if norms.max() > self.largest else ProductBounds(self, queries, norms, radius)


class ProductBounds(Bounds):
    """Bounds by products."""

    def __init__(
        self, products: Products, queries: Matrix, norms: Numbers, radius: float | None
    ) -> None:
        self._products = products
        self._scaled = (-2 * queries).astype(products.precision)
        self._errors = products.relative * norms + products.absolute
        self.limits = np.full(len(queries), np.inf)
        if radius is not None:
            self.limits = radius * radius - norms + self._errors
        centre = products.compared.centre
        if centre is not None:
            self._offsets = 2 * (queries @ centre.mean)[:, None]

    def blocks(self, k: int) -> Iterator[tuple[int, Matrix]]:
        """See ``Bounds``."""
        compared = self._products.compared
        # The k least scores of a block limit the others only if it has many more rows; if nearly
        # all rows are wanted, no block does.
        total = len(compared.references)
        least = 8 * k if 8 * k < total else 1
        step = max(self._products.scores // len(self._scaled), least)
        for start in range(0, total, step):
            part = slice(start, start + step)
            block = compared.references[part].astype(self._products.precision, copy=False)
            scores = self._scaled @ block.T
            if compared.centre is not None:
                scores += (self._offsets * compared.shifts[part]).astype(scores.dtype)
                scores *= compared.factors[part].astype(scores.dtype)
            scores += self._products.floors[part]
            yield start, scores

    def ceilings(self, scores: Matrix, which: Rows, rows: Rows) -> Numbers:
        """See ``Bounds``."""
        upper: Numbers = scores + 2 * (self._products.errors[rows] + self._errors[which])
        return upper
