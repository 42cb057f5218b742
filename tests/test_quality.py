"""The nearest pictures are those of the same family: what the whole is for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from answers import answers, collections_in
from conftest import REPOSITORY

from lookalike import portable
from lookalike.networks.catalogue import NETWORKS

ORIGINALS = os.environ.get("LOOKALIKE_TUTORIAL_IMAGES")
needs_originals = pytest.mark.skipif(
    ORIGINALS is None, reason="LOOKALIKE_TUTORIAL_IMAGES is not set"
)
COLLECTIONS = os.environ.get("LOOKALIKE_COLLECTIONS")
needs_collections = pytest.mark.skipif(
    COLLECTIONS is None, reason="LOOKALIKE_COLLECTIONS is not set"
)
BUNDLED = ("efficientnet-lite2", "efficientnet-lite0")


class Collection:
    """A folder's pictures, a model of them, and each one's family: the subfolder it is in."""

    def __init__(self, folder: Path, network: str) -> None:
        self.data = portable.image_analysis.load_images(folder)
        self.model = portable.image_similarity.create(self.data, model=network, verbose=False)
        self.families = np.array([Path(path).parent.name for path in self.data["path"]])

    def neighbors(self, rows: range) -> np.ndarray:
        """Return the nine nearest other pictures of each row, as rows: ``(len(rows), 9)``."""
        found = self.model.query(self.data[rows.start : rows.stop], k=10, verbose=False)
        nearest = found["reference_label"].to_numpy().reshape(len(rows), 10)
        # Each picture is its own nearest, but for true copies of it.
        return np.array([[n for n in line if n != row][:9] for row, line in zip(rows, nearest)])

    def share_of_same_family(self) -> float:
        found = self.neighbors(range(len(self.data)))
        return float((self.families[found] == self.families[:, None]).mean())


@pytest.fixture(scope="module", params=BUNDLED)
def samples(request) -> Collection:
    return Collection(REPOSITORY / "image", request.param)


@pytest.fixture(scope="module", params=BUNDLED)
def originals(request) -> Collection:
    return Collection(Path(str(ORIGINALS)), request.param)


def test_the_sample_collection_has_its_two_families(samples):
    names, counts = np.unique(samples.families, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist())) == {"cats": 119, "rovers": 80}


def test_the_nine_nearest_samples_are_of_the_same_family(samples):
    assert samples.share_of_same_family() >= 0.983


@needs_originals
def test_the_nine_nearest_originals_are_of_the_same_character(originals):
    assert len(originals.data) == 199
    assert originals.share_of_same_family() >= 0.98


@needs_originals
def test_the_first_originals_nine_nearest_are_all_of_its_character(originals):
    first = next(
        row
        for row, path in enumerate(originals.data["path"])
        if Path(path).parts[-2:] == ("doraemon", "image-001.jpg")
    )
    (found,) = originals.neighbors(range(first, first + 1))
    assert originals.families[found].tolist() == ["doraemon"] * 9


@needs_collections
@pytest.mark.parametrize(("network", "share"), [*zip(BUNDLED, (0.60, 0.58))])
def test_of_the_nine_nearest_in_labelled_collections_most_are_of_the_same_family(network, share):
    found = []
    for collection in collections_in(Path(str(COLLECTIONS))):
        features, _ = collection.features(NETWORKS[network])
        found.append(answers(features, collection.families).nine)
    assert np.mean(found) >= share
