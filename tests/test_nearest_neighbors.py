"""Nearest neighbours through Turi Create's API, by the same code on both engines."""

from __future__ import annotations

import array
import re

import numpy as np
import pytest
from conftest import PORTABLE

RESULT = ["query_label", "reference_label", "distance", "rank"]


def vectors(tc, matrix):
    return tc.SArray([array.array("d", row) for row in np.asarray(matrix, float).tolist()])


def rows_of(frame):
    """Return a table of neighbours as a list of tuples, in an order that both engines have."""
    return sorted(zip(*(frame[name] for name in frame.column_names())))


@pytest.fixture(scope="module")
def points(tc):
    """Four points in the plane; b and d are the same one."""
    return tc.SFrame(
        {
            "name": ["a", "b", "c", "d"],
            "number": [10, 20, 30, 40],
            "place": vectors(tc, [[0, 0], [3, 4], [0, 1], [3, 4]]),
            "x": [1.0, 2.0, 3.0, 5.0],
            "y": [1.0, 1.0, 2.0, 2.0],
        }
    )


@pytest.fixture(scope="module")
def model(tc, points):
    return tc.nearest_neighbors.create(points, label="name", features=["place"], verbose=False)


def query(model, frame, **options):
    return model.query(frame, verbose=False, **options)


def graph(model, **options):
    return model.similarity_graph(verbose=False, **options)


# Finding.


def test_neighbors_come_nearest_first_with_rank_and_distance(model, points):
    found = query(model, points[2:3])
    assert found.column_names() == RESULT
    assert found.column_types() == [int, str, float, int]
    assert list(found["query_label"]) == [0, 0, 0, 0]
    assert list(found["reference_label"])[:2] == ["c", "a"]
    assert sorted(list(found["reference_label"])[2:]) == ["b", "d"]
    assert list(found["distance"]) == pytest.approx([0, 1, 18**0.5, 18**0.5])
    assert list(found["rank"]) == [1, 2, 3, 4]


def test_five_neighbors_are_found_unless_asked_otherwise(tc):
    frame = tc.SFrame({"x": [float(number) for number in range(9)]})
    model = tc.nearest_neighbors.create(frame, verbose=False)
    assert len(query(model, frame[0:1])) == 5


def test_k_limits_the_neighbors_of_each_query(model, points):
    found = query(model, points[0:1].append(points[2:3]), k=2)
    assert rows_of(found) == [(0, "a", 0, 1), (0, "c", 1, 2), (1, "a", 1, 2), (1, "c", 0, 1)]


def test_a_k_beyond_the_rows_finds_all(model, points):
    assert len(query(model, points[0:1], k=1000)) == 4


def test_without_k_all_are_found(model, points):
    assert len(query(model, points, k=None)) == 16


def test_a_radius_includes_what_is_as_far_as_it(model, points):
    assert len(query(model, points[0:1], k=None, radius=5)) == 4
    assert len(query(model, points[0:1], k=None, radius=4.99)) == 2


@pytest.mark.differs("cancellation")
def test_a_radius_of_zero_finds_the_same_features(model, points):
    found = query(model, points[1:2], k=None, radius=0)
    assert sorted(found["reference_label"]) == ["b", "d"]


def test_k_and_radius_both_limit(model, points):
    assert list(query(model, points[0:1], k=1, radius=2)["reference_label"]) == ["a"]
    assert len(query(model, points[0:1], k=3, radius=2)) == 2


@pytest.mark.skipif(not PORTABLE, reason="what Turi Create does with them is its own affair")
@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.float32])
def test_k_and_radius_may_be_small_numbers_of_numpy(tc, kind):
    # 120 squared, and 127 and oneself, are more than the kind holds.
    rows = tc.SFrame({"place": vectors(tc, 50 * np.random.default_rng(1).random((400, 40)))})
    model = tc.nearest_neighbors.create(rows, verbose=False)
    within = query(model, rows[:5], k=None, radius=120)
    assert 5 < len(within) < 5 * 400
    assert rows_of(query(model, rows[:5], k=None, radius=kind(120))) == rows_of(within)
    if kind is not np.float32:
        assert list(graph(model, k=kind(127), output_type="SFrame")["rank"][:127]) == [
            *range(1, 128)
        ]


