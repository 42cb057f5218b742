"""What a file is known by, and what shows that it was written to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from lookalike.storage import file_identity
from lookalike.storage.file_identity import identify, is_still, sha256_of

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


# Hashes that are remembered, such as those of networks.

CONTENT, OTHER = b"a network" * 1000, b"another!!" * 1000


@pytest.fixture
def known(tmp_path, monkeypatch) -> Path:
    """Where the hashes of files are remembered."""
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / file_identity.KNOWN_FILES


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_is_hashed_again_only_when_its_size_or_time_changed(known, tmp_path):
    path = Path(write(tmp_path / "file", CONTENT))
    assert [sha256_of(path) for _ in range(3)] == [sha256(CONTENT)] * 3
    write(path, OTHER)
    # Of the same size and time: it is not read.
    assert sha256_of(path) == sha256(CONTENT)
    write(path, OTHER, LONG_AGO + 1)
    assert sha256_of(path) == sha256(OTHER)


def test_without_a_place_to_remember_files_are_hashed_every_time(tmp_path, monkeypatch):
    path = Path(write(tmp_path / "file", CONTENT))
    monkeypatch.setenv("LOOKALIKE_CACHE", str(path))
    assert sha256_of(path) == sha256(CONTENT)
    write(path, OTHER)
    assert sha256_of(path) == sha256(OTHER)


def test_a_damaged_memory_of_files_is_passed_over(known, tmp_path):
    path = Path(write(tmp_path / "file", CONTENT))
    sha256_of(path)
    known.write_text("[1, 2")
    assert sha256_of(path) == sha256(CONTENT)
