"""How good the answers of each network are, and how long they take, side by side in one run.

``python tests/benchmarks/bench_answers.py [FOLDER ...]`` prints a table for each FOLDER, whose
subfolders say what its pictures show. Without a FOLDER it takes those in the folder that
LOOKALIKE_COLLECTIONS names, and the tutorial's originals where LOOKALIKE_TUTORIAL_IMAGES says where
they are. Each picture in turn is the query, all others are ranked:

- mAP is the mean average precision over all ranks, P@9 the share of the nine nearest that are of
  the query's family, R@1 the share of queries whose nearest is, all in percent;
- "centred" are features of length 1, less their mean, made length 1 again;
- seconds are from files to features, on all cores, with nothing in the store.

The networks are those of the catalogue that are on this machine, and before them the one that was
the default before: EfficientNet-Lite0 in float32, averaged.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]

from answers import Answers, Collection, answers, centred, collections_in  # noqa: E402
from stand_in import averaged_lite0  # noqa: E402

from lookalike.networks.catalogue import NETWORKS  # noqa: E402
from lookalike.networks.extractor import available_cores  # noqa: E402
from lookalike.networks.network import Network  # noqa: E402

HEAD = "| network | mAP | P@9 | R@1 | centred: mAP | P@9 | R@1 | seconds |"


class Line(NamedTuple):
    """What one network did on one collection."""

    plain: Answers
    centred: Answers
    seconds: float

    def __str__(self) -> str:
        shares = " | ".join(f"{100 * share:.1f}" for share in (*self.plain, *self.centred))
        return f"{shares} | {self.seconds:.1f}"


def measure(network: Network, collection: Collection) -> Line:
    features, seconds = collection.features(network)
    plain = answers(features, collection.families)
    return Line(plain, answers(centred(features), collection.families), seconds)


def mean(lines: list[Line]) -> Line:
    """Return the mean of shares over collections, each as one, and the sum of seconds."""
    plain, centred = (
        Answers(*map(statistics.mean, zip(*(getattr(line, what) for line in lines))))
        for what in ("plain", "centred")
    )
    return Line(plain, centred, sum(line.seconds for line in lines))


def table(title: str, lines: dict[str, Line]) -> str:
    rows = [f"| {name} | {line} |" for name, line in lines.items()]
    return "\n".join([f"{title}\n", HEAD, "| --- |" + " ---: |" * 7, *rows, ""])


def compare(collections: list[Collection], networks: list[Network]) -> None:
    """Print a table for each collection, and one of their mean."""
    found = []
    for collection in collections:
        lines = {network.name: measure(network, collection) for network in networks}
        pictures, families = len(collection.paths), len(set(collection.families))
        print(table(f"{collection.name}: {pictures} pictures, {families} families", lines))
        found.append(lines)
    if len(found) > 1:
        means = {one.name: mean([lines[one.name] for lines in found]) for one in networks}
        print(table(f"The mean of these {len(found)}", means))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of labelled folders")
    folders = parser.parse_args().folders
    collections = [Collection(folder) for folder in folders]
    if not folders and os.environ.get("LOOKALIKE_COLLECTIONS"):
        collections = collections_in(Path(os.environ["LOOKALIKE_COLLECTIONS"]))
    originals = None if folders else os.environ.get("LOOKALIKE_TUTORIAL_IMAGES")
    if not collections and not originals:
        parser.exit(1, "Name a folder of labelled folders, or set LOOKALIKE_COLLECTIONS.\n")
    with tempfile.TemporaryDirectory() as scratch:
        networks = [averaged_lite0(Path(scratch))]
        networks += [network for network in NETWORKS.values() if network.is_here]
        print(f"{available_cores()} cores\n")
        compare(collections, networks)
        if originals:
            compare([Collection(Path(originals))], networks)


if __name__ == "__main__":
    main()
