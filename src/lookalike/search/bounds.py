"""Which references may be among the nearest: their distances have bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows

    Choice = np.ndarray[Any, np.dtype[np.bool_]]


class Bounds(ABC):
    """Bounds of the squared distances between m queries and all references.

    A score is a lower bound of a squared distance, less a lower bound of the query's squared norm,
    which is the same for all references.
    """

    # ``(m,) float64``: the largest score that a reference within the radius can have.
    limits: Numbers

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


def find_candidates(
    bounds: Bounds, k: int, most: int, left_out: Choice | None = None
) -> tuple[Rows, Rows] | None:
    """Return the pairs of query and reference that may be among the nearest.

    A reference is a candidate until k others are certainly nearer, whatever the scores' rounding.

    Parameters
    ----------
    bounds : Bounds
        Of all pairs.
    k : int
        How many nearest each query wants.
    most : int
        The search is given up for more candidates than this, on average over the queries.
    left_out : (n,) bool, optional
        The references that are no candidates.

    Returns
    -------
    which, rows : (p,) int
        The queries' and the references' row numbers; None for too many candidates.
    """
    limits = bounds.limits
    many = max(2 * k, MANY) * len(limits)
    found = _Pairs.none()
    for start, scores in bounds.blocks(k):
        if left_out is not None:
            scores[:, left_out[start : start + scores.shape[1]]] = np.inf
        hits = _hits(scores, limits)
        if len(hits) > many:
            limits = np.minimum(limits, _block_limits(bounds, scores, start, k))
            hits = _hits(scores, limits)
        which, rows = np.divmod(hits, scores.shape[1])
        found = found.and_more(which, rows + start, scores.ravel()[hits])
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

    @classmethod
    def none(cls) -> _Pairs:
        return cls(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32))

    def and_more(self, *more: Any) -> _Pairs:
        return _Pairs(*map(np.concatenate, zip(self, more)))

    def where(self, chosen: Any) -> _Pairs:
        return _Pairs(*(values[chosen] for values in self))


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
    return limits, found.where(found.scores <= limits[found.which])
