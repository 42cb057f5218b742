"""A model's pictures: one record that never changes, from which changes make another.

A *position* numbers all pictures, in the order of the rows that the model was made from and then of
those that were added. Pictures that could not be read have a position too, but no features.
"""

from __future__ import annotations

import dataclasses
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

import numpy as np

from ...errors import ToolkitError
from ...search.centre import unit_rows
from ..frames.image import Image, Walk
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from .comparison import Comparison
from .inputs import (
    FEATURES,
    LABEL_TYPES,
    LABELS_NAMED,
    Inputs,
    all_but,
    plain_label,
    without,
)
from .neighbors import NearestNeighborsModel
from .picture_files import PathIndex, PictureFiles, from_here

if TYPE_CHECKING:
    from ...search.blocks import Rows as Positions
    from ...storage.saved_folder import Saved


@dataclasses.dataclass(frozen=True)
class Gallery:
    """The pictures of a model."""

    # The column that names the pictures, as given to ``create``; None for row numbers.
    label: str | None
    # The column of images or features.
    feature: str
    labels: SArray
    files: PictureFiles
    # Why pictures could not be read, by position.
    reasons: Mapping[int, str]
    # The features and labels of all others, in order.
    search: NearestNeighborsModel
    # Whether the features were extracted from images, rather than given.
    is_of_images: bool
    # How the pictures' folder was searched; None if they are not of one search.
    walk: Walk | None = None
    # The rows that the model was made from; None for a loaded model.
    rows: SFrame | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def from_inputs(
        cls,
        label: str | None,
        feature: str,
        labels: SArray,
        files: PictureFiles,
        inputs: Inputs,
        rows: SFrame,
        centered: bool,
    ) -> Gallery:
        """Return the gallery of rows that were looked at, whose features may be centred."""
        matrix = unit_rows(inputs.matrix) if centered else inputs.matrix
        comparison = Comparison.from_features(matrix) if centered else Comparison()
        names = labels.take(inputs.rows)
        return cls(
            label,
            feature,
            labels,
            files,
            inputs.reasons(),
            NearestNeighborsModel(matrix, names, label, [FEATURES], comparison=comparison),
            rows[feature].dtype is Image,
            walk_of(rows[feature]),
            rows,
        )

    def to_parts(self, location: str) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
        """Return the facts and arrays that a model saved at a location holds of its pictures."""
        compared, mean = self.search.comparison.to_parts()
        facts = {
            "label": self.label,
            "feature": self.feature,
            "is_of_images": self.is_of_images,
            "labels": list(self.labels),
            "label_type": self.labels.dtype.__name__,
            "reasons": sorted(self.reasons.items()),
            "files": self.files.to_facts(location),
            "walk": None if self.walk is None else self.walk._asdict(),
            "comparison": compared,
        }
        files: dict[str, Any] = {"stamps": self.files.stamps, "contents": self.files.contents}
        return facts, {**files, **mean, **self.search.to_arrays()}

    @classmethod
    def from_saved(cls, saved: Saved) -> Gallery:
        """Return the gallery of a saved model, with its pictures where they are now."""
        facts, arrays = saved.facts, saved.arrays
        labels = SArray(facts["labels"], LABEL_TYPES[facts["label_type"]])
        reasons, walk = dict(facts["reasons"]), facts["walk"]
        search = NearestNeighborsModel(
            arrays["matrix"],
            without(labels, reasons),
            facts["label"],
            [FEATURES],
            saved=saved,
            comparison=Comparison.from_parts(facts["comparison"], arrays),
        )
        return cls(
            facts["label"],
            facts["feature"],
            labels,
            PictureFiles.from_facts(facts["files"], arrays, saved.location),
            reasons,
            search,
            facts["is_of_images"],
            None if walk is None else Walk(walk["recursive"], tuple(walk["exclude"])),
        )

    @cached_property
    def label_name(self) -> str:
        """The column of ``references`` that holds the labels."""
        if self.label is not None:
            return self.label
        if self.rows is None or "id" not in self.rows.column_names():
            return "id"
        return "id" if list(self.rows["id"]) == list(self.labels) else "label"

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the position of a file, however its path is written; None if it is not here."""
        return self._index.position_of(path)

    def position_of_label(self, label: Any) -> int | None:
        """Return the position of a label; None if there is none."""
        try:
            return self._positions.get(plain_label(label))
        except TypeError:
            return None

    def own_position(self, path: str | None, label: Any) -> int | None:
        """Return the position of a picture by its file, or else by its label."""
        return self._index.own_position(path, self.position_of_label(label))

    def positions_of(self, labels: Iterable[Any]) -> list[int]:
        """Return the positions of labels; ToolkitError if one is unknown, or names several."""
        if len(self._positions) < len(self):
            raise ToolkitError(
                f"The column '{self.label}' names several pictures alike, so they cannot be told "
                "apart: number the rows anew (add_row_number) and build the model again."
            )
        return [self._positions[label] for label in self.known_labels(labels)]

    def known_labels(self, labels: Iterable[Any]) -> list[Any]:
        """Return labels as the gallery has them; ToolkitError if it does not have one."""
        wanted = [plain_label(label) for label in labels]
        strangers = [label for label in wanted if self.position_of_label(label) is None]
        if strangers:
            raise ToolkitError(
                f"The model has no pictures {strangers[:LABELS_NAMED]}: expected labels of type "
                f"{self.labels.dtype.__name__}, as in the column '{self.label_name}' of "
                "model.references."
            )
        return wanted

    def known(self, path: str | None) -> int | None:
        """Return the position of a file whose features are here and that has not changed since."""
        position = None if path is None else self._index.exactly(path)
        if position is None or position in self.reasons or not self.files.is_unchanged(position):
            return None
        return position

    def table(self, positions: Sequence[int] | None = None) -> SFrame:
        """Return the rows of positions, or all: as the model was made from, or as it knows them."""
        rows: Any = slice(None) if positions is None else np.asarray(positions, np.intp)
        if self.rows is not None:
            return self._complete_rows._take(rows)
        chosen = range(len(self)) if positions is None else positions
        shown = from_here(self.files.paths[position] for position in chosen)
        images = [None if path is None else Image.unread(path) for path in shown]
        labels = {self.label_name: self.labels.take(rows)}
        files = {"path": SArray(shown, str), "image": SArray(images, Image)}
        # The labels come first, and may be the paths.
        return SFrame({**labels, **files, **labels})

    @property
    def failures(self) -> SFrame:
        """The ``id`` (label), ``path`` and ``reason`` of each picture that could not be read."""
        positions = sorted(self.reasons)
        paths = from_here(self.files.paths[position] for position in positions)
        return SFrame(
            {
                "id": self.labels.take(np.array(positions, np.intp)),
                "path": SArray(paths, str),
                "reason": SArray([self.reasons[position] for position in positions], str),
            }
        )

    @cached_property
    def found(self) -> Positions:
        """The positions that have features, in order."""
        return all_but(self.reasons, len(self))

    @cached_property
    def _positions(self) -> dict[Any, int]:
        return {label: position for position, label in enumerate(self.labels)}

    @cached_property
    def _index(self) -> PathIndex:
        return PathIndex(self.files.paths)

    @cached_property
    def _complete_rows(self) -> SFrame:
        """The rows that the model was made from, with their labels and paths."""
        rows = SFrame(self.rows)
        columns = {name: rows[name] for name in rows.column_names()}
        if self.label_name not in columns:
            columns = {self.label_name: self.labels, **columns}
        if "path" not in columns and any(self.files.paths):
            columns["path"] = SArray(from_here(self.files.paths), str)
        return SFrame._of(columns)


def walk_of(column: SArray) -> Walk | None:
    """Return the walk that all pictures of a column come from; None where there is not one."""
    if column.dtype is not Image:
        return None
    walks = {image.walk for image in column if image is not None}
    return walks.pop() if len(walks) == 1 else None