def test_a_query_with_nothing_in_its_radius_has_no_rows(tc, model):
    far = tc.SFrame({"place": vectors(tc, [[100, 100], [0, 0]])})
    assert rows_of(query(model, far, k=None, radius=1.5)) == [(1, "a", 0, 1), (1, "c", 1, 2)]
    nothing = query(model, far[0:1], k=None, radius=1.5)
    assert len(nothing) == 0
    assert nothing.column_names() == RESULT
    assert nothing.column_types() == [int, str, float, int]


def test_queries_are_named_by_a_column_of_texts_or_numbers(model, points):
    assert sorted(query(model, points, label="name", k=1)["query_label"]) == ["a", "b", "c", "d"]
    assert sorted(query(model, points, label="number", k=1)["query_label"]) == [10, 20, 30, 40]


def test_references_are_named_by_a_column_of_numbers(tc, points):
    model = tc.nearest_neighbors.create(points, label="number", features=["place"], verbose=False)
    assert list(query(model, points[0:1], k=1)["reference_label"]) == [10]


def test_references_without_a_label_are_named_by_their_row_numbers(tc, points):
    model = tc.nearest_neighbors.create(points, features=["place"], verbose=False)
    assert model.label is None
    assert list(query(model, points[2:3], k=2)["reference_label"]) == [2, 0]


def test_labels_may_repeat(tc, points):
    frame = points.add_column(tc.SArray(["same"] * 4), "label")
    model = tc.nearest_neighbors.create(frame, label="label", features=["place"], verbose=False)
    assert list(query(model, points[0:1], k=3)["reference_label"]) == ["same"] * 3


def test_columns_of_numbers_are_compared_side_by_side(tc, points):
    model = tc.nearest_neighbors.create(points, label="name", features=["x", "y"], verbose=False)
    found = query(model, points[0:1])
    assert list(found["reference_label"]) == ["a", "b", "c", "d"]
    assert list(found["distance"]) == pytest.approx([0, 1, 5**0.5, 17**0.5])


def test_several_columns_are_compared_side_by_side_when_asked_for(tc, points):
    model = tc.nearest_neighbors.create(
        points, label="name", features=["place", "x", "y"], distance="euclidean", verbose=False
    )
    assert sorted(model.features) == ["place", "x", "y"]
    assert (model.num_features, model.num_unpacked_features) == (3, 4)
    found = query(model, points[0:1])
    assert list(found["reference_label"]) == ["a", "c", "b", "d"]
    assert list(found["distance"]) == pytest.approx([0, 6**0.5, 26**0.5, 42**0.5])


def test_without_features_all_columns_but_the_label_are_compared(tc, points):
    model = tc.nearest_neighbors.create(points[["name", "x", "y"]], label="name", verbose=False)
    assert sorted(model.features) == ["x", "y"]


def test_the_label_is_never_a_feature(tc, points):
    model = tc.nearest_neighbors.create(
        points, label="name", features=["name", "place"], verbose=False
    )
    assert model.features == ["place"]


@pytest.mark.parametrize("method", ["auto", "brute_force", "ball_tree"])
def test_every_method_finds_the_same(tc, points, method):
    model = tc.nearest_neighbors.create(points, features=["place"], method=method, verbose=False)
    assert len(query(model, points[0:1], k=None, radius=1)) == 2


# The distances.


