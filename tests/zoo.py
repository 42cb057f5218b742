"""Networks of the ONNX Model Zoo's operators and shapes, with random weights: the files of the
zoo cannot be had in a test, and their arithmetic does not depend on the numbers in them.
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
        self, inputs: list[Any], outputs: list[Any], opset: int = 12, ir_version: int = 7
    ) -> onnx.ModelProto:
        values = [numpy_helper.from_array(value, name) for name, value in self.weights.items()]
        image = helper.make_tensor_value_info("data", TensorProto.FLOAT, inputs)
        result = helper.make_tensor_value_info(self.nodes[-1].output[0], TensorProto.FLOAT, outputs)
        graph = helper.make_graph(self.nodes, "zoo", [image], [result], values)
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


def save(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path
