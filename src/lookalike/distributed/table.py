"""The table that is searched: shards become fragments of one Lance table, in one commit.

It holds the vectors as they are compared: features of length 1, less the collection's mean, of
length 1 again. Its metadata has the mean, which stays until the collection has doubled.
"""

from __future__ import annotations

import json
from math import isqrt
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

import numpy as np

from ..errors import ToolkitError
from ..portable.models.comparison import GROWTH
from ..search.centre import FEWEST, LEAST, Centre
from .manifest import TYPES
from .places import hash_of, part_address, read_json, read_table, required, write, write_table
from .runners import Failed, attempt
from .shard import FIXED_POINT, SHARDS, Outcome

if TYPE_CHECKING:
    from ..networks.record import NetworkRecord

    Mean = list[float] | None

# Rows from which an index of each kind is made: measured by bench_cluster.
KINDS = ((100_000_000, "IVF_PQ"), (20_000, "IVF_SQ"))
# At least so many in a partition; from a million rows on, as many as there are partitions.
ROWS_IN_PARTITION = 1000
PQ_WIDTH = 8
# An index is searched in as many partitions as this recall of the K nearest takes; it is measured
# with so many queries, among so many rows.
WANTED, K, ASKED, SAMPLE = 0.99, 10, 100, 1_000_000
# So many candidates are compared exactly, and ten for each neighbour that is wanted.
CANDIDATES = 50
# Squared distances from float32 products are off by less.
ROUNDED = 1e-5
# What searches have read of an index is held up to this size; Lance's own choice is six times it.
CACHE_BYTES = 2**30
TABLE, SETTING = "table.lance", "lookalike.index"


class Fragment(NamedTuple):
    """A shard in the table's folder."""

    number: int
    # A hash of what it depends on.
    key: str
    # Lance's facts of it, as JSON.
    parts: list[str]
    # The id, path and reason of each picture without features.
    failures: dict[str, list[Any]]


class Facts(NamedTuple):
    """What a table's metadata has."""

    # A hash of what it depends on.
    key: str
    network: str
    fingerprint: str
    mean: Mean
    # From which the mean was computed.
    rows: int

    @classmethod
    def from_table(cls, table: Any) -> Facts:
        """Return the facts of a Lance table."""
        return cls(*json.loads(table.schema.metadata[b"lookalike"]))


class Index(NamedTuple):
    """What searches the table that has a key."""

    key: str
    # As Lance calls it; 'none' reads all rows, '' is not made yet.
    kind: str = ""
    partitions: int = 0
    recall: float = 1.0

    @classmethod
    def from_table(cls, table: Any) -> Index:
        """Return what is known of a Lance table's index."""
        key = Facts.from_table(table).key
        known = cls(*json.loads(table.config().get(SETTING, '[""]')))
        return known if known.key == key else cls(key)


def opened(out: str) -> Any:
    """Return a collection's Lance table; None if there is none."""
    try:
        return required("lance").dataset(f"{out}/{TABLE}", index_cache_size_bytes=CACHE_BYTES)
    except ValueError:
        return None


def mean_of(shards: Sequence[Outcome], fingerprint: str, table: Any) -> tuple[Mean, int]:
    """Return the mean of all features, and of how many rows: the table's, until they have doubled.

    It is None among fewer than 10 rows, or where all are as good as equal.
    """
    rows = sum(shard.pictures for shard in shards)
    if table is not None:
        facts = Facts.from_table(table)
        if facts.fingerprint == fingerprint and facts.mean and rows < GROWTH * facts.rows:
            return facts.mean, facts.rows
    sums: Any = np.sum([shard.sums for shard in shards], axis=0, dtype=np.int64)
    mean = sums / FIXED_POINT / max(1, rows)
    # 1 - |m|^2 is the mean of the squared distances from the mean.
    means_nothing = rows < FEWEST or 1 - mean @ mean < LEAST**2
    return (None if means_nothing else mean.tolist()), rows


def write_fragment(number: int, out: str, mean: Mean) -> Fragment:
    """Write a shard's rows into the table's folder, unless they are there; no reader sees them."""
    pa, pc = required("pyarrow"), required("pyarrow.compute")
    place = f"{out}/fragments/{number:06}.json"
    shard = read_table(part_address(out, SHARDS, number))
    key = hash_of([shard.schema.metadata[b"lookalike"].decode(), mean])
    known = read_json(place)
    if known is not None and Fragment(*known).key == key:
        return Fragment(*known)
    rows = shard.filter(pc.is_null(shard["failure"])).replace_schema_metadata()
    vectors = vectors_of(rows, "features")
    if mean is not None:
        vectors = Centre(np.array(mean)).centred(vectors).astype(np.float32)
    values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    rows = rows.drop_columns(["features", "failure"]).append_column("vector", values)
    write_fragments = required("lance.fragment").write_fragments
    written = write_fragments(rows, f"{out}/{TABLE}") if len(rows) else []
    failed = shard.filter(pc.is_valid(shard["failure"])).select(["id", "path", "failure"])
    failures = failed.rename_columns(["id", "path", "reason"]).to_pydict()
    fragment = Fragment(number, key, [json.dumps(one.to_json()) for one in written], failures)
    write(place, json.dumps(fragment).encode())
    return fragment


