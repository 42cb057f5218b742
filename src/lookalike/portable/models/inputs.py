"""What a model is made from and asked with: columns in, a matrix of features out."""

from __future__ import annotations

import array
import numbers
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ContextManager, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from ...errors import (
    ColumnTypeError,
    MissingColumnError,
    ToolkitError,
    UnreadableImageError,
    UnreadableImageWarning,
    visible,
    warn_caller,
)
from ...images.failures import reason_of
from ...names import write_line
from ...networks.extractor import FeatureExtractor
from ...progress import Progress
from ...storage.feature_store import FeatureStore
from ..frames.image import Image
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from .picture_files import PictureFiles

if TYPE_CHECKING:
    from ...networks.record import NetworkRecord
    from ...search.blocks import Matrix
    from ...search.blocks import Rows as Positions
    from ...storage.feature_store import Cache

    Features = np.ndarray[Any, np.dtype[np.float32]]

# What Turi Create calls the column of features that it compares.
FEATURES = "__image_features__"
LABEL_TYPES = {"int": int, "str": str}
LABELS_NAMED = 5
FAILURES_NAMED = 5
LENGTHS_NAMED = 5


class Inputs(NamedTuple):
    """The features of a column's rows."""

    # Of the rows that have features, in order, ``(m, d)``.
    matrix: Matrix
    # Why the other rows have none, by row.
    failures: dict[int, Exception]
    # The SHA-256 of each file, in the order of ``matrix``; None if it is unknown.
    contents: list[bytes | None]

    @property
    def rows(self) -> Positions:
        """The rows that have features, ``(m,)``."""
        return all_but(self.failures, len(self.matrix) + len(self.failures))

    def rows_of_contents(self) -> dict[int, bytes]:
        """Return the contents that are known, by the column's rows."""
        found = zip(self.rows.tolist(), self.contents)
        return {row: content for row, content in found if content is not None}

    def reasons(self) -> dict[int, str]:
        """Return why rows have no features, in words."""
        return {row: reason_of(failure) for row, failure in self.failures.items()}


class NamedFeatures(np.ndarray):
    """Features that know the network that made them; their rows and selections know it too.

    Features that were saved in a frame, or computed from others, do not: only their length shows.
    """

    __slots__ = ("network",)

    def __array_finalize__(self, source: object) -> None:
        self.network: NetworkRecord | None = getattr(source, "network", None)

    @classmethod
    def from_features(cls, features: Features, network: NetworkRecord) -> NamedFeatures:
        """Return the same numbers, with the network's record."""
        named = features.view(cls)
        named.network = network
        return named


def column_named(dataset: SFrame, name: str, role: str) -> SArray:
    """Return a column; MissingColumnError, which says its role, if it is not there."""
    if name not in dataset.column_names():
        raise MissingColumnError(name, dataset.column_names(), role)
    return dataset[name]


def labels_of(dataset: SFrame, label: str | None) -> SArray:
    """Return what names rows: a column, or their numbers.

    ColumnTypeError if the column holds neither int nor str.
    """
    if label is None:
        return SArray(np.arange(len(dataset)))
    labels = column_named(dataset, label, "row label column")
    if labels.dtype not in LABEL_TYPES.values():
        raise ColumnTypeError(
            f"The row label column '{label}' must hold int or str; found {labels.dtype.__name__}."
        )
    return labels


def plain_label(label: Any) -> Any:
    """Return a label as Python's own number or text, as NumPy's may be given."""
    return label.item() if isinstance(label, np.generic) else label


