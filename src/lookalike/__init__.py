"""Find the pictures in your own folder that look like this one, in ten lines of a notebook.

``tc`` is Turi Create's API, on the engine that this machine has; on top stand the helpers::

    import lookalike

    data = lookalike.load_images('image')
    model = lookalike.build_model(data)
    matches = lookalike.find_similar(model, data[0], k=10)
    lookalike.explore(matches)
"""

from __future__ import annotations

from typing import Any

from .distributed.collection import extract, open_collection
from .duplicates import find_duplicates
from .engines.choice import backend_name
from .engines.compare import EngineComparison, compare_engines
from .errors import (
    BackendError,
    BackendWarning,
    DownloadError,
    FeatureStoreWarning,
    LookalikeError,
    MissingColumnError,
    MissingFileError,
    MissingNetworkWarning,
    ToolkitError,
    UnreadableImageError,
    UnreadableImageWarning,
)
from .exploring import explore, show
from .exports import copy_files, write_table
from .networks.catalogue import available_networks
from .networks.download import add_network_file, download
from .networks.network import Network
from .report import CacheInfo, CollectionReport, cache_info, check, clear_cache
from .steps import build_model, find_in_folder, find_similar, load_images
from .tutorial_images import download_tutorial_images

__version__ = "0.2.0"

__all__ = [
    "BackendError",
    "BackendWarning",
    "CacheInfo",
    "CollectionReport",
    "DownloadError",
    "EngineComparison",
    "FeatureStoreWarning",
    "LookalikeError",
    "MissingColumnError",
    "MissingFileError",
    "MissingNetworkWarning",
    "Network",
    "ToolkitError",
    "UnreadableImageError",
    "UnreadableImageWarning",
    "__version__",
    "add_network_file",
    "available_networks",
    "backend_name",
    "build_model",
    "cache_info",
    "check",
    "clear_cache",
    "compare_engines",
    "copy_files",
    "download",
    "download_tutorial_images",
    "explore",
    "extract",
    "find_duplicates",
    "find_in_folder",
    "find_similar",
    "load_images",
    "open_collection",
    "show",
    "tc",
    "write_table",
]


def __getattr__(name: str) -> Any:
    # Not imported above: it loads NumPy, or Turi Create, which take their time.
    if name == "tc":
        from .engines.choice import engine

        return engine()
    raise AttributeError(f"module 'lookalike' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "tc"})
