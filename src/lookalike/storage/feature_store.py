"""Features that were extracted once, in one SQLite file: no picture is processed twice.

A file is known by its path, size and modification time, or, if it was renamed or moved, by the hash
of its content. Features belong to a content and a network's fingerprint; perceptual hashes belong
to a content alone. The store is a convenience: if it fails, there is a warning, and the work goes
on without it. It is not trusted either: rows whose checksum is wrong are not found, nor are
features that are not finite.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import struct
import threading
import time
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Protocol, Sequence, Union

from ..errors import FeatureStoreWarning, warn_caller
from .cache_folder import at_home, cache_folder
from .file_identity import NEVER, Identity, Stamp, is_unchanged
from .store_tables import (
    FAILURES,
    MARK,
    SECONDS_TO_WAIT,
    SQLITE,
    connect,
    is_damage,
    network_key,
)

if TYPE_CHECKING:
    import numpy as np

    Features = np.ndarray[Any, np.dtype[np.float32]]
    # A store's file, False for none, True or None for the one in the user's cache folder.
    Cache = Union[str, "os.PathLike[str]", bool, None]

FILE = "features.sqlite"
# Raised when features, or perceptual hashes, are made in another way: stored ones are then stale.
RECIPE = 1
HASH_RECIPE = 1
# How often a store is opened again if others clear it meanwhile.
TRIES = 20
# SQLite's older versions take at most 999 parameters.
KEYS_AT_ONCE = 500


class Network(Protocol):
    """What the store needs of a network."""

    @property
    def fingerprint(self) -> str:
        """A hash of all that its features depend on."""

    @property
    def num_features(self) -> int:
        """The length of one picture's features."""


class PictureHash(NamedTuple):
    """What shows that two files hold the same picture."""

    # The sha256 of the file, the perceptual hash (64 bits, unsigned), and the greys' deviation.
    content: bytes
    picture: int
    deviation: float
    # The upright picture's size in pixels; 0 if it is unknown.
    width: int = 0
    height: int = 0


class Extracted(NamedTuple):
    """Features to store, what they were extracted from, and its perceptual hash if one was made."""

    path: str
    identity: Identity
    features: Features
    picture_hash: PictureHash | None = None


def store_path(cache: Cache = None) -> Path:
    """Return the path of a store: the file given, or in the folder given, or in the user's cache.

    Raises
    ------
    MissingFileError
        If that is in a home folder that does not exist.
    """
    if cache is None or isinstance(cache, bool):
        return cache_folder() / FILE
    path = at_home(cache)
    return path / FILE if os.path.isdir(str(path)) else path


