"""The two steps beyond one machine: to make a collection of pictures, and to open it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Iterable, NamedTuple, Union

from ..errors import MissingFileError, ToolkitError
from ..networks.catalogue import find_network
from ..progress import Progress
from .manifest import ROWS, head_of, plan
from .places import address_of
from .runners import RUNNERS, Failed

if TYPE_CHECKING:
    import os

    from ..networks.catalogue import AnyNetwork
    from .remote import RemoteModel
    from .runners import Runner, Work

    Folder = Union[str, "os.PathLike[str]"]

NAMED = 5
INDEXES = ("none", "IVF_SQ", "IVF_PQ")


class Extracted(NamedTuple):
    """What ``extract`` did."""

    # Those with features, and those without.
    pictures: int
    failures: int
    # All of them, and those that were there.
    shards: int
    skipped: int
    # Empty where no table was made.
    index_kind: str = ""
    # The share of the nearest pictures that the index finds.
    recall: float = 1.0

    def __str__(self) -> str:
        made = f"{self.pictures:,} pictures, {self.failures:,} failed (shards: {self.shards:,})"
        if not self.index_kind:
            return made
        if self.index_kind == "none":
            return f"{made}; no index: a search reads all rows"
        return f"{made}; {self.index_kind} finds {self.recall:.1%} of the nearest"


def extract(
    source: Folder,
    out: Folder,
    runner: str | Runner = "local",
    network: AnyNetwork | None = None,
    shard: int | None = None,
    of: int | None = None,
    index: str | None = None,
    rows: int = ROWS,
    verbose: bool = True,
) -> Extracted:
    """Extract the features of pictures, on one machine or many, into a collection to search.

    It may be stopped and called again: what is done is not done again. Called after pictures were
    added, changed or deleted, it does the parts (10,000 pictures) that these are in.

    Parameters
    ----------
    source : str or path
        A folder, an address as ``s3://bucket/photos``, or a Parquet file with the column ``path``
        (and perhaps ``size`` and ``mtime``).
    out : str or path
        The collection: a folder, or an address, which whatever runs the work can write to.
    runner : {'local', 'ray'} or callable
        What works through the parts: this process, the Ray cluster that is connected, or
        ``(work, shard_numbers) -> iterator``; see ``lookalike.distributed.runners``.
    network : str, path or Network, optional
        As ``build_model`` takes it.
    shard, of : int, optional
        For arrays of jobs: do only the parts that ``shard`` of ``of`` jobs is to do, and no table.
        A call without them does what is missing, and makes the table.
    index : {'none', 'IVF_SQ', 'IVF_PQ'}, optional
        The kind of the table's index, as Lance calls it; by default, by the number of pictures.
    rows : int
        Pictures in a new part.
    verbose : bool
        Whether progress is printed.

    Raises
    ------
    ValueError
        If there is no such index or no such job, or no row in a part.
    MissingFileError
        If there are no pictures.
    ToolkitError
        If parts failed as often as they were tried: the others are done, and the next call does
        what is missing. If ``out`` is something else, or a list has no paths.
    BackendError
        If a package is missing.

    Examples
    --------
    >>> import lookalike
    >>> lookalike.extract('photos', 'features')                        # doctest: +SKIP
    >>> model = lookalike.open_collection('features')                  # doctest: +SKIP
    """
    # Not at the top, where they would load NumPy.
    from .shard import extract_shard
    from .table import build_index, commit, mean_of, opened, write_fragment

    record = find_network(network or "auto", verbose)
    source, out = address_of(source), address_of(out)
    whole = shard is None and of is None
    if not whole and (shard is None or of is None or not 0 <= shard < of):
        raise ValueError(f"Expected 0 <= shard < of; found shard={shard}, of={of}.")
    # Now, since it is used when all features have been extracted.
    if index is not None and index not in INDEXES:
        raise ValueError(f"Expected index to be one of {INDEXES}; found {index!r}.")
    if rows < 1:
        raise ValueError(f"Expected rows to be a number from 1 on; found {rows!r}.")
    # Jobs that begin at once write the same manifest; later ones find it whole.
    head = head_of(out)
    parts = plan(source, out, rows) if whole or not head.parts else head.parts
    numbers = range(shard or 0, parts, of or 1)
    shards = _run(runner, partial(extract_shard, out=out, network=record), numbers, verbose)
    pictures, failures = sum(one.pictures for one in shards), sum(one.failures for one in shards)
    done = Extracted(pictures, failures, len(shards), sum(one.skipped for one in shards))
    if not whole:
        return done
    mean, of_rows = mean_of(shards, record.fingerprint, opened(out))
    fragments = _run(runner, partial(write_fragment, out=out, mean=mean), numbers, verbose)
    table = commit(out, fragments, record, mean, of_rows)
    made = build_index(table, index, by_ray=runner == "ray")
    done = done._replace(index_kind=made.kind, recall=made.recall)
    if verbose:
        print(done)  # noqa: T201 - what it is for
    return done


def open_collection(place: Folder, network: AnyNetwork | None = None) -> RemoteModel:
    """Open a collection that ``extract`` made: ``find_similar`` and ``explore`` take it as a model.

    Distances are exact, of centred features as ``build_model`` has them; neighbours may be missed.
    Its ``recall`` is the share that was found when it was measured, of the ten nearest.

    Parameters
    ----------
    place : str or path
        The collection: a folder or an address.
    network : str, path or Network, optional
        The network, where it is a file of your own.

    Raises
    ------
    MissingFileError
        If there is no collection.
    ToolkitError
        If the network is not the one whose features the collection has.
    BackendError
        If a package is missing.
    """
    from .remote import RemoteModel
    from .table import Facts, opened

    out = address_of(place)
    table = opened(out)
    if table is None:
        raise MissingFileError(out, f"There is no collection {out!r}: extract makes one.")
    facts = Facts.from_table(table)
    record = find_network(facts.network if network is None else network)
    if record.fingerprint != facts.fingerprint:
        raise ToolkitError(
            f"The collection {out!r} has the features of {facts.network}, and {record.name} is "
            "another network, or another version of it: give its own with network=, or extract "
            "the pictures anew."
        )
    return RemoteModel(out, table, record)


def _run(runner: str | Runner, work: Work, numbers: Iterable[int], verbose: bool) -> list[Any]:
    """Return what comes of shards, in order; ``ToolkitError`` names those that failed, and why."""
    if not callable(runner) and runner not in RUNNERS:
        raise ToolkitError(
            f"Expected runner to be one of {', '.join(map(repr, RUNNERS))} or a callable (work, "
            f"shard_numbers) -> iterator; found {runner!r}."
        )
    chosen = runner if callable(runner) else RUNNERS[runner]
    missing = dict.fromkeys(numbers, "the runner says nothing of it")
    progress, total, done = Progress(len(missing), verbose, unit="shards"), len(missing), []
    try:
        for one in chosen(work, numbers):
            if isinstance(one, Failed):
                missing[one.number] = one.reason
            else:
                missing.pop(one.number, None)
                done.append(one)
            progress(len(done), total - len(done))
    finally:
        progress.close()
    if missing:
        named = "; ".join(f"{number}: {why}" for number, why in sorted(missing.items())[:NAMED])
        raise ToolkitError(
            f"{len(missing)} of {total} shards failed as often as they were tried ({named}). The "
            "others are done: the same call again does what is missing."
        )
    return sorted(done, key=lambda one: one.number)
