"""A network: the frozen record of all that lookalike knows of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Mapping

from ..errors import MissingFileError, ToolkitError
from . import cache

BUNDLED = Path(__file__).parent / "bundled"

# ImageNet's mean 0.485, 0.456, 0.406 and standard deviation 0.229, 0.224, 0.225, times 255.
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


@dataclass(frozen=True, repr=False)
class Network:
    """A network that turns pictures into features: one of the catalogue, or your own ONNX file.

    It sees a picture's RGB pixels as ``(pixel - mean) / std``. What is not given is read from the
    file: whether channels come first or last, the size of pictures, whether the batch is free. The
    features are the input of the last fully connected layer, or, where there is none, the output
    without its softmax; ``output`` takes another tensor of the graph.

    Parameters
    ----------
    file : str
        The ONNX file, a classifier or an extractor with one image input.
    name : str
        What models and messages call it; by default, the file's name without its ending.
    mean, std : tuple of float
        Per channel, in the order of ``channels``, in pixel values of 0..255; by default
        ImageNet's, which most networks take.
    channels : {'RGB', 'BGR'}
        The order of the colours.
    input_shape : tuple of int
        Channels, height and width, in pixels; used where the file leaves the size open.
    output : str
        The name of the tensor that holds the features; by default, it is found.
    num_features : int
        Length of one picture's features; read from the file, like ``size`` and ``sha256``.
    size : int
        The file's size in bytes.
    sha256 : str
        The file's hash.
    url : str
        Where in the model hub the file is; empty for what is never downloaded.
    source, licence : str
        Where the weights come from, and the terms they come under.

    Raises
    ------
    MissingFileError
        If there is no such file.
    ToolkitError
        If it is no network that can be used; the message says what was found in it.

    Examples
    --------
    >>> import lookalike
    >>> mine = lookalike.Network('mine.onnx', mean=(0, 0, 0), std=(255, 255, 255))  # doctest: +SKIP
    >>> model = lookalike.build_model(data, network=mine)                           # doctest: +SKIP
    """

    file: str
    name: str = ""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    channels: str = "RGB"
    input_shape: tuple[int, int, int] = (3, 224, 224)
    output: str = ""
    # Not known before the file is read, so that two records of one file are the same.
    num_features: int = field(default=0, compare=False)
    size: int = 0
    sha256: str = ""
    url: str = ""
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if not self.sha256:
            self._read_file()

    def _read_file(self) -> None:
        """Fill in what only the file can tell."""
        from . import session

        path = Path(self.file).expanduser().absolute()
        self._check_preprocessing()
        if not path.is_file():
            raise MissingFileError(path, f"There is no network file {str(path)!r}.")
        self._fill(
            file=str(path),
            name=self.name or path.stem,
            size=path.stat().st_size,
            sha256=cache.sha256_of(path),
            source=str(path),
        )
        found = session.open_session(self)
        self._fill(input_shape=found.input_shape, num_features=found.count_features())

    def _check_preprocessing(self) -> None:
        if self.channels not in ("RGB", "BGR"):
            raise ToolkitError(f"Expected channels 'RGB' or 'BGR'; found {self.channels!r}.")
        try:
            mean, std = (tuple(map(float, given)) for given in (self.mean, self.std))
        except (TypeError, ValueError):
            mean = std = ()
        if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
            raise ToolkitError(
                "Expected three numbers each as mean and std, and a std above 0; found "
                f"{self.mean!r} and {self.std!r}."
            )
        # As tuples of floats, however they were given: the fingerprint depends on them.
        self._fill(mean=mean, std=std, input_shape=tuple(self.input_shape))

    def _fill(self, **facts: Any) -> None:
        for name, value in facts.items():
            object.__setattr__(self, name, value)

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
        """Where the file belongs, whether it is there or not."""
        # An absolute file stays itself.
        return (BUNDLED if self.bundled else downloads()) / self.file

    @property
    def is_here(self) -> bool:
        """Whether the file is on this machine; its content is checked when it is loaded."""
        return self.place.is_file()

    @property
    def fingerprint(self) -> str:
        """A hash of all that its features depend on: the file and how pictures are prepared."""
        facts = (self.sha256, self.mean, self.std, self.channels, self.input_shape, self.output)
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    @property
    def path(self) -> Path:
        """Where the file lies.

        Raises
        ------
        MissingFileError
            If it is not there; the message says how to get it.
        """
        if not self.is_here:
            raise MissingFileError(self.place, self.missing)
        return self.place

    @property
    def missing(self) -> str:
        """What to say where the file is not there: what is missing, and how to get it."""
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
        return f"The network {self.name} is not on this machine ({self.place}). {remedy}"

    @property
    def by_hand(self) -> str:
        """What to do where a network of the catalogue cannot be downloaded."""
        return (
            f"carry {self.file} over from a machine that has it and call "
            "lookalike.add_network_file(path), or go on with the bundled network (model='auto')"
        )


def restore(facts: Mapping[str, Any]) -> Network:
    """Return the network that a model was saved with, from the facts of its record.

    Raises
    ------
    ToolkitError
        If facts are missing or unknown.
    """
    expected = {field.name for field in fields(Network)}
    if set(facts) != expected or not facts["sha256"]:
        raise ToolkitError(
            f"The record of the network is damaged: expected {', '.join(sorted(expected))}; "
            f"found {', '.join(sorted(facts)) or 'nothing'}."
        )
    known: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}
    return Network(**known)


def downloads() -> Path:
    """Return the folder of downloaded networks; it need not exist."""
    return cache.cache_folder() / "networks"
