"""A model as one ONNX file: what ONNX Runtime makes of it is what the model answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import zoo
from conftest import PORTABLE, draw
from onnx import TensorProto, helper
from test_graph import ANY, SIZE, Tiny

import lookalike
from lookalike import portable

pytestmark = pytest.mark.skipif(not PORTABLE, reason="Turi Create writes no ONNX")

COLORS = ("red", "blue", "green", "orange", "purple", "brown", "pink", "gold", "navy", "teal")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "photos"
    for number in range(24):
        color = COLORS[number % len(COLORS)]
        draw(folder / f"{number:02}.png", color, (60 + 7 * number, 50 + number % 5))
    return folder


@pytest.fixture(scope="module")
def data(photos):
    return lookalike.load_images(photos)


@pytest.fixture(scope="module")
def strangers(tmp_path_factory):
    """Pictures that no model has: of the same kind, grey, and noise."""
    folder = tmp_path_factory.mktemp("strangers")
    noise = np.random.default_rng(5).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    return [
        portable.Image(str(draw(folder / "red.png", "crimson", (90, 70)))),
        portable.Image(np.full((30, 30), 128, np.uint8)),
        portable.Image(noise),
    ]


def create(data, network="efficientnet-lite0", **options):
    return portable.image_similarity.create(data, model=network, verbose=False, **options)


def exported(model, path) -> onnxruntime.InferenceSession:
    model.export_onnx(path)
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def run(session, model, image) -> np.ndarray:
    """The distances that the file gives for a picture, prepared as the network's record says."""
    _, height, width = model.input_image_shape
    sizing = model.feature_extractor.network.sizing
    pixels = image.to_network_input(height, width, **sizing)[None]
    (found,) = session.run(["distances"], {"picture": pixels})
    assert (found.shape, found.dtype) == ((1, model.num_examples), np.float32)
    return found[0]


def answers(model, image) -> np.ndarray:
    """The distances that the model gives, in the order of its labels."""
    found = model.query(portable.SArray([image]), k=None, verbose=False)
    distances = dict(zip(found["reference_label"], found["distance"]))
    return np.array([distances[label] for label in model.similarity_model.labels])


def assert_alike(session, model, images) -> None:
    for image in images:
        wanted = answers(model, image)
        # Squares of distances are differences of products of float32.
        error = 1e-5 * max(1, wanted.max()) ** 2
        np.testing.assert_allclose(run(session, model, image) ** 2, wanted**2, atol=error)


# What it computes.


@pytest.mark.parametrize("network", ["efficientnet-lite0", "efficientnet-lite2"])
@pytest.mark.parametrize("centered", [True, False])
def test_the_file_gives_the_distances_of_the_model(data, strangers, tmp_path, network, centered):
    model = create(data, network, centered=centered)
    session = exported(model, tmp_path / "model.onnx")
    assert_alike(session, model, [*strangers, data[3]["image"]])


def test_the_nearest_are_the_same(data, tmp_path):
    model = lookalike.build_model(data, verbose=False)
    session = exported(model, tmp_path / "model.onnx")
    for row in (0, 7, 20):
        distances = run(session, model, data[row]["image"])
        assert distances.argmin() == row
        assert distances[row] == pytest.approx(0, abs=2e-3)


def test_a_picture_in_the_middle_of_a_centred_collection_is_compared_as_the_model_does(tmp_path):
    # Features at the mean count as uncentred.
    for number in range(12):
        draw(tmp_path / "photos" / f"{number}.png", "red" if number < 5 else COLORS[number - 2])
    model = lookalike.build_model(lookalike.load_images(tmp_path / "photos"), verbose=False)
    session = exported(model, tmp_path / "model.onnx")
    assert_alike(session, model, list(model.references["image"]))


def test_features_that_were_given_are_compared_as_they_are(data, strangers, tmp_path):
    frame = data[["id"]]
    frame["features"] = portable.image_analysis.get_deep_features(
        data["image"], "efficientnet-lite0", verbose=False
    )
    model = create(frame, feature="features", label="id")
    assert_alike(exported(model, tmp_path / "model.onnx"), model, strangers)


