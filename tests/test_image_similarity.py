"""Image similarity through Turi Create's API, by the same code on both engines."""

from __future__ import annotations

import array
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import PORTABLE, draw
from PIL import Image as PILImage

from lookalike.errors import FeatureStoreWarning, UnreadableImageError, UnreadableImageWarning

RESULT = ["query_label", "reference_label", "distance", "rank"]
# Of each engine's default network.
INPUT_SHAPE = (3, 260, 260) if PORTABLE else (3, 224, 224)
COLORS = {"red": "red", "blood": "darkred", "blue": "blue", "navy": "navy", "leaf": "green"}


@pytest.fixture(scope="module")
def data(tc, tmp_path_factory):
    """Five pictures with a number, a name, a weight, and their features."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, (name, color) in enumerate(COLORS.items()):
        draw(folder / f"{number}-{name}.png", color, (64 + number, 48))
    frame = tc.image_analysis.load_images(str(folder)).sort("path").add_row_number()
    frame["name"] = frame["path"].apply(lambda path: Path(path).stem[2:])
    frame["number"] = frame["id"].apply(lambda row: 10 * row)
    frame["weight"] = frame["id"].apply(lambda row: row / 2.0)
    return frame


@pytest.fixture(scope="module")
def deep(tc, model, data):
    """The same pictures, with the features that the model's network extracts."""
    frame = data[["name"]]
    frame["deep"] = tc.image_analysis.get_deep_features(data["image"], model.model, verbose=False)
    return frame


def create(tc, frame, **options):
    return tc.image_similarity.create(frame, verbose=False, **options)


@pytest.fixture(scope="module")
def model(tc, data):
    return create(tc, data)


@pytest.fixture(scope="module")
def named(tc, data):
    return create(tc, data, label="name")


@pytest.fixture(scope="module")
def of_features(tc, model, deep):
    return create(tc, deep, feature="deep", label="name", model=model.model)


def query(model, what, **options):
    return model.query(what, verbose=False, **options)


def graph(model, **options):
    return model.similarity_graph(verbose=False, **options)


def rows_of(frame) -> list[tuple]:
    """Return an answer's rows, their distances rounded."""
    columns = [list(frame[name]) for name in frame.column_names()]
    return [
        tuple(round(value, 4) if isinstance(value, float) else value for value in row)
        for row in zip(*columns)
    ]


# What a model knows of itself


def test_a_model_knows_what_it_was_made_from(model, named, of_features):
    assert (model.feature, model.label) == ("image", None)
    assert (named.feature, named.label) == ("image", "name")
    assert (of_features.feature, of_features.label) == ("deep", "name")
    assert (model.num_examples, model.num_features) == (5, 1)
    assert model.input_image_shape == INPUT_SHAPE
    assert isinstance(model.model, str) and model.training_time > 0


def test_the_summary_can_be_printed(model, capsys):
    assert model.summary() is None
    printed = capsys.readouterr().out
    assert "Number of examples                       : 5\n" in printed
    assert printed.strip() == model.summary("str").strip()


def test_the_summary_can_be_a_text(model):
    # The portable engine names its network too.
    lines = [line for line in model.summary("str").splitlines() if line[:7] != "Network"]
    assert lines[0] == "Class                                    : ImageSimilarityModel"
    assert lines[2:7] == [
        "Schema",
        "------",
        "Number of examples                       : 5",
        "Number of feature columns                : 1",
        f"Input image shape                        : {INPUT_SHAPE}",
    ]
    assert lines[8:10] == ["Training summary", "----------------"]
    assert lines[10].startswith("Training time (sec)                      : ")
    assert repr(model) == model.summary("str")


def test_the_summary_can_be_a_dict(model):
    summary = model.summary("dict")
    assert summary["section_titles"] == ["Schema", "Training summary"]
    schema, training = summary["sections"]
    assert [fact for fact in schema if fact[0][:7] != "Network"] == [
        ("Number of examples", 5),
        ("Number of feature columns", 1),
        ("Input image shape", INPUT_SHAPE),
    ]
    assert training == [("Training time (sec)", round(model.training_time, 4))]


def test_another_summary_is_refused(model):
    with pytest.raises(RuntimeError, match="xml"):
        model.summary("xml")


def test_a_models_feature_extractor_extracts_the_features_of_any_images(model, data, deep):
    found = model.feature_extractor.extract_features(data, "image", batch_size=2)
    assert found.dtype is array.array
    np.testing.assert_allclose(found.to_numpy(), deep["deep"].to_numpy(), atol=1e-6)