@pytest.mark.parametrize(
    ("width", "options"), [(64, {"k": 7}), (300, {"k": 7}), (300, {"k": None})]
)
def test_distances_are_those_of_a_brute_force_in_float64(tc, width, options):
    random = np.random.default_rng(7)
    references, queries = random.random((200, width)), random.random((5, width))
    frame = tc.SFrame({"features": vectors(tc, references)})
    model = tc.nearest_neighbors.create(frame, verbose=False)
    found = query(model, tc.SFrame({"features": vectors(tc, queries)}), **options)
    expected = np.sqrt(((queries[:, None] - references[None]) ** 2).sum(axis=2))
    ordered = np.argsort(expected, axis=1)[:, : options["k"]]
    by_rank = found.sort(["query_label", "rank"])
    assert list(by_rank["reference_label"]) == ordered.ravel().tolist()
    distances = np.take_along_axis(expected, ordered, axis=1).ravel()
    np.testing.assert_allclose(by_rank["distance"].to_numpy(), distances, rtol=0, atol=1e-6)


@pytest.mark.differs("cancellation")
def test_near_duplicates_are_told_apart(tc):
    random = np.random.default_rng(8)
    references = 1e5 * random.random(300) + 1e-6 * random.random((50, 300))
    frame = tc.SFrame({"features": vectors(tc, references)})
    found = query(tc.nearest_neighbors.create(frame, verbose=False), frame[0:1], k=50)
    expected = np.sort(np.sqrt(((references[0] - references) ** 2).sum(axis=1)))
    np.testing.assert_allclose(found["distance"].to_numpy(), expected, rtol=0, atol=1e-6)
    assert found["distance"][0] == 0
    assert found["distance"][1] > 0


# Among each other.


def test_the_similarity_graph_is_a_table_or_a_graph(tc, model):
    table = graph(model, k=1, output_type="SFrame")
    assert rows_of(table) == [
        ("a", "c", 1, 1),
        ("b", "d", 0, 1),
        ("c", "a", 1, 1),
        ("d", "b", 0, 1),
    ]
    assert table.column_names() == RESULT
    edges = graph(model, k=1).edges
    assert edges.column_names() == ["__src_id", "__dst_id", "distance", "rank"]
    assert edges.column_types() == [str, str, float, int]
    assert rows_of(edges) == rows_of(table)


def test_the_similarity_graph_has_no_edges_to_oneself_unless_asked_for(model):
    without = graph(model, k=None, output_type="SFrame")
    assert len(without) == 12
    assert all(row["query_label"] != row["reference_label"] for row in without)
    assert len(graph(model, k=None, include_self_edges=True, output_type="SFrame")) == 16
    nearest = graph(model, k=1, include_self_edges=True, output_type="SFrame")
    assert set(nearest["distance"]) == {0}


def test_the_similarity_graph_has_five_neighbors_unless_asked_otherwise(tc):
    frame = tc.SFrame({"x": [float(number) for number in range(9)]})
    model = tc.nearest_neighbors.create(frame, verbose=False)
    assert len(graph(model).edges) == 45
    assert len(graph(model, k=2).edges) == 18


def test_the_similarity_graph_keeps_to_a_radius(model):
    assert rows_of(graph(model, k=None, radius=0.5).edges) == [("b", "d", 0, 1), ("d", "b", 0, 1)]
    assert len(graph(model, k=9, radius=1.5).edges) == 4


def test_vertices_are_the_rows_that_have_an_edge(model):
    assert sorted(graph(model, k=1).vertices["__id"]) == ["a", "b", "c", "d"]
    assert sorted(graph(model, k=None, radius=0.5).vertices["__id"]) == ["b", "d"]


def test_rows_of_one_label_are_one_vertex(tc, points):
    frame = points.add_column(tc.SArray([7, 7, 8, 8]), "label")
    model = tc.nearest_neighbors.create(frame, label="label", features=["place"], verbose=False)
    assert sorted(graph(model, k=1).vertices["__id"]) == [7, 8]


def test_a_graph_prints_as_its_size_and_fields(model):
    found = graph(model, k=1)
    assert found.summary() == {"num_edges": 4, "num_vertices": 4}
    assert str(found) == "SGraph({'num_edges': 4, 'num_vertices': 4})"
    assert repr(found) == (
        "SGraph({'num_edges': 4, 'num_vertices': 4})\n"
        "Vertex Fields:['__id']\n"
        "Edge Fields:['__src_id', '__dst_id', 'distance', 'rank']"
    )


