"""The pictures of a model of either engine, and their neighbours, for the search for copies."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Sequence

import numpy as np

from ..portable.models.picture_facts import facts_of
from ..portable.models.picture_files import PictureFiles
from ..search.centre import unit_rows
from ..search.near_copies import FeatureSearch
from .choice import is_real, turicreate
from .guarded import QUERY, known_rows, silence
from .known_rows import KnownRows

if TYPE_CHECKING:
    from ..portable import SFrame
    from ..portable.image_similarity import ImageSimilarityModel
    from ..portable.models.picture_facts import PictureFacts
    from ..search.blocks import Numbers, Rows
    from ..search.near_copies import Search


class KnownPictures(NamedTuple):
    """The pictures of a model that have features, numbered in this order."""

    files: PictureFiles
    labels: Sequence[Any]
    # The feature store that the model uses.
    cache: Any
    # Returns the image of a number.
    image_of: Callable[[int], Any]
    # Returns the model's rows of numbers.
    rows_of: Callable[[Rows], SFrame]
    # Takes another model's pictures, or None to search among these, and a function that is called
    # with the number of pictures done; returns what finds neighbours.
    search: Callable[[Any, Callable[[int], None]], Search]
    # What the search of another model among these pictures needs.
    source: Any

    def facts(self, verbose: bool, hashes: bool) -> PictureFacts:
        """Return what shows copies among them; without hashes, their contents alone."""
        return facts_of(self.files, self.image_of, self.cache, verbose, hashes)


def known_pictures(model: ImageSimilarityModel) -> KnownPictures:
    """Return the pictures of a model; ToolkitError if one of Turi Create's does not know them."""
    return _of_rows(model) if is_real() else _of_gallery(model)


def _of_gallery(model: ImageSimilarityModel) -> KnownPictures:
    gallery, found = model.gallery, model.gallery.found
    images = None
    if gallery.rows is not None and gallery.is_of_images:
        images = gallery.rows[gallery.feature]
    features = unit_rows(gallery.search.matrix)
    return KnownPictures(
        files=gallery.files.take(found.tolist()),
        labels=list(gallery.labels.take(found)),
        cache=model.cache,
        image_of=lambda number: None if images is None else images[int(found[number])],
        rows_of=lambda numbers: gallery.table(found[numbers].tolist()),
        search=lambda others, step: FeatureSearch(features, _source(others), step),
        source=features,
    )


def _of_rows(model: ImageSimilarityModel) -> KnownPictures:
    source = KnownSearch(model, known_rows(model, None))
    frame, found = source.rows.frame, source.positions
    paths = list(frame["path"]) if source.rows.has_paths else [None] * len(frame)
    return KnownPictures(
        files=PictureFiles.from_paths([paths[position] for position in found]),
        labels=[source.rows.label_at(position) for position in found],
        cache=None,
        image_of=lambda number: frame[found[number]][model.feature],
        rows_of=lambda numbers: source.rows.at([found[number] for number in numbers]),
        search=lambda others, step: KnownSearch(model, source.rows, _source(others)),
        source=source,
    )


def _source(pictures: KnownPictures | None) -> Any:
    return None if pictures is None else pictures.source


class KnownSearch:
    """Finds neighbours by Turi Create's own distances: see ``search.near_copies.Search``.

    ``rows`` are those that the model was made from; ``others`` are the pictures of another model
    that its own are compared with.
    """

    def __init__(
        self, model: ImageSimilarityModel, rows: KnownRows, others: KnownSearch | None = None
    ) -> None:
        self.model = model
        self.rows = rows
        self.positions = _positions(model, rows)
        self.others = others or self
        self.asked = len(self.positions)
        self.first = 0 if others is None else self.asked
        self.count = self.first + len(self.others.positions)
        self._found: dict[tuple[int, int], float] = {}

    def nearest(self, k: int) -> tuple[Rows, Numbers]:
        """Return the neighbours of all pictures."""
        found: Any
        own: Any
        if self.others is self:
            found, own = _graph(self.model, k), self._theirs
        else:
            found, own = self._query(range(self.asked), k), range(self.asked)
        # What is missing is filled with the rows themselves, which do not count.
        rows = np.repeat(np.arange(self.asked)[:, None], k, axis=1)
        distances = np.full(rows.shape, np.inf)
        names = ("query_label", "reference_label", "rank", "distance")
        for label, reference, rank, distance in zip(*(found[name] for name in names)):
            row, other = own[label], self._theirs[reference]
            rows[row, rank - 1], distances[row, rank - 1] = other, distance
            self._found[row, other] = distance
        return rows, distances

    def nearest_of(self, asked: Rows, among: Rows, k: int) -> None:
        """Return None: Turi Create searches all references."""

    def distances(self, rows: Rows, others: Rows) -> Numbers:
        """Return the distances of pairs of rows; unknown ones are found by queries."""
        pairs = list(zip(rows.tolist(), others.tolist()))
        missing = sorted({row for row, other in pairs if (row, other) not in self._found})
        if missing:
            found = self._query(missing, None)
            columns = (found[name] for name in ("query_label", "reference_label", "distance"))
            for row, reference, distance in zip(*columns):
                self._found[row, self._theirs[reference]] = distance
        return np.array([self._found[pair] for pair in pairs], float)

    @cached_property
    def _theirs(self) -> dict[Any, int]:
        """The rows of the pictures that are compared with, by their labels."""
        labels = map(self.others.rows.label_at, self.others.positions)
        return {label: row for row, label in enumerate(labels, self.first)}

    def _query(self, rows: Sequence[int], k: int | None) -> SFrame:
        model = self.others.model
        column = self.rows.at([self.positions[row] for row in rows])[self.model.feature]
        queries = turicreate().SFrame({model.feature: column, QUERY: list(rows)})
        with silence(verbose=False):
            return model.query(queries, label=QUERY, k=k, verbose=False)


def _positions(model: ImageSimilarityModel, rows: KnownRows) -> list[int]:
    """Return the positions of the pictures that could be read."""
    count = len(rows.frame)
    if model.num_examples == count:
        return list(range(count))
    found = map(rows.position_of_label, _graph(model, 1)["query_label"])
    return sorted(position for position in found if position is not None)


def _graph(model: ImageSimilarityModel, k: int) -> Any:
    return model.similarity_graph(k=k, output_type="SFrame", verbose=False)
