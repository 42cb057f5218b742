"""``load_model``: a saved model of any kind."""

from __future__ import annotations

from typing import Callable, Union

from ...errors import SavedDataError
from ...storage import saved_folder
from .. import image_similarity, nearest_neighbors
from .saving import renewed

Model = Union[image_similarity.ImageSimilarityModel, nearest_neighbors.NearestNeighborsModel]

LOADERS: dict[str, Callable[[saved_folder.Saved], Model]] = {
    image_similarity.KIND: image_similarity.ImageSimilarityModel.from_saved,
    nearest_neighbors.KIND: nearest_neighbors.NearestNeighborsModel.from_saved,
}


def load_model(location: str) -> Model:
    """Open a model that its ``save`` wrote, at once: large vectors are mapped, not read.

    A model may come from anybody: all of it is verified against its hashes and its form before it
    is used. Arrays of up to 64 MB are read and verified now, larger ones at their first search,
    which takes longer (about 0.3 s for 100,000 x 1280).

    Nothing may write to a mapped file while the model is used; saving the model again writes other
    files. If the file was cut or changed, the next search raises an error; if that happens during
    a search, or the disk is taken away, the system ends Python (SIGBUS).

    Raises
    ------
    MissingFileError
        If there is nothing at ``location``.
    SavedDataError
        If it is no model, damaged, or of another version or form.
    """
    saved = renewed(saved_folder.read(location))
    if saved.kind not in LOADERS:
        raise SavedDataError(location, f"it holds a {saved.kind}, which is no model")
    return LOADERS[saved.kind](saved)
