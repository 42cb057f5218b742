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

    It sees a picture's RGB pixels as ``(pixel - mean) / std``. What is not given is read from the
    file: whether channels come first or last, the size of pictures, whether the batch is free. The
    features are the input of the last fully connected layer, or, where there is none, the output
    without its softmax; ``output`` takes another tensor of the graph.

    The defaults suit classifiers. Networks like CLIP and DINOv2 see the middle of a picture that
    keeps its aspect (``resize``, ``resampling``), and give one vector for each patch of it, of
    which the first stands for the whole (``output='last_hidden_state[:, 0]'``).

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
        Channels, height and width, in pixels; used where the file leaves the size open.
    output : str
        The name of the tensor that holds the features; by default, it is found. A slice behind it
        takes a part, in NumPy's notation, all pictures first: ``'last_hidden_state[:, 0]'``.
    resize : 'squash' or int
        ``'squash'`` resizes the whole picture to the size that the network takes. A number resizes
        the shorter side to so many pixels, and the network takes the middle.
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
        preparation = {
            **_scaling(mean, std, channels),
            "input_shape": _shape(input_shape),
            **_sizing(resize, resampling),
        }
        if not isinstance(output, str):
            raise ToolkitError(f"Expected output to be the name of a tensor; found {output!r}.")
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
            **preparation,
        )
        found = open_session(given)
        _check_middle(resize, found.input_shape)
        return replace(given, input_shape=found.input_shape, num_features=found.num_features)


def _scaling(mean: Any, std: Any, channels: Any) -> dict[str, Any]:
    """Return how pixels become numbers, checked, as the tuples that the fingerprint depends on."""
    if channels not in ("RGB", "BGR"):
        raise ToolkitError(f"Expected channels 'RGB' or 'BGR'; found {channels!r}.")
    means, deviations = _numbers(mean), _numbers(std)
    if len(means) != 3 or len(deviations) != 3 or min(deviations) <= 0:
        raise ToolkitError(
            f"Expected three numbers each as mean and std, and a std above 0; found {mean!r} and "
            f"{std!r}."
        )
    return {"mean": means, "std": deviations, "channels": channels}


def _shape(given: Any) -> tuple[int, ...]:
    numbers = _numbers(given)
    if len(numbers) != 3 or numbers[0] != 3 or min(numbers) < 1 or any(n % 1 for n in numbers):
        raise ToolkitError(
            "Expected an input_shape of 3 channels, a height and a width in pixels, such as "
            f"(3, 224, 224); found {given!r}."
        )
    return tuple(map(int, numbers))


def _sizing(resize: Any, resampling: Any) -> dict[str, Any]:
    """Return how pictures come to the network's size, checked."""
    if resampling not in RESAMPLINGS:
        raise ToolkitError(
            f"Expected resampling to be one of {', '.join(RESAMPLINGS)}; found {resampling!r}."
        )
    if isinstance(resize, str) and resize == "squash":
        return {"resize": resize, "resampling": resampling}
    side = _numbers([resize])
    if isinstance(resize, (bool, str)) or not side or side[0] < 1 or side[0] % 1:
        raise ToolkitError(
            "Expected resize to be 'squash', or the pixels of the shorter side before the middle "
            f"is taken, such as 256; found {resize!r}."
        )
    return {"resize": int(side[0]), "resampling": resampling}


def _check_middle(resize: str | int, input_shape: Sequence[int]) -> None:
    if resize != "squash" and int(resize) < max(input_shape):
        raise ToolkitError(
            f"Expected resize to be at least {max(input_shape)}: the network takes the middle, "
            f"{input_shape[1]} x {input_shape[2]} pixels, of a picture whose shorter side has that "
            f"many; found {resize}."
        )


def _numbers(given: Any) -> tuple[float, ...]:
    """Return a sequence as finite numbers; an empty one where it is anything else."""
    try:
        numbers = tuple(map(float, given))
    except (TypeError, ValueError, OverflowError):
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()
