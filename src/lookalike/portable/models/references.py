"""Where a model's reference pictures lie, so that it can be used, moved and refreshed alone."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Any, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from ...storage.file_identity import stamp_of
from ..frames.image import Image
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from . import extraction

if TYPE_CHECKING:
    Stamps = np.ndarray[Any, np.dtype[np.int64]]

UNKNOWN = (-1, -1)
# Where none of the first paths is there, the others are not either.
PATHS_TRIED = 100


class References(NamedTuple):
    """The files of a model's rows, in their order.

    Attributes
    ----------
    paths : list of str or None
        Absolute; None for a picture without a file.
    stamps : (n, 2) int64
        Size in bytes and modification time in nanoseconds when it was looked at; -1 if unknown.
    """

    paths: list[str | None]
    stamps: Stamps

    @classmethod
    def of(cls, paths: Iterable[str | None]) -> References:
        """Return the references to files as they are now."""
        absolute = [None if path is None else os.path.abspath(path) for path in paths]
        return cls(absolute, np.array([_stamp(path) for path in absolute], np.int64).reshape(-1, 2))

    def take(self, rows: Sequence[int]) -> References:
        """Return some of the rows, in this order."""
        return References([self.paths[row] for row in rows], self.stamps[list(rows)])

    def append(self, other: References) -> References:
        """Return these rows and then others."""
        return References(self.paths + other.paths, np.concatenate([self.stamps, other.stamps]))

    def rows_of(self, paths: Sequence[str | None]) -> list[int] | None:
        """Return the row of each file; None where one has none, or was written to since."""
        rows = {path: row for row, path in enumerate(self.paths)}
        try:
            found = [rows[os.path.abspath(path)] for path in paths if path is not None]
        except KeyError:
            return None
        changed = self.take(found).changed()
        return None if changed or len(found) < len(paths) else found

    @property
    def root(self) -> str | None:
        """The folder that all files have in common; None where there is none."""
        folders = {os.path.dirname(path) for path in self.paths if path is not None}
        try:
            return os.path.commonpath(folders) if folders else None
        except ValueError:
            # Windows, on two drives.
            return None

    def changed(self) -> set[str]:
        """Return the files that are there and not as they were."""
        return {
            path
            for path, stamp in zip(self.paths, self.stamps.tolist())
            if path is not None and tuple(stamp) != _stamp(path) != UNKNOWN
        }

    def to_facts(self, location: str) -> dict[str, Any]:
        """Return the paths for a file: relative to their root, which is told in two ways.

        Both from the place where the model is saved, so that the two can be moved together, and
        absolute, so that the model can be moved alone.
        """
        root = self.root
        if root is None:
            return {"root": None, "root_from_model": None, "paths": self.paths}
        place = os.path.abspath(os.path.expanduser(location))
        paths = [None if path is None else os.path.relpath(path, root) for path in self.paths]
        return {
            "root": root,
            "root_from_model": os.path.relpath(root, place).replace(os.sep, "/"),
            "paths": [None if path is None else path.replace(os.sep, "/") for path in paths],
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], stamps: Stamps, location: str) -> References:
        """Return what ``to_facts`` told, with the pictures where they are now."""
        root = facts["root"]
        if root is None:
            return cls(facts["paths"], stamps)
        place = os.path.abspath(os.path.expanduser(location))
        beside = os.path.normpath(os.path.join(place, facts["root_from_model"]))
        paths = facts["paths"]
        some = islice((path for path in paths if path is not None), PATHS_TRIED)
        moved_along = any(os.path.exists(os.path.join(beside, path)) for path in some)
        base = beside if moved_along else root
        # Not joined one by one: that takes longer than all the rest of opening a model.
        prefix = os.path.join(base, "")
        return cls(
            [None if path is None else prefix + path.replace("/", os.sep) for path in paths],
            stamps,
        )


def paths_of(dataset: SFrame, feature: str) -> list[str | None]:
    """Return the files of a dataset's pictures, as far as they are known."""
    if dataset[feature].dtype is Image:
        return [extraction.path_of(image) for image in dataset[feature]]
    known = "path" in dataset.column_names() and dataset["path"].dtype is str
    return list(dataset["path"]) if known else [None] * len(dataset)


def frame_of(labels: SArray, paths: Sequence[str | None], name: str) -> SFrame:
    """Return the rows of a model as ``load_images`` gives them: label, path, image."""
    shown = from_here(paths)
    images = [None if path is None else Image.unread(path) for path in shown]
    return SFrame({name: labels, "path": SArray(shown, str), "image": SArray(images, Image)})


def from_here(paths: Iterable[str | None]) -> list[str | None]:
    """Return paths relative to the working folder where they lie below it, as they were given."""
    here = os.getcwd() + os.sep
    return [path[len(here) :] if path and path.startswith(here) else path for path in paths]


def _stamp(path: str | None) -> tuple[int, int]:
    if path is None:
        return UNKNOWN
    try:
        return stamp_of(path)
    except OSError:
        return UNKNOWN
