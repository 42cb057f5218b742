"""Networks of the catalogue's operators and shapes, with random weights: their
files cannot be had in a test, and their arithmetic does not depend on the numbers in them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """An ONNX graph in the making; ``weights`` keeps its numbers by name."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        self.weights[name] = np.asarray(value)
        return name

    def normal(self, name: str, shape: tuple[int, ...], fan_in: int) -> str:
        values = self.random.normal(0, np.sqrt(2 / fan_in), shape)
        return self.constant(name, values.astype(np.float32))

    def uniform(self, name: str, low: float, high: float, length: int) -> str:
        return self.constant(name, self.random.uniform(low, high, length).astype(np.float32))

    def convolution(
        self,
        x: str,
        name: str,
        channels: tuple[int, int],
        kernel: int,
        stride: int = 1,
        pad: int = 0,
    ) -> str:
        into, out = channels
        weight = self.normal(f"{name}_weight", (out, into, kernel, kernel), into * kernel**2)
        bias = self.uniform(f"{name}_bias", -0.1, 0.1, out)
        shape = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pad] * 4}
        return self.node("Conv", [x, weight, bias], name, **shape)

    def batch_norm(self, x: str, name: str, channels: int) -> str:
        parts = {"gamma": (0.5, 1), "beta": (-0.1, 0.1), "mean": (-0.1, 0.1), "var": (0.5, 1.5)}
        names = [self.uniform(f"{name}_{p}", *limits, channels) for p, limits in parts.items()]
        return self.node("BatchNormalization", [x, *names], name, epsilon=1e-5)

    def max_pool(self, x: str, name: str, pad: int) -> str:
        shape = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [pad] * 4}
        return self.node("MaxPool", [x], name, **shape)

    def model(
        self,
        inputs: list[Any],
        outputs: list[Any],
        opset: int = 12,
        ir_version: int = 7,
        image: str = "data",
    ) -> onnx.ModelProto:
        values = [numpy_helper.from_array(value, name) for name, value in self.weights.items()]
        pixels = helper.make_tensor_value_info(image, TensorProto.FLOAT, inputs)
        result = helper.make_tensor_value_info(self.nodes[-1].output[0], TensorProto.FLOAT, outputs)
        graph = helper.make_graph(self.nodes, "zoo", [pixels], [result], values)
        if ir_version < 4:
            # Files this old name their weights among the inputs.
            graph.input.extend(
                helper.make_tensor_value_info(one.name, one.data_type, one.dims) for one in values
            )
        opsets = [helper.make_opsetid("", opset)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)
        onnx.checker.check_model(model)
        return model


RESNET_STAGES = ((3, 256), (4, 512), (6, 1024), (3, 2048))


def resnet50() -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
    """The zoo's ResNet-50 v1, opset 12: a free batch, and a Gemm at the end."""
    graph = Graph()
    x = graph.batch_norm(graph.convolution("data", "stem", (3, 64), 7, 2, 3), "stem_norm", 64)
    x = graph.max_pool(graph.node("Relu", [x], "stem_relu"), "stem_pool", 1)
    into = 64
    for stage, (repeats, out) in enumerate(RESNET_STAGES):
        for repeat in range(repeats):
            stride = 2 if stage and not repeat else 1
            x = _bottleneck(graph, x, f"stage{stage}_{repeat}", into, out, stride)
            into = out
    x = graph.node("Flatten", [graph.node("GlobalAveragePool", [x], "pool")], "flat")
    weight = graph.normal("dense_weight", (1000, 2048), 2048)
    graph.node("Gemm", [x, weight, graph.uniform("dense_bias", -1, 1, 1000)], "dense", transB=1)
    return graph.model(["N", 3, 224, 224], ["N", 1000]), graph.weights


