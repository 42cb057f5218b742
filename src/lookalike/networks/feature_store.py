"""Features that were extracted once, kept in one SQLite file: no picture is looked at twice.

A file is known by its path, size and modification time, and, where it was renamed or moved, by
the hash of its content. Features belong to a content and a network's fingerprint. The store is a
convenience: whatever goes wrong with it is a warning, and the work goes on without it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
import warnings
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Sequence, Union

from ..errors import FeatureStoreWarning
from .cache import cache_folder

if TYPE_CHECKING:
    import numpy as np

    from .catalogue import Network

    Features = np.ndarray[Any, np.dtype[np.float32]]
    # A store's file, False for none, True or None for the one in the user's cache folder.
    Cache = Union[str, "os.PathLike[str]", bool, None]

FILE = "features.sqlite"
VERSION = 1
# Raised when pixels reach the networks in another way than before: stored features are then stale.
RECIPE = 1

SCHEMA = """
CREATE TABLE files (path BLOB PRIMARY KEY, size INTEGER, time INTEGER, content BLOB) WITHOUT ROWID;
CREATE TABLE features (
    content BLOB, network BLOB, checksum INTEGER, numbers BLOB, PRIMARY KEY (content, network)
);
"""
# SQLite's older versions take at most 999 parameters.
PATHS_AT_ONCE = 500
SECONDS_TO_WAIT = 30
CHUNK = 1 << 20


class Stamp(NamedTuple):
    """What tells that a file has not changed since: bytes, and nanoseconds since 1970."""

    size: int
    time: int


class Extracted(NamedTuple):
    """Features to keep, and what they were extracted from."""

    path: str
    stamp: Stamp
    content: bytes
    features: Features


def store_path(cache: Cache = None) -> Path:
    """Return where a store lies: the file given, or the one in the user's cache folder."""
    if cache is None or isinstance(cache, bool):
        return cache_folder() / FILE
    return Path(cache).expanduser()


def stamp_of(path: str) -> Stamp:
    """Return a file's stamp.

    Raises
    ------
    OSError
        If there is no such file.
    """
    stat = os.stat(path)  # noqa: PTH116 - a hundred thousand times
    return Stamp(stat.st_size, stat.st_mtime_ns)


def is_unchanged(path: str, stamp: Stamp) -> bool:
    """Tell whether a file is there and as it was."""
    try:
        return stamp_of(path) == stamp
    except OSError:
        return False


def content_of(path: str) -> bytes:
    """Return the hash of a file's content.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as file:  # noqa: PTH123 - a hundred thousand times
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.digest()


class FeatureStore:
    """The features of one network, in the store at ``path``; it is made where there is none.

    One store may be used from several threads and processes at once. What cannot be opened,
    read or written is told in a ``FeatureStoreWarning``, and from then on finds and keeps nothing;
    a damaged file, or one of another version, is set aside under another name first.
    """

    def __init__(self, path: Path, network: Network) -> None:
        self.path = path
        self.network = fingerprint(network)
        self.bytes_each = 4 * network.num_features
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        with self._passing_over():
            try:
                self._connection = _connect(path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._set_aside(str(error))
                self._connection = _connect(path)

    def close(self) -> None:
        """Close the file; the store finds and keeps nothing any more."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def find(self, paths: Sequence[str | None], features: Features) -> list[int]:
        """Fill in the features of the files that have not changed since they were kept.

        Parameters
        ----------
        paths : sequence of str or None
            Picture files; None for a picture without one.
        features : (len(paths), num_features) float32
            Where to; other rows are left alone.

        Returns
        -------
        list of int
            The rows that were filled, in order.
        """
        filled: list[int] = []
        for start in range(0, len(paths), PATHS_AT_ONCE):
            if self._connection is None:
                break
            part: dict[bytes, list[int]] = {}
            for row, path in enumerate(paths[start : start + PATHS_AT_ONCE], start):
                if path is not None:
                    part.setdefault(_key(path), []).append(row)
            for key, stamp, numbers in self._known(list(part)):
                rows = part[key]
                if numbers is not None and is_unchanged(str(paths[rows[0]]), stamp):
                    features[rows] = numbers
                    filled += rows
        return sorted(filled)

    def _known(self, keys: list[bytes]) -> list[tuple[bytes, Stamp, Features | None]]:
        marks = ",".join("?" * len(keys))
        rows = self._fetch(
            "SELECT path, size, time, checksum, numbers FROM files JOIN features USING (content) "
            f"WHERE network = ? AND path IN ({marks})",
            [self.network, *keys],
        )
        return [(key, Stamp(size, time), self._sound(*rest)) for key, size, time, *rest in rows]

    def find_content(self, content: bytes) -> Features | None:
        """Return the features of a file with this content, wherever it was then; None if none."""
        rows = self._fetch(
            "SELECT checksum, numbers FROM features WHERE content = ? AND network = ?",
            [content, self.network],
        )
        return self._sound(*rows[0]) if rows else None

    def keep(self, batch: Sequence[Extracted]) -> None:
        """Keep features: all of them, or (if the process is killed meanwhile) none."""
        files = [(_key(one.path), *one.stamp, one.content) for one in batch]
        rows = [
            (one.content, self.network, zlib.crc32(numbers), numbers)
            for one in batch
            for numbers in [one.features.tobytes()]
        ]
        with self._passing_over(), self._lock:
            if self._connection is None or not batch:
                return
            with self._connection as transaction:
                transaction.execute("BEGIN IMMEDIATE")
                transaction.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", files)
                transaction.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)", rows)

    def _fetch(self, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with self._passing_over(), self._lock:
            if self._connection is not None:
                return self._connection.execute(query, values).fetchall()
        return []

    def _sound(self, checksum: int, numbers: bytes) -> Features | None:
        import numpy as np

        if len(numbers) != self.bytes_each or zlib.crc32(numbers) != checksum:
            return None
        return np.frombuffer(numbers, np.float32)

    @contextmanager
    def _passing_over(self) -> Iterator[None]:
        """Turn whatever goes wrong with the store into a warning, and go on without it."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.close()
            damaged = not isinstance(error, (sqlite3.OperationalError, OSError))
            if damaged and isinstance(error, sqlite3.DatabaseError):
                self._set_aside(str(error))
                return
            warnings.warn(
                f"The feature store {self.path} cannot be used ({error}): the work goes on without "
                "it, and what is extracted now is not kept.",
                FeatureStoreWarning,
                stacklevel=4,
            )

    def _set_aside(self, reason: str) -> None:
        """Rename the store's file, so that the next one starts empty and nothing is lost."""
        aside = self.path.with_name(f"{self.path.name}.aside-{time.time_ns()}")
        self.path.replace(aside)
        self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
        warnings.warn(
            f"The feature store {self.path} cannot be read ({reason}): it is now {aside.name}, and "
            "features are extracted anew.",
            FeatureStoreWarning,
            stacklevel=5,
        )


def fingerprint(network: Network) -> bytes:
    """Return what a network's features are kept under: its file, and how pixels reach it."""
    facts = (network.sha256, network.mean, network.std, network.input_shape, RECIPE)
    return hashlib.sha256(repr(facts).encode()).digest()


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        str(path), timeout=SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
    )
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if empty:
            _make_tables(connection)
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"it is of version {version}, not {VERSION}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been quicker.
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            for statement in filter(str.strip, SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _key(path: str) -> bytes:
    # As bytes, since a file's name need not be Unicode.
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100 - a hundred thousand times