class FeatureStore:
    """The features of one network, in a store; the store is made if there is none.

    Several threads and processes may use one store at once; each waits ``patience`` seconds while
    another writes. A store that cannot be opened, read or written gives a ``FeatureStoreWarning``,
    and from then on finds and stores nothing. One that is damaged, or of another version, is
    renamed, and a new one is begun. ``cache`` is as in ``store_path``. Without a network, it serves
    for hashes alone.
    """

    def __init__(
        self, cache: Cache, network: Network | None, patience: float = SECONDS_TO_WAIT
    ) -> None:
        self.network = network_key(network.fingerprint, RECIPE) if network else b""
        self.bytes_each = 4 * network.num_features if network else 0
        self.patience = patience
        self._path: Path | None = None
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._believed = 0
        with self._passing_over():
            self._path = store_path(cache)
            self._open(self._path)

    def _open(self, path: Path) -> None:
        """Open the file at a path, and remember which one it is: others may clear it."""
        for left in reversed(range(TRIES)):
            self._file = _file_of(path)
            try:
                connection = connect(path, self.patience)
            except sqlite3.OperationalError as error:
                if not left or "locked" in str(error):
                    raise
                continue
            if self._file == _file_of(path) or not left:
                self._connection = connection
                return
            # It was replaced meanwhile, or has only now been made.
            connection.close()

    def close(self) -> None:
        """Close the file. Afterwards the store finds and stores nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def find(self, paths: Sequence[str | None], features: Features) -> dict[int, bytes]:
        """Fill ``features``, ``(n, num_features) float32``, with those of n unchanged files.

        A path may be None; other rows are left alone. The rows that were filled are returned, in
        order, with the sha256 of each one's file.
        """
        filled: dict[int, bytes] = {}
        for start in range(0, len(paths), KEYS_AT_ONCE):
            rows: dict[bytes, list[int]] = {}
            for row, path in enumerate(paths[start : start + KEYS_AT_ONCE], start):
                if path is not None:
                    rows.setdefault(_key(path), []).append(row)
            marks = ",".join("?" * len(rows))
            known = self._fetch(
                "SELECT path_sha256, size, time, content, checksum, numbers "
                "FROM files JOIN features USING (content) "
                f"WHERE network = ? AND path_sha256 IN ({marks})",
                [self.network, *rows],
            )
            for key, size, changed, content, *rest in known:
                # A damaged store can return other keys.
                same, numbers = rows.get(key), self._sound(content, *rest)
                stamp = Stamp(size, changed)
                if same and numbers is not None and is_unchanged(str(paths[same[0]]), stamp):
                    features[same] = numbers
                    filled.update(dict.fromkeys(same, content))
        return dict(sorted(filled.items()))

    def find_content(self, content: bytes) -> Features | None:
        """Return the features of a file with this content, wherever it was; None if unknown."""
        rows = self._fetch(
            "SELECT content, checksum, numbers FROM features WHERE content = ? AND network = ?",
            [content, self.network],
        )
        return self._sound(*rows[0]) if rows else None

    def keep(self, batch: Sequence[Extracted]) -> None:
        """Store features: all of them, or, if the process is killed meanwhile, none."""
        files: list[tuple[Any, ...]] = []
        features: list[tuple[Any, ...]] = []
        for path, (stamp, content, settled), vector, _ in batch:
            numbers = vector.tobytes()
            files.append((_key(path), *(stamp if settled else NEVER), content))
            features.append((content, self.network, self._checksum(content, numbers), numbers))
        hashes = [one.picture_hash for one in batch if one.picture_hash is not None]
        self._write(files=files, features=features, hashes=_hash_rows(hashes))

    def find_hashes(self, contents: Sequence[bytes]) -> dict[bytes, PictureHash]:
        """Return the hashes of files with these contents, by content."""
        found = {}
        for start in range(0, len(contents), KEYS_AT_ONCE):
            keys = list(contents[start : start + KEYS_AT_ONCE])
            marks = ",".join("?" * len(keys))
            rows = self._fetch(
                "SELECT checksum, content, picture, deviation, width, height "
                f"FROM hashes WHERE content IN ({marks})",
                keys,
            )
            for checksum, content, *facts in rows:
                if _checksum_of_hash(content, *facts) == checksum:
                    found[content] = PictureHash(content, facts[0] % 2**64, *facts[1:])
        return found

    def keep_hashes(self, hashes: Sequence[PictureHash]) -> None:
        """Store hashes: all of them, or, if the process is killed meanwhile, none."""
        self._write(hashes=_hash_rows(hashes))

    def _fetch(self, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with self._passing_over():
            if self._connection is not None:
                return self._connection.execute(query, values).fetchall()
        return []

    def _write(self, **rows_of: list[tuple[Any, ...]]) -> None:
        """Write rows into tables, all of them or none."""
        with self._passing_over():
            filled = {table: rows for table, rows in rows_of.items() if rows}
            if self._connection is None or not filled:
                return
            with self._connection as transaction:
                transaction.execute("BEGIN IMMEDIATE")
                for table, rows in filled.items():
                    marks = ",".join("?" * len(rows[0]))
                    transaction.executemany(
                        f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows
                    )

    def _checksum(self, content: bytes, numbers: bytes) -> int:
        return zlib.crc32(numbers, zlib.crc32(self.network + content))

    def _sound(self, content: bytes, checksum: int, numbers: Any) -> Features | None:
        """Return features; None if they are damaged, of another content, or not finite."""
        import numpy as np

        if not isinstance(numbers, bytes) or len(numbers) != self.bytes_each:
            return None
        if self._checksum(content, numbers) != checksum:
            return None
        features = np.frombuffer(numbers, np.float32)
        return features if np.isfinite(features).all() else None

    @contextmanager
    def _passing_over(self) -> Iterator[None]:
        """Lock the store; turn its failures into warnings, and replace a damaged one."""
        with self._lock:
            try:
                yield
            except FAILURES as error:
                if self._was_cleared(error):
                    return
                self.close()
                damaged = self._path if is_damage(error) else None
                if damaged is None or not self._begin_anew(damaged, error):
                    store = f"The feature store {self._path}" if self._path else "A feature store"
                    warn_caller(
                        f"{store} cannot be used ({error}): the work goes on without it, and "
                        "what is extracted now is not kept. cache=PATH, or the variable "
                        "LOOKALIKE_CACHE, puts it elsewhere.",
                        FeatureStoreWarning,
                    )

    def _was_cleared(self, error: Exception) -> bool:
        """Open a store again that another process has cleared; that needs no warning.

        The file is then another one. Or SQLite took the new file's journal for the old one's, which
        looks like a failing disk: a few such errors are taken for a cleared store.
        """
        if self._connection is None or self._path is None:
            return False
        replaced = _file_of(self._path) != self._file
        if not replaced:
            self._believed += 1
            if "disk I/O error" not in str(error) or self._believed > TRIES:
                return False
        self.close()
        try:
            self._open(self._path)
        except FAILURES:
            return False
        return True

    def _begin_anew(self, path: Path, damage: Exception) -> bool:
        """Rename a damaged store and make another; return whether that was possible."""
        aside = f"{path}.aside-{time.time_ns()}"
        try:
            if not is_store(path) and path != store_path():
                return False
            # The journal first: by itself it would be played back into the new store.
            for end in ("-journal", ""):
                if os.path.exists(f"{path}{end}"):
                    os.replace(f"{path}{end}", f"{aside}{end}")
            self._open(path)
        except FAILURES:
            return False
        warn_caller(
            f"The feature store {path} cannot be read ({damage}): it is now "
            f"{os.path.basename(aside)}, and features are extracted anew.",
            FeatureStoreWarning,
        )
        return True


def is_store(path: Path) -> bool:
    """Return whether a file is a store, or was one before it was damaged; OSError if unreadable.

    An SQLite file without our mark belongs to another program. Any other file counts as a damaged
    store if it has a store's name.
    """
    if not os.path.isfile(str(path)):
        return False
    with path.open("rb") as file:
        start = file.read(72)
    if start.startswith(SQLITE):
        return start.endswith(MARK)
    return path.name == FILE or path == store_path()


def _file_of(path: Path) -> tuple[int, int] | None:
    """Return the numbers of the file at a path; None if there is none."""
    try:
        status = os.stat(str(path))
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _key(path: str) -> bytes:
    # A hash, since a damaged path could be another's. Of bytes, since it need not be Unicode.
    return hashlib.sha256(os.fsencode(os.path.abspath(path))).digest()


def _hash_rows(hashes: Sequence[PictureHash]) -> list[tuple[Any, ...]]:
    """Return the rows of the table of hashes."""
    rows: list[tuple[Any, ...]] = []
    for content, picture, deviation, width, height in hashes:
        # SQLite's numbers of 64 bits have a sign, and are none of NumPy's.
        signed = int(picture) - 2**64 * (int(picture) >= 2**63)
        facts = (signed, float(deviation), int(width), int(height))
        rows.append((content, _checksum_of_hash(content, *facts), *facts))
    return rows


def _checksum_of_hash(content: bytes, *facts: Any) -> int | None:
    """Return the checksum of a hash with its picture's size; None if these are no such facts."""
    try:
        return zlib.crc32(struct.pack("<iqdqq", HASH_RECIPE, *facts), zlib.crc32(content))
    except (struct.error, TypeError):
        return None