def _bottleneck(graph: Graph, x: str, name: str, into: int, out: int, stride: int) -> str:
    shortcut, inner = x, out // 4
    for part, channels, kernel in ((1, (into, inner), 1), (2, (inner, inner), 3)):
        step = stride if part == 1 else 1
        x = graph.convolution(x, f"{name}_conv{part}", channels, kernel, step, kernel // 2)
        x = graph.batch_norm(x, f"{name}_norm{part}", channels[1])
        x = graph.node("Relu", [x], f"{name}_relu{part}")
    x = graph.convolution(x, f"{name}_conv3", (inner, out), 1)
    x = graph.batch_norm(x, f"{name}_norm3", out)
    if into != out:
        shortcut = graph.convolution(shortcut, f"{name}_conv4", (into, out), 1, stride)
        shortcut = graph.batch_norm(shortcut, f"{name}_norm4", out)
    return graph.node("Relu", [graph.node("Add", [x, shortcut], f"{name}_add")], f"{name}_out")


# (squeeze, expand) of each fire; None is a pooling.
SQUEEZENET_FIRES = (
    *((16, 64), (16, 64), None, (32, 128), (32, 128), None),
    *((48, 192), (48, 192), (64, 256), (64, 256)),
)


def squeezenet() -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
    """The zoo's SqueezeNet 1.1, opset 7: a batch of one, weights as inputs, no dense layer."""
    graph = Graph()
    x = graph.node("Relu", [graph.convolution("data", "stem", (3, 64), 3, 2)], "stem_relu")
    x = graph.max_pool(x, "stem_pool", 0)
    into = 64
    for number, fire in enumerate(SQUEEZENET_FIRES):
        if fire is None:
            x = graph.max_pool(x, f"pool{number}", 0)
            continue
        squeeze, expand = fire
        name = f"fire{number}"
        x = graph.convolution(x, f"{name}_squeeze", (into, squeeze), 1)
        x = graph.node("Relu", [x], f"{name}_relu")
        sides = []
        for kernel in (1, 3):
            side = f"{name}_expand{kernel}"
            convolved = graph.convolution(x, side, (squeeze, expand), kernel, 1, kernel // 2)
            sides.append(graph.node("Relu", [convolved], f"{side}_relu"))
        x = graph.node("Concat", sides, f"{name}_out", axis=1)
        into = 2 * expand
    x = graph.node("Dropout", [x], "dropout", ratio=0.5)
    x = graph.node("Relu", [graph.convolution(x, "head", (into, 1000), 1)], "head_relu")
    x = graph.node("GlobalAveragePool", [x], "pool")
    graph.node("Reshape", [x, graph.constant("shape", np.array([0, -1], np.int64))], "scores")
    return graph.model([1, 3, 224, 224], [1, 1000], opset=7, ir_version=3), graph.weights


class Transformer(Graph):
    """A graph of tokens, ``(n, tokens, width)``."""

    def dense(self, x: str, name: str, width: tuple[int, int]) -> str:
        weight = self.normal(f"{name}_weight", width, 2 * width[0])
        product = self.node("MatMul", [x, weight], f"{name}_product")
        return self.node("Add", [self.uniform(f"{name}_bias", -0.1, 0.1, width[1]), product], name)

    def norm(self, x: str, name: str, width: int) -> str:
        scale = self.uniform(f"{name}_gamma", 0.5, 1.5, width)
        shift = self.uniform(f"{name}_beta", -0.1, 0.1, width)
        return self.node("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=1e-6)

    def whole(self, *numbers: int) -> str:
        return self.constant("whole_" + "_".join(map(str, numbers)), np.array(numbers, np.int64))

    def attention(self, x: str, name: str, width: int, heads: int) -> str:
        parts = []
        for part, turned in (
            ("query", [0, 2, 1, 3]),
            ("key", [0, 2, 3, 1]),
            ("value", [0, 2, 1, 3]),
        ):
            part_of_x = self.dense(x, f"{name}_{part}", (width, width))
            shape = self.whole(0, -1, heads, width // heads)
            split = self.node("Reshape", [part_of_x, shape], f"{name}_{part}_split")
            parts.append(self.node("Transpose", [split], f"{name}_{part}_heads", perm=turned))
        scores = self.node("MatMul", parts[:2], f"{name}_scores")
        root = self.constant("root", np.sqrt(np.float32(width // heads)))
        scaled = self.node("Div", [scores, root], f"{name}_scaled")
        shares = self.node("Softmax", [scaled], f"{name}_shares", axis=-1)
        seen = self.node("MatMul", [shares, parts[2]], f"{name}_seen")
        turned = self.node("Transpose", [seen], f"{name}_turned", perm=[0, 2, 1, 3])
        joined = self.node("Reshape", [turned, self.whole(0, -1, width)], f"{name}_joined")
        return self.dense(joined, f"{name}_out", (width, width))

    def gelu(self, x: str, name: str) -> str:
        root = self.constant("root_of_2", np.sqrt(np.float32(2)))
        one, half = (self.constant(f"number_{n}", np.float32(n)) for n in (1, 0.5))
        inner = self.node("Erf", [self.node("Div", [x, root], f"{name}_div")], f"{name}_erf")
        product = self.node(
            "Mul", [x, self.node("Add", [inner, one], f"{name}_add")], f"{name}_mul"
        )
        return self.node("Mul", [product, half], name)

    def scaled_sum(self, x: str, y: str, name: str, width: int) -> str:
        scale = self.uniform(f"{name}_scale", 0.1, 1, width)
        return self.node("Add", [self.node("Mul", [y, scale], f"{name}_scaled"), x], name)


DINOV2_PATCH = 14


def dinov2(
    width: int = 32, heads: int = 4, layers: int = 12, side: int = 37
) -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
    """DINOv2's operators: free sizes, positions that are resized to the picture's, two outputs."""
    graph = Transformer()
    patch = DINOV2_PATCH
    x = graph.convolution("pixel_values", "patches", (3, width), patch, patch)
    x = graph.node("Reshape", [x, graph.whole(0, width, -1)], "patches_flat")
    x = graph.node("Transpose", [x], "patches_turned", perm=[0, 2, 1])
    first = graph.normal("first_token", (1, 1, width), 2)
    size = graph.node("Shape", ["pixel_values"], "size")
    batch = graph.node("Gather", [size, graph.whole(0)], "batch")
    shape = graph.node("Concat", [batch, graph.whole(1, width)], "first_shape", axis=0)
    x = graph.node(
        "Concat", [graph.node("Expand", [first, shape], "first_tokens"), x], "tokens", axis=1
    )
    x = graph.node("Add", [x, _positions(graph, width, side)], "embedded")
    for number in range(layers):
        name = f"layer{number}"
        y = graph.attention(graph.norm(x, f"{name}_norm1", width), name, width, heads)
        x = graph.scaled_sum(x, y, f"{name}_sum1", width)
        y = graph.dense(graph.norm(x, f"{name}_norm2", width), f"{name}_up", (width, 4 * width))
        y = graph.dense(graph.gelu(y, f"{name}_gelu"), f"{name}_down", (4 * width, width))
        x = graph.scaled_sum(x, y, f"{name}_sum2", width)
    graph.norm(x, "last_hidden_state", width)
    free = ["batch", "channels", "height", "width"]
    model = graph.model(
        free, ["batch", "tokens", width], opset=17, ir_version=8, image="pixel_values"
    )
    pooled = helper.make_node("Gather", ["last_hidden_state", "whole_0"], ["pooled"], axis=1)
    model.graph.node.append(pooled)
    model.graph.output.add().CopyFrom(
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", 1, width])
    )
    return model, graph.weights


def _positions(graph: Transformer, width: int, side: int) -> str:
    """What tells the tokens' places: the first's, and the patches', resized to the picture's."""
    first = graph.normal("first_position", (1, 1, width), 2)
    grid = graph.normal("positions", (1, width, side, side), 2)
    shape = graph.node("Slice", ["size", graph.whole(2), graph.whole(4)], "height_and_width")
    patches = graph.node("Div", [shape, graph.whole(DINOV2_PATCH)], "patches_each_way")
    sizes = graph.node("Concat", [graph.whole(1, width), patches], "positions_size", axis=0)
    resized = graph.node(
        "Resize",
        [grid, "", "", sizes],
        "positions_resized",
        mode="cubic",
        cubic_coeff_a=-0.75,
        coordinate_transformation_mode="pytorch_half_pixel",
    )
    flat = graph.node("Reshape", [resized, graph.whole(0, width, -1)], "positions_flat")
    turned = graph.node("Transpose", [flat], "positions_turned", perm=[0, 2, 1])
    return graph.node("Concat", [first, turned], "positions_of_all", axis=1)


def save(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path
