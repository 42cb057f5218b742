"""From a column of images to features: progress is printed, and what cannot be read is named."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

from ...errors import MissingFileError, ToolkitError, UnreadableImageError, UnreadableImageWarning
from ...progress import Progress
from ...storage.feature_store import FeatureStore
from ..frames.image import Image

if TYPE_CHECKING:
    from ...networks.extractor import FeatureExtractor, Features
    from ...storage.feature_store import Cache

FAILURES_NAMED = 5


def extract(
    extractor: FeatureExtractor,
    images: Iterable[Image | None],
    batch_size: int,
    verbose: bool,
    cache: Cache = None,
    all_may_fail: bool = False,
) -> tuple[Features, dict[int, Exception]]:
    """Turn images into features, as ``FeatureExtractor.extract``; name in a warning what cannot be.

    Parameters
    ----------
    cache : path or bool, optional
        The feature store's file, or its folder; None or True for the one in the user's cache
        folder, False for none.

    Raises
    ------
    ToolkitError
        If there is no picture that can be read, unless ``all_may_fail``.
    ValueError
        If ``batch_size`` is less than 1.
    """
    check_batch_size(batch_size)
    pictures = [NO_PICTURE if image is None else image for image in images]
    store = None
    if cache is not False and any(picture.path for picture in pictures):
        store = FeatureStore(cache, extractor.network)
    # One picture is done before a line about it is read.
    progress = Progress(len(pictures), verbose and len(pictures) > 1)
    try:
        result = extractor.extract(pictures, batch_size, store, progress)
    finally:
        progress.close()
        if store is not None:
            store.close()
    progress.end(result.from_store, len(result.failures), extractor.network.name)
    report(result.failures, [picture.path for picture in pictures], all_may_fail)
    return result.features, result.failures


def check_batch_size(batch_size: int) -> None:
    """Raise ``ValueError`` for a batch size that makes no sense."""
    if batch_size < 1:
        raise ValueError(f"Expected a batch_size of 1 or more; found {batch_size}.")


def reason_of(failure: Exception) -> str:
    """Return why a picture cannot be read, in one line that does not repeat its path."""
    if isinstance(failure, MissingFileError):
        return "the file does not exist"
    return str(getattr(failure, "reason", failure))


def path_of(image: Image | None) -> str | None:
    """Return an image's file, where it has one."""
    return None if image is None else image.path


def report(
    failures: Mapping[int, Exception], paths: Sequence[str | None], all_may_fail: bool = False
) -> None:
    """Name the pictures that cannot be read, by their rows, in a warning.

    Raises
    ------
    ToolkitError
        If there is no picture that can be read; the failure itself where it is the only one.
    """
    if not failures:
        return
    lines = [
        f"  row {row}, {paths[row] or 'no file'}: {reason_of(failure)}"
        for row, failure in list(failures.items())[:FAILURES_NAMED]
    ]
    if len(failures) > FAILURES_NAMED:
        lines.append(f"  and {len(failures) - FAILURES_NAMED} more")
    message = f"{len(failures)} of {len(paths)} pictures cannot be read:\n" + "\n".join(lines)
    if len(failures) == len(paths) and not all_may_fail:
        raise ToolkitError(message) if len(paths) > 1 else failures[0]
    warnings.warn(message, UnreadableImageWarning, stacklevel=4)


class _NoPicture:
    """Stands where a row has no picture."""

    path = None

    def to_network_input(self, height: int, width: int, **sizing: Any) -> Any:
        raise UnreadableImageError(None, "the row has no picture (a missing value)")


NO_PICTURE = _NoPicture()
