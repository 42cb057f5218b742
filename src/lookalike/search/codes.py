"""Bounds of distances by products of codes: one byte a number, a quarter of float32's to read.

Each number is a code from -127 to 127, its distance from the column's mean in steps of the column
(scalar quantization). With ``y = x - mean`` and ``p = q - mean``, a row is
``y = steps * code + rest``, and its squared distance

    |x - q|^2 = |y|^2 - 2 y.p + |p|^2,  where  y.p = code.(steps * p) + rest.p

The query's ``weights = steps * p`` are rounded to whole multiples of a unit, so that the products
are of whole numbers, and exact. What is left out by that is at most ``|code| |weights - rounded|``,
and ``rest.p`` at most ``|rest| |p|`` (Cauchy and Schwarz); all these lengths are known.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Iterator, Mapping

import numpy as np

from ..runtime import ERRORS_ALONE, available_cores, onnx_runtime
from . import blocks

if TYPE_CHECKING:
    from .blocks import Matrix, Numbers, Rows

    Codes = np.ndarray[Any, np.dtype[np.int8]]

# The numbers from which codes pay, such as 40,000 rows of 1280: making them takes as long as a
# hundred queries without.
LARGE = 50_000_000
# The largest code, and the largest of a query. Where the processor has nothing better, ONNX Runtime
# adds two products in 16 bits: 2 * 127 * 127 fits. Queries have an offset, since it wants them
# unsigned.
LARGEST, LARGEST_OF_QUERY, OFFSET = 127, 63, 64
# Shorter rows have few bytes to save; the products of longer ones do not fit 32 bits.
NARROWEST, WIDEST = 64, 2**31 // LARGEST**2
# The most rows in a block of codes: their products with 32 queries take 8 MB.
ROWS = 65_536
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
    def of(cls, references: Matrix) -> Quantized | None:
        """Return the codes of references, ``(n, d) float``, which may be mapped from a file.

        There are none where they do not pay, or the references are so huge that products of their
        squares overflow.
        """
        total, width = references.shape
        if references.size < LARGE or not NARROWEST <= width <= WIDEST:
            return None
        count = -(-total // ROWS)
        length = -(-total // (count * ALIGNED)) * ALIGNED
        codes = np.zeros((count, width, length), np.int8)
        rows = np.empty((4, total))
        # By chance, since rows that repeat themselves could hide between evenly spaced ones.
        some = np.unique(np.random.default_rng(0).integers(total, size=SAMPLE))
        columns = _columns(references[some])

        def encode(block: int, first: int) -> None:
            inside = slice(first, first + STRETCH)
            start = block * length
            part = slice(start + first, start + min(first + STRETCH, length))
            with np.errstate(over="ignore", invalid="ignore"):
                _encode(references[part], columns, codes[block, :, inside], rows[:, part])

        with ThreadPoolExecutor(available_cores()) as pool:
            list(pool.map(encode, *zip(*product(range(count), range(0, length, STRETCH)))))
        return cls(codes, columns, rows) if (rows[0] < HUGE).all() else None

    def bounds(self, queries: Matrix, radius: float | None) -> QuantizedBounds | None:
        """Return the bounds for queries, ``(m, d) float``; None if they are huge, too."""
        with np.errstate(over="ignore"):
            centered = queries.astype(np.float64) - self.columns[0]
            norms = np.einsum("ij,ij->i", centered, centered)
        return QuantizedBounds(self, centered, norms, radius) if (norms < HUGE).all() else None

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return the arrays that it consists of, by the names that ``of_arrays`` expects."""
        return {"codes": self.codes, "code_columns": self.columns, "code_rows": self.rows}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Quantized:
        """Return what ``to_arrays`` told."""
        return cls(arrays["codes"], arrays["code_columns"], arrays["code_rows"])


class QuantizedBounds:
    """``candidates.Bounds`` by products of codes."""

    def __init__(
        self, quantized: Quantized, centered: Numbers, norms: Numbers, radius: float | None
    ) -> None:
        self._quantized = quantized
        self._norms = norms
        steps = quantized.columns[1]
        weights = centered * steps
        units = np.abs(weights).max(axis=1, keepdims=True) / LARGEST_OF_QUERY
        units[units == 0] = 1
        codes = np.rint(weights / units)
        self._codes = (codes + OFFSET).astype(np.uint8)
        self._units = units
        # With what the weights themselves are rounded by, which codes of small steps make large.
        self._lost = np.linalg.norm(weights - units * codes, axis=1)
        self._lost += quantized.relative * np.linalg.norm(weights, axis=1)
        self.limits = np.full(len(norms), np.inf)
        if radius is not None:
            self.limits = radius * radius - norms * (1 - quantized.relative) + quantized.absolute

    def blocks(self, k: int) -> Iterator[tuple[int, Matrix]]:
        """See ``candidates.Bounds``; blocks are as long as the codes', whatever k is."""
        multiply = integer_product()
        centered, lost = 2 * self._lengths()[:, :, None]
        relative, absolute = self._quantized.relative, self._quantized.absolute
        step = max(1, SCORES // len(self._codes))
        length, total = self._quantized.codes.shape[2], self._quantized.rows.shape[1]
        for block, codes in enumerate(self._quantized.codes):
            products = multiply(self._codes, codes)
            start = block * length
            stop = min(start + length, total)
            for first in range(start, stop, step):
                last = min(first + step, stop)
                squares, rests, lengths, sums = self._quantized.rows[:, first:last]
                exact = products[:, first - start : last - start] - OFFSET * sums
                scores = squares * (1 - relative) - absolute - exact * (2 * self._units)
                # Not by a matrix product: its threads would be in the way of the other's.
                scores -= rests * centered
                scores -= lengths * lost
                yield first, scores

    def ceilings(self, scores: Matrix, which: Rows, rows: Rows) -> Numbers:
        """See ``candidates.Bounds``."""
        squares, rests, lengths, _ = self._quantized.rows[:, rows]
        centered, lost = self._lengths()[:, which]
        rounding = self._quantized.relative * (squares + self._norms[which])
        rounding += self._quantized.absolute
        upper: Numbers = scores + 2 * rounding + 4 * (rests * centered + lengths * lost)
        return upper

    def _lengths(self) -> Numbers:
        """Return each query's ``|p|`` and ``|weights - rounded|``, a little more than they are."""
        more = 1 + self._quantized.relative
        return np.stack([np.sqrt(self._norms), self._lost]) * more


@lru_cache(maxsize=None)
def integer_product() -> Any:
    """Return a function for the matrix product of uint8 and int8, in int32, on all cores.

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
    # Its own choice binds threads to cores, which not every container allows.
    options.intra_op_num_threads = available_cores()
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
