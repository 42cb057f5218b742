"""Features that were extracted once, kept in one SQLite file: no picture is looked at twice.

A file is known by its path, size and modification time, and, where it was renamed or moved, by
the hash of its content. Features belong to a content and a network's fingerprint. The store is a
convenience: whatever goes wrong with it is a warning, and the work goes on without it. It is not
trusted either: features whose checksum does not fit their content and network are not found.
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
from .cache_folder import cache_folder
from .file_identity import NEVER, Identity, Stamp, is_unchanged

if TYPE_CHECKING:
    import numpy as np

    from ..networks.record import NetworkRecord

    Features = np.ndarray[Any, np.dtype[np.float32]]
    # A store's file, False for none, True or None for the one in the user's cache folder.
    Cache = Union[str, "os.PathLike[str]", bool, None]

FILE = "features.sqlite"
VERSION = 1
# Raised when pixels reach the networks in another way than before: stored features are then stale.
RECIPE = 1
# How SQLite's files begin, and "look" in the 4 bytes that end their first 72: it is one of ours.
SQLITE = b"SQLite format 3\0"
MARK = b"look"

TABLES = (
    "CREATE TABLE features (content BLOB, network BLOB, checksum INTEGER, numbers BLOB, "
    "PRIMARY KEY (content, network))",
    "CREATE TABLE files (path_sha256 BLOB PRIMARY KEY, size INTEGER, time INTEGER, content BLOB) "
    "WITHOUT ROWID",
)
# What goes wrong with a store: SQLite's message about a damaged one need not be UTF-8.
FAILURES = (sqlite3.Error, OSError, UnicodeDecodeError)
# SQLite's older versions take at most 999 parameters.
PATHS_AT_ONCE = 500
SECONDS_TO_WAIT = 10


class Extracted(NamedTuple):
    """Features to keep, and what they were extracted from."""

    path: str
    identity: Identity
    features: Features


def store_path(cache: Cache = None) -> Path:
    """Return where a store lies: the file given, or in the folder given, or in the user's cache."""
    if cache is None or isinstance(cache, bool):
        return cache_folder() / FILE
    path = Path(cache).expanduser()
    return path / FILE if path.is_dir() else path


