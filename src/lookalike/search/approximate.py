"""An approximate index for collections where even exact search takes too long: usearch's HNSW.

It proposes candidates, whose distances are then computed exactly: what it finds is right, but it
may miss neighbours. The share that it finds is measured when it is built. Only ``build_index()``
builds it, and only ``query(..., method='approximate')`` uses it.

It serves one session and is never written to a file, since usearch does not check what it reads: a
damaged index, or one from a stranger, would crash Python.

Source: Malkov and Yashunin, Efficient and robust approximate nearest neighbor search using
Hierarchical Navigable Small World graphs, 2016.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import BackendError, ToolkitError, install_hint
from ..runtime import onnx_runtime

if TYPE_CHECKING:
    from .blocks import Matrix, Rows
    from .exact import ExactSearch, Neighbors

# Recall is the share that is found of so many nearest, of so many rows that are held out.
NEAREST = 10
HELD_OUT = 200
# The index holds vectors in 16 bits and may confuse near ones: so many more are fetched.
SPARE = 10
# Rows that are added at a time: Ctrl-C ends the work between two batches.
BATCH = 1000
# Rows after which a line is printed.
PRINTED = 50_000


class ApproximateIndex:
    """An index of a search's references, made by ``build``.

    ``recall`` is the measured share of the 10 nearest that it finds, between 0 and 1.
    """

    def __init__(self, index: Any, recall: float) -> None:
        self.recall = recall
        self._index = index

    @classmethod
    def build(cls, search: ExactSearch, verbose: bool) -> ApproximateIndex:
        """Build the index. Its recall is measured before the rows held out for that are added.

        Raises
        ------
        BackendError
            If usearch is not installed.
        ToolkitError
            If there are too few rows for an index to make sense.
        """
        index_type = _index_type()
        total, width = search.references.shape
        if total <= 2 * NEAREST:
            raise ToolkitError(
                f"An index needs more than {2 * NEAREST} rows; found {total}: search exactly."
            )
        start = time.perf_counter()
        # 16 bits with the range of float32: no size of features overflows them.
        index = index_type(ndim=width, metric="l2sq", dtype="bf16")
        held_out = min(HELD_OUT, total // 2)
        order = np.random.default_rng(0).permutation(total)
        for first in range(held_out, total, BATCH):
            # In order within each batch, as they lie in the file that may be mapped.
            rows = np.sort(order[first : first + BATCH])
            index.add(rows, search.vectors(rows))
            if verbose and len(index) % PRINTED == 0:
                print(f"Indexed {len(index)}/{total}")  # noqa: T201 - what it is for
        recall = _recall(index, search, order[:held_out])
        index.add(order[:held_out], search.vectors(order[:held_out]))
        if verbose:
            print(  # noqa: T201 - what it is for
                f"Approximate index of {total} rows in {time.perf_counter() - start:.1f} s: it "
                f"finds {recall:.1%} of the {NEAREST} nearest (measured with {held_out} rows)"
            )
        return cls(index, recall)

    def neighbors(
        self, search: ExactSearch, queries: Matrix, k: int, radius: float | None
    ) -> Neighbors:
        """Find most of the k nearest references of each query, as ``ExactSearch.neighbors``."""
        return search.choose(queries, *_candidates(self._index, search, queries, k), k, radius)

    def __reduce__(self) -> Any:
        raise TypeError("An approximate index serves one session: it cannot be pickled or copied.")


def _candidates(index: Any, search: ExactSearch, queries: Matrix, k: int) -> tuple[Rows, Rows]:
    """Return pairs of a query and a reference that are near by the index."""
    compared = search.query_vectors(queries)
    # One more row, since usearch returns another form for a single one.
    several = np.concatenate([compared, compared[:1]])
    found = index.search(several, min(k + SPARE, len(index)))
    counts = found.counts[:-1].astype(np.intp)
    keys = found.keys[:-1]
    there = np.arange(keys.shape[1]) < counts[:, None]
    return np.repeat(np.arange(len(queries)), counts), keys[there].astype(np.intp)


def _recall(index: Any, search: ExactSearch, held_out: Rows) -> float:
    """Return the share of nearest rows that the index finds for rows held out of it."""
    queries = search.references[held_out]
    every = search.neighbors(queries, NEAREST + len(held_out), None)
    inside = ~np.isin(every.rows, held_out).reshape(len(held_out), -1)
    farthest = [
        distances[known][NEAREST - 1]
        for distances, known in zip(every.distances.reshape(inside.shape), inside)
    ]
    candidates = _candidates(index, search, queries, NEAREST)
    found = search.choose(queries, *candidates, NEAREST, None)
    # By distance, not by row: of equally near rows one is as good as another.
    near = found.distances <= np.repeat(farthest, found.counts)
    return float(near.sum() / (NEAREST * len(held_out)))


def _index_type() -> Any:
    # First, since ONNX Runtime crashes Python if it is imported after usearch 2.26.2 to 2.26.6.
    onnx_runtime()
    try:
        from usearch.index import Index
    except ImportError as error:
        raise BackendError(
            f"An approximate index needs usearch, which is not installed: {install_hint('ann')}."
        ) from error
    return Index
