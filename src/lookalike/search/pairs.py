"""All rows of a matrix against each other: the nearest of each, without centring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import numpy as np

from .exact import ExactSearch

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows


def nearest_others(
    matrix: Matrix,
    k: int = 10,
    queries: Matrix | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Rows, Numbers]:
    """Return the nearest other rows of each row.

    Candidates come from products of blocks: a block's smallest are sought only until k rows are
    known to be near, then whatever is not below the farthest of them is passed over. That is as
    fast as the products. Ctrl-C ends it between two blocks.

    Parameters
    ----------
    matrix : (n, d) float
        Features; may be mapped from a file.
    k : int
        How many others.
    queries : (m, d) float, optional
        Rows of another matrix to find the nearest of; by default, those of the matrix itself, each
        of which is not its own neighbour.
    progress : function, optional
        Called with the number of rows that are done, after each block of them.

    Returns
    -------
    rows, distances : (m, min(k, n or n - 1)) int and float64
        Nearest first, and equally near ones in the order of their rows. Distances are Euclidean, of
        the features as they are, computed in float64.
    """
    search = ExactSearch(matrix)
    itself = queries is None
    asked = search.references if queries is None else queries
    width = min(k, len(matrix) - itself)
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
