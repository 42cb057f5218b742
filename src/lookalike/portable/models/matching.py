"""The look-alikes of pictures among a gallery, each without itself."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

import numpy as np

from ..frames.image import Image, is_pixels
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from .inputs import Inputs, Look, report

if TYPE_CHECKING:
    from .gallery import Gallery


class Query(NamedTuple):
    """A picture to search with."""

    # An Image, or features; None for the features that the model holds.
    picture: Any
    # Its name in the result.
    name: Any = 0
    path: str | None = None
    # Its label, if it is a row of the model.
    label: Any = None


class Match(NamedTuple):
    """A look-alike: the query's number, the picture's label, and the distance."""

    query: int
    label: Any
    distance: float


def matches(
    gallery: Gallery,
    queries: Sequence[Query],
    k: int | None,
    radius: float | None,
    look: Look,
    together: bool = False,
) -> list[Match]:
    """Return the look-alikes of pictures: see ``ImageSimilarityModel.matches``."""
    own = [gallery.own_position(query.path, query.label) for query in queries]
    found = features_of_queries(gallery, [query.picture for query in queries], own, look)
    matrix = found.matrix
    readable = [number for number in range(len(queries)) if number not in found.failures]
    # A picture of the gallery finds itself.
    left_out = [{own[number]} - {None} for number in readable]
    if together and len(queries) > 1:
        matrix, readable = gallery.search.comparison.mean_of(matrix), [0]
        left_out = [set(own) - {None}]
    most = None if k is None else k + max(map(len, left_out), default=0)
    neighbors = gallery.search.neighbors(matrix, most, radius)
    labels = list(gallery.search.labels.take(neighbors.rows))
    positions, distances = gallery.found[neighbors.rows].tolist(), neighbors.distances.tolist()
    answer, start = [], 0
    for number, count, known in zip(readable, neighbors.counts.tolist(), left_out):
        others = [row for row in range(start, start + count) if positions[row] not in known]
        answer += [Match(number, labels[row], distances[row]) for row in others[:k]]
        start += count
    return answer


def query_frame(dataset: Any, feature: str) -> SFrame:
    """Return queries of any kind as a frame with the column that a model compares."""
    if isinstance(dataset, SFrame):
        return dataset
    if isinstance(dataset, SArray):
        return SFrame({feature: dataset})
    is_vector = isinstance(dataset, np.ndarray) and dataset.ndim == 1
    if is_pixels(type(dataset)) and not is_vector:
        dataset = Image(dataset)
    if is_vector or isinstance(dataset, (Image, array.array)):
        return SFrame({feature: [dataset]})
    raise TypeError(
        "Expected an SFrame, an SArray, an Image, a PIL image, or an array of pixels or "
        f"features as the query; found {type(dataset).__name__}. Of a file, tc.Image(path) is "
        "the Image."
    )


def features_of_queries(
    gallery: Gallery, pictures: Sequence[Any], own: Sequence[int | None], look: Look
) -> Inputs:
    """Return the features of queries; the gallery has those of its pictures.

    A file that was written to since is looked at again.
    """
    held = [_held(gallery, picture, position) for picture, position in zip(pictures, own)]
    rows = np.searchsorted(gallery.found, [at for at in held if at is not None]).tolist()
    matrix = gallery.search.matrix[rows]
    others = [number for number, position in enumerate(held) if position is None]
    if not others:
        return Inputs(matrix, {}, [])
    values = [pictures[number] for number in others]
    column = SArray(values, Image if all(value is None for value in values) else None)
    looked_at = look(column)
    failures = {others[row]: failure for row, failure in looked_at.failures.items()}
    report(failures, [getattr(picture, "path", None) for picture in pictures], look.verbose)
    if not rows:
        return looked_at
    known = np.array([at is not None for n, at in enumerate(held) if n not in failures])
    joined = np.empty((len(known), matrix.shape[1]), looked_at.matrix.dtype)
    joined[known], joined[~known] = matrix, looked_at.matrix
    return Inputs(joined, failures, [])


def _held(gallery: Gallery, picture: Any, position: int | None) -> int | None:
    """Return the position whose features are those of a query; None if it must be looked at."""
    # A part of a picture has no path, and features of its own.
    is_new = gallery.is_of_images or (isinstance(picture, Image) and picture.path is None)
    if position is not None and (picture is None or not is_new):
        return None if position in gallery.reasons else position
    return gallery.known(getattr(picture, "path", None))
