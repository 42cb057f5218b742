"""What a file holds of an image similarity model, in today's form and in that of lookalike 0.1."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import MissingNetworkWarning, SavedDataError, warn_caller
from ...networks.record import NetworkRecord
from ...storage.file_identity import NEVER
from ...storage.saved_folder import VERSION, Saved
from ..frames.image import Walk
from ..frames.sarray import SArray
from .comparison import Comparison
from .gallery import Gallery
from .inputs import FEATURES, LABEL_TYPES, ImageFeatureExtractor, without
from .neighbors import NearestNeighborsModel
from .picture_files import PictureFiles

if TYPE_CHECKING:
    from .similarity import ImageSimilarityModel

    Arrays = dict[str, np.ndarray[Any, Any]]

# The kinds of NumPy's types in which version 1 had labels.
OLD_LABEL_TYPES = {"i": "int", "U": "str"}


def parts_of(model: ImageSimilarityModel, location: str) -> tuple[dict[str, Any], Arrays]:
    """Return the facts and arrays that ``saved_folder.write`` takes."""
    gallery = model.gallery
    compared, mean = gallery.search.comparison.to_parts()
    facts: dict[str, Any] = {
        "label": gallery.label,
        "feature": gallery.feature,
        "is_of_images": gallery.is_of_images,
        "labels": list(gallery.labels),
        "label_type": gallery.labels.dtype.__name__,
        "reasons": sorted(gallery.reasons.items()),
        "files": gallery.files.to_facts(location),
        "walk": None if gallery.walk is None else gallery.walk._asdict(),
        "comparison": compared,
        "network": dataclasses.asdict(model.feature_extractor.network),
        "training_time": model.training_time,
        "ran_on": model.ran_on,
        "cached": model.cache is not False,
    }
    files: dict[str, Any] = {"stamps": gallery.files.stamps, "contents": gallery.files.contents}
    return facts, {**files, **mean, **gallery.search.to_arrays()}


def parts_from(saved: Saved) -> tuple[Any, ...]:
    """Return what ``ImageSimilarityModel`` takes, in its order.

    A warning names a network that is not on this machine.
    """
    facts = saved.facts
    network = NetworkRecord.from_facts(facts["network"])
    if not network.is_here:
        warn_caller(
            f"The model {saved.location} can be queried with the pictures that it holds, but not "
            f"with others. {network.missing}",
            MissingNetworkWarning,
        )
    labels = SArray(facts["labels"], LABEL_TYPES[facts["label_type"]])
    reasons, walk = dict(facts["reasons"]), facts["walk"]
    search = NearestNeighborsModel(
        saved.arrays["matrix"],
        without(labels, reasons),
        facts["label"],
        [FEATURES],
        saved=saved,
        comparison=Comparison.from_parts(facts["comparison"], saved.arrays),
    )
    gallery = Gallery(
        facts["label"],
        facts["feature"],
        labels,
        PictureFiles.from_facts(facts["files"], saved.arrays, saved.location),
        reasons,
        search,
        facts["is_of_images"],
        None if walk is None else Walk(walk["recursive"], tuple(walk["exclude"])),
    )
    cache = None if facts["cached"] else False
    extractor = ImageFeatureExtractor(network, cache)
    return gallery, extractor, facts["training_time"], cache, facts["ran_on"]


def renewed(saved: Saved) -> Saved:
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