def test_a_loaded_model_writes_the_same_file(data, tmp_path):
    model = lookalike.build_model(data, verbose=False)
    model.export_onnx(tmp_path / "one.onnx")
    model.save(str(tmp_path / "saved"))
    portable.load_model(str(tmp_path / "saved")).export_onnx(str(tmp_path / "two.onnx"))
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()


# Networks of one's own.


def classifier(tmp_path, shape=ANY, **options):
    tiny = Tiny()
    tiny.node("Softmax", [tiny.dense(tiny.flat())], "scores")
    return tiny.model(shape, ["N", 5], **options)


def half(tmp_path):
    """A network of half precision, as the tests of sessions have it."""
    tiny = Tiny("full")
    tiny.nodes.insert(0, helper.make_node("Cast", ["data"], ["full"], to=TensorProto.FLOAT))
    tiny.node("Cast", [tiny.flat()], "half", to=TensorProto.FLOAT16)
    model = tiny.model(ANY, ["N", 4])
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    return model


def channels_last(tmp_path):
    tiny = Tiny("first")
    tiny.nodes.insert(0, helper.make_node("Transpose", ["data"], ["first"], perm=[0, 3, 1, 2]))
    tiny.dense(tiny.flat())
    return tiny.model(["N", SIZE, SIZE, 3], ["N", 5])


def names_taken(tmp_path):
    """A network whose tensors have the names of the file's own."""
    tiny = Tiny("picture")
    tiny.dense(tiny.flat(name="references"))
    tiny.node("Softmax", ["dense"], "distances")
    return tiny.model(ANY, ["N", 5], image="picture")


def several_parts(tmp_path):
    return zoo.dinov2()[0]


OWN = {
    "a classifier": (classifier, {}),
    "of an old file": (lambda path: classifier(path, opset=7, ir_version=3), {}),
    "a fixed batch": (lambda path: classifier(path, [3, 3, SIZE, SIZE]), {}),
    "blue first": (classifier, {"channels": "BGR", "mean": (9, 99, 150), "std": (30, 60, 90)}),
    "channels last": (channels_last, {}),
    "length 1": (classifier, {"unit_length": True}),
    "a free size": (
        lambda path: classifier(path, ["N", 3, "H", "W"]),
        {"input_shape": (3, 9, 7)},
    ),
    "the middle": (classifier, {"resize": 10, "resampling": "bicubic"}),
    "one of several vectors": (
        several_parts,
        {"output": "last_hidden_state[:, 0]", "unit_length": True, "input_shape": (3, 28, 42)},
    ),
    "some of several vectors": (
        several_parts,
        {"output": "last_hidden_state[:, 1:5:2, ::-1]", "input_shape": (3, 28, 28)},
    ),
    "the last one": (
        several_parts,
        {"output": "last_hidden_state[:, -1, 3]", "input_shape": (3, 28, 28)},
    ),
}


@pytest.mark.parametrize(("build", "options"), OWN.values(), ids=OWN)
@pytest.mark.parametrize("centered", [True, False])
def test_a_network_of_ones_own_is_in_the_file(build, options, centered, data, strangers, tmp_path):
    path = zoo.save(build(tmp_path), tmp_path / "mine.onnx")
    model = create(data, lookalike.Network(path, **options), centered=centered)
    session = exported(model, tmp_path / "model.onnx")
    assert_alike(session, model, [*strangers, data[3]["image"]])
    onnx.checker.check_model(str(tmp_path / "model.onnx"))


def test_a_network_of_half_precision_is_in_the_file(data, strangers, tmp_path):
    model = create(data, lookalike.Network(zoo.save(half(tmp_path), tmp_path / "mine.onnx")))
    session = exported(model, tmp_path / "model.onnx")
    for image in strangers:
        np.testing.assert_allclose(run(session, model, image), answers(model, image), atol=5e-3)


def test_a_network_whose_tensors_have_the_files_names_is_in_it(data, strangers, tmp_path):
    path = zoo.save(names_taken(tmp_path), tmp_path / "mine.onnx")
    model = create(data, lookalike.Network(path))
    session = exported(model, tmp_path / "model.onnx")
    (picture,), (distances,) = session.get_inputs(), session.get_outputs()
    pixels = strangers[2].to_network_input(SIZE, SIZE)[None]
    (found,) = session.run([distances.name], {picture.name: pixels})
    np.testing.assert_allclose(found[0], answers(model, strangers[2]), atol=1e-3)


