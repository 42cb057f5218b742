"""What a file is known by, and what shows that it was written to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookalike.storage.file_identity import identify, is_still

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
