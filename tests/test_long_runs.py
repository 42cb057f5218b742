"""Long runs: equal to the bit from many threads, no leaks, no connection that the system sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import draw

from lookalike import portable

pytestmark = [pytest.mark.portable, pytest.mark.torture]

ROUNDS = int(os.environ.get("LOOKALIKE_ROUNDS", "2"))

ROUND_AFTER_ROUND = """
import gc, os, resource, sys, threading, warnings
warnings.simplefilter("ignore")
import lookalike
from lookalike.display.explorer import Explorer

folder, scratch, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])

def once():
    model = lookalike.build_model(folder, verbose=False)
    found = lookalike.find_similar(model, folder + "/0.png", k=3)
    model.save(scratch + "/look.model")
    loaded = lookalike.tc.load_model(scratch + "/look.model")
    loaded.refresh(verbose=False)
    lookalike.find_duplicates(loaded, verbose=False)
    Explorer(found).save_html(scratch + "/page.html")

def held():
    gc.collect()
    pages = int(open("/proc/self/statm").read().split()[1])
    files = len(os.listdir("/proc/self/fd"))
    return pages * resource.getpagesize() / 1e6, files, threading.active_count()

for _ in range(5):
    once()
before = held()
for _ in range(rounds):
    once()
print(*before, *held())
"""


@pytest.fixture
def photos(tmp_path):
    for number in range(12):
        draw(tmp_path / "photos" / f"{number}.png", f"hsl({30 * number}, 80%, 50%)", (90, 60))
    return tmp_path / "photos"


def program(code, *arguments, before=()):
    done = subprocess.run(
        [*before, sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=3600,
        env={**os.environ, "LOOKALIKE_BACKEND": "portable"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_models_that_many_threads_make_at_once_are_equal_to_the_bit(photos, tmp_path):
    data = portable.image_analysis.load_images(photos)

    def create(number):
        cache = False if number % 2 else tmp_path / "store.sqlite"
        model = portable.image_similarity.create(data, verbose=False, cache=cache)
        return np.array(model.similarity_model.matrix)

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(create, range(8 * ROUNDS))
    assert all(np.array_equal(first, other) for other in others)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs the files of Linux's /proc")
def test_round_after_round_holds_no_more_memory_files_or_threads(photos, tmp_path):
    rounds = 10 * ROUNDS
    found = map(float, program(ROUND_AFTER_ROUND, photos, tmp_path, rounds).split())
    megabytes, files, threads, megabytes_then, files_then, threads_then = found
    assert (files_then, threads_then) == (files, threads)
    # What is freed need not go back to the system at once.
    assert megabytes_then - megabytes < 40


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_system_sees_no_socket(photos, tmp_path):
    code = ROUND_AFTER_ROUND.replace("range(5)", "range(1)")
    trace = tmp_path / "trace"
    watched = ["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", str(trace)]
    program(code, photos, tmp_path, 1, before=watched)
    assert "socket(" not in trace.read_text() and "connect(" not in trace.read_text()
