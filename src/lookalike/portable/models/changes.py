"""What becomes of a gallery: pictures are added, removed, or followed through their folder.

Each function returns another gallery. A model takes it in one assignment, so that it is never half
new.
"""

from __future__ import annotations

import dataclasses
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable, Iterable, NamedTuple, Sequence

import numpy as np

from ...errors import ColumnTypeError, ToolkitError
from ...names import expanded
from ...storage.file_identity import identify_picture, stamp_of
from .. import image_analysis
from ..frames.image import Image, Walk
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from .gallery import Gallery
from .inputs import FEATURES, LABELS_NAMED, Inputs, Look, all_but, paths_of
from .neighbors import NearestNeighborsModel
from .picture_files import PictureFiles

if TYPE_CHECKING:
    from ...search.blocks import Matrix
    from ...search.blocks import Rows as Positions


class Fresh(NamedTuple):
    """Pictures that were just looked at: first known ones again, then new ones."""

    files: PictureFiles
    inputs: Inputs
    labels: SArray
    rows: SFrame


class Changes(NamedTuple):
    """How a folder differs from a gallery: by position, what is gone, and other images.

    ``still`` has the same content, elsewhere or with another time. ``again`` must be looked at:
    its content has changed, or it could not be read.
    """

    gone: set[int]
    still: dict[int, Image]
    again: dict[int, Image]
    new: list[Image]


def removed(gallery: Gallery, labels: Iterable[Any]) -> Gallery:
    """Return the gallery without some pictures: see ``ImageSimilarityModel.remove``."""
    single = isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable)
    gone = set(gallery.known_labels([labels] if single else labels))
    kept = [at for at, label in enumerate(gallery.labels) if label not in gone]
    return _changed(gallery, kept)


def added(gallery: Gallery, rows: SFrame, feature: str, look: Look) -> Gallery:
    """Return the gallery with the pictures of rows behind its own; labels are checked first."""
    paths = paths_of(rows, feature)
    labels = new_labels(gallery, rows, paths)
    files, inputs = look.with_files(rows[feature], paths, all_may_fail=True)
    return _changed(gallery, range(len(gallery)), Fresh(files, inputs, labels, rows))


def follow(
    gallery: Gallery,
    folder: str | os.PathLike[str] | None,
    exclude: Sequence[str] | None,
    look: Look,
) -> tuple[Gallery, str]:
    """Return the gallery after a folder's changes, and a line that counts them."""
    found = changes_in(gallery, folder, exclude)
    images = [*found.again.values(), *found.new]
    paths = [image.path for image in images]
    labels = gallery.labels.take(np.array(list(found.again), np.intp))
    if found.new:
        labels = labels.append(next_labels(gallery, paths[len(labels) :]))
    rows = SFrame({"path": SArray(paths, str), "image": SArray(images, Image)})
    files, inputs = look.with_files(rows["image"], paths, all_may_fail=True)
    rows[gallery.label_name] = labels
    kept = [position for position in range(len(gallery)) if position not in found.gone]
    fresh = Fresh(files, inputs, labels, rows)
    after = _changed(_relocated(gallery, found.still), kept, fresh, list(found.again))
    changed = len(found.again.keys() - gallery.reasons.keys())
    places = zip(found.still.values(), (gallery.files.paths[at] for at in found.still))
    moved = sum(os.path.abspath(str(image.path)) != path for image, path in places)
    counts = f"{len(found.new)} added, {len(found.gone)} removed, {changed} changed"
    counts += f", {moved} moved" if moved else ""
    return after, f"{counts}; {after.search.num_examples} pictures in the model"


