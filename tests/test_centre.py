"""Centring: what is compared, when nothing is, and bounds where it makes rounding large."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from lookalike.search.bounds import Products
from lookalike.search.centre import Centre, centre_of
from lookalike.search.codes import Quantized
from lookalike.search.compared import Compared
from lookalike.search.exact import ExactSearch, Tuning

pytestmark = pytest.mark.portable


def of_length_one(rows):
    rows = np.asarray(rows, np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def features(rows=300, width=48, spread=1.0, seed=0):
    """Return features of length 1 around a direction that they share: the closer, the harder."""
    random = np.random.default_rng(seed)
    return of_length_one(1 + spread * random.gamma(0.5, 0.6, (rows, width)))


def nearly_equal(rows=300, copies=10, spread=0.02):
    """Return rows of which ten each differ in the last bit of a few numbers."""
    references = np.repeat(features(rows // copies, spread=spread), copies, axis=0)
    chosen = np.random.default_rng(5).random(references.shape) < 0.1
    references[chosen] = np.nextafter(references[chosen], np.float32(2))
    return references


def with_uncentred(references):
    """Return rows of which a tenth are the mean itself, or zero."""
    references[::20] = references.mean(axis=0)
    references[1::20] = 0
    return references


KINDS = {
    "features": features(),
    "crowded": features(spread=0.01),
    "nearly equal": nearly_equal(),
    "uncentred": with_uncentred(features(spread=0.1)),
    "float64": features().astype(np.float64) + 1e-9,
}
TUNINGS = {
    "products": Tuning(),
    "codes": Tuning(codes_from=0, narrowest=1, rare=1, few_queries=10**9),
    "small blocks": Tuning(queries=3, pairs=700, scores=900),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def references(request):
    return request.param.copy()


def plainly_centred(centre, rows):
    """Return rows as they are compared, by the plainest means."""
    moved = np.asarray(rows, np.longdouble) - centre.mean
    lengths = np.sqrt((moved**2).sum(axis=1, keepdims=True))
    near = lengths < 1e-3
    return np.where(near, np.asarray(rows, np.longdouble), moved / np.where(near, 1, lengths))


@pytest.mark.parametrize("way", ["products", "finer products", "codes"])
def test_every_centred_distance_lies_within_its_bounds(references, way):
    centre = centre_of(references)
    compared = Compared(references, centre, {})
    queries = np.concatenate([references[:30], features(10, seed=3), 0 * references[:1]])
    queries = np.concatenate([queries, centre.mean[None].astype(references.dtype)])
    asked = compared.queries(queries)
    if way == "codes":
        made = Quantized.from_references(references, rows=150)
        bounds = made.bounds(compared, asked, 0.0, scores=900)
    else:
        precision = np.float64 if way == "finer products" else None
        bounds = Products(compared, precision, scores=900).bounds(asked, 0.0)
    rows, others = plainly_centred(centre, references), plainly_centred(centre, queries)
    squares = ((rows - others[:, None]) ** 2).sum(axis=-1)
    for start, scores in bounds.blocks(k=1):
        part = np.arange(start, start + scores.shape[1])
        expected = squares[:, part] + bounds.limits[:, None]
        assert (scores <= expected).all()
        assert (bounds.ceilings(scores, np.arange(len(asked))[:, None], part) >= expected).all()


@pytest.mark.parametrize("tuning", TUNINGS.values(), ids=TUNINGS.keys())
@pytest.mark.parametrize(("k", "radius"), [(1, None), (7, None), (None, None), (None, 0.9), (3, 1)])
def test_a_centred_search_compares_what_is_centred(references, tuning, k, radius):
    centre = centre_of(references)
    search = ExactSearch(references, centre=centre, tuning=tuning)
    assert search.to_arrays()["factors"].shape == (300,)
    found = search.neighbors(references[:25], k, radius)
    exact = centre.centred(references)
    stop = 0
    for query, count in zip(exact, found.counts):
        expected = np.sqrt(((exact - query) ** 2).sum(axis=1))
        order = np.argsort(expected, kind="stable")
        order = order[expected[order] <= (radius or 9)][:k]
        assert found.rows[stop : stop + count].tolist() == order.tolist()
        np.testing.assert_allclose(
            found.distances[stop : stop + count], expected[order], atol=1e-13
        )
        stop += count


def test_the_distance_is_that_of_the_definition():
    references = features()
    centre = centre_of(references)
    assert centre.mean.tolist() == pytest.approx(references.mean(axis=0, dtype=np.float64).tolist())
    rows = plainly_centred(centre, references)
    found = ExactSearch(references, centre=centre).neighbors(references[:1], None, None)
    expected = np.sqrt(np.maximum(2 - 2 * (rows @ rows[0]), 0)).astype(np.float64)
    np.testing.assert_allclose(found.distances, expected[found.rows], atol=1e-9)


def test_a_row_has_distance_zero_from_itself():
    references = features(400)
    centre = centre_of(references)
    for kind in (np.float32, np.float64):
        found = ExactSearch(references, centre=centre).neighbors(references.astype(kind), 1, None)
        assert found.rows.tolist() == list(range(400))
        assert not found.distances.any()


def test_factors_of_another_machine_change_no_distance():
    references = features()
    centre = centre_of(references)
    search = ExactSearch(references, centre=centre)
    factors = np.nextafter(search.to_arrays()["factors"], 9)
    other = ExactSearch(references, {"factors": factors}, centre)
    for one, another in zip(
        search.neighbors(references[:9], 5, None), other.neighbors(references[:9], 5, None)
    ):
        assert one.tolist() == another.tolist()


def test_equal_rows_and_black_frames_have_distances():
    references = np.concatenate([features(30), np.zeros((9, 48), np.float32)])
    references[10:15] = references[3]
    centre = centre_of(references)
    search = ExactSearch(references, centre=centre)
    found = search.neighbors(references[[3, 35]], 6, None)
    assert found.rows.tolist() == [3, 10, 11, 12, 13, 14, 30, 31, 32, 33, 34, 35]
    assert not found.distances.any()
    assert np.isfinite(search.neighbors(references, None, None).distances).all()


def test_a_row_near_the_mean_is_compared_as_it_is():
    references = features(40)
    centre = Centre(references[7].astype(np.float64) + 1e-6)
    search = ExactSearch(references, centre=centre)
    found = search.neighbors(references[7:8], None, None)
    assert found.rows[0] == 7
    expected = np.linalg.norm(centre.centred(references) - references[7], axis=1)
    np.testing.assert_allclose(found.distances, expected[found.rows], atol=1e-12)
    assert search.to_arrays()["factors"][7] == 0
    assert (centre.centred(references)[7] == references[7]).all()


@pytest.mark.parametrize(
    "matrix",
    [
        features(9),
        np.tile(features(1), (50, 1)),
        np.concatenate([np.tile(features(1), (5000, 1)), features(3)]),
        np.zeros((20, 48), np.float32),
        features(40, spread=1e-5),
    ],
    ids=["nine rows", "equal rows", "nearly all equal", "zeros", "hardly different"],
)
def test_there_is_no_centre_where_centring_would_mean_nothing(matrix):
    assert centre_of(matrix) is None


def test_ten_rows_have_a_centre():
    assert centre_of(features(10)) is not None


def test_the_centre_of_a_file_is_that_of_the_memory(tmp_path):
    references = features(7000)
    np.save(tmp_path / "references.npy", references)
    mapped = np.load(tmp_path / "references.npy", mmap_mode="r")
    centre = centre_of(mapped)
    assert centre.mean.tolist() == centre_of(references).mean.tolist()
    search = ExactSearch(mapped, centre=centre)
    assert search.references.base is not None
    expected = ExactSearch(references, centre=centre).neighbors(references[:5], 4, None)
    assert search.neighbors(references[:5], 4, None).rows.tolist() == expected.rows.tolist()


def test_codes_are_the_same_with_a_centre_and_without():
    references, tuning = features(), Tuning(codes_from=0, narrowest=1)
    centred = ExactSearch(references, centre=centre_of(references), tuning=tuning).to_arrays()
    assert sorted(centred) == ["code_columns", "code_rows", "codes", "factors"]
    plain = ExactSearch(references, tuning=tuning).to_arrays()
    assert plain["codes"].tolist() == centred["codes"].tolist()


def test_a_copy_and_a_pickle_are_centred_as_well():
    references = features()
    search = ExactSearch(references, centre=centre_of(references))
    expected = search.neighbors(references[:3], 4, None)
    for other in (copy.copy(search), copy.deepcopy(search), pickle.loads(pickle.dumps(search))):
        assert other.neighbors(references[:3], 4, None).distances.tolist() == (
            expected.distances.tolist()
        )
