"""The exact search against a float64 brute force, where rounding is hardest too."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

from lookalike.search.blocks import sums_of_squares
from lookalike.search.compared import Compared
from lookalike.search.exact import ExactSearch, Tuning
from lookalike.search.limits import plain_k_and_radius

pytestmark = pytest.mark.portable

# Codes for every search, and blocks of few rows and queries.
TUNINGS = {
    "products": Tuning(),
    "codes": Tuning(codes_from=0, narrowest=1, rare=1, few_queries=10**9),
    "small blocks": Tuning(queries=3, pairs=700, scores=900),
    "small blocks of codes": Tuning(
        codes_from=0, narrowest=1, rare=1, few_queries=10**9, queries=3, code_scores=500
    ),
}


@pytest.fixture(params=TUNINGS.values(), ids=TUNINGS.keys())
def tuning(request):
    """Search by the one and by the other, whatever the size of the collection."""
    return request.param


@pytest.fixture
def search(tuning):
    """Return a function that makes a search, with its codes made where it has some."""

    def make(references):
        made = ExactSearch(references, tuning=tuning)
        if tuning.codes_from == 0:
            made.to_arrays()
        return made

    return make


@pytest.fixture
def found_neighbors(search):
    """Return a function for each query's rows and distances."""

    def find(references, queries, k=None, radius=None, skip_self=False):
        found = search(references).neighbors(queries, k, radius, skip_self)
        borders = np.cumsum(found.counts)[:-1]
        return list(zip(np.split(found.rows, borders), np.split(found.distances, borders)))

    return find


@pytest.fixture
def assert_same(found_neighbors):
    """Return a function that compares a search to the plainest means."""

    def compare(references, queries, k=None, radius=None, skip_self=False):
        found = found_neighbors(references, queries, k, radius, skip_self)
        expected = expected_neighbors(references, queries, k, radius, skip_self)
        assert len(found) == len(expected)
        for (rows, distances), (expected_rows, expected_distances) in zip(found, expected):
            assert rows.tolist() == expected_rows.tolist()
            np.testing.assert_allclose(distances, expected_distances, rtol=1e-12, atol=1e-12)

    return compare


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


@pytest.fixture
def references():
    return np.random.default_rng(1).random((500, 40)).astype(np.float32)


@pytest.fixture
def queries():
    return np.random.default_rng(2).random((7, 40)).astype(np.float32)


LIMITS = [(1, None), (5, None), (499, None), (500, None), (900, None), (None, None)]
RADII = [(None, 0.0), (None, 2.2), (5, 2.2), (None, 1e200), (3, 1e200)]


@pytest.mark.parametrize(("k", "radius"), LIMITS + RADII)
def test_neighbors_are_those_of_a_brute_force_in_float64(
    assert_same, references, queries, k, radius
):
    assert_same(references, queries, k, radius)


@pytest.mark.parametrize(("k", "radius"), LIMITS + RADII)
def test_neighbors_among_each_other_leave_out_oneself(assert_same, references, k, radius):
    assert_same(references, references, k, radius, skip_self=True)


def test_float64_references_are_compared_as_they_are(assert_same):
    random = np.random.default_rng(3)
    references = 1 + 1e-9 * random.random((200, 30))
    assert_same(references, references[:5] + 1e-10, k=4)


def test_float64_queries_are_not_rounded_to_the_references(found_neighbors, references):
    query = references[:1].astype(np.float64) + 1e-9
    _, distances = found_neighbors(references, query, k=1)[0]
    assert distances[0] == pytest.approx(1e-9 * np.sqrt(40), rel=1e-6)


def test_near_duplicates_far_from_the_origin_are_told_apart(assert_same):
    random = np.random.default_rng(4)
    references = (1e4 * random.random(64) + 1e-2 * random.random((300, 64))).astype(np.float32)
    assert_same(references, references[:20], k=6)
    assert_same(references, references[:20], radius=0.05)


def test_one_row_of_huge_norm_does_not_blur_the_others(assert_same, references, queries):
    references[77] = 1e15
    assert_same(references, queries, k=5)


