"""The portable engine: the part of Turi Create's API that image similarity uses.

The names, arguments, defaults, columns and printed tables are Turi Create 6.4.1's, so that its
user guide is this engine's user guide. What differs is written where it differs, and in the
README's table.
"""

from __future__ import annotations

from ..errors import ToolkitError
from . import aggregate, config, image_analysis, image_similarity, nearest_neighbors
from .frame_files import load_frame as load_sframe
from .image import Image
from .models import load_model
from .sarray import SArray
from .sframe import SFrame
from .sgraph import SGraph

__version__ = "6.4.1"

__all__ = [
    "Image",
    "SArray",
    "SFrame",
    "SGraph",
    "ToolkitError",
    "aggregate",
    "config",
    "image_analysis",
    "image_similarity",
    "load_model",
    "load_sframe",
    "nearest_neighbors",
]
