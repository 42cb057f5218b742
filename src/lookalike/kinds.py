"""How the pictures that were found are related to the one that they were found with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from .display.markup import KINDS
from .duplicates import grouped
from .engines.asked import gives_all
from .engines.choice import engine, is_real

if TYPE_CHECKING:
    from .portable.image_similarity import ImageSimilarityModel
    from .portable.models.matching import Match, Query
    from .portable.models.picture_facts import PictureFacts
    from .search.blocks import Numbers, Rows

# So many of the nearest are compared; more are no copies.
COMPARED = 200


def kinds_of(model: ImageSimilarityModel, query: Query, found: Sequence[Match]) -> list[str]:
    """Return of each match whether it is a copy of the query, as ``find_duplicates`` says it.

    Only what is known already is compared: the contents and the hashes of files, which were made
    with the features, and the distances. No picture is decoded but the query.

    Parameters
    ----------
    model, query
        What was searched, and with what.
    found : sequence of Match
        All of its matches up to some distance, nearest first.

    Returns
    -------
    list of str
        ``'same file'``, ``'same picture'``, ``'near copy'``, or ``''`` where it is none of these,
        or that is not known: of Turi Create's models no contents and no hashes are.
    """
    import numpy as np

    compared = found[:COMPARED]
    distances = np.array([match.distance for match in compared], np.float64)
    facts = _facts(model, query, compared)
    levels = grouped(facts, KINDS[-1], _OneList(distances))
    kinds = [""] * len(found)
    for level, kind in reversed(list(zip(levels, KINDS))):
        for row in np.flatnonzero(level[1:] == level[0]).tolist():
            kinds[row] = kind
    return kinds


class _OneList:
    """The neighbours of one picture, as the search for near copies wants them."""

    def __init__(self, neighbors: Numbers) -> None:
        self.neighbors = neighbors
        self.asked = self.first = 1
        self.count = 1 + len(neighbors)

    def nearest(self, k: int) -> tuple[Rows, Numbers]:
        """Return the neighbours."""
        import numpy as np

        return np.arange(1, k + 1)[None], self.neighbors[None, :k]

    def nearest_of(self, asked: Rows, among: Rows, k: int) -> None:
        """Return None: nothing more is known."""

    def distances(self, rows: Rows, others: Rows) -> Numbers:
        """Return the distances of pairs of rows."""
        return self.neighbors[others - 1]


def _facts(model: ImageSimilarityModel, query: Query, found: Sequence[Match]) -> PictureFacts:
    """Return what is known of the query, and then of its matches."""
    from .portable.models.picture_facts import facts_of
    from .portable.models.picture_files import PictureFiles

    if is_real() or not gives_all(model):
        return facts_of(PictureFiles.from_paths([None] * (1 + len(found))), lambda _: None, False)
    gallery, path = model.gallery, getattr(query.picture, "path", None)
    image = query.picture if isinstance(query.picture, engine().Image) else None
    own = gallery.known(path)
    if image is None:
        own = gallery.own_position(query.path, query.label)
    if query.path is not None:
        # A part of a file is not decoded a second time: its hash stays unknown.
        image = None
    its = PictureFiles.from_paths([path]) if own is None else gallery.files.take([own])
    positions = gallery.positions_of(match.label for match in found)
    # Without their paths no file is read: what is not known of them stays unknown.
    theirs = gallery.files.take(positions)._replace(paths=[None] * len(found))
    return facts_of(its.append(theirs), lambda n: None if n else image, model.cache)
