"""Finds the range of each activation, and writes ``ranges.json`` beside this file.

``python -m bundled_networks.find_ranges``, in the repository's folder and with the package
installed, runs the float networks over 48 of the drawn sample pictures, and notes the least and the
largest value of each layer's output. It needs to be run again only when a network's layers or the
pictures change; the build reads what is written here and runs no network, so that it makes the same
bytes everywhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
from PIL import Image

from . import efficientnet
from .efficientnet import LITE0, LITE2, RANGES, Architecture
from .weights import read_package

if TYPE_CHECKING:
    from .efficientnet import Ranges
    from .weights import Array

SAMPLES = Path(__file__).parent.parent / "image"
PICTURES = 48
# Far more than the last bits in which machines differ, far less than one of 255 steps.
DIGITS = 4


def activations(model: onnx.ModelProto) -> list[str]:
    """Return the outputs that are rounded to integers: sums, and convolutions after their ReLU6."""
    clipped = {node.input[0] for node in model.graph.node if node.op_type == "Clip"}
    return [
        node.output[0]
        for node in model.graph.node
        if node.op_type in ("Conv", "Clip", "Add") and node.output[0] not in clipped
    ]


def pictures() -> list[Path]:
    """Return the sample pictures that are looked at, evenly over all of them."""
    paths = sorted(SAMPLES.glob("*/*.*"))
    return [paths[number * len(paths) // PICTURES] for number in range(PICTURES)]


def pixels(path: Path, side: int) -> Array:
    """Return a picture as the network takes it, ``(1, 3, side, side) float32``."""
    with Image.open(path) as image:
        small = image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    return ((np.asarray(small, np.float32) - 127.5) / 127.5).transpose(2, 0, 1)[None]


def find_ranges(architecture: Architecture) -> Ranges:
    """Return the least and the largest value of each activation; 0 lies in each range."""
    model = efficientnet.in_float(architecture, read_package(architecture.package).weights)
    names = activations(model)
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    low, high = np.zeros(len(names)), np.zeros(len(names))
    for path in pictures():
        found = session.run(names, {"image": pixels(path, architecture.side)})
        low = np.minimum(low, [values.min() for values in found])
        high = np.maximum(high, [values.max() for values in found])
    return {
        name: (round(float(least), DIGITS), round(float(largest), DIGITS))
        for name, least, largest in zip(names, low, high)
    }


def main() -> None:
    """Write what is found for both networks, one activation a line."""
    lines = []
    for architecture in (LITE0, LITE2):
        ranges = find_ranges(architecture).items()
        inner = ",\n".join(f"    {json.dumps(name)}: {json.dumps(both)}" for name, both in ranges)
        lines.append(f'  "{architecture.name}": {{\n{inner}\n  }}')
    RANGES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
