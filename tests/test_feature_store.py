"""The store itself: what it finds, what it never finds, and what it survives."""

from __future__ import annotations

import os
import random
import sqlite3
import struct
import threading
import warnings
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike import portable
from lookalike.errors import FeatureStoreWarning
from lookalike.networks.record import NetworkRecord
from lookalike.storage import feature_store
from lookalike.storage.feature_store import (
    HASH_RECIPE,
    RECIPE,
    Extracted,
    FeatureStore,
    PictureHash,
    store_path,
)
from lookalike.storage.file_identity import identify
from lookalike.storage.store_tables import network_key

NETWORK = NetworkRecord(size=1, file="tiny.onnx", name="tiny", num_features=8, sha256="0" * 64)
# Written long ago, as most pictures were.
LONG_AGO = 1_500_000_000


def write(path: Path, content: bytes, seconds: float = LONG_AGO) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (seconds, seconds))
    return str(path)


def features_of(content: bytes) -> np.ndarray:
    """Return features as a network would give them: others for every content."""
    return np.random.default_rng(list(content)).random(8, dtype=np.float32)


def extract(paths: list[str]) -> list[Extracted]:
    return [Extracted(path, identify(path), features_of(Path(path).read_bytes())) for path in paths]


def find(store: FeatureStore, paths: list[str | None]) -> dict[int, np.ndarray]:
    features = np.zeros((len(paths), 8), np.float32)
    return {row: features[row] for row in store.find(paths, features)}


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(str(path))) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "features.sqlite"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return [write(tmp_path / f"{number}.png", b"picture %d" % number) for number in range(60)]


@pytest.fixture
def filled(place: Path, files: list[str]) -> Path:
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep(extract(files))
    return place


# What is found


def test_what_was_kept_is_found_to_the_bit(filled, files):
    with closing(FeatureStore(filled, NETWORK)) as store:
        found = find(store, files)
        hashes = store.find(files, np.zeros((60, 8), np.float32))
    assert list(found) == list(range(60))
    assert list(hashes.values()) == [identify(path).content for path in files]
    for row, vector in found.items():
        assert np.array_equal(vector, features_of(b"picture %d" % row))


def test_more_files_than_sqlite_takes_parameters_are_found(place, tmp_path):
    files = [write(tmp_path / f"{number}.png", b"%d" % number) for number in range(1100)]
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep(extract(files))
        assert len(find(store, files)) == 1100


def test_a_new_store_finds_nothing(place, files):
    with closing(FeatureStore(place, NETWORK)) as store:
        assert find(store, files) == {} and store.find_content(b"x" * 32) is None


def test_pictures_without_a_file_are_not_looked_up(filled, files):
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert list(find(store, [None, files[3], None])) == [1]


def test_a_file_that_is_asked_for_twice_is_found_twice(filled, files):
    with closing(FeatureStore(filled, NETWORK)) as store:
        found = find(store, [files[3], files[4], files[3]])
    assert list(found) == [0, 1, 2] and np.array_equal(found[0], found[2])


def test_paths_are_the_same_however_they_are_written(filled, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert len(find(store, ["0.png", "./1.png", "cache/../2.png"])) == 3


def test_a_changed_file_is_not_found(filled, files, tmp_path):
    write(tmp_path / "5.png", b"another, longer picture")
    write(tmp_path / "6.png", b"picture X", LONG_AGO + 1)
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert sorted({*range(60)} - find(store, files).keys()) == [5, 6]


def test_a_deleted_file_is_not_found(filled, files):
    Path(files[7]).unlink()
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert 7 not in find(store, files)


def test_a_moved_file_is_found_by_its_content(filled, files, tmp_path):
    moved = tmp_path / "elsewhere" / "renamed.png"
    moved.parent.mkdir()
    Path(files[8]).rename(moved)
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert find(store, [str(moved)]) == {}
        vector = store.find_content(identify(str(moved)).content)
    assert np.array_equal(vector, features_of(b"picture 8"))


def test_names_that_are_not_unicode_are_kept_and_found(place, tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.png")
    try:
        Path(os.fsdecode(path)).write_bytes(b"picture")
    except OSError:
        pytest.skip("this file system admits Unicode names alone")
    os.utime(path, (LONG_AGO, LONG_AGO))
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep(extract([os.fsdecode(path)]))
        assert len(find(store, [os.fsdecode(path)])) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"sha256": "1" * 64},
        {"channels": "BGR"},
        {"output": "another"},
        {"mean": (0, 0, 0)},
        {"input_shape": (3, 128, 128)},
    ],
)
def test_networks_are_kept_apart(filled, files, other):
    with closing(FeatureStore(filled, replace(NETWORK, **other))) as store:
        assert find(store, files) == {}
        assert store.find_content(identify(files[0]).content) is None


