"""Bounds of distances by products of codes: one byte a number, a quarter of float32's to read.

Each number is a code from -127 to 127, its distance from the column's mean in steps of the column
(scalar quantization). With ``y = x - mean`` and ``p = q - mean``, a row is
``y = steps * code + rest``, and its squared distance

    |x - q|^2 = |y|^2 - 2 y.p + |p|^2,  where  y.p = code.(steps * p) + rest.p

The query's ``weights = steps * p`` are rounded to whole multiples of a unit, so that the products
are of whole numbers, and exact. What is left out by that is at most ``|code| |weights - rounded|``,
and ``rest.p`` at most ``|rest| |p|`` (Cauchy and Schwarz); all these lengths are known.

A search that centres features has the same codes: its query p is centred already, and its row's
product is ``factor * (y.p + mean.p - shift * centre.p)``.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import product
from typing import TYPE_CHECKING, Any, Iterator, Mapping

import numpy as np
from numpy.random import default_rng

from ..runtime import IMPORTING, available_cores, onnx_runtime, session_options
from . import blocks
from .bounds import Bounds

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows
    from .compared import Compared

    Codes = np.ndarray[Any, np.dtype[np.int8]]

# The largest code, and the largest of a query. On some processors ONNX Runtime adds two products in
# 16 bits: 2 * 127 * 127 fits. Queries have an offset, since they must be unsigned.
LARGEST, LARGEST_OF_QUERY, OFFSET = 127, 63, 64
# The products of longer rows do not fit 32 bits.
WIDEST = 2**31 // LARGEST**2
# The most rows in a block of codes: their products with 32 queries take 2 MB.
ROWS = 16_384
# Numbers in a block of scores: 1 MB in float64.
SCORES = 131_072
# Each column of a block begins at a multiple of these bytes, a cache line, for faster products.
ALIGNED = 64
# Rows that a thread encodes at a time.
STRETCH = 4096
# Rows that the columns' means and steps are computed from. Any would do: rest has the difference.
SAMPLE = 2000
# Squared lengths from which on there are no codes: nothing here overflows below.
HUGE = 1e75
# Columns that vary less get a step of 1, and rest has their numbers: products of smaller steps
# could underflow.
LEAST = 1e-50
# Codes reach so many standard deviations from the mean: what lies farther is rare.
REACH = 8


class Quantized:
    """References as codes, with what is needed to bound their distances.

    Parameters
    ----------
    codes : (b, d, r) int8
        In b blocks of r rows, column by column, as a product with few queries reads them; the last
        block ends with 0.
    columns : (2, d) float64
        The columns' means and steps.
    rows : (4, n) float64
        Each row's ``|y|^2``, ``|rest|``, ``|code|``, and sum of codes.
    """

    def __init__(self, codes: Codes, columns: Numbers, rows: Numbers) -> None:
        self.codes = codes
        self.columns = columns
        self.rows = rows
        self.relative = blocks.rounding(columns.shape[1])
        self.absolute = columns.shape[1] * np.finfo(np.float64).tiny

    @classmethod
    def from_references(
        cls, references: Matrix, threads: int = 1, rows: int = ROWS
    ) -> Quantized | None:
        """Return the codes of references, ``(n, d) float``; None if these are none, or too large.

        They are made in blocks of at most so many ``rows``; a single thread is the caller's own.
        """
        total, width = references.shape
        if not total or width > WIDEST:
            return None
        count = -(-total // rows)
        length = -(-total // (count * ALIGNED)) * ALIGNED
        codes = np.zeros((count, width, length), np.int8)
        figures = np.empty((4, total))
        # At random, since evenly spaced rows could all be repetitions of one.
        some = default_rng(0).choice(total, size=min(SAMPLE, total), replace=False)
        columns = _columns(references[np.sort(some)])

        def encode(block: int, first: int) -> None:
            inside = slice(first, first + STRETCH)
            start = block * length
            part = slice(start + first, start + min(first + STRETCH, length))
            with np.errstate(over="ignore", invalid="ignore"):
                _encode(references[part], columns, codes[block, :, inside], figures[:, part])

        places = zip(*product(range(count), range(0, length, STRETCH)))
        if threads == 1:
            list(map(encode, *places))
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(encode, *places))
        return cls(codes, columns, figures) if (figures[0] < HUGE).all() else None

    def bounds(
        self, compared: Compared, queries: Matrix, radius: float | None, scores: int = SCORES
    ) -> QuantizedBounds | None:
        """Return the bounds for queries as they are compared; None if these are too huge."""
        with np.errstate(over="ignore"):
            moved = queries.astype(np.float64)
            if compared.centre is None:
                moved -= self.columns[0]
            norms = blocks.lengths_squared(moved)
        if not (norms < HUGE).all():
            return None
        return QuantizedBounds(self, compared, moved, norms, radius, scores)

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return its arrays, by the names that ``from_arrays`` expects."""
        return {"codes": self.codes, "code_columns": self.columns, "code_rows": self.rows}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Quantized:
        """Return what ``to_arrays`` returned."""
        return cls(arrays["codes"], arrays["code_columns"], arrays["code_rows"])


