"""The column that a model compares: images, or features that were extracted before."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Iterable

import numpy as np

from ...errors import MissingColumnError, ToolkitError, UnreadableImageError
from ..frames.image import Image
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from . import extraction
from .vectors import feature_matrix

if TYPE_CHECKING:
    from ...networks.extractor import FeatureExtractor, Features
    from ...networks.network import Network
    from ...search.blocks import Matrix
    from ...storage.feature_store import Cache

# What Turi Create calls the column of features that it compares.
FEATURES = "__image_features__"
LENGTHS_TOLD = 5


class NamedFeatures(np.ndarray):
    """Features that know the network that made them, as each row and every selection does.

    What was saved as a frame, or computed from features, does not: only its length tells.
    """

    __slots__ = ("network",)

    def __array_finalize__(self, source: object) -> None:
        self.network: Network | None = getattr(source, "network", None)

    @classmethod
    def of(cls, features: Features, network: Network) -> NamedFeatures:
        """Return the same numbers, with the network's record."""
        named = features.view(cls)
        named.network = network
        return named


def feature_column(dataset: SFrame, feature: str | None, network: Network) -> str:
    """Return the column of images or of this network's features: the named one, or the only one.

    Where there are both, features are taken, as in Turi Create.

    Raises
    ------
    MissingColumnError
        If there is no column of that name.
    ToolkitError
        If it holds something else, or none or several could be meant.
    """
    names = dataset.column_names()
    if feature is not None:
        if feature not in names:
            raise MissingColumnError(feature, names, role="image feature column")
        _check(dataset[feature], feature, network)
        return feature
    found = [name for name in names if _holds_features(dataset[name], network)]
    found = found or [name for name in names if dataset[name].dtype is Image]
    if len(found) == 1:
        return found[0]
    types = ", ".join(f"{name} ({dataset[name].dtype.__name__})" for name in names)
    raise ToolkitError(
        f"Expected one column of images or of {network.num_features} features each; found "
        f"{len(found)} among {types or 'no columns'}. Name it with feature='...'."
    )


def features_of(
    column: SArray,
    extractor: FeatureExtractor,
    verbose: bool,
    batch_size: int,
    cache: Cache,
    all_may_fail: bool = False,
) -> tuple[Matrix, dict[int, Exception]]:
    """Return a column's features, ``(m, d) float``, and why the other rows have none.

    Raises
    ------
    ToolkitError
        If no row has any, unless ``all_may_fail``.
    """
    if column.dtype is Image:
        return extraction.extract(extractor, column, batch_size, verbose, cache, all_may_fail)
    missing = UnreadableImageError(None, "the row has no features (a missing value)")
    failed: dict[int, Exception] = {
        row: missing for row, value in enumerate(column._values) if value is None
    }
    extraction.report(failed, [None] * len(column), all_may_fail)
    return feature_matrix(SFrame({FEATURES: without(column, failed)}), [FEATURES]), failed


def without(column: SArray, rows: Iterable[int]) -> SArray:
    """Return a column without some of its rows."""
    return column.take(np.delete(np.arange(len(column)), np.array(list(rows), np.intp)))


def _holds_features(column: SArray, network: Network) -> bool:
    return (
        column.dtype is array.array
        and _lengths(column) == {network.num_features}
        and all(maker.fingerprint == network.fingerprint for maker in _makers(column))
    )


def _check(column: SArray, name: str, network: Network) -> None:
    if column.dtype is Image or _holds_features(column, network):
        return
    found = f"values of type {column.dtype.__name__}"
    if column.dtype is array.array:
        lengths = sorted(_lengths(column))
        found = f"vectors of {', '.join(map(str, lengths[:LENGTHS_TOLD]))} numbers"
        makers = [maker.name for maker in _makers(column)]
        found += f", features of {', '.join(makers)}" if makers else ""
    raise ToolkitError(
        f"The column '{name}' must hold images, or the {network.num_features} features that "
        f"{network.name} extracts from each; found {found}."
    )


def _makers(column: SArray) -> set[Network]:
    makers = {getattr(value, "network", None) for value in column._values}
    return {maker for maker in makers if maker is not None}


def _lengths(column: SArray) -> set[int]:
    return {len(value) for value in column._values if value is not None}
