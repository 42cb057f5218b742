"""What can be said of Windows elsewhere: its paths, its processes, and what its Python lacks."""

from __future__ import annotations

import ntpath
import os
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from lookalike.portable.models.picture_files import PathIndex, PictureFiles

pytestmark = pytest.mark.portable


def run(*command: object) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, "LOOKALIKE_BACKEND": "portable"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# Names and modules that Python has on other systems alone.
LACKING = """
import os, signal, sys
import importlib.metadata, shutil, sqlite3, subprocess, tempfile, uuid, webbrowser
import numpy, onnxruntime, PIL.Image, platformdirs, tqdm
for name in (
    "fork register_at_fork sched_getaffinity getuid geteuid statvfs pread pwrite chown mkfifo"
    " O_CLOEXEC uname getloadavg killpg sysconf"
).split():
    os.__dict__.pop(name, None)
for name in ("SIGKILL", "SIGHUP", "SIGPIPE", "SIGALRM", "pthread_sigmask"):
    signal.__dict__.pop(name, None)
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios"):
    sys.modules[name] = None
"""
USE = """
import lookalike
folder, place = sys.argv[1:]
photos = lookalike.load_images(folder)
model = lookalike.build_model(photos, verbose=False)
model.save(place)
model = lookalike.tc.load_model(place)
model.refresh(folder, verbose=False)
matches = lookalike.find_similar(model, photos[0], k=2)
lookalike.copy_files(matches, place + "-copies")
lookalike.write_table(matches, place + ".csv")
lookalike.explore(matches)
print(len(matches), len(lookalike.find_duplicates(model, verbose=False)))
"""


def test_nothing_is_needed_that_only_other_systems_have(folder, tmp_path):
    assert run("-c", LACKING + USE, folder, tmp_path / "model").split()[-2:] == ["2", "4"]


ONE_FOLDER = [r"C:\photos\a.jpg", r"C:\photos\sub\b.jpg"]
TWO_DRIVES = [r"C:\a.jpg", r"D:\b.jpg", None]
A_SHARE = [r"\\nas\all\a.jpg"]


@pytest.fixture
def windows_paths(monkeypatch):
    """Paths as they are on Windows, within a block; pytest needs its own."""

    @contextmanager
    def block():
        with monkeypatch.context() as patch:
            patch.setattr(os, "path", ntpath)
            patch.setattr(os, "sep", "\\")
            yield

    return block


@pytest.mark.parametrize("paths", [ONE_FOLDER, TWO_DRIVES, A_SHARE])
@pytest.mark.parametrize("place", [r"C:\models\m", r"E:\m"])
def test_a_saved_model_knows_its_pictures_paths(windows_paths, paths, place):
    unknown = np.full((len(paths), 2), -1)
    files = PictureFiles(paths, unknown, np.zeros((len(paths), 32), np.uint8))
    with windows_paths():
        again = PictureFiles.from_facts(files.to_facts(place), {"stamps": unknown}, place)
    assert again.paths == paths


WRITTEN = [r"C:\Photos\A.jpg", "c:/photos/a.JPG", r"C:\photos\x\..\a.jpg"]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_picture_is_found_however_its_path_is_written(windows_paths, written):
    with windows_paths():
        assert PathIndex([None, r"C:\photos\a.jpg"]).position_of(written) == 1


SPAWNED = """
import multiprocessing, sys
import lookalike

def nearest(row):
    found = lookalike.find_in_folder(row["folder"], row["path"], k=1, verbose=False)
    return found["path"][0]

if __name__ == "__main__":
    rows = [{**row, "folder": sys.argv[1]} for row in lookalike.load_images(sys.argv[1])]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(nearest, rows)
    assert len(found) == len(rows) and all(a != b["path"] for a, b in zip(found, rows))
"""


def test_rows_go_to_processes_that_are_spawned_and_share_a_store(folder, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(SPAWNED, encoding="utf-8")
    run(program, folder)