def test_an_old_network_of_which_a_part_is_taken_is_an_error(data, tmp_path):
    path = zoo.save(classifier(tmp_path, opset=9), tmp_path / "mine.onnx")
    model = create(data, lookalike.Network(path, output="flat[:, 1:3]"))
    with pytest.raises(portable.ToolkitError, match=r"opset 9.*expected opset 10"):
        model.export_onnx(tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


# What it says.


def test_the_file_names_its_references(data, tmp_path):
    data["name"] = data["path"].apply(lambda path: path[-6:])
    model = create(data, label="name", centered=True)
    facts = exported(model, tmp_path / "model.onnx").get_modelmeta().custom_metadata_map
    assert json.loads(facts["labels"]) == [f"{number:02}.png" for number in range(24)]
    assert facts["network"] == "efficientnet-lite0"
    assert facts["comparison"] == "of length 1, centred"


def test_pictures_that_could_not_be_read_are_not_among_the_references(tmp_path):
    for number in range(3):
        draw(tmp_path / f"{number}.png", COLORS[number])
    (tmp_path / "1.png").write_bytes(b"no picture")
    with pytest.warns(lookalike.UnreadableImageWarning):
        model = create(portable.image_analysis.load_images(str(tmp_path)))
    facts = exported(model, tmp_path / "model.onnx").get_modelmeta().custom_metadata_map
    assert json.loads(facts["labels"]) == [0, 2]


@pytest.mark.parametrize("network", ["efficientnet-lite0", "efficientnet-lite2"])
def test_the_file_is_of_a_form_that_onnx_runtime_1_15_reads(data, tmp_path, network):
    create(data, network).export_onnx(tmp_path / "model.onnx")
    model = onnx.load(str(tmp_path / "model.onnx"))
    assert model.ir_version <= 9
    assert [(one.domain, one.version <= 19) for one in model.opset_import] == [("", True)]


def test_the_file_holds_no_path(data, photos, tmp_path):
    create(data).export_onnx(tmp_path / "model.onnx")
    assert not re.search(rb"photos|\.png", (tmp_path / "model.onnx").read_bytes())


# Where it is written.


def test_a_file_that_exists_is_replaced_and_nothing_else_is_left(data, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"old")
    create(data).export_onnx(tmp_path / "model.onnx")
    assert [one.name for one in tmp_path.iterdir()] == ["model.onnx"]
    assert onnx.load(str(tmp_path / "model.onnx")).graph.output[0].name == "distances"


def test_a_file_of_more_than_1_5_gb_is_an_error_and_nothing_is_written(data, tmp_path):
    path = zoo.save(classifier(tmp_path), tmp_path / "mine.onnx")
    network = replace(lookalike.Network(path), size=1_500_000_000)
    model = create(data, network)
    with pytest.raises(portable.ToolkitError, match=r"1,500,000,384 bytes.*1,500,000,000"):
        model.export_onnx(tmp_path / "out" / "model.onnx")
    assert [one.name for one in tmp_path.iterdir()] == ["mine.onnx"]


def test_a_folder_is_not_replaced(data, tmp_path):
    with pytest.raises(portable.ToolkitError, match="is a folder"):
        create(data).export_onnx(tmp_path)


def test_a_folder_that_does_not_exist_is_an_error(data, tmp_path):
    with pytest.raises(lookalike.MissingFileError, match="no folder"):
        create(data).export_onnx(tmp_path / "nowhere" / "model.onnx")


def test_a_network_that_is_not_here_any_more_is_an_error(data, tmp_path):
    path = zoo.save(classifier(tmp_path), tmp_path / "mine.onnx")
    model = create(data, lookalike.Network(path))
    path.unlink()
    with pytest.raises(lookalike.MissingFileError, match="mine"):
        model.export_onnx(tmp_path / "model.onnx")


@pytest.mark.differs("export")
def test_core_ml_is_not_here_and_the_error_names_what_is(data):
    with pytest.raises(AttributeError, match="export_onnx"):
        create(data).export_coreml("model.mlmodel")
