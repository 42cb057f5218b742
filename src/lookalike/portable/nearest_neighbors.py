"""Nearest neighbours of feature vectors, as in ``turicreate.nearest_neighbors``: exact."""

from __future__ import annotations

import array
import numbers
import time
from typing import Any, Iterable, Sequence

import numpy as np

from ..errors import MissingColumnError, ToolkitError
from . import model_files, summaries
from .brute_force import BruteForce, Matrix, Neighbors
from .sarray import SArray
from .sframe import SFrame
from .sgraph import SGraph

KIND = "nearest_neighbors"


def create(
    dataset: SFrame,
    label: str | None = None,
    features: Sequence[str] | None = None,
    distance: str | None = None,
    method: str = "auto",
    verbose: bool = True,
) -> NearestNeighborsModel:
    """Make a model that finds the nearest rows of a dataset.

    Parameters
    ----------
    dataset : SFrame
        The reference rows. Several feature columns are taken as one vector, side by side.
    label : str, optional
        The column (str or int) that names the rows in results; by default, row numbers do.
    features : list of str, optional
        The columns of vectors or numbers to compare; by default, all but the label.
    distance : {'euclidean'}, optional
        Turi Create's other distances are not here.
    method : {'auto', 'brute_force'}
        The search is exact in any case.
    verbose : bool
        Accepted for Turi Create's sake: there is nothing to wait for.

    Raises
    ------
    TypeError
        If ``features`` is not a list of str, or a column is not one of vectors or numbers.
    ToolkitError
        If the dataset is not an SFrame, has no rows, or vectors differ in length.
    MissingColumnError
        If there is no such column.
    ValueError
        If the distance or the method is not supported.

    Examples
    --------
    >>> from lookalike import tc
    >>> rows = tc.SFrame({'name': ['a', 'b'], 'features': [[1.0, 2.0], [4.0, 6.0]]})
    >>> model = tc.nearest_neighbors.create(rows, label='name', features=['features'])
    >>> list(model.query(rows[0:1])['distance'])
    [0.0, 5.0]
    """
    start = time.perf_counter()
    if not isinstance(dataset, SFrame):
        raise ToolkitError(f"Expected an SFrame as the dataset; found {type(dataset).__name__}.")
    if len(dataset) == 0:
        raise ToolkitError("The dataset has no rows: a model needs at least one.")
    if isinstance(features, str):
        raise TypeError(f"Expected features to be a list of column names; found {features!r}.")
    if distance not in (None, "auto", "euclidean"):
        raise ValueError(f"Distance {distance!r} is not supported; expected 'euclidean'.")
    if method not in ("auto", "brute_force"):
        raise ValueError(f"Method {method!r} is not supported; expected 'auto' or 'brute_force'.")
    labels = None if label is None else label_column(dataset, label)
    chosen = list(features or (name for name in dataset.column_names() if name != label))
    if label in chosen:
        raise ToolkitError(f"The row label column '{label}' cannot be one of the features.")
    if not chosen:
        raise ToolkitError("The only column is the row label: there are no features to compare.")
    matrix = feature_matrix(dataset, chosen)
    return NearestNeighborsModel(
        matrix, labels, label, chosen, training_time=time.perf_counter() - start
    )


