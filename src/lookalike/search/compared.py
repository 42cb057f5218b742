"""What a search compares: the references as they are, or centred, and facts of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

import numpy as np

from . import blocks
from .centre import LEAST, Centre

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows

    Arrays = Mapping[str, np.ndarray[Any, Any]]


class Compared:
    """The vectors that are compared; the references are the only matrix in memory.

    A row x is compared as ``c = factor * (x - shift * mean)``. Factor is 1 and shift 0 if nothing
    is centred, or the row counts as uncentred. ``arrays`` are what ``to_arrays`` returned before,
    or empty.

    Attributes
    ----------
    squares, factors, shifts : (n,) float64
        Each ``|c|^2``, and see above.
    reaches : (n,) float64
        The rounding of ``|c|^2 - 2 c.q`` is relative to it; the queries' own part is ``|q|^2``.
    longest : float
        No query is longer than this if something is centred.
    """

    def __init__(self, references: Matrix, centre: Centre | None, arrays: Arrays) -> None:
        self.references = references
        self.centre = centre
        self.factors, self.shifts = np.ones(len(references)), np.zeros(len(references))
        if centre is None:
            known = arrays.get("squared_norms")
            self.squares = blocks.sums_of_squares(references) if known is None else known
            self.reaches = self.squares
            self._known = {"squared_norms": self.squares}
            return
        known = arrays.get("factors")
        factors = centre.factors(references) if known is None else known
        uncentred = factors == 0
        self._known = {"factors": factors}
        self.factors = np.where(uncentred, 1, factors)
        self.shifts[~uncentred] = 1
        self.squares = np.ones(len(references))
        if uncentred.any():
            self.squares[uncentred] = blocks.sums_of_squares(references)[uncentred]
        # 2 |c.q| is computed from f (x.q) and f (mean.q): |x| is at most |mean| + 1/f, and |q| at
        # most 1, or, if the query counts as uncentred, |mean| and a little.
        length = float(np.linalg.norm(centre.mean))
        self.longest = max(1.0, length + LEAST) * (1 + blocks.rounding(references.shape[1]))
        self.reaches = self.squares + 2 * self.longest * (2 * length * self.factors + 1 + LEAST)

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return what was computed of the references, for a later search among them."""
        return dict(self._known)

    def queries(self, queries: Matrix) -> Matrix:
        """Return queries, ``(m, d) float``, as they are compared."""
        return queries if self.centre is None else self.centre.centred(queries)

    def vectors(self, rows: slice | Rows) -> Numbers:
        """Return some references as they are compared, in float64."""
        block = self.references[rows]
        return block.astype(np.float64) if self.centre is None else self.centre.centred(block)

    def distances(self, queries: Matrix, which: Rows, rows: Rows) -> Numbers:
        """Return the distances of pairs of a query, as it is compared, and a reference."""
        if self.centre is None:
            return blocks.pair_distances(self.references, queries, rows, which)
        squares = np.empty(len(rows))
        for part in blocks.slices(len(rows), self.references.shape[1]):
            difference = self.vectors(rows[part])
            difference -= queries[which[part]]
            squares[part] = blocks.lengths_squared(difference)
        return np.sqrt(squares)

    def repeats(self) -> Rows | None:
        """Return for each row the number of equal rows before it; None if all differ."""
        # Equal rows have equal reaches; of others, few have by chance.
        order = np.argsort(self.reaches, kind="stable")
        again = self.reaches[order][1:] == self.reaches[order][:-1]
        if not again.any():
            return None
        alike = np.append(again, False) | np.append(False, again)
        return _repeats(self.references, np.sort(order[alike]))


def _repeats(matrix: Matrix, suspects: Rows) -> Rows | None:
    """Return ``Compared.repeats``; all rows but the suspects are known to differ."""
    hashes = np.empty(len(suspects), np.uint64)
    for part in blocks.slices(len(suspects), matrix.shape[1]):
        hashes[part] = _hashes(matrix[suspects[part]])
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    equal = np.flatnonzero(first[which] != np.arange(len(suspects)))
    for part in blocks.slices(len(equal), matrix.shape[1]):
        rows, others = suspects[equal[part]], suspects[first[which[equal[part]]]]
        equal[part][(matrix[rows] != matrix[others]).any(axis=1)] = -1
    equal = equal[equal >= 0]
    if not len(equal):
        return None
    order = np.argsort(which[equal], kind="stable")
    groups = which[equal][order]
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    lengths = np.diff(np.append(starts, len(groups)))
    counts = np.zeros(len(matrix), np.intp)
    counts[suspects[equal[order]]] = np.arange(len(groups)) - np.repeat(starts, lengths) + 1
    return counts


def _hashes(block: Matrix) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return a 64-bit number for each row, the same for equal rows; -0 counts as 0."""
    words = np.ascontiguousarray(block + block.dtype.type(0)).view(np.uint32)
    weights = np.random.default_rng(0).integers(2**64, size=words.shape[1], dtype=np.uint64)
    hashes: np.ndarray[Any, np.dtype[np.uint64]] = words.astype(np.uint64) @ (weights | 1)
    return hashes
