"""What got slower: the ratios of a run of two minutes, beside those that the repository keeps.

``make bench-check`` exits with 1, and names what it is, where a ratio is more than a fifth above
the one in ``ratios.json``; ``make bench-check KEEP=1`` writes that file. Each ratio is of the least
times of two calls, taken by turns. Counted is the processor's time on one thread, so that neither
the machine's speed nor its other work matters much; how well all cores are used is for ``make
bench``. What seems slower is measured again before it is called so.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable

import bench_cli
import bench_search
import numpy as np

import lookalike
from lookalike import portable
from lookalike.networks.catalogue import EFFICIENTNET_LITE0, EFFICIENTNET_LITE2
from lookalike.networks.extractor import FeatureExtractor
from lookalike.networks.session import open_session

SAMPLES = Path(__file__).parents[2] / "image"
KEPT = Path(__file__).with_name("ratios.json")
WORSE = 1.2
# Runs to keep, of which the median counts; and runs at most before something is called slower.
RUNS = 3
ROWS = 20_000
PAIRS = 5_000


def processor_time() -> float:
    """Return the seconds that this process and those that it ended have computed."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def by_turns(asked: Callable[[], Any], other: Callable[[], Any], times: int = 10) -> float:
    """Return the ratio of two calls' least times."""
    pairs = [(bench_search.best(asked, 1), bench_search.best(other, 1)) for _ in range(times)]
    first, second = map(min, zip(*pairs))
    return first / second


def measure_search() -> dict[str, float]:
    """Measure queries, helpers, codes and pairs, against passes and products over one matrix."""
    bench = bench_search.Bench(ROWS)
    bench_search.measure_model(bench)
    bench_search.measure_helpers(bench)
    bench_search.measure_search(bench)
    search = bench_search.ExactSearch(bench.matrix)
    many, part = bench.queries[:200], bench.matrix[:PAIRS]
    return {
        **bench.ratios,
        "200 queries, to their products": by_turns(
            lambda: search.neighbors(many, 10, None), lambda: bench.matrix @ many.T
        ),
        "all pairs of 5,000 rows, to their products": by_turns(
            lambda: bench_search.nearest_others(part), lambda: part @ part.T, 5
        ),
    }


def measure_pictures(folder: str) -> dict[str, float]:
    """Measure the way from files to answers, against its parts."""
    data = portable.image_analysis.load_images(SAMPLES)
    create = partial(portable.image_similarity.create, data, verbose=False)
    store = Path(folder, "store.sqlite")
    model = create(cache=store)
    extractor = FeatureExtractor(model.feature_extractor.network)
    images = list(data["image"])
    extract = partial(extractor.extract, images)
    session = open_session(extractor.network)
    _, height, width = session.input_shape
    copies = partial(lookalike.find_duplicates, model, verbose=False)
    python = partial(bench_cli.seconds, cache=folder)
    find = ("-m", "lookalike", "find", data[0]["path"], str(SAMPLES))
    return {
        "extraction, to decoding and the network alone": by_turns(
            extract,
            lambda: [
                session.features(image.to_network_input(height, width)[None]) for image in images
            ],
            3,
        ),
        "create, to extraction": by_turns(partial(create, cache=False), extract, 3),
        "create with known features, to load_images": by_turns(
            partial(create, cache=store),
            lambda: portable.image_analysis.load_images(SAMPLES),
        ),
        "find_duplicates, to create with known features": by_turns(
            copies, partial(create, cache=store)
        ),
        "the smaller network, to the larger": by_turns(
            *map(forward, (EFFICIENTNET_LITE0, EFFICIENTNET_LITE2)), 50
        ),
        "lookalike find, to importing what it needs": by_turns(
            partial(python, *find), partial(python, "-c", "import numpy, onnxruntime, PIL")
        ),
    }


def forward(network: Any) -> Callable[[], Any]:
    """Return a call of a network with one picture of noise."""
    session = open_session(network)
    _, height, width = session.input_shape
    noise = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    return partial(session.features, noise)


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        return {**measure_search(), **measure_pictures(folder)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="write ratios.json anew")
    keep = parser.parse_args().keep
    bench_search.clock = processor_time
    if keep:
        runs = [measure() for _ in range(RUNS)]
        kept = {what: round(statistics.median(run[what] for run in runs), 3) for what in runs[0]}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        return 0
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    found: dict[str, float] = {}
    for _ in range(RUNS):
        found = {what: min(ratio, found.get(what, ratio)) for what, ratio in measure().items()}
        slower = [what for what in found if found[what] > WORSE * kept.get(what, found[what])]
        if not slower:
            break
    print("\n| what | kept | now |\n| --- | ---: | ---: |")
    for what, ratio in found.items():
        print(f"| {what} | {kept.get(what, '')} | {ratio:.3f} |")
    for what in slower:
        print(f"Worse by more than a fifth: {what}")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
