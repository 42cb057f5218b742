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

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import product
from typing import TYPE_CHECKING, Any, Iterator, Mapping

import numpy as np

from ..runtime import ERRORS_ALONE, available_cores, onnx_runtime
from . import blocks
from .bounds import Bounds

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows
    from .compared import Compared

    Codes = np.ndarray[Any, np.dtype[np.int8]]

# The largest code, and the largest of a query. Where the processor has nothing better, ONNX Runtime
# adds two products in 16 bits: 2 * 127 * 127 fits. Queries have an offset, since it wants them
# unsigned.
LARGEST, LARGEST_OF_QUERY, OFFSET = 127, 63, 64
# The products of longer rows do not fit 32 bits.
WIDEST = 2**31 // LARGEST**2
# The most rows in a block of codes: their products with 32 queries take 2 MB.
ROWS = 16_384
# Numbers in a block of scores: 1 MB in float64.
SCORES = 131_072
# Each column of a block begins at a multiple of so many bytes, a cache line: products are slower
# otherwise.
ALIGNED = 64
# Rows that a thread encodes at a time.
STRETCH = 4096
# Rows that the columns' means and steps are taken from. Any would do: what they miss is in rest.
SAMPLE = 2000
# Squared lengths from which on there are no codes: far below where anything here overflows.
HUGE = 1e75
# Columns that vary less get a step of 1, which leaves their numbers to the rest: the products of
# smaller steps could underflow.
LEAST = 1e-50
# Standard deviations from the mean that codes reach at the most: what lies farther is rare.
REACH = 8


class Quantized:
    """References as codes, with what is needed to bound their distances.

    Parameters
    ----------
    codes : (b, d, r) int8
        In b blocks of r rows each, column by column, as a product with few queries reads them; the
        last block is filled up with 0.
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
        """Return the codes of references; None if there are none, too huge or too wide ones.

        Parameters
        ----------
        references : (n, d) float
            They may be mapped from a file.
        threads : int
            How many threads make them; with 1 it is the caller's own.
        rows : int
            The most rows in a block.
        """
        total, width = references.shape
        if not total or width > WIDEST:
            return None
        count = -(-total // rows)
        length = -(-total // (count * ALIGNED)) * ALIGNED
        codes = np.zeros((count, width, length), np.int8)
        figures = np.empty((4, total))
        # By chance, since rows that repeat themselves could hide between evenly spaced ones.
        some = np.unique(np.random.default_rng(0).integers(total, size=SAMPLE))
        columns = _columns(references[some])

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
        """Return the bounds for queries as they are compared; None if they are huge, too."""
        with np.errstate(over="ignore"):
            moved = queries.astype(np.float64)
            if compared.centre is None:
                moved -= self.columns[0]
            norms = blocks.lengths_squared(moved)
        if not (norms < HUGE).all():
            return None
        return QuantizedBounds(self, compared, moved, norms, radius, scores)

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return the arrays that it consists of, by the names that ``of_arrays`` expects."""
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
        # With what the weights themselves are rounded by, which codes of small steps make large.
        lost = np.linalg.norm(weights - units * codes, axis=1)
        lost += quantized.relative * np.linalg.norm(weights, axis=1)
        # A little more than they are, since they are rounded.
        self._lengths = np.sqrt(norms) * (1 + quantized.relative)
        self._lost = lost * (1 + quantized.relative)
        self._errors = quantized.relative * norms + quantized.absolute
        self.limits = np.full(len(norms), np.inf)
        if radius is not None:
            self.limits = radius * radius - norms + self._errors
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
                yield (
                    first,
                    self._block_scores(part, exact - OFFSET * self._quantized.rows[3, part]),
                )

    def _products(self) -> Iterator[Any]:
        """Return the products with each block of codes, made by as many threads as cores."""
        multiply, codes = partial(integer_product(), self._codes), self._quantized.codes
        cores = available_cores()
        with ThreadPoolExecutor(cores) as pool:
            # As many at a time, so that few products are held.
            for start in range(0, len(codes), cores):
                yield from pool.map(multiply, codes[start : start + cores])

    def _block_scores(self, part: slice, products: Numbers) -> Numbers:
        """Return the scores of some references by the products of their codes."""
        _, rests, lengths, _ = self._quantized.rows[:, part]
        scores = products * (-2 * self._units)
        # Not by a matrix product: its threads would be in the way of the other's.
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
        """Return some references' squared norms, and how far rounding may put off scores."""
        squares = self._quantized.rows[0, rows]
        relative, absolute = self._quantized.relative, self._quantized.absolute
        if self._compared.centre is None:
            return squares, relative * squares + absolute
        # y is the row less the columns' mean, which is then added as a product of its own.
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
        upper: Numbers = scores + 2 * (errors + self._errors[which]) + 4 * left_out
        return upper


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
    options = onnx_runtime().SessionOptions()
    # Without threads of its own it works on after a fork, and the child can end.
    options.intra_op_num_threads = 1
    options.log_severity_level = ERRORS_ALONE
    session = onnx_runtime().InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda queries, codes: session.run(None, {"queries": queries, "codes": codes})[0]


def _columns(sample: Matrix) -> Numbers:
    """Return the columns' means and steps, ``(2, d) float64``, by some of the rows."""
    sample = sample.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sample.mean(axis=0)
        sample -= mean
        reach = np.minimum(np.abs(sample).max(axis=0), REACH * sample.std(axis=0))
        # Steps in proportion to the columns' reach leave the least rest, equal ones lose the least
        # of the queries' weights: between the two, bounds of networks' features are narrowest.
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
