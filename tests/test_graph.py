from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import zoo
from onnx import TensorProto, helper
from PIL import Image as PILImage

import lookalike
from lookalike import portable
from lookalike.networks import catalogue, provider
from lookalike.networks.extractor import FeatureExtractor
from lookalike.networks.graph import feature_graph
from lookalike.networks.network import Network
from lookalike.networks.record import NetworkRecord
from lookalike.networks.session import Session, open_session

SIZE = 8
PIXELS = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
ANY = ["N", 3, SIZE, SIZE]


class Tiny(zoo.Graph):
    """A 1x1 convolution to four channels, a ReLU, and the mean over the picture."""

    def __init__(self, image: str = "data") -> None:
        super().__init__(seed=1)
        x = self.node("Relu", [self.convolution(image, "conv", (3, 4), 1)], "relu")
        self.node("GlobalAveragePool", [x], "pool")

    def flat(self, x: str = "pool", name: str = "flat") -> str:
        return self.node("Flatten", [x], name)

    def dense(self, x: str) -> str:
        weight = self.normal("dense_weight", (4, 5), 4)
        return self.node("Gemm", [x, weight, self.uniform("dense_bias", -1, 1, 5)], "dense")

    def save(self, path: Path, inputs: list, outputs: list) -> Path:
        return zoo.save(self.model(inputs, outputs), path / "tiny.onnx")


def expected(weights: dict, pixels: np.ndarray, network: NetworkRecord) -> np.ndarray:
    """The features of Tiny in NumPy: ``(n, 4)``."""
    scaled = (pixels - np.array(network.mean)) / np.array(network.std)
    convolved = scaled @ weights["conv_weight"][:, :, 0, 0].T + weights["conv_bias"]
    return np.maximum(convolved, 0).mean(axis=(1, 2))


def features(network: NetworkRecord, pixels: np.ndarray = PIXELS) -> np.ndarray:
    return open_session(network).features(pixels)


def cut(path: Path) -> str:
    """The tensor at which a file's graph is cut."""
    (output,) = onnx.load_from_string(feature_graph(path)).graph.output
    return output.name


def values(shape: list, *outputs: str) -> tuple[list, list]:
    """The input and outputs of a graph that is put together by hand."""
    image = helper.make_tensor_value_info("data", TensorProto.FLOAT, ANY)
    return [image], [helper.make_tensor_value_info(o, TensorProto.FLOAT, shape) for o in outputs]


def classifier(tmp_path: Path, inputs: list = ANY) -> tuple[NetworkRecord, Tiny]:
    tiny = Tiny()
    tiny.node("Softmax", [tiny.dense(tiny.flat())], "scores")
    return Network(str(tiny.save(tmp_path, inputs, ["N", 5]))), tiny


# Against torch, which a developer may have: pip install torch==2.13.0.


def torch_resnet50(torch, weights, x):
    f = torch.nn.functional

    def layer(x, number, stride=1, padding=0, name=""):
        conv, norm = f"{name}conv{number}", f"{name}norm{number}"
        if not name:
            conv, norm = "stem", "stem_norm"
        x = f.conv2d(x, weights[f"{conv}_weight"], weights[f"{conv}_bias"], stride, padding)
        parts = (weights[f"{norm}_{part}"] for part in ("mean", "var", "gamma", "beta"))
        return f.batch_norm(x, *parts, training=False, eps=1e-5)

    x = f.max_pool2d(f.relu(layer(x, 0, 2, 3)), 3, 2, 1)
    for stage, repeats in enumerate((3, 4, 6, 3)):
        for repeat in range(repeats):
            name = f"stage{stage}_{repeat}_"
            stride = 2 if stage > 0 and repeat == 0 else 1
            y = f.relu(layer(x, 1, stride, name=name))
            y = layer(f.relu(layer(y, 2, padding=1, name=name)), 3, name=name)
            x = f.relu(y + (x if repeat else layer(x, 4, stride, name=name)))
    return x.mean((2, 3))


