"""Exact nearest neighbours: candidates by one matrix product, distances again in float64.

The product ``x @ q`` gives every squared distance as ``|x|^2 - 2 x.q + |q|^2``, fast but rounded.
Whatever the rounding could have hidden stays a candidate, and the few candidates' distances are
computed again as the root of ``sum((x - q)^2)`` in float64: exact, and 0 for the same features.
"""

from __future__ import annotations

from typing import Any, Iterator, Tuple

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.floating[Any]]]
Neighbors = Tuple[np.ndarray[Any, np.dtype[np.intp]], np.ndarray[Any, np.dtype[np.float64]]]

# Numbers in one block of scores: 32 MB in float32.
BLOCK = 8_000_000


class BruteForce:
    """Reference features to search, ``(n, d) float32 or float64``, in the order of the rows."""

    def __init__(self, references: Matrix) -> None:
        self.references = references
        self.squared_norms = np.einsum("ij,ij->i", references, references)
        # How far a score can be off: each of the d products and sums rounds once.
        self.unit = references.shape[1] * np.finfo(references.dtype).eps

    def neighbors(
        self, queries: Matrix, k: int | None, radius: float | None, skip_self: bool = False
    ) -> Iterator[Neighbors]:
        """Give the neighbours of each query, nearest first; equally near ones in row order.

        Parameters
        ----------
        queries : (m, d) float
            The features to search with.
        k : int or None
            How many at the most; None for no limit.
        radius : float or None
            The largest Euclidean distance that counts; None for no limit.
        skip_self : bool
            Whether query i is reference i and its own row is left out.

        Yields
        ------
        rows : (r,) int
            The references' row numbers.
        distances : (r,) float64
            Euclidean distances on the raw features.
        """
        block = max(1, BLOCK // max(1, len(self.references)))
        for start in range(0, len(queries), block):
            exact = queries[start : start + block]
            part = exact.astype(self.references.dtype, copy=False)
            norms = np.einsum("ij,ij->i", part, part)
            scores = self.squared_norms - 2 * (part @ self.references.T) + norms[:, None]
            for offset, row in enumerate(scores):
                own = start + offset if skip_self else None
                rows = self._candidates(row, norms[offset], k, radius, own)
                yield self._nearest(exact[offset], rows, k, radius)

    def _candidates(
        self,
        scores: Matrix,
        norm: float,
        k: int | None,
        radius: float | None,
        own: int | None,
    ) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Return the rows that may be among the nearest, given what their scores can be off."""
        error = 4 * self.unit * (self.squared_norms.max() + norm)
        if own is not None:
            scores[own] = np.inf
        bound = np.inf
        if k is not None and k < len(scores):
            bound = np.partition(scores, k - 1)[k - 1] + 2 * error
        if radius is not None:
            bound = min(bound, radius**2 + error)
        within = scores <= bound
        if own is not None:
            within[own] = False
        return np.flatnonzero(within)

    def _nearest(
        self,
        query: Matrix,
        rows: np.ndarray[Any, np.dtype[np.intp]],
        k: int | None,
        radius: float | None,
    ) -> Neighbors:
        """Compute the candidates' distances in float64 and choose among them."""
        distances = np.empty(len(rows))
        block = max(1, BLOCK // max(1, self.references.shape[1]))
        for start in range(0, len(rows), block):
            part = rows[start : start + block]
            difference = self.references[part].astype(np.float64) - query
            distances[start : start + block] = np.sqrt(
                np.einsum("ij,ij->i", difference, difference)
            )
        if radius is not None:
            inside = distances <= radius
            rows, distances = rows[inside], distances[inside]
        order = np.argsort(distances, kind="stable")[:k]
        return rows[order], distances[order]
