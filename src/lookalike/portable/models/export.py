"""A whole model as one ONNX file: from a picture's pixels to its distances to all references.

The file does what the engine does, in the same order: it scales pixels for the network, runs the
network, and compares the features as the model does. A file has one opset, that of the network: so
operators have a form that old opsets have too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import MissingFileError, ToolkitError
from ...names import expanded
from ...networks import graph
from ...networks.session import open_session, source_of
from ...search.blocks import slices, sums_of_squares
from ...search.centre import LEAST
from ...storage.whole_files import written

if TYPE_CHECKING:
    import os

    import onnx

    from ...networks.record import NetworkRecord
    from ..image_similarity import ImageSimilarityModel
    from .comparison import Comparison
    from .neighbors import NearestNeighborsModel

# Protobuf, of which ONNX files are made, holds 2 GiB at the most, and readers hold some twice.
MOST_BYTES = 1_500_000_000
# The forms of the file in which networks have their weights apart from their inputs, up to that
# which ONNX Runtime 1.15 reads, and the last opset that goes with it.
FIRST_IR, LAST_IR, LAST_OPSET = 4, 9, 19
SLICES_FROM = 10
ALL = np.iinfo(np.int64)


def export_onnx(model: ImageSimilarityModel, path: str | os.PathLike[str]) -> None:
    """Write a model as one ONNX file: see ``ImageSimilarityModel.export_onnx``."""
    search, network = model.similarity_model, model.feature_extractor.network
    size = network.size + 4 * search.num_examples * search.num_unpacked_features
    if size > MOST_BYTES:
        raise ToolkitError(
            f"An ONNX file of {search.num_examples:,} pictures would have {size:,} bytes: expected "
            f"at most {MOST_BYTES:,}. Export a model of fewer pictures."
        )
    place = Path(expanded(path)).absolute()
    if place.is_dir():
        raise ToolkitError(f"Expected a file to write to; {str(path)!r} is a folder.")
    if not place.parent.is_dir():
        raise MissingFileError(path, f"There is no folder {str(place.parent)!r} to write to.")
    content = _exported(search, network).SerializeToString()
    with written(place) as file:
        file.write_bytes(content)


def _exported(search: NearestNeighborsModel, network: NetworkRecord) -> onnx.ModelProto:
    model = _network(network)
    steps = _Steps(model)
    references, picture, distances = map(steps.free, ("references", "picture", "distances"))
    matrix, origin = _around_origin(search)

    _add_preparation(steps, network, picture)
    steps.nodes += [type(one).FromString(one.SerializeToString()) for one in model.graph.node]
    features = _add_features(steps, network, model.graph.output[0].name)
    if network.unit_length or search.comparison.unit_length:
        features = _add_unit_length(steps, features)
    features = _add_centring(steps, search.comparison, features)
    _add_distances(steps, features, references, matrix, origin, distances)

    for described in (model.graph.node, model.graph.input, model.graph.output):
        del described[:]
    model.graph.node.extend(steps.nodes)
    if steps.opset <= LAST_OPSET:
        model.ir_version = min(max(model.ir_version, FIRST_IR), LAST_IR)
    if not steps.opset:
        model.opset_import.add(domain="", version=LAST_OPSET)
    height, width = open_session(network).input_shape[1:]
    _name(model.graph.input, picture, "UINT8", (1, height, width, 3))
    _name(model.graph.output, distances, "FLOAT", (1, search.num_examples))
    initializer = model.graph.initializer.add()
    initializer.name, initializer.data_type = references, 1
    initializer.dims.extend(matrix.shape)
    initializer.raw_data = matrix.astype("<f4").tobytes()
    _describe(model, search, network)
    return model


def _network(network: NetworkRecord) -> onnx.ModelProto:
    """Return a network's graph, with its features as its only output."""
    import onnx

    source = source_of(network)
    return onnx.load(source) if isinstance(source, str) else onnx.load_from_string(source)


class _Steps:
    """Nodes, one after the other, and the names that are taken in the graph of a network."""

    def __init__(self, model: onnx.ModelProto) -> None:
        nodes = model.graph.node
        self._taken = {name for node in nodes for name in (*node.input, *node.output, node.name)}
        self._taken.update(tensor.name for tensor in model.graph.initializer)
        opsets = [one.version for one in model.opset_import if one.domain in ("", "ai.onnx")]
        self.opset = opsets[0] if opsets else 0
        self.nodes: list[onnx.NodeProto] = []

    def free(self, name: str) -> str:
        """Return a name, or one like it, that nothing in the graph has; it is taken then."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        from onnx import helper

        output = output or self.free(f"lookalike_{operator}")
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Add a constant; return its name."""
        from onnx import numpy_helper

        return self.add("Constant", value=numpy_helper.from_array(np.array(values, dtype)))

    def cast(self, tensor: str, kind: str) -> str:
        """Add a change of the element type."""
        from onnx import TensorProto

        return self.add("Cast", tensor, to=getattr(TensorProto, kind))

    def length(self, rows: str) -> str:
        """Add the length of one row, ``(1, d)`` to ``(1, 1)``."""
        squares = self.add("MatMul", rows, self.add("Transpose", rows, perm=[1, 0]))
        return self.add("Sqrt", squares)


