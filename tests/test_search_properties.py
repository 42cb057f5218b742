"""Properties of every search: it finds what the plainest means find, in float64, to the row."""

from __future__ import annotations

import os

import numpy as np
import pytest

from lookalike.search.centre import Centre, centre_of
from lookalike.search.exact import ExactSearch, Tuning

# Not where the real Turi Create is: the oldest versions of everything are there.
hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

pytestmark = [pytest.mark.portable, pytest.mark.torture]

# `make test-torture` gives more.
EXAMPLES = int(os.environ.get("LOOKALIKE_EXAMPLES", "60"))
TUNINGS = [
    Tuning(),
    Tuning(queries=2, pairs=50, scores=40),
    Tuning(codes_from=0, narrowest=1, rare=1, few_queries=10**9, code_scores=60),
    Tuning(codes_from=0, narrowest=1, rare=3, few_queries=3, queries=2),
]
budget = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="LOOKALIKE_EXAMPLES" not in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


@st.composite
def collections(draw):
    """Return rows of which some are equal, nearly equal, zero, or on a coarse grid (for ties)."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    total, width = draw(st.integers(1, 120)), draw(st.integers(1, 24))
    kind = draw(st.sampled_from([np.float32, np.float64]))
    shape = draw(st.sampled_from(["features", "grid", "line", "far away", "crowded"]))
    if shape == "grid":
        rows = random.integers(-2, 3, (total, width)).astype(kind)
    elif shape == "line":
        rows = (np.arange(total)[:, None] % 7 * np.ones(width)).astype(kind)
    else:
        rows = random.gamma(0.5, 0.6, (total, width)).astype(kind)
        if shape == "far away":
            rows += kind(1e3)
        if shape == "crowded":
            rows = rows[0] + 1 + kind(0.01) * rows
    if draw(st.booleans()):
        rows[random.integers(total, size=total // 2)] = rows[random.integers(total)]
    if draw(st.booleans()):
        rows[random.integers(total, size=total // 5)] = 0
    if draw(st.booleans()):
        rows[total // 2 :] = rows[: total - total // 2] * kind(1 + 1e-6)
    return rows


def of_length_one(rows):
    """Return rows of length 1, as networks give them; zeros stay zeros."""
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return (rows / np.where(lengths == 0, 1, lengths)).astype(rows.dtype)


def distances_of(rows, query):
    return np.sqrt(((rows - query) ** 2).sum(axis=1))


def check(search, rows, queries, k, radius, own=None):
    """Compare a search to a float64 brute force among rows as they are compared."""
    if search.tuning.codes_from == 0:
        search.to_arrays()
    found = search.neighbors(search_queries(search, own), k, radius, skip_self=own is None)
    assert not np.isnan(found.distances).any()
    ends = np.cumsum(found.counts)
    for number, (stop, count) in enumerate(zip(ends, found.counts)):
        expected = distances_of(rows, queries[number])
        order = np.argsort(expected, kind="stable")
        if own is None:
            order = order[order != number]
        if radius is not None:
            order = order[expected[order] <= radius]
        found_rows = found.rows[stop - count : stop]
        np.testing.assert_allclose(
            found.distances[stop - count : stop], expected[order[:k]], rtol=1e-9, atol=1e-13
        )
        np.testing.assert_allclose(expected[found_rows], expected[order[:k]], rtol=1e-9, atol=1e-13)
        assert len(set(found_rows.tolist())) == count
        # Equal distances ascend by row.
        same = np.diff(found.distances[stop - count : stop]) == 0
        assert (np.diff(found_rows)[same] > 0).all()


def search_queries(search, own):
    return search.references if own is None else own


limits = st.one_of(st.none(), st.integers(1, 130))
tunings = st.sampled_from(TUNINGS)


def a_radius(data, rows, queries):
    """Return a radius between two distances, which no rounding blurs, or None."""
    if data.draw(st.booleans()):
        return None
    every = np.unique(np.concatenate([distances_of(rows, query) for query in queries]))
    wide = np.flatnonzero(np.diff(every) > 1e-9 * every[-1])
    if not len(wide):
        return float(every[-1]) + 1
    place = data.draw(st.sampled_from(wide.tolist()))
    return float((every[place] + every[place + 1]) / 2)


@budget
@given(collections(), tunings, limits, st.data())
def test_a_search_finds_what_a_brute_force_finds(references, tuning, k, data):
    exact = references.astype(np.float64)
    queries = references[data.draw(st.integers(0, len(references) - 1)) :][:9] * 1.01
    radius = a_radius(data, exact, queries)
    check(ExactSearch(references, tuning=tuning), exact, queries, k, radius, queries)


@budget
@given(collections(), tunings, limits, st.data())
def test_rows_among_each_other_are_what_a_brute_force_finds(references, tuning, k, data):
    exact = references.astype(np.float64)
    radius = a_radius(data, exact, exact[:5])
    check(ExactSearch(references, tuning=tuning), exact, exact, k, radius)


def plainly_centred(centre, rows):
    """Return rows as ``Centre`` describes them, by the plainest means."""
    results = []
    for row in rows.astype(np.float64):
        moved = row - centre.mean
        length = np.sqrt((moved**2).sum())
        results.append(row if length < 1e-3 else moved / length)
    return np.array(results)


@budget
@given(collections(), tunings, limits, st.booleans(), st.data())
def test_a_centred_search_finds_what_a_brute_force_finds(collection, tuning, k, own, data):
    references = of_length_one(collection)
    # Also one that a row has exactly, which then counts as uncentred.
    mean = data.draw(st.sampled_from(["mean", "row", "zero"]))
    at = data.draw(st.integers(0, len(references) - 1))
    means = {"mean": references.mean(axis=0), "row": references[at], "zero": 0 * references[0]}
    centre = Centre(means[mean])
    exact = plainly_centred(centre, references)
    search = ExactSearch(references, centre=centre, tuning=tuning)
    queries = references if own else of_length_one(references[at:][:9] + references[0] / 3)
    compared = plainly_centred(centre, queries)
    radius = a_radius(data, exact, compared[:5])
    check(search, exact, compared, k, radius, None if own else queries)


@budget
@given(collections())
def test_a_centre_is_never_half_a_collection(collection):
    references = of_length_one(collection)
    centre = centre_of(references)
    if centre is not None:
        uncentred = np.linalg.norm(references - centre.mean, axis=1) < 1e-3
        assert len(references) >= 10
        assert uncentred.sum() <= len(references) / 2
        np.testing.assert_allclose(
            centre.mean, references.astype(np.float64).mean(axis=0), atol=1e-12
        )
