"""Connected components: which rows are connected by pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .blocks import Rows


def components(count: int, pairs: Rows) -> Rows:
    """Return for each of ``count`` rows the first row of its component, ``(count,) int``.

    ``pairs``, ``(p, 2) int``, are connected rows. A row without a pair is its own component.
    """
    firsts = np.arange(count)
    left, right = pairs.T
    while True:
        ends = np.stack([firsts[left], firsts[right]])
        apart = ends[0] != ends[1]
        if not apart.any():
            return firsts
        left, right, ends = left[apart], right[apart], ends[:, apart]
        # The later of two components joins the earlier one, and so do those that joined it before.
        np.minimum.at(firsts, ends.max(axis=0), ends.min(axis=0))
        while True:
            further = firsts[firsts]
            if np.array_equal(further, firsts):
                break
            firsts = further
