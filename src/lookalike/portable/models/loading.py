"""``load_model``: a saved model of any kind, in today's form or in that of lookalike 0.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

import numpy as np

from ...errors import MissingNetworkWarning, SavedDataError, warn_caller
from ...networks.record import NetworkRecord
from ...storage import saved_folder
from ...storage.file_identity import NEVER
from ...storage.saved_folder import VERSION, Saved
from .. import image_similarity, nearest_neighbors
from .comparison import Comparison
from .gallery import Gallery
from .inputs import ImageFeatureExtractor

if TYPE_CHECKING:
    Arrays = dict[str, np.ndarray[Any, Any]]

Model = Union[image_similarity.ImageSimilarityModel, nearest_neighbors.NearestNeighborsModel]

# The kinds of NumPy's types in which version 1 had labels.
OLD_LABEL_TYPES = {"i": "int", "U": "str"}


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
    saved = _renewed(saved_folder.read(location))
    if saved.kind == nearest_neighbors.KIND:
        return nearest_neighbors.NearestNeighborsModel.from_saved(saved)
    if saved.kind == image_similarity.KIND:
        return _model_of_pictures(saved)
    raise SavedDataError(location, f"it holds a {saved.kind}, which is no model")


def _model_of_pictures(saved: Saved) -> image_similarity.ImageSimilarityModel:
    """Return a model of pictures; a warning names a network that is not on this machine."""
    facts = saved.facts
    network = NetworkRecord.from_facts(facts["network"])
    if not network.is_here:
        warn_caller(
            f"The model {saved.location} can be queried with the pictures that it holds, but not "
            f"with others. {network.missing}",
            MissingNetworkWarning,
        )
    cache = None if facts["cached"] else False
    return image_similarity.ImageSimilarityModel(
        Gallery.from_saved(saved),
        ImageFeatureExtractor(network, cache),
        facts["training_time"],
        cache,
        facts["ran_on"],
    )


def _renewed(saved: Saved) -> Saved:
    """Return a model of any kind that version 0.1 saved, in today's form; others as they are.

    SavedDataError if it has neither form.
    """
    if saved.version == VERSION:
        return saved
    try:
        facts, arrays = _of_version_1(dict(saved.facts), saved.arrays)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise SavedDataError(
            saved.location, "it is damaged: expected a model of version 1"
        ) from error
    return saved._replace(version=VERSION, facts=facts, arrays=arrays).checked()


def _of_version_1(facts: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return facts and arrays in today's form; what is damaged raises any error, or stays so."""
    if "labels" in arrays:
        facts["labels"] = arrays["labels"].tolist()
        facts["label_type"] = OLD_LABEL_TYPES[arrays["labels"].dtype.kind]
    if "network" not in facts:
        return facts, arrays
    failures, files, stamps = facts["failures"], facts["references"], arrays["stamps"]
    # Paths are from the root, where there is one; the oldest models do not know those of failures.
    key = "path" if files["root"] is None else "from_root"
    count = len(facts["labels"])
    facts.update(
        # Features that were given have no files that were looked at.
        is_of_images=bool((stamps >= 0).any()),
        labels=[*facts["labels"], *(failure["id"] for failure in failures)],
        reasons=[[count + at, failure["reason"]] for at, failure in enumerate(failures)],
        files={**files, "paths": [*files["paths"], *(failure.get(key) for failure in failures)]},
        walk=None,
        comparison=Comparison().to_parts()[0],
        cached=facts.get("cached", True),
        ran_on="",
    )
    unknown = np.full((len(failures), 2), NEVER, np.int64)
    return facts, {**arrays, "stamps": np.concatenate([stamps, unknown])}
