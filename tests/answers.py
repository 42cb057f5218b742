"""How good a network's answers are, on a folder whose subfolders say what its pictures show."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lookalike.networks.extractor import FeatureExtractor
from lookalike.networks.network import Network
from lookalike.portable import Image
from lookalike.portable.image_analysis import load_images

NEAREST = 9
# With fewer pictures a mean says nothing of what they have in common.
FEWEST_TO_CENTRE = 10
BLOCK = 500


class Answers(NamedTuple):
    """What was found, each a share of 1, as the mean over all pictures.

    Each picture in turn is the query, and all others are ranked by their distance from it.
    ``mean_precision`` is the mean average precision over all ranks; ``nine`` is the share of the
    nine nearest that are of the query's family; ``first`` says whether the nearest is.
    """

    mean_precision: float
    nine: float
    first: float


class Collection:
    """A folder's pictures, and each one's family: the subfolder that it is in."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.paths = [str(path) for path in load_images(str(folder))["path"]]
        self.families = np.array([str(Path(path).parent) for path in self.paths])

    def features(self, network: Network) -> tuple[np.ndarray, float]:
        """Return the pictures' features, and the seconds that they took.

        Raises
        ------
        ValueError
            If a picture cannot be read.
        """
        pictures = [Image.unread(path) for path in self.paths]
        extractor = FeatureExtractor(network)
        # What is loaded once is not counted.
        extractor.extract(pictures[:1])
        start = time.perf_counter()
        found = extractor.extract(pictures)
        seconds = time.perf_counter() - start
        if found.failures:
            raise ValueError(f"{self.name}: {len(found.failures)} pictures cannot be read")
        return found.features, seconds


def collections_in(folder: Path) -> list[Collection]:
    """Return the collections in a folder's subfolders, by their names."""
    return [Collection(path) for path in sorted(folder.iterdir()) if path.is_dir()]


def centred(features: np.ndarray) -> np.ndarray:
    """Return features of length 1, less their mean, made length 1 again; a few stay as they are."""
    unit = of_length_1(np.asarray(features, np.float64))
    return of_length_1(unit - unit.mean(axis=0)) if len(unit) >= FEWEST_TO_CENTRE else unit


def of_length_1(rows: np.ndarray) -> np.ndarray:
    """Return rows made length 1; those of zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: np.ndarray = rows / np.where(lengths > 0, lengths, 1)
    return unit


def answers(features: np.ndarray, families: np.ndarray) -> Answers:
    """Rank all pictures by their distance from each, and return how many are of its family.

    A picture that is alone in its family is nobody's query.
    """
    rows = np.asarray(features, np.float64)
    squares = (rows**2).sum(axis=1)
    found = []
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        distances = squares - 2 * (rows[block] @ rows.T)
        queries = np.arange(start, start + len(distances))
        distances[np.arange(len(queries)), queries] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")[:, :-1]
        found.append(_of_each_query(families[order] == families[block, None]))
    return Answers(*np.concatenate(found).mean(axis=0).tolist())


def _of_each_query(same: np.ndarray) -> np.ndarray:
    """Return the three shares of each query, from which of its ranks are of its family."""
    same = same[same.any(axis=1)]
    ranks = np.arange(1, same.shape[1] + 1)
    precisions = (same.cumsum(axis=1) / ranks * same).sum(axis=1) / same.sum(axis=1)
    return np.stack([precisions, same[:, :NEAREST].mean(axis=1), same[:, 0]], axis=1)
