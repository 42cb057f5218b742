"""The approximate index: asked for, measured, never saved, never silent."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest

from lookalike.errors import BackendError, ToolkitError
from lookalike.portable import Image, SArray, SFrame, image_similarity, load_model
from lookalike.portable.nearest_neighbors import NearestNeighborsModel
from lookalike.runtime import onnx_runtime
from lookalike.search.approximate import ApproximateIndex
from lookalike.search.centre import centre_of
from lookalike.search.exact import ExactSearch

pytestmark = pytest.mark.portable


def clustered(rows, width=48, seed=0):
    """Features as networks give them: in clusters."""
    random = np.random.default_rng(seed)
    centers = np.random.default_rng(1).random((20, width))
    picked = random.integers(0, len(centers), rows)
    return (centers[picked] + 0.2 * random.random((rows, width))).astype(np.float32)


def needs_usearch():
    # The other way round, ONNX Runtime 1.32 crashes Python.
    onnx_runtime()
    pytest.importorskip("usearch")


def frame_of(matrix):
    return SFrame({"features": SArray(matrix)})


@pytest.fixture
def model():
    return NearestNeighborsModel(clustered(2000), None, None, ["features"])


@pytest.fixture
def indexed(model):
    needs_usearch()
    model.build_index(verbose=False)
    return model


QUERIES = clustered(50, seed=7)


def test_the_index_finds_nearly_all_and_its_distances_are_exact(indexed):
    queries = frame_of(QUERIES)
    exact = indexed.query(queries, k=10)
    found = indexed.query(queries, k=10, method="approximate")
    assert found.column_names() == exact.column_names()
    assert list(found["rank"]) == list(exact["rank"])
    distances = {(row["query_label"], row["reference_label"]): row["distance"] for row in exact}
    pairs = list(zip(found["query_label"], found["reference_label"]))
    hits = [pair for pair in pairs if pair in distances]
    assert len(hits) >= 0.95 * len(exact)
    by_pair = dict(zip(pairs, found["distance"]))
    assert all(by_pair[pair] == distances[pair] for pair in hits)


def test_one_query_and_a_radius_go_through_the_index(indexed):
    one = frame_of(QUERIES[:1])
    nearest = indexed.query(one, k=3, method="approximate")
    assert len(nearest) == 3
    radius = nearest["distance"][1]
    assert len(indexed.query(one, k=3, radius=radius, method="approximate")) == 2


def test_recall_is_returned_and_printed(capsys, model):
    needs_usearch()
    recall = model.build_index()
    assert 0.9 < recall <= 1
    printed = capsys.readouterr().out
    assert f"it finds {recall:.1%} of the 10 nearest (measured with 200 rows)" in printed
    assert "2000 rows" in printed


def test_nothing_is_printed_when_silent(capsys, model):
    needs_usearch()
    model.build_index(verbose=False)
    assert capsys.readouterr().out == ""


def test_recall_is_low_where_the_index_is_lost():
    needs_usearch()
    # Within 16 bits all of these are one and the same.
    matrix = 1e4 * np.ones((3000, 8)) + 1e-3 * np.random.default_rng(3).random((3000, 8))
    assert NearestNeighborsModel(matrix, None, None, ["x"]).build_index(verbose=False) < 0.5


def test_recall_counts_equally_near_rows_as_found():
    needs_usearch()
    matrix = np.repeat(clustered(40), 30, axis=0)
    assert NearestNeighborsModel(matrix, None, None, ["x"]).build_index(verbose=False) > 0.9


def test_huge_features_do_not_overflow_the_index():
    needs_usearch()
    matrix = 1e12 * clustered(1000)
    assert NearestNeighborsModel(matrix, None, None, ["x"]).build_index(verbose=False) > 0.8


def test_queries_are_exact_unless_asked_otherwise():
    needs_usearch()
    # The index finds hardly any of them, since within 16 bits all are one and the same.
    matrix = 1e4 * np.ones((500, 8)) + 1e-3 * np.random.default_rng(3).random((500, 8))
    plain, indexed = (NearestNeighborsModel(matrix, None, None, ["x"]) for _ in range(2))
    indexed.build_index(verbose=False)
    queries = SFrame({"x": matrix[:40]})
    assert list(indexed.query(queries, k=3)) == list(plain.query(queries, k=3))
    graphs = [model.similarity_graph(k=1, output_type="SFrame") for model in (indexed, plain)]
    assert list(graphs[0]) == list(graphs[1])


def test_the_index_is_not_saved_with_the_model(tmp_path, indexed):
    indexed.save(str(tmp_path / "saved"))
    loaded = load_model(str(tmp_path / "saved"))
    with pytest.raises(ToolkitError, match=r"build it with build_index\(\)"):
        loaded.query(frame_of(QUERIES), method="approximate")


def test_an_index_serves_one_session(indexed):
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        pickle.dumps(indexed._index)


def test_a_k_larger_than_the_index_finds_all(indexed):
    assert len(indexed.query(frame_of(QUERIES[:2]), k=10**12, method="approximate")) <= 4000


def test_an_index_of_a_centred_search_compares_what_is_centred():
    needs_usearch()
    matrix = clustered(2000)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    search = ExactSearch(matrix, centre=centre_of(matrix))
    index = ApproximateIndex.build(search, verbose=False)
    assert index.recall > 0.9
    found = index.neighbors(search, matrix[:20], 5, None)
    expected = search.neighbors(matrix[:20], 5, None)
    assert np.mean(found.rows == expected.rows) > 0.9
    assert found.rows[::5].tolist() == list(range(20))
    assert not found.distances[::5].any()


def test_a_model_of_pictures_uses_the_index_of_its_features():
    needs_usearch()
    noise = np.random.default_rng(0).integers(0, 256, (30, 20, 20, 3), np.uint8)
    data = SFrame({"image": [Image.from_pixels(pixels) for pixels in noise]})
    model = image_similarity.create(data, verbose=False)
    model.similarity_model.build_index(verbose=False)
    found = model.query(data[0:1], k=3, verbose=False, method="approximate")
    assert len(found) == 3


def test_without_an_index_nothing_is_approximate(model):
    with pytest.raises(ToolkitError, match=r"no approximate index: build it with build_index\(\)"):
        model.query(frame_of(QUERIES), method="approximate")


def test_an_approximate_search_needs_a_k(indexed):
    with pytest.raises(ValueError, match="needs a k"):
        indexed.query(frame_of(QUERIES), k=None, radius=1, method="approximate")


def test_there_is_no_third_method(model):
    with pytest.raises(ValueError, match="'exact' or 'approximate'; found 'quick'"):
        model.query(frame_of(QUERIES), method="quick")


def test_a_few_rows_need_no_index():
    needs_usearch()
    model = NearestNeighborsModel(clustered(20), None, None, ["x"])
    with pytest.raises(ToolkitError, match="more than 20 rows; found 20: search exactly"):
        model.build_index()


def test_the_missing_package_is_named(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(BackendError, match=r'needs usearch.*pip install "\.\[ann\]"'):
        model.build_index()