def feature_column(dataset: SFrame, feature: str | None, network: NetworkRecord) -> str:
    """Return the column of images or of this network's features: the named one, or the only one.

    Where there are both, it is that of features, as in Turi Create. ToolkitError if the named one
    holds something else, or none or several could be meant.
    """
    if feature is not None:
        _check(column_named(dataset, feature, "image feature column"), feature, network)
        return feature
    names = dataset.column_names()
    found = [name for name in names if _holds_features(dataset[name], network)]
    found = found or [name for name in names if dataset[name].dtype is Image]
    if len(found) == 1:
        return found[0]
    types = ", ".join(f"{name} ({dataset[name].dtype.__name__})" for name in names)
    raise ToolkitError(
        f"Expected one column of images or of {network.num_features} features each; found "
        f"{len(found)} among {types or 'no columns'}. Name it with feature='...'."
    )


@dataclass(frozen=True)
class Look:
    """How pictures are looked at: see ``image_similarity.create``."""

    extractor: FeatureExtractor
    verbose: bool = False
    batch_size: int = 64
    cache: Cache = None

    def __post_init__(self) -> None:
        size = self.batch_size
        if not isinstance(size, numbers.Integral) or size < 1:
            raise ValueError(f"Expected batch_size to be a whole number from 1 on; found {size!r}.")

    def __call__(self, column: SArray) -> Inputs:
        """Return the features of a column of images, or of features that were extracted before."""
        if column.dtype is Image:
            return self._extract(column)
        missing = UnreadableImageError(None, "the row has no features (a missing value)")
        failed: dict[int, Exception] = {
            row: missing for row, value in enumerate(column._values) if value is None
        }
        matrix = feature_matrix(SFrame({FEATURES: without(column, failed)}), [FEATURES])
        return Inputs(matrix, failed, [None] * len(matrix))

    def with_files(
        self, column: SArray, paths: Sequence[str | None], all_may_fail: bool = False
    ) -> tuple[PictureFiles, Inputs]:
        """Return the files and the features of a column; failures are reported."""
        # Before the pictures are looked at: the next refresh then sees what changes meanwhile.
        files = PictureFiles.from_paths(paths)
        found = self(column)
        report(found.failures, paths, self.verbose, all_may_fail)
        return files.with_contents(found.rows_of_contents()), found

    def _extract(self, images: Iterable[Image | None]) -> Inputs:
        pictures = [NO_PICTURE if image is None else image for image in images]
        network = self.extractor.network
        stored = self.cache is not False and any(picture.path for picture in pictures)
        opened: ContextManager[FeatureStore | None] = (
            closing(FeatureStore(self.cache, network)) if stored else nullcontext()
        )
        # One picture is done before a line about it is read.
        progress = Progress(len(pictures), self.verbose and len(pictures) > 1)
        with opened as store, closing(progress):
            result = self.extractor.extract(pictures, self.batch_size, store, progress)
        progress.end(result.from_store, len(result.failures), network.name)
        return Inputs(result.features, result.failures, result.contents)


class ImageFeatureExtractor(FeatureExtractor):
    """A network that extracts the features of frames' images, too; ``cache`` as in ``create``."""

    def __init__(self, network: NetworkRecord, cache: Cache = None) -> None:
        super().__init__(network)
        self.cache = cache

    def extract_features(
        self, dataset: SFrame, feature: str, batch_size: int = 64, verbose: bool = False
    ) -> SArray:
        """Return the features of a frame's column of images.

        Results and errors are those of ``image_analysis.get_deep_features``; MissingColumnError if
        there is no such column.
        """
        images = column_named(dataset, feature, "image feature column")
        return self.features_of(images, batch_size, verbose)

    def features_of(self, images: SArray, batch_size: int, verbose: bool) -> SArray:
        """Return the features of a column: see ``image_analysis.get_deep_features``."""
        if len(images) == 0:
            raise ToolkitError("There are no images to extract features from.")
        if images.dtype is not Image:
            raise ToolkitError(
                f"Expected a column of images; found one of {images.dtype.__name__}."
            )
        found = Look(self, verbose, batch_size, self.cache)(images)
        report(found.failures, [image and image.path for image in images], verbose)
        rows = iter(NamedFeatures.from_features(found.matrix, self.network))
        every = range(len(images))
        return SArray([None if row in found.failures else next(rows) for row in every], array.array)


