"""``load_model``: a saved model of any kind."""

from __future__ import annotations

from typing import Callable, Union

from ..errors import ToolkitError
from . import image_similarity, model_files, nearest_neighbors

Model = Union[image_similarity.ImageSimilarityModel, nearest_neighbors.NearestNeighborsModel]

LOADERS: dict[str, Callable[[str], Model]] = {
    image_similarity.KIND: image_similarity.ImageSimilarityModel.load,
    nearest_neighbors.KIND: nearest_neighbors.NearestNeighborsModel.load,
}


def load_model(location: str) -> Model:
    """Read a model that its ``save`` wrote.

    Raises
    ------
    MissingFileError
        If there is nothing at ``location``.
    ToolkitError
        If it is no model, damaged, or of another version.
    """
    kind = model_files.kind_of(location)
    if kind not in LOADERS:
        raise ToolkitError(f"{location} holds a {kind}, which is no model.")
    return LOADERS[kind](location)
