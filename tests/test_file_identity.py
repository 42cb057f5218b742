"""What a file is known by, and what shows that it was written to."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from lookalike.errors import MissingFileError
from lookalike.storage import file_identity
from lookalike.storage.file_identity import find_file, has_sha256, identify, is_still, read_sha256

LONG_AGO = 1_500_000_000
# As if it was written this moment: the clock has not passed it.
NOW = 4_000_000_000


def write(path: Path, content: bytes, seconds: float = LONG_AGO) -> str:
    path.write_bytes(content)
    os.utime(path, (seconds, seconds))
    return str(path)


def test_a_time_in_the_future_is_not_trusted(tmp_path):
    assert not identify(write(tmp_path / "a.png", b"a", NOW)).settled


def test_a_file_is_still_the_same_until_it_is_written_to(tmp_path):
    for seconds in (LONG_AGO, NOW):
        path = write(tmp_path / "a.png", b"aaa", seconds)
        identity = identify(path)
        assert is_still(path, identity)
        write(tmp_path / "a.png", b"longer", seconds)
        assert not is_still(path, identity)


def test_a_change_within_the_clocks_tick_shows_in_the_content(tmp_path):
    path = write(tmp_path / "a.png", b"aaa", NOW)
    identity = identify(path)
    write(tmp_path / "a.png", b"bbb", NOW)
    assert not is_still(path, identity)


def test_a_file_that_is_gone_is_not_the_same(tmp_path):
    path = write(tmp_path / "a.png", b"aaa")
    identity = identify(path)
    Path(path).unlink()
    assert not is_still(path, identity)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OSError, match="not a file"):
        identify(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(OSError, match="not a file"):
        identify(str(tmp_path / "pipe.png"))
    # As if it had been put there between the look at the file and its opening.
    with pytest.raises(OSError, match="not a file"):
        read_sha256(tmp_path / "pipe.png")


# Hashes that are remembered, such as those of networks.

CONTENT, OTHER = b"a network" * 1000, b"another!!" * 1000


@pytest.fixture
def known(tmp_path, monkeypatch) -> Path:
    """Where the hashes of files are remembered."""
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / file_identity.KNOWN_FILES


def is_content(path: Path) -> bool:
    return has_sha256(path, hashlib.sha256(CONTENT).hexdigest())


def test_a_file_is_read_again_only_when_its_size_or_time_changed(known, tmp_path):
    path = Path(write(tmp_path / "file", CONTENT))
    assert is_content(path)
    # Of the same size and time: what is remembered is believed.
    write(path, OTHER)
    assert is_content(path)
    write(path, OTHER, LONG_AGO + 1)
    assert not is_content(path)


def test_without_a_place_to_remember_files_are_hashed_every_time(tmp_path, monkeypatch):
    path = Path(write(tmp_path / "file", CONTENT))
    monkeypatch.setenv("LOOKALIKE_CACHE", str(path))
    assert is_content(path)
    write(path, OTHER)
    assert not is_content(path)


def test_another_hash_is_never_believed_without_reading(known, tmp_path):
    path = Path(write(tmp_path / "file", CONTENT))
    wrong = hashlib.sha256(OTHER).hexdigest()
    known.parent.mkdir()
    known.write_text(json.dumps({str(path.resolve()): [len(CONTENT), LONG_AGO * 10**9, wrong]}))
    assert is_content(path)
    assert json.loads(known.read_text())[str(path.resolve())][2] != wrong


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"[1, 2",
        b"[]",
        b"5",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' * 50_000,
        b'{"PATH": 5}',
        b'{"PATH": []}',
        b'{"PATH": [1, 2]}',
        b'{"PATH": [9000, 1500000000000000000, null]}',
        b'{"PATH": {"size": 9000}}',
        b'{"PATH": [1e999, NaN, "x"], "": [[[]]]}',
        b" " * 3_000_000,
    ],
    ids=lambda damage: damage[:20],
)
def test_a_damaged_memory_of_files_stops_nobody(damage, known, tmp_path):
    path = Path(write(tmp_path / "file", CONTENT))
    known.parent.mkdir()
    known.write_bytes(damage.replace(b"PATH", str(path.resolve()).encode()))
    assert is_content(path)
    assert is_content(path)
    assert not has_sha256(path, "0" * 64)


@pytest.mark.skipif(os.name != "posix", reason="files of other kinds are made otherwise")
@pytest.mark.parametrize("kind", ["folder", "pipe", "endless", "circle"])
def test_a_memory_that_is_no_file_stops_nobody(kind, known, tmp_path):
    path = Path(write(tmp_path / "file", CONTENT))
    known.parent.mkdir()
    if kind == "folder":
        known.mkdir()
    elif kind == "pipe":
        os.mkfifo(known)
    else:
        known.symlink_to("/dev/zero" if kind == "endless" else known)
    assert is_content(path)


# Where a file is.


def test_a_name_that_begins_with_a_tilde_is_found_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "~mine.onnx", b"a network")
    assert find_file("~mine.onnx") == tmp_path / "~mine.onnx"
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "other.onnx", b"a network")
    assert find_file("~/other.onnx") == tmp_path / "other.onnx"


@pytest.mark.parametrize(
    "name", ["none.onnx", "~/none.onnx", "~nobody-of-this-name/x.onnx", "a\0b"]
)
def test_a_file_that_is_not_there_is_named(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingFileError, match=r"none\.onnx|nobody-of-this-name|a.x00b"):
        find_file(name)