@pytest.mark.parametrize("scale", [1e-30, 1e-22, 1e-20, 1e12, 1e18, 1e25])
def test_numbers_whose_squares_leave_float32_are_compared(
    found_neighbors, references, queries, scale
):
    scale = np.float32(scale)
    found = found_neighbors(references * scale, queries * scale, k=9)
    expected = expected_neighbors(references * scale, queries * scale, k=9)
    for (rows, distances), (expected_rows, expected_distances) in zip(found, expected):
        assert rows.tolist() == expected_rows.tolist()
        np.testing.assert_allclose(distances, expected_distances, rtol=1e-12)


@pytest.mark.parametrize("exponents", [(-162, -158), (-158, -150), (-60, -50), (100, 120)])
@pytest.mark.parametrize("width", [1, 3, 40])
def test_numbers_whose_squares_are_rare_in_float64_are_compared(assert_same, exponents, width):
    random = np.random.default_rng(9)
    references, queries = (10 ** random.uniform(*exponents, (rows, width)) for rows in (300, 200))
    assert_same(references, queries, k=1)


def test_a_query_of_huge_norm_is_compared(found_neighbors, references):
    query = np.full((1, 40), 1e25)
    assert len(found_neighbors(references, query, k=3)[0][0]) == 3


def test_duplicates_come_in_the_order_of_their_rows(found_neighbors, references, queries):
    references[[3, 100, 499]] = references[250]
    rows, distances = found_neighbors(references, references[250:251], k=4)[0]
    assert rows.tolist() == [3, 100, 250, 499]
    assert distances.tolist() == [0, 0, 0, 0]


def test_the_distance_to_oneself_is_exactly_zero(found_neighbors):
    references = (1e6 * np.random.default_rng(5).random((100, 1280))).astype(np.float32)
    for rows, distances in found_neighbors(references, references, k=1):
        assert distances.tolist() == [0.0]
        assert len(rows) == 1


def test_ties_at_the_limit_are_decided_by_row(found_neighbors):
    references = np.zeros((50, 3), np.float32)
    for rows, _ in found_neighbors(references, references[:4], k=5):
        assert rows.tolist() == [0, 1, 2, 3, 4]


def test_a_distance_equal_to_the_radius_is_inside(found_neighbors):
    references = np.array([[3, 4], [0, 1], [30, 40]], np.float32)
    rows, _ = found_neighbors(references, np.zeros((1, 2)), radius=5)[0]
    assert rows.tolist() == [1, 0]


def test_nothing_within_the_radius_is_no_neighbor(search, references, queries):
    found = search(references).neighbors(queries, None, 1e-3)
    assert found.counts.tolist() == [0] * 7
    assert len(found.rows) == len(found.distances) == 0


def test_no_references_and_no_queries_have_no_neighbors(search, references, queries):
    assert search(references[:0]).neighbors(queries, 3, None).counts.tolist() == [0] * 7
    assert search(references).neighbors(queries[:0], 3, None).counts.tolist() == []


@pytest.mark.parametrize(("k", "radius"), [(3, None), (60, None), (None, 2.4), (None, None)])
def test_results_are_the_same_to_the_bit_however_the_search_goes_about_it(
    search, references, queries, k, radius
):
    usual = ExactSearch(references).neighbors(queries, k, radius)
    for one, other in zip(usual, search(references).neighbors(queries, k, radius)):
        assert one.tolist() == other.tolist()


def test_rows_from_far_to_near_do_not_pile_up_candidates(assert_same):
    # The worst order: each block holds nearer rows than all before it.
    references = np.linspace(100, 1, 5000, dtype=np.float32)[:, None] * np.ones(8, np.float32)
    queries = np.linspace(0, 1, 20, dtype=np.float32)[:, None] * np.ones(8, np.float32)
    assert_same(references, queries, k=5)


def test_one_query_gives_what_it_gives_among_others(found_neighbors, references, queries):
    together = found_neighbors(references, queries, k=9)
    for number, (rows, distances) in enumerate(together):
        alone_rows, alone = found_neighbors(references, queries[number : number + 1], k=9)[0]
        assert alone_rows.tolist() == rows.tolist()
        assert alone.tolist() == distances.tolist()