def test_features_that_were_made_in_another_way_are_stale(filled, files):
    older = network_key(NETWORK.fingerprint, RECIPE - 1)
    with closing(sqlite3.connect(str(filled))) as connection, connection:
        for content, numbers in connection.execute("SELECT content, numbers FROM features"):
            checksum = zlib.crc32(numbers, zlib.crc32(older + content))
            connection.execute(
                "UPDATE features SET network = ?, checksum = ? WHERE content = ?",
                [older, checksum, content],
            )
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert find(store, files) == {}


def test_a_closed_store_finds_and_keeps_nothing(filled, files):
    store = FeatureStore(filled, NETWORK)
    store.close()
    store.close()
    store.keep(extract(files))
    assert find(store, files) == {}


def test_no_path_stands_in_the_file(filled, files):
    assert os.fsencode(Path(files[0]).parent) not in filled.read_bytes()


def test_a_file_that_was_just_written_is_not_known_by_its_time(place, tmp_path):
    (tmp_path / "new.png").write_bytes(b"new")
    path = str(tmp_path / "new.png")
    identity = identify(path)
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep([Extracted(path, identity, features_of(b"new"))])
        assert not identity.settled and find(store, [path]) == {}
        assert store.find_content(identity.content) is not None


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_features_that_are_no_finite_numbers_are_not_found(place, files, number):
    wrong = [one._replace(features=np.full(8, number, np.float32)) for one in extract(files[:3])]
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep([*wrong, *extract(files[3:5])])
        assert list(find(store, files)) == [3, 4]
        assert store.find_content(wrong[0].identity.content) is None


# What shows copies


def hash_of(number: int) -> PictureHash:
    """Return a hash of a file of one's own for every number."""
    dice = random.Random(number)
    return PictureHash(
        content=dice.getrandbits(256).to_bytes(32, "big"),
        picture=dice.getrandbits(64),
        deviation=dice.random() * 80,
        width=dice.randrange(1, 9000),
        height=dice.randrange(1, 9000),
    )


def test_hashes_are_found_by_content_as_they_were_kept(place):
    # Half of them have the highest of 64 bits set.
    hashes = [hash_of(number) for number in range(1200)]
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep_hashes(hashes[:1100])
        store.keep_hashes([])
        found = store.find_hashes([one.content for one in hashes])
    assert found == {one.content: one for one in hashes[:1100]}


def test_hashes_do_not_depend_on_the_network(place):
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep_hashes([hash_of(1)])
    with closing(FeatureStore(place, replace(NETWORK, sha256="1" * 64))) as store:
        assert store.find_hashes([hash_of(1).content]) == {hash_of(1).content: hash_of(1)}


def test_hashes_may_be_numbers_of_numpy(place):
    given = PictureHash(b"c" * 32, np.uint64(2**64 - 1), np.float32(0.5), np.int64(7), np.int32(8))
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep_hashes([given])
        (found,) = store.find_hashes([given.content]).values()
    assert found == (b"c" * 32, 2**64 - 1, 0.5, 7, 8)
    assert {type(value) for value in found} == {bytes, int, float}


def test_a_hash_that_is_kept_again_is_the_new_one(place):
    again = hash_of(1)._replace(picture=5)
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep_hashes([hash_of(1)])
        store.keep_hashes([again])
        assert store.find_hashes([again.content]) == {again.content: again}