def _add_preparation(steps: _Steps, network: NetworkRecord, picture: str) -> None:
    """Add what a session does with pixels before the network, in its order and precision."""
    takes = open_session(network).image_input
    pixels = steps.cast(picture, "FLOAT")
    if network.channels == "BGR":
        pixels = steps.add("Gather", pixels, steps.constant([2, 1, 0], np.int64), axis=3)
    pixels = steps.add("Sub", pixels, steps.constant(network.mean))
    pixels = steps.add("Div", pixels, steps.constant(network.std))
    if not takes.channels_last:
        pixels = steps.add("Transpose", pixels, perm=[0, 3, 1, 2])
    if takes.dtype == "float16":
        pixels = steps.cast(pixels, "FLOAT16")
    # A network that takes several pictures at once gets this one so many times.
    repeats = steps.constant([takes.batch or 1, 1, 1, 1], np.int64)
    steps.add("Tile", pixels, repeats, output=takes.name)


def _add_features(steps: _Steps, network: NetworkRecord, features: str) -> str:
    """Add what makes one row of features, ``(1, d)``, of a network's output."""
    for axis, part in reversed(list(enumerate(graph.split_output(network.output)[1]))):
        if part == slice(None):
            continue
        if isinstance(part, int):
            features = steps.add("Gather", features, steps.constant(part, np.int64), axis=axis)
            continue
        if steps.opset < SLICES_FROM:
            raise ToolkitError(
                f"The network {network.name} is of opset {steps.opset}, in which its output "
                f"{network.output!r} cannot be taken: expected opset {SLICES_FROM} or later. "
                "Convert the file (onnx.version_converter)."
            )
        backwards = part.step is not None and part.step < 0
        start, stop = (ALL.max, ALL.min) if backwards else (0, ALL.max)
        start = start if part.start is None else part.start
        stop = stop if part.stop is None else part.stop
        bounds = (start, stop, axis, part.step or 1)
        numbers = [steps.constant([bound], np.int64) for bound in bounds]
        features = steps.add("Slice", features, *numbers)
    # Of a picture that was given several times, the first.
    batch = open_session(network).image_input.batch or 1
    rows = steps.add("Reshape", features, steps.constant([batch, -1], np.int64))
    return steps.cast(steps.add("Gather", rows, steps.constant([0], np.int64), axis=0), "FLOAT")


def _add_unit_length(steps: _Steps, rows: str) -> str:
    """Add what makes a row of length 1; a row of zeros does not change."""
    length = steps.length(rows)
    is_zero = steps.cast(steps.add("Not", steps.cast(length, "BOOL")), "FLOAT")
    return steps.add("Div", rows, steps.add("Add", length, is_zero))


def _add_centring(steps: _Steps, comparison: Comparison, rows: str) -> str:
    """Add what ``search.centre`` does with a row of length 1: see ``Centre``."""
    if comparison.centre is None:
        return rows
    moved = steps.add("Sub", rows, steps.constant(comparison.centre.mean))
    length = steps.length(moved)
    near = steps.add("Less", length, steps.constant(LEAST))
    is_near, is_far = steps.cast(near, "FLOAT"), steps.cast(steps.add("Not", near), "FLOAT")
    unit = steps.add("Div", moved, steps.add("Add", length, is_near))
    kept = steps.add("Mul", rows, is_near)
    return steps.add("Add", steps.add("Mul", unit, is_far), kept)


def _around_origin(search: NearestNeighborsModel) -> tuple[Any, Any]:
    """Return the references as they are compared, less their mean, and that mean, in float32.

    Distances are the same; their squares, which come of differences of products, are rounded less.
    """
    count, width = search.num_examples, search.num_unpacked_features
    matrix, total = np.empty((count, width), np.float32), np.zeros(width)
    for part in slices(count, width):
        matrix[part] = search.vectors(part)
        total += matrix[part].astype(np.float64).sum(axis=0)
    origin = (total / count).astype(np.float32)
    matrix -= origin
    return matrix, origin


def _add_distances(
    steps: _Steps, rows: str, references: str, matrix: Any, origin: Any, distances: str
) -> None:
    """Add the root of ``|x|^2 - 2 x.q + |q|^2`` for all references x."""
    moved = steps.add("Sub", rows, steps.constant(origin))
    squares = steps.constant(sums_of_squares(matrix)[None])
    products = steps.add("Gemm", moved, references, squares, alpha=-2.0, beta=1.0, transB=1)
    own = steps.add("MatMul", moved, steps.add("Transpose", moved, perm=[1, 0]))
    found = steps.add("Relu", steps.add("Add", products, own))
    steps.add("Sqrt", found, output=distances)


def _name(described: Any, name: str, kind: str, shape: tuple[int, ...]) -> None:
    from onnx import TensorProto, helper

    described.append(helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape))


def _describe(
    model: onnx.ModelProto, search: NearestNeighborsModel, network: NetworkRecord
) -> None:
    """Write into the file what a program must know to use it."""
    facts = {
        "labels": json.dumps(list(search.labels)),
        "network": network.name,
        "comparison": str(search.comparison),
        "resize": str(network.resize),
        "resampling": network.resampling,
    }
    for key, value in facts.items():
        model.metadata_props.add(key=key, value=value)
    model.producer_name = "lookalike"
