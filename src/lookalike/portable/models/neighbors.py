"""The model of ``nearest_neighbors``: reference rows, ready to be searched."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Sequence

import numpy as np

from ...errors import ToolkitError
from ...search.approximate import ApproximateIndex
from ...search.exact import ExactSearch
from ...search.limits import plain_k_and_radius
from ...storage import saved_folder
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from .comparison import Comparison
from .inputs import LABEL_TYPES, feature_matrix, labels_of
from .sgraph import SGraph
from .summary import Described, Sections

if TYPE_CHECKING:
    from ...search.blocks import Matrix
    from ...search.exact import Neighbors
    from ...storage.saved_folder import Saved


KIND = "nearest_neighbors"
AS_THEY_ARE = Comparison()


class NearestNeighborsModel(Described):
    """Reference rows, ready to be searched; made by ``create``.

    Attributes
    ----------
    labels : SArray of int or str
        The reference rows' names.
    label : str or None
        The column that names the rows.
    features : list of str
        The columns that are compared.
    comparison : Comparison
        How features are compared; ``matrix`` holds them as it has prepared them.
    training_time : float
        Seconds.
    """

    _width = 30
    _sections: ClassVar[Sections] = [
        (
            "Attributes",
            [
                ("Method", "method"),
                ("Number of distance components", "num_distance_components"),
                ("Number of examples", "num_examples"),
                ("Number of feature columns", "num_features"),
                ("Number of unpacked features", "num_unpacked_features"),
                ("Distance", "_distance_name"),
                ("Total training time (seconds)", "training_time"),
            ],
        )
    ]
    method = "brute_force"
    num_distance_components = 1

    def __init__(
        self,
        matrix: Matrix,
        labels: SArray | None,
        label: str | None,
        features: Sequence[str],
        training_time: float = 0.0,
        saved: Saved | None = None,
        comparison: Comparison = AS_THEY_ARE,
    ) -> None:
        self._matrix = matrix
        self.labels = SArray(np.arange(len(matrix))) if labels is None else labels
        self.label = label
        self.features = list(features)
        self.training_time = training_time
        self.comparison = comparison
        self._saved = saved
        self._index: ApproximateIndex | None = None

    @property
    def _distance_name(self) -> str:
        return self.comparison.distance

    @property
    def matrix(self) -> Matrix:
        """The reference rows' vectors, ``(n, d)`` float32 or float64; saved ones are verified."""
        if self._saved is not None:
            self._saved.verify()
        return self._matrix

    @property
    def distance(self) -> list[Any]:
        """What is compared, how, and its weight."""
        return [[self.features, self.comparison.distance, 1.0]]

    @property
    def num_examples(self) -> int:
        """The number of reference rows."""
        return len(self._matrix)

    @property
    def num_features(self) -> int:
        """The number of feature columns."""
        return len(self.features)

    @property
    def num_unpacked_features(self) -> int:
        """The number of numbers that are compared."""
        return int(self._matrix.shape[1])

    def query(
        self,
        dataset: SFrame,
        label: str | None = None,
        k: int | None = 5,
        radius: float | None = None,
        verbose: bool = True,
        method: str = "exact",
    ) -> SFrame:
        """Find the nearest reference rows of each row of a dataset.

        Parameters
        ----------
        dataset : SFrame
            With the columns that the model compares. Missing values are an error: Turi Create
            takes the mean of the reference rows for them.
        label : str, optional
            The column that names the queries in the result; by default, row numbers do.
        k : int or None
            How many neighbours at the most; None for all (within ``radius``).
        radius : float, optional
            The largest distance that counts.
        verbose : bool
            Accepted for Turi Create's sake.
        method : {'exact', 'approximate'}
            ``'approximate'`` uses the index that ``build_index`` built: it may miss neighbours.

        Returns
        -------
        SFrame
            ``query_label``, ``reference_label``, ``distance`` (that of ``create``) and ``rank``
            (from 1), query by query, nearest first; equally near ones in the order of the
            reference rows.

        Raises
        ------
        ToolkitError
            If the dataset is not an SFrame, is empty, misses a column or values, or its vectors
            differ in length from the model's; if there is no index; if the model's distance is the
            cosine, and a row holds nothing but zeros.
        TypeError
            If the label column holds neither int nor str.
        ValueError
            If k is not a positive whole number, the radius is negative, or the method is none of
            the two, or approximate without a k.
        """
        k, radius = plain_k_and_radius(k, radius)
        check_frame(dataset, "query")
        labels = labels_of(dataset, label)
        return self.search(feature_matrix(dataset, self.features), labels, k, radius, method)

    def search(
        self,
        queries: Matrix,
        labels: SArray,
        k: int | None,
        radius: float | None,
        method: str = "exact",
    ) -> SFrame:
        """Find the neighbours of features, ``(m, d) float``, as ``query`` returns them."""
        return self._table(labels, self.neighbors(queries, k, radius, method))

    def neighbors(
        self, queries: Matrix, k: int | None, radius: float | None, method: str = "exact"
    ) -> Neighbors:
        """Find the rows of the neighbours of features, ``(m, d) float``, and their distances."""
        if method not in ("exact", "approximate"):
            raise ValueError(f"Expected method 'exact' or 'approximate'; found {method!r}.")
        if queries.shape[1] != self.num_unpacked_features:
            raise ToolkitError(
                f"The model compares vectors of {self.num_unpacked_features} numbers; the query's "
                f"have {queries.shape[1]}."
            )
        queries = self.comparison.prepared(queries)
        radius = self.comparison.searched(radius)
        if method == "exact":
            return self._named(self._exact.neighbors(queries, k, radius))
        if k is None:
            raise ValueError("An approximate search needs a k: its index proposes so many rows.")
        if self._index is None:
            raise ToolkitError("The model has no approximate index: build it with build_index().")
        return self._named(self._index.neighbors(self._exact, queries, k, radius))

    def _named(self, found: Neighbors) -> Neighbors:
        return found._replace(distances=self.comparison.named(found.distances))

    def vectors(self, rows: slice) -> Matrix:
        """Return reference rows as they are compared, ``(r, d) float32``."""
        return self._exact.vectors(rows)

    def build_index(self, verbose: bool = True) -> float:
        """Build an approximate index, for collections where exact search takes too long.

        Only ``query(..., method='approximate')`` uses it. It is not saved with the model: usearch
        reads a damaged index without checking it, and then crashes Python.

        Returns
        -------
        float
            Its recall, between 0 and 1: the share of the 10 nearest that it finds, measured with
            rows that it did not hold then. With ``verbose``, it is printed, after the progress.

        Raises
        ------
        BackendError
            If usearch, the extra ``ann``, is not installed.
        ToolkitError
            If there are fewer rows than an index makes sense for.
        """
        self._index = ApproximateIndex.build(self._exact, verbose)
        return self._index.recall

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
        k, radius, verbose
            As in ``query``.
        include_self_edges : bool
            Whether a row is its own neighbour.
        output_type : {'SGraph', 'SFrame'}
            An SGraph with an edge from each row to each neighbour, or a table as of ``query``.

        Raises
        ------
        ValueError
            If k is not a positive whole number, the radius is negative, or ``output_type`` is
            neither of the two.
        """
        k, radius = plain_k_and_radius(k, radius)
        if output_type not in ("SGraph", "SFrame"):
            raise ValueError(f"Expected output_type 'SGraph' or 'SFrame'; found {output_type!r}.")
        radius = self.comparison.searched(radius)
        found = self._exact.neighbors(self.matrix, k, radius, skip_self=not include_self_edges)
        edges = self._table(self.labels, self._named(found))
        return edges if output_type == "SFrame" else SGraph.from_neighbors(self.labels, edges)

    @property
    def _exact(self) -> ExactSearch:
        # Before every search: what is mapped may have been cut meanwhile.
        if self._saved is not None:
            self._saved.verify()
        return self._search

    @cached_property
    def _search(self) -> ExactSearch:
        arrays = None if self._saved is None else self._saved.arrays
        return ExactSearch(self._matrix, arrays, self.comparison.centre)

    def __getstate__(self) -> dict[str, Any]:
        # What is mapped becomes a copy, which is verified first. An index cannot be copied.
        return {**self.__dict__, "_search": self._exact, "_saved": None, "_index": None}

    def _table(self, labels: SArray, found: Neighbors) -> SFrame:
        queries = np.repeat(np.arange(len(found.counts)), found.counts)
        firsts = np.cumsum(found.counts) - found.counts
        return SFrame(
            {
                "query_label": labels.take(queries),
                "reference_label": self.labels.take(found.rows),
                "distance": SArray(found.distances),
                "rank": SArray(np.arange(1, len(queries) + 1) - firsts[queries]),
            }
        )

    def save(self, location: str) -> None:
        """Write the model as a folder that ``tc.load_model`` reads; errors as ``saved_folder``."""
        facts = {
            "label": self.label,
            "labels": list(self.labels),
            "label_type": self.labels.dtype.__name__,
            "features": self.features,
            "training_time": self.training_time,
            "distance": self.comparison.distance,
        }
        saved_folder.write(location, KIND, facts, self.to_arrays())

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return the arrays of the model: its vectors, and what was computed of them."""
        return {"matrix": self.matrix, **self._exact.to_arrays()}

    @classmethod
    def from_saved(cls, saved: Saved) -> NearestNeighborsModel:
        """Return a saved model; its vectors are verified when they are searched first."""
        facts = saved.facts
        labels = SArray(facts["labels"], LABEL_TYPES[facts["label_type"]])
        return cls(
            saved.arrays["matrix"],
            labels,
            facts["label"],
            facts["features"],
            facts["training_time"],
            saved,
            # Version 0.1 had one distance alone, and did not write it.
            Comparison.from_distance(facts.get("distance", "euclidean")),
        )


def check_frame(dataset: SFrame, role: str) -> None:
    """Raise ``ToolkitError`` for what is no SFrame, or has no rows."""
    if not isinstance(dataset, SFrame):
        raise ToolkitError(f"Expected an SFrame as the {role}; found {type(dataset).__name__}.")
    if len(dataset) == 0:
        raise ToolkitError(f"The {role} has no rows: it needs at least one.")
