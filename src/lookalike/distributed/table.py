"""The table that is searched: shards become fragments of one Lance table, in one commit.

It holds the vectors as they are compared: features of length 1, less the collection's mean, of
length 1 again. Its metadata has the mean, which stays until the collection has doubled.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

import numpy as np

from ..portable.models.comparison import GROWTH
from ..search.centre import FEWEST, LEAST, Centre
from .places import read, read_table, required, write, write_table
from .shard import FIXED_POINT, Outcome, shard_address

if TYPE_CHECKING:
    from ..networks.record import NetworkRecord

# Rows from which an index of each kind is made.
KINDS = ((100_000_000, "IVF_PQ"), (20_000, "IVF_SQ"))
ROWS_IN_PARTITION = 1000
PQ_WIDTH = 8
# The index is read in so many partitions as are needed for this recall.
WANTED, ASKED, K, SAMPLE = 0.99, 100, 10, 1_000_000
# So many candidates are compared exactly, and ten for each neighbour that is wanted.
CANDIDATES = 50
# Squared distances of float32 products are rounded by less.
ROUNDED = 1e-5


class Fragment(NamedTuple):
    """What became of a shard in the table's folder.

    Attributes
    ----------
    number : int
        The shard.
    key : str
        What its content depends on.
    parts : list of str
        Lance's own facts of it; none of a shard without rows.
    failures : dict of list
        ``id``, ``path`` and ``failure`` of the pictures that are not in it.
    """

    number: int
    key: str
    parts: list[str]
    failures: dict[str, list[Any]]


class Facts(NamedTuple):
    """What a table says of itself.

    Attributes
    ----------
    network, fingerprint : str
        The network's name and fingerprint.
    key : str
        What the table's content depends on.
    mean : list of float or None
        What is subtracted from features; None where nothing is.
    rows : int
        Of how many rows the mean was taken.
    """

    network: str
    fingerprint: str
    key: str
    mean: list[float] | None
    rows: int

    @classmethod
    def of(cls, table: Any) -> Facts:
        """Return the facts of a Lance table."""
        return cls(*json.loads(table.schema.metadata[b"lookalike"]))


def table_address(out: str) -> str:
    """Return where the table is."""
    return f"{out}/table.lance"


def opened(out: str) -> Any:
    """Return the Lance table; None if there is none."""
    try:
        return required("lance").dataset(table_address(out))
    except ValueError:
        return None


def mean_of(shards: Sequence[Outcome], fingerprint: str, table: Any) -> tuple[Any, int]:
    """Return the mean of all features, and of how many rows: the table's, until they have doubled.

    None where it means nothing: among fewer than 10 rows, or where all are as good as equal.
    """
    rows = sum(shard.rows for shard in shards)
    if table is not None:
        facts = Facts.of(table)
        if facts.fingerprint == fingerprint and facts.mean and rows < GROWTH * facts.rows:
            return facts.mean, facts.rows
    sums = np.sum([np.array(shard.sums, np.int64) for shard in shards], axis=0)
    mean = sums / FIXED_POINT / max(1, rows)
    # 1 - |m|^2 is the mean of the squared distances from the mean.
    means_nothing = rows < FEWEST or 1 - mean @ mean < LEAST**2
    return (None if means_nothing else mean.tolist()), rows


def write_fragment(number: int, out: str, mean: list[float] | None) -> Fragment:
    """Write a shard's rows into the table's folder, unless they are there; return its fragment.

    No reader sees them before they are committed. Failures are returned, not written.
    """
    lance, pa = required("lance"), required("pyarrow")
    place = f"{out}/fragments/{number:06}.json"
    shard = read_table(shard_address(out, number))
    content = [shard.schema.metadata[b"lookalike"].decode(), mean]
    key = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    try:
        known = Fragment(*json.loads(read(place)))
        if known.key == key:
            return known
    except FileNotFoundError:
        pass
    pc = required("pyarrow.compute")
    failed = shard.filter(pc.is_valid(shard["failure"])).select(["id", "path", "failure"])
    rows = shard.filter(pc.is_null(shard["failure"]))
    width = shard.schema.field("features").type.list_size
    vectors = pc.list_flatten(rows["features"]).to_numpy().reshape(-1, width)
    if mean is not None:
        vectors = Centre(np.array(mean)).centred(vectors).astype(np.float32)
    rows = rows.drop_columns(["features", "failure"]).append_column(
        "vector", pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), width)
    )
    written = (
        lance.fragment.write_fragments(rows.replace_schema_metadata(), table_address(out))
        if len(rows)
        else []
    )
    parts = [json.dumps(one.to_json()) for one in written]
    fragment = Fragment(number, key, parts, failed.to_pydict())
    write(place, json.dumps(fragment).encode())
    return fragment


def commit(
    out: str, fragments: Sequence[Fragment], network: NetworkRecord, mean: Any, rows: int
) -> Any:
    """Make fragments the table, in one commit, if it is not already of these; return it."""
    lance, pa = required("lance"), required("pyarrow")
    keys = json.dumps([one.key for one in fragments])
    key = hashlib.sha256(keys.encode()).hexdigest()
    table = opened(out)
    if table is not None and Facts.of(table).key == key:
        return table
    facts = Facts(network.name, network.fingerprint, key, mean, rows)
    failures = {
        name: [value for one in fragments for value in one.failures[name]]
        for name in ("id", "path", "failure")
    }
    write_table(f"{out}/failures.parquet", pa.table(failures, _FAILURES(pa)))
    schema = _schema(pa, network.num_features).with_metadata({"lookalike": json.dumps(facts)})
    parts = [lance.FragmentMetadata.from_json(part) for one in fragments for part in one.parts]
    overwrite = lance.LanceOperation.Overwrite(schema, parts)
    return lance.LanceDataset.commit(table_address(out), overwrite)


def _FAILURES(pa: Any) -> Any:
    return pa.schema([("id", "i8"), ("path", "str"), ("failure", "str")])


def _schema(pa: Any, width: int) -> Any:
    vector = pa.list_(pa.float32(), width)
    plain = [("id", "i8"), ("path", "str"), ("size", "i8"), ("mtime", "i8"), ("hash", "u8")]
    return pa.schema([*plain, ("vector", vector)])


def build_index(table: Any, kind: str | None, by_ray: bool) -> dict[str, Any]:
    """Index what has no index yet, and measure its recall; return what is known of it."""
    rows, facts = table.count_rows(), index_of(table)
    if kind is None:
        kind = next((kind for least, kind in KINDS if rows >= least), "none")
    if facts["kind"] == kind:
        return facts
    for column in ("id", "path"):
        table.create_scalar_index(column, "BTREE", replace=True)
    facts.update(kind=kind, nprobes=None, recall=1.0)
    if kind != "none":
        partitions = max(1, rows // ROWS_IN_PARTITION)
        width = table.schema.field("vector").type.list_size
        options = {"num_partitions": partitions, "metric": "l2"}
        if kind == "IVF_PQ":
            options["num_sub_vectors"] = width // PQ_WIDTH
        if by_ray:
            lance_ray, ray = required("lance_ray", "ray"), required("ray", "ray")
            workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
            table = lance_ray.create_index(table.uri, "vector", kind, num_workers=workers, **options)
        else:
            table.create_index("vector", kind, replace=True, **options)
        facts.update(_measured(table, partitions))
    table.update_config({"lookalike.index": json.dumps(facts)})
    return facts


def index_of(table: Any) -> dict[str, Any]:
    """Return the ``kind`` of a table's index, its ``recall`` and ``nprobes``; of none yet, no kind."""
    key = Facts.of(table).key
    known: dict[str, Any] = json.loads(table.config().get("lookalike.index", "{}"))
    if known.get("key") == key:
        return known
    return {"key": key, "kind": "", "nprobes": None, "recall": 1.0}


