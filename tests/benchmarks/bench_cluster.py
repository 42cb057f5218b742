"""Large collections: how fast pictures become features, and how a table of many rows is searched.

``python tests/benchmarks/bench_cluster.py [ROWS ...]`` prints two tables. The first has pictures/s
of ``create``, ``local`` and ``ray``, one after another in one run, on the pictures of the folder
that LOOKALIKE_COLLECTIONS names, or the sample pictures. The second is of ROWS rows (100,000) of
features of changed pictures, which are made once and kept in build/: by hand, 1000000 too, which
takes an hour or two of one core and 20 GB. Of each kind of index it prints

- insert and index: seconds, and the seconds that the recall was measured;
- query: milliseconds of a whole search for ten, the median of a hundred rows, one after another;
- read: MB and reads of one query; recall: against a flat scan; bytes: of table and index.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable

import numpy as np
import pyarrow as pa

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

from changed_pictures import changed_features  # noqa: E402

import lookalike  # noqa: E402
from lookalike import tc  # noqa: E402
from lookalike.distributed import shard, table  # noqa: E402
from lookalike.distributed.places import part_address, write_table  # noqa: E402
from lookalike.distributed.remote import RemoteModel  # noqa: E402
from lookalike.images.folder import pictures_in  # noqa: E402
from lookalike.networks.catalogue import find_network  # noqa: E402
from lookalike.portable.models.matching import Query  # noqa: E402

COLLECTIONS = Path(os.environ.get("LOOKALIKE_COLLECTIONS") or HERE.parent.parent / "image")
ROWS, QUERIES = 10_000, 100
MB = 1e6


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def pictures_per_second(scratch: Path) -> None:
    """Print how fast one machine's ``create`` is, and both runners."""
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    options = {"address": "local", "_node_ip_address": "127.0.0.1", "include_dashboard": False}
    ray.init(log_to_driver=False, **options)
    photos = tc.image_analysis.load_images(str(COLLECTIONS))
    count, rows = len(photos), -(-len(photos) // 8)

    def extracted(runner: str) -> Callable[[], Any]:
        place = str(scratch / runner)
        return lambda: lookalike.extract(COLLECTIONS, place, runner, rows=rows, verbose=False)

    # Ray starts its workers at the first task, which is not what a long run waits for.
    first, few = HERE.parent.parent / "image", {"rows": 20, "verbose": False}
    lookalike.extract(first, scratch / "first", "ray", **few)
    ways = {
        "create": lambda: tc.image_similarity.create(photos, verbose=False, cache=False),
        "local": extracted("local"),
        "ray": extracted("ray"),
    }
    print(f"{count:,} pictures\n\n| | pictures/s |\n| --- | ---: |")
    for name, way in ways.items():
        print(f"| {name} | {count / timed(way)[1]:.1f} |", flush=True)
    ray.shutdown()


def put_shards(out: str, blocks: Iterable[Any]) -> list[Any]:
    """Write features as ``extract_shard`` does, without pictures."""
    shards: list[Any] = []
    parts = (some[at : at + ROWS] for some in blocks for at in range(0, len(some), ROWS))
    for block in parts:
        number, start = len(shards), len(shards) * ROWS
        ids = np.arange(start, start + len(block))
        sums = np.rint(block.astype(np.float64) * shard.FIXED_POINT).astype(np.int64).sum(axis=0)
        outcome = shard.Outcome(number, len(block), 0, str(number), sums.tolist())
        rows = pa.table(
            {
                "id": ids,
                "path": [f"/photos/{row // 1000:06}/picture-{row:010}.jpg" for row in ids],
                "size": ids,
                "mtime": ids,
                "features": pa.FixedSizeListArray.from_arrays(block.ravel(), block.shape[1]),
                "hash": ids.astype(np.uint64),
                "failure": pa.nulls(len(ids), pa.string()),
            }
        )
        about = {"lookalike": shard.json.dumps(outcome)}
        write_table(part_address(out, shard.SHARDS, number), rows.replace_schema_metadata(about))
        shards.append(outcome)
    return shards


def bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def read_by(made: Any, query: Any, index: Any) -> Any:
    """Return Lance's statistics of a search by somebody who has just opened the table."""
    found: list[Any] = []
    asked = {"column": "vector", "q": query, "k": table.CANDIDATES, "metric": "l2"}
    more = {"nprobes": index.partitions} if index.partitions else {"use_index": False}
    made.scanner(
        columns=["id", "vector"],
        nearest={**asked, **more},
        scan_stats_callback=found.append,
        disable_scoring_autoprojection=True,
    ).to_table()
    return found[0]


def search_among(count: int, scratch: Path, kept: Path, kinds: list[str]) -> None:
    """Print what a table of so many rows costs, with each kind of index."""
    out, network = str(scratch / f"rows-{count}"), find_network("auto")
    shards = put_shards(out, changed_features(COLLECTIONS, count, kept))
    mean, rows = table.mean_of(shards, network.fingerprint, None)
    place = scratch / f"rows-{count}" / "table.lance"
    fragments, seconds = timed(
        lambda: [table.write_fragment(one.number, out, mean) for one in shards]
    )
    made, more = timed(lambda: table.commit(out, fragments, network, mean, rows))
    print(
        f"\n{count:,} rows: insert {seconds + more:.1f} s, shards "
        f"{bytes_of(scratch / f'rows-{count}' / 'shards') / count:,.0f} bytes a row, table "
        f"{bytes_of(place) / count:,.0f}\n\n"
        "| index | s | of these, recall | query ms | MB read | reads | recall | partitions | "
        "bytes a row |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for kind in kinds:
        before = bytes_of(place)
        made = table.opened(out)
        index, seconds = timed(partial(table.build_index, made, kind, by_ray=False))
        grown = (bytes_of(place) - before) / count
        made, measured = table.opened(out), 0.0
        if kind != "none":
            most = index.partitions
            _, measured = timed(partial(table.measured, made, index, most))
        model = RemoteModel(out, table.opened(out), network)
        row = made.take([count // 3], columns=["vector"])
        stats = read_by(table.opened(out), table.vectors_of(row)[0], index)
        times = []
        for number in range(QUERIES if index.partitions else QUERIES // 10):
            query = Query(None, 0, None, (number * 7919) % count)
            found, took = timed(partial(model.matches, [query], 10))
            assert len(found) == 10
            times.append(took)
        print(
            f"| {kind} | {seconds:.1f} | {measured:.1f} | "
            f"{1000 * statistics.median(times):.1f} | {stats.bytes_read / MB:.1f} | {stats.iops} | "
            f"{index.recall:.4f} | {index.partitions} | {grown:,.0f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[100_000])
    parser.add_argument("--kept", type=Path, default=HERE.parent.parent / "build" / "features")
    parser.add_argument("--tables", action="store_true", help="the second table alone")
    parser.add_argument("--index", nargs="*", default=["none", "IVF_SQ", "IVF_PQ"])
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp())
    try:
        if not options.tables:
            print(f"{len(pictures_in(COLLECTIONS).paths):,} pictures in {COLLECTIONS.name}")
            pictures_per_second(scratch)
        for count in options.rows:
            search_among(count, scratch, options.kept, options.index)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
