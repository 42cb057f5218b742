"""Nearest neighbours of feature vectors, as in ``turicreate.nearest_neighbors``: exact."""

from __future__ import annotations

import array
import time
from typing import Sequence

from ..errors import ToolkitError
from .frames.sframe import SFrame
from .models.comparison import Comparison
from .models.inputs import feature_matrix, labels_of
from .models.neighbors import KIND, NearestNeighborsModel, check_frame

__all__ = ["KIND", "NearestNeighborsModel", "create"]

# Both are exact; the search is by brute force in any case.
METHODS = ("auto", "brute_force", "ball_tree")
UNNAMED = (None, "auto")


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
        The reference rows.
    label : str, optional
        The column (str or int) that names the rows in results; by default, row numbers do.
    features : list of str, optional
        The columns of vectors or numbers to compare, side by side as one vector; by default, all
        but the label.
    distance : {'euclidean', 'cosine'}, optional
        ``'cosine'`` is ``1 - cos``, from 0 to 2. Turi Create's other distances are not here.
        Without a distance, Turi Create adds up those of each column of vectors and of all numbers
        together; here, several columns need a distance, which compares them as one vector.
    method : {'auto', 'brute_force', 'ball_tree'}
        The search is exact, and by brute force, in any case; Turi Create has no ball tree of
        cosine distances.
    verbose : bool
        Accepted for Turi Create's sake: there is nothing to wait for.

    Raises
    ------
    ToolkitError
        If the dataset is not an SFrame or has no rows; if there is nothing to compare, a column is
        missing or not one of vectors or numbers, values are missing or not finite, or vectors
        differ in length; if the distance is the cosine, and a row holds nothing but zeros.
    TypeError
        If ``features`` is not a list, a column is not one of vectors or numbers, the label is
        neither int nor str, or the method is a ball tree for cosine distances.
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
    check_frame(dataset, "dataset")
    if isinstance(features, str):
        raise TypeError(f"Expected features to be a list of column names; found {features!r}.")
    comparison = Comparison.from_distance("euclidean" if distance in UNNAMED else distance)
    if method not in METHODS:
        raise ValueError(f"Method {method!r} is not supported; expected one of {METHODS}.")
    if comparison.cosine and method == "ball_tree":
        raise TypeError("Method 'ball_tree' finds no cosine distances; expected 'brute_force'.")
    labels = labels_of(dataset, label)
    named = dataset.column_names() if features is None else features
    chosen = [name for name in named if name != label]
    if not chosen:
        raise ToolkitError("There are no features to compare beside the row label column.")
    matrix = feature_matrix(dataset, chosen)
    kinds = [dataset[name].dtype for name in chosen]
    parts = kinds.count(array.array) + any(kind is not array.array for kind in kinds)
    if distance in UNNAMED and parts > 1:
        raise ToolkitError(
            f"The columns {chosen} make up {parts} vectors, whose distances Turi Create would add "
            "up; give distance='euclidean' to compare them side by side as one."
        )
    matrix = comparison.prepared(matrix)
    seconds = time.perf_counter() - start
    return NearestNeighborsModel(matrix, labels, label, chosen, seconds, comparison=comparison)