def torch_squeezenet(torch, weights, x):
    f = torch.nn.functional

    def layer(x, name, stride=1, padding=0):
        weight, bias = weights[f"{name}_weight"], weights[f"{name}_bias"]
        return f.relu(f.conv2d(x, weight, bias, stride, padding))

    x = layer(x, "stem", 2)
    for number in range(10):
        if number in (0, 3, 6):
            x = f.max_pool2d(x, 3, 2)
        if number not in (2, 5):
            x = layer(x, f"fire{number}_squeeze")
            sides = [layer(x, f"fire{number}_expand{k}", padding=k // 2) for k in (1, 3)]
            x = torch.cat(sides, 1)
    return layer(x, "head").mean((2, 3))


def torch_dinov2(torch, weights, x, heads=4, layers=12):
    f = torch.nn.functional

    def dense(x, name):
        return x @ weights[f"{name}_weight"] + weights[f"{name}_bias"]

    def norm(x, name):
        return f.layer_norm(
            x, x.shape[-1:], weights[f"{name}_gamma"], weights[f"{name}_beta"], 1e-6
        )

    x = f.conv2d(x, weights["patches_weight"], weights["patches_bias"], zoo.DINOV2_PATCH)
    grid = f.interpolate(weights["positions"], x.shape[2:], mode="bicubic", align_corners=False)
    x = (x + grid).flatten(2).transpose(1, 2)
    first = weights["first_token"] + weights["first_position"]
    x = torch.cat([first.expand(len(x), -1, -1), x], 1)
    for number in range(layers):
        name = f"layer{number}"
        y = norm(x, f"{name}_norm1")
        parts = [dense(y, f"{name}_{part}") for part in ("query", "key", "value")]
        parts = [part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in parts]
        y = f.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)
        x = x + weights[f"{name}_sum1_scale"] * dense(y, f"{name}_out")
        y = f.gelu(dense(norm(x, f"{name}_norm2"), f"{name}_up"))
        x = x + weights[f"{name}_sum2_scale"] * dense(y, f"{name}_down")
    return f.normalize(norm(x, "last_hidden_state")[:, 0])


def dinov2(tmp_path: Path) -> tuple[NetworkRecord, dict]:
    """The catalogue's record of DINOv2, for a smaller file of its operators."""
    model, weights = zoo.dinov2()
    mine = Network(str(zoo.save(model, tmp_path / "dino.onnx")), output="last_hidden_state[:, 0]")
    facts = {"file": mine.file, "size": mine.size, "sha256": mine.sha256, "url": ""}
    return replace(catalogue.DINOV2_SMALL, num_features=mine.num_features, **facts), weights


def test_features_of_dinov2_are_those_of_torch(tmp_path):
    torch = pytest.importorskip("torch")
    network, weights = dinov2(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    picture = PILImage.fromarray(noise).resize((600, 450), PILImage.Resampling.BICUBIC)
    (found,) = FeatureExtractor(network).extract([portable.Image.from_pixels(np.array(picture))])[0]
    middle = picture.resize((341, 256), PILImage.Resampling.BICUBIC).crop((58, 16, 282, 240))
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    batch = ((np.asarray(middle)[None] / 255 - mean) / std).transpose(0, 3, 1, 2)
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
    with torch.no_grad():
        wanted = torch_dinov2(torch, tensors, torch.from_numpy(batch.astype(np.float32))).numpy()
    assert found.shape == (32,)
    np.testing.assert_allclose(found, wanted[0], atol=1e-4)


def test_dinov2_gives_features_of_length_1(tmp_path):
    network, _ = dinov2(tmp_path)
    found = features(network, np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8))
    assert found.shape == (2, 32)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("build", "reference"),
    [(zoo.resnet50, torch_resnet50), (zoo.squeezenet, torch_squeezenet)],
    ids=["resnet-50", "squeezenet"],
)
def test_features_of_the_zoos_networks_are_those_of_torch(build, reference, tmp_path):
    torch = pytest.importorskip("torch")
    model, weights = build()
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    found = features(Network(str(zoo.save(model, tmp_path / "zoo.onnx"))), pixels)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    batch = ((pixels / 255 - mean) / std).transpose(0, 3, 1, 2).astype(np.float32)
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    with torch.no_grad():
        wanted = reference(torch, tensors, torch.from_numpy(batch)).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


# Where the features are.


def test_the_last_fully_connected_layer_is_cut_off(tmp_path):
    network, tiny = classifier(tmp_path)
    assert network.num_features == 4
    np.testing.assert_allclose(
        features(network), expected(tiny.weights, PIXELS, network), rtol=1e-5, atol=1e-6
    )


