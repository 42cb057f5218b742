"""A network, ready to run: pixels in, features out, whatever layout the file wants."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from .catalogue import Network

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
    Features = np.ndarray[Any, np.dtype[np.float32]]


class Session:
    """A loaded network. One serves all threads.

    On the CPU each call runs on the caller's thread alone: who wants all cores calls from as many
    threads, which for pictures is faster than one call on all cores.

    Attributes
    ----------
    network : Network
        What was loaded.
    input_shape : tuple of int
        Channels, height and width of the pictures that it takes.
    """

    def __init__(self, network: Network) -> None:
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.network = network
        self.input_shape = network.input_shape
        self._session = onnxruntime.InferenceSession(
            str(network.path), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._mean = np.array(network.mean, np.float32)
        self._std = np.array(network.std, np.float32)

    def features(self, pixels: Pixels) -> Features:
        """Turn pictures into features.

        One picture at a time, so that its features cannot depend on its neighbours in ``pixels``.

        Parameters
        ----------
        pixels : (n, height, width, 3) uint8
            RGB, in the size of ``input_shape``.

        Returns
        -------
        (n, num_features) float32
        """
        import numpy as np

        features = np.empty((len(pixels), self.network.num_features), np.float32)
        for row, picture in zip(features, pixels):
            scaled = (picture.astype(np.float32) - self._mean) / self._std
            batch = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])
            row[:] = self._session.run(None, {self._input: batch})[0][0]
        return features


@lru_cache(maxsize=4)
def open_session(network: Network) -> Session:
    """Load a network once; its session serves all threads and later calls."""
    return Session(network)
