"""How long ``lookalike find`` takes, start-up included: the first run on a folder and later ones.

``python tests/benchmarks/bench_cli.py [1000 10000]`` makes collections of these sizes from the
sample pictures and prints a table. Each figure is the time of a whole process, as a shell sees it;
where a range stands, the fastest and the slowest of ten.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_collection import SAMPLES, make_collection

RUNS = 10


def seconds(*arguments: str, cache: str) -> float:
    """Return how long a Python process takes."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        check=True,
        capture_output=True,
        env={**os.environ, "LOOKALIKE_CACHE": cache},
    )
    return time.perf_counter() - start


def spread(times: list[float]) -> str:
    return f"{min(times):.2f} to {max(times):.2f} s"


def measure(folder: Path, cache: str) -> list[str]:
    """Return the cells of a row: the first run, later ones, and ones with a picture that is new."""
    pictures = sorted(map(str, folder.rglob("*.jpg")))
    find = ("-m", "lookalike", "find")
    first = seconds(*find, pictures[0], str(folder), cache=cache)
    later = [seconds(*find, one, str(folder), cache=cache) for one in pictures[:RUNS]]
    strangers = sorted(map(str, SAMPLES.glob("*/*.*")))[:RUNS]
    new = [seconds(*find, one, str(folder), cache=cache) for one in strangers]
    return [f"{len(pictures):,}", f"{first:.1f} s", spread(later), spread(new)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000])
    sizes = parser.parse_args().sizes
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as scratch:
        bare = [seconds("-c", "", cache=scratch) for _ in range(RUNS)]
        version = [seconds("-m", "lookalike", "--version", cache=scratch) for _ in range(RUNS)]
        print(f"python -c '': {spread(bare)}; lookalike --version: {spread(version)}\n")
        print("| pictures | first run | later runs | later, a picture never seen |")
        print("| ---: | ---: | ---: | ---: |")
        for size in sizes:
            folder = Path(scratch, str(size))
            make_collection(folder, size)
            row = measure(folder, os.path.join(scratch, f"cache-{size}"))
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
