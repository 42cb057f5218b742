"""The network that stands in for Turi Create's ResNet-50, as lookalike takes it.

The rig in which the real Turi Create is tested has EfficientNet-Lite0 in float32, averaged, in
place of ResNet-50. lookalike bundled the same until version 0.1; now it is a user's own.
"""

from __future__ import annotations

from pathlib import Path

from bundled_networks.efficientnet import LITE0, averaged
from bundled_networks.weights import read_package
from lookalike.networks.network import Network

HALF = (127.5, 127.5, 127.5)


def averaged_lite0(folder: Path) -> Network:
    """Build the network from the hook's own code, as a file in ``folder``."""
    path = folder / "efficientnet-lite0-averaged.onnx"
    model = averaged(LITE0, read_package(LITE0.package).weights)
    path.write_bytes(model.SerializeToString())
    return Network(str(path), name="efficientnet-lite0, averaged", mean=HALF, std=HALF)