def test_a_product_with_weights_and_a_bias_are_a_fully_connected_layer(tmp_path):
    tiny = Tiny()
    product = tiny.node("MatMul", [tiny.flat(), tiny.normal("weight", (4, 5), 4)], "product")
    tiny.node("Add", [product, tiny.uniform("bias", -1, 1, 5)], "scores")
    network = Network(str(tiny.save(tmp_path, ANY, ["N", 5])))
    np.testing.assert_allclose(
        features(network), expected(tiny.weights, PIXELS, network), rtol=1e-5, atol=1e-6
    )


def test_a_convolution_of_what_is_pooled_is_a_fully_connected_layer(tmp_path):
    tiny = Tiny()
    tiny.flat(tiny.convolution("pool", "head", (4, 5), 1), "scores")
    network = Network(str(tiny.save(tmp_path, ANY, ["N", 5])))
    np.testing.assert_allclose(
        features(network), expected(tiny.weights, PIXELS, network), rtol=1e-5, atol=1e-6
    )


def test_without_a_fully_connected_layer_the_output_is_taken_before_its_softmax(tmp_path):
    tiny = Tiny()
    tiny.node("Softmax", [tiny.flat()], "scores")
    network = Network(str(tiny.save(tmp_path, ANY, ["N", 4])))
    np.testing.assert_allclose(
        features(network), expected(tiny.weights, PIXELS, network), rtol=1e-5, atol=1e-6
    )


def test_an_extractor_that_ends_in_a_layer_is_kept_whole_when_its_output_is_named(tmp_path):
    tiny = Tiny()
    tiny.dense(tiny.flat())
    network = Network(str(tiny.save(tmp_path, ANY, ["N", 5])), output="dense")
    pooled = expected(tiny.weights, PIXELS, network)
    wanted = pooled @ tiny.weights["dense_weight"] + tiny.weights["dense_bias"]
    np.testing.assert_allclose(features(network), wanted, rtol=1e-5, atol=1e-6)


# How pictures go in.


@pytest.mark.parametrize("batch", ["N", 1, 2])
def test_a_batch_is_free_or_fixed(batch, tmp_path):
    network, tiny = classifier(tmp_path, [batch, 3, SIZE, SIZE])
    np.testing.assert_allclose(
        features(network), expected(tiny.weights, PIXELS, network), rtol=1e-5, atol=1e-6
    )


def test_channels_may_come_last(tmp_path):
    tiny = Tiny("first")
    tiny.nodes.insert(0, helper.make_node("Transpose", ["data"], ["first"], perm=[0, 3, 1, 2]))
    tiny.dense(tiny.flat())
    network = Network(str(tiny.save(tmp_path, ["N", SIZE, SIZE, 3], ["N", 5])))
    assert network.input_shape == (3, SIZE, SIZE)
    np.testing.assert_allclose(
        features(network), expected(tiny.weights, PIXELS, network), rtol=1e-5, atol=1e-6
    )


def test_the_size_that_a_file_fixes_wins(tmp_path):
    network, _ = classifier(tmp_path)
    assert network.input_shape == (3, SIZE, SIZE)


def test_a_size_that_a_file_leaves_open_is_the_one_given(tmp_path):
    tiny = Tiny()
    tiny.dense(tiny.flat())
    path = tiny.save(tmp_path, ["N", 3, "h", "w"], ["N", 5])
    assert Network(str(path)).input_shape == (3, 224, 224)
    assert Network(str(path), input_shape=(3, 16, 24)).input_shape == (3, 16, 24)


def test_mean_and_deviation_are_those_of_the_record(tmp_path):
    path = classifier(tmp_path)[0].file
    network = Network(path, mean=(0, 10, 20), std=(255, 100, 50))
    np.testing.assert_allclose(
        features(network), expected(Tiny().weights, PIXELS, network), rtol=1e-5, atol=1e-6
    )


def test_colours_may_be_wanted_in_the_order_blue_green_red(tmp_path):
    path = classifier(tmp_path)[0].file
    turned = Network(path, channels="BGR")
    np.testing.assert_array_equal(
        features(turned), features(Network(path), np.ascontiguousarray(PIXELS[..., ::-1]))
    )


def test_pixels_are_given_in_half_precision_where_the_file_wants_them_so(tmp_path):
    tiny = Tiny("wide")
    cast = helper.make_node("Cast", ["data"], ["wide"], to=TensorProto.FLOAT)
    tiny.nodes.insert(0, cast)
    tiny.dense(tiny.flat())
    model = tiny.model(ANY, ["N", 5])
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    network = Network(str(zoo.save(model, tmp_path / "half.onnx")))
    found = features(network)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected(tiny.weights, PIXELS, network), rtol=1e-2, atol=1e-3)


