"""Which references may be among the nearest, by bounds of their distances.

The bounds here are those of one matrix product in the references' own precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

import numpy as np

from .blocks import rounding

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows
    from .compared import Compared

    Choice = np.ndarray[Any, np.dtype[np.bool_]]


class Bounds(ABC):
    """Bounds of the squared distances between m queries and all references.

    A score is a lower bound of a squared distance, less a lower bound of the query's squared norm,
    which is the same for all references. ``norms`` and ``errors``, ``(m,) float64``, are the
    queries' squared norms, and their part of the rounding.
    """

    def __init__(self, norms: Numbers, errors: Numbers, radius: float | None) -> None:
        self.errors = errors
        # The largest score that a reference within the radius can have.
        self.limits = np.full(len(norms), np.inf)
        if radius is not None:
            self.limits = radius * radius - norms + errors

    @abstractmethod
    def blocks(self, k: int) -> Iterator[tuple[int, Matrix]]:
        """Yield the scores in blocks, ``(m, rows) float``, each after its first row's number.

        The caller may change a block. It should hold many more than k rows.
        """

    @abstractmethod
    def ceilings(self, scores: Matrix, which: Rows, rows: Rows) -> Numbers:
        """Return upper bounds in place of the scores of pairs of a query and a reference."""


# With fewer candidates for each query, it does not pay to lower the limits.
MANY = 200
# Numbers in a block of scores: 8 MB in float32, about what a processor's cache holds.
SCORES = 2_000_000


def find_candidates(
    bounds: Bounds | None, k: int, most: int, left_out: Choice | None = None
) -> tuple[Rows, Rows] | None:
    """Return the pairs of query and reference that may be among the nearest.

    A reference is a candidate until k others are certainly nearer, whatever the scores' rounding,
    unless it is ``left_out``, ``(n,) bool``. The pairs are the queries' and the references' row
    numbers, both ``(p,) int``; None without bounds, or if there are more than ``most`` candidates,
    on average over the queries.
    """
    if bounds is None:
        return None
    limits = bounds.limits
    many = max(2 * k, MANY) * len(limits)
    found = _Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32))
    for start, scores in bounds.blocks(k):
        if left_out is not None:
            scores[:, left_out[start : start + scores.shape[1]]] = np.inf
        hits = _hits(scores, limits)
        if len(hits) > many:
            limits = np.minimum(limits, _block_limits(bounds, scores, start, k))
            hits = _hits(scores, limits)
        which, rows = np.divmod(hits, scores.shape[1])
        both: Any = zip(found, (which, rows + start, scores.ravel()[hits]))
        found = _Pairs(*map(np.concatenate, both))
        if len(found.which) > min(2 * many, most * len(limits)):
            limits, found = _tightened(bounds, limits, found, k)
        if len(found.which) > most * len(limits):
            return None
    _, found = _tightened(bounds, limits, found, k)
    return found.which, found.rows


class _Pairs(NamedTuple):
    """Pairs of a query and a reference, by row numbers, with their scores."""

    which: Rows
    rows: Rows
    scores: Matrix


def _hits(scores: Matrix, limits: Numbers) -> Rows:
    """Return where scores are within their row's limit, as positions in the flat array."""
    # Infinite scores are those of references that are left out: no limit lets them in.
    largest = np.minimum(limits, np.finfo(scores.dtype).max).astype(scores.dtype)
    return np.flatnonzero(scores <= largest[:, None])


def _block_limits(bounds: Bounds, scores: Matrix, start: int, k: int) -> Numbers:
    """Return for each query an upper bound of the k least scores of a block."""
    rows = np.argpartition(scores, k - 1, axis=1)[:, :k]
    least = np.take_along_axis(scores, rows, axis=1)
    which = np.arange(len(scores))[:, None]
    upper: Numbers = bounds.ceilings(least, which, start + rows).max(axis=1)
    return upper


def _tightened(bounds: Bounds, limits: Numbers, found: _Pairs, k: int) -> tuple[Numbers, _Pairs]:
    """Lower the limits to what the pairs found so far allow, and drop those above them."""
    upper = bounds.ceilings(found.scores, found.which, found.rows)
    order = np.lexsort((upper, found.which))
    counts = np.bincount(found.which, minlength=len(limits))
    enough = np.flatnonzero(counts >= k)
    kth = (np.cumsum(counts) - counts)[enough] + k - 1
    limits = limits.copy()
    limits[enough] = np.minimum(limits[enough], upper[order[kth]])
    near = found.scores <= limits[found.which]
    left: Any = (values[near] for values in found)
    return limits, _Pairs(*left)


class Products:
    """References whose products with queries bound their distances, and the error of these.

    The product ``x @ q`` gives every squared distance as ``|x|^2 - 2 x.q + |q|^2``, fast but
    rounded. Its error is bounded as that of a dot product of d numbers: ``d u |x| |q|``, u half the
    epsilon (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). For a centred
    row, ``2 c.q`` is ``factor * (2 x.q - shift * 2 mean.q)``, and so is its rounding.

    ``precision`` is that of the products, by default the references' own, and ``scores`` the
    numbers in a block of them.
    """

    def __init__(self, compared: Compared, precision: Any = None, scores: int = SCORES) -> None:
        self.compared = compared
        self.precision = np.dtype(precision or compared.references.dtype)
        self.scores = scores
        kind = np.finfo(self.precision)
        width = compared.references.shape[1]
        # 16 for the roundings outside the product; 0.51 for u and what grows with its square; and
        # the squared norms and the distances themselves are rounded, in float64.
        self.relative = 0.51 * float(kind.eps) * (width + 16) + rounding(width)
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
        super().__init__(norms, products.relative * norms + products.absolute, radius)
        self._products = products
        self._scaled = (-2 * queries).astype(products.precision)
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
        upper: Numbers = scores + 2 * (self._products.errors[rows] + self.errors[which])
        return upper
