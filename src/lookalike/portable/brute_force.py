"""Exact nearest neighbours: candidates by one matrix product, distances again in float64.

The product ``x @ q`` gives every squared distance as ``|x|^2 - 2 x.q + |q|^2``, fast but rounded.
Whatever the rounding could have hidden stays a candidate, and the few candidates' distances are
computed again as the root of ``sum((x - q)^2)`` in float64: exact, and 0 for the same features.

How far a score can be off is the textbook bound on a rounded dot product of d numbers (Higham,
Accuracy and Stability of Numerical Algorithms, section 3.1): ``d u |x| |q|``, u half the epsilon.
"""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

import numpy as np

if TYPE_CHECKING:
    Matrix = np.ndarray[Any, np.dtype[np.floating[Any]]]
    Numbers = np.ndarray[Any, np.dtype[np.float64]]
    Rows = np.ndarray[Any, np.dtype[np.intp]]

# Numbers in a block of scores: 8 MB in float32, about what a processor's cache holds.
BLOCK = 2_000_000
# Queries in a block: enough for the product to run at full speed.
QUERIES = 512
# Numbers in a block of differences: 2 MB in float64.
DIFFERENCES = 250_000
# Pairs of a query and a reference that are held at a time where all of them count.
PAIRS = 4_000_000


class Neighbors(NamedTuple):
    """The neighbours of some queries, one query's after another's, nearest first.

    Attributes
    ----------
    counts : (m,) int
        How many neighbours each query has.
    rows : (sum of counts,) int
        The references' row numbers; equally near ones ascend.
    distances : (sum of counts,) float64
        Euclidean distances on the raw features.
    """

    counts: Rows
    rows: Rows
    distances: Numbers