def test_no_pictures_have_no_features(tmp_path):
    assert features(classifier(tmp_path)[0], PIXELS[:0]).shape == (0, 4)


# What cannot be cut or run says what was found.


def test_a_file_that_is_no_network_says_so(tmp_path):
    path = tmp_path / "notes.onnx"
    path.write_text("no network")
    with pytest.raises(lookalike.ToolkitError, match=r"notes\.onnx is not an ONNX file"):
        Network(str(path))


def test_an_empty_file_says_so(tmp_path):
    path = tmp_path / "empty.onnx"
    path.touch()
    with pytest.raises(lookalike.ToolkitError, match="holds no graph with an output"):
        Network(str(path))


def test_weights_in_another_file_are_refused_with_the_way_to_one_file(tmp_path):
    tiny = Tiny()
    tiny.dense(tiny.flat())
    model, path = tiny.model(ANY, ["N", 5]), str(tmp_path / "parts.onnx")
    onnx.save(model, path, save_as_external_data=True, location="weights", size_threshold=0)
    with pytest.raises(lookalike.ToolkitError, match="keeps its weights in other files"):
        Network(path)
    onnx.save(onnx.load(path), str(tmp_path / "whole.onnx"))
    assert Network(str(tmp_path / "whole.onnx")).num_features == 4


def test_a_damaged_file_says_so(tmp_path):
    path = Path(classifier(tmp_path)[0].file)
    content = path.read_bytes()
    for position in range(0, len(content), 7):
        damaged = content[:position] + b"\xfa" + content[position + 1 :]
        path.write_bytes(damaged)
        try:
            feature_graph(path)
        except lookalike.ToolkitError as error:
            assert str(path) in str(error)


@pytest.mark.parametrize("output", [None, 5, ["pool"]], ids=str)
def test_an_output_that_is_no_name_is_refused(output, tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match="Expected output to be the name of a tensor"):
        Network(path, output=output)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(lookalike.MissingFileError, match="There is no file"):
        Network(str(tmp_path / "none.onnx"))


def test_several_outputs_are_named(tmp_path):
    tiny = Tiny()
    tiny.dense(tiny.flat())
    model = tiny.model(ANY, ["N", 5])
    model.graph.output.add().CopyFrom(helper.make_tensor_value_info("flat", TensorProto.FLOAT, []))
    path = str(zoo.save(model, tmp_path / "two.onnx"))
    with pytest.raises(lookalike.ToolkitError, match=r"2 outputs: dense, flat\. Choose"):
        Network(path)
    assert Network(path, output="flat").num_features == 4


def test_a_tensor_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match=r"no tensor 'x'.* are .*dense, scores"):
        Network(path, output="x")


@pytest.mark.parametrize(
    "shape", [["N", 1, SIZE, SIZE], ["N", 128], ["N", 3, SIZE, SIZE, SIZE]], ids=str
)
def test_an_input_that_is_no_colour_picture_is_named(shape, tmp_path):
    graph = zoo.Graph()
    graph.node("Flatten", ["data"], "flat")
    path = str(zoo.save(graph.model(shape, ["N", "d"]), tmp_path / "other.onnx"))
    with pytest.raises(lookalike.ToolkitError, match=r"has data tensor\(float\) \['N', "):
        Network(path)


def test_several_inputs_are_named(tmp_path):
    tiny = Tiny()
    tiny.node("Mul", [tiny.flat(), "flat"], "masked")
    model = tiny.model(ANY, ["N", 4])
    model.graph.node[-1].input[1] = "mask"
    mask = helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["N", 4])
    model.graph.input.extend([mask])
    with pytest.raises(lookalike.ToolkitError, match=r"has data .*; mask tensor\(float\)"):
        Network(str(zoo.save(model, tmp_path / "two.onnx")))


def test_an_operator_that_the_runtime_does_not_know_is_named(tmp_path):
    tiny = Tiny()
    tiny.flat()
    model = tiny.model(ANY, ["N", 4])
    model.graph.node[0].op_type = "Convolutional"
    with pytest.raises(lookalike.ToolkitError, match=r"cannot load the network .*Convolutional"):
        Network(str(zoo.save(model, tmp_path / "odd.onnx")))


