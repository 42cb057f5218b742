"""The labels of a model's pictures: what names them, and how new ones are named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Sequence

import numpy as np

from ...errors import ColumnTypeError, ToolkitError
from ..frames.sarray import SArray
from .inputs import column_named

if TYPE_CHECKING:
    from ..frames.sframe import SFrame
    from .gallery import Gallery

LABEL_TYPES = {"int": int, "str": str}
LABELS_NAMED = 5


def row_numbers(count: int) -> SArray:
    """Return the labels of rows that no column names: 0, 1, 2, ..."""
    return SArray(np.arange(count))


def label_column(dataset: SFrame, label: str) -> SArray:
    """Return the column that names rows; ColumnTypeError if it holds neither int nor str."""
    labels = column_named(dataset, label, "row label column")
    if labels.dtype not in (int, str):
        raise ColumnTypeError(
            f"The row label column '{label}' must hold int or str; found {labels.dtype.__name__}."
        )
    return labels


def new_labels(gallery: Gallery, rows: SFrame, paths: Sequence[str | None]) -> SArray:
    """Return the labels of rows to add: those in their column, else ``next_labels``.

    ToolkitError if a label is taken, stands twice, is missing, or is of another type.
    """
    name = gallery.label_name
    if name not in rows.column_names():
        return next_labels(gallery, paths)
    labels = rows[name]
    if labels.dtype is not gallery.labels.dtype:
        raise ColumnTypeError(
            f"The model's labels are of type {gallery.labels.dtype.__name__}; found "
            f"{labels.dtype.__name__} in the column '{name}'."
        )
    values = list(labels)
    clashes = [label for label in values if gallery.position_of_label(label) is not None]
    if clashes or None in values or len(set(values)) < len(values):
        found = f"taken are {clashes[:LABELS_NAMED]}" if clashes else "one is missing or twice"
        raise ToolkitError(
            f"Expected labels that are new and each one's own; {found}. Give others in the column "
            f"'{name}', or leave it out to have the rows numbered on."
        )
    return labels


def next_labels(gallery: Gallery, paths: Sequence[str | None]) -> SArray:
    """Return labels for new pictures: the next numbers, or paths of the same kind.

    ToolkitError if the labels are texts other than paths.
    """
    if gallery.labels.dtype is int:
        known = [label for label in gallery.labels if label is not None]
        first = max(known, default=-1) + 1
        return SArray(range(first, first + len(paths)), int)
    base = base_of_labels(gallery)
    if base is None or None in paths:
        raise ToolkitError(
            "The model's labels are texts: give the new pictures theirs in the column "
            f"'{gallery.label_name}' of add(rows)."
        )
    whole = [os.path.abspath(str(path)) for path in paths]
    return SArray([p[len(base) :] if p.startswith(base) else p for p in whole], str)


def base_of_labels(gallery: Gallery) -> str | None:
    """Return the folder that labels are paths from: '' if they are absolute, None if no paths."""
    bases = set()
    for label, path in zip(gallery.labels, gallery.files.paths):
        if label is None or path is None or not path.endswith(os.path.normpath(label)):
            return None
        bases.add(path[: len(path) - len(os.path.normpath(label))])
    base = bases.pop() if len(bases) == 1 else None
    return base if not base or base.endswith(os.sep) else None


def plain_label(label: Any) -> Any:
    """Return a label as Python's own number or text, as NumPy's may be given."""
    return label.item() if isinstance(label, np.generic) else label
