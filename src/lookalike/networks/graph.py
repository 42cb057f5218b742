"""Where an image network's features are in its ONNX graph, and the graph cut there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BackendError, ToolkitError

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

# What may stand between the last layer and the output, and changes no more than scale and shape.
SOFTMAXES = {"Softmax", "LogSoftmax", "Sigmoid"}
SHAPES = {"Identity", "Cast", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze"}
# With a constant: what remains of a layer's bias or of the scaling of its output.
ARITHMETIC = {"Add", "Sub", "Mul", "Div"}
POOLINGS = {"GlobalAveragePool", "GlobalMaxPool", "AveragePool", "ReduceMean"}


def feature_graph(path: Path, output: str = "") -> bytes:
    """Return the graph of a file with its features as its only output.

    The features are the input of the last fully connected layer (a convolution of what is pooled
    already is one, too); where the graph ends in none, its output without the softmax.

    Parameters
    ----------
    path : Path
        The ONNX file.
    output : str
        The tensor to take instead.

    Raises
    ------
    ToolkitError
        If it is no ONNX file, or not the whole network; its outputs are several and none is chosen;
        or there is no tensor of that name.
    BackendError
        If the package onnx is not there.
    """
    model = _load(path)
    graph = _Graph(path, model.graph)
    if output and output not in graph.producers:
        likely = ", ".join(node.output[0] for node in model.graph.node[-5:])
        raise ToolkitError(
            f"The network {path} has no tensor {output!r}. Its last ones are {likely}; its "
            f"outputs are {', '.join(graph.outputs)}."
        )
    features = output or graph.features()
    del model.graph.output[:]
    model.graph.output.add().name = features
    return model.SerializeToString()


def _load(path: Path) -> onnx.ModelProto:
    try:
        import onnx
    except ImportError as error:
        raise BackendError(
            "Every network but the bundled one needs the package onnx: pip install onnx"
        ) from error
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # What protobuf, onnx and the disk raise has no common base.
        raise ToolkitError(f"{path} is not an ONNX file, or a damaged one: {error}") from error
    if not model.graph.node or not model.graph.output:
        raise ToolkitError(f"{path} is not an ONNX file: it holds no graph with an output.")
    if any(onnx.external_data_helper.uses_external_data(one) for one in model.graph.initializer):
        raise ToolkitError(
            f"{path} keeps its weights in other files, which may change without notice. Write "
            "one file of all: onnx.save(onnx.load(path), 'whole.onnx')."
        )
    return model


class _Graph:
    """What makes each tensor of a graph, and which of them are constants."""

    def __init__(self, path: Path, graph: onnx.GraphProto) -> None:
        self.path = path
        self.producers = {name: node for node in graph.node for name in node.output}
        self.initializers = {tensor.name for tensor in graph.initializer}
        self.outputs = [output.name for output in graph.output]

    def features(self) -> str:
        """Walk back from the output to the input of the last fully connected layer."""
        if len(self.outputs) > 1:
            raise ToolkitError(
                f"The network {self.path} has {len(self.outputs)} outputs: "
                f"{', '.join(self.outputs)}. Choose the features among them or any tensor before: "
                f"lookalike.Network(path, output={self.outputs[0]!r})."
            )
        features = tensor = self.outputs[0]
        node = self.producers.get(tensor)
        while node is not None:
            if self.is_fully_connected(node):
                return self.data(node)
            if node.op_type in SOFTMAXES:
                features = self.data(node)
            elif node.op_type not in SHAPES and not self.is_arithmetic(node):
                break
            node = self.producers.get(self.data(node))
        return features

    def data(self, node: onnx.NodeProto) -> str:
        """Return the input that comes from the picture."""
        return next((name for name in node.input if not self.is_constant(name)), "")

    def is_constant(self, tensor: str) -> bool:
        """Whether a tensor does not depend on the picture."""
        node = self.producers.get(tensor)
        if node is None:
            return not tensor or tensor in self.initializers
        return all(self.is_constant(name) for name in node.input)

    def is_arithmetic(self, node: onnx.NodeProto) -> bool:
        return node.op_type in ARITHMETIC and any(map(self.is_constant, node.input))

    def is_fully_connected(self, node: onnx.NodeProto) -> bool:
        if node.op_type in ("Gemm", "MatMul"):
            return any(map(self.is_constant, node.input[:2]))
        return node.op_type == "Conv" and self.is_pooled(self.data(node))

    def is_pooled(self, tensor: str) -> bool:
        node = self.producers.get(tensor)
        while node is not None and node.op_type in SHAPES:
            node = self.producers.get(self.data(node))
        return node is not None and node.op_type in POOLINGS
