"""Exact nearest neighbours: candidates by bounds of their distances, then the distances in float64.

Bounds come from products that are fast and rounded: of the features themselves, or of codes where
the collection is large. Whatever the rounding could have hidden stays a candidate, and the few
candidates' distances are computed as the root of ``sum((x - q)^2)`` in float64: exact, and 0 for
the same features.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

import numpy as np

from .blocks import slices, sums_of_squares
from .bounds import find_candidates
from .codes import Quantized
from .products import Products

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows

# Queries in a block: enough for the product to run at full speed.
QUERIES = 512
# Up to so many queries at once, reading the references takes the time, and codes save it.
FEW_QUERIES = 32
# Pairs of a query and a reference that are held at a time where all of them count.
PAIRS = 4_000_000
# Where more than one reference in so many is wanted or a candidate, codes rule out too few.
RARE = 50


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
    arrays : dict of array, optional
        What is known of them already: what ``to_arrays`` told.
    """

    def __init__(
        self, references: Matrix, arrays: Mapping[str, np.ndarray[Any, Any]] | None = None
    ) -> None:
        self.references = np.asarray(references)
        self._arrays = {} if arrays is None else arrays

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return what was computed of the references, for a later search among them."""
        codes = {} if self._quantized is None else self._quantized.to_arrays()
        return {"squared_norms": self._products.squared_norms, **codes}

    @cached_property
    def _products(self) -> Products:
        if "squared_norms" in self._arrays:
            return Products(self.references, self._arrays["squared_norms"])
        return Products(self.references, sums_of_squares(self.references))

    @cached_property
    def _quantized(self) -> Quantized | None:
        if "codes" in self._arrays:
            return Quantized.of_arrays(self._arrays)
        return Quantized.of(self.references)

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
        by_codes = len(queries) <= FEW_QUERIES and (radius is not None or wanted <= total // RARE)
        step = min(QUERIES, max(1, PAIRS // held))
        parts = []
        for start in range(0, len(queries), step):
            part = queries[start : start + step]
            own = np.arange(start, start + len(part)) if skip_self else None
            if everything:
                parts.append(self._ranking(part, own, k))
                continue
            which, rows = self._candidates(part, wanted, radius, by_codes)
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
        for part in slices(*self.references.shape):
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

    def _candidates(
        self, queries: Matrix, k: int, radius: float | None, by_codes: bool
    ) -> tuple[Rows, Rows]:
        """Return the pairs of query and reference that may be among the nearest."""
        total = len(self.references)
        if by_codes and self._quantized is not None:
            codes = self._quantized.bounds(queries, radius)
            found = None if codes is None else find_candidates(codes, k, total // RARE)
            if found is not None:
                return found
        products = self._products.bounds(queries, radius)
        found = None if products is None else find_candidates(products, k, total)
        return np.divmod(np.arange(len(queries) * total), total) if found is None else found

    def _distances(self, queries: Matrix, which: Rows, rows: Rows) -> Numbers:
        squares = np.empty(len(rows))
        for part in slices(len(rows), self.references.shape[1]):
            difference = self.references[rows[part]].astype(np.float64)
            difference -= queries[which[part]]
            squares[part] = np.einsum("ij,ij->i", difference, difference)
        return np.sqrt(squares)