class QuantizedBounds(Bounds):
    """Bounds by products of codes."""

    def __init__(
        self,
        quantized: Quantized,
        compared: Compared,
        queries: Numbers,
        norms: Numbers,
        radius: float | None,
        scores: int,
    ) -> None:
        super().__init__(norms, quantized.relative * norms + quantized.absolute, radius)
        self._quantized = quantized
        self._compared = compared
        self._scores = scores
        mean, steps = quantized.columns
        weights = queries * steps
        units = np.abs(weights).max(axis=1, keepdims=True) / LARGEST_OF_QUERY
        units[units == 0] = 1
        codes = np.rint(weights / units)
        self._codes = (codes + OFFSET).astype(np.uint8)
        self._units = units
        # With the rounding of the weights themselves, which is large for codes of small steps.
        lost = np.linalg.norm(weights - units * codes, axis=1)
        lost += quantized.relative * np.linalg.norm(weights, axis=1)
        # Both are rounded up.
        self._lengths = np.sqrt(norms) * (1 + quantized.relative)
        self._lost = lost * (1 + quantized.relative)
        if compared.centre is not None:
            self._from_mean = 2 * (queries @ mean)[:, None]
            self._from_centre = 2 * (queries @ compared.centre.mean)[:, None]

    def blocks(self, k: int) -> Iterator[tuple[int, Matrix]]:
        """See ``Bounds``; blocks are as long as the codes', whatever k is."""
        step = max(1, self._scores // len(self._codes))
        length, total = self._quantized.codes.shape[2], self._quantized.rows.shape[1]
        for block, products in enumerate(self._products()):
            start = block * length
            stop = min(start + length, total)
            for first in range(start, stop, step):
                last = min(first + step, stop)
                part = slice(first, last)
                exact = products[:, first - start : last - start]
                exact = exact - OFFSET * self._quantized.rows[3, part]
                yield first, self._block_scores(part, exact)

    def _products(self) -> Iterator[Any]:
        """Yield the products with each block of codes; as many threads as cores compute them."""
        multiply, codes = partial(integer_product(), self._codes), self._quantized.codes
        cores = available_cores()
        with ThreadPoolExecutor(cores) as pool:
            # As many blocks at a time, so that few products are held.
            for start in range(0, len(codes), cores):
                yield from pool.map(multiply, codes[start : start + cores])

    def _block_scores(self, part: slice, products: Numbers) -> Numbers:
        """Return the scores of some references by the products of their codes."""
        _, rests, lengths, _ = self._quantized.rows[:, part]
        scores = products * (-2 * self._units)
        # A matrix product's threads would slow down the integer product's.
        scores -= rests * (2 * self._lengths)[:, None]
        scores -= lengths * (2 * self._lost)[:, None]
        if self._compared.centre is not None:
            scores -= self._from_mean
            scores += self._from_centre * self._compared.shifts[part]
            scores *= self._compared.factors[part]
        squares, errors = self._row_part(part)
        scores += squares - errors
        return scores

    def _row_part(self, rows: slice | Rows) -> tuple[Numbers, Numbers]:
        """Return some references' squared norms, and how far rounding may change scores."""
        squares = self._quantized.rows[0, rows]
        relative, absolute = self._quantized.relative, self._quantized.absolute
        if self._compared.centre is None:
            return squares, relative * squares + absolute
        # y is the row less the columns' mean, whose product is added by itself.
        factors = self._compared.factors[rows]
        mean = np.linalg.norm(self._quantized.columns[0])
        reaches = self._compared.reaches[rows] + 4 * self._compared.longest * mean * factors
        return self._compared.squares[rows], relative * reaches + absolute * (1 + factors)

    def ceilings(self, scores: Matrix, which: Rows, rows: Rows) -> Numbers:
        """See ``Bounds``."""
        _, rests, lengths, _ = self._quantized.rows[:, rows]
        left_out = rests * self._lengths[which] + lengths * self._lost[which]
        left_out *= self._compared.factors[rows]
        _, errors = self._row_part(rows)
        upper: Numbers = scores + 2 * (errors + self.errors[which]) + 4 * left_out
        return upper


class BackgroundCodes:
    """Codes that a thread makes in the background, so that no search waits for them.

    It is a daemon thread, which lets Python end. It begins ``after`` so many searches that could
    have used codes. After a fork the child begins one of its own.
    """

    def __init__(self, references: Matrix, after: int, made: Quantized | None) -> None:
        self.made = made
        self._references = references
        self._after = after
        self._searches = 0
        self._impossible = False
        self._beginning = threading.Lock()
        self._thread: threading.Thread | None = None

    def count_search(self) -> None:
        """Count a search that could have used codes; after enough of them, begin to make them.

        It never waits: if another thread is about to begin, there is nothing left to do.
        """
        if self._is_settled() or not self._beginning.acquire(blocking=False):
            return
        try:
            self._searches += 1
            working = self._thread is not None and self._thread.is_alive()
            if self._searches >= self._after and not working:
                self._thread = threading.Thread(
                    target=self._make, args=(1,), name="lookalike-codes", daemon=True
                )
                self._thread.start()
        finally:
            self._beginning.release()

    def finished(self) -> Quantized | None:
        """Return the codes; make them, or wait for them. None if they cannot be made."""
        thread = self._thread
        if thread is not None:
            thread.join()
        if not self._is_settled():
            self._make(available_cores())
        return self.made

    def _is_settled(self) -> bool:
        return self.made is not None or self._impossible

    def _make(self, threads: int) -> None:
        try:
            made = Quantized.from_references(self._references, threads)
            if made is not None:
                # So that the first search by codes need not wait for it. The thread imports nothing
                # else.
                with IMPORTING:
                    integer_product()
        except MemoryError:
            # They take a quarter of the references' memory: searches work without them.
            made = None
        self.made, self._impossible = made, made is None


@lru_cache(maxsize=None)
def integer_product() -> Any:
    """Return a function for the matrix product of uint8 and int8, in int32, on the caller's thread.

    NumPy has none that is faster than with floats; ONNX Runtime is here for the networks.
    """
    from onnx import TensorProto, helper

    kinds = {"queries": TensorProto.UINT8, "codes": TensorProto.INT8, "products": TensorProto.INT32}
    *inputs, output = (helper.make_tensor_value_info(*kind, [None, None]) for kind in kinds.items())
    node = helper.make_node("MatMulInteger", ["queries", "codes"], ["products"])
    graph = helper.make_graph([node], "integer_product", inputs, [output])
    # Of opset 10 and IR 5, in which the operator came: every ONNX Runtime reads them.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 10)], ir_version=5)
    # Without threads of its own it works on after a fork, and the child can end.
    session = onnx_runtime().InferenceSession(
        model.SerializeToString(), session_options(1), providers=["CPUExecutionProvider"]
    )
    return lambda queries, codes: session.run(None, {"queries": queries, "codes": codes})[0]


def _columns(sample: Matrix) -> Numbers:
    """Return the columns' means and steps, ``(2, d) float64``, from some of the rows."""
    sample = sample.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sample.mean(axis=0)
        sample -= mean
        reach = np.minimum(np.abs(sample).max(axis=0), REACH * sample.std(axis=0))
        # Steps in proportion to the columns' reach leave the least rest, and equal steps lose the
        # least of the queries' weights. Bounds of networks' features are narrowest in between.
        steps = np.sqrt(reach) * np.sqrt(reach.max()) / LARGEST
    return np.stack([mean, np.where(reach > LEAST, steps, 1)])


def _encode(references: Matrix, columns: Numbers, codes: Codes, rows: Numbers) -> None:
    """Fill the codes, ``(d, r)``, and the rows' figures, ``(4, r)``, of a block of references."""
    mean, steps = columns
    per_step = 1 / steps
    for part in blocks.slices(*references.shape):
        rest = references[part] - mean
        code = rest * per_step
        np.rint(code, out=code)
        np.clip(code, -LARGEST, LARGEST, out=code)
        codes[:, part] = code.astype(np.int8).T
        rows[0, part] = np.einsum("ij,ij->i", rest, rest)
        rows[2, part] = np.sqrt(np.einsum("ij,ij->i", code, code))
        rows[3, part] = code.sum(axis=1)
        code *= steps
        rest -= code
        rows[1, part] = np.sqrt(np.einsum("ij,ij->i", rest, rest))
