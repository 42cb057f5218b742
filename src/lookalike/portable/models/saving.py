"""What a file holds of an image similarity model."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ...errors import MissingNetworkWarning, warn_caller
from ...networks.record import restore
from ..frames.sarray import SArray
from .comparison import Comparison
from .deep_features import ImageFeatureExtractor
from .gallery import Gallery
from .inputs import FEATURES, without
from .labels import LABEL_TYPES
from .neighbors import NearestNeighborsModel

if TYPE_CHECKING:
    import numpy as np

    from ...storage.saved_folder import Saved
    from .similarity import ImageSimilarityModel


def parts_of(
    model: ImageSimilarityModel, location: str
) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """Return the facts and arrays that ``saved_folder.write`` takes."""
    facts, arrays = model.gallery.to_parts(location)
    compared, mean = model.similarity_model.comparison.to_parts()
    facts.update(
        comparison=compared,
        network=dataclasses.asdict(model.feature_extractor.network),
        training_time=model.training_time,
        ran_on=model.ran_on,
        cached=model.cache is not False,
    )
    return facts, {**arrays, **mean, **model.similarity_model.to_arrays()}


def parts_from(saved: Saved) -> tuple[Any, ...]:
    """Return what ``ImageSimilarityModel`` is made of, in its order, with a warning.

    The warning names a network that is not on this machine.
    """
    facts = saved.facts
    network = restore(facts["network"])
    if not network.is_here:
        warn_caller(
            f"The model {saved.location} can be queried with the pictures that it holds, but not "
            f"with others. {network.missing}",
            MissingNetworkWarning,
        )
    labels = SArray(facts["labels"], LABEL_TYPES[facts["label_type"]])
    search = NearestNeighborsModel(
        saved.arrays["matrix"],
        without(labels, [position for position, _ in facts["reasons"]]),
        facts["label"],
        [FEATURES],
        saved=saved,
        comparison=Comparison.from_parts(facts["comparison"], saved.arrays),
    )
    cache = None if facts["cached"] else False
    extractor = ImageFeatureExtractor(network, cache)
    gallery = Gallery.from_saved(saved, labels, search)
    return gallery, extractor, facts["training_time"], cache, facts["ran_on"]
