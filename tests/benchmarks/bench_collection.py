"""A collection of any size: create, create again, load, query, and memory.

``python tests/benchmarks/bench_collection.py 1000 10000 [100000]`` makes collections of these sizes
from the sample pictures, measures each in a process of its own, prints a table, and writes it and
a plot beside this file. The largest takes half an hour; what was measured for other sizes before
stays in the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image, ImageOps

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "image"
RESULTS = HERE / "collection.json"
FIGURES = {
    "create": ("create", "s"),
    "pictures_per_second": ("pictures/s", ""),
    "create_again": ("create again", "s"),
    "save": ("save", "s"),
    "load": ("load", "ms"),
    "query_first": ("first query of a loaded model", "ms"),
    "query_known": ("query, a picture of the collection", "ms"),
    "query_new": ("query, a new picture", "ms"),
    "megabytes": ("peak memory of create", "MB"),
    "megabytes_of_all": ("peak memory of all", "MB"),
    "store_megabytes": ("feature store", "MB"),
}
# In which of them growth is a cost.
COSTS = ("create", "create_again", "load", "query_known", "megabytes")


def make_collection(folder: Path, count: int) -> None:
    """Write pictures, each a cut-out of a sample in its own colours, a thousand in a subfolder."""
    samples = sorted(SAMPLES.glob("*/*.*"))
    parts = range(0, count, 1000)
    with ProcessPoolExecutor() as pool:
        for start in parts:
            numbers = range(start, min(start + 1000, count))
            pool.submit(_make_part, folder / f"{start // 1000:04}", samples, numbers)


def _make_part(folder: Path, samples: list[Path], numbers: range) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        rng = random.Random(number)
        with Image.open(rng.choice(samples)) as sample:
            picture = sample.convert("RGB")
        width, height = (round(side * rng.uniform(0.6, 1)) for side in picture.size)
        left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
        picture = picture.crop((left, top, left + width, top + height))
        if rng.random() < 0.5:
            picture = ImageOps.mirror(picture)
        bands = list(picture.split())
        rng.shuffle(bands)
        picture = Image.merge("RGB", bands)
        picture.save(folder / f"picture-{number:06}.jpg", quality=85)


def measure(folder: Path, count: int) -> dict[str, float]:
    """Measure one collection, in this process."""
    import lookalike
    from lookalike import tc

    figures: dict[str, float] = {}

    def timed(name, work, unit=1.0):
        start = time.perf_counter()
        result = work()
        figures[name] = (time.perf_counter() - start) * unit
        return result

    data = lookalike.load_images(folder)
    store = folder.parent / f"store-{count}.sqlite"
    model = timed("create", lambda: tc.image_similarity.create(data, label="id", cache=store))
    figures["pictures_per_second"] = count / figures["create"]
    figures["megabytes"] = peak_megabytes()
    figures["store_megabytes"] = store.stat().st_size / 1e6
    del model
    model = timed("create_again", lambda: tc.image_similarity.create(data, label="id", cache=store))
    location = folder.parent / f"model-{count}"
    timed("save", lambda: model.save(str(location)))
    del model
    model = timed("load", lambda: tc.load_model(str(location)), 1000)
    new = next(iter(sorted(SAMPLES.glob("cats/*.jpg"))))
    timed("query_first", lambda: model.query(data[0:1], k=10, verbose=False), 1000)
    # Twice: the first loads the network.
    for _ in range(2):
        timed("query_known", lambda: model.query(data[0:1], k=10, verbose=False), 1000)
        timed("query_new", lambda: model.query(tc.Image(str(new)), k=10, verbose=False), 1000)
    figures["megabytes_of_all"] = peak_megabytes()
    return figures


def peak_megabytes() -> float:
    """Return the most memory that this process had so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def measure_apart(count: int, folder: Path) -> dict[str, float]:
    """Make a collection and measure it in a process of its own."""
    print(f"making {count} pictures ...", flush=True)
    make_collection(folder / str(count), count)
    command = [sys.executable, __file__, "--measure", str(folder / str(count)), str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def table(results: dict[int, dict[str, float]]) -> str:
    """Return the results as Markdown, with the growth from one size to the next."""
    sizes = sorted(results)
    lines = [
        "| pictures | " + " | ".join(f"{size:,}" for size in sizes) + " |",
        "| --- |" + " ---: |" * len(sizes),
    ]
    for name, (text, unit) in FIGURES.items():
        cells = [f"{results[size][name]:,.4g} {unit}".strip() for size in sizes]
        lines.append(f"| {text} | " + " | ".join(cells) + " |")
    for name in COSTS:
        cells = ["", *(growth(results, name, *pair) for pair in zip(sizes, sizes[1:]))]
        lines.append(f"| growth of {FIGURES[name][0]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def growth(results: dict[int, dict[str, float]], name: str, small: int, large: int) -> str:
    """Return how often a cost grew while the collection grew so often."""
    return f"x {results[large][name] / results[small][name]:.2g} of x {large / small:.2g}"


def plot(results: dict[int, dict[str, float]], path: Path) -> None:
    """Draw the costs against the size, both on logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = sorted(results)
    figure, axes = pyplot.subplots(1, len(COSTS), figsize=(3 * len(COSTS), 3), tight_layout=True)
    for axis, name in zip(axes, COSTS):
        text, unit = FIGURES[name]
        axis.loglog(sizes, [results[size][name] for size in sizes], marker="o")
        axis.set(title=f"{text} ({unit})", xlabel="pictures")
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.sizes[0])))
        return
    results = {}
    if RESULTS.exists():
        results = {int(size): kept for size, kept in json.loads(RESULTS.read_text()).items()}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOOKALIKE_CACHE"] = folder
        for size in options.sizes:
            results[size] = measure_apart(size, Path(folder))
            print(table(results), flush=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    heading = (
        f"Measured by `python tests/benchmarks/bench_collection.py` on {os.cpu_count()} cores "
        f"({platform.machine()}), Python {platform.python_version()}.\n\n"
    )
    (HERE / "collection.md").write_text(heading + table(results) + "\n")
    plot(results, HERE / "collection.png")


if __name__ == "__main__":
    main()
