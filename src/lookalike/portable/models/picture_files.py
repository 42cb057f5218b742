"""The files of a model's pictures, and how a file is found among them."""

from __future__ import annotations

import os
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from ...names import expanded
from ...storage.file_identity import NEVER, Stamp, is_unchanged, stamp_of

if TYPE_CHECKING:
    Stamps = np.ndarray[Any, np.dtype[np.int64]]
    Contents = np.ndarray[Any, np.dtype[np.uint8]]

# Bytes of a SHA-256.
HASH = 32
# Where none of the first paths is there, the others are not either.
PATHS_TRIED = 100


class PictureFiles(NamedTuple):
    """The files of pictures, in the order of their positions."""

    # Absolute; None for a picture without a file.
    paths: list[str | None]
    # Bytes, and modification time in nanoseconds, ``(n, 2)``, when it was looked at; -1 if unknown.
    stamps: Stamps
    # SHA-256 of each file's content then, ``(n, 32)``; zeros if unknown.
    contents: Contents

    @classmethod
    def from_paths(cls, paths: Iterable[str | None]) -> PictureFiles:
        """Return files as they are now; their contents are not read."""
        absolute = [None if path is None else os.path.abspath(path) for path in paths]
        stamps = np.array([_stamp(path) for path in absolute], np.int64).reshape(-1, 2)
        return cls(absolute, stamps, np.zeros((len(absolute), HASH), np.uint8))

    def with_contents(self, contents: Mapping[int, bytes]) -> PictureFiles:
        """Return the same files with the hashes of contents, by their positions."""
        joined = b"".join(contents.get(at, bytes(HASH)) for at in range(len(self.paths)))
        return self._replace(contents=np.frombuffer(joined, np.uint8).reshape(-1, HASH))

    def take(self, positions: Sequence[int]) -> PictureFiles:
        """Return some of the files, in this order."""
        chosen = np.asarray(positions, np.intp)
        paths = [self.paths[position] for position in positions]
        return PictureFiles(paths, self.stamps[chosen], self.contents[chosen])

    def append(self, other: PictureFiles) -> PictureFiles:
        """Return these files and then others."""
        return PictureFiles(
            self.paths + other.paths,
            np.concatenate([self.stamps, other.stamps]),
            np.concatenate([self.contents, other.contents]),
        )

    def content(self, position: int) -> bytes | None:
        """Return the hash of a file's content; None if it is unknown."""
        content = self.contents[position].tobytes()
        return content if any(content) else None

    def is_unchanged(self, position: int) -> bool:
        """Return whether a file is there and as it was."""
        path = self.paths[position]
        stamp = Stamp(*self.stamps[position].tolist())
        return path is not None and stamp != NEVER and is_unchanged(path, stamp)

    @property
    def root(self) -> str | None:
        """The folder that all files have in common; None where there is none."""
        folders = {os.path.dirname(path) for path in self.paths if path is not None}
        try:
            return os.path.commonpath(folders) if folders else None
        except ValueError:
            # Windows, on two drives.
            return None

    def to_facts(self, location: str) -> dict[str, Any]:
        """Return what a saved model holds of the paths: they are relative to their root.

        The root is there twice: as seen from the model, so that both can be moved together, and
        absolute, so that the model can be moved alone.
        """
        root = self.root
        if root is None:
            return {"root": None, "root_from_model": None, "paths": self.paths}
        place = os.path.abspath(expanded(location))
        try:
            from_model = os.path.relpath(root, place).replace(os.sep, "/")
        except ValueError:
            # Windows, on two drives.
            from_model = None
        paths = [None if path is None else os.path.relpath(path, root) for path in self.paths]
        return {
            "root": root,
            "root_from_model": from_model,
            "paths": [None if path is None else path.replace(os.sep, "/") for path in paths],
        }

    @classmethod
    def from_facts(
        cls, facts: Mapping[str, Any], arrays: Mapping[str, Any], location: str
    ) -> PictureFiles:
        """Return what ``to_facts`` gave, with the pictures where they are now."""
        root, paths, stamps = facts["root"], facts["paths"], arrays["stamps"]
        contents = arrays.get("contents")
        if contents is None:
            contents = np.zeros((len(paths), HASH), np.uint8)
        if root is None:
            return cls(paths, stamps, contents)
        base = root
        if facts["root_from_model"] is not None:
            place = os.path.abspath(expanded(location))
            beside = os.path.normpath(os.path.join(place, facts["root_from_model"]))
            some = islice((path for path in paths if path is not None), PATHS_TRIED)
            if any(os.path.exists(os.path.join(beside, path)) for path in some):
                base = beside
        # Not joined one by one: that takes longer than all the rest of opening a model.
        prefix = os.path.join(base, "")
        absolute = [None if path is None else prefix + path.replace("/", os.sep) for path in paths]
        return cls(absolute, stamps, contents)


class PathIndex:
    """Finds a file's position among paths, however its own path is written.

    Relative paths start at the working folder as it is now.
    """

    def __init__(self, paths: Sequence[str | None]) -> None:
        self._paths = paths
        self._here = os.getcwd()

    @cached_property
    def _by_path(self) -> dict[str, int]:
        # From the last one on, so that the first of several counts.
        backwards = reversed(list(enumerate(self._paths)))
        return {self._key(path): position for position, path in backwards if path is not None}

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, path in enumerate(self._paths):
            if path is not None:
                found.setdefault(os.path.normcase(os.path.basename(path)), []).append(position)
        return found

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the position of a file, the first if it is there twice; None if it is not.

        A link is found by its own path; if that is not there, by its target's.
        """
        wanted = os.path.abspath(expanded(path))
        position = self.exactly(wanted)
        if position is not None:
            return position
        real = os.path.realpath(wanted)
        # Names first: to resolve a hundred thousand paths takes longer than the search.
        names = {os.path.normcase(os.path.basename(one)) for one in (wanted, real)}
        for position in sorted(row for name in names for row in self._by_name.get(name, ())):
            if os.path.realpath(os.path.join(self._here, str(self._paths[position]))) == real:
                return position
        return None

    def own_position(self, path: str | os.PathLike[str] | None, by_label: int | None) -> int | None:
        """Return the position of a picture by its file, or else that of its label, ``by_label``.

        If the file is there twice, the label decides.
        """
        if path is None or not self._by_path:
            return by_label
        if by_label is not None:
            known = self._paths[by_label]
            if known is not None and self._key(known) == self._key(os.fspath(path)):
                return by_label
        return self.position_of(path)

    def exactly(self, path: str) -> int | None:
        """Return the position of a file by its own path alone; no link is followed."""
        return self._by_path.get(self._key(path))

    def _key(self, path: str) -> str:
        # Joined by hand: os.path.abspath takes ten times as long, and most paths are absolute.
        if not os.path.isabs(path):
            path = os.path.normpath(os.path.join(self._here, path))
        return os.path.normcase(path)


def from_here(paths: Iterable[str | None]) -> list[str | None]:
    """Return paths, relative to the working folder if they are in it."""
    here = os.path.join(os.getcwd(), "")
    return [path[len(here) :] if path and path.startswith(here) else path for path in paths]


def _stamp(path: str | None) -> tuple[int, int]:
    try:
        return NEVER if path is None else stamp_of(path)
    except (OSError, ValueError):
        return NEVER
