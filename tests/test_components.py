"""Connected components of rows and pairs."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.components import components

pytestmark = pytest.mark.portable


def found(count, pairs):
    return components(count, np.array(pairs, np.intp).reshape(-1, 2)).tolist()


def test_a_row_without_a_pair_is_its_own_component():
    assert found(3, []) == [0, 1, 2]
    assert found(0, []) == []


def test_pairs_in_any_direction_connect():
    assert found(6, [(3, 1), (1, 5), (4, 0)]) == [0, 1, 2, 1, 0, 1]


def test_a_pair_of_a_row_with_itself_is_none():
    assert found(2, [(1, 1)]) == [0, 1]


@pytest.mark.parametrize("order", ["ascending", "descending", "random"])
def test_a_long_chain_is_one_component(order):
    rows = np.arange(5000)
    if order == "descending":
        rows = rows[::-1]
    elif order == "random":
        rows = np.random.default_rng(0).permutation(rows)
    pairs = np.stack([rows[:-1], rows[1:]], axis=1)
    assert (components(5000, pairs) == 0).all()


def test_components_are_those_of_a_plain_walk():
    rng = np.random.default_rng(1)
    pairs = rng.integers(0, 300, (200, 2))
    firsts = list(range(300))
    for _ in range(300):
        for a, b in pairs.tolist():
            firsts[a] = firsts[b] = min(firsts[a], firsts[b])
    assert components(300, pairs).tolist() == firsts
