"""The neighbours that a model of Turi Create's finds, for the search for copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .choice import turicreate
from .guarded import QUERY, silence
from .known_rows import KnownRows

if TYPE_CHECKING:
    import numpy as np

    from ..portable import SFrame
    from ..portable.image_similarity import ImageSimilarityModel

    Rows = np.ndarray[Any, np.dtype[np.intp]]
    Numbers = np.ndarray[Any, np.dtype[np.float64]]


class KnownSearch:
    """Finds neighbours as ``search.near_copies.Search`` says, by Turi Create's own distances.

    Parameters
    ----------
    model : ImageSimilarityModel
        Of Turi Create's.
    rows : KnownRows
        What it was made from.
    others : KnownSearch, optional
        The pictures of another model, which the model's are compared with.
    """

    def __init__(
        self, model: ImageSimilarityModel, rows: KnownRows, others: KnownSearch | None = None
    ) -> None:
        self.model = model
        self.rows = rows
        self.positions = _positions(model, rows)
        self.others = others
        self.asked = len(self.positions)
        self.first = 0 if others is None else self.asked
        self.count = self.first + len((others or self).positions)
        self._found: dict[tuple[int, int], float] = {}

    def against(self, others: KnownSearch | None) -> KnownSearch:
        """Return the search of these pictures among those of another model."""
        return self if others is None else KnownSearch(self.model, self.rows, others)

    def nearest(self, k: int) -> tuple[Rows, Numbers]:
        """Return the neighbours of all pictures."""
        import numpy as np

        found: Any
        if self.others is None:
            found = self.model.similarity_graph(k=k, output_type="SFrame", verbose=False)
            places = {self.rows.label_at(at): row for row, at in enumerate(self.positions)}
        else:
            found = self._query(range(self.asked), k)
            places = {row: row for row in range(self.asked)}
        # What is missing is filled with the rows themselves, which do not count.
        rows = np.repeat(np.arange(self.asked)[:, None], k, axis=1)
        distances = np.full(rows.shape, np.inf)
        theirs = self._places()
        names = ("query_label", "reference_label", "rank", "distance")
        for label, reference, rank, distance in zip(*(found[name] for name in names)):
            row, other = places[label], theirs[reference]
            rows[row, rank - 1], distances[row, rank - 1] = other, distance
            self._found[row, other] = distance
        return rows, distances

    def nearest_of(self, asked: Rows, among: Rows, k: int) -> None:
        """Return None: Turi Create searches all references."""

    def distances(self, rows: Rows, others: Rows) -> Numbers:
        """Return the distances of pairs of rows; those that are unknown are asked for."""
        import numpy as np

        pairs = list(zip(rows.tolist(), others.tolist()))
        missing = sorted({row for row, other in pairs if (row, other) not in self._found})
        if missing:
            found, theirs = self._query(missing, None), self._places()
            columns = (found[name] for name in ("query_label", "reference_label", "distance"))
            for row, reference, distance in zip(*columns):
                self._found[row, theirs[reference]] = distance
        return np.array([self._found[pair] for pair in pairs], float)

    def _places(self) -> dict[Any, int]:
        """Return the rows of the pictures that are compared with, by their labels."""
        source = self.others or self
        return {
            source.rows.label_at(at): self.first + row for row, at in enumerate(source.positions)
        }

    def _query(self, rows: Any, k: int | None) -> SFrame:
        tc, feature = turicreate(), self.model.feature
        numbers = list(rows)
        frame = self.rows.at([self.positions[row] for row in numbers])
        model = self.others.model if self.others else self.model
        queries = tc.SFrame({model.feature: frame[feature], QUERY: numbers})
        with silence(verbose=False):
            return model.query(queries, label=QUERY, k=k, verbose=False)


def _positions(model: ImageSimilarityModel, rows: KnownRows) -> list[int]:
    """Return where the pictures that could be read stand among the rows."""
    count = len(rows.frame)
    if model.num_examples == count:
        return list(range(count))
    edges: Any = model.similarity_graph(k=1, output_type="SFrame", verbose=False)
    found = map(rows.position_of_label, edges["query_label"])
    return sorted(position for position in found if position is not None)
