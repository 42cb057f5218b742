"""From a column of images to features: progress is printed, and what cannot be read is named."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any, Iterable, Sequence

from ..errors import ToolkitError, UnreadableImageError, UnreadableImageWarning
from .image import Image

if TYPE_CHECKING:
    from ..networks.extractor import Decoder, FeatureExtractor, Features

SECONDS_BETWEEN_LINES = 5.0
FAILURES_NAMED = 5


def extract(
    extractor: FeatureExtractor, images: Iterable[Image | None], batch_size: int, verbose: bool
) -> tuple[Features, dict[int, Exception]]:
    """Turn images into features, as ``FeatureExtractor.extract``; name in a warning what cannot be.

    Raises
    ------
    ToolkitError
        If there is no picture that can be read.
    ValueError
        If ``batch_size`` is less than 1.
    """
    check_batch_size(batch_size)
    images = list(images)
    progress = _Progress(verbose)
    features, failures = extractor.extract(
        [_decoder(image) for image in images], batch_size, progress
    )
    progress.end(len(images), len(failures), extractor.network.name)
    _warn(failures, images)
    return features, failures


def check_batch_size(batch_size: int) -> None:
    """Raise ``ValueError`` for a batch size that makes no sense."""
    if batch_size < 1:
        raise ValueError(f"Expected a batch_size of 1 or more; found {batch_size}.")


def reason_of(failure: Exception) -> str:
    """Return why a picture cannot be read, in one line that does not repeat its path."""
    return str(getattr(failure, "reason", failure))


def path_of(image: Image | None) -> str | None:
    """Return an image's file, where it has one."""
    return None if image is None else image.path


def _decoder(image: Image | None) -> Decoder:
    return _decode_nothing if image is None else image.to_network_input


def _decode_nothing(height: int, width: int) -> Any:
    raise UnreadableImageError(None, "the row has no picture (a missing value)")


def _warn(failures: dict[int, Exception], images: Sequence[Image | None]) -> None:
    if not failures:
        return
    lines = [
        f"  row {row}, {path_of(images[row]) or 'no file'}: {reason_of(failure)}"
        for row, failure in list(failures.items())[:FAILURES_NAMED]
    ]
    if len(failures) > FAILURES_NAMED:
        lines.append(f"  and {len(failures) - FAILURES_NAMED} more")
    message = f"{len(failures)} of {len(images)} pictures cannot be read:\n" + "\n".join(lines)
    if len(failures) == len(images):
        raise ToolkitError(message)
    warnings.warn(message, UnreadableImageWarning, stacklevel=4)


class _Progress:
    """Prints how far the extraction is, now and then, and at its end how fast it was."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose
        self.start = self.last = time.perf_counter()

    def __call__(self, done: int, total: int) -> None:
        now = time.perf_counter()
        if self.verbose and now - self.last >= SECONDS_BETWEEN_LINES and done < total:
            self.last = now
            print(f"Completed {done}/{total}")  # noqa: T201 - what it is for

    def end(self, total: int, failed: int, network: str) -> None:
        if self.verbose:
            seconds = time.perf_counter() - self.start
            print(  # noqa: T201 - what it is for
                f"Completed {total}/{total}: features by {network} in {seconds:.1f} s"
                + (f"; {failed} could not be read" if failed else "")
            )
