"""How a model compares features: as they are, by their directions, or centred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping

import numpy as np

from ...errors import ToolkitError
from ...search.centre import Centre, centre_of, unit_rows

if TYPE_CHECKING:
    from ...search.blocks import Matrix, Numbers

# When the collection has grown by this factor, its centre is computed again.
GROWTH = 2
# The part by which a radius is enlarged: a neighbour's distance, given as a radius, must find it
# again, whatever the root and the square were rounded to.
SLACK = 1e-15
ROWS_NAMED = 5


@dataclass(frozen=True)
class Comparison:
    """How features are compared."""

    # Whether features are made of length 1.
    unit_length: bool = False
    # What is subtracted from features of length 1, which are then made of length 1 again.
    centre: Centre | None = None
    # The number of rows that the centre was computed from; 0 if centring is not wanted.
    rows: int = 0
    # Whether distances are ``1 - cos`` instead of Euclidean. For features of length 1, that is half
    # of the squared Euclidean distance.
    cosine: bool = False

    @classmethod
    def from_distance(cls, name: Any) -> Comparison:
        """Return how features are compared by one of Turi Create's distances; else ValueError."""
        if name not in ("euclidean", "cosine"):
            raise ValueError(
                f"Distance {name!r} is not supported; expected 'euclidean' or 'cosine'."
            )
        return cls(unit_length=True, cosine=True) if name == "cosine" else cls()

    @classmethod
    def from_features(cls, matrix: Matrix) -> Comparison:
        """Return how centred features are compared, ``(n, d) float`` of length 1.

        There is no centre if ``centre_of`` finds none.
        """
        return cls(True, centre_of(matrix), len(matrix))

    @property
    def distance(self) -> str:
        """What Turi Create calls the distance."""
        return "cosine" if self.cosine else "euclidean"

    def prepared(self, features: Matrix) -> Matrix:
        """Return features as the matrix and the queries hold them.

        ToolkitError if the distance is the cosine, and a row holds nothing but zeros.
        """
        zeros = [] if not self.cosine else np.flatnonzero(~features.any(axis=1)).tolist()
        if zeros:
            raise ToolkitError(
                f"The rows {zeros[:ROWS_NAMED]} hold nothing but zeros: expected vectors with a "
                "direction, of which the cosine can be taken; leave these rows out."
            )
        return unit_rows(features) if self.unit_length else features

    def mean_of(self, features: Matrix) -> Matrix:
        """Return features, ``(1, d)``, that are compared as the mean of several, as these are.

        The mean has length 1 again where features have. Rows are ``prepared`` or yet to be.
        """
        rows = self.prepared(features.astype(np.float64))
        if self.centre is None:
            return rows.mean(axis=0, keepdims=True)
        direction = unit_rows(self.centre.centred(rows).mean(axis=0, keepdims=True))
        # The centre is subtracted of it again: it is the point of length 1 in that direction.
        mean = self.centre.mean
        along = direction @ mean
        reach = np.sqrt(np.maximum(along**2 + 1 - mean @ mean, 0)) - along
        return mean + reach * direction

    def searched(self, radius: float | None) -> float | None:
        """Return a radius as Euclidean distance of what is prepared."""
        if radius is None or not self.cosine:
            return radius
        return float(np.sqrt(2 * radius)) * (1 + SLACK)

    def named(self, distances: Numbers) -> Numbers:
        """Return Euclidean distances of what is prepared, ``(p,) float64``, as the model's own."""
        return distances**2 / 2 if self.cosine else distances

    def after_change(self, matrix: Matrix) -> Comparison:
        """Return how the features of a changed collection are compared.

        The centre stays, so that distances stay, until the collection has doubled.
        """
        grown = self.rows and len(matrix) >= GROWTH * self.rows
        missing = self.rows and self.centre is None
        return Comparison.from_features(matrix) if grown or missing else self

    def __str__(self) -> str:
        if self.cosine:
            return "by their directions"
        if self.centre is not None:
            return "of length 1, centred"
        if self.rows:
            return "of length 1, not centred (too few pictures, or too much alike)"
        return "of length 1" if self.unit_length else "as they are"

    def to_parts(self) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
        """Return the facts and arrays that ``from_parts`` takes, of a Euclidean distance."""
        facts = {"unit_length": self.unit_length, "rows": self.rows}
        return facts, {} if self.centre is None else {"mean": self.centre.mean}

    @classmethod
    def from_parts(cls, facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> Comparison:
        """Return what ``to_parts`` gave."""
        centre = Centre(arrays["mean"]) if "mean" in arrays else None
        return cls(facts["unit_length"], centre, facts["rows"])
