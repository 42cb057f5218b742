"""The exact search against a float64 brute force, where rounding is hardest too."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from lookalike.search import blocks, bounds, codes, exact, products
from lookalike.search.exact import BruteForce

pytestmark = pytest.mark.portable


@pytest.fixture(autouse=True, params=["products", "codes"])
def way_to_bound(request, monkeypatch):
    """Search by the one and by the other, whatever the size of the collection."""
    monkeypatch.setattr(codes, "LARGE", 0 if request.param == "codes" else np.inf)
    monkeypatch.setattr(codes, "NARROWEST", 1)
    monkeypatch.setattr(exact, "RARE", 1)
    monkeypatch.setattr(exact, "FEW_QUERIES", np.inf)
    return request.param


def expected_neighbors(references, queries, k=None, radius=None, skip_self=False):
    """Return rows and distances of each query by the plainest means, in float64."""
    results = []
    for number, query in enumerate(queries.astype(np.float64)):
        distances = np.sqrt(((references.astype(np.float64) - query) ** 2).sum(axis=1))
        rows = np.argsort(distances, kind="stable")
        if skip_self:
            rows = rows[rows != number]
        if radius is not None:
            rows = rows[distances[rows] <= radius]
        results.append((rows[:k], distances[rows[:k]]))
    return results


def found_neighbors(references, queries, k=None, radius=None, skip_self=False):
    found = BruteForce(references).neighbors(queries, k, radius, skip_self)
    borders = np.cumsum(found.counts)[:-1]
    return list(zip(np.split(found.rows, borders), np.split(found.distances, borders)))


def assert_same(references, queries, k=None, radius=None, skip_self=False):
    found = found_neighbors(references, queries, k, radius, skip_self)
    expected = expected_neighbors(references, queries, k, radius, skip_self)
    assert len(found) == len(expected)
    for (rows, distances), (expected_rows, expected_distances) in zip(found, expected):
        assert rows.tolist() == expected_rows.tolist()
        np.testing.assert_allclose(distances, expected_distances, rtol=1e-12, atol=1e-12)


@pytest.fixture
def references():
    return np.random.default_rng(1).random((500, 40)).astype(np.float32)


@pytest.fixture
def queries():
    return np.random.default_rng(2).random((7, 40)).astype(np.float32)


LIMITS = [(1, None), (5, None), (499, None), (500, None), (900, None), (None, None)]
RADII = [(None, 0.0), (None, 2.2), (5, 2.2), (None, 1e200), (3, 1e200)]


@pytest.mark.parametrize(("k", "radius"), LIMITS + RADII)
def test_neighbors_are_those_of_a_brute_force_in_float64(references, queries, k, radius):
    assert_same(references, queries, k, radius)


@pytest.mark.parametrize(("k", "radius"), LIMITS + RADII)
def test_neighbors_among_each_other_leave_out_oneself(references, k, radius):
    assert_same(references, references, k, radius, skip_self=True)


def test_float64_references_are_compared_as_they_are():
    random = np.random.default_rng(3)
    references = 1 + 1e-9 * random.random((200, 30))
    assert_same(references, references[:5] + 1e-10, k=4)


def test_float64_queries_are_not_rounded_to_the_references(references):
    query = references[:1].astype(np.float64) + 1e-9
    _, distances = found_neighbors(references, query, k=1)[0]
    assert distances[0] == pytest.approx(1e-9 * np.sqrt(40), rel=1e-6)


def test_near_duplicates_far_from_the_origin_are_told_apart():
    random = np.random.default_rng(4)
    references = (1e4 * random.random(64) + 1e-2 * random.random((300, 64))).astype(np.float32)
    assert_same(references, references[:20], k=6)
    assert_same(references, references[:20], radius=0.05)


def test_one_row_of_huge_norm_does_not_blur_the_others(references, queries):
    references[77] = 1e15
    assert_same(references, queries, k=5)


@pytest.mark.parametrize("scale", [1e-30, 1e-22, 1e-20, 1e12, 1e18, 1e25])
def test_numbers_whose_squares_leave_float32_are_compared(references, queries, scale):
    scale = np.float32(scale)
    found = found_neighbors(references * scale, queries * scale, k=9)
    expected = expected_neighbors(references * scale, queries * scale, k=9)
    for (rows, distances), (expected_rows, expected_distances) in zip(found, expected):
        assert rows.tolist() == expected_rows.tolist()
        np.testing.assert_allclose(distances, expected_distances, rtol=1e-12)


@pytest.mark.parametrize("exponents", [(-162, -158), (-158, -150), (-60, -50), (100, 120)])
@pytest.mark.parametrize("width", [1, 3, 40])
def test_numbers_whose_squares_are_rare_in_float64_are_compared(exponents, width):
    random = np.random.default_rng(9)
    references, queries = (10 ** random.uniform(*exponents, (rows, width)) for rows in (300, 200))
    assert_same(references, queries, k=1)


def test_a_query_of_huge_norm_is_compared(references):
    query = np.full((1, 40), 1e25)
    assert len(found_neighbors(references, query, k=3)[0][0]) == 3


def test_duplicates_come_in_the_order_of_their_rows(references, queries):
    references[[3, 100, 499]] = references[250]
    rows, distances = found_neighbors(references, references[250:251], k=4)[0]
    assert rows.tolist() == [3, 100, 250, 499]
    assert distances.tolist() == [0, 0, 0, 0]


def test_the_distance_to_oneself_is_exactly_zero():
    references = (1e6 * np.random.default_rng(5).random((100, 1280))).astype(np.float32)
    for rows, distances in found_neighbors(references, references, k=1):
        assert distances.tolist() == [0.0]
        assert len(rows) == 1


def test_ties_at_the_limit_are_decided_by_row():
    references = np.zeros((50, 3), np.float32)
    for rows, _ in found_neighbors(references, references[:4], k=5):
        assert rows.tolist() == [0, 1, 2, 3, 4]


def test_a_distance_equal_to_the_radius_is_inside():
    references = np.array([[3, 4], [0, 1], [30, 40]], np.float32)
    rows, _ = found_neighbors(references, np.zeros((1, 2)), radius=5)[0]
    assert rows.tolist() == [1, 0]


def test_nothing_within_the_radius_is_no_neighbor(references, queries):
    found = BruteForce(references).neighbors(queries, None, 1e-3)
    assert found.counts.tolist() == [0] * 7
    assert len(found.rows) == len(found.distances) == 0


@pytest.mark.parametrize("block", [1, 50, 700, 2_000_000])
@pytest.mark.parametrize(("k", "radius"), [(3, None), (60, None), (None, 2.4), (None, None)])
def test_results_do_not_depend_on_the_size_of_blocks(
    monkeypatch, references, queries, block, k, radius
):
    usual = BruteForce(references).neighbors(queries, k, radius)
    monkeypatch.setattr(products, "SCORES", block)
    monkeypatch.setattr(codes, "SCORES", block)
    monkeypatch.setattr(codes, "ROWS", min(block, 1000))
    monkeypatch.setattr(codes, "STRETCH", block)
    monkeypatch.setattr(exact, "QUERIES", 2)
    monkeypatch.setattr(blocks, "BLOCK", 3 * block)
    monkeypatch.setattr(bounds, "MANY", 0)
    for one, other in zip(usual, BruteForce(references).neighbors(queries, k, radius)):
        assert one.tolist() == other.tolist()


def test_rows_from_far_to_near_do_not_pile_up_candidates(monkeypatch):
    # The worst order: each block holds nearer rows than all before it.
    references = np.linspace(100, 1, 5000, dtype=np.float32)[:, None] * np.ones(8, np.float32)
    queries = np.linspace(0, 1, 20, dtype=np.float32)[:, None] * np.ones(8, np.float32)
    monkeypatch.setattr(products, "SCORES", 2000)
    monkeypatch.setattr(codes, "SCORES", 2000)
    assert_same(references, queries, k=5)


def test_one_query_gives_what_it_gives_among_others(references, queries):
    together = found_neighbors(references, queries, k=9)
    for number, (rows, distances) in enumerate(together):
        alone_rows, alone = found_neighbors(references, queries[number : number + 1], k=9)[0]
        assert alone_rows.tolist() == rows.tolist()
        assert alone.tolist() == distances.tolist()


def test_results_do_not_depend_on_the_number_of_threads():
    program = (
        "import numpy as np; from lookalike.search.exact import BruteForce;"
        "x = np.random.default_rng(6).random((3000, 300)).astype(np.float32);"
        "found = BruteForce(x).neighbors(x[:300], 7, None);"
        "print(found.rows.tolist(), [far.hex() for far in found.distances.tolist()])"
    )
    outputs = set()
    for threads in ("1", "2"):
        command = f"import os; os.environ['OPENBLAS_NUM_THREADS'] = '{threads}'; {program}"
        done = subprocess.run(
            [sys.executable, "-c", command], capture_output=True, text=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_the_matrix_is_not_copied_as_a_whole(references):
    assert BruteForce(references).references is references


def test_squared_norms_that_are_known_are_not_computed_again(references, queries):
    norms = blocks.sums_of_squares(references)
    search = BruteForce(references, {"squared_norms": norms})
    assert search.to_arrays()["squared_norms"] is norms
    found = search.neighbors(queries, 3, None)
    assert found.rows.tolist() == BruteForce(references).neighbors(queries, 3, None).rows.tolist()