def test_a_network_that_does_not_run_on_a_picture_says_how_it_was_given(tmp_path):
    tiny = Tiny()
    wrong = tiny.constant("shape", np.array([-1, 7], np.int64))
    tiny.node("Reshape", [tiny.flat(), wrong], "scores")
    path = str(tiny.save(tmp_path, ["N", 3, SIZE, SIZE], ["N", 7]))
    with pytest.raises(lookalike.ToolkitError, match="does not run on a picture of 8 x 8 pixels"):
        Network(path)


@pytest.mark.parametrize(
    "shape", [3, (3, 8), (1, 8, 8), (3, 0, 8), (3, 8.5, 8), "small", (3, 8, float("nan"))], ids=str
)
def test_an_input_shape_that_is_none_is_refused(shape, tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match="Expected an input_shape of 3 channels"):
        Network(path, input_shape=shape)


# Networks of patches, such as CLIP and DINOv2.


def tokens(tmp_path: Path) -> tuple[str, zoo.Graph]:
    """A network of four vectors, one for each quarter of the picture, and six numbers in each."""
    graph = zoo.Graph()
    patches = graph.convolution("data", "patches", (3, 6), 4, 4)
    shape = graph.constant("shape", np.array([0, 6, 4], np.int64))
    flat = graph.node("Reshape", [patches, shape], "flat")
    graph.node("Transpose", [flat], "tokens", perm=[0, 2, 1])
    return str(zoo.save(graph.model(ANY, ["N", 4, 6]), tmp_path / "patches.onnx")), graph


def tokens_of(graph: zoo.Graph, pixels: np.ndarray, network: NetworkRecord) -> np.ndarray:
    """What that network gives in NumPy: ``(n, 4, 6)``."""
    scaled = (pixels - np.array(network.mean)) / np.array(network.std)
    quarters = scaled.reshape(-1, 2, 4, 2, 4, 3).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4, 48)
    weights = graph.weights["patches_weight"].reshape(6, 48)
    return quarters @ weights.T + graph.weights["patches_bias"]