class FeatureStore:
    """The features of one network, in the store at ``path``; it is made where there is none.

    One store may be used from several threads and processes at once. What cannot be opened,
    read or written is told in a ``FeatureStoreWarning``, and from then on finds and keeps nothing;
    but a store that is damaged, or of another version, is set aside under another name, and a new
    one begun.
    """

    def __init__(self, path: Path, network: NetworkRecord) -> None:
        self.path = path
        self.network = hashlib.sha256(f"{network.fingerprint} {RECIPE}".encode()).digest()
        self.bytes_each = 4 * network.num_features
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        with self._passing_over():
            self._connection = _connect(path)

    def close(self) -> None:
        """Close the file; the store finds and keeps nothing any more."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def find(self, paths: Sequence[str | None], features: Features) -> dict[int, bytes]:
        """Fill in the features of the files that have not changed since they were kept.

        Parameters
        ----------
        paths : sequence of str or None
            Picture files; None for a picture without one.
        features : (len(paths), num_features) float32
            Where to; other rows are left alone.

        Returns
        -------
        dict of int to bytes
            The rows that were filled, in order, and the sha256 of each one's file.
        """
        filled: dict[int, bytes] = {}
        for start in range(0, len(paths), PATHS_AT_ONCE):
            rows: dict[bytes, list[int]] = {}
            for row, path in enumerate(paths[start : start + PATHS_AT_ONCE], start):
                if path is not None:
                    rows.setdefault(_key(path), []).append(row)
            for key, stamp, content, numbers in self._known(list(rows)):
                # Damage can bring up keys that were not asked for.
                same = rows.get(key)
                if same and numbers is not None and is_unchanged(str(paths[same[0]]), stamp):
                    features[same] = numbers
                    filled.update(dict.fromkeys(same, content))
        return dict(sorted(filled.items()))

    def _known(self, keys: list[bytes]) -> list[tuple[bytes, Stamp, bytes, Features | None]]:
        marks = ",".join("?" * len(keys))
        rows = self._fetch(
            "SELECT path_sha256, size, time, content, checksum, numbers "
            "FROM files JOIN features USING (content) "
            f"WHERE network = ? AND path_sha256 IN ({marks})",
            [self.network, *keys],
        )
        return [
            (key, Stamp(size, time), content, self._sound(content, *rest))
            for key, size, time, content, *rest in rows
        ]

    def find_content(self, content: bytes) -> Features | None:
        """Return the features of a file with this content, wherever it was then; None if none."""
        rows = self._fetch(
            "SELECT content, checksum, numbers FROM features WHERE content = ? AND network = ?",
            [content, self.network],
        )
        return self._sound(*rows[0]) if rows else None

    def keep(self, batch: Sequence[Extracted]) -> None:
        """Keep features: all of them, or (if the process is killed meanwhile) none."""
        files, features = [], []
        for path, (stamp, content, settled), vector in batch:
            numbers = vector.tobytes()
            files.append((_key(path), *(stamp if settled else NEVER), content))
            features.append((content, self.network, self._checksum(content, numbers), numbers))
        with self._passing_over():
            if self._connection is None or not batch:
                return
            with self._connection as transaction:
                transaction.execute("BEGIN IMMEDIATE")
                transaction.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", files)
                transaction.executemany(
                    "INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)", features
                )

    def _fetch(self, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with self._passing_over():
            if self._connection is not None:
                return self._connection.execute(query, values).fetchall()
        return []

    def _checksum(self, content: bytes, numbers: bytes) -> int:
        return zlib.crc32(numbers, zlib.crc32(self.network + content))

    def _sound(self, content: bytes, checksum: int, numbers: Any) -> Features | None:
        """Return features; None if they are damaged, or those of another content."""
        import numpy as np

        if not isinstance(numbers, bytes) or len(numbers) != self.bytes_each:
            return None
        if self._checksum(content, numbers) != checksum:
            return None
        return np.frombuffer(numbers, np.float32)

    @contextmanager
    def _passing_over(self) -> Iterator[None]:
        """Have the store to oneself; whatever goes wrong with it is a warning.

        A damaged one is begun anew, so that the run's features are kept.
        """
        with self._lock:
            try:
                yield
            except FAILURES as error:
                self.close()
                if not (_is_damage(error) and self._begin_anew(error)):
                    _warn(
                        f"The feature store {self.path} cannot be used ({error}): the work goes on "
                        "without it, and what is extracted now is not kept. cache=PATH, or the "
                        "variable LOOKALIKE_CACHE, puts it elsewhere."
                    )

    def _begin_anew(self, damage: Exception) -> bool:
        """Set a damaged store aside and make another; False if it is none, or that fails."""
        aside = f"{self.path}.aside-{time.time_ns()}"
        try:
            if not _is_store(self.path):
                return False
            # The journal first: by itself it would be played back into the new store.
            for end in ("-journal", ""):
                if os.path.exists(f"{self.path}{end}"):
                    os.replace(f"{self.path}{end}", f"{aside}{end}")
            self._connection = _connect(self.path)
        except FAILURES:
            return False
        _warn(
            f"The feature store {self.path} cannot be read ({damage}): it is now "
            f"{os.path.basename(aside)}, and features are extracted anew."
        )
        return True


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        str(path), timeout=SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
    )
    try:
        # What is text by damage need not be UTF-8.
        connection.text_factory = bytes
        # In this order: another process may be making the tables, and the version with them.
        tables = _tables(connection)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if not tables:
            _make_tables(connection)
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"it is of version {version}, not {VERSION}")
        elif tables != {table.encode() for table in TABLES}:
            raise sqlite3.DatabaseError("its tables are damaged")
    except FAILURES:
        connection.close()
        raise
    return connection


def _tables(connection: sqlite3.Connection) -> set[bytes]:
    query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
    return {sql for (sql,) in connection.execute(query)}


def _make_tables(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been quicker.
        if not _tables(connection):
            for table in TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute(f"PRAGMA application_id = {int.from_bytes(MARK, 'big')}")


def _is_damage(error: Exception) -> bool:
    """Tell a damaged file, and one of another version, from a full disk, a lock or a misuse."""
    return type(error) in (sqlite3.DatabaseError, UnicodeDecodeError)


def _is_store(path: Path) -> bool:
    """Tell whether a file is or was a store; another program's is not to be moved."""
    with path.open("rb") as file:
        start = file.read(72)
    marked = start.endswith(MARK) if start.startswith(SQLITE) else path.name == FILE
    return marked or path == store_path()


def _key(path: str) -> bytes:
    # A hash, since a damaged path could be another's. Of bytes, since it need not be Unicode.
    return hashlib.sha256(os.fsencode(os.path.abspath(path))).digest()


def _warn(message: str) -> None:
    warnings.warn(message, FeatureStoreWarning, stacklevel=2)