def report(
    failures: Mapping[int, Exception],
    paths: Sequence[str | None],
    verbose: bool = False,
    all_may_fail: bool = False,
) -> None:
    """Warn of the pictures that cannot be read, by their rows; with ``verbose``, print it too.

    ToolkitError if no picture can be read, or the failure itself if there is one picture alone.
    """
    if not failures:
        return
    lines = [
        # The file of a part of a picture is known to its failure alone.
        f"  row {row}, {visible(str(paths[row] or getattr(failure, 'path', None) or 'no file'))}: "
        f"{reason_of(failure)}"
        for row, failure in list(failures.items())[:FAILURES_NAMED]
    ]
    if len(failures) > FAILURES_NAMED:
        lines.append(f"  and {len(failures) - FAILURES_NAMED} more")
    message = f"{len(failures)} of {len(paths)} pictures cannot be read:\n" + "\n".join(lines)
    if len(failures) == len(paths) and not all_may_fail:
        raise ToolkitError(message) if len(paths) > 1 else next(iter(failures.values()))
    if verbose:
        write_line(message)
    warn_caller(message, UnreadableImageWarning)


class _NoPicture:
    """A row without a picture."""

    path = None

    def to_network_input(self, height: int, width: int, **sizing: Any) -> Any:
        raise UnreadableImageError(None, "the row has no picture (a missing value)")


NO_PICTURE = _NoPicture()


def paths_of(dataset: SFrame, feature: str) -> list[str | None]:
    """Return the files of a dataset's pictures; None for unknown ones."""
    if dataset[feature].dtype is Image:
        return [None if image is None else image.path for image in dataset[feature]]
    known = "path" in dataset.column_names() and dataset["path"].dtype is str
    return list(dataset["path"]) if known else [None] * len(dataset)


def all_but(rows: Iterable[int], count: int) -> Positions:
    """Return the numbers of so many rows, but for some of them."""
    return np.delete(np.arange(count), np.array(list(rows), np.intp))


def without(column: SArray, rows: Iterable[int]) -> SArray:
    """Return a column without some of its rows."""
    return column.take(all_but(rows, len(column)))


def feature_matrix(dataset: SFrame, names: Sequence[str]) -> Matrix:
    """Return columns of vectors and numbers, side by side, as one matrix, ``(rows, d)``.

    It is float32 where that loses nothing, which halves the memory; else float64. ColumnTypeError
    if a column holds other values; ToolkitError if values are missing or not finite, or vectors of
    a column differ in length.
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
    column = column_named(dataset, name, "feature column")
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
            f"The column '{name}' holds vectors of several lengths: {lengths[:LENGTHS_NAMED]}."
        )
    return np.stack(vectors)


def _holds_features(column: SArray, network: NetworkRecord) -> bool:
    return (
        column.dtype is array.array
        and _lengths(column) == {network.num_features}
        and all(maker.fingerprint == network.fingerprint for maker in _makers(column))
    )


def _check(column: SArray, name: str, network: NetworkRecord) -> None:
    if column.dtype is Image or _holds_features(column, network):
        return
    found = f"values of type {column.dtype.__name__}"
    if column.dtype is array.array:
        lengths = sorted(_lengths(column))
        found = f"vectors of {', '.join(map(str, lengths[:LENGTHS_NAMED]))} numbers"
        makers = [maker.name for maker in _makers(column)]
        found += f", features of {', '.join(makers)}" if makers else ""
    raise ToolkitError(
        f"The column '{name}' must hold images, or the {network.num_features} features that "
        f"{network.name} extracts from each; found {found}."
    )


def _makers(column: SArray) -> set[NetworkRecord]:
    makers = {getattr(value, "network", None) for value in column._values}
    return {maker for maker in makers if maker is not None}


def _lengths(column: SArray) -> set[int]:
    return {len(value) for value in column._values if value is not None}