class NearestNeighborsModel:
    """Reference rows, ready to be searched; made by ``create``.

    Attributes
    ----------
    label : str or None
        The column that names the rows.
    features : list of str
        The columns that are compared.
    num_examples, num_features, num_unpacked_features : int
        Reference rows, feature columns, and numbers in a row.
    training_time : float
        Seconds.
    """

    method = "brute_force"
    distance = "euclidean"
    num_distance_components = 1

    def __init__(
        self,
        matrix: Matrix,
        labels: SArray | None,
        label: str | None,
        features: Sequence[str],
        training_time: float = 0.0,
    ) -> None:
        self.matrix = matrix
        self.labels = SArray(range(len(matrix)), int) if labels is None else labels
        self.label = label
        self.features = list(features)
        self.training_time = training_time
        self._search = BruteForce(matrix)

    @property
    def num_examples(self) -> int:
        """The number of reference rows."""
        return len(self.matrix)

    @property
    def num_features(self) -> int:
        """The number of feature columns."""
        return len(self.features)

    @property
    def num_unpacked_features(self) -> int:
        """The number of numbers that are compared."""
        return int(self.matrix.shape[1])

    def query(
        self,
        dataset: SFrame,
        label: str | None = None,
        k: int | None = 5,
        radius: float | None = None,
        verbose: bool = True,
    ) -> SFrame:
        """Find the nearest reference rows of each row of a dataset.

        Parameters
        ----------
        dataset : SFrame
            With the columns that the model compares.
        label : str, optional
            The column that names the queries in the result; by default, row numbers do.
        k : int or None
            How many neighbours at the most; None for all (within ``radius``).
        radius : float, optional
            The largest distance that counts.
        verbose : bool
            Accepted for Turi Create's sake.

        Returns
        -------
        SFrame
            ``query_label``, ``reference_label``, ``distance`` (Euclidean, on the raw features)
            and ``rank`` (from 1), query by query, nearest first.

        Raises
        ------
        ToolkitError
            If the dataset is not an SFrame, is empty, or its vectors differ in length from the
            model's.
        MissingColumnError
            If a column is missing.
        ValueError
            If k is not a positive whole number, or the radius is negative.
        """
        check_k_and_radius(k, radius)
        if not isinstance(dataset, SFrame):
            raise ToolkitError(f"Expected an SFrame as the query; found {type(dataset).__name__}.")
        if len(dataset) == 0:
            raise ToolkitError("The query has no rows.")
        labels = range(len(dataset)) if label is None else label_column(dataset, label)
        return self.search(feature_matrix(dataset, self.features), labels, k, radius)

    def search(
        self, queries: Matrix, labels: Iterable[Any], k: int | None, radius: float | None
    ) -> SFrame:
        """Find the neighbours of features, ``(m, d) float``, as ``query`` gives them."""
        if queries.shape[1] != self.num_unpacked_features:
            raise ToolkitError(
                f"The model compares vectors of {self.num_unpacked_features} numbers; the query's "
                f"have {queries.shape[1]}."
            )
        return self._table(labels, self._search.neighbors(queries, k, radius))

    def similarity_graph(
        self,
        k: int | None = 5,
        radius: float | None = None,
        include_self_edges: bool = False,
        output_type: str = "SGraph",
        verbose: bool = True,
    ) -> SGraph | SFrame:
        """Find the nearest other reference rows of each reference row.

        Parameters
        ----------
        k, radius
            As in ``query``.
        include_self_edges : bool
            Whether a row is its own neighbour.
        output_type : {'SGraph', 'SFrame'}
            An SGraph with an edge from each row to each neighbour, or the table that ``query``
            gives.
        verbose : bool
            Accepted for Turi Create's sake.

        Raises
        ------
        ValueError
            If k is not a positive whole number, the radius is negative, or ``output_type`` is
            neither of the two.
        """
        check_k_and_radius(k, radius)
        if output_type not in ("SGraph", "SFrame"):
            raise ValueError(f"Expected output_type 'SGraph' or 'SFrame'; found {output_type!r}.")
        found = self._search.neighbors(self.matrix, k, radius, skip_self=not include_self_edges)
        edges = self._table(self.labels, found)
        return edges if output_type == "SFrame" else SGraph.of_neighbors(self.labels, edges)

    def _table(self, labels: Iterable[Any], found: Iterable[Neighbors]) -> SFrame:
        results = list(found)
        counts = [len(rows) for rows, _ in results]
        query_labels = labels if isinstance(labels, SArray) else SArray(labels)
        rows = np.concatenate([rows for rows, _ in results])
        return SFrame(
            {
                "query_label": query_labels.take(np.repeat(np.arange(len(counts)), counts)),
                "reference_label": self.labels.take(rows),
                "distance": SArray(np.concatenate([far for _, far in results]), float),
                "rank": SArray(np.concatenate([np.arange(1, n + 1) for n in counts]), int),
            }
        )

    def summary(self, output: str | None = None) -> Any:
        """Print the model's facts, or return them: ``output='str'`` or ``'dict'``."""
        return summaries.summary(self, SECTIONS, output)

    def __repr__(self) -> str:
        return summaries.model_text(self, SECTIONS, summaries.width_of(SECTIONS))

    def save(self, location: str) -> None:
        """Write the model as a folder, which ``tc.load_model`` reads."""
        facts = {
            "labels": list(self.labels),
            "label": self.label,
            "features": self.features,
            "training_time": self.training_time,
        }
        model_files.write(location, KIND, facts, {"matrix": self.matrix})

    @classmethod
    def load(cls, location: str) -> NearestNeighborsModel:
        """Read what ``save`` wrote; ``tc.load_model`` calls it."""
        facts, arrays = model_files.read(location, KIND)
        return cls(
            arrays["matrix"],
            SArray(facts["labels"]),
            facts["label"],
            facts["features"],
            facts["training_time"],
        )