def test_edges_print_as_a_table(model):
    printed = str(graph(model, k=1).edges.sort("__src_id")).splitlines()
    assert printed[:5] == [
        "+----------+----------+----------+------+",
        "| __src_id | __dst_id | distance | rank |",
        "+----------+----------+----------+------+",
        "|    a     |    c     |   1.0    |  1   |",
        "|    b     |    d     |   0.0    |  1   |",
    ]
    assert "[4 rows x 4 columns]" in printed


# What the model says of itself.

SUMMARY = """\
Class                          : NearestNeighborsModel

Attributes
----------
Method                         : brute_force
Number of distance components  : 1
Number of examples             : 3
Number of feature columns      : 1
Number of unpacked features    : 300
Distance                       : euclidean
Total training time (seconds)  : TIME
"""


@pytest.fixture(scope="module")
def wide_model(tc):
    """A model that both engines search by brute force."""
    frame = tc.SFrame({"features": vectors(tc, np.eye(3, 300))})
    return tc.nearest_neighbors.create(frame, method="brute_force", verbose=False)


def without_time(text):
    return re.sub(r"[\d.]+(e-\d+)?$", "TIME", text.rstrip("\n")) + "\n"


def test_the_summary_is_printed(capsys, wide_model):
    assert wide_model.summary() is None
    assert without_time(capsys.readouterr().out) == SUMMARY


def test_the_summary_is_what_a_notebook_shows(wide_model):
    assert without_time(wide_model.summary("str")) == SUMMARY
    assert without_time(repr(wide_model)) == SUMMARY
    assert str(wide_model) == repr(wide_model)


def test_the_summary_as_a_dict(wide_model):
    summary = wide_model.summary("dict")
    assert summary["section_titles"] == ["Attributes"]
    assert summary["sections"][0][:-1] == [
        ("Method", "brute_force"),
        ("Number of distance components", 1),
        ("Number of examples", 3),
        ("Number of feature columns", 1),
        ("Number of unpacked features", 300),
        ("Distance", "euclidean"),
    ]
    name, seconds = summary["sections"][0][-1]
    assert name == "Total training time (seconds)"
    assert 0 <= seconds < 60


def test_another_kind_of_summary_is_an_error(tc, wide_model):
    with pytest.raises(RuntimeError, match="html"):
        wide_model.summary("html")


def test_facts_are_attributes(model):
    assert (model.label, model.features, model.method[:0]) == ("name", ["place"], "")
    assert (model.num_examples, model.num_features, model.num_unpacked_features) == (4, 1, 2)
    assert model.distance == [[["place"], "euclidean", 1.0]]
    assert model.num_distance_components == 1
    assert 0 <= model.training_time < 60


# By directions.


@pytest.fixture(scope="module")
def arrows(tc):
    """Vectors of several directions and lengths."""
    places = [[1, 0], [1, 1], [-1, 0.5], [3, 0]]
    return tc.SFrame({"name": list("abcd"), "place": vectors(tc, places)})


@pytest.fixture(scope="module")
def by_cosine(tc, arrows):
    return tc.nearest_neighbors.create(
        arrows, label="name", features=["place"], distance="cosine", verbose=False
    )


def test_the_cosine_distance_is_one_less_the_cosine(by_cosine, arrows):
    found = query(by_cosine, arrows[1:2], k=None)
    assert list(found["reference_label"])[::3] == ["b", "c"]
    root = 0.5**0.5
    assert list(found["distance"]) == pytest.approx(
        [0, 1 - root, 1 - root, 1 + 0.5 / 2.5**0.5], abs=1e-6
    )


def test_the_cosine_distance_goes_up_to_two(tc, by_cosine):
    behind = tc.SFrame({"place": vectors(tc, [[-5, 0]])})
    found = query(by_cosine, behind, k=None)
    assert max(found["distance"]) == pytest.approx(2)
    assert found[0]["reference_label"] == "c"


