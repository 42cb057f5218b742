"""Exact nearest neighbours: candidates by bounds of their distances, then the distances in float64.

Bounds come from fast, rounded products: of the features themselves, or, in large collections, of
codes. Every reference that the rounding could have hidden stays a candidate. The distances of these
few are the root of ``sum((x - q)^2)`` in float64: exact, and 0 for the same features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterator, Mapping, NamedTuple

import numpy as np

from . import codes
from .blocks import lengths_squared, slices
from .bounds import SCORES, Products, find_candidates
from .codes import BackgroundCodes, Quantized
from .compared import Compared

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows
    from .bounds import Choice
    from .centre import Centre


# The arrays that a search computes of its references.
ARRAYS = ("squared_norms", "factors", "codes", "code_columns", "code_rows")


class Neighbors(NamedTuple):
    """The neighbours of some queries, one query's after another's, nearest first."""

    # (m,) int: how many neighbours each query has.
    counts: Rows
    # (sum of counts,) int: the references' row numbers; equally near ones ascend.
    rows: Rows
    # (sum of counts,) float64: Euclidean distances of the features, or of the centred features.
    distances: Numbers


@dataclass(frozen=True)
class Tuning:
    """What decides how long a search takes, and never what it finds. The defaults are measured."""

    # How many searches could have used codes before a thread begins to make them.
    codes_after: int = 20
    # From so many numbers in all references codes pay, such as 40,000 rows of 1280 ...
    codes_from: int = 50_000_000
    # ... and from so many in a row: shorter rows have few bytes to save.
    narrowest: int = 64
    # Up to so many queries at once, reading the references takes most of the time; codes save it.
    few_queries: int = 32
    # If more than one reference in so many is wanted, or a candidate, codes rule out too few.
    rare: int = 50
    # Queries in a block: enough for the product to run at full speed.
    queries: int = 512
    # Pairs of a query and a reference that are held at a time.
    pairs: int = 4_000_000
    # Numbers in a block of products, and of codes' products.
    scores: int = SCORES
    code_scores: int = codes.SCORES


class ExactSearch:
    """Reference features to search. It serves several threads, and can be copied and pickled.

    Searches of few queries among many references use codes as soon as there are some: after the
    20th of them a thread makes codes, and so does ``to_arrays``. No search waits for codes.

    Parameters
    ----------
    references : (n, d) float32 or float64
        In the order of the rows; may be mapped from a file that is larger than the memory.
    arrays : dict of array, optional
        What ``to_arrays`` returned for the same references and centre; others are passed over.
    centre : Centre, optional
        Is subtracted from references and queries, of length 1, before they are compared. The
        references are not copied for it.
    tuning : Tuning, optional
        What decides how long it takes.
    """

    def __init__(
        self,
        references: Matrix,
        arrays: Mapping[str, np.ndarray[Any, Any]] | None = None,
        centre: Centre | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self.references = np.asarray(references)
        self.centre = centre
        self.tuning = tuning or Tuning()
        self._arrays = {name: arrays[name] for name in ARRAYS if arrays and name in arrays}
        self._computed: _Known | None = None
        made = Quantized.from_arrays(self._arrays) if "codes" in self._arrays else None
        large = self.references.size >= self.tuning.codes_from
        self._codes: BackgroundCodes | None = None
        if made or (large and self.references.shape[1] >= self.tuning.narrowest):
            self._codes = BackgroundCodes(self.references, self.tuning.codes_after, made)

    def __reduce__(self) -> tuple[Any, ...]:
        # Without thread and lock, and with everything that is computed by now.
        arrays = dict(self._arrays)
        if self._computed is not None:
            arrays.update(self._computed.compared.to_arrays())
        if self._codes is not None and self._codes.made is not None:
            arrays.update(self._codes.made.to_arrays())
        return type(self), (self.references, arrays, self.centre, self.tuning)

    @property
    def has_codes(self) -> bool:
        """Whether the next search of few queries can use codes."""
        return self._codes is not None and self._codes.made is not None

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return what is computed of the references for a later search, with codes if they pay."""
        arrays = self._known().compared.to_arrays()
        codes = None if self._codes is None else self._codes.finished()
        return arrays if codes is None else {**arrays, **codes.to_arrays()}

    def neighbors(
        self,
        queries: Matrix,
        k: int | None,
        radius: float | None,
        skip_self: bool = False,
        first: int = 0,
    ) -> Neighbors:
        """Find the nearest references of each query.

        Parameters
        ----------
        queries : (m, d) float
            The features to search with, not centred.
        k : int or None
            How many at the most; None for no limit.
        radius : float or None
            The largest distance that counts; None for no limit.
        skip_self : bool
            Whether each query is itself a reference; its own row is left out.
        first : int
            The first query's own row; the others' follow it.
        """
        total = len(self.references)
        if not total or not len(queries):
            return Neighbors(np.zeros(len(queries), np.intp), np.empty(0, np.intp), np.empty(0))
        wanted = total if k is None else min(k + skip_self, total)
        everything = wanted == total and radius is None
        rare = radius is not None or wanted <= total // self.tuning.rare
        by_codes = rare and len(queries) <= self.tuning.few_queries
        held = total if everything else wanted if radius is None else 1
        step = min(self.tuning.queries, max(1, self.tuning.pairs // held))
        parts: list[Neighbors] = []
        for start in range(0, len(queries), step):
            part = self._known().compared.queries(queries[start : start + step])
            own = first + np.arange(start, start + len(part)) if skip_self else None
            if everything:
                parts.append(self._ranking(part, own, k))
            else:
                parts.extend(self._nearest(part, own, k, radius, by_codes))
        if self._codes is not None and by_codes:
            self._codes.count_search()
        return Neighbors(*map(np.concatenate, zip(*parts)))

    def choose(
        self, queries: Matrix, which: Rows, rows: Rows, k: int | None, radius: float | None
    ) -> Neighbors:
        """Choose among candidates by their distances, computed in float64.

        They are pairs of a query and a reference, by their row numbers ``which`` and ``rows``,
        ``(p,) int``; ``queries``, ``k`` and ``radius`` are as in ``neighbors``.
        """
        compared = self._known().compared
        return self._choose(compared.queries(queries), which, rows, k, radius)

    def vectors(self, rows: slice | Rows) -> Matrix:
        """Return some references as they are compared, ``(r, d) float32``."""
        return self._known().compared.vectors(rows).astype(np.float32)

    def query_vectors(self, queries: Matrix) -> Matrix:
        """Return queries as they are compared, ``(m, d) float32``."""
        return self._known().compared.queries(queries).astype(np.float32)

    def _choose(
        self, queries: Matrix, which: Rows, rows: Rows, k: int | None, radius: float | None
    ) -> Neighbors:
        """Choose among candidates, for queries as they are compared."""
        distances = self._known().compared.distances(queries, which, rows)
        if radius is not None:
            inside = distances <= radius
            which, rows, distances = which[inside], rows[inside], distances[inside]
        order = np.lexsort((rows, distances, which))
        counts = np.bincount(which, minlength=len(queries))
        if k is not None:
            firsts = np.cumsum(counts) - counts
            order = order[np.arange(len(order)) - np.repeat(firsts, counts) < k]
            counts = np.minimum(counts, k)
        return Neighbors(counts, rows[order], distances[order])

    def _nearest(
        self, queries: Matrix, own: Rows | None, k: int | None, radius: float | None, by_codes: bool
    ) -> Iterator[Neighbors]:
        """Yield the neighbours of queries as they are compared, of some after the others."""
        total = len(self.references)
        wanted = total if k is None else min(k + (own is not None), total)
        found = self._candidates(queries, wanted, radius, by_codes)
        if found is None and len(queries) > 1:
            # For fewer queries at a time, the candidates can be held.
            for half in np.array_split(np.arange(len(queries)), 2):
                some = None if own is None else own[half]
                yield from self._nearest(queries[half], some, k, radius, by_codes)
            return
        which, rows = (np.zeros(total, np.intp), np.arange(total)) if found is None else found
        if own is not None:
            others = rows != own[which]
            which, rows = which[others], rows[others]
        yield self._choose(queries, which, rows, k, radius)

    def _candidates(
        self, queries: Matrix, wanted: int, radius: float | None, by_codes: bool
    ) -> tuple[Rows, Rows] | None:
        """Return the pairs that may be among the nearest; None for too many to hold."""
        known, total = self._known(), len(self.references)
        left_out = known.left_out(wanted)
        rare = total // self.tuning.rare
        codes = self._codes.made if self._codes is not None and by_codes else None
        if codes is not None:
            coarse = codes.bounds(known.compared, queries, radius, self.tuning.code_scores)
            found = find_candidates(coarse, wanted, rare, left_out)
            if found is not None:
                return found
        most = max(4 * wanted, self.tuning.pairs // len(queries)) if len(queries) > 1 else total
        bounds = known.products.bounds(queries, radius)
        if known.finer is None or (wanted == total and bounds is not None):
            return find_candidates(bounds, wanted, most, left_out)
        # If many are nearly as near as the k nearest, a finer product pays.
        found = find_candidates(bounds, wanted, min(most, max(4 * wanted, rare)), left_out)
        if found is not None:
            return found
        return find_candidates(known.finer.bounds(queries, radius), wanted, most, left_out)

    def _ranking(self, queries: Matrix, own: Rows | None, k: int | None) -> Neighbors:
        """Return all references in the order of their distances from each compared query."""
        distances = np.empty((len(queries), len(self.references)))
        for part in slices(*self.references.shape):
            block = self._known().compared.vectors(part)
            difference = np.empty_like(block)
            for query, row in zip(queries, distances):
                np.subtract(block, query, out=difference)
                row[part] = lengths_squared(difference)
        np.sqrt(distances, out=distances)
        order = np.argsort(distances, axis=1, kind="stable")
        if own is not None:
            order = order[order != own[:, None]].reshape(len(order), -1)
        order = order[:, :k]
        distances = np.take_along_axis(distances, order, axis=1)
        return Neighbors(np.full(len(order), order.shape[1]), order.ravel(), distances.ravel())

    def _known(self) -> _Known:
        """Return what the first search computes of the references."""
        if self._computed is None:
            compared = Compared(self.references, self.centre, self._arrays)
            products, finer = Products(compared, scores=self.tuning.scores), None
            if products.precision != np.float64:
                finer = Products(compared, np.float64, self.tuning.scores)
            self._computed = _Known(compared, products, finer, compared.repeats())
        return self._computed


class _Known(NamedTuple):
    """What a search computes of its references once."""

    compared: Compared
    products: Products
    finer: Products | None
    repeats: Rows | None

    def left_out(self, wanted: int) -> Choice | None:
        """Return the rows with at least so many equal rows before them."""
        if self.repeats is None or wanted > self.repeats.max():
            return None
        return self.repeats >= wanted
