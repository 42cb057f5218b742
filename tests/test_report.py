"""What a first pass will take, and what was kept of it."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing

import pytest

import lookalike
from lookalike import portable
from lookalike.errors import MissingFileError, ToolkitError
from lookalike.report import _duration, _size
from lookalike.storage.store_tables import connect


def test_check_counts_pictures_formats_and_bytes(folder, capsys):
    report = lookalike.check(folder)
    assert report.pictures == 4 and report.formats == {".png": 2, ".jpg": 1, ".jpeg": 1}
    assert report.bytes == sum(path.stat().st_size for path in folder.rglob("*.*p*g"))
    assert report.per_second > 0
    assert report.seconds == pytest.approx(report.pictures / report.per_second)


def test_check_prints_a_table(folder, capsys):
    report = lookalike.check(folder)
    printed = capsys.readouterr().out
    assert printed == f"{report}\n"
    assert "4 (2 .png, 1 .jpg, 1 .jpeg)" in printed and "pictures/s" in printed


def test_check_names_what_cannot_be_read_with_the_reason(folder, capsys):
    (folder / "bad.png").write_bytes(b"no picture")
    report = lookalike.check(folder)
    ((path, reason),) = report.unreadable
    assert path.endswith("bad.png") and "not a picture" in reason
    assert "bad.png: not a picture" in capsys.readouterr().out


def test_check_looks_at_a_sample_only(tmp_path):
    for number in range(30):
        (tmp_path / f"{number}.png").write_bytes(b"no picture %d" % number)
    report = lookalike.check(tmp_path, sample=5)
    assert report.sampled == len(report.unreadable) == 5 and report.pictures == 30


def test_check_keeps_nothing(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    lookalike.check(folder)
    assert lookalike.cache_info().files == 0


def test_memory_and_disk_grow_with_the_features(folder):
    report = lookalike.check(folder)
    assert report.memory == 4 * (4 * 1280 + 1024)
    assert 4 * 4 * 1280 < report.disk < 2 * 4 * 4 * 1280


def test_check_of_an_empty_folder_says_so(tmp_path):
    with pytest.raises(MissingFileError, match="no pictures in the folder"):
        lookalike.check(tmp_path)


def test_check_of_no_folder_says_so(tmp_path):
    with pytest.raises(MissingFileError, match="gone"):
        lookalike.check(tmp_path / "gone")


def test_check_wants_a_sample(folder):
    with pytest.raises(ToolkitError, match="sample of 1 picture or more; found 0"):
        lookalike.check(folder, sample=0)


def test_cache_info_tells_place_size_and_files(folder, tmp_path):
    store = tmp_path / "store.sqlite"
    assert lookalike.cache_info(store) == (store, 0, 0)
    data = portable.image_analysis.load_images(folder)
    portable.image_similarity.create(data, verbose=False, cache=store)
    info = lookalike.cache_info(store)
    assert info.files == 4 and info.bytes == store.stat().st_size
    assert str(store) in str(info) and "files  4" in str(info)


def test_cache_info_of_a_damaged_store_is_no_error(tmp_path):
    (tmp_path / "store.sqlite").write_bytes(b"nonsense" * 100)
    assert lookalike.cache_info(tmp_path / "store.sqlite").files == 0


def test_the_default_store_is_in_the_users_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "moved"))
    assert lookalike.cache_info().path == tmp_path / "moved" / "features.sqlite"


def test_clear_cache_removes_the_store_and_what_was_set_aside_but_nothing_else(tmp_path):
    connect(tmp_path / "store.sqlite").close()
    for name in ("-journal", ".aside-123", ".aside-123-journal", ".txt", ".aside-mine"):
        (tmp_path / f"store.sqlite{name}").write_text("x")
    lookalike.clear_cache(tmp_path / "store.sqlite")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"store.sqlite.txt", "store.sqlite.aside-mine"}


def anothers_database(file):
    with closing(sqlite3.connect(str(file))) as connection:
        connection.execute("CREATE TABLE features (diary TEXT)")


MAKERS = {
    "text": lambda file: file.write_text("my diary"),
    "empty": lambda file: file.touch(),
    "sqlite": anothers_database,
    "folder": lambda file: (file / "features.sqlite").mkdir(parents=True),
    "pipe": lambda file: os.mkfifo(str(file)),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_clear_cache_removes_nothing_that_is_no_store_of_ours(tmp_path, kind):
    if kind == "pipe" and sys.platform == "win32":
        pytest.skip("Windows has no such files")
    MAKERS[kind](tmp_path / "mine.db")
    (tmp_path / "mine.db-journal").touch()
    (tmp_path / "mine.db.aside-1").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ToolkitError, match=r"is no feature store that lookalike made: nothing was"):
        lookalike.clear_cache(tmp_path / "mine.db")
    assert sorted(tmp_path.rglob("*")) == before


def test_clear_cache_leaves_a_journal_without_its_database_alone(tmp_path):
    (tmp_path / "mine.db-journal").touch()
    lookalike.clear_cache(tmp_path / "mine.db")
    assert (tmp_path / "mine.db-journal").exists()


def test_clear_cache_removes_a_damaged_store_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path))
    (tmp_path / "features.sqlite").write_bytes(b"nonsense" * 100)
    lookalike.clear_cache()
    assert not (tmp_path / "features.sqlite").exists()


def test_clear_cache_forgets_the_hashes_of_files(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path))
    (tmp_path / "known-files.json").write_text("{}")
    lookalike.clear_cache(tmp_path / "elsewhere.sqlite")
    assert (tmp_path / "known-files.json").exists()
    lookalike.clear_cache()
    assert not (tmp_path / "known-files.json").exists()


def test_clearing_a_cache_that_is_not_there_is_no_error(tmp_path):
    lookalike.clear_cache(tmp_path / "nowhere" / "store.sqlite")


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (2.5e6, "2.5 MB"), (7e9, "7.0 GB")],
)
def test_sizes_are_readable(count, text):
    assert _size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.4, "3 seconds"), (900, "15 minutes"), (9000, "2.5 hours")]
)
def test_durations_are_readable(seconds, text):
    assert _duration(seconds) == text
