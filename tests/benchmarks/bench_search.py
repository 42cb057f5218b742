"""The exact search against what the machine can do: one pass over the matrix, its product rate.

``python tests/benchmarks/bench_search.py [--rows 100000] [--pairs] [--million]`` prints a table.
Its ratios are to figures of the same run. Each time is the best of several, since other work only
slows.
``--pairs`` compares all rows with each other, not 20,000 of them: two minutes and more.
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

import lookalike
import lookalike.exploring
from lookalike.networks.catalogue import DEFAULT
from lookalike.portable import SArray, SFrame, load_model
from lookalike.portable.models.inputs import NamedFeatures
from lookalike.portable.nearest_neighbors import NearestNeighborsModel
from lookalike.search.centre import centre_of
from lookalike.search.exact import ExactSearch, Tuning
from lookalike.search.hashes import near_hashes
from lookalike.search.near_copies import nearest_others

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


# `bench_check.py` counts otherwise.
clock = time.perf_counter


def best(function: Callable[[], Any], times: int = 5) -> float:
    """Return the least seconds that a call takes."""
    durations = []
    for _ in range(times):
        start = clock()
        function()
        durations.append(clock() - start)
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


class Bench:
    """A matrix, what one pass over it takes, and its product rate."""

    def __init__(self, rows: int) -> None:
        random = np.random.default_rng(0)
        # What was taken by turns, by what it is: `bench_check.py` compares it.
        self.ratios: dict[str, float] = {}
        self.matrix, self.queries = feature_like(random, rows), feature_like(random, QUERIES)
        self.passed = best(self.one_pass, 15)
        row("one pass over the matrix, `X @ q`", f"{1e3 * self.passed:.1f} ms")
        product = np.empty((rows, QUERIES), np.float32)
        plain = best(partial(np.matmul, self.matrix, self.queries.T, out=product), 3)
        self.plain, self.rate = plain, rows * QUERIES / plain
        row(f"`X @ Q.T` of {QUERIES:,} queries", f"{plain:.2f} s, {self.gigaflops(plain)}")

    def one_pass(self) -> None:
        self.matrix @ self.queries[0]

    def gigaflops(self, seconds: float) -> str:
        return f"{2e-9 * len(self.matrix) * QUERIES * WIDTH / seconds:.0f} GFLOP/s"

    def in_passes(
        self, what: str, asked: Callable[[], Any], times: int = 15, limit: str = ""
    ) -> None:
        self.against(what, asked, self.one_pass, times, limit)

    def against(
        self,
        what: str,
        asked: Callable[[], Any],
        other: Callable[[], Any],
        times: int = 15,
        limit: str = "",
    ) -> None:
        """Print what a call takes, and its ratio to another."""
        # By turns, so that what else the machine does slows both.
        pairs = [(best(other, 1), best(asked, 1)) for _ in range(times)]
        first, seconds = map(min, zip(*pairs))
        self.ratios[what] = seconds / first
        row(what, f"{1e3 * seconds:.1f} ms", limit, seconds / first)


def measure_model(bench: Bench) -> None:
    """Print what the queries of a model take."""
    model = NearestNeighborsModel(bench.matrix, None, None, ["features"])
    many = SFrame({"features": SArray(bench.queries)})
    one, some = many[0:1], many[0:20]
    radius = max(model.query(one, k=100)["distance"])
    bench.in_passes("one query, k=10", lambda: model.query(one, k=10), limit="1.3 passes")
    within = partial(model.query, one, k=None, radius=radius)
    bench.in_passes("one query, radius with 100 inside", within)
    bench.in_passes("one query, k=None", lambda: model.query(one, k=None), 5)
    bench.in_passes("20 queries, k=10", lambda: model.query(some, k=10), 5)
    for what, options in (("k=10", {"k": 10}), ("radius", {"k": None, "radius": radius})):
        seconds = best(partial(model.query, many, **options), 3)
        figure = f"{seconds:.2f} s, {bench.gigaflops(seconds)}"
        row(f"{QUERIES:,} queries, {what}", figure, "half the rate: 2.00", seconds / bench.plain)
    megabytes = peak_megabytes(lambda: model.query(many, k=10))
    row("memory of that", f"{megabytes:.0f} MB", "", megabytes / (bench.matrix.nbytes / 1e6))
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder, "model"))
        row("save, which makes codes", f"{best(lambda: model.save(place), 1):.2f} s")
        row("load_model", f"{1e3 * best(lambda: load_model(place)):.1f} ms", "200 ms")
        loaded = load_model(place)
        seconds = best(lambda: loaded.query(one, k=10), 1)
        row(
            "its first query, which verifies", f"{1e3 * seconds:.0f} ms", "", seconds / bench.passed
        )
        bench.in_passes("its next query", lambda: loaded.query(one, k=10), limit="1.3 passes")


def measure_helpers(bench: Bench) -> None:
    """Print what the helpers add to a query of the model: rows, and the query left out."""
    features = NamedFeatures.from_features(bench.matrix, DEFAULT)
    paths = [f"folder/picture-{number}.jpg" for number in range(len(bench.matrix))]
    data = SFrame({"id": SArray(range(len(paths))), "path": SArray(paths)})
    data = data.add_column(SArray(features), "features")
    model = lookalike.build_model(data, DEFAULT, verbose=False)
    one, row_ = data[5:6], data[5]
    search = lookalike.exploring.searcher(model, data)
    for name, k, whole in (
        ("find_similar with a row", 10, lambda: lookalike.find_similar(model, row_)),
        ("find_similar with a path", 10, lambda: lookalike.find_similar(model, row_["path"])),
        ("the explorer's click", 24, lambda: search(row_, 24)),
    ):
        whole()
        asked = partial(model.query, one, k=k, verbose=False)
        bench.against(f"{name}, to model.query", whole, asked, 15, "1.50")


def measure_search(bench: Bench) -> None:
    """Print what codes and centring cost, and what equal rows do."""
    matrix, query = bench.matrix, bench.queries[:1]
    lengths = np.linalg.norm(bench.matrix, axis=1, keepdims=True)
    never = Tuning(codes_from=matrix.size + 1)
    bench.against(
        "a first search, to one that never has codes",
        lambda: ExactSearch(matrix).neighbors(query, 10, None),
        lambda: ExactSearch(matrix, tuning=never).neighbors(query, 10, None),
        5,
        "1.10",
    )
    plain = ExactSearch(matrix, tuning=never)
    coded = ExactSearch(matrix)
    row("making codes, on all cores", f"{best(coded.to_arrays, 1):.2f} s")
    bench.against(
        "a search by codes, to one without",
        lambda: coded.neighbors(query, 10, None),
        lambda: plain.neighbors(query, 10, None),
    )
    unit = matrix / lengths
    started = time.perf_counter()
    centre = centre_of(unit)
    row("centre_of", f"{time.perf_counter() - started:.2f} s")
    for what, tuning in (("", never), (" by codes", Tuning(codes_from=0))):
        centred = ExactSearch(unit, centre=centre, tuning=tuning)
        usual = ExactSearch(unit, tuning=tuning)
        for search in (centred, usual):
            search.to_arrays()
        for count in (1, 512):
            bench.against(
                f"centred search{what}, {count} queries, to one that is not",
                partial(centred.neighbors, unit[:count], 10, None),
                partial(usual.neighbors, unit[:count], 10, None),
                5,
            )
    matrix = np.broadcast_to(matrix[:1], matrix.shape)
    equal = ExactSearch(matrix)
    seconds = best(lambda: equal.neighbors(matrix[:512], 10, None), 1)
    row(f"512 queries among {len(matrix):,} equal rows", f"{seconds:.1f} s")
    megabytes = peak_megabytes(lambda: ExactSearch(matrix).neighbors(matrix[:512], 10, None))
    row("memory of that", f"{megabytes:.0f} MB")


def measure_pairs(bench: Bench, rows: int) -> None:
    """Print what it takes to compare all rows, and all hashes, with each other."""
    part = bench.matrix[:rows]
    ideal = len(part) ** 2 / bench.rate
    seconds = best(lambda: nearest_others(part), 1 if rows > GRAPH_ROWS else 3)
    what = f"all pairs of {len(part):,} rows, to their products"
    row(what, f"{seconds:.1f} s", "300 s for 100,000", seconds / ideal)
    part = part[:GRAPH_ROWS]
    megabytes = peak_megabytes(lambda: nearest_others(part))
    row(f"memory of all pairs of {len(part):,}", f"{megabytes:.0f} MB")
    random = np.random.default_rng(0)
    hashes = random.integers(2**64, size=100_000, dtype=np.uint64)
    row("near pairs of 100,000 hashes", f"{best(lambda: near_hashes(hashes), 1):.2f} s")
    # As pictures with much plain ground have: half of the bits are the same.
    hashes[::2] &= np.uint64(2**32 - 1)
    seconds = best(lambda: near_hashes(hashes), 1)
    row("the same, half of them alike in 32 bits", f"{seconds:.2f} s")


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
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--million", action="store_true")
    arguments = parser.parse_args()
    print(
        f"{arguments.rows:,} x {WIDTH} float32, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}\n"
    )
    print("| what | measured | ratio | at most |\n| --- | --- | --- | --- |")
    bench = Bench(arguments.rows)
    measure_model(bench)
    measure_helpers(bench)
    measure_search(bench)
    measure_pairs(bench, arguments.rows if arguments.pairs else GRAPH_ROWS)
    if arguments.million:
        measure_million()


if __name__ == "__main__":
    main()
