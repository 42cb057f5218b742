"""How a model compares features: as they are, made of length 1, or centred besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping

import numpy as np

from ...search.centre import Centre, centre_of, unit_rows

if TYPE_CHECKING:
    from ...search.blocks import Matrix

# A centre is taken anew when the collection has grown so much.
GROWTH = 2


@dataclass(frozen=True)
class Comparison:
    """How features are compared.

    Attributes
    ----------
    unit_length : bool
        Whether features are made of length 1.
    centre : Centre or None
        What is subtracted from features of length 1, which are then made of length 1 again.
    rows : int
        Of how many rows the centre was taken; 0 where centring is not wanted.
    """

    unit_length: bool = False
    centre: Centre | None = None
    rows: int = 0

    @classmethod
    def from_features(cls, matrix: Matrix) -> Comparison:
        """Return how centred features are compared, ``(n, d) float`` of length 1.

        Without a centre where it would not make sense: among fewer than 10 rows, or where more than
        half of them are as good as equal to the mean.
        """
        return cls(True, centre_of(matrix), len(matrix))

    def prepared(self, features: Matrix) -> Matrix:
        """Return features as the matrix and the queries hold them."""
        return unit_rows(features) if self.unit_length else features

    def after_change(self, matrix: Matrix) -> Comparison:
        """Return how the features of a changed collection are compared.

        The centre stays, so that distances do; it is taken anew when the collection has doubled.
        """
        grown = self.rows and len(matrix) >= GROWTH * self.rows
        missing = self.rows and self.centre is None
        return Comparison.from_features(matrix) if grown or missing else self

    def __str__(self) -> str:
        if self.centre is not None:
            return "of length 1, centred"
        if self.rows:
            return "of length 1, not centred (too few pictures, or too much alike)"
        return "of length 1" if self.unit_length else "as they are"

    def to_parts(self) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
        """Return the facts and arrays that ``from_parts`` takes."""
        facts = {"unit_length": self.unit_length, "rows": self.rows}
        return facts, {} if self.centre is None else {"mean": self.centre.mean}

    @classmethod
    def from_parts(cls, facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> Comparison:
        """Return what ``to_parts`` gave."""
        centre = Centre(arrays["mean"]) if "mean" in arrays else None
        return cls(facts["unit_length"], centre, facts["rows"])
