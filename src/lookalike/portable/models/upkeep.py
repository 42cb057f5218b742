"""Keeps an image similarity model up to date, without building it again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Iterable, NamedTuple, Sequence

import numpy as np

from ...errors import ToolkitError
from .. import image_analysis
from ..frames.image import Image
from ..frames.sarray import SArray
from ..nearest_neighbors import NearestNeighborsModel
from . import unreadable
from .feature_columns import FEATURES, feature_column, features_of, without
from .references import References, paths_of

if TYPE_CHECKING:
    from ...search.blocks import Matrix
    from ..frames.sframe import SFrame
    from ..image_similarity import ImageSimilarityModel

LABELS_TOLD = 5


class _Fresh(NamedTuple):
    """Pictures that are new to a model, looked at."""

    matrix: Matrix
    labels: SArray
    references: References
    failures: SFrame


def add(model: ImageSimilarityModel, rows: SFrame, verbose: bool, batch_size: int) -> None:
    """Add pictures: see ``ImageSimilarityModel.add``."""
    if len(rows) == 0:
        raise ToolkitError("There are no rows to add.")
    label = model.label or "id"
    labels = rows[label] if label in rows.column_names() else _next_labels(model, len(rows))
    taken = {*model.similarity_model.labels, *model.failures["id"]}
    clashes = [value for value in labels if value in taken]
    if clashes or len(set(labels)) < len(labels):
        raise ToolkitError(
            f"Expected labels that are new and each one's own; taken are {clashes[:LABELS_TOLD]}. "
            f"Give others in the column '{label}', or leave it out to have the rows numbered on."
        )
    feature = feature_column(rows, model.feature, model.feature_extractor.network)
    fresh = _look_at(model, rows[feature], paths_of(rows, feature), labels, verbose, batch_size)
    failures = model.failures.append(fresh.failures)
    _replace(model, range(model.num_examples), failures, fresh)


def remove(model: ImageSimilarityModel, labels: Iterable[Any]) -> None:
    """Take pictures out: see ``ImageSimilarityModel.remove``."""
    gone = {labels} if isinstance(labels, (str, int)) else set(labels)
    known = list(model.similarity_model.labels)
    strangers = gone.difference(known, model.failures["id"])
    if strangers:
        raise ToolkitError(f"The model has no pictures {sorted(strangers)[:LABELS_TOLD]}.")
    kept = [row for row, label in enumerate(known) if label not in gone]
    _replace(model, kept, _without_labels(model.failures, gone))


def refresh(model: ImageSimilarityModel, folder: str | None, verbose: bool) -> None:
    """Follow a folder's changes: see ``ImageSimilarityModel.refresh``."""
    references = model._references
    folder = references.root if folder is None else folder
    if folder is None:
        raise ToolkitError("The model's pictures have no folder in common: name the folder.")
    found = image_analysis.load_images(folder)
    now = {os.path.abspath(path): image for path, image in zip(found["path"], found["image"])}
    inside = os.path.join(os.path.abspath(folder), "")
    changed = references.changed() & now.keys()
    known = dict(zip(references.paths, model.similarity_model.labels))
    failed = {
        os.path.abspath(path): label
        for path, label in zip(model.failures["path"], model.failures["id"])
        if path is not None
    }
    before = [*references.paths, *failed]
    gone = {path for path in before if path and path.startswith(inside)} - now.keys()
    new = [path for path in now if path not in known and path not in failed]
    # What failed is tried again; it and what has changed keep their labels.
    again = [path for path in now if path in changed or path in failed]
    known.update(failed)
    labels = SArray([known[path] for path in again], model.failures["id"].dtype)
    if new:
        by_path = model.label == "path"
        labels = labels.append(
            SArray([now[path].path for path in new]) if by_path else _next_labels(model, len(new))
        )
    images = SArray([now[path] for path in [*again, *new]], Image)
    paths = [image.path for image in images]
    fresh = _look_at(model, images, paths, labels, verbose)
    kept = [
        row for row, path in enumerate(references.paths) if path not in gone and path not in changed
    ]
    failed_and_gone = {failed[path] for path in gone & failed.keys()}
    still_failed = _without_labels(model.failures, failed_and_gone.union(labels))
    _replace(model, kept, still_failed.append(fresh.failures), fresh)
    if verbose:
        print(  # noqa: T201 - what it is for
            f"{len(new)} added, {len(gone)} removed, {len(changed)} changed; "
            f"{model.num_examples} pictures in the model"
        )


def _look_at(
    model: ImageSimilarityModel,
    column: SArray,
    paths: Sequence[str | None],
    labels: SArray,
    verbose: bool,
    batch_size: int = 64,
) -> _Fresh:
    # Before the pictures are looked at: what is changed meanwhile is seen by the next refresh.
    references = References.of(paths)
    matrix, failed = features_of(
        column, model.feature_extractor, verbose, batch_size, model.cache, all_may_fail=True
    )
    return _Fresh(
        matrix,
        without(labels, failed),
        references.take([row for row in range(len(column)) if row not in failed]),
        unreadable.table(failed, labels, paths),
    )


def _replace(
    model: ImageSimilarityModel,
    kept: Sequence[int],
    failures: SFrame,
    fresh: _Fresh | None = None,
) -> None:
    """Give a model some of its rows and fresh ones, all at once, so that it is never half new."""
    # Labels are row numbers no longer.
    label = model.label or "id"
    if len(kept) == model.num_examples and (fresh is None or len(fresh.matrix) == 0):
        # What is mapped of it, its codes and its index stay.
        model.similarity_model.label = model.label = label
        model.failures = failures
        return
    old = model.similarity_model
    rows = np.array(kept, np.intp)
    matrix, labels, references = old.matrix[rows], old.labels.take(rows), model._references
    references = references.take(kept)
    if fresh is not None:
        matrix = np.concatenate([matrix, fresh.matrix])
        labels, references = labels.append(fresh.labels), references.append(fresh.references)
    if len(matrix) == 0:
        raise ToolkitError("A model needs at least one picture that can be read: none would stay.")
    model.label = label
    model.similarity_model = NearestNeighborsModel(matrix, labels, label, [FEATURES])
    model.failures, model._references = failures, references


def _next_labels(model: ImageSimilarityModel, count: int) -> SArray:
    labels = model.similarity_model.labels
    if labels.dtype is not int:
        raise ToolkitError(
            f"The model's labels are texts: give the new pictures theirs in the column "
            f"'{model.label}' of add(rows)."
        )
    first = max([*labels, *model.failures["id"]]) + 1
    return SArray(range(first, first + count), int)


def _without_labels(failures: SFrame, gone: set[Any]) -> SFrame:
    return failures[SArray([label not in gone for label in failures["id"]], int)]
