"""The portable engine: the part of Turi Create's API that image similarity uses.

The names, arguments, defaults, columns and printed tables are Turi Create 6.4.1's, so that its
user guide is this engine's user guide. What differs is written where it differs, and in the
README's table.
"""

from __future__ import annotations

from typing import Any

from ..errors import ToolkitError
from . import (
    config,
    connected_components,
    image_analysis,
    image_similarity,
    nearest_neighbors,
    visualization,
)
from .frames import absent, aggregate
from .frames.image import Image
from .frames.sarray import SArray
from .frames.sframe import SFrame, load_sframe
from .image_analysis import load_images
from .models.loading import load_model
from .models.sgraph import SGraph

__version__ = "6.4.1"

__all__ = [
    "Image",
    "SArray",
    "SFrame",
    "SGraph",
    "ToolkitError",
    "aggregate",
    "config",
    "connected_components",
    "image_analysis",
    "image_similarity",
    "load_images",
    "load_model",
    "load_sframe",
    "nearest_neighbors",
    "visualization",
]


def __getattr__(name: str) -> Any:
    raise absent.error("tc", name)
