"""What a collection takes of the user's machine does not grow with its pictures."""

from __future__ import annotations

import os
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from conftest import draw

import lookalike
from lookalike.distributed import shard
from lookalike.distributed.remote import RemoteModel

# Of each, eight partitions are read.
FEW, MANY = 8_000, 32_000


def without_a_network(work, numbers):
    """Write shards of features that no network computed, near to one of twenty centres."""
    for number in numbers:
        if work.func is not shard.extract_shard:
            yield work(number)
            continue
        out = work.keywords["out"]
        part = parquet.read_table(f"{out}/manifest/{number:06}.parquet")
        rng = np.random.default_rng(number)
        features = np.random.default_rng(0).normal(size=(20, 1280))[
            rng.integers(20, size=len(part))
        ]
        features += rng.normal(size=features.shape)
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        sums = np.rint(features * shard.FIXED_POINT).astype(np.int64).sum(axis=0)
        done = shard.Outcome(number, len(part), 0, str(number), sums.tolist())
        values = pa.array(features.astype(np.float32).ravel())
        part = part.append_column("features", pa.FixedSizeListArray.from_arrays(values, 1280))
        part = part.append_column("hash", pa.nulls(len(part), pa.uint64()))
        part = part.append_column("failure", pa.nulls(len(part), pa.string()))
        about = {"lookalike": shard.json.dumps(done)}
        os.makedirs(f"{out}/shards", exist_ok=True)
        place = f"{out}/shards/{number:06}.parquet"
        parquet.write_table(part.replace_schema_metadata(about), place)
        yield done


@pytest.fixture(scope="module")
def collections(tmp_path_factory):
    """Two collections with an index: one has four times the pictures of the other."""
    places = []
    for count in (FEW, MANY):
        folder = tmp_path_factory.mktemp(f"of-{count}")
        picture = draw(folder / "picture.png", 1)
        paths = [str(folder / f"picture-{row:06}.png") for row in range(count)]
        for path in paths:
            os.link(picture, path)
        parquet.write_table(pa.table({"path": paths}), folder / "list.parquet")
        source, out = folder / "list.parquet", folder / "out"
        lookalike.extract(source, out, without_a_network, index="IVF_SQ", verbose=False)
        places.append(out)
    return places


class Counted:
    """A Lance table that counts the rows and the bytes that are read of it."""

    def __init__(self, table):
        self.table, self.rows, self.bytes = table, 0, 0

    def __getattr__(self, name):
        return getattr(self.table, name)

    def _counted(self, rows):
        self.rows += len(rows)
        return rows

    def take(self, *arguments, **options):
        return self._counted(self.table.take(*arguments, **options))

    def to_table(self, *arguments, **options):
        return self.scanner(*arguments, **options).to_table()

    def scanner(self, *arguments, **options):
        def add(stats):
            self.bytes += stats.bytes_read

        counted, scanner = self, self.table.scanner(*arguments, scan_stats_callback=add, **options)

        class Scanner:
            def __getattr__(self, name):
                raise AssertionError(f"{name}: what is read by it is not counted")

            def to_table(self):
                return counted._counted(scanner.to_table())

        return Scanner()


def taken_by(place, use):
    """Return rows and bytes that were read, and the most memory of Python's and of Arrow's."""
    # What is imported and loaded at the first use is not of this collection.
    use(lookalike.open_collection(place))
    opened = lookalike.open_collection(place)
    table, held = Counted(opened.table), pa.total_allocated_bytes()
    tracemalloc.start()
    model = RemoteModel(str(place), table, opened.feature_extractor.network)
    kept = use(model)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    memory = most + pa.total_allocated_bytes() - held
    del kept
    return table.rows, table.bytes, memory


USES = {
    "a row": lambda model: model.rows_of([FEW // 2]),
    "a path": lambda model: model.position_of(model.references[FEW // 2]["path"]),
    "a search": lambda model: lookalike.find_similar(model, model.references[FEW // 2], k=10),
    "places": lambda model: model.references.positions_of([3, FEW - 1]),
    "the explorer": lambda model: lookalike.explore(model)._search(model.references[5], 20),
}


# A page of an index, and what Python holds by chance.
SLACK = (0, 100_000, 50_000)


@pytest.mark.parametrize("use", USES)
def test_what_is_used_does_not_grow_with_the_pictures(use, collections, page):
    few, many = (taken_by(place, USES[use]) for place in collections)
    for name, less, more, slack in zip(("rows", "bytes read", "memory"), few, many, SLACK):
        assert more <= 1.5 * less + slack, name
