"""Nothing but a download opens a connection."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from conftest import REPOSITORY
from test_tutorial_lines import LINES

# Python tells its audit hooks of every socket, before it is made.
FORBIDDEN = """\
import sys

def forbid(event, arguments):
    if event.startswith('socket.'):
        raise PermissionError(f'a connection was tried: {event} {arguments}')

sys.addaudithook(forbid)
"""


def run(program: str, folder) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, in a folder, where sockets are forbidden."""
    settings = {
        "LOOKALIKE_BACKEND": "portable",
        "LOOKALIKE_CACHE": str(folder / "cache"),
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "TMPDIR": str(folder),
    }
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-c", FORBIDDEN + program],
        cwd=folder,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    for path in (REPOSITORY / "image").glob("*/*-00*"):
        copy = folder / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return folder


@pytest.mark.parametrize("time", ["first", "second"])
def test_the_whole_tutorial_opens_no_connection(place, time):
    done = run(f"{LINES}\nassert filtered_index.sum() == 9", place)
    assert done.returncode == 0, done.stderr
    # The second time, what the first one found is used.
    count = len(list((place / "image").rglob("*.*")))
    assert f"{0 if time == 'first' else count} from the store" in done.stdout


def test_the_helpers_open_no_connection(place):
    program = """
import lookalike
print(lookalike.available_networks())
matches = lookalike.find_in_folder('image', 'image/cats/cat-001.jpg', k=9)
lookalike.explore(matches)
lookalike.show(matches[0]['path'])
"""
    done = run(program, place)
    assert done.returncode == 0, done.stderr


def test_a_download_would_have_been_seen(place):
    done = run("import lookalike\nlookalike.download('resnet-50')", place)
    assert done.returncode == 1
    assert "a connection was tried: socket." in done.stderr