def test_lengths_count_for_nothing_in_cosine_distances(by_cosine, arrows):
    found = query(by_cosine, arrows[0:1], k=2)
    assert sorted(found["reference_label"]) == ["a", "d"]
    assert list(found["distance"]) == pytest.approx([0, 0], abs=1e-9)


def test_a_radius_is_of_cosine_distances_too(by_cosine, arrows):
    within = query(by_cosine, arrows[0:1], k=None, radius=0.3)
    assert sorted(within["reference_label"]) == ["a", "b", "d"]
    assert len(query(by_cosine, arrows[0:1], k=None, radius=0.29)) == 2
    assert len(query(by_cosine, arrows[0:1], k=None, radius=2)) == 4


@pytest.mark.skipif(not PORTABLE, reason="rounds otherwise")
def test_a_cosine_distance_that_was_found_is_a_radius_that_finds_it_again(tc):
    rows = tc.SFrame({"place": vectors(tc, np.random.default_rng(3).normal(size=(100, 30)))})
    model = tc.nearest_neighbors.create(rows, distance="cosine", verbose=False)
    for row in range(100):
        farthest = max(query(model, rows[row : row + 1], k=10)["distance"])
        assert len(query(model, rows[row : row + 1], k=None, radius=farthest)) == 10


@pytest.mark.parametrize("width", [3, 200])
def test_cosine_distances_are_those_of_a_brute_force_in_float64(tc, width):
    matrix = np.random.default_rng(2).normal(size=(300, width))
    matrix *= np.random.default_rng(3).uniform(1e-3, 1e3, (300, 1))
    rows = tc.SFrame({"place": vectors(tc, matrix)})
    model = tc.nearest_neighbors.create(rows, distance="cosine", verbose=False)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    expected = np.sort(1 - unit @ unit.T, axis=1)[:, :7].ravel()
    assert list(query(model, rows, k=7)["distance"]) == pytest.approx(expected.tolist(), abs=1e-9)


def test_the_similarity_graph_may_be_of_cosine_distances(by_cosine):
    found = graph(by_cosine, k=1, output_type="SFrame")
    nearest = dict(zip(found["query_label"], found["reference_label"]))
    assert (nearest["a"], nearest["d"], nearest["c"]) == ("d", "a", "b")
    assert max(found["distance"]) == pytest.approx(1 + 0.5 / 2.5**0.5)
    assert graph(by_cosine, k=None, radius=0.1).summary() == {"num_vertices": 2, "num_edges": 2}


def test_the_summary_names_the_cosine_distance(by_cosine):
    assert by_cosine.distance == [[["place"], "cosine", 1.0]]
    assert "Distance                       : cosine\n" in repr(by_cosine)


def test_several_columns_are_compared_by_cosine_side_by_side(tc, points):
    model = tc.nearest_neighbors.create(
        points, label="name", features=["place", "x"], distance="cosine", verbose=False
    )
    found = query(model, points[0:1], k=2)
    assert list(found["reference_label"]) == ["a", "c"]
    assert list(found["distance"]) == pytest.approx([0, 1 - 3 / 10**0.5])


def test_a_loaded_model_compares_by_cosine_as_the_saved_one(tc, tmp_path, by_cosine, arrows):
    by_cosine.save(str(tmp_path / "saved.model"))
    loaded = tc.load_model(str(tmp_path / "saved.model"))
    assert repr(loaded) == repr(by_cosine)
    assert rows_of(query(loaded, arrows, k=None)) == rows_of(query(by_cosine, arrows, k=None))
    within = query(loaded, arrows, k=None, radius=0.3)
    assert rows_of(within) == rows_of(query(by_cosine, arrows, k=None, radius=0.3))


def test_a_ball_tree_has_no_cosine_distances(tc, arrows):
    with pytest.raises(TypeError, match="brute_force"):
        tc.nearest_neighbors.create(
            arrows, features=["place"], distance="cosine", method="ball_tree", verbose=False
        )