def test_results_do_not_depend_on_the_number_of_threads():
    program = (
        "import numpy as np; from lookalike.search.exact import ExactSearch;"
        "x = np.random.default_rng(6).random((3000, 300)).astype(np.float32);"
        "found = ExactSearch(x).neighbors(x[:300], 7, None);"
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
    assert ExactSearch(references).references is references


def test_squared_norms_that_are_known_are_not_computed_again(references, queries):
    norms = sums_of_squares(references)
    search = ExactSearch(references, {"squared_norms": norms, "matrix": references})
    assert search.to_arrays()["squared_norms"] is norms
    assert list(search.to_arrays()) == ["squared_norms"]
    found = search.neighbors(queries, 3, None)
    assert found.rows.tolist() == ExactSearch(references).neighbors(queries, 3, None).rows.tolist()


@pytest.mark.parametrize("k", [1, 3, 700])
def test_many_equal_rows_are_given_in_the_order_of_their_rows(assert_same, k):
    random = np.random.default_rng(7)
    kinds = random.random((4, 24)).astype(np.float32)
    references = kinds[random.integers(len(kinds), size=900)]
    references[::100] = random.random((9, 24))
    references[5, 3] = references[8, 3] = 0
    references[8, 3] *= -1
    assert_same(references, references[:30], k=k)
    assert_same(references, references[:30], k=k, skip_self=True)
    assert_same(references, kinds + np.float32(0.01), k=k, radius=1.5)


def test_equal_rows_of_equal_norms_are_given_in_the_order_of_their_rows(assert_same):
    # All of these have the same norm, and many are equal.
    references = np.eye(10, dtype=np.float32)[np.random.default_rng(8).integers(10, size=400)]
    assert_same(references, references[:20], k=7)


def test_each_row_knows_how_many_equal_ones_are_before_it():
    references = np.array([[1, 2], [2, 1], [1, 2], [0.0, 5], [2, 1], [1, 2], [-0.0, 5]], np.float32)
    assert Compared(references, None, {}).repeats().tolist() == [0, 0, 1, 0, 1, 2, 1]
    assert Compared(references[:2], None, {}).repeats() is None


def test_nearly_equal_rows_are_told_apart(assert_same):
    random = np.random.default_rng(7)
    references = 1 + 1e-6 * random.random((900, 40))
    assert_same(references.astype(np.float32), references[:9], k=2)
    assert_same(references, references[:9], k=2)


def test_a_copy_and_a_pickle_find_the_same(search, references, queries):
    made = search(references)
    expected = made.neighbors(queries, 3, None)
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert other.has_codes == made.has_codes
        assert other.neighbors(queries, 3, None).rows.tolist() == expected.rows.tolist()


def test_several_threads_search_at_a_time(search, references, queries):
    made = search(references)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(made.neighbors(queries, 3, None)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = ExactSearch(references).neighbors(queries, 3, None).rows.tolist()
    assert [one.rows.tolist() for one in found] == [expected] * 8


@pytest.mark.parametrize("k", [1, np.int8(3), 10**18, None])
def test_k_becomes_a_plain_number(k):
    plain, _ = plain_k_and_radius(k, None)
    assert plain == k
    assert plain is None or type(plain) is int


@pytest.mark.parametrize("k", [0, -1, 2.0, "3", np.float32(1)])
def test_a_k_that_is_no_number_of_rows_is_refused(k):
    with pytest.raises(ValueError, match="Expected k to be a whole number from 1 on, or None"):
        plain_k_and_radius(k, None)


@pytest.mark.parametrize("k", [2**63, 10**30, 10**5000], ids=["63 bits", "10**30", "10**5000"])
def test_a_k_that_no_machine_counts_is_refused(k):
    with pytest.raises(ValueError, match=r"Expected k to be at most \d+, .* found a larger number"):
        plain_k_and_radius(k, None)


@pytest.mark.parametrize("radius", [0, 1.5, np.float32(2), np.inf, 10**400])
def test_a_radius_becomes_a_plain_number(radius):
    _, plain = plain_k_and_radius(None, radius)
    assert type(plain) is float


@pytest.mark.parametrize("radius", [-1, np.nan, "far"])
def test_a_radius_that_is_no_distance_is_refused(radius):
    with pytest.raises(ValueError, match="Expected radius to be a number of 0 or more, or None"):
        plain_k_and_radius(None, radius)
