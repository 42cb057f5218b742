"""How features are compared: centred by the helpers, as they are by Turi Create's calls."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import PORTABLE, draw

import lookalike
from lookalike import portable
from lookalike.errors import ToolkitError
from lookalike.portable.models.comparison import Comparison

pytestmark = pytest.mark.skipif(not PORTABLE, reason="Turi Create cannot centre features")

COLORS = ("red", "blue", "green", "orange", "purple", "brown", "pink", "gold", "navy", "teal")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison") / "photos"
    for number in range(24):
        color = COLORS[number % len(COLORS)]
        draw(folder / f"{number:02}.png", color, (60 + 7 * number, 50 + number % 5))
    return folder


@pytest.fixture(scope="module")
def data(photos):
    return lookalike.load_images(photos)


@pytest.fixture(scope="module")
def model(data):
    return lookalike.build_model(data, verbose=False)


def features(data) -> np.ndarray:
    found = portable.image_analysis.get_deep_features(data["image"], "auto", verbose=False)
    return found.to_numpy().astype(np.float64)


def unit(rows) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def centred(rows, mean) -> np.ndarray:
    return unit(unit(rows) - mean)


def test_build_model_centres_features_of_pictures(model, data):
    rows = unit(features(data))
    compared = centred(rows, rows.mean(axis=0))
    for query in (0, 7):
        expected = np.sort(np.linalg.norm(compared - compared[query], axis=1))[1:]
        found = lookalike.find_similar(model, data[query], k=None)
        np.testing.assert_allclose(found["distance"], expected, atol=1e-5)
    assert "of length 1, centred" in str(model)


def test_new_pictures_and_features_are_centred_by_the_model(model, data, tmp_path):
    new = draw(tmp_path / "new.png", "black", (90, 70))
    rows = unit(features(data))
    mean = rows.mean(axis=0)
    query = features(portable.SFrame({"image": [portable.Image(str(new))]}))[0]
    expected = np.sort(np.linalg.norm(centred(rows, mean) - centred(query, mean), axis=1))
    for source in (portable.Image(str(new)), portable.SArray([5 * query])):
        found = model.query(source, k=None, verbose=False)
        np.testing.assert_allclose(found["distance"], expected, atol=1e-5)


def test_turi_creates_own_call_compares_features_as_they_are(data):
    rows = features(data)
    model = portable.image_similarity.create(data, verbose=False)
    found = model.query(data[:1], k=None, verbose=False)
    expected = np.sort(np.linalg.norm(rows - rows[0], axis=1))
    np.testing.assert_allclose(found["distance"], expected, atol=1e-5)
    assert "as they are" in str(model)


def test_centring_can_be_switched_off(data):
    model = lookalike.build_model(data, verbose=False, centered=False)
    rows = features(data)
    found = lookalike.find_similar(model, data[0], k=None)
    expected = np.sort(np.linalg.norm(rows - rows[0], axis=1))[1:]
    np.testing.assert_allclose(found["distance"], expected, atol=1e-5)


def test_features_that_are_given_are_not_centred(data):
    given = portable.image_analysis.get_deep_features(data["image"], "auto", verbose=False)
    rows = data[["id", "path"]].add_column(given, "features")
    assert "as they are" in str(lookalike.build_model(rows, verbose=False))
    with pytest.raises(ToolkitError, match="holds features, which are compared as they are given"):
        lookalike.build_model(rows, verbose=False, centered=True)


def test_a_few_pictures_are_not_centred_and_the_summary_says_so(data):
    model = lookalike.build_model(data[:9], verbose=False)
    assert "of length 1, not centred" in str(model)
    rows = unit(features(data[:9]))
    found = lookalike.find_similar(model, data[0], k=None)
    expected = np.sort(np.linalg.norm(rows - rows[0], axis=1))[1:]
    np.testing.assert_allclose(found["distance"], expected, atol=1e-5)


@pytest.mark.parametrize("others", [0, 8, 30])
def test_equal_pictures_are_at_no_distance_and_never_nan(tmp_path, others):
    for number in range(12):
        draw(tmp_path / f"equal-{number:02}.png", "red")
    for number in range(others):
        draw(tmp_path / f"other-{number:02}.png", COLORS[number % 10], (50 + 3 * number, 60))
    model = lookalike.build_model(tmp_path, verbose=False)
    found = lookalike.find_similar(model, tmp_path / "equal-00.png", k=None)
    assert list(found["distance"][:11]) == [0] * 11
    assert np.isfinite(found["distance"].to_numpy()).all()


def test_a_saved_model_compares_as_before(model, data, tmp_path):
    model.save(str(tmp_path / "look.model"))
    loaded = portable.load_model(str(tmp_path / "look.model"))
    for held in (model, loaded):
        found = lookalike.find_similar(held, data[3], k=5)
        assert list(found["id"]) == list(lookalike.find_similar(model, data[3], k=5)["id"])
        assert list(found["distance"]) == list(
            lookalike.find_similar(model, data[3], k=5)["distance"]
        )
    assert str(loaded) == str(model)


def test_the_mean_stays_until_the_collection_has_doubled(data):
    model = lookalike.build_model(data[:12], verbose=False)
    before = lookalike.find_similar(model, data[0], k=3)
    model.add(data[12:23], verbose=False)
    after = lookalike.find_similar(model, data[0], k=None)
    known = dict(zip(after["id"], after["distance"]))
    np.testing.assert_allclose([known[n] for n in before["id"]], before["distance"], atol=1e-9)
    model.add(data[23:24], verbose=False)
    anew = lookalike.build_model(data, verbose=False)
    for query in (0, 23):
        np.testing.assert_allclose(
            lookalike.find_similar(model, data[query], k=None)["distance"],
            lookalike.find_similar(anew, data[query], k=None)["distance"],
            atol=1e-9,
        )


def test_a_small_collection_is_centred_once_it_has_grown(data):
    model = lookalike.build_model(data[:8], verbose=False)
    model.add(data[8:12], verbose=False)
    assert "of length 1, centred" in str(model)


def test_removing_pictures_keeps_the_mean(data):
    model = lookalike.build_model(data, verbose=False)
    before = lookalike.find_similar(model, data[0], k=None)
    model.remove(range(20, 24))
    after = lookalike.find_similar(model, data[0], k=None)
    known = dict(zip(before["id"], before["distance"]))
    np.testing.assert_allclose(after["distance"], [known[n] for n in after["id"]], atol=1e-12)


def test_lengths_of_features_count_for_nothing(data):
    rows = np.random.default_rng(0).normal(size=(40, 16))
    scaled = rows * np.random.default_rng(1).uniform(1e-3, 1e3, (40, 1))
    one, other = Comparison(True).prepared(rows), Comparison(True).prepared(scaled)
    np.testing.assert_allclose(one, other, atol=1e-12)
    assert Comparison(True).prepared(one) is one
    assert not Comparison(True).prepared(np.zeros((3, 16))).any()
