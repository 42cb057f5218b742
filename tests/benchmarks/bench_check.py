"""What got slower: the ratios of a run of two minutes, beside those that the repository keeps.

``python tests/benchmarks/bench_check.py`` exits with 1, and names what it is, where a ratio is more
than a fifth above the one in ``ratios.json``; ``--keep`` writes that file. Each ratio is of two
times of the same run, taken by turns, so that the machine's speed and its other work matter little.
What seems to be slower is measured again before it is called so.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterator

import bench_cli
import bench_pipeline
import bench_search
import numpy as np

import lookalike
from lookalike import portable
from lookalike.networks.catalogue import EFFICIENTNET_LITE0, EFFICIENTNET_LITE2
from lookalike.networks.extractor import FeatureExtractor
from lookalike.networks.session import open_session

KEPT = Path(__file__).with_name("ratios.json")
WORSE = 1.2
TRIES = 3
ROWS = 20_000
PAIRS = 5_000


def by_turns(asked: Callable[[], Any], other: Callable[[], Any], times: int = 10) -> float:
    """Return the ratio of two calls' least times."""
    pairs = [(bench_search.best(asked, 1), bench_search.best(other, 1)) for _ in range(times)]
    first, second = map(min, zip(*pairs))
    return first / second


def search() -> dict[str, float]:
    """Measure queries, helpers, codes and pairs, in passes and products over one matrix."""
    bench_search.RATIOS.clear()
    bench = bench_search.Bench(ROWS)
    bench_search.measure_model(bench)
    bench_search.measure_helpers(bench)
    bench_search.measure_search(bench)
    bench_search.measure_pairs(bench, PAIRS)
    return dict(bench_search.RATIOS)


def pictures() -> dict[str, float]:
    """Measure the way from files to answers, against its parts."""
    with tempfile.TemporaryDirectory() as folder:
        data = portable.image_analysis.load_images(bench_pipeline.SAMPLES)
        create = partial(portable.image_similarity.create, data, verbose=False)
        store = Path(folder, "store.sqlite")
        model = create(cache=store)
        extractor = FeatureExtractor(model.feature_extractor.network)
        *_, share = bench_pipeline.rates(extractor, list(data["image"]))
        extract = partial(extractor.extract, list(data["image"]))
        size = EFFICIENTNET_LITE0, EFFICIENTNET_LITE2
        small, large = (partial(open_session(one).features, pixels(one)) for one in size)
        copies = partial(lookalike.find_duplicates, model, verbose=False)
        seconds = partial(bench_cli.seconds, cache=folder)
        find = partial(seconds, "-m", "lookalike", "find", data[0]["path"], str(bench_pipeline.SAMPLES))
        return {
            "extraction, to the longer of decoding and network": 1 / share,
            "create, to extraction": by_turns(partial(create, cache=False), extract, 3),
            "create with known features, to create": by_turns(
                partial(create, cache=store), partial(create, cache=False), 3
            ),
            "Lite0, to Lite2": by_turns(small, large, 50),
            "find_duplicates, to extraction": by_turns(copies, extract, 3),
            "lookalike --version, to python": by_turns(
                partial(seconds, "-m", "lookalike", "--version"), partial(seconds, "-c", "")
            ),
            "lookalike find, to importing NumPy and ONNX Runtime": by_turns(
                find, partial(seconds, "-c", "import numpy, onnxruntime")
            ),
        }


def pixels(network: Any) -> np.ndarray:
    _, height, width = open_session(network).input_shape
    return np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)


def measured() -> dict[str, float]:
    return {**search(), **pictures()}


def worse(found: dict[str, float], kept: dict[str, float]) -> Iterator[str]:
    """Yield a line for each ratio that is more than a fifth above what it was."""
    for what, ratio in found.items():
        if ratio > WORSE * kept.get(what, ratio):
            yield f"{what}: {ratio:.2f}, and was {kept[what]:.2f}"


if __name__ == "__main__":
    pass
