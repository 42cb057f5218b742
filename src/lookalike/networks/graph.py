"""Where an image network's features are in its ONNX graph, and the graph cut there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable, Sequence

from ..errors import ToolkitError

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

# Nodes between the last layer and the output that change no more than scale and shape.
SOFTMAXES = {"Softmax", "LogSoftmax", "Sigmoid"}
SHAPES = {"Identity", "Cast", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze"}
# With a constant: what remains of a layer's bias or of the scaling of its output.
ARITHMETIC = {"Add", "Sub", "Mul", "Div"}
POOLINGS = {"GlobalAveragePool", "GlobalMaxPool", "AveragePool", "ReduceMean"}


def split_output(output: str) -> tuple[str, tuple[int | slice, ...]]:
    """Return the tensor and the index of an output such as ``'last_hidden_state[:, 0]'``.

    Raises
    ------
    ToolkitError
        If the index is none, or does not take all pictures.
    """
    found = re.fullmatch(r"(.+)\[(.*)\]", output)
    if not found:
        return output, ()
    tensor, index = found.groups()
    try:
        parts = tuple(_slice_or_number(part) for part in index.split(","))
    except (ValueError, TypeError):
        parts = ()
    if parts[:1] != (slice(None),):
        raise ToolkitError(
            "Expected an output's slice to take all pictures first, such as "
            f"'last_hidden_state[:, 0]'; found {output!r}."
        )
    return tensor, parts


def _slice_or_number(text: str) -> int | slice:
    if ":" not in text:
        return int(text)
    return slice(*(int(bound) if bound.strip() else None for bound in text.split(":")))


def feature_graph(path: Path, output: str = "") -> bytes:
    """Return the graph of an ONNX file with its features, or ``output``, as its only output.

    The features are the input of the last fully connected layer (a convolution of what is pooled
    already is one, too). If the graph ends in none, they are its output without the softmax.

    Raises
    ------
    ToolkitError
        If it is no ONNX file, or not the whole network; if it has several outputs and none is
        chosen; if there is no such tensor, or it depends on no picture, or on itself.
    """
    model = _load(path)
    try:
        return _cut(model, path, output)
    except UnicodeDecodeError as error:
        # Names are decoded when they are first used.
        raise ToolkitError(f"{path} is a damaged ONNX file: {error}") from error


def _cut(model: onnx.ModelProto, path: Path, output: str) -> bytes:
    graph = _Graph(path, model.graph)
    if output and output not in graph.producers:
        likely = ", ".join(name for node in model.graph.node[-5:] for name in node.output[:1])
        raise ToolkitError(
            f"The network {path} has no tensor {output!r}. Its last ones are {likely}; its "
            f"outputs are {', '.join(graph.outputs)}."
        )
    features = output or graph.features()
    if graph.is_constant(features):
        raise ToolkitError(
            f"The network {path} sees no picture: {features!r} depends on none of its inputs. "
            "Choose a tensor that does: lookalike.Network(path, output=...)."
        )
    _keep_needed(model.graph, graph, features)
    return model.SerializeToString()


def _keep_needed(whole: onnx.GraphProto, graph: _Graph, features: str) -> None:
    """Remove everything that the features do not need."""
    needed, left = {features}, [features]
    while left:
        node = graph.producers.get(left.pop())
        fresh = set() if node is None else _reads(node) - needed
        needed |= fresh
        left.extend(fresh)
    _keep(whole.node, lambda node: not needed.isdisjoint(node.output))
    _keep(whole.initializer, lambda tensor: tensor.name in needed)
    _keep(whole.input, lambda tensor: tensor.name in needed)
    del whole.output[:]
    whole.output.add().name = features


def _keep(messages: Any, is_needed: Callable[[Any], bool]) -> None:
    for position in reversed(range(len(messages))):
        if not is_needed(messages[position]):
            del messages[position]


def _load(path: Path) -> onnx.ModelProto:
    import onnx

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


def _reads(node: onnx.NodeProto) -> set[str]:
    """Return the tensors that a node reads, and those that graphs inside it (If, Loop) read."""
    read, made = set(node.input), {""}
    parts = [node]
    while parts:
        for attribute in parts.pop().attribute:
            for inner in (attribute.g, *attribute.graphs):
                made.update(one.name for one in (*inner.input, *inner.initializer))
                made.update(name for one in inner.node for name in one.output)
                read.update(name for one in inner.node for name in one.input)
                read.update(one.name for one in inner.output)
                parts.extend(inner.node)
    return read - made


class _Graph:
    """What makes each tensor of a graph, and which of them depend on the picture."""

    def __init__(self, path: Path, graph: onnx.GraphProto) -> None:
        self.path = path
        self.producers = {name: node for node in graph.node for name in node.output if name}
        self.outputs = [output.name for output in graph.output]
        constants = {tensor.name for tensor in graph.initializer}
        constants |= {tensor.values.name for tensor in graph.sparse_initializer}
        self.seeing = self._seeing(list(graph.node), constants)

    def _seeing(self, nodes: Sequence[onnx.NodeProto], constants: set[str]) -> set[str]:
        """Return the tensors that depend on the picture; ToolkitError if one depends on itself."""
        reads = [_reads(node) for node in nodes]
        inputs = set().union(*reads) - self.producers.keys()
        seeing = inputs - constants
        readers: dict[str, list[int]] = {}
        for number, names in enumerate(reads):
            for name in names - inputs:
                readers.setdefault(name, []).append(number)
        # Each node comes when all that it reads has been made.
        unmade = [len(names - inputs) for names in reads]
        ready = [number for number, count in enumerate(unmade) if not count]
        while ready:
            number = ready.pop()
            if not seeing.isdisjoint(reads[number]):
                seeing.update(nodes[number].output)
            for reader in (one for name in nodes[number].output for one in readers.get(name, ())):
                unmade[reader] -= 1
                if not unmade[reader]:
                    ready.append(reader)
        circle = [name for node, count in zip(nodes, unmade) if count > 0 for name in node.output]
        if circle:
            raise ToolkitError(
                f"The network {self.path} cannot be run: its graph goes round in a circle, at "
                f"{circle[0]!r}."
            )
        return seeing - {""}

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
        return tensor not in self.seeing

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