@pytest.mark.skipif(not PORTABLE, reason="Turi Create ends at them with errors of its engine")
def test_a_feature_extractor_wants_images(tc, model, data):
    extract = model.feature_extractor.extract_features
    with pytest.raises(KeyError, match="nothing"):
        extract(data, "nothing")
    with pytest.raises(tc.ToolkitError, match="images"):
        extract(data, "name")
    with pytest.raises(tc.ToolkitError, match="no images"):
        extract(data[:0], "image")
    with pytest.raises(ValueError, match="batch_size"):
        extract(data, "image", batch_size=0)


@pytest.mark.skipif(not PORTABLE, reason="Turi Create ends at such a picture")
def test_a_feature_extractor_leaves_a_gap_for_a_picture_that_cannot_be_read(tc, model, tmp_path):
    draw(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    rows = tc.image_analysis.load_images(str(tmp_path))
    with pytest.warns(UnreadableImageWarning, match=r"b\.png"):
        found = model.feature_extractor.extract_features(rows, "image")
    assert [value is None for value in found] == [False, True]


@pytest.mark.skipif(not PORTABLE, reason="Turi Create takes its own Image alone")
def test_pil_images_and_pixels_are_queries(tc, model, data, tmp_path):
    wanted = rows_of(query(model, data[2]["image"]))
    assert wanted[0][:3] == (0, 2, 0)
    pixels = data[2]["image"].pixel_data
    with PILImage.open(data[2]["path"]) as picture:
        for one in (picture, PILImage.fromarray(pixels), pixels, pixels[:, ::-1][:, ::-1]):
            assert rows_of(query(model, one)) == wanted
    grey = PILImage.fromarray(pixels).convert("L")
    assert rows_of(query(model, grey)) == rows_of(query(model, np.asarray(grey)))
    upside_down = PILImage.fromarray(pixels).rotate(180)
    upside_down.getexif()[0x0112] = 3
    upside_down.save(tmp_path / "turned.png", exif=upside_down.getexif())
    with PILImage.open(tmp_path / "turned.png") as turned:
        assert rows_of(query(model, turned)) == wanted


@pytest.mark.skipif(not PORTABLE, reason="Turi Create crops no pictures")
def test_a_part_of_a_picture_is_never_taken_for_the_whole(tc, model, data):
    whole = data[2]["image"]
    part = whole.crop(0, 0, whole.width // 2, whole.height // 2)
    of_pixels = rows_of(query(model, part.pixel_data))
    # The model knows the file, and so does the store by now.
    assert rows_of(query(model, part)) == of_pixels
    assert rows_of(query(model, whole)) != of_pixels
    rows = tc.SFrame({"image": [part, whole]})
    parts = create(tc, rows)
    assert [row[1:3] for row in rows_of(query(parts, whole, k=1))] == [(1, 0)]
    assert [row[1:3] for row in rows_of(query(parts, part, k=1))] == [(0, 0)]


@pytest.mark.skipif(not PORTABLE, reason="Turi Create takes its own arrays alone")
def test_the_features_of_one_picture_are_a_query(of_features, deep):
    wanted = rows_of(query(of_features, deep[1:2]))
    assert rows_of(query(of_features, np.array(deep[1]["deep"]))) == wanted


@pytest.mark.skipif(not PORTABLE, reason="Turi Create takes its own Image alone")
@pytest.mark.parametrize(
    ("what", "error", "match"),
    [
        (np.zeros((4, 5, 2), np.uint8), RuntimeError, "2 channels"),
        (np.zeros((4, 5, 3)), RuntimeError, "dtype float64"),
        (np.zeros(7), RuntimeError, "7 numbers"),
        (np.zeros((2, 3, 4, 3), np.uint8), RuntimeError, "shape"),
        ("a.png", TypeError, r"tc\.Image\(path\)"),
        (None, TypeError, "NoneType"),
    ],
)
def test_what_is_no_picture_is_no_query(model, what, error, match):
    with pytest.raises(error, match=match):
        query(model, what)


@pytest.mark.skipif(not PORTABLE, reason="Turi Create has no feature store")
def test_a_warning_about_the_store_is_of_the_callers_line(tc, data, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(FeatureStoreWarning) as caught:
        tc.image_similarity.create(data, cache=str(tmp_path / "file" / "x"), verbose=False)
    assert [one.filename for one in caught] == [__file__]


# What a model can be made from


def test_the_dataset_must_be_an_sframe(tc):
    with pytest.raises(TypeError, match="SFrame"):
        create(tc, {"image": []})


def test_an_empty_dataset_is_refused(tc, data):
    with pytest.raises(RuntimeError, match=r"empty dataset|no rows"):
        create(tc, data[0:0])


def test_an_unknown_network_is_refused_and_the_known_are_named(tc, data):
    with pytest.raises(RuntimeError, match=r"alexnet(.|\n)*resnet-50(.|\n)*squeezenet_v1\.1"):
        create(tc, data, model="alexnet")


def test_a_label_column_that_is_missing_is_named(tc, data):
    with pytest.raises(RuntimeError, match=r"[Rr]ow label column 'nothing' does not exist"):
        create(tc, data, label="nothing")


@pytest.mark.parametrize("label", ["weight", "image"])
def test_labels_must_be_numbers_or_texts(tc, data, label):
    with pytest.raises(TypeError, match=r"int|str"):
        create(tc, data, label=label)


def test_a_feature_column_that_is_missing_is_named(tc, data):
    with pytest.raises(RuntimeError, match=r"[Ii]mage feature column 'nothing' does not exist"):
        create(tc, data, feature="nothing")


@pytest.mark.parametrize("feature", ["weight", "name"])
def test_a_feature_column_of_another_type_is_refused(tc, data, feature):
    with pytest.raises(RuntimeError, match=feature):
        create(tc, data, feature=feature)


def test_a_dataset_without_images_is_refused(tc, data):
    with pytest.raises(RuntimeError, match="image"):
        create(tc, data[["name", "weight"]])


def test_two_columns_of_images_need_a_name(tc, data):
    both = data.add_column(data["image"], "other")
    with pytest.raises(RuntimeError, match="image"):
        create(tc, both)
    assert create(tc, both, feature="other").feature == "other"


def test_features_of_another_length_are_refused(tc, data):
    frame = data[["name"]]
    frame["short"] = data["id"].apply(lambda row: array.array("d", [1.0, 2.0, float(row)]))
    with pytest.raises(RuntimeError, match=r"features|resnet-50"):
        create(tc, frame, feature="short")


@pytest.mark.parametrize("batch_size", [0, -3])
def test_a_batch_size_below_one_is_refused(tc, data, model, batch_size):
    with pytest.raises(ValueError, match="batch_size"):
        create(tc, data, batch_size=batch_size)
    with pytest.raises(ValueError, match="batch_size"):
        query(model, data[0:1], batch_size=batch_size)


def test_the_batch_size_changes_no_answer(tc, data, model):
    answers = [rows_of(query(create(tc, data, batch_size=n), data, batch_size=n)) for n in (1, 3)]
    assert answers[0] == answers[1] == rows_of(query(model, data))


def test_a_dataset_is_not_changed(tc, data, model):
    assert data.column_names() == ["id", "path", "image", "name", "number", "weight"]


# What can be asked


def test_an_answer_lists_the_nearest_first_with_rank_and_distance(model, data):
    answer = query(model, data[1:3], k=3)
    assert answer.column_names() == RESULT
    assert answer.column_types() == [int, int, float, int]
    assert list(answer["query_label"]) == [0, 0, 0, 1, 1, 1]
    assert list(answer["rank"]) == [1, 2, 3, 1, 2, 3]
    assert list(answer["reference_label"])[::3] == [1, 2]
    distances = list(answer["distance"])
    assert distances[0] == distances[3] == 0
    assert 0 < distances[1] <= distances[2] and 0 < distances[4] <= distances[5]


def test_distances_are_euclidean_on_the_raw_features(model, data, deep):
    features = np.array([list(row) for row in deep["deep"]])
    for query_row, reference, distance, _ in rows_of(query(model, data, k=None)):
        exact = np.linalg.norm(features[query_row] - features[reference])
        assert distance == pytest.approx(exact, rel=1e-4, abs=1e-4)


def test_five_are_found_unless_said_otherwise(model, data):
    assert len(query(model, data[0:1])) == 5 and len(query(model, data[0:1], k=2)) == 2


def test_k_may_be_more_than_there_are_or_none_for_all(model, data):
    assert rows_of(query(model, data, k=None)) == rows_of(query(model, data, k=99))
    assert len(query(model, data, k=None)) == 25


def test_a_radius_bounds_the_distance(model, data):
    everything = rows_of(query(model, data, k=None))
    radius = sorted(distance for _, _, distance, _ in everything)[12] + 0.01
    within = [row for row in everything if row[2] <= radius]
    assert 0 < len(within) < 25
    assert rows_of(query(model, data, k=None, radius=radius)) == within
    nearest = [row for row in within if row[3] <= 2]
    assert rows_of(query(model, data, k=2, radius=radius)) == nearest


@pytest.mark.parametrize("k", [0, -1, 2.5, "five"])
def test_a_k_that_makes_no_sense_is_refused(model, data, k):
    with pytest.raises(ValueError, match="k"):
        query(model, data[0:1], k=k)
    with pytest.raises(ValueError, match="k"):
        graph(model, k=k)


@pytest.mark.parametrize("radius", [-1, "near"])
def test_a_radius_that_makes_no_sense_is_refused(model, data, radius):
    with pytest.raises(ValueError, match="radius"):
        query(model, data[0:1], radius=radius)
    with pytest.raises(ValueError, match="radius"):
        graph(model, radius=radius)


def test_references_are_named_by_the_models_label(named, data):
    answer = query(named, data[0:1], k=None)
    assert answer.column_types() == [int, str, float, int]
    assert answer["reference_label"][0] == "red"
    assert sorted(answer["reference_label"]) == sorted(COLORS)


def test_labels_may_be_numbers(tc, data):
    answer = query(create(tc, data, label="number"), data[2:3], k=1)
    assert rows_of(answer) == [(0, 20, 0.0, 1)]


@pytest.mark.parametrize(("label", "expected"), [("name", "blue"), ("number", 20)])
def test_queries_are_named_by_the_querys_label(model, data, label, expected):
    answer = query(model, data[2:3], label=label, k=1)
    assert rows_of(answer) == [(expected, 2, 0.0, 1)]


def test_a_query_label_that_is_missing_is_named(model, data):
    with pytest.raises(RuntimeError, match="nothing"):
        query(model, data[0:1], label="nothing")


def test_query_labels_must_be_numbers_or_texts(model, data):
    with pytest.raises(TypeError, match="label"):
        query(model, data[0:1], label="weight")


def test_a_column_of_images_can_be_asked(model, data):
    assert rows_of(query(model, data["image"][1:3])) == rows_of(query(model, data[1:3]))


def test_one_image_can_be_asked(tc, model, data):
    expected = rows_of(query(model, data[2:3]))
    assert rows_of(query(model, data["image"][2])) == expected
    assert rows_of(query(model, tc.Image(data["path"][2]))) == expected


def test_a_picture_that_is_new_to_the_model_can_be_asked(tc, model, tmp_path):
    image = tc.Image(str(draw(tmp_path / "new.png", "darkred", (65, 48))))
    assert rows_of(query(model, image, k=1)) == [(0, 1, 0.0, 1)]


def test_features_can_be_asked(model, data, deep):
    assert rows_of(query(model, deep["deep"][1:3])) == rows_of(query(model, data[1:3]))


@pytest.mark.parametrize("what", [3, "0-red.png", [1, 2], None])
def test_nothing_else_can_be_asked(model, what):
    with pytest.raises(TypeError, match="SFrame"):
        query(model, what)


def test_an_empty_query_is_refused(model, data):
    with pytest.raises(RuntimeError, match="no rows"):
        query(model, data[0:0])


def test_a_query_without_the_models_column_is_refused(model, of_features, data, deep):
    with pytest.raises(RuntimeError, match="image"):
        query(model, deep)
    with pytest.raises(RuntimeError, match="deep"):
        query(of_features, data)


# Features that were extracted before


def test_a_model_of_features_answers_like_one_of_images(of_features, named, data, deep):
    assert rows_of(query(of_features, deep)) == rows_of(query(named, data))
    assert rows_of(query(of_features, data["image"])) == rows_of(query(named, data))


def test_where_there_are_both_features_are_taken(tc, data, deep, model):
    both = data.add_column(deep["deep"], "deep")
    made = create(tc, both, model=model.model)
    assert made.feature == "deep" and rows_of(query(made, both)) == rows_of(query(model, data))


# The graph


def test_the_graph_has_an_edge_to_each_of_the_nearest_others(model, named):
    found = graph(named, k=2)
    assert sorted(found.vertices["__id"]) == sorted(COLORS)
    assert found.summary() == {"num_edges": 10, "num_vertices": 5}
    assert found.edges.column_names() == ["__src_id", "__dst_id", "distance", "rank"]
    assert all(edge["__src_id"] != edge["__dst_id"] for edge in found.edges)


def test_the_graph_can_be_a_table(model, data):
    table = graph(model, k=2, output_type="SFrame")
    others = [row for row in rows_of(query(model, data, k=3)) if row[0] != row[1]]
    expected = [(source, target, distance, rank - 1) for source, target, distance, rank in others]
    assert table.column_names() == RESULT
    for row, right in zip(sorted(rows_of(table)), sorted(expected)):
        assert row == pytest.approx(right, abs=1e-4)


def test_the_graph_and_the_table_tell_the_same(named):
    edges = sorted(rows_of(graph(named, k=2).edges))
    assert edges == sorted(rows_of(graph(named, k=2, output_type="SFrame")))


def test_the_graph_of_all_is_complete(model):
    assert graph(model, k=None).summary()["num_edges"] == 20


def test_self_edges_must_be_asked_for(model):
    table = graph(model, k=1, include_self_edges=True, output_type="SFrame")
    assert list(table["query_label"]) == list(table["reference_label"])
    assert max(table["distance"]) < 1e-5


def test_the_graph_respects_a_radius(model):
    distances = sorted(graph(model, k=None, output_type="SFrame")["distance"])
    radius = (distances[9] + distances[10]) / 2
    within = graph(model, k=None, radius=radius, output_type="SFrame")
    assert sorted(within["distance"]) == pytest.approx(distances[:10], abs=1e-4)


@pytest.mark.differs("neighbors")
def test_another_kind_of_graph_is_refused(model):
    with pytest.raises(ValueError, match="'SGraph' or 'SFrame'; found 'list'"):
        graph(model, output_type="list")


# Saved


@pytest.mark.parametrize("kind", ["model", "named", "of_features"])
def test_a_saved_and_loaded_model_answers_the_same(tc, request, data, deep, tmp_path, kind):
    saved = request.getfixturevalue(kind)
    saved.save(str(tmp_path / "saved.model"))
    loaded = tc.load_model(str(tmp_path / "saved.model"))
    what = deep if kind == "of_features" else data
    assert type(loaded) is type(saved)
    assert (loaded.label, loaded.feature, loaded.model) == (saved.label, saved.feature, saved.model)
    assert rows_of(query(loaded, what, k=None)) == rows_of(query(saved, what, k=None))
    assert loaded.summary("str") == saved.summary("str")


def test_loading_nothing_is_an_os_error(tc, tmp_path):
    with pytest.raises(OSError, match="gone"):
        tc.load_model(str(tmp_path / "gone"))


# What the portable engine does with pictures that cannot be read


@pytest.fixture
def broken(tc, data, tmp_path):
    """A folder where the second picture is none, and the fourth ends half-way."""
    for row in data:
        shutil.copy(row["path"], tmp_path)
    (tmp_path / "1-blood.png").write_bytes(b"no picture")
    half = (tmp_path / "3-navy.png").read_bytes()
    (tmp_path / "3-navy.png").write_bytes(half[: len(half) // 2])
    return tc.image_analysis.load_images(str(tmp_path)).add_row_number()


@pytest.mark.differs("unreadable")
def test_pictures_that_cannot_be_read_are_warned_about_and_listed(tc, broken):
    with pytest.warns(UnreadableImageWarning) as told:
        model = create(tc, broken)
    assert len(told) == 1 and str(told[0].message).startswith("2 of 5 pictures cannot be read:\n")
    assert model.num_examples == 3
    assert model.failures.column_names() == ["id", "path", "reason"]
    assert list(model.failures["id"]) == [1, 3]
    assert [Path(path).name for path in model.failures["path"]] == ["1-blood.png", "3-navy.png"]
    first, second = model.failures["reason"]
    assert first.startswith("not a picture, but text") and second


@pytest.mark.differs("unreadable")
def test_the_others_keep_their_numbers(tc, broken):
    with pytest.warns(UnreadableImageWarning):
        model = create(tc, broken)
        answer = query(model, broken, k=1)
    assert rows_of(answer) == [(0, 0, 0.0, 1), (2, 2, 0.0, 1), (4, 4, 0.0, 1)]
    assert sorted(graph(model).vertices["__id"]) == [0, 2, 4]


@pytest.mark.differs("unreadable")
def test_failures_are_named_by_the_models_label(tc, broken):
    broken["name"] = broken["path"].apply(lambda path: Path(path).stem)
    with pytest.warns(UnreadableImageWarning):
        model = create(tc, broken, label="name")
    assert list(model.failures["id"]) == ["1-blood", "3-navy"]


@pytest.mark.differs("unreadable")
def test_failures_are_saved_with_the_model(tc, broken, tmp_path):
    with pytest.warns(UnreadableImageWarning):
        model = create(tc, broken)
    model.save(str(tmp_path / "saved.model"))
    loaded = tc.load_model(str(tmp_path / "saved.model"))
    assert list(loaded.failures) == list(model.failures)


@pytest.mark.differs("unreadable")
def test_a_model_without_failures_has_an_empty_table_of_them(model):
    assert len(model.failures) == 0
    assert model.failures.column_names() == ["id", "path", "reason"]


@pytest.mark.differs("unreadable")
def test_a_missing_picture_is_a_failure(tc, data):
    images = tc.SArray([data["image"][0], None, data["image"][2]], tc.Image)
    with pytest.warns(UnreadableImageWarning, match="row 1, no file: the row has no picture"):
        model = create(tc, tc.SFrame({"image": images}))
    assert list(model.failures) == [
        {"id": 1, "path": None, "reason": "the row has no picture (a missing value)"}
    ]
    assert rows_of(query(model, data["image"][2:3], k=1)) == [(0, 2, 0.0, 1)]


@pytest.mark.differs("unreadable")
def test_missing_features_are_a_failure(tc, model, deep):
    rows = [None if row == 2 else vector for row, vector in enumerate(deep["deep"])]
    with pytest.warns(UnreadableImageWarning, match="row 2"):
        made = create(tc, tc.SFrame({"deep": tc.SArray(rows, array.array)}), model=model.model)
    assert list(made.failures["id"]) == [2] and made.num_examples == 4
    assert rows_of(query(made, deep["deep"][4:5], k=1)) == [(0, 4, 0.0, 1)]


@pytest.mark.differs("unreadable")
def test_where_none_can_be_read_it_is_an_error(tc, broken):
    with pytest.raises(RuntimeError, match="2 of 2 pictures cannot be read"):
        create(tc, broken.filter_by([1, 3], "id"))


@pytest.mark.differs("unreadable")
def test_a_single_query_that_cannot_be_read_is_an_error(model, broken):
    with pytest.raises(UnreadableImageError, match=r"1-blood\.png"):
        query(model, broken[1:2])


# What the portable engine has beyond


@pytest.mark.skipif(not PORTABLE, reason="the portable engine's own")
def test_the_store_can_be_elsewhere_or_off(tc, data, tmp_path, capsys):
    for cache, count in ((tmp_path / "mine.sqlite", 0), (tmp_path / "mine.sqlite", 5), (False, 0)):
        tc.image_similarity.create(data, cache=cache)
        assert f"{count} from the store" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["mine.sqlite"]


@pytest.mark.skipif(not PORTABLE, reason="the portable engine's own")
def test_what_changes_while_a_model_is_made_is_seen_by_its_refresh(tc, tmp_path):
    for name in ("a", "b"):
        draw(tmp_path / f"{name}.png")

    class Overwritten(tc.Image):
        __slots__ = ()

        def to_network_input(self, height, width):
            pixels = super().to_network_input(height, width)
            draw(tmp_path / "b.png", "blue", (99, 50))
            return pixels

    data = tc.image_analysis.load_images(str(tmp_path))
    data["image"] = tc.SArray([Overwritten.unread(path) for path in data["path"]], tc.Image)
    model = create(tc, data, cache=False)
    model.refresh(verbose=False)
    assert rows_of(query(model, tc.Image(str(tmp_path / "b.png")), k=1)) == [(0, 1, 0.0, 1)]


@pytest.mark.skipif(not PORTABLE, reason="the portable engine's own")
def test_nothing_is_printed_unless_verbose(tc, data, capfd):
    model = create(tc, data)
    query(model, data)
    graph(model)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not PORTABLE, reason="the portable engine's own")
def test_features_may_be_one_array(model, data, deep):
    vector = array.array("d", deep["deep"][1])
    assert rows_of(query(model, vector)) == rows_of(query(model, data[1:2]))
