"""``load_model``: a saved model of any kind."""

from __future__ import annotations

from typing import Callable, Union

from ...errors import SavedDataError
from ...storage import saved_folder
from .. import image_similarity, nearest_neighbors
from .version_1 import renewed

Model = Union[image_similarity.ImageSimilarityModel, nearest_neighbors.NearestNeighborsModel]

LOADERS: dict[str, Callable[[saved_folder.Saved], Model]] = {
    image_similarity.KIND: image_similarity.ImageSimilarityModel.from_saved,
    nearest_neighbors.KIND: nearest_neighbors.NearestNeighborsModel.from_saved,
}


def load_model(location: str) -> Model:
    """Open a model that its ``save`` wrote, at once: its vectors are mapped, not read.

    Labels, paths and all other facts are verified against their hashes now; the vectors when they
    are first searched, which then takes longer once (about 0.3 s for 100,000 x 1280).

    Raises
    ------
    MissingFileError
        If there is nothing at ``location``.
    SavedDataError
        If it is no model, damaged, or of another version.
    """
    saved = renewed(saved_folder.read(location))
    if saved.kind not in LOADERS:
        raise SavedDataError(location, f"it holds a {saved.kind}, which is no model")
    return LOADERS[saved.kind](saved)