@pytest.mark.differs("neighbors")
def test_vectors_without_a_direction_have_no_cosine_distance(tc, by_cosine):
    rows = tc.SFrame({"place": vectors(tc, [[1, 2], [0, 0], [2, 1], [-0.0, 0]])})
    with pytest.raises(tc.ToolkitError, match=r"rows \[1, 3\] hold nothing but zeros"):
        tc.nearest_neighbors.create(rows, distance="cosine", verbose=False)
    with pytest.raises(tc.ToolkitError, match=r"rows \[0\] hold nothing but zeros"):
        query(by_cosine, rows[1:2])


# Saving.


@pytest.mark.parametrize("label", [None, "name", "number"])
def test_a_loaded_model_answers_as_the_saved_one(tc, tmp_path, points, label):
    model = tc.nearest_neighbors.create(points, label=label, features=["place"], verbose=False)
    model.save(str(tmp_path / "saved.model"))
    loaded = tc.load_model(str(tmp_path / "saved.model"))
    assert type(loaded) is type(model)
    assert repr(loaded) == repr(model)
    assert (loaded.label, loaded.features) == (model.label, model.features)
    assert rows_of(query(loaded, points, k=None)) == rows_of(query(model, points, k=None))
    assert rows_of(graph(loaded, k=1).edges) == rows_of(graph(model, k=1).edges)


def test_a_model_is_saved_into_folders_that_are_not_there_yet(tc, tmp_path, model):
    model.save(str(tmp_path / "a" / "b" / "saved.model"))
    assert tc.load_model(str(tmp_path / "a" / "b" / "saved.model")).num_examples == 4


def test_a_model_is_saved_over_another(tc, tmp_path, points, model):
    place = str(tmp_path / "saved.model")
    tc.nearest_neighbors.create(points[0:2], features=["place"], verbose=False).save(place)
    model.save(place)
    assert tc.load_model(place).num_examples == 4


def test_a_model_is_not_saved_over_anything_else(tmp_path, model):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_text("precious")
    (tmp_path / "file").write_text("precious")
    for name in ("photos", "file"):
        with pytest.raises(OSError, match=r"\w"):
            model.save(str(tmp_path / name))
    assert (tmp_path / "photos" / "one.jpg").read_text() == "precious"
    assert (tmp_path / "file").read_text() == "precious"


def test_loading_what_is_no_model_is_an_error(tc, tmp_path, points):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("no model")
    for name in ("nothing", "folder", "file"):
        with pytest.raises(OSError, match=name):
            tc.load_model(str(tmp_path / name))
    points.save(str(tmp_path / "frame"))
    with pytest.raises((RuntimeError, OSError), match="frame"):
        tc.load_model(str(tmp_path / "frame"))


# What makes no sense.


@pytest.mark.parametrize("dataset", [[1, 2], {"x": [1]}, None])
def test_a_dataset_that_is_no_frame_is_an_error(tc, dataset):
    with pytest.raises(RuntimeError, match="SFrame"):
        tc.nearest_neighbors.create(dataset)


def test_an_empty_dataset_is_an_error(tc, points, model):
    with pytest.raises(RuntimeError, match="no rows"):
        tc.nearest_neighbors.create(points[0:0])
    with pytest.raises(RuntimeError, match="no rows"):
        tc.nearest_neighbors.create(tc.SFrame())
    with pytest.raises(RuntimeError, match="no rows"):
        model.query(points[0:0])


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"features": "place"}, TypeError, "list"),
        ({"features": ["nothing"]}, KeyError, "nothing"),
        ({"features": []}, RuntimeError, "label"),
        ({"features": ["name"], "label": "name"}, RuntimeError, "label"),
        ({"label": "nothing"}, RuntimeError, "label"),
        ({"label": "x"}, TypeError, "label"),
        ({"features": ["place"], "label": "place"}, TypeError, "label"),
        ({"features": ["place"], "distance": "nothing"}, ValueError, "nothing"),
        ({"features": ["place"], "method": "nothing"}, ValueError, "brute_force"),
    ],
)
def test_options_that_create_cannot_use_are_errors(tc, points, options, error, match):
    with pytest.raises(error, match=match):
        tc.nearest_neighbors.create(points, verbose=False, **options)