SECTIONS: summaries.Sections = [
    (
        "Attributes",
        [
            ("Method", "method"),
            ("Number of distance components", "num_distance_components"),
            ("Number of examples", "num_examples"),
            ("Number of feature columns", "num_features"),
            ("Number of unpacked features", "num_unpacked_features"),
            ("Distance", "distance"),
            ("Total training time (seconds)", "training_time"),
        ],
    )
]


def check_k_and_radius(k: int | None, radius: float | None) -> None:
    """Raise ``ValueError`` for a k or a radius that makes no sense."""
    if k is not None and (not isinstance(k, numbers.Integral) or k <= 0):
        raise ValueError(f"Expected k to be an integer larger than 0, or None; found {k!r}.")
    if radius is not None and (not isinstance(radius, numbers.Real) or not radius >= 0):
        raise ValueError(f"Expected radius to be a number of 0 or more, or None; found {radius!r}.")


def label_column(dataset: SFrame, label: str) -> SArray:
    """Return the column that names rows.

    Raises
    ------
    MissingColumnError
        If there is none of this name.
    TypeError
        If it holds neither int nor str.
    """
    if label not in dataset.column_names():
        raise MissingColumnError(label, dataset.column_names(), role="row label column")
    if dataset[label].dtype not in (int, str):
        raise TypeError(
            f"The row label column '{label}' must hold int or str; found "
            f"{dataset[label].dtype.__name__}."
        )
    return dataset[label]


def feature_matrix(dataset: SFrame, names: Sequence[str]) -> Matrix:
    """Return columns of vectors and numbers as one matrix, ``(rows, d)``.

    It is float32 where that loses nothing, which halves the memory; else float64.

    Raises
    ------
    MissingColumnError, TypeError, ToolkitError
        If a column is missing, holds something else, or vectors of several lengths.
    """
    blocks = [_block(dataset, name) for name in names]
    matrix = blocks[0] if len(blocks) == 1 else np.hstack(blocks)
    if not np.isfinite(matrix).all():
        raise ToolkitError(f"The columns {list(names)} hold numbers that are not finite.")
    if matrix.dtype == np.float64:
        narrow = matrix.astype(np.float32)
        if np.array_equal(narrow, matrix):
            return narrow
    return matrix


def _block(dataset: SFrame, name: str) -> Matrix:
    if name not in dataset.column_names():
        raise MissingColumnError(name, dataset.column_names(), role="feature column")
    column = dataset[name]
    if any(value is None for value in column._series):
        raise ToolkitError(f"The column '{name}' misses values: drop those rows with dropna().")
    if column.dtype in (int, float):
        return column.to_numpy()[:, None].astype(np.float64)
    if column.dtype is not array.array:
        raise TypeError(
            f"The column '{name}' of type {column.dtype.__name__} cannot be compared; expected "
            "vectors or numbers."
        )
    lengths = sorted({len(value) for value in column._series})
    if len(lengths) > 1:
        raise ToolkitError(f"The column '{name}' holds vectors of several lengths: {lengths[:5]}.")
    return column.to_numpy()
