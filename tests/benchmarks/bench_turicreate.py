"""Both engines on this machine, in one run: time and memory side by side.

``python tests/benchmarks/bench_turicreate.py [FOLDER]``, with a Python that has Turi Create, prints
a Markdown table. FOLDER is by default the tutorial's originals where LOOKALIKE_TUTORIAL_IMAGES says
where they are, else ``image/``. Each engine works in a process of its own, whose peak memory is
told. The network is what lies in Turi Create's cache (in CI EfficientNet-Lite0 averaged, in Keras's
format) against the same one as an ONNX file; then ResNet-50, the default of both where it was
downloaded, with random weights, since its speed does not depend on the numbers in it; then each
engine's own default, which here is the bundled one.
"""

from __future__ import annotations

import array
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import numpy as np

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "image"
ENGINES = ("turicreate", "portable")
ROWS = (10_000, 100_000)
LENGTH = 2048
BLOCK = 1000
QUERIES, ROUNDS = 100, 7
# Bytes, which is what Linux counts in; macOS counts single bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure_pictures(engine: str, folder: str, network: str) -> dict[str, float]:
    """Load, create and extract, in this order: creating pays for what is loaded once."""
    import lookalike
    from lookalike import tc

    def load() -> Any:
        data = tc.image_analysis.load_images(folder)
        data.materialize()
        return data

    if network.endswith("averaged.onnx"):
        half = (127.5, 127.5, 127.5)
        network = lookalike.Network(network, mean=half, std=half)
    options: dict[str, Any] = {} if engine == "turicreate" else {"model": network, "cache": False}
    load_seconds, data = timed(load)
    create, model = timed(lambda: tc.image_similarity.create(data, verbose=False, **options))
    if engine == "turicreate":
        extract, _ = timed(lambda: model.feature_extractor.extract_features(data, "image"))
    else:
        images = list(data["image"])
        extract, _ = timed(lambda: model.feature_extractor.extract(images))
    return {"load": load_seconds, "create": create, "extract": len(data) / extract}


