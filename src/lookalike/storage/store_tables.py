"""The tables of a feature store: made, upgraded, and checked for damage."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from .cache_folder import is_private, make_folder

VERSION = 2
# Fingerprints and recipes of networks that are not shipped any more: upgrades drop their features.
# The first is efficientnet-lite0 in float32, averaged.
RETIRED = (("1ab66275e21c5c6ba915cfbc5a2a3a3420c20977ff06a581fec482592b24172d", 1),)
# How SQLite's files begin, and the 4 bytes at the end of the first 72 that mark our own.
SQLITE = b"SQLite format 3\0"
MARK = b"look"

TABLES_OF_VERSION_1 = (
    "CREATE TABLE features (content BLOB, network BLOB, checksum INTEGER, numbers BLOB, "
    "PRIMARY KEY (content, network))",
    "CREATE TABLE files (path_sha256 BLOB PRIMARY KEY, size INTEGER, time INTEGER, content BLOB) "
    "WITHOUT ROWID",
)
HASHES = (
    "TABLE hashes (content BLOB PRIMARY KEY, checksum INTEGER, picture INTEGER, deviation REAL, "
    "width INTEGER, height INTEGER) WITHOUT ROWID"
)
TABLES = (*TABLES_OF_VERSION_1, f"CREATE {HASHES}")
# Errors of a store; SQLite's message about a damaged one need not be UTF-8.
FAILURES = (sqlite3.Error, OSError, UnicodeDecodeError)
SECONDS_TO_WAIT = 10


def network_key(fingerprint: str, recipe: int) -> bytes:
    """Return the key of a network's features; ``recipe`` numbers the way they are made."""
    return hashlib.sha256(f"{fingerprint} {recipe}".encode()).digest()


def connect(path: Path, patience: float = SECONDS_TO_WAIT) -> sqlite3.Connection:
    """Open a store, or make it; upgrade one of an older version.

    A locked store is tried for ``patience`` seconds. One that cannot be used raises an error of
    ``FAILURES``; ``is_damage`` says whether the store itself is at fault.
    """
    make_folder(path.parent)
    if is_private(path):
        # SQLite would make it with the usual permissions; its journals have the file's own.
        os.close(os.open(str(path), os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(
        str(path), timeout=patience, isolation_level=None, check_same_thread=False
    )
    try:
        # What is text by damage need not be UTF-8.
        connection.text_factory = bytes
        with connection:
            # In one transaction: another process may be making or upgrading the tables.
            connection.execute("BEGIN")
            tables, version = _tables(connection), _version(connection)
        if not tables:
            _make_tables(connection)
        elif version not in (1, VERSION):
            raise sqlite3.DatabaseError(f"it is of version {version}, not {VERSION}")
        elif tables != {table.encode() for table in (TABLES_OF_VERSION_1, TABLES)[version - 1]}:
            raise sqlite3.DatabaseError("its tables are damaged")
        elif version == 1:
            _upgrade(connection)
    except FAILURES:
        connection.close()
        raise
    return connection


def remove(path: Path) -> None:
    """Remove a store and its journal; if possible, while nobody else writes to it.

    Otherwise a journal that another process has begun would be played back into the next store.
    """
    try:
        with closing(
            sqlite3.connect(str(path), timeout=SECONDS_TO_WAIT, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            _unlink(path)
    except FAILURES:
        # It is damaged, or this is Windows, where no open file can be removed.
        _unlink(path)


def _unlink(path: Path) -> None:
    for name in (f"{path}-journal", str(path)):
        with suppress(FileNotFoundError):
            os.unlink(name)


def _tables(connection: sqlite3.Connection) -> set[bytes]:
    query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
    return {sql for (sql,) in connection.execute(query)}


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make_tables(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been quicker.
        if not _tables(connection):
            for table in TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute(f"PRAGMA application_id = {int.from_bytes(MARK, 'big')}")


def _upgrade(connection: sqlite3.Connection) -> None:
    """Upgrade a store from version 1 to 2. The features of retired networks are dropped.

    A store that cannot be written to is used as it is, without hashes.
    """
    try:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have been quicker.
            if _version(connection) == 1:
                connection.execute(f"CREATE {HASHES}")
                retired = [(network_key(*network),) for network in RETIRED]
                connection.executemany("DELETE FROM features WHERE network = ?", retired)
                connection.execute(f"PRAGMA user_version = {VERSION}")
    except sqlite3.OperationalError:
        connection.execute(f"CREATE TEMPORARY {HASHES}")


def is_damage(error: Exception) -> bool:
    """Return whether a file is damaged, or of another version: no full disk, lock or misuse."""
    return type(error) in (sqlite3.DatabaseError, UnicodeDecodeError)
