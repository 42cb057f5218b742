"""Near copies among features: pictures that are much nearer to each other than to all others.

No distance separates copies from others in every collection. The ratio of a picture's neighbour,
``d^2 / mean(d^2 of the picture's ranks 2 to 11)``, without the picture itself, has one threshold
for all collections. DESIGN.md has the measurements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Protocol

import numpy as np

from .blocks import pair_distances
from .components import components
from .exact import ExactSearch

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows
    from .bounds import Choice

    Step = Callable[[int], None]

LARGEST_RATIO = 0.5
# The ranks whose mean a neighbour is compared with, and the last rank of a copy.
FIRST, LAST, LAST_COPY = 2, 11, 10
# How many neighbours are searched at first: known copies leave the ranks.
LISTED = 32
# Features that differ by less are the same, but for the rounding of different processors.
ROUNDING = 1e-4


class Search(Protocol):
    """What finds the neighbours of pictures, among themselves or in another collection.

    The rows of the ``asked`` pictures come first; those of the other collection follow. ``first``
    is the first row of the pictures that they are compared with: 0 for themselves.
    """

    asked: int
    first: int
    # The number of all rows.
    count: int

    def nearest(self, k: int) -> tuple[Rows, Numbers]:
        """Return the rows and distances of each picture's neighbours, ``(asked, k)``, in order."""

    def nearest_of(self, asked: Rows, among: Rows, k: int) -> tuple[Rows, Numbers] | None:
        """Return the same for some pictures among some others; None if that is impossible."""

    def distances(self, rows: Rows, others: Rows) -> Numbers:
        """Return the distances of pairs of rows."""


class FeatureSearch:
    """Finds neighbours by features of length 1, ``(n, d)`` and ``(m, d) float``.

    ``others`` are the features of another collection; by default, pictures are compared with each
    other. ``progress`` is called with the number of pictures that are done.
    """

    def __init__(
        self, features: Matrix, others: Matrix | None = None, progress: Step | None = None
    ) -> None:
        self.features = features
        self.others = features if others is None else others
        self.first = 0 if others is None else len(features)
        self.asked = len(features)
        self.count = self.first + len(self.others)
        self.progress = progress

    def nearest(self, k: int) -> tuple[Rows, Numbers]:
        """See ``Search``."""
        queries = self.features if self.first else None
        rows, distances = nearest_others(self.others, k, queries, self.progress)
        return rows + self.first, distances

    def nearest_of(self, asked: Rows, among: Rows, k: int) -> tuple[Rows, Numbers]:
        """See ``Search``."""
        everything = len(among) == len(self.others)
        some = self.others if everything else self.others[among - self.first]
        own = not self.first or (asked < self.first).all()
        queries = self.features[asked] if own else self.others[asked - self.first]
        rows, distances = nearest_others(some, k, queries)
        return among[rows], distances

    def distances(self, rows: Rows, others: Rows) -> Numbers:
        """See ``Search``."""
        return pair_distances(self.features, self.others, rows, others - self.first)


def nearest_others(
    matrix: Matrix,
    k: int = 10,
    queries: Matrix | None = None,
    progress: Step | None = None,
) -> tuple[Rows, Numbers]:
    """Return the k nearest rows of a matrix, ``(n, d) float``, for each query, without centring.

    Queries are rows of another matrix, ``(m, d) float``; by default, those of the matrix itself,
    and then no row is its own neighbour. After each block of them, ``progress`` is called with the
    number of rows that are done; Ctrl-C ends the work between blocks.

    Returns
    -------
    rows, distances : (m, min(k, n or n - 1)) int and float64
        Nearest first, and equally near ones in the order of their rows. Distances are Euclidean, of
        the features as they are, computed in float64.
    """
    search = ExactSearch(matrix)
    itself = queries is None
    asked = search.references if queries is None else queries
    width = max(0, min(k, len(matrix) - itself))
    rows = np.empty((len(asked), width), np.intp)
    distances = np.empty((len(asked), width))
    step = search.tuning.queries
    for start in range(0, len(asked) if width > 0 else 0, step):
        part = slice(start, min(start + step, len(asked)))
        found = search.neighbors(asked[part], width, None, skip_self=itself, first=start)
        rows[part] = found.rows.reshape(-1, width)
        distances[part] = found.distances.reshape(-1, width)
        if progress is not None:
            progress(part.stop)
    return rows, distances


