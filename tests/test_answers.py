"""The rating of answers, on features that a person can rank."""

from __future__ import annotations

import numpy as np
import pytest
from answers import answers, centred

# On a line: two of a family, one of another between them, and one that is alone in its own.
LINE = np.array([[0.0], [3.0], [1.0], [9.0], [2.5]])
FAMILIES = np.array(["a", "a", "b", "alone", "b"])


def test_each_picture_is_the_query_once_and_nobodys_who_is_alone():
    found = answers(LINE, FAMILIES)
    # The rank of each query's one relative: 3, 3, 2 and 2 of four.
    assert found.mean_precision == pytest.approx((1 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 4)
    assert found.nine == pytest.approx(1 / 4)
    assert found.first == 0


def test_families_apart_are_rated_with_all_points():
    rows = np.repeat(np.eye(2), 12, axis=0)
    assert answers(rows, np.repeat(["a", "b"], 12)) == pytest.approx((1, 1, 1))


def test_precision_is_averaged_over_all_relatives():
    found = answers(np.array([[0.0], [1], [2], [3]]), np.array(["a", "a", "b", "a"]))
    first, second, last = (1 + 2 / 3) / 2, (1 + 2 / 3) / 2, (1 / 2 + 2 / 3) / 2
    assert found.mean_precision == pytest.approx((first + second + last) / 3)


def test_centred_features_have_length_1_and_no_mean_in_common():
    rows = np.random.default_rng(0).random((50, 8)) + 5
    found = centred(rows)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    assert np.linalg.norm(found.mean(axis=0)) < 0.1


def test_a_few_features_are_made_length_1_but_not_centred():
    found = centred(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0]])
