"""``lookalike.Network``: the record of a user's own ONNX file."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from typing import Any, Sequence

from ..errors import ToolkitError
from ..storage import file_identity
from .record import IMAGENET_MEAN, IMAGENET_STD, NetworkRecord
from .session import open_session

__all__ = ["Network"]

RESAMPLINGS = ("bilinear", "bicubic")


class _OfAnyOrigin(type):
    """Makes every record an instance of ``Network``, whether a file or the catalogue gave it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, NetworkRecord)


class Network(NetworkRecord, metaclass=_OfAnyOrigin):
    """A network that turns pictures into features: your own ONNX file.

    It sees a picture's RGB pixels as ``(pixel - mean) / std``. The file says whether channels come
    first or last, the size of pictures, and whether the batch is free. The features are the input
    of the last fully connected layer. Without one, they are the output without its softmax;
    ``output`` takes another tensor of the graph.

    The defaults suit classifiers. Networks like CLIP and DINOv2 see the middle of a picture that
    keeps its aspect (``resize``, ``resampling``), and return one vector for each patch; the first
    one is of the whole picture (``output='last_hidden_state[:, 0]'``).

    Parameters
    ----------
    file : str or path
        The ONNX file, a classifier or an extractor with one image input.
    name : str
        What models and messages call it; by default, the file's name without its ending.
    mean, std : sequence of float
        Per channel, in the order of ``channels``, in pixel values of 0..255; by default
        ImageNet's, which most networks take.
    channels : {'RGB', 'BGR'}
        The order of the colours.
    input_shape : sequence of int
        Channels, height and width, in pixels; used if the file leaves the size open.
    output : str
        The name of the tensor that holds the features; by default, it is found. A slice behind it
        takes a part, in NumPy's notation, all pictures first: ``'last_hidden_state[:, 0]'``.
    resize : 'squash' or int
        ``'squash'`` resizes the whole picture to the network's size. A number resizes the shorter
        side to so many pixels, and the network takes the middle.
    resampling : {'bilinear', 'bicubic'}
        The filter by which pictures are resized, antialiased.
    unit_length : bool
        Whether features are divided by their length, so that distances are from 0 to 2.

    Returns
    -------
    NetworkRecord
        What is known of the network, ``num_features`` and the file's ``sha256`` among it.

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

    def __new__(  # type: ignore[misc]
        cls,
        file: str | os.PathLike[str],
        name: str = "",
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        channels: str = "RGB",
        input_shape: Sequence[int] = (3, 224, 224),
        output: str = "",
        resize: str | int = "squash",
        resampling: str = "bilinear",
        unit_length: bool = False,
    ) -> NetworkRecord:
        """Read the file, and return its record."""
        facts = _preparation(mean, std, channels, input_shape, resize, resampling)
        _expect(isinstance(output, str), "output to be the name of a tensor", repr(output))
        path = file_identity.find_file(file)
        given = NetworkRecord(
            name=name or path.stem,
            file=str(path),
            num_features=0,
            size=path.stat().st_size,
            sha256=file_identity.read_sha256(path),
            output=output,
            unit_length=bool(unit_length),
            source=str(path),
            **facts,
        )
        session = open_session(given)
        shape = session.input_shape
        _expect(
            given.resize == "squash" or int(given.resize) >= max(shape),
            f"resize to be at least {max(shape)}: the network takes the middle, {shape[1]} x "
            f"{shape[2]} pixels, of a picture whose shorter side has that many",
            str(resize),
        )
        return replace(given, input_shape=shape, num_features=session.num_features)


def _preparation(
    mean: Any, std: Any, channels: Any, input_shape: Any, resize: Any, resampling: Any
) -> dict[str, Any]:
    """Return how pixels become numbers, checked, as the tuples that the fingerprint depends on."""
    _expect(channels in ("RGB", "BGR"), "channels 'RGB' or 'BGR'", repr(channels))
    means, deviations, shape = _numbers(mean), _numbers(std), _numbers(input_shape)
    _expect(
        len(means) == len(deviations) == 3 and min(deviations) > 0,
        "three numbers each as mean and std, and a std above 0",
        f"{mean!r} and {std!r}",
    )
    _expect(
        len(shape) == 3 and shape[0] == 3 and min(shape) >= 1 and not any(n % 1 for n in shape),
        "an input_shape of 3 channels, a height and a width in pixels, such as (3, 224, 224)",
        repr(input_shape),
    )
    known = ", ".join(RESAMPLINGS)
    _expect(resampling in RESAMPLINGS, f"resampling to be one of {known}", repr(resampling))
    squashed = isinstance(resize, str) and resize == "squash"
    side = () if isinstance(resize, (bool, str)) else _numbers([resize])
    _expect(
        squashed or (len(side) == 1 and side[0] >= 1 and not side[0] % 1),
        "resize to be 'squash', or the pixels of the shorter side before the middle is taken, such "
        "as 256",
        repr(resize),
    )
    return {
        "mean": means,
        "std": deviations,
        "channels": channels,
        "input_shape": tuple(map(int, shape)),
        "resize": resize if squashed else int(side[0]),
        "resampling": resampling,
    }


def _expect(fits: bool, expected: str, found: str) -> None:
    if not fits:
        raise ToolkitError(f"Expected {expected}; found {found}.")


def _numbers(given: Any) -> tuple[float, ...]:
    """Return a sequence as finite numbers; an empty tuple for anything else."""
    try:
        numbers = tuple(map(float, given))
    except (TypeError, ValueError, OverflowError):
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()