def _measured(table: Any, partitions: int) -> dict[str, Any]:
    """Return in how many partitions to look, and the recall then, measured against a flat scan.

    A hundred rows ask for their neighbours. Of a million rows, or all, those that are as near as
    what was found are counted; the recall is the share of them that was found.
    """
    rows = table.count_rows()
    asked = table.take([rows * n // ASKED for n in range(ASKED)], columns=["id", "vector"])
    own, queries = asked["id"].to_numpy(), vectors_of(asked)
    fragments = table.get_fragments()
    some = fragments[:: max(1, rows // SAMPLE)]
    nprobes, recall = 4, 0.0
    while True:
        nprobes = min(2 * nprobes, partitions)
        found = [_found(table, query, at, nprobes) for query, at in zip(queries, own)]
        near = missed = 0
        scanner = table.scanner(columns=["id", "vector"], fragments=some)
        for batch in scanner.to_batches():
            ids, vectors = batch["id"].to_numpy(), vectors_of(batch)
            lengths = np.einsum("ij,ij->i", vectors, vectors)
            squares = lengths + np.einsum("ij,ij->i", queries, queries)[:, None]
            squares -= 2 * queries @ vectors.T
            for number, (names, farthest) in enumerate(found):
                here = np.isin(ids, names)
                nearer = (squares[number] < farthest - ROUNDED) & ~here & (ids != own[number])
                near, missed = near + here.sum(), missed + nearer.sum()
        recall = float(near / max(1, near + missed))
        if recall >= WANTED or nprobes == partitions:
            return {"nprobes": nprobes, "recall": recall}


def _found(table: Any, query: Any, own: int, nprobes: int) -> tuple[Any, float]:
    """Return the numbers of the ten rows that are found nearest, and the last squared distance."""
    rows = nearest(table, query, CANDIDATES, nprobes)
    squares = ((vectors_of(rows).astype(np.float64) - query) ** 2).sum(axis=1)
    ids = rows["id"].to_numpy()
    order = [row for row in np.argsort(squares) if ids[row] != own][:K]
    return ids[order], squares[order[-1]]


def nearest(table: Any, vector: Any, count: int, nprobes: int | None) -> Any:
    """Return the rows that Lance finds nearest, with ``id`` and ``vector``, in no order.

    Without ``nprobes`` it reads all rows.
    """
    asked = {"column": "vector", "q": vector, "k": count, "metric": "l2", "use_index": False}
    if nprobes is not None:
        asked.update(nprobes=nprobes, use_index=True)
    scanner = table.scanner(
        columns=["id", "vector"], nearest=asked, disable_scoring_autoprojection=True
    )
    return scanner.to_table()


def vectors_of(rows: Any) -> Any:
    """Return a table's vectors, ``(n, d) float32``."""
    values = required("pyarrow.compute").list_flatten(rows["vector"]).to_numpy()
    return values.reshape(len(rows), -1)