class BruteForce:
    """Reference features to search.

    Parameters
    ----------
    references : (n, d) float32 or float64
        In the order of the rows; may be mapped from a file that is larger than the memory.
    squared_norms : (n,) float64, optional
        Each row's sum of squares, where it is known already.
    """

    def __init__(self, references: Matrix, squared_norms: Numbers | None = None) -> None:
        self.references = np.asarray(references)
        self.squared_norms = (
            sums_of_squares(self.references) if squared_norms is None else squared_norms
        )
        kind = np.finfo(references.dtype)
        # 16 for the roundings outside the product; 0.51 for u and what grows with its square.
        self._relative = 0.51 * kind.eps * (references.shape[1] + 16)
        self._absolute = references.shape[1] * kind.tiny
        # The squared norms must stay far from where the scores would overflow.
        self._largest = kind.max / 16 - self.squared_norms.max()
        with np.errstate(over="ignore"):
            floors = self.squared_norms * (1 - self._relative) - self._absolute
            self._floors = floors.astype(references.dtype)

    def neighbors(
        self, queries: Matrix, k: int | None, radius: float | None, skip_self: bool = False
    ) -> Neighbors:
        """Find the nearest references of each query.

        Parameters
        ----------
        queries : (m, d) float
            The features to search with.
        k : int or None
            How many at the most; None for no limit.
        radius : float or None
            The largest distance that counts; None for no limit.
        skip_self : bool
            Whether query i is reference i and its own row is left out.
        """
        total = len(self.references)
        wanted = total if k is None else min(k + skip_self, total)
        everything = wanted == total and radius is None
        held = total if everything else wanted if radius is None else 1
        step = min(QUERIES, max(1, PAIRS // held))
        parts = []
        for start in range(0, len(queries), step):
            part = queries[start : start + step]
            own = np.arange(start, start + len(part)) if skip_self else None
            if everything:
                parts.append(self._ranking(part, own, k))
                continue
            which, rows = self._candidates(part, wanted, radius)
            if own is not None:
                others = rows != own[which]
                which, rows = which[others], rows[others]
            parts.append(self.nearest(part, which, rows, k, radius))
        return Neighbors(*map(np.concatenate, zip(*parts)))

    def nearest(
        self, queries: Matrix, which: Rows, rows: Rows, k: int | None, radius: float | None
    ) -> Neighbors:
        """Choose among candidates by their distances, computed in float64.

        Parameters
        ----------
        queries : (m, d) float
            The features to search with.
        which, rows : (p,) int
            Pairs of a query and a reference, by their row numbers.
        k, radius
            As in ``neighbors``.
        """
        distances = self._distances(queries, which, rows)
        if radius is not None:
            inside = distances <= radius
            which, rows, distances = which[inside], rows[inside], distances[inside]
        order = np.lexsort((distances, which))
        counts = np.bincount(which, minlength=len(queries))
        if k is not None:
            firsts = np.cumsum(counts) - counts
            order = order[np.arange(len(order)) - np.repeat(firsts, counts) < k]
            counts = np.minimum(counts, k)
        return Neighbors(counts, rows[order], distances[order])

    def _ranking(self, queries: Matrix, own: Rows | None, k: int | None) -> Neighbors:
        """Return all references in their order, for each query."""
        distances = np.empty((len(queries), len(self.references)))
        for part in _slices(*self.references.shape):
            block = self.references[part].astype(np.float64)
            difference = np.empty_like(block)
            for query, row in zip(queries, distances):
                np.subtract(block, query, out=difference)
                row[part] = np.einsum("ij,ij->i", difference, difference)
        np.sqrt(distances, out=distances)
        order = np.argsort(distances, axis=1, kind="stable")
        if own is not None:
            order = order[order != own[:, None]].reshape(len(order), -1)
        order = order[:, :k]
        distances = np.take_along_axis(distances, order, axis=1)
        return Neighbors(np.full(len(order), order.shape[1]), order.ravel(), distances.ravel())

    def _candidates(self, queries: Matrix, k: int, radius: float | None) -> tuple[Rows, Rows]:
        """Return the pairs of query and reference that may be among the nearest.

        A score is the least that the squared distance can be, less the query's own part of it; a
        reference is a candidate until k others are known to be nearer, whatever the rounding did.
        """
        total = len(self.references)
        norms = sums_of_squares(queries)
        if norms.max() > self._largest:
            which, rows = np.divmod(np.arange(len(queries) * total), total)
            return which, rows
        scaled = (-2 * queries).astype(self.references.dtype)
        limits = np.full(len(queries), np.inf)
        if radius is not None:
            limits = radius * radius - norms * (1 - self._relative) + self._absolute
        found = _Pairs.none()
        step = max(BLOCK // len(queries), 8 * k)
        for start in range(0, total, step):
            scores = scaled @ self.references[start : start + step].T
            scores += self._floors[start : start + step]
            hits = _hits(scores, limits)
            if len(hits) > 2 * k * len(queries):
                limits = np.minimum(limits, self._limits(scores, start, norms, k))
                hits = _hits(scores, limits)
            which, rows = np.divmod(hits, scores.shape[1])
            found = found.and_more(which, rows + start, scores.ravel()[hits])
            if len(found.which) > 4 * k * len(queries):
                limits, found = self._tightened(limits, found, norms, k)
        _, found = self._tightened(limits, found, norms, k)
        return found.which, found.rows

    def _limits(self, scores: Matrix, start: int, norms: Numbers, k: int) -> Numbers:
        """Return the most that the k least scores of a block can stand for, for each query."""
        rows = np.argpartition(scores, k - 1, axis=1)[:, :k]
        scores = np.take_along_axis(scores, rows, axis=1)
        upper: Numbers = self._ceilings(scores, self.squared_norms[start + rows] + norms[:, None])
        return upper.max(axis=1)

    def _tightened(
        self, limits: Numbers, found: _Pairs, norms: Numbers, k: int
    ) -> tuple[Numbers, _Pairs]:
        """Lower the limits to what the pairs found so far allow, and drop those above them."""
        upper = self._ceilings(found.scores, self.squared_norms[found.rows] + norms[found.which])
        order = np.lexsort((upper, found.which))
        counts = np.bincount(found.which, minlength=len(limits))
        enough = np.flatnonzero(counts >= k)
        kth = (np.cumsum(counts) - counts)[enough] + k - 1
        limits = limits.copy()
        limits[enough] = np.minimum(limits[enough], upper[order[kth]])
        return limits, found.where(found.scores <= limits[found.which])

    def _ceilings(self, scores: Matrix, norms: Numbers) -> Numbers:
        """Return the most that scores can stand for, given the sums of both squared norms."""
        return scores + 2 * (self._relative * norms + self._absolute)

    def _distances(self, queries: Matrix, which: Rows, rows: Rows) -> Numbers:
        squares = np.empty(len(rows))
        for part in _slices(len(rows), self.references.shape[1]):
            difference = self.references[rows[part]].astype(np.float64)
            difference -= queries[which[part]]
            squares[part] = np.einsum("ij,ij->i", difference, difference)
        return np.sqrt(squares)


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


def check_k_and_radius(k: int | None, radius: float | None) -> None:
    """Raise ``ValueError`` for a k or a radius that makes no sense."""
    if k is not None and (not isinstance(k, numbers.Integral) or k <= 0):
        raise ValueError(f"Expected k to be an integer larger than 0, or None; found {k!r}.")
    if radius is not None and (not isinstance(radius, numbers.Real) or not radius >= 0):
        raise ValueError(f"Expected radius to be a number of 0 or more, or None; found {radius!r}.")


def sums_of_squares(matrix: Matrix) -> Numbers:
    """Return each row's sum of squares, ``(n,) float64``, without a copy of the matrix."""
    sums = np.empty(len(matrix))
    for part in _slices(*matrix.shape):
        block = matrix[part].astype(np.float64)
        np.einsum("ij,ij->i", block, block, out=sums[part])
    return sums


def _slices(count: int, width: int) -> Iterator[slice]:
    """Give slices over rows of this width, each small enough for float64 copies in the cache."""
    step = max(1, DIFFERENCES // max(1, width))
    return (slice(start, start + step) for start in range(0, count, step))


def _hits(scores: Matrix, limits: Numbers) -> Rows:
    """Return where scores are within their row's limit, as positions in the flat array."""
    with np.errstate(over="ignore"):
        bounds = limits.astype(scores.dtype)
    return np.flatnonzero(scores <= bounds[:, None])
