"""What becomes of a gallery: pictures are added, removed, or followed through their folder.

Each function returns another gallery. A model takes it in one assignment, so that it is never half
new.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, Iterable, NamedTuple, Sequence

import numpy as np

from ...errors import ToolkitError
from ...names import expanded
from ...storage.file_identity import identify_picture, stamp_of
from .. import image_analysis
from ..frames.image import Image
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from .gallery import Gallery, reasons_of
from .inputs import FEATURES, Inputs, Look, paths_of, report
from .labels import LABELS_NAMED, base_of_labels, new_labels, next_labels, plain_label
from .neighbors import NearestNeighborsModel
from .picture_files import PictureFiles

if TYPE_CHECKING:
    from ...search.blocks import Matrix


class Fresh(NamedTuple):
    """Pictures that were just looked at: those of some positions again, then new ones."""

    files: PictureFiles
    inputs: Inputs
    labels: SArray
    rows: SFrame


class Changes(NamedTuple):
    """How a folder differs from a gallery.

    Attributes
    ----------
    gone : set of int
        Positions whose files do not exist any more.
    still : dict of int to Image
        Positions whose content is the same, but elsewhere or with another time.
    again : dict of int to Image
        Positions to look at again: their content has changed, or they could not be read.
    new : list of Image
        Pictures that the gallery does not have.
    """

    gone: set[int]
    still: dict[int, Image]
    again: dict[int, Image]
    new: list[Image]


# Removed and added.


def removed(gallery: Gallery, labels: Iterable[Any]) -> Gallery:
    """Return the gallery without some pictures; the others keep their labels.

    Raises
    ------
    ToolkitError
        If there is no such label, or nothing would be left.
    """
    single = isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable)
    wanted = [plain_label(label) for label in ([labels] if single else labels)]
    strangers = [label for label in wanted if gallery.position_of_label(label) is None]
    if strangers:
        raise ToolkitError(
            f"The model has no pictures {strangers[:LABELS_NAMED]}: expected labels of type "
            f"{gallery.labels.dtype.__name__}, as in the column '{gallery.label_name}' of "
            "model.references."
        )
    gone = set(wanted)
    kept = [at for at, label in enumerate(gallery.labels) if label not in gone]
    return _changed(gallery, kept)


def added(gallery: Gallery, rows: SFrame, feature: str, look: Look) -> Gallery:
    """Return the gallery with the pictures of rows behind its own.

    Raises
    ------
    ToolkitError
        If a label is taken, missing or of another type; then nothing is looked at.
    """
    paths = paths_of(rows, feature)
    labels = new_labels(gallery, rows, paths)
    fresh = _looked_at(rows[feature], paths, labels, rows, look)
    return _changed(gallery, range(len(gallery)), {}, fresh)


# A folder that changed.


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
    fresh = _looked_at(rows["image"], paths, labels, rows, look)
    rows[gallery.label_name] = labels
    after = refreshed(gallery, found, fresh)
    changed = len(found.again.keys() - gallery.reasons.keys())
    places = zip(found.still.values(), (gallery.files.paths[at] for at in found.still))
    moved = sum(os.path.abspath(str(image.path)) != path for image, path in places)
    counts = f"{len(found.new)} added, {len(found.gone)} removed, {changed} changed"
    counts += f", {moved} moved" if moved else ""
    return after, f"{counts}; {after.search.num_examples} pictures in the model"


def _looked_at(
    column: SArray, paths: Sequence[str | None], labels: SArray, rows: SFrame, look: Look
) -> Fresh:
    # Before the pictures are looked at: what is changed meanwhile is seen by the next refresh.
    files = PictureFiles.from_paths(paths)
    found = look(column)
    report(found.failures, paths, look.verbose, all_may_fail=True)
    return Fresh(files, found, labels, rows)


def changes_in(
    gallery: Gallery, folder: str | os.PathLike[str] | None, exclude: Sequence[str] | None
) -> Changes:
    """Compare a gallery with a folder; of the files, only those that may have changed are read.

    Raises
    ------
    MissingFileError
        If there is no such folder.
    ToolkitError
        If none is given, and the pictures have none in common.
    """
    files, walk = gallery.files, gallery.walk
    place = files.root if folder is None else folder
    if place is None:
        raise ToolkitError("The model's pictures have no folder in common: name the folder.")
    recursive = walk is None or walk.recursive
    if exclude is None:
        exclude = () if walk is None else walk.exclude
    found = image_analysis.load_images(place, recursive=recursive, exclude=exclude)
    resolved = _Resolved()
    now = {resolved(path): image for path, image in zip(found["path"], found["image"])}
    root = os.path.realpath(expanded(place))
    before = {
        resolved(path): position for position, path in enumerate(files.paths) if path is not None
    }
    gone = {
        position
        for key, position in before.items()
        if key not in now and (_covers(root, key, recursive) or not os.path.exists(key))
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


def refreshed(gallery: Gallery, changes: Changes, fresh: Fresh) -> Gallery:
    """Return the gallery after a folder's changes; ``fresh`` are those again, then the new ones."""
    kept = [position for position in range(len(gallery)) if position not in changes.gone]
    again = {position: row for row, position in enumerate(changes.again)}
    return _changed(_relocated(gallery, changes.still), kept, again, fresh)


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
    contents: dict[bytes, list[int]] = {}
    if gallery.labels.dtype is str and base_of_labels(gallery) is not None:
        # A picture that is named by its path has another name where it is now.
        return {}
    for position in sorted(gone - gallery.reasons.keys()):
        content = gallery.files.content(position)
        if content is not None:
            contents.setdefault(content, []).append(position)
    sizes = {int(gallery.files.stamps[at][0]) for found in contents.values() for at in found}
    moved = {}
    for key in list(new):
        if not contents or _size(key) not in sizes:
            continue
        positions = contents.get(_content(key) or b"")
        if positions:
            moved[positions.pop(0)] = new.pop(key)
    return moved


