"""The pipeline: decoding, resizing and the network alone, all together, and what a user waits for.

``python tests/benchmarks/bench_pipeline.py [FOLDER]`` measures a folder, by default the tutorial's
originals where LOOKALIKE_TUTORIAL_IMAGES says where they are, else ``image/``; with
``--pictures N``, as many JPEGs of a camera's size, which are made for it. What takes a seconds by
itself, and then b, takes a + b together at best, since either alone keeps all cores busy: end to
end must reach 85% of that rate. The shares of decoding, resizing and the network are of their sum.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Iterable

from PIL import Image, ImageDraw

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "image"
CAMERA = (4000, 3000)
LEAST_SHARE = 0.85
# Pictures that are decoded before the clock starts and held in memory, 150 KB each.
MOST_AT_ONCE = 200
ROUNDS = 7
QUERIES = 20


def make_photos(folder: Path, count: int) -> None:
    """Write JPEGs of a camera's size: shapes, and grain that takes a camera's time to decode."""
    rng = random.Random(0)
    for number in range(count):
        photo = Image.effect_noise((CAMERA[0] // 4, CAMERA[1] // 4), 60).convert("RGB")
        photo = photo.resize(CAMERA, Image.Resampling.BICUBIC)
        canvas = ImageDraw.Draw(photo)
        for _ in range(12):
            x, y = rng.randrange(CAMERA[0]), rng.randrange(CAMERA[1])
            box = (x, y, x + rng.randrange(50, 900), y + rng.randrange(50, 900))
            canvas.ellipse(box, fill=f"hsl({rng.randrange(360)}, 70%, 50%)")
        photo.save(folder / f"photo-{number:04}.jpg", quality=90)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure(folder: Path) -> dict[str, str]:
    """Return what was measured, by what it is. What comes first pays for what is loaded once."""
    from lookalike import portable
    from lookalike.networks.extractor import FeatureExtractor

    load, data = timed(lambda: portable.image_analysis.load_images(folder))
    create, model = timed(
        lambda: portable.image_similarity.create(data, verbose=False, cache=False)
    )
    queries = [
        timed(lambda row=row: model.query(data[row : row + 1], k=10, verbose=False))[0]
        for row in range(min(QUERIES, len(data)))
    ]
    extractor = FeatureExtractor(model.feature_extractor.network)
    pictures = list(data["image"])[:MOST_AT_ONCE]
    decoding, resizing, network, both, share = rates(extractor, pictures)
    whole = decoding + resizing + network
    return {
        "pictures": f"{len(data)}, through {extractor.network.name} on {extractor.threads} cores",
        "load": f"{load:.3f} s",
        "create, whole": f"{create:.2f} s",
        "one query": f"{1000 * statistics.median(queries):.1f} ms",
        "decoding and resizing alone": f"{1 / (decoding + resizing):.0f} pictures/s",
        "the network alone": f"{1 / network:.0f} pictures/s",
        "possible together": f"{1 / whole:.0f} pictures/s",
        "end to end": f"{1 / both:.0f} pictures/s",
        "share of what is possible": f"{share:.2f} (at least {LEAST_SHARE})",
        "decoding, resizing, network": " + ".join(
            f"{part / whole:.0%}" for part in (decoding, resizing, network)
        ),
    }


def rates(extractor: Any, pictures: list[Any]) -> tuple[float, ...]:
    """Return seconds for a picture, decoded, resized, through the network, and end to end.

    And the share of what is possible; all in turns, as the machine has its moods.
    """
    from lookalike.networks.session import open_session

    session = open_session(extractor.network)
    _, height, width = session.input_shape
    decoded = [picture.to_network_input(height, width) for picture in pictures]
    # As `to_network_input` decodes.
    enough = max(height, width)

    def on_all_cores(work: Callable[[Any], Any], items: Iterable[Any]) -> None:
        with ThreadPoolExecutor(extractor.threads) as pool:
            for _ in pool.map(work, items):
                pass

    steps: list[Callable[[], Any]] = [
        lambda: on_all_cores(lambda one: one.to_pil(at_least=enough), pictures),
        lambda: on_all_cores(lambda one: one.to_network_input(height, width), pictures),
        lambda: on_all_cores(lambda pixels: session.features(pixels[None]), decoded),
        lambda: extractor.extract(pictures),
    ]
    rounds = [[timed(step)[0] for step in steps] for _ in range(ROUNDS)]
    share = statistics.median((a + b) / together for _, a, b, together in rounds)
    decoding, resized, network, both = (
        statistics.median(seconds) / len(pictures) for seconds in zip(*rounds)
    )
    return decoding, resized - decoding, network, both, share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("LOOKALIKE_TUTORIAL_IMAGES", str(SAMPLES))
    parser.add_argument("folder", nargs="?", default=default, help="pictures to measure with")
    parser.add_argument("--pictures", type=int, metavar="N", help="make N of a camera's size")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.folder)
        if options.pictures:
            folder = Path(scratch)
            make_photos(folder, options.pictures)
        rows = measure(folder).items()
    print("| what | measured |\n| --- | --- |")
    print("\n".join(f"| {what} | {measured} |" for what, measured in rows))


if __name__ == "__main__":
    main()