def measure_search(engine: str, rows: int) -> dict[str, float]:
    """Search random features: the first query, the median of several, a hundred in one call."""
    from lookalike import tc

    random = np.random.default_rng(0)
    blocks = (random.random((BLOCK, LENGTH), np.float32) for _ in range(rows // BLOCK))
    if engine == "turicreate":
        # A list of all rows would count as its memory.
        builder = tc.SArrayBuilder(array.array)
        for block in blocks:
            builder.append_multiple([array.array("d", row) for row in block])
        features = builder.close()
    else:
        matrix = np.empty((rows, LENGTH), np.float32)
        for number, block in enumerate(blocks):
            matrix[number * BLOCK : (number + 1) * BLOCK] = block
        features = tc.SArray(matrix)
    data = tc.SFrame({"features": features})
    create, model = timed(lambda: tc.nearest_neighbors.create(data, verbose=False))

    def query(count: int) -> float:
        part = data[:count]
        return timed(lambda: list(model.query(part, k=10, verbose=False)))[0]

    found = {
        "create": create,
        "the first query": query(1),
        "one query": statistics.median(query(1) for _ in range(ROUNDS)),
        "100 queries": query(QUERIES),
    }
    if engine == "portable":
        passes = (timed(lambda: matrix @ matrix[0])[0] for _ in range(ROUNDS))
        found["one pass"] = statistics.median(passes)
    return found


def in_its_own_process(engine: str, *arguments: object, cache: str | None = None) -> dict:
    """Measure one thing with one engine, in a process that has done nothing before."""
    environment = {**os.environ, "LOOKALIKE_BACKEND": engine}
    if cache is not None:
        environment["TURI_CACHE_FILE_LOCATIONS"] = cache
    command = [sys.executable, __file__, "--measure", engine, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    # The last line: Keras prints whatever it is told.
    return json.loads(done.stdout.splitlines()[-1])


def measure(engine: str, *arguments: str) -> None:
    if len(arguments) == 1:
        found = measure_search(engine, int(arguments[0]))
    else:
        found = measure_pictures(engine, *arguments)
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
    print("\n" + json.dumps(found))


def random_resnet_50(folder: Path) -> tuple[str, str]:
    """Write ResNet-50 for both engines: Turi Create's cache, and an ONNX file."""
    import zoo
    from tensorflow import keras

    cache = folder / "cache"
    (cache / "model_cache").mkdir(parents=True)
    network = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(224, 224, 3), pooling="avg"
    )
    network.compile()
    network.save(cache / "model_cache" / "resnet-50-TuriCreate-6.0.h5")
    return str(cache), str(zoo.save(zoo.resnet50()[0], folder / "resnet-50.onnx"))


def row(what: str, values: list[float], unit: str, more_is_better: bool = False) -> str:
    """Return a line of the table; its last cell says how many times better the portable one is."""
    shown = []
    for value in values:
        if unit == "s":
            text = f"{value:.1f} s" if value >= 1 else f"{1000 * value:.1f} ms"
        else:
            text = f"{value / 1e6:,.0f} MB" if unit == "MB" else f"{value:.0f} {unit}"
        shown.append(text)
    theirs, ours = values
    times = ours / theirs if more_is_better else theirs / ours
    return f"| {what} | {shown[0]} | {shown[1]} | {times:.{0 if times >= 10 else 1}f} |"


def lines_of_pictures(title: str, runs: list[dict[str, float]]) -> list[str]:
    return [
        row(f"{title}: create", [run["create"] for run in runs], "s"),
        row(f"{title}: extract", [run["extract"] for run in runs], "pictures/s", True),
        row(f"{title}: peak memory", [run["memory"] for run in runs], "MB"),
    ]


def main(folder: str) -> None:
    default = in_its_own_process("portable", folder, "efficientnet-lite2")
    with tempfile.TemporaryDirectory() as scratch:
        sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]
        from stand_in import averaged_lite0

        same = averaged_lite0(Path(scratch)).file
        pictures = [in_its_own_process(e, folder, same) for e in ENGINES]
        cache, onnx = random_resnet_50(Path(scratch))
        deeper = [in_its_own_process(e, folder, onnx, cache=cache) for e in ENGINES]
    count = sum(path.is_file() for path in Path(folder).rglob("*.*"))
    import onnxruntime
    import tensorflow

    versions = f"TensorFlow {tensorflow.__version__}, ONNX Runtime {onnxruntime.__version__}"
    print(f"{count} pictures, {os.cpu_count()} cores, {versions}, Python {sys.version[:6]}\n")
    print("| what | Turi Create 6.4.1 | portable | times better |")
    print("| --- | ---: | ---: | ---: |")
    print(row("load", [run["load"] for run in pictures], "s"))
    print(*lines_of_pictures("the same network", pictures), sep="\n")
    print(*lines_of_pictures("ResNet-50", deeper), sep="\n")
    both = [deeper[0], default]
    print(row("each one's default: create", [run["create"] for run in both], "s"))
    searches = {rows: [in_its_own_process(engine, rows) for engine in ENGINES] for rows in ROWS}
    for rows, runs in searches.items():
        name = f"{rows:,} x {LENGTH}"
        for what in ("create", "the first query", "one query", "100 queries"):
            print(row(f"{name}: {what}", [run[what] for run in runs], "s"))
        print(row(f"{name}: peak memory", [run["memory"] for run in runs], "MB"))
    _, portable = searches[ROWS[-1]]
    one_pass = f"{1000 * portable['one pass']:.1f} ms"
    print(f"\nOne pass over {ROWS[-1]:,} rows of float32 (X @ q) takes {one_pass} here.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        originals = os.environ.get("LOOKALIKE_TUTORIAL_IMAGES")
        main(sys.argv[1] if len(sys.argv) > 1 else originals or str(SAMPLES))