class _Resolved:
    """A file's path with the links of its folders resolved, but not its own."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        folder, name = os.path.split(os.path.abspath(path))
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)


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


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


# How a gallery is put together.


def _changed(
    gallery: Gallery,
    kept: Sequence[int],
    again: dict[int, int] | None = None,
    fresh: Fresh | None = None,
) -> Gallery:
    """Return the gallery of some positions, in order, and then of the new pictures.

    Parameters
    ----------
    kept : sequence of int
        The positions that stay.
    again : dict of int to int
        Which of them were looked at again, and the row of ``fresh`` that replaces them.
    fresh : Fresh, optional
        What was looked at; rows that replace nothing are new.
    """
    again = again or {}
    labels, files = gallery.labels.take(np.asarray(kept, np.intp)), gallery.files.take(kept)
    # From here on, a source is a position (kept), or -1 - row (of what was looked at).
    sources = [-1 - again[position] if position in again else position for position in kept]
    by_source = {at: why for at, why in gallery.reasons.items() if at not in again}
    rows = gallery.rows if gallery.rows is None else gallery.table(kept)
    if fresh is not None:
        seen = fresh.files.with_contents(fresh.inputs.rows_of_contents())
        new = range(len(again), len(fresh.labels))
        for place, source in enumerate(sources):
            if source < 0:
                row = -1 - source
                files.paths[place], files.stamps[place] = seen.paths[row], seen.stamps[row]
                files.contents[place] = seen.contents[row]
        sources += [-1 - row for row in new]
        labels, files = labels.append(fresh.labels.take(list(new))), files.append(seen.take(new))
        by_source.update({-1 - row: why for row, why in reasons_of(fresh.inputs).items()})
        rows = None if rows is None else _appended(rows, fresh.rows[len(again) :])
    found = [place for place, source in enumerate(sources) if source not in by_source]
    if not found:
        raise ToolkitError("A model needs at least one picture that can be read: none would stay.")
    return Gallery(
        # Labels are row numbers no longer.
        gallery.label_name,
        gallery.feature,
        labels,
        files,
        {at: by_source[source] for at, source in enumerate(sources) if source in by_source},
        _search(gallery, [sources[place] for place in found], labels.take(found), fresh),
        gallery.is_of_images,
        gallery.walk,
        rows,
    )


def _search(
    gallery: Gallery, sources: list[int], labels: SArray, fresh: Fresh | None
) -> NearestNeighborsModel:
    old = gallery.search
    if sources == gallery.found.tolist():
        # What is mapped of it, and its codes, stay.
        return old
    matrix = old.matrix
    kept = np.array([source >= 0 for source in sources])
    joined: Matrix = np.empty((len(sources), matrix.shape[1]), matrix.dtype)
    positions = np.array([source for source in sources if source >= 0], np.intp)
    joined[kept] = matrix[np.searchsorted(gallery.found, positions)]
    if fresh is not None:
        looked_at = np.delete(
            np.arange(len(fresh.labels)), np.array(list(fresh.inputs.failures), np.intp)
        )
        rows = np.array([-1 - source for source in sources if source < 0], np.intp)
        features = old.comparison.prepared(fresh.inputs.matrix)
        joined[~kept] = features[np.searchsorted(looked_at, rows)]
    comparison = old.comparison.after_change(joined)
    return NearestNeighborsModel(
        joined, labels, gallery.label_name, [FEATURES], comparison=comparison
    )


# Rows of a frame.


def _appended(rows: SFrame, others: SFrame) -> SFrame:
    """Return rows and then others; a column that the others lack misses its values there."""
    columns = {}
    for name, kind in zip(rows.column_names(), rows.column_types()):
        there = name in others.column_names() and others[name].dtype is kind
        values = others[name] if there else SArray([None] * len(others), kind)
        columns[name] = rows[name].append(values)
    return SFrame._of(columns)
