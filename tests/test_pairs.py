"""All rows against each other, and hashes that differ in few bits."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.blocks import pair_distances
from lookalike.search.exact import ExactSearch
from lookalike.search.hashes import near_hashes
from lookalike.search.near_copies import nearest_others

pytestmark = pytest.mark.portable


def distinct(rows=1300, width=40):
    return np.random.default_rng(1).random((rows, width)).astype(np.float32)


def with_equal_rows():
    references = distinct()
    references[5:900:7] = references[3]
    return references


def on_a_grid():
    return np.random.default_rng(2).integers(0, 3, (1300, 4)).astype(np.float32)


def all_equal():
    return np.ones((1100, 5), np.float32)


@pytest.mark.parametrize("make", [distinct, with_equal_rows, on_a_grid, all_equal])
@pytest.mark.parametrize("k", [1, 10])
def test_the_nearest_others_are_those_of_the_exact_search(make, k):
    references = make()
    rows, distances = nearest_others(references, k)
    found = ExactSearch(references).neighbors(references, k, None, skip_self=True)
    assert rows.tolist() == found.rows.reshape(-1, k).tolist()
    assert distances.tolist() == found.distances.reshape(-1, k).tolist()
    assert distances.dtype == np.float64


def test_the_nearest_in_another_matrix_may_be_equal():
    references, queries = distinct(), distinct(20)
    rows, distances = nearest_others(references, 3, queries)
    assert rows[:, 0].tolist() == list(range(20))
    assert distances[:, 0].tolist() == [0] * 20
    assert distances.shape == (20, 3)


@pytest.mark.parametrize("total", [1, 2, 5])
def test_few_rows_have_as_many_others_as_there_are(total):
    rows, distances = nearest_others(distinct(total))
    assert rows.shape == distances.shape == (total, total - 1)


def test_no_rows_have_no_others():
    rows, _ = nearest_others(distinct(0))
    assert rows.shape == (0, 0)


def test_progress_counts_the_rows_that_are_done():
    done = []
    nearest_others(distinct(), 2, progress=done.append)
    assert done == [512, 1024, 1300]


def test_an_interrupt_ends_it_between_two_blocks():
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nearest_others(distinct(), 2, progress=interrupt)


def test_distances_of_pairs_are_exact():
    references = distinct(50)
    first, second = np.array([0, 3, 3]), np.array([1, 3, 49])
    expected = np.linalg.norm(references[first].astype(np.float64) - references[second], axis=1)
    found = pair_distances(references, references, first, second)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert found[1] == 0


def expected_pairs(hashes):
    """Return the pairs by the plainest means: the first rows of near hashes, and equal ones."""
    pairs, firsts = [], {}
    for row, value in enumerate(map(int, hashes)):
        if value in firsts:
            pairs.append([firsts[value], row])
            continue
        for other, first in firsts.items():
            if bin(value ^ other).count("1") <= 4:
                pairs.append([first, row])
        firsts[value] = row
    return sorted(pairs)


def near_each_other(rows, bits, seed=0):
    """Return hashes of which half differ from another in a bit, and only some bits vary."""
    random = np.random.default_rng(seed)
    hashes = random.integers(2**63, size=rows, dtype=np.uint64) * np.uint64(2)
    hashes &= np.uint64((2**bits - 1) << (64 - bits))
    half = rows // 2
    flipped = np.uint64(1) << random.integers(64, size=half, dtype=np.uint64)
    hashes[rows - half :] = hashes[:half] ^ flipped
    return hashes


@pytest.mark.parametrize(
    ("rows", "bits"), [(300, 64), (700, 12), (400, 8), (500, 20), (120, 10), (1, 64), (0, 64)]
)
def test_near_hashes_are_those_that_differ_in_few_bits(rows, bits):
    hashes = near_each_other(rows, bits)
    assert near_hashes(hashes).tolist() == expected_pairs(hashes)


@pytest.mark.parametrize("different", range(7))
def test_up_to_four_bits_may_differ_wherever_they_are(different):
    random = np.random.default_rng(different)
    for _ in range(200):
        one = random.integers(2**63, dtype=np.uint64)
        places = random.choice(64, different, replace=False).astype(np.uint64)
        other = one ^ np.bitwise_or.reduce(np.uint64(1) << places)
        pairs = near_hashes(np.array([one, other], np.uint64)).tolist()
        assert pairs == ([[0, 1]] if different <= 4 else [])


def test_rows_with_one_hash_make_a_star():
    hashes = np.repeat(np.array([7, 2**60], np.uint64), [50_000, 1])
    pairs = near_hashes(hashes)
    assert len(pairs) == 49_999 + 1
    assert set(pairs[:, 0].tolist()) == {0}


def test_hashes_that_share_a_band_are_divided_again():
    # More than are compared with each other share all bits but the lowest 30.
    random = np.random.default_rng(4)
    hashes = random.integers(2**30, size=5000, dtype=np.uint64) | np.uint64(2**60)
    hashes[-50:] = hashes[:50] ^ np.uint64(0b1111)
    hashes[0] = 2**63
    found = {tuple(pair) for pair in near_hashes(hashes).tolist()}
    assert {(row, 4950 + row) for row in range(1, 50)} <= found
    values = hashes[np.array(sorted(found))]
    differences = np.unpackbits((values[:, 0] ^ values[:, 1]).view(np.uint8)).reshape(-1, 64)
    assert differences.sum(axis=1).max() <= 4


def test_near_hashes_in_a_crowd_are_those_of_a_brute_force():
    # A crowd: more hashes share a band than are compared with each other.
    random = np.random.default_rng(6)
    hashes = random.permutation(2**12)[:2500].astype(np.uint64)
    # By one of them many bits vary, in which all others are the same.
    hashes[0] = 2**64 - 2**40
    pairs = {tuple(pair) for pair in near_hashes(hashes).tolist()}
    _, firsts = np.unique(hashes, return_index=True)
    firsts.sort()
    bits = np.unpackbits(hashes[firsts].view(np.uint8).reshape(-1, 8), axis=1).astype(np.float32)
    apart = bits @ (1 - bits.T) + (1 - bits) @ bits.T
    first, second = np.nonzero(np.triu(apart <= 4, 1))
    near = set(zip(firsts[first].tolist(), firsts[second].tolist()))
    assert near and {(a, b) for a, b in pairs if hashes[a] != hashes[b]} == near