@pytest.mark.parametrize(
    "damage",
    ["picture = picture + 1", "deviation = NULL", "width = 'text'", "height = 0.5", "checksum = 0"],
)
def test_a_damaged_hash_is_not_found(place, damage):
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep_hashes([hash_of(1)])
    with closing(sqlite3.connect(str(place))) as connection, connection:
        connection.execute(f"UPDATE hashes SET {damage}")
    with closing(FeatureStore(place, NETWORK)) as store:
        assert store.find_hashes([hash_of(1).content]) == {}


def test_a_hash_made_in_another_way_is_not_found(place):
    made = hash_of(1)
    signed = int(np.uint64(made.picture).astype(np.int64))
    facts = struct.pack("<iqdqq", HASH_RECIPE - 1, signed, *made[2:])
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep_hashes([made])
        with closing(sqlite3.connect(str(place))) as connection, connection:
            connection.execute(
                "UPDATE hashes SET checksum = ?", [zlib.crc32(facts, zlib.crc32(made.content))]
            )
        assert store.find_hashes([hash_of(1).content]) == {}


# Stores of version 1


@pytest.fixture
def older(filled: Path) -> Path:
    """A store as the first version left it."""
    with closing(sqlite3.connect(str(filled))) as connection, connection:
        connection.execute("DROP TABLE hashes")
        connection.execute("PRAGMA user_version = 1")
    return filled


def test_an_older_store_is_upgraded_and_keeps_its_features(older, files):
    for _ in range(2):
        with closing(FeatureStore(older, NETWORK)) as store:
            assert len(find(store, files)) == 60
            store.keep_hashes([hash_of(1)])
            assert store.find_hashes([hash_of(1).content]) != {}
    assert is_sound(older) and not list(older.parent.glob("*.aside-*"))


def test_an_upgrade_drops_the_features_of_a_network_that_is_no_longer_shipped(older, files):
    retired = NetworkRecord(
        name="efficientnet-lite0",
        file="efficientnet-lite0.onnx",
        num_features=8,
        size=13_420_308,
        sha256="f20110f7cd56853106a60a232267c30b30defcaf99687f351f368a78b42b444b",
        mean=(127.5, 127.5, 127.5),
        std=(127.5, 127.5, 127.5),
        output="features",
    )
    for version in (1, 2):
        with closing(FeatureStore(older, retired)) as store:
            store.keep(extract(files))
        with closing(sqlite3.connect(str(older))) as connection, connection:
            if version == 1:
                connection.execute("DROP TABLE hashes")
            connection.execute(f"PRAGMA user_version = {version}")
        with closing(FeatureStore(older, retired)) as store:
            assert len(find(store, files)) == (0 if version == 1 else 60)
        with closing(FeatureStore(older, NETWORK)) as store:
            assert len(find(store, files)) == 60


