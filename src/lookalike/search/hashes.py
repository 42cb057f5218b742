"""Perceptual hashes of 64 bits that differ in few of them, found by bands.

Of hashes that differ in at most 4 bits, one of five bands of bits is equal: only hashes that share
a band are compared. If many share one, as of pictures with much plain ground, the other bits are
divided into five bands again.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Iterator

import numpy as np

if TYPE_CHECKING:
    from .blocks import Rows

    Hashes = np.ndarray[Any, np.dtype[np.uint64]]

BITS = 64
# The number of bits in which near hashes differ at the most.
DISTANCE = 4
# So many hashes that share a band are compared with each other; more are divided again.
CROWD = 2000
# Dividing more often than this takes longer than comparing: such hashes are all near each other.
DIVISIONS = 2


def near_hashes(hashes: Hashes) -> Rows:
    """Return pairs of rows that connect all hashes, ``(n,) uint64``, that differ in few bits.

    Returns
    -------
    (p, 2) int
        Pairs of rows, the smaller first, sorted. Each row with an equal hash before it is in a pair
        with the first of these; of different hashes that are near, the first rows are in a pair. So
        the pairs connect all rows with near hashes, and a thousand rows with one hash make 999.
    """
    different, firsts, which = np.unique(
        np.asarray(hashes, np.uint64), return_index=True, return_inverse=True
    )
    rows = np.arange(len(hashes))
    later = rows != firsts[which]
    equal = np.stack([firsts[which[later]], rows[later]], axis=1)
    near = firsts[_near(different, np.arange(BITS), DIVISIONS)]
    pairs = np.concatenate([equal, np.sort(near, axis=1)])
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _near(hashes: Hashes, bits: Rows, divisions: int) -> Rows:
    """Return the pairs of different hashes, ``(p, 2)``, that differ in few of the given bits."""
    found = np.empty((0, 2), np.intp)
    if len(hashes) < 2:
        return found
    # Bits that are the same everywhere separate no hashes.
    varying = np.bitwise_or.reduce(hashes) ^ np.bitwise_and.reduce(hashes)
    bits = bits[(varying >> bits.astype(np.uint64)) & np.uint64(1) == 1]
    for band in np.array_split(bits, DISTANCE + 1):
        mask = np.bitwise_or.reduce(np.uint64(1) << band.astype(np.uint64))
        order = np.argsort(hashes & mask, kind="stable")
        keys = (hashes & mask)[order]
        starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        lengths = np.diff(np.append(starts, len(keys)))
        crowded = (lengths > CROWD) & (divisions > 0)
        ends = np.repeat(np.where(crowded, 0, starts + lengths), lengths)
        pairs = [order[some] for some in _compared(hashes[order], ends)]
        for start, length in zip(starts[crowded], lengths[crowded]):
            members = order[start : start + length]
            pairs.append(members[_near(hashes[members], bits, divisions - 1)])
        # A pair may share several bands. NumPy's own unique takes seconds for such numbers.
        first, second = np.sort(np.concatenate([found, *pairs]), axis=1).T
        numbers = np.sort(first * len(hashes) + second)
        numbers = numbers[np.diff(numbers, prepend=-1) > 0]
        found = np.stack(np.divmod(numbers, len(hashes)), axis=1)
    return found


def _compared(hashes: Hashes, ends: Rows) -> Iterator[Rows]:
    """Return the near pairs, by positions, of each hash with those after it, up to its end."""
    left = np.arange(len(hashes))
    for step in count(1):
        left = left[left + step < ends[left]]
        if not len(left):
            return
        differences = hashes[left] ^ hashes[left + step]
        for _ in range(DISTANCE):
            # Takes away the lowest bit that is 1.
            differences &= differences - np.uint64(1)
        near = left[differences == 0]
        if len(near):
            yield np.stack([near, near + step], axis=1)
