"""Rows of a frame of either engine, found by their labels and by their files."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Iterable, Sequence

from ..errors import ToolkitError
from .choice import engine

if TYPE_CHECKING:
    import os

    from ..portable import SFrame
    from ..portable.models.picture_files import PathIndex

LABELS_NAMED = 5


class KnownRows:
    """Rows that a model does not know: those of Turi Create's models, and a user's own data.

    ``label`` is the column that names them; None, or a column that is not there, for row numbers.
    """

    def __init__(self, frame: SFrame, label: str | None) -> None:
        self.frame = frame
        self.label = label

    @property
    def has_paths(self) -> bool:
        """Whether the rows have paths."""
        return "path" in self.frame.column_names()

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the position of a file among the rows; None if it is not there."""
        return self._index.position_of(path)

    def position_of_label(self, label: Any) -> int | None:
        """Return the position of a label; None if it is not there."""
        return self._positions.get(label)

    def own_position(self, path: str | None, label: Any) -> int | None:
        """Return the position of a row by its file, or else by its label."""
        return self._index.own_position(path, self.position_of_label(label))

    def label_at(self, position: int) -> Any:
        """Return the label of a position."""
        return self._labels[position]

    def rows_of(self, labels: Iterable[Any]) -> SFrame:
        """Return the rows of labels, in this order.

        ToolkitError if a label is not there, or labels are not unique.
        """
        wanted = list(labels)
        strangers = [label for label in wanted if label not in self._positions]
        if strangers:
            raise ToolkitError(
                f"The data do not have the pictures {strangers[:LABELS_NAMED]} (by the column "
                f"'{self.label}') that the model holds: give the data that the model was built "
                "from, or build it anew."
            )
        return self.at([self._positions[label] for label in wanted])

    def at(self, positions: Sequence[int]) -> SFrame:
        """Return the rows of positions, in this order."""
        tc = engine()
        # In their order, since Turi Create reads rows in blocks.
        rows = {position: self.frame[position] for position in sorted(set(positions))}
        table = tc.SFrame()
        for name, kind in zip(self.frame.column_names(), self.frame.column_types()):
            values = [rows[position][name] for position in positions]
            table = table.add_column(tc.SArray(values, dtype=kind), name)
        return table

    @cached_property
    def _labels(self) -> Sequence[Any]:
        if self.label in self.frame.column_names():
            return list(self.frame[self.label])
        return range(len(self.frame))

    @cached_property
    def _positions(self) -> dict[Any, int]:
        positions = {label: position for position, label in enumerate(self._labels)}
        if len(positions) < len(self._labels):
            raise ToolkitError(
                f"The column '{self.label}' names several rows alike, so they cannot be told "
                "apart: number them anew and build the model again."
            )
        return positions

    @cached_property
    def _index(self) -> PathIndex:
        # Not at the top, where it would load NumPy.
        from ..portable.models.picture_files import PathIndex

        return PathIndex(list(self.frame["path"]) if self.has_paths else [])
