"""The record of a network: every fact that lookalike knows of it, frozen."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping

from ..errors import MissingFileError
from ..storage.cache_folder import cache_folder

BUNDLED = Path(__file__).parent / "bundled"

# ImageNet's mean 0.485, 0.456, 0.406 and standard deviation 0.229, 0.224, 0.225, times 255.
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


@dataclass(frozen=True, repr=False)
class NetworkRecord:
    """What is known of a network: its file, how pictures go in, and where its features are.

    The catalogue has a record of each network, ``lookalike.Network`` makes one of a user's file,
    and a saved model holds the one that it was built with. A record opens no file.

    Attributes
    ----------
    name : str
        The name in models and messages.
    file : str
        The ONNX file: an absolute path, or its name among the bundled or downloaded ones.
    num_features : int
        Length of one picture's features.
    size, sha256 : int and str
        The file's size in bytes, and its hash.
    mean, std, channels, input_shape, output, resize, resampling, unit_length
        As ``lookalike.Network`` takes them.
    url : str
        The file's place in the model hub; empty if it is never downloaded.
    source, licence : str
        The origin of the weights, and their terms.
    """

    name: str
    file: str
    # It follows from the other facts.
    num_features: int = field(compare=False)
    size: int
    sha256: str
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    channels: str = "RGB"
    input_shape: tuple[int, int, int] = (3, 224, 224)
    output: str = ""
    url: str = ""
    source: str = ""
    licence: str = ""
    resize: str | int = "squash"
    resampling: str = "bilinear"
    unit_length: bool = False

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> NetworkRecord:
        """Return the record that a saved model holds; older models lack facts with a default."""
        values: dict[str, Any] = {
            name: tuple(fact) if isinstance(fact, list) else fact for name, fact in facts.items()
        }
        return cls(**values)

    def __repr__(self) -> str:
        return f"<Network {self.name}: {self.num_features} features, {self.megabytes} MB>"

    @property
    def bundled(self) -> bool:
        """Whether the file is a part of lookalike."""
        return not self.url and not Path(self.file).is_absolute()

    @property
    def megabytes(self) -> float:
        """The file's size in MB (1,000,000 bytes)."""
        return round(self.size / 1e6, 1)

    @property
    def place(self) -> Path:
        """Where the file belongs; MissingFileError if that is a cache folder that cannot exist."""
        # An absolute file stays itself.
        return (BUNDLED if self.bundled else downloads()) / self.file

    @property
    def is_here(self) -> bool:
        """Whether the file is on this machine; its content is checked when it is loaded."""
        try:
            # Path.is_file raises an error in a folder that this user may not read.
            return os.path.isfile(str(self.place))
        except MissingFileError:
            return False

    @property
    def fingerprint(self) -> str:
        """A hash of all that its features depend on: the file and how pictures are prepared."""
        facts = (self.sha256, self.mean, self.std, self.channels, self.input_shape, self.output)
        # Usual values do not count, so that stores of the first version stay valid.
        unusual = {**self.sizing, **({"unit_length": True} if self.unit_length else {})}
        return hashlib.sha256(repr(facts + tuple(unusual.items())).encode()).hexdigest()

    @property
    def sizing(self) -> dict[str, Any]:
        """How pictures are resized for the network, as far as that is unusual."""
        usual = {"resize": "squash", "resampling": "bilinear"}
        return {k: getattr(self, k) for k in usual if getattr(self, k) != usual[k]}

    @property
    def path(self) -> Path:
        """Where the file is; MissingFileError if it is not there says how to get it."""
        if not self.is_here:
            raise MissingFileError(self.file, self.missing)
        return self.place

    @property
    def missing(self) -> str:
        """The message for a missing file: what is missing, and how to get it."""
        if self.url:
            remedy = (
                f"Call lookalike.download({self.name!r}) ({self.megabytes} MB), or {self.by_hand}."
            )
        elif self.bundled and any(BUNDLED.glob("*.onnx")):
            remedy = (
                "It came with another version of lookalike: build the model again, from its "
                "pictures."
            )
        elif self.bundled:
            remedy = (
                "Its file is made when the package is installed: run `pip install .` (or "
                "`pip install -e .`) in the source folder."
            )
        else:
            remedy = f"Put back the file, of {self.size:,} bytes and the sha256 {self.sha256}."
        try:
            where = str(self.place)
        except MissingFileError as error:
            where = str(error)
        return f"The network {self.name} is not on this machine ({where}). {remedy}"

    @property
    def by_hand(self) -> str:
        """What to do if a network of the catalogue cannot be downloaded."""
        return (
            f"carry {self.file} over from a machine that has it and call "
            "lookalike.add_network_file(path), or go on with the bundled network (model='auto')"
        )


def downloads() -> Path:
    """Return the folder of downloaded networks; it need not exist. Errors as ``cache_folder``."""
    return cache_folder() / "networks"
