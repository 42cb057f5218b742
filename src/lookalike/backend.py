"""Which engine ``lookalike.tc`` is: the real Turi Create, or the portable one."""

from __future__ import annotations

import importlib
import os
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import pictures
from .errors import BackendError

if TYPE_CHECKING:
    from PIL import Image as PILImage

# Turi Create's number for raw pixels.
RAW = 2

VARIABLE = "LOOKALIKE_BACKEND"
BACKENDS = ("auto", "portable", "turicreate")


@lru_cache(maxsize=None)
def engine() -> ModuleType:
    """Return the engine, chosen once by ``LOOKALIKE_BACKEND``: a module with Turi Create's names.

    Raises
    ------
    BackendError
        If the variable asks for what does not exist or cannot be had.
    """
    wanted = os.environ.get(VARIABLE, "auto")
    if wanted not in BACKENDS:
        raise BackendError(
            f"{VARIABLE}={wanted!r} is not an engine: expected one of {', '.join(BACKENDS)}."
        )
    if wanted == "turicreate":
        return importlib.import_module("turicreate")
    return importlib.import_module("lookalike.portable")


def backend_name() -> str:
    """Return which engine ``lookalike.tc`` is: ``'turicreate'`` or ``'portable'``.

    Examples
    --------
    >>> backend_name() in ('turicreate', 'portable')
    True
    """
    return engine().__name__.rpartition(".")[2]


def image_of(picture: str | os.PathLike[str] | PILImage.Image) -> Any:
    """Return a file or a PIL image as an Image of the engine.

    Raises
    ------
    MissingFileError, UnreadableImageError
        If there is no such file, or it is no picture that can be read.
    """
    import numpy as np

    if isinstance(picture, (str, os.PathLike)):
        return engine().Image(os.fspath(picture))
    pixels = np.asarray(pictures.on_white(pictures.plain(picture)))
    height, width, channels = pixels.shape
    return engine().Image(
        _image_data=pixels.tobytes(),
        _height=height,
        _width=width,
        _channels=channels,
        _format_enum=RAW,
        _image_data_size=pixels.size,
    )