class _Lists(NamedTuple):
    """The neighbours of some rows, nearest first, and their squared distances."""

    asked: Rows
    rows: Rows
    squares: Numbers

    def ranks(self, groups: Rows) -> Rows:
        """Return each neighbour's rank, from 1; 0 for known copies, which do not count.

        Of several copies of one picture, the nearest alone counts.
        """
        theirs = groups[self.rows]
        order = np.argsort(theirs, axis=1, kind="stable")
        ordered = np.take_along_axis(theirs, order, axis=1)
        again = np.zeros(theirs.shape, bool)
        np.put_along_axis(again, order[:, 1:], ordered[:, 1:] == ordered[:, :-1], axis=1)
        counts = ~again & (theirs != groups[self.asked][:, None])
        return np.where(counts, np.cumsum(counts, axis=1), 0)

    def means(self, ranks: Rows, first: int, last: int) -> Numbers:
        """Return the mean of the squares of some ranks; NaN for rows that lack some of them."""
        chosen = (ranks >= first) & (ranks <= last)
        sums = np.where(chosen, self.squares, 0).sum(axis=1)
        wanted = last - first + 1
        return np.where(chosen.sum(axis=1) == wanted, sums / wanted, np.nan)

    def pairs(self, which: Choice) -> Rows:
        """Return the chosen pairs of an asked row and a neighbour, ``(p, 2)``."""
        at, column = np.nonzero(which)
        return np.stack([self.asked[at], self.rows[at, column]], axis=1)


def near_copies(search: Search, groups: Rows) -> Rows:
    """Return groups that near copies have joined.

    A pair counts if either picture's ratio is at most 0.5. Known and found copies leave the ranks,
    and the rest is searched again. A picture with fewer than eleven others left is no near copy,
    unless it has the same features as another. Groups, ``(n,) int``, before and after, are for each
    row the first row of its group of copies.
    """
    others = search.count - max(search.first, 1)
    if others < LAST:
        return groups
    rows, distances = search.nearest(min(LISTED, others))
    lists = _Lists(np.arange(search.asked), rows, distances**2)
    while True:
        ranks = lists.ranks(groups)
        means = lists.means(ranks, FIRST, LAST)
        near = (ranks > 0) & (ranks <= LAST_COPY)
        near &= lists.squares <= LARGEST_RATIO * means[:, None]
        joined = joined_by(groups, lists.pairs(near | (lists.squares <= ROUNDING**2)))
        if not np.array_equal(joined, groups):
            groups = joined
            continue
        crowded = np.isnan(means)
        fresh = _fresh(search, lists.asked[crowded], groups, rows.shape[1])
        if fresh is None:
            return _from_others(search, lists, groups) if search.first else groups
        parts: Any = ([old[~crowded], new] for old, new in zip(lists, fresh))
        lists = _Lists(*map(np.concatenate, parts))


def joined_by(groups: Rows, pairs: Rows) -> Rows:
    """Return groups that pairs of rows have joined: for each row, the first row of its group."""
    members = np.stack([np.arange(len(groups)), groups], axis=1)
    return components(len(groups), np.concatenate([members, pairs]))


def _fresh(search: Search, asked: Rows, groups: Rows, width: int) -> _Lists | None:
    """Return lists of neighbours with one row of each group; None if there are too few."""
    among = search.first + np.unique(groups[search.first :], return_index=True)[1]
    if not len(asked) or len(among) <= LAST:
        return None
    found = search.nearest_of(asked, among, min(width, len(among)))
    if found is None:
        return None
    # Lists that are too short end with the rows themselves, which do not count.
    rows = np.repeat(asked[:, None], width, axis=1)
    squares = np.full(rows.shape, np.inf)
    rows[:, : found[0].shape[1]] = found[0]
    squares[:, : found[1].shape[1]] = found[1] ** 2
    return _Lists(asked, rows, squares)


def _from_others(search: Search, lists: _Lists, groups: Rows) -> Rows:
    """Return groups joined by the ratios of the others, with the asked pictures in their ranks."""
    ranks = lists.ranks(groups)
    candidates = (ranks > 0) & (ranks <= LAST_COPY)
    others = np.unique(lists.rows[candidates])
    width = min(LISTED, search.count - search.first)
    found = search.nearest_of(others, np.arange(search.first, search.count), width)
    if found is None:
        return groups
    theirs = _Lists(others, found[0], found[1] ** 2)
    means = np.full(search.count, np.nan)
    # The asked picture has rank 1, the others' own the ten behind it.
    means[others] = theirs.means(theirs.ranks(groups), FIRST - 1, LAST - 1)
    near = candidates & (lists.squares <= LARGEST_RATIO * means[lists.rows])
    return joined_by(groups, lists.pairs(near))