def commit(
    out: str, fragments: Sequence[Fragment], network: NetworkRecord, mean: Mean, rows: int
) -> Any:
    """Make fragments the table, in one commit, if it is not of these already; return it."""
    lance, pa = required("lance"), required("pyarrow")
    key = hash_of([fragment.key for fragment in fragments])
    facts = Facts(key, network.name, network.fingerprint, mean, rows)
    table = opened(out)
    if table is not None and Facts.from_table(table).key == facts.key:
        return table
    failed = pa.schema([("id", "i8"), ("path", "str"), ("reason", "str")])
    failures = [pa.table(fragment.failures, failed) for fragment in fragments]
    write_table(f"{out}/failures.parquet", pa.concat_tables(failures))
    vector = pa.list_(pa.float32(), network.num_features)
    columns = [*TYPES, ("hash", "u8"), ("vector", vector)]
    schema = pa.schema(columns, {"lookalike": json.dumps(facts)})
    parts = [lance.FragmentMetadata.from_json(one) for each in fragments for one in each.parts]
    change = lance.LanceOperation.Overwrite(schema, parts)
    return lance.LanceDataset.commit(f"{out}/{TABLE}", change)


def build_index(table: Any, kind: str | None, by_ray: bool) -> Index:
    """Index a table, unless it is, and measure how much of the nearest the index finds."""
    rows, known = table.count_rows(), Index.from_table(table)
    # Among so few rows there is nothing to index or to measure.
    if kind is None or rows <= K:
        kind = next((kind for least, kind in KINDS if rows >= least), "none")
    if known.kind == kind:
        return known
    for column in ("id", "path"):
        table.create_scalar_index(column, "BTREE", replace=True)
    index = Index(known.key, kind)
    if kind != "none":
        partitions = max(1, min(rows // ROWS_IN_PARTITION, isqrt(rows)))
        options: dict[str, Any] = {"num_partitions": partitions, "metric": "l2"}
        if kind == "IVF_PQ":
            options["num_sub_vectors"] = table.schema.field("vector").type.list_size // PQ_WIDTH
        if by_ray:
            table = _indexed_by_ray(table.uri, kind, options)
        else:
            table.create_index("vector", kind, replace=True, **options)
        index = measured(table, index, partitions)
    table.update_config({SETTING: json.dumps(index)})
    # Versions of two weeks ago are nobody's any more.
    table.cleanup_old_versions()
    return index


def _indexed_by_ray(place: str, kind: str, options: dict[str, Any]) -> Any:
    """Return the table of a place with an index that a cluster made, though it lost machines."""
    lance_ray, ray = required("lance_ray", "ray"), required("ray", "ray")

    def make(_: int) -> Any:
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        return lance_ray.create_index(place, "vector", kind, num_workers=cores, **options)

    table = attempt(make, 0, passing=ray.exceptions.RayError)
    if isinstance(table, Failed):
        raise ToolkitError(f"The index was not made: {table.reason} The same call again makes it.")
    return table


def measured(table: Any, index: Index, most: int) -> Index:
    """Return an index with the partitions that it takes, and its recall against a flat scan.

    The recall is the share that was found of those that are nearer than the last one found.
    """
    rows = table.count_rows()
    asked = table.take([rows * n // ASKED for n in range(ASKED)], columns=["id", "vector"])
    own, queries = asked["id"].to_numpy(), vectors_of(asked)
    some = table.get_fragments()[:: -(-rows // SAMPLE)]
    partitions, recall = 0, 0.0
    while recall < WANTED and partitions < most:
        partitions = min(max(8, 2 * partitions), most)
        trial = index._replace(partitions=partitions)
        found = [_found(table, query, at, trial) for query, at in zip(queries, own)]
        near = missed = 0
        for batch in table.scanner(columns=["id", "vector"], fragments=some).to_batches():
            ids, vectors = batch["id"].to_numpy(), vectors_of(batch)
            squares = (vectors**2).sum(axis=1) - 2 * queries @ vectors.T
            squares += (queries**2).sum(axis=1)[:, None]
            for number, (names, farthest) in enumerate(found):
                here = np.isin(ids, names)
                nearer = (squares[number] < farthest - ROUNDED) & (ids != own[number])
                near, missed = near + here.sum(), missed + (nearer & ~here).sum()
        recall = float(near / max(1, near + missed))
    return index._replace(partitions=partitions, recall=recall)


def _found(table: Any, query: Any, own: int, index: Index) -> tuple[Any, float]:
    """Return the numbers of the ten nearest rows that are found, and the last squared distance."""
    rows = nearest(table, query, CANDIDATES, index)
    ids, squares = rows["id"].to_numpy(), ((vectors_of(rows) - query) ** 2).sum(axis=1)
    order = [row for row in np.argsort(squares) if ids[row] != own][:K]
    return ids[order], float(squares[order[-1]])


def nearest(table: Any, vector: Any, count: int, index: Index) -> Any:
    """Return the rows that Lance finds nearest, with ``id`` and ``vector``, in no order."""
    asked = {"column": "vector", "q": vector, "k": count, "metric": "l2", "use_index": False}
    if index.partitions:
        asked.update(nprobes=index.partitions, use_index=True)
    columns = {"columns": ["id", "vector"], "disable_scoring_autoprojection": True}
    return table.scanner(nearest=asked, **columns).to_table()


def vectors_of(rows: Any, column: str = "vector") -> Any:
    """Return a column of vectors as ``(n, d) float32``."""
    width = rows.schema.field(column).type.list_size
    flat = required("pyarrow.compute").list_flatten(rows[column])
    return flat.to_numpy(zero_copy_only=False).reshape(-1, width)
