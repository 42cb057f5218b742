"""From an SFrame's columns to what the search takes: a matrix of vectors, and labels of rows."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Sequence

import numpy as np

from ...errors import ColumnTypeError, MissingColumnError, ToolkitError
from ..frames.sarray import SArray
from ..frames.sframe import SFrame

if TYPE_CHECKING:
    from ...search.blocks import Matrix

LENGTHS_TOLD = 5


def row_numbers(count: int) -> SArray:
    """Return the labels of rows that no column names: 0, 1, 2, ..."""
    return SArray(np.arange(count))


def label_column(dataset: SFrame, label: str) -> SArray:
    """Return the column that names rows.

    Raises
    ------
    MissingColumnError
        If there is none of this name.
    ColumnTypeError
        If it holds neither int nor str.
    """
    if label not in dataset.column_names():
        raise MissingColumnError(label, dataset.column_names(), role="row label column")
    if dataset[label].dtype not in (int, str):
        raise ColumnTypeError(
            f"The row label column '{label}' must hold int or str; found "
            f"{dataset[label].dtype.__name__}."
        )
    return dataset[label]


def feature_matrix(dataset: SFrame, names: Sequence[str]) -> Matrix:
    """Return columns of vectors and numbers, side by side, as one matrix, ``(rows, d)``.

    It is float32 where that loses nothing, which halves the memory; else float64.

    Raises
    ------
    MissingColumnError
        If a column is missing.
    ColumnTypeError
        If one holds neither vectors nor numbers.
    ToolkitError
        If values are missing or not finite, or vectors of a column differ in length.
    """
    blocks = [_block(dataset, name) for name in names]
    matrix = blocks[0] if len(blocks) == 1 else np.hstack(blocks)
    if not np.isfinite(matrix.sum(axis=1, dtype=np.float64)).all():
        raise ToolkitError(
            f"The columns {list(names)} hold numbers that are not finite (NaN or infinite): such "
            "rows are at no distance from others; leave them out."
        )
    if matrix.dtype != np.float64:
        return matrix.astype(np.float32, copy=False)
    with np.errstate(over="ignore"):
        narrow = matrix.astype(np.float32)
    return narrow if np.array_equal(narrow, matrix) else matrix


def _block(dataset: SFrame, name: str) -> Matrix:
    if name not in dataset.column_names():
        raise MissingColumnError(name, dataset.column_names(), role="feature column")
    column = dataset[name]
    if column.dtype not in (int, float, array.array):
        raise ColumnTypeError(
            f"The column '{name}' of type {column.dtype.__name__} cannot be compared; expected "
            "vectors or numbers."
        )
    if column.dtype is not array.array and column._values.dtype != object:
        return column._values[:, None].astype(np.float64)
    vectors = column._values.tolist()
    if any(vector is None for vector in vectors):
        raise ToolkitError(f"The column '{name}' misses values: drop those rows with dropna().")
    lengths = sorted(set(map(len, vectors)))
    if len(lengths) > 1:
        raise ToolkitError(
            f"The column '{name}' holds vectors of several lengths: {lengths[:LENGTHS_TOLD]}."
        )
    return np.stack(vectors)
