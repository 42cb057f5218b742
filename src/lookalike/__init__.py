"""Find the pictures in your own folder that look like this one, in ten lines of a notebook.

``tc`` is Turi Create's API, on the engine that this machine has; on top stand the helpers::

    import lookalike

    data = lookalike.load_images('image')
    model = lookalike.build_model(data)
    matches = lookalike.find_similar(model, data, data[0], k=10)
    lookalike.explore(matches)
"""

from __future__ import annotations

from typing import Any

from .backend import backend_name
from .collection import CacheInfo, CollectionReport, cache_info, check, clear_cache
from .errors import (
    BackendError,
    FeatureStoreWarning,
    LookalikeError,
    MissingColumnError,
    MissingFileError,
    ToolkitError,
    UnreadableImageError,
    UnreadableImageWarning,
)
from .steps import build_model, explore, find_in_folder, find_similar, load_images, show

__version__ = "0.1.0"

__all__ = [
    "BackendError",
    "CacheInfo",
    "CollectionReport",
    "FeatureStoreWarning",
    "LookalikeError",
    "MissingColumnError",
    "MissingFileError",
    "ToolkitError",
    "UnreadableImageError",
    "UnreadableImageWarning",
    "__version__",
    "backend_name",
    "build_model",
    "cache_info",
    "check",
    "clear_cache",
    "explore",
    "find_in_folder",
    "find_similar",
    "load_images",
    "show",
    "tc",
]


def __getattr__(name: str) -> Any:
    # Not imported above: it loads pandas, or Turi Create, which take their time.
    if name == "tc":
        from .backend import engine

        return engine()
    raise AttributeError(f"module 'lookalike' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "tc"})
