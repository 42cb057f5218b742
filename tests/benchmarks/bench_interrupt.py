"""Ctrl-C in the middle of long work: how long it takes until Python has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

# Seconds until Ctrl-C is pressed, and that it may take at the most.
AFTER, MOST = 1.5, 2.0
HUGE = 200 * 10**9

BEGIN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np
import lookalike
from lookalike.portable import SArray, SFrame, load_model
from lookalike.portable.nearest_neighbors import NearestNeighborsModel

def model(rows, width):
    matrix = np.random.default_rng(0).random((rows, width), np.float32)
    return NearestNeighborsModel(matrix, None, None, ["features"])

folder = sys.argv[1]
"""
WORK = {
    "hashing": "begin(); lookalike.build_model(lookalike.load_images(folder + '/whole'))",
    "hashing what is cut": "begin(); lookalike.build_model(lookalike.load_images(folder + '/cut'))",
    "decoding": "begin(); lookalike.tc.Image(folder + '/cut/huge.jpg').pixel_data",
    "what is no picture": "begin(); lookalike.build_model(lookalike.load_images(folder + '/no'))",
    "many pictures": "begin(); lookalike.build_model(lookalike.load_images(folder + '/many'))",
    "refresh": """
m = lookalike.build_model(lookalike.load_images(folder + '/few'), verbose=False)
begin(); m.refresh(folder + '/whole')""",
    "build_index": "m = model(300_000, 256); begin(); m.build_index()",
    "search": "m = model(300_000, 256); begin(); m.similarity_graph(k=10)",
    "save": "m = model(300_000, 1280); begin()\nwhile True: m.save(folder + '/saved')",
    "load": """
m = model(300_000, 1280); m.save(folder + '/loaded'); begin()
while True: load_model(folder + '/loaded').matrix""",
}


def draw(folder: Path) -> None:
    """Draw what takes long to read."""
    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3), np.uint8)
    for name in ("whole", "cut", "no", "many", "few"):
        (folder / name).mkdir()
    for number in range(300):
        Image.fromarray(np.roll(noise, number)).save(folder / "many" / f"{number}.jpg")
    for number in range(3):
        Image.fromarray(np.roll(noise, 999 + number)).save(folder / "few" / f"{number}.jpg")
    content = (folder / "few" / "0.jpg").read_bytes()
    starts = {"whole": content, "cut": content[: len(content) // 2], "no": b""}
    for name, start in starts.items():
        with (folder / name / "huge.jpg").open("wb") as file:
            file.write(start)
            # Sparse: it takes no room.
            file.truncate(HUGE)


def seconds_to_end(work: str, folder: Path) -> float | None:
    """Return how long Python took to end after Ctrl-C; None if the work was done before."""
    begin = "def begin(): print('begun', flush=True)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN + begin + work, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LOOKALIKE_CACHE": str(folder / "cache")},
        text=True,
    )
    assert process.stdout is not None
    while process.stdout.readline() != "begun\n":
        if process.poll() is not None:
            raise RuntimeError(f"It ended before it began: {work}")
    time.sleep(AFTER)
    if process.poll() is not None:
        return None
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    return time.monotonic() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder)
        for title, work in WORK.items():
            seconds = seconds_to_end(work, folder)
            if seconds is None:
                print(f"{title:<20} was done within {AFTER} s")
            else:
                late = "" if seconds <= MOST else f"  more than {MOST:.0f} s"
                print(f"{title:<20} {seconds:5.2f} s{late}", flush=True)


if __name__ == "__main__":
    main()
