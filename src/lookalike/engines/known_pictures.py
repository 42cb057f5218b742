"""A model's pictures, of either engine, as the search for copies asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Sequence

from ..portable.models.picture_facts import facts_of
from ..portable.models.picture_files import PictureFiles
from ..search.centre import unit_rows
from ..search.near_copies import FeatureSearch
from .choice import is_real
from .guarded import known_rows
from .known_search import KnownSearch

if TYPE_CHECKING:
    import numpy as np

    from ..portable import SFrame
    from ..portable.image_similarity import ImageSimilarityModel
    from ..portable.models.picture_facts import PictureFacts
    from ..search.near_copies import Search

    Rows = np.ndarray[Any, np.dtype[np.intp]]


class KnownPictures(NamedTuple):
    """A model's pictures that have features, by their numbers in this order.

    Attributes
    ----------
    files : PictureFiles
        Their files.
    labels : sequence
        Their labels.
    cache : path, bool or None
        The feature store that the model uses.
    image_of, rows_of : function
        Return one's image, and the model's rows of some.
    search : function
        Returns what finds their neighbours, among each other or among another's pictures; it calls
        another function with the number of pictures that are done.
    source : object
        What the search of another's pictures among these needs.
    """

    files: PictureFiles
    labels: Sequence[Any]
    cache: Any
    image_of: Callable[[int], Any]
    rows_of: Callable[[Rows], SFrame]
    search: Callable[[Any, Callable[[int], None]], Search]
    source: Any

    def facts(self, verbose: bool, hashes: bool) -> PictureFacts:
        """Return what shows copies among them; without hashes, their contents alone."""
        return facts_of(self.files, self.image_of, self.cache, verbose, hashes)


def known_pictures(model: ImageSimilarityModel) -> KnownPictures:
    """Return the pictures of a model.

    Raises
    ------
    ToolkitError
        If it is a model of Turi Create's that does not know them.
    """
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
    """Return the pictures of a model of Turi Create's, from the rows that are kept for it."""
    source = KnownSearch(model, known_rows(model, None))
    frame, found = source.rows.frame, source.positions
    paths = list(frame["path"]) if source.rows.has_paths else [None] * len(frame)
    return KnownPictures(
        files=PictureFiles.from_paths([paths[position] for position in found]),
        labels=[source.rows.label_at(position) for position in found],
        cache=None,
        image_of=lambda number: frame[found[number]][model.feature],
        rows_of=lambda numbers: source.rows.at([found[number] for number in numbers]),
        search=lambda others, step: source.against(_source(others)),
        source=source,
    )


def _source(pictures: KnownPictures | None) -> Any:
    return None if pictures is None else pictures.source