def test_missing_values_are_no_references(tc):
    frame = tc.SFrame({"x": tc.SArray([array.array("d", [1, 2]), None], dtype=array.array)})
    with pytest.raises(RuntimeError, match="dropna"):
        tc.nearest_neighbors.create(frame, verbose=False)


def test_vectors_of_several_lengths_are_no_references(tc):
    frame = tc.SFrame({"x": tc.SArray([array.array("d", [1, 2]), array.array("d", [1])])})
    with pytest.raises(RuntimeError, match=r"1\D+2"):
        tc.nearest_neighbors.create(frame, verbose=False)


@pytest.mark.parametrize("k", [0, -1, 1.5, "3"])
def test_a_k_that_makes_no_sense_is_an_error(model, points, k):
    with pytest.raises(ValueError, match="k"):
        model.query(points, k=k)
    with pytest.raises(ValueError, match="k"):
        model.similarity_graph(k=k)


@pytest.mark.parametrize("radius", [-1, "3"])
def test_a_radius_that_makes_no_sense_is_an_error(model, points, radius):
    with pytest.raises(ValueError, match="radius"):
        model.query(points, radius=radius)
    with pytest.raises(ValueError, match="radius"):
        model.similarity_graph(radius=radius)


def test_a_query_that_is_no_frame_is_an_error(model, points):
    with pytest.raises(RuntimeError, match="SFrame"):
        model.query(points["place"])


def test_a_query_without_the_features_is_an_error(tc, model, points):
    with pytest.raises(RuntimeError, match="place"):
        model.query(points[["name"]])
    with pytest.raises(RuntimeError, match="2"):
        model.query(tc.SFrame({"place": vectors(tc, [[1, 2, 3]])}), verbose=False)
    with pytest.raises(RuntimeError, match="place"):
        model.query(tc.SFrame({"place": ["text"]}), verbose=False)


def test_a_label_of_queries_that_is_none_is_an_error(model, points):
    with pytest.raises(ValueError, match="label"):
        model.query(points, label="nothing")
    with pytest.raises(TypeError, match="label"):
        model.query(points, label="x")


# What differs.


@pytest.mark.differs("neighbors")
def test_several_vectors_without_a_distance_are_an_error(tc, points):
    with pytest.raises(tc.ToolkitError, match="distance='euclidean'"):
        tc.nearest_neighbors.create(points, features=["place", "x"], verbose=False)


@pytest.mark.differs("neighbors")
def test_columns_of_texts_cannot_be_compared(tc, points):
    with pytest.raises(TypeError, match="'name' of type str"):
        tc.nearest_neighbors.create(points, features=["name"], verbose=False)


@pytest.mark.differs("neighbors")
def test_missing_values_are_no_query(tc, model):
    frame = tc.SFrame({"place": tc.SArray([array.array("d", [1, 2]), None], dtype=array.array)})
    with pytest.raises(tc.ToolkitError, match="dropna"):
        model.query(frame)


@pytest.mark.differs("neighbors")
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_at_no_distance(tc, model, number):
    frame = tc.SFrame({"place": vectors(tc, [[1, number]])})
    with pytest.raises(tc.ToolkitError, match="not finite"):
        tc.nearest_neighbors.create(frame, verbose=False)
    with pytest.raises(tc.ToolkitError, match="not finite"):
        model.query(frame)


@pytest.mark.differs("neighbors")
def test_another_output_type_is_an_error(model):
    with pytest.raises(ValueError, match="'SGraph' or 'SFrame'; found 'list'"):
        model.similarity_graph(output_type="list")


@pytest.mark.differs("ties")
def test_equally_near_ones_come_in_the_order_of_their_rows(model, points):
    assert list(query(model, points[3:4])["reference_label"]) == ["b", "d", "c", "a"]