def test_many_that_open_an_older_store_at_once_upgrade_it_once(older, files):
    content = older.read_bytes()
    for number in range(10):
        path = older.with_name(f"{number}.sqlite")
        path.write_bytes(content)
        start = threading.Barrier(6)
        counts = []

        def use(path=path, start=start, counts=counts):
            start.wait()
            with closing(FeatureStore(path, NETWORK)) as store:
                counts.append(len(find(store, files)))

        threads = [threading.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts == [60] * 6
    assert not list(older.parent.glob("*.aside-*"))


def test_an_older_store_that_cannot_be_written_to_is_used_as_it_is(older, files):
    with closing(sqlite3.connect(str(older), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(FeatureStore(older, NETWORK, patience=0.1)) as store:
            assert len(find(store, files)) == 60
            assert store.find_hashes([hash_of(1).content]) == {}
    assert is_sound(older)


def test_an_older_store_whose_tables_are_damaged_is_set_aside(older):
    with closing(sqlite3.connect(str(older))) as connection:
        connection.execute("DROP TABLE files")
    with pytest.warns(FeatureStoreWarning, match=r"\(its tables are damaged\)"):
        FeatureStore(older, NETWORK).close()


# Where it lies


def test_the_store_lies_in_the_cache_folder_unless_a_file_or_folder_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    assert store_path() == store_path(True) == tmp_path / "cache" / "features.sqlite"
    assert store_path(tmp_path / "mine.db") == tmp_path / "mine.db"
    assert store_path(str(tmp_path)) == tmp_path / "features.sqlite"


def test_a_store_may_be_given_as_callers_give_it(tmp_path, files, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    for cache in (None, True, tmp_path, str(tmp_path / "mine.db")):
        with closing(FeatureStore(cache, NETWORK)) as store:
            store.keep(extract(files[:1]))
        assert store_path(cache).is_file()


# Cache folders that cannot be had


needs_pwd = pytest.mark.skipif(os.name != "posix", reason="the home folder is found otherwise")


@needs_pwd
def test_without_a_home_folder_the_work_goes_on_after_one_warning(no_home, files):
    with pytest.warns(FeatureStoreWarning, match=r"There is no home folder .* goes on") as told:
        store = FeatureStore(None, NETWORK)
        store.keep(extract(files[:3]))
        assert find(store, files) == {}
    assert len(told) == 1


@needs_pwd
def test_a_model_is_built_without_a_home_folder(no_home, folder):
    data = portable.image_analysis.load_images(str(folder))
    with pytest.warns(FeatureStoreWarning) as told:
        model = portable.image_similarity.create(data, verbose=False)
    assert (len(told), model.num_examples) == (1, 4)


@needs_pwd
def test_a_model_without_a_store_does_not_ask_for_the_cache_folder(no_home, folder):
    data = portable.image_analysis.load_images(str(folder))
    assert portable.image_similarity.create(data, cache=False, verbose=False).num_examples == 4


@needs_pwd
def test_the_helpers_say_that_there_is_no_cache_and_end_well(no_home, folder):
    with pytest.warns(FeatureStoreWarning, match="There is no feature store"):
        assert lookalike.cache_info() == (None, 0, 0)
    with pytest.warns(FeatureStoreWarning, match="There is no feature store"):
        lookalike.clear_cache()
    assert [network.is_here for network in lookalike.available_networks()].count(True) >= 1
    with pytest.raises(lookalike.ToolkitError, match=r"no home folder .* LOOKALIKE_CACHE names"):
        lookalike.download("resnet-50", verbose=False)


@needs_pwd
@pytest.mark.parametrize("cache", ["~nobody-of-this-name/x", "~nobody-of-this-name"])
def test_a_home_folder_that_is_not_there_is_told(cache, monkeypatch, files, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOOKALIKE_CACHE", cache)
    for given in (None, f"{cache}/mine.sqlite"):
        with pytest.warns(FeatureStoreWarning, match=r"home .* goes on without it"):
            assert find(FeatureStore(given, NETWORK), files) == {}
    assert not list(tmp_path.glob("~*"))


# What goes wrong


def test_random_damage_never_gives_a_wrong_feature(filled, files):
    sound = filled.read_bytes()
    contents = [identify(path).content for path in files]
    dice = random.Random(6)
    recovered = 0
    for _ in range(60):
        damaged = bytearray(sound)
        for _ in range(dice.choice((1, 3, 30, 300))):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        filled.write_bytes(damaged[: dice.choice((len(damaged), dice.randrange(len(damaged))))])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FeatureStoreWarning)
            with closing(FeatureStore(filled, NETWORK)) as store:
                found = find(store, files)
                found_by_content = [store.find_content(content) for content in contents]
                store.keep(extract(files[:5]))
                found_later = find(store, files)
        for row, vector in [*found.items(), *enumerate(found_by_content), *found_later.items()]:
            assert vector is None or np.array_equal(vector, features_of(b"picture %d" % row))
        recovered += len(found)
    # Else it would show nothing.
    assert 100 < recovered < 60 * 60


@pytest.mark.parametrize(
    "damage",
    [
        # Each row sound by itself, in the place of another.
        "UPDATE features SET (checksum, numbers) = (SELECT checksum, numbers FROM features AS other"
        " WHERE other.content > features.content ORDER BY other.content LIMIT 1)",
        "UPDATE features SET numbers = NULL",
        "UPDATE features SET numbers = 'text'",
        "UPDATE features SET numbers = substr(numbers, 1, 16)",
        "UPDATE features SET checksum = 'text'",
    ],
)
def test_features_that_are_not_those_of_their_content_are_not_found(filled, files, damage):
    with closing(sqlite3.connect(str(filled))) as connection, connection:
        connection.execute(damage)
    with closing(FeatureStore(filled, NETWORK)) as store:
        for path in files:
            vector = store.find_content(identify(path).content)
            assert vector is None or np.array_equal(vector, features_of(Path(path).read_bytes()))
        assert len(find(store, files)) <= 1


@pytest.mark.parametrize(
    "damage",
    [lambda content: b"garbage " * 1000, lambda content: content[:1500]],
    ids=["garbage", "truncated"],
)
def test_a_damaged_store_is_set_aside_and_begun_anew(filled, files, damage):
    content = damage(filled.read_bytes())
    filled.write_bytes(content)
    with pytest.warns(FeatureStoreWarning, match=r"cannot be read .*: it is now features.sqlite.a"):
        store = FeatureStore(filled, NETWORK)
        assert find(store, files) == {}
    with closing(store):
        store.keep(extract(files))
        assert len(find(store, files)) == 60
    (aside,) = filled.parent.glob("*.aside-*")
    assert aside.read_bytes() == content and is_sound(filled)


def test_damage_that_shows_late_is_set_aside_too(filled, files):
    size = len(filled.read_bytes())
    with filled.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with closing(FeatureStore(filled, NETWORK)) as store:
        with pytest.warns(FeatureStoreWarning, match="features are extracted anew"):
            assert find(store, files) == {}
        store.keep(extract(files))
        assert len(find(store, files)) == 60


def test_damage_is_told_once_however_many_threads_find_it(filled, files):
    store = FeatureStore(filled, NETWORK)
    filled.write_bytes(b"garbage " * 5000)
    content = identify(files[0]).content
    with pytest.warns(FeatureStoreWarning) as told:
        threads = [threading.Thread(target=store.find_content, args=[content]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    store.close()
    assert len(told) == 1 and len(list(filled.parent.glob("*.aside-*"))) == 1


def test_damaged_tables_are_set_aside(filled):
    with closing(sqlite3.connect(str(filled))) as connection:
        connection.execute("DROP TABLE features")
    with pytest.warns(FeatureStoreWarning, match=r"\(its tables are damaged\)"):
        FeatureStore(filled, NETWORK).close()


def test_a_store_of_another_version_is_set_aside(filled, files):
    with closing(sqlite3.connect(str(filled))) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.warns(FeatureStoreWarning, match="it is of version 7, not 2.*extracted anew"):
        store = FeatureStore(filled, NETWORK)
    with closing(store):
        assert find(store, files) == {}


def test_the_journal_of_one_who_writes_is_set_aside_with_the_store(filled, files):
    store = FeatureStore(filled, NETWORK)
    with closing(sqlite3.connect(str(filled), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM files")
        with filled.open("r+b") as file:
            file.write(b"garbage " * 2000)
        with pytest.warns(FeatureStoreWarning, match="it is now"):
            assert find(store, files) == {}
        assert len(list(filled.parent.glob("*.aside-*-journal"))) == 1
    with closing(store):
        store.keep(extract(files))
    assert is_sound(filled)


def test_another_programs_database_is_left_alone(tmp_path, files):
    path = tmp_path / "features.sqlite"
    with closing(sqlite3.connect(str(path))) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.warns(FeatureStoreWarning, match="cannot be used"):
        store = FeatureStore(path, NETWORK)
    with closing(store):
        store.keep(extract(files))
    assert path.read_bytes() == before and len(list(tmp_path.glob("features*"))) == 1


def test_a_file_that_is_no_store_is_left_alone(tmp_path, files):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    with pytest.warns(FeatureStoreWarning, match="holiday.jpg cannot be used .*not a database"):
        FeatureStore(path, NETWORK).close()
    assert path.read_bytes() == b"\xff\xd8\xff" + bytes(5000)


def test_whatever_stands_in_the_stores_own_place_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path))
    with closing(sqlite3.connect(str(store_path()))) as connection:
        connection.execute("CREATE TABLE files (of_an_older_lookalike)")
    with pytest.warns(FeatureStoreWarning, match="it is now"):
        FeatureStore(store_path(), NETWORK).close()
    assert len(list(tmp_path.glob("*.aside-*"))) == 1


def test_an_empty_file_becomes_a_store(place, files):
    place.parent.mkdir()
    place.touch()
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep(extract(files))
        assert len(find(store, files)) == 60


def test_a_folder_that_cannot_be_made_is_told(tmp_path, files):
    (tmp_path / "file").touch()
    with pytest.warns(FeatureStoreWarning, match="cannot be used .* goes on without it"):
        store = FeatureStore(tmp_path / "file" / "features.sqlite", NETWORK)
    store.keep(extract(files))
    assert find(store, files) == {}


def test_a_damaged_store_that_cannot_be_set_aside_is_passed_over(filled, monkeypatch):
    filled.write_bytes(b"garbage " * 1000)

    def refuse(*_):
        raise PermissionError("Read-only file system")

    monkeypatch.setattr(feature_store.os, "replace", refuse)
    with pytest.warns(FeatureStoreWarning, match="cannot be used"):
        FeatureStore(filled, NETWORK).close()


def with_pragma(monkeypatch, pragma: str) -> None:
    """As on a disk that is full, or that nobody may write to."""
    connect = feature_store.connect

    def limited(path, patience):
        connection = connect(path, patience)
        connection.execute(pragma)
        return connection

    monkeypatch.setattr(feature_store, "connect", limited)


def test_a_read_only_store_is_used_and_told_when_it_should_keep(filled, files, monkeypatch):
    with_pragma(monkeypatch, "PRAGMA query_only = 1")
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert len(find(store, files)) == 60
        with pytest.warns(FeatureStoreWarning, match="readonly.* is not kept"):
            store.keep(extract(files[:3]))
    assert is_sound(filled) and not list(filled.parent.glob("*.aside-*"))


def test_a_full_disk_is_told_and_what_was_kept_stays(place, files, monkeypatch):
    with_pragma(monkeypatch, "PRAGMA max_page_count = 8")
    with closing(FeatureStore(place, NETWORK)) as store:
        store.keep(extract(files[:5]))
        with pytest.warns(FeatureStoreWarning, match="full.* is not kept"):
            store.keep(extract(files[5:]))
    monkeypatch.undo()
    with closing(FeatureStore(place, NETWORK)) as store:
        assert len(find(store, files[:5])) == 5
    assert is_sound(place)


def test_a_store_that_another_process_holds_too_long_is_passed_over(filled, files):
    with closing(sqlite3.connect(str(filled), isolation_level=None)) as other:
        store = FeatureStore(filled, NETWORK, patience=0.1)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.warns(FeatureStoreWarning, match="locked"):
            store.keep(extract(files[:3]))
    assert is_sound(filled) and not list(filled.parent.glob("*.aside-*"))


def test_a_batch_that_is_broken_off_leaves_nothing(filled, tmp_path):
    path = write(tmp_path / "new.png", b"new")
    with closing(FeatureStore(filled, NETWORK)) as store:
        good = extract([path])[0]
        bad = good._replace(identity=good.identity._replace(content=object()))
        store._checksum = lambda *_: 0
        with pytest.warns(FeatureStoreWarning):
            store.keep([good, bad])
    with closing(FeatureStore(filled, NETWORK)) as store:
        assert find(store, [path]) == {}


# Several at once


def test_many_that_open_a_new_store_at_once_make_one(place, files):
    for number in range(10):
        path = place.with_name(f"{number}.sqlite")
        start = threading.Barrier(6)

        def use(path=path, start=start):
            start.wait()
            with closing(FeatureStore(path, NETWORK)) as store:
                store.keep(extract(files[:5]))

        threads = [threading.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with closing(FeatureStore(path, NETWORK)) as store:
            assert len(find(store, files)) == 5
    assert not list(place.parent.glob("*.aside-*"))


def test_two_open_stores_see_what_the_other_keeps(place, files):
    with closing(FeatureStore(place, NETWORK)) as one, closing(FeatureStore(place, NETWORK)) as two:
        one.keep(extract(files[:10]))
        two.keep(extract(files[5:20]))
        assert len(find(one, files)) == len(find(two, files)) == 20
