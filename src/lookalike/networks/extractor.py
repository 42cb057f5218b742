"""Runs a network over pictures: decoding and the network overlap, on all cores.

Each worker thread decodes one picture and runs it through the network by itself, the network on
one thread. Pillow and ONNX Runtime both release the GIL, so the cores stay busy with either; on
the CPU this is faster than batches shared among threads, and a picture's features cannot depend
on its batch, on its neighbours there, or on the number of threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Sequence

from ..errors import MissingFileError, UnreadableImageError
from .session import open_session

if TYPE_CHECKING:
    import numpy as np

    from .catalogue import Network
    from .session import Session

    # Given (height, width), returns the whole picture resized to it: (height, width, 3) uint8.
    Decoder = Callable[[int, int], np.ndarray[Any, np.dtype[np.uint8]]]
    Features = np.ndarray[Any, np.dtype[np.float32]]

# What a picture that cannot be read raises.
Failure = (UnreadableImageError, MissingFileError)


class FeatureExtractor:
    """A network, ready to run on the CPU.

    Parameters
    ----------
    network : Network
        Which one.
    threads : int, optional
        How many pictures are worked on at once; by default, one for each core.
    """

    def __init__(self, network: Network, threads: int | None = None) -> None:
        self.network = network
        self.threads = threads or available_cores()

    def extract(
        self,
        decoders: Sequence[Decoder],
        batch_size: int = 64,
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[Features, dict[int, Exception]]:
        """Turn pictures into features.

        Parameters
        ----------
        decoders : sequence of callable
            One for each picture: given a height and a width in pixels, it returns the picture in
            that size, ``(height, width, 3) uint8``, or raises ``UnreadableImageError``.
        batch_size : int
            How many pictures are handed out at a time; it changes no result.
        progress : callable, optional
            Called with the number of pictures done and of all, after each batch.

        Returns
        -------
        features : (m, num_features) float32
            One row for each picture that could be read, in order.
        failures : dict of int to Exception
            Why the others could not be, by their position in ``decoders``.
        """
        import numpy as np

        total = len(decoders)
        session = open_session(self.network)
        features = np.empty((total, self.network.num_features), np.float32)
        failures: dict[int, Exception] = {}
        filled = 0
        with ThreadPoolExecutor(self.threads) as pool:
            for start in range(0, total, batch_size):
                batch = decoders[start : start + batch_size]
                rows = pool.map(partial(self._extract_one, session), batch)
                for position, row in enumerate(rows, start):
                    if isinstance(row, Exception):
                        failures[position] = row
                    else:
                        features[filled] = row
                        filled += 1
                if progress is not None:
                    progress(start + len(batch), total)
        return features[:filled], failures

    def _extract_one(self, session: Session, decode: Decoder) -> Features | Exception:
        _, height, width = session.input_shape
        try:
            pixels = decode(height, width)
        except Failure as error:
            return error
        row: Features = session.features(pixels[None])[0]
        return row


def available_cores() -> int:
    """Return how many cores this process may use (fewer than the machine's in a container)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