@pytest.mark.parametrize(
    ("output", "index"),
    [
        ("tokens", np.s_[:]),
        ("tokens[:]", np.s_[:]),
        ("tokens[:, 0]", np.s_[:, 0]),
        ("tokens[:,-1]", np.s_[:, -1]),
        ("tokens[:, 1:]", np.s_[:, 1:]),
        ("tokens[ : , ::2, 3]", np.s_[:, ::2, 3]),
        ("flat[:, 2:5, 0]", None),
    ],
)
def test_an_output_may_be_a_part_of_a_tensor(output, index, tmp_path):
    path, graph = tokens(tmp_path)
    network = Network(path, output=output)
    wanted = tokens_of(graph, PIXELS, network)
    wanted = wanted[:, 0, 2:5] if index is None else wanted[index].reshape(3, -1)
    assert network.num_features == wanted.shape[1]
    np.testing.assert_allclose(features(network), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("part", ["0", "", "0:2", "1:, 0", ":, x", ":, 1:2:3:4", "..., 0"])
def test_a_part_that_does_not_take_all_pictures_is_refused(part, tmp_path):
    path, _ = tokens(tmp_path)
    with pytest.raises(lookalike.ToolkitError, match=r"all pictures first, .*'last_hidden_state\["):
        Network(path, output=f"tokens[{part}]")


@pytest.mark.parametrize("part", [":, 4", ":, 0, 0, 0", ":, 4:"])
def test_a_part_that_is_not_there_is_refused(part, tmp_path):
    path, _ = tokens(tmp_path)
    with pytest.raises(lookalike.ToolkitError, match=r"patches\.onnx (does not run|gives no feat)"):
        Network(path, output=f"tokens[{part}]")


def test_features_are_made_length_1_where_that_is_wanted(tmp_path):
    path, _ = tokens(tmp_path)
    raw, unit = Network(path), Network(path, unit_length=True)
    wanted = features(raw) / np.linalg.norm(features(raw), axis=1, keepdims=True)
    np.testing.assert_allclose(features(unit), wanted, rtol=1e-6)
    assert features(unit).dtype == np.float32


def test_features_of_zeros_stay_zeros(tmp_path):
    tiny = Tiny()
    none = tiny.constant("none", np.zeros((1, 4), np.float32))
    tiny.node("Mul", [tiny.flat(), none], "scores")
    path = str(tiny.save(tmp_path, ANY, ["N", 4]))
    assert not features(Network(path, output="scores", unit_length=True)).any()


@pytest.mark.parametrize("resize", ["crop", "256", 0, -1, 8.5, None, True, float("nan"), (9, 9)])
def test_a_rule_of_resizing_that_is_none_is_refused(resize, tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match="Expected resize to be 'squash', or the pix"):
        Network(path, resize=resize)


def test_a_middle_that_is_larger_than_the_picture_is_refused(tmp_path):
    path = classifier(tmp_path)[0].file
    assert Network(path, resize=8).resize == 8
    with pytest.raises(lookalike.ToolkitError, match=r"at least 8: .* middle, 8 x 8 pixels.* 7"):
        Network(path, resize=7)


@pytest.mark.parametrize("resampling", ["cubic", "BICUBIC", None, 3])
def test_a_filter_that_is_not_known_is_refused(resampling, tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match="one of bilinear, bicubic; found"):
        Network(path, resampling=resampling)


def test_pictures_come_to_a_network_as_its_rules_say(tmp_path):
    path, graph = tokens(tmp_path)
    network = Network(
        path, output="tokens[:, 3]", resize=10, resampling="bicubic", unit_length=True
    )
    noise = np.random.default_rng(1).integers(0, 256, (30, 45, 3), dtype=np.uint8)
    picture = portable.Image.from_pixels(noise)
    (found,) = FeatureExtractor(network).extract([picture]).features
    whole = PILImage.fromarray(noise).resize((15, 10), PILImage.Resampling.BICUBIC)
    middle = np.asarray(whole.crop((3, 1, 11, 9)))
    wanted = tokens_of(graph, middle[None], network)[0, 3]
    np.testing.assert_allclose(found, wanted / np.linalg.norm(wanted), atol=0.01)
    assert np.linalg.norm(found) == pytest.approx(1)


# Graphs of any depth and shape are cut at once, or refused in a sentence.


def test_a_deep_network_is_cut(tmp_path):
    deep = zoo.Graph()
    x = deep.convolution("data", "stem", (3, 4), 1)
    for number in range(400):
        y = deep.node("Relu", [deep.convolution(x, f"conv{number}", (4, 4), 1)], f"relu{number}")
        x = deep.node("Add", [x, y], f"sum{number}")
    x = deep.node("Flatten", [deep.node("GlobalAveragePool", [x], "pool")], "flat")
    deep.node("Gemm", [x, deep.normal("weight", (4, 5), 4)], "scores")
    assert cut(zoo.save(deep.model(ANY, ["N", 5]), tmp_path / "deep.onnx")) == "flat"


def test_long_chains_of_constants_are_walked_once(tmp_path):
    chained = Tiny()
    x = chained.constant("bias", np.ones((1, 5), np.float32))
    # Twice as many ways to the first one with each.
    for number in range(200):
        x = chained.node("Add", [x, x], f"twice{number}")
    product = chained.node("MatMul", [chained.flat(), chained.normal("w", (4, 5), 4)], "product")
    chained.node("Add", [product, x], "scores")
    assert cut(chained.save(tmp_path, ANY, ["N", 5])) == "flat"


@pytest.mark.parametrize("output", ["", "flat"])
def test_a_graph_that_goes_round_in_a_circle_is_refused(output, tmp_path):
    tiny = Tiny()
    tiny.flat()
    model = tiny.model(ANY, ["N", 4])
    model.graph.node.append(helper.make_node("Identity", ["b"], ["a"]))
    model.graph.node.append(helper.make_node("Flatten", ["a"], ["b"]))
    model.graph.output[0].name = "b"
    path = str(zoo.save(model, tmp_path / "circle.onnx"))
    with pytest.raises(lookalike.ToolkitError, match=r"circle\.onnx .* in a circle, at '[ab]'"):
        Network(path, output=output)


def test_a_node_that_reads_what_it_makes_is_refused(tmp_path):
    tiny = Tiny()
    tiny.node("Add", [tiny.flat(), "sum"], "sum")
    model = helper.make_model(helper.make_graph(tiny.nodes, "zoo", *values(["N", 4], "sum")))
    with pytest.raises(lookalike.ToolkitError, match="in a circle, at 'sum'"):
        Network(str(zoo.save(model, tmp_path / "self.onnx")))


def test_a_network_without_an_input_is_refused(tmp_path):
    constant = zoo.Graph()
    constant.node("Relu", [constant.constant("numbers", np.ones((1, 4), np.float32))], "scores")
    model = constant.model(ANY, [1, 4])
    del model.graph.input[:]
    with pytest.raises(lookalike.ToolkitError, match="sees no picture: 'scores' depends on none"):
        Network(str(zoo.save(model, tmp_path / "blind.onnx")))


def test_features_that_do_not_depend_on_the_picture_are_refused(tmp_path):
    tiny = Tiny()
    tiny.node("Relu", [tiny.constant("bias", np.ones((1, 4), np.float32))], "blind")
    tiny.node("Add", [tiny.flat(), "blind"], "scores")
    path = str(tiny.save(tmp_path, ANY, ["N", 4]))
    assert Network(path).num_features == 4
    with pytest.raises(lookalike.ToolkitError, match="sees no picture: 'blind' depends on none"):
        Network(path, output="blind")


def test_features_of_no_width_are_refused(tmp_path):
    tiny = Tiny()
    bounds = [tiny.constant(name, np.array([0], np.int64)) for name in ("first", "last")]
    axis = tiny.constant("axis", np.array([1], np.int64))
    tiny.node("Slice", [tiny.flat(), *bounds, axis], "nothing")
    path = str(tiny.save(tmp_path, ANY, ["N", 0]))
    with pytest.raises(lookalike.ToolkitError, match=r"gives no features: expected at least one"):
        Network(path)


def test_a_network_that_never_ends_is_given_up(tmp_path):
    number = helper.make_tensor_value_info("number", TensorProto.INT64, [])
    yes, more = (
        helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("yes", "more")
    )
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy")
    nodes = [
        helper.make_node("Identity", ["yes"], ["more"]),
        helper.make_node("Relu", ["x"], ["y"]),
    ]
    body = helper.make_graph(nodes, "body", [number, yes, x], [more, y])
    endless = zoo.Graph()
    endless.node("Loop", ["", endless.constant("true", np.array(True)), "data"], "y", body=body)
    path = zoo.save(endless.model(ANY, ANY, opset=13), tmp_path / "endless.onnx")
    record = NetworkRecord(
        name="endless",
        file=str(path),
        num_features=0,
        size=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    with pytest.raises(lookalike.ToolkitError, match=r"endless\.onnx .*: still ran after"):
        Session(record, provider.PROVIDERS["cpu"], patience=0.2)


def test_what_only_other_outputs_need_is_left_out(tmp_path):
    # As a model of pictures and texts, whose picture half is wanted.
    tiny = Tiny()
    tiny.dense(tiny.flat())
    tiny.node("Mul", ["dense", "text"], "likeness")
    nodes, weights = tiny.nodes, tiny.weights
    graph = helper.make_graph(nodes, "both", *values(["N", 5], "dense", "likeness"))
    graph.input.append(helper.make_tensor_value_info("text", TensorProto.FLOAT, ["N", 5]))
    graph.initializer.extend(onnx.numpy_helper.from_array(w, name) for name, w in weights.items())
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=7)
    network = Network(str(zoo.save(model, tmp_path / "both.onnx")), output="dense")
    assert network.num_features == 5


def test_colours_in_another_order_than_the_two_are_refused(tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match="Expected channels 'RGB' or 'BGR'"):
        Network(path, channels="GBR")


@pytest.mark.parametrize("mean", [0, (1, 2), "red", (1, 2, "x")], ids=str)
def test_a_mean_that_is_not_three_numbers_is_refused(mean, tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match="Expected three numbers each as mean and std"):
        Network(path, mean=mean)


def test_a_deviation_of_nothing_is_refused(tmp_path):
    path = classifier(tmp_path)[0].file
    with pytest.raises(lookalike.ToolkitError, match="a std above 0"):
        Network(path, std=(1, 0, 1))


def test_mean_and_deviation_may_be_any_sequences_of_numbers(tmp_path):
    path = classifier(tmp_path)[0].file
    given = Network(path, mean=[0, 10, 20], std=np.array([255, 100, 50]), input_shape=[3, 8, 8])
    assert (
        given.fingerprint == Network(path, mean=(0.0, 10.0, 20.0), std=(255, 100, 50)).fingerprint
    )