def new_labels(gallery: Gallery, rows: SFrame, paths: Sequence[str | None]) -> SArray:
    """Return the labels of rows to add: those in their column, else ``next_labels``.

    ToolkitError if a label is taken, there twice, missing, or of another type.
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


def changes_in(
    gallery: Gallery, folder: str | os.PathLike[str] | None, exclude: Sequence[str] | None
) -> Changes:
    """Compare a gallery with a folder; of the files, only those that may have changed are read."""
    files, walk = gallery.files, gallery.walk or Walk()
    place = files.root if folder is None else folder
    if place is None:
        raise ToolkitError("The model's pictures have no folder in common: name the folder.")
    exclude = walk.exclude if exclude is None else exclude
    found = image_analysis.load_images(place, recursive=walk.recursive, exclude=exclude)
    # Each folder is resolved once.
    real = lru_cache(maxsize=None)(os.path.realpath)
    now = {_resolved(path, real): image for path, image in zip(found["path"], found["image"])}
    before = {_resolved(path, real): at for at, path in enumerate(files.paths) if path is not None}
    root = os.path.realpath(expanded(place))
    gone = {
        position
        for key, position in before.items()
        if key not in now and (_covers(root, key, walk.recursive) or not os.path.exists(key))
    }
    new = {key: image for key, image in now.items() if key not in before}
    still = _moved(gallery, gone, new)
    again = {}
    for key, image in now.items():
        position = before.get(key)
        if position is None or (position not in gallery.reasons and files.is_unchanged(position)):
            continue
        if position not in gallery.reasons and _content(key) == files.content(position):
            still[position] = image
        else:
            again[position] = image
    return Changes(gone - still.keys(), still, again, list(new.values()))


def _relocated(gallery: Gallery, images: dict[int, Image]) -> Gallery:
    """Return the gallery with pictures at other places, or with other times."""
    if not images:
        return gallery
    paths, stamps = list(gallery.files.paths), gallery.files.stamps.copy()
    for position, image in images.items():
        paths[position] = os.path.abspath(str(image.path))
        stamps[position] = stamp_of(str(image.path))
    rows = None if gallery.rows is None else gallery.table()
    for name, kind in (("path", str), ("image", Image)):
        if rows is not None and name in rows.column_names() and rows[name].dtype is kind:
            values = list(rows[name])
            for position, image in images.items():
                values[position] = image.path if kind is str else image
            rows[name] = SArray(values, kind)
    files = gallery.files._replace(paths=paths, stamps=stamps)
    return dataclasses.replace(gallery, files=files, rows=rows, label=gallery.label_name)


def _moved(gallery: Gallery, gone: set[int], new: dict[str, Image]) -> dict[int, Image]:
    """Take from the new pictures those whose content is that of one that is gone."""
    if gallery.labels.dtype is str and base_of_labels(gallery) is not None:
        # A picture that is named by its path has another name where it is now.
        return {}
    contents: dict[bytes, list[int]] = {}
    for position in sorted(gone - gallery.reasons.keys()):
        content = gallery.files.content(position)
        if content is not None:
            contents.setdefault(content, []).append(position)
    sizes = {int(gallery.files.stamps[at][0]) for found in contents.values() for at in found}
    moved: dict[int, Image] = {}
    if not contents:
        return moved
    for key, (size, _) in zip(list(new), PictureFiles.from_paths(new).stamps.tolist()):
        if size not in sizes:
            continue
        positions = contents.get(_content(key) or b"")
        if positions:
            moved[positions.pop(0)] = new.pop(key)
    return moved


def _resolved(path: str, real: Callable[[str], str]) -> str:
    """Return a file's path with the links of its folders resolved, but not its own."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(real(folder), name)


def _covers(root: str, path: str, recursive: bool) -> bool:
    """Return whether a walk through a folder would have met a path."""
    if recursive:
        return path.startswith(os.path.join(root, ""))
    return os.path.dirname(path) == root


def _content(path: str) -> bytes | None:
    try:
        return identify_picture(path).content
    except OSError:
        return None


def _changed(
    gallery: Gallery, kept: Sequence[int], fresh: Fresh | None = None, again: Sequence[int] = ()
) -> Gallery:
    """Return the gallery of some positions, in order, and then of the new pictures.

    The first of ``fresh`` replace the positions ``again``; the others are new.
    """
    # A source is a position, or the gallery's length and the row of what was looked at.
    count = len(gallery)
    replaced = {position: count + row for row, position in enumerate(again)}
    sources = [replaced.get(position, position) for position in kept]
    labels, files, why = gallery.labels, gallery.files, dict(gallery.reasons)
    rows = None if gallery.rows is None else gallery.table(kept)
    if fresh is not None:
        sources += range(count + len(again), count + len(fresh.labels))
        labels = labels.append(fresh.labels)
        files = files.append(fresh.files)
        why.update((count + row, reason) for row, reason in fresh.inputs.reasons().items())
        rows = None if rows is None else _appended(rows, fresh.rows[len(again) :])
    labels = labels.take(np.array(sources, np.intp))
    reasons = {place: why[source] for place, source in enumerate(sources) if source in why}
    if len(reasons) == len(sources):
        raise ToolkitError("A model needs at least one picture that can be read: none would stay.")
    found = all_but(reasons, len(sources))
    return Gallery(
        # Labels are row numbers no longer.
        gallery.label_name,
        gallery.feature,
        labels,
        files.take(sources),
        reasons,
        _search(gallery, np.array(sources)[found], labels.take(found), fresh),
        gallery.is_of_images,
        gallery.walk,
        rows,
    )


def _search(
    gallery: Gallery, sources: Positions, labels: SArray, fresh: Fresh | None
) -> NearestNeighborsModel:
    """Return what searches the features of sources, as ``_changed`` numbers them."""
    old = gallery.search
    if np.array_equal(sources, gallery.found):
        # What is mapped of it, and its codes, stay.
        return old
    matrix, held = old.matrix, sources < len(gallery)
    joined: Matrix = np.empty((len(sources), matrix.shape[1]), matrix.dtype)
    joined[held] = matrix[np.searchsorted(gallery.found, sources[held])]
    if fresh is not None:
        features = old.comparison.prepared(fresh.inputs.matrix)
        rows = sources[~held] - len(gallery)
        joined[~held] = features[np.searchsorted(fresh.inputs.rows, rows)]
    comparison = old.comparison.after_change(joined)
    return NearestNeighborsModel(
        joined, labels, gallery.label_name, [FEATURES], comparison=comparison
    )


def _appended(rows: SFrame, others: SFrame) -> SFrame:
    """Return rows and then others; a column that the others lack misses its values there."""
    columns = {}
    for name, kind in zip(rows.column_names(), rows.column_types()):
        there = name in others.column_names() and others[name].dtype is kind
        values = others[name] if there else SArray([None] * len(others), kind)
        columns[name] = rows[name].append(values)
    return SFrame._of(columns)
