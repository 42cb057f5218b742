"""Near copies among features: by the ratio of distances, whatever crowds the first ranks."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.centre import unit_rows
from lookalike.search.near_copies import FeatureSearch, near_copies

pytestmark = pytest.mark.portable


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1)[:, None]).astype(np.float32)


def scattered(count: int, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(count, 64)))


def versions(row: np.ndarray, count: int, step: float = 0.03) -> np.ndarray:
    """Return changed versions, each nearer to the one before it than to the row."""
    noise = np.random.default_rng(1).normal(size=(count, 64)).cumsum(axis=0)
    return unit(row + step * noise)


def groups(features: np.ndarray, known: np.ndarray | None = None) -> list[int]:
    start = np.arange(len(features)) if known is None else known
    return near_copies(FeatureSearch(features), start).tolist()


def test_rows_that_are_scattered_are_no_copies():
    assert groups(scattered(200)) == list(range(200))


def test_a_version_is_a_copy():
    features = np.vstack([scattered(100), versions(scattered(100)[7], 1)])
    assert groups(features) == [*range(100), 7]


def test_ten_versions_are_one_group_that_begins_with_the_first_row():
    features = np.vstack([scattered(100), versions(scattered(100)[7], 10)])
    assert groups(features) == [*range(100), *[7] * 10]


def test_copies_that_are_known_leave_the_ranks():
    # Forty rows at the same distance from each other: none is nearer than the others.
    row = scattered(100)[7]
    crowd = unit(row + 0.02 * np.random.default_rng(2).normal(size=(41, 64)))
    features = np.vstack([scattered(100), crowd])
    known = np.array([*range(100), *[100] * 40, 140])
    assert groups(features)[140] == 140
    assert groups(features, known) == [*range(100), *[7] * 41]


def test_the_same_features_are_copies_however_many_they_are():
    features = np.vstack([scattered(30), np.repeat(scattered(30)[:1], 300, axis=0)])
    assert groups(features) == [*range(30), *[0] * 300]


def test_all_rows_may_be_equal():
    assert set(groups(np.repeat(scattered(1), 100, axis=0))) == {0}
    assert set(groups(np.zeros((100, 8), np.float32))) == {0}


@pytest.mark.parametrize("count", [0, 1, 2, 11])
def test_below_twelve_rows_nothing_is_a_copy(count):
    assert groups(np.repeat(scattered(1), count, axis=0)) == list(range(count))


def test_twelve_rows_are_enough():
    features = np.vstack([scattered(11), versions(scattered(11)[4], 1)])
    assert groups(features)[11] == 4


def test_rows_are_compared_with_those_of_another_collection():
    others = scattered(300)
    asked = np.vstack([versions(others[5], 1), scattered(2, seed=9), versions(others[8], 1)])
    found = near_copies(FeatureSearch(asked, others), np.arange(304)).tolist()
    assert found == [0, 1, 2, 3, *(0 if n == 5 else 3 if n == 8 else n + 4 for n in range(300))]


def test_the_ratio_of_the_other_picture_counts_too():
    # The asked row lies amid a crowd of its own; of the others' row it is the nearest by far.
    others = scattered(100)
    crowd = unit(0.8 * others[3] + 0.05 * np.random.default_rng(5).normal(size=(1, 64)))
    both = np.vstack([crowd, others])
    assert near_copies(FeatureSearch(crowd, others), np.arange(101)).tolist()[4] == 0
    assert groups(both)[4] == 0


def test_features_unit_rows_are_not_copied():
    features = scattered(50)
    assert unit_rows(features) is features


def test_features_of_other_lengths_become_features_unit_rows():
    features = 7 * scattered(50)
    features[3] = 0
    lengths = np.linalg.norm(unit_rows(features), axis=1)
    assert lengths[3] == 0
    np.testing.assert_allclose(np.delete(lengths, 3), 1, rtol=1e-6)
