"""Each network of the catalogue: how long it takes to load, and how many pictures it does a second.

``python tests/benchmarks/bench_networks.py`` prints a table. The zoo's networks, which are not
downloaded for it, run with random weights: their speed does not depend on the numbers in them.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from lookalike.networks.catalogue import NETWORKS, RESNET_50, SQUEEZENET
from lookalike.networks.extractor import FeatureExtractor
from lookalike.networks.network import Network
from lookalike.networks.provider import chosen_provider
from lookalike.networks.record import NetworkRecord
from lookalike.networks.session import Session, open_session
from lookalike.portable import Image
from lookalike.runtime import available_cores

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "image"
SECONDS = 5.0
TIMES = 3

sys.path.insert(0, str(HERE.parent))
import zoo  # noqa: E402 - it lies beside the tests


def stand_ins(folder: Path) -> list[tuple[NetworkRecord, NetworkRecord]]:
    """Return each record of the catalogue, and the network that runs in its place."""
    pairs = [(network, network) for network in NETWORKS.values() if network.bundled]
    for record, build in ((RESNET_50, zoo.resnet50), (SQUEEZENET, zoo.squeezenet)):
        path = zoo.save(build()[0], folder / record.file)
        pairs.append((record, Network(str(path))))
    return pairs


def load_seconds(network: NetworkRecord) -> float:
    start = time.perf_counter()
    Session(network, chosen_provider())
    return time.perf_counter() - start


def network_rate(network: NetworkRecord) -> float:
    """Pictures a second of the network alone, on all cores, once it is warm."""
    session = open_session(network)
    _, height, width = session.input_shape
    pixels = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    session.features(pixels)
    end = time.perf_counter() + SECONDS

    def work(_: int) -> int:
        done = 0
        while time.perf_counter() < end:
            session.features(pixels)
            done += 1
        return done

    with ThreadPoolExecutor(available_cores()) as pool:
        return sum(pool.map(work, range(available_cores()))) / SECONDS


def whole_rate(network: NetworkRecord) -> float:
    """Pictures a second from files to features, the best of several passes over the samples."""
    pictures = [Image.unread(str(path)) for path in sorted(SAMPLES.glob("*/*.*"))]
    extractor = FeatureExtractor(network)
    durations = []
    for _ in range(TIMES):
        start = time.perf_counter()
        extractor.extract(pictures)
        durations.append(time.perf_counter() - start)
    return len(pictures) / min(durations)


def main() -> None:
    print(f"{platform.machine()}, {available_cores()} cores\n")
    print("| network | features | MB | loads in | network alone | from files |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for record, network in stand_ins(Path(folder)):
            figures = (
                f"`{record.name}`",
                record.num_features,
                record.megabytes,
                f"{load_seconds(network):.2f} s",
                f"{network_rate(network):.0f} images/s",
                f"{whole_rate(network):.0f} images/s",
            )
            print(f"| {' | '.join(map(str, figures))} |")


if __name__ == "__main__":
    main()
