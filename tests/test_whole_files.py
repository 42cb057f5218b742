"""What is written is whole or not there, and errors name the file and the cause."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

import lookalike
from lookalike.display.explorer import Explorer
from lookalike.portable import SFrame
from lookalike.portable.nearest_neighbors import NearestNeighborsModel
from lookalike.storage import whole_files

pytestmark = pytest.mark.portable


@contextmanager
def full_disk(most=500):
    """Let no file become larger, as a full disk does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def save_model(place):
    NearestNeighborsModel(np.ones((500, 8), np.float32), None, None, ["f"]).save(str(place))


def save_html(place):
    Explorer([{"id": number, "path": None} for number in range(900)]).save_html(place)


def write_table(place):
    lookalike.write_table([{"id": number} for number in range(900)], place)


def export_csv(place):
    SFrame({"id": list(range(900))}).export_csv(str(place))


def copy(place):
    lookalike.copy_files([{"path": str(place.parent / "large.jpg")}], place)


WRITERS = [save_model, save_html, write_table, export_csv, copy]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_a_full_disk_is_an_error_that_names_the_file_and_leaves_nothing(tmp_path, write):
    (tmp_path / "large.jpg").write_bytes(bytes(2000))
    with pytest.raises(OSError, match=r"File too large: '.*found") as caught, full_disk():
        write(tmp_path / "found.csv")
    # The file that was asked for, not the one that was written first.
    assert "/." not in str(caught.value)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"large.jpg"}


@pytest.mark.parametrize("write", [save_html, write_table, export_csv])
def test_a_file_that_cannot_be_replaced_stays(tmp_path, write):
    (tmp_path / "found.csv").write_text("old")
    with pytest.raises(OSError, match="File too large"), full_disk():
        write(tmp_path / "found.csv")
    assert (tmp_path / "found.csv").read_text() == "old"
    assert os.listdir(str(tmp_path)) == ["found.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a matter of POSIX")
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path):
    (tmp_path / "found.csv").touch(mode=0o640)
    (tmp_path / "found.csv").chmod(0o640)
    write_table(tmp_path / "found.csv")
    assert (tmp_path / "found.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="links are a matter of POSIX")
def test_of_a_link_the_target_is_replaced(tmp_path):
    (tmp_path / "target.csv").write_text("old")
    os.symlink("target.csv", str(tmp_path / "found.csv"))
    write_table(tmp_path / "found.csv")
    assert (tmp_path / "found.csv").is_symlink()
    assert (tmp_path / "target.csv").read_text("utf-8-sig").startswith("id")


def test_what_killed_programs_left_is_swept_when_it_is_old(tmp_path):
    names = {".lookalike-abcd1234": 2, ".lookalike-abcd1235": 0, ".lookalike-abcd1236": 2}
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "unfinished").write_text("half")
    # Somebody else's.
    (tmp_path / ".lookalike-abcd1236" / "diary.txt").write_text("precious")
    for name, days in names.items():
        past = time.time() - days * 86400
        os.utime(str(tmp_path / name), (past, past))
    whole_files.sweep(tmp_path, whole_files.PREFIX)
    assert sorted(os.listdir(str(tmp_path))) == [".lookalike-abcd1235", ".lookalike-abcd1236"]


def test_a_picture_that_cannot_be_read_is_named_itself(tmp_path):
    if sys.platform == "win32" or os.geteuid() == 0:
        pytest.skip("everything can be read here")
    (tmp_path / "a.jpg").touch(mode=0o000)
    with pytest.raises(PermissionError, match=r"a\.jpg"):
        lookalike.copy_files([{"path": str(tmp_path / "a.jpg")}], tmp_path / "found")
