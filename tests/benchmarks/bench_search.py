"""The exact search against what the machine can do: one pass over the matrix, its product rate.

``python tests/benchmarks/bench_search.py [--rows 100000] [--million]`` prints a table. The ratios
are to figures of the same run; each time is the best of several, since other work only slows.
``--million`` searches a million rows mapped from a file of 5 GB as well.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np

from lookalike.portable import SArray, SFrame, load_model
from lookalike.portable.nearest_neighbors import NearestNeighborsModel

WIDTH = 1280
QUERIES = 1000
GRAPH_ROWS = 20_000
MILLION = 1_000_000
BLOCK = 50_000


def feature_like(random: np.random.Generator, rows: int) -> np.ndarray:
    """Return features as networks give them: not negative, many of them 0, in clusters."""
    centers = np.random.default_rng(1).gamma(0.5, 0.6, (500, WIDTH)).astype(np.float32)
    features = centers[random.integers(0, len(centers), rows)]
    features += 0.35 * random.standard_normal((rows, WIDTH), dtype=np.float32)
    return np.maximum(features, 0, out=features)


def best(function: Callable[[], Any], times: int = 5) -> float:
    """Return the least seconds that a call takes."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        durations.append(time.perf_counter() - start)
    return min(durations)


def peak_megabytes(function: Callable[[], Any]) -> float:
    """Return how much memory a call asks for at once, beyond what is there."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    function()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (peak - before) / 1e6


def row(what: str, figure: str, limit: str = "", ratio: float | None = None) -> None:
    print(
        f"| {what} | {figure} | {'' if ratio is None else f'{ratio:.2f}'} | {limit} |", flush=True
    )


def measure(rows: int) -> None:
    random = np.random.default_rng(0)
    matrix, queries = feature_like(random, rows), feature_like(random, QUERIES)
    model = NearestNeighborsModel(matrix, None, None, ["features"])
    many = SFrame({"features": SArray(queries)})
    one, some = many[0:1], many[0:20]
    query = queries[0]
    radius = max(model.query(one, k=100)["distance"])

    passed = best(lambda: matrix @ query, 15)
    row("one pass over the matrix, `X @ q`", f"{1e3 * passed:.1f} ms")

    def in_passes(what: str, asked: Callable[[], Any], times: int = 15, limit: str = "") -> None:
        # By turns, so that what else the machine does slows both.
        pairs = [(best(lambda: matrix @ query, 1), best(asked, 1)) for _ in range(times)]
        one_pass, seconds = map(min, zip(*pairs))
        row(what, f"{1e3 * seconds:.1f} ms", limit, seconds / one_pass)

    in_passes("one query, k=10", lambda: model.query(one, k=10), limit="1.3 passes")
    in_passes("one query, radius with 100 inside", lambda: model.query(one, k=None, radius=radius))
    in_passes("one query, k=None", lambda: model.query(one, k=None), 5)
    in_passes("20 queries, k=10", lambda: model.query(some, k=10), 5)

    product = np.empty((rows, QUERIES), np.float32)
    plain = best(partial(np.matmul, matrix, queries.T, out=product), 3)
    del product
    work = 2e-9 * rows * QUERIES * WIDTH
    row(f"`X @ Q.T` of {QUERIES:,} queries", f"{plain:.2f} s, {work / plain:.0f} GFLOP/s")
    for what, options in (("k=10", {"k": 10}), ("radius", {"k": None, "radius": radius})):
        seconds = best(partial(model.query, many, **options), 3)
        figure = f"{seconds:.2f} s, {work / seconds:.0f} GFLOP/s"
        row(f"{QUERIES:,} queries, {what}", figure, "half the rate: 2.00", seconds / plain)
    megabytes = peak_megabytes(lambda: model.query(many, k=10))
    row("memory of that", f"{megabytes:.0f} MB", "", megabytes / (matrix.nbytes / 1e6))

    part = NearestNeighborsModel(matrix[:GRAPH_ROWS], None, None, ["features"])
    seconds = best(lambda: part.similarity_graph(k=5), 1)
    ideal = 2e-9 * len(part.matrix) ** 2 * WIDTH / (work / plain)
    row(f"similarity_graph of {len(part.matrix):,}, k=5", f"{seconds:.1f} s", "", seconds / ideal)
    megabytes = peak_megabytes(lambda: part.similarity_graph(k=5))
    row("memory of that", f"{megabytes:.0f} MB", "", megabytes / (part.matrix.nbytes / 1e6))

    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder, "model"))
        row("save", f"{best(lambda: model.save(place), 1):.2f} s")
        row("load_model", f"{1e3 * best(lambda: load_model(place)):.1f} ms", "200 ms")
        loaded = load_model(place)
        seconds = best(lambda: loaded.query(one, k=10), 1)
        row("its first query, which verifies", f"{1e3 * seconds:.0f} ms", "", seconds / passed)
        in_passes("its next query", lambda: loaded.query(one, k=10), limit="1.3 passes")


def measure_million() -> None:
    """Search what was written block by block and never was in memory as a whole."""
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "matrix.npy")
        matrix = np.lib.format.open_memmap(file, "w+", np.float32, (MILLION, WIDTH))
        for start in range(0, MILLION, BLOCK):
            matrix[start : start + BLOCK] = feature_like(random, BLOCK)
        matrix.flush()
        del matrix
        mapped = np.load(file, mmap_mode="r")
        model = NearestNeighborsModel(mapped, None, None, ["features"])
        many = SFrame({"features": SArray(feature_like(random, 100))})
        one = many[0:1]
        seconds = best(lambda: model.query(one, k=10), 1)
        row(f"{MILLION:,} rows mapped: the first query", f"{seconds:.2f} s")
        query = np.asarray(one["features"].to_numpy()[0], np.float32)
        passed = best(lambda: mapped @ query, 3)
        seconds = best(lambda: model.query(one, k=10), 3)
        row("the next query, in passes", f"{seconds:.2f} s", "", seconds / passed)
        row("100 queries", f"{best(lambda: model.query(many, k=10), 1):.2f} s")
        row("memory of 100 queries", f"{peak_megabytes(lambda: model.query(many, k=10)):.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--million", action="store_true")
    arguments = parser.parse_args()
    print(
        f"{arguments.rows:,} x {WIDTH} float32, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}\n"
    )
    print("| what | measured | ratio | at most |\n| --- | --- | --- | --- |")
    measure(arguments.rows)
    if arguments.million:
        measure_million()


if __name__ == "__main__":
    main()
