"""A network, ready to run: pixels in, features out, in whatever layout the file has."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ToolkitError
from ..locks import Lock
from ..runtime import FATAL_ALONE, onnx_runtime, session_options
from ..storage import file_identity
from . import graph, provider

if TYPE_CHECKING:
    import onnxruntime

    from ..images.picture_hash import Pixels
    from ..storage.feature_store import Features
    from .provider import Provider
    from .record import NetworkRecord

# The element types of inputs, by ONNX Runtime's names and NumPy's.
FLOATS = {"tensor(float)": "float32", "tensor(float16)": "float16"}
# Seconds that a network may take for its first picture: one that holds a Loop may never end.
PATIENCE = 60.0


class Session:
    """A loaded network, for all threads.

    On the CPU each call runs on the caller's thread alone: for pictures, calls from as many threads
    as cores are faster than one call on all cores.

    ``patience`` is how many seconds the first run of a user's own network may take, on a black
    picture. ``num_features`` is the length of one picture's features; ``image_input`` says how the
    network takes pictures, and ``input_shape`` their channels, height and width.
    """

    def __init__(self, network: NetworkRecord, where: Provider, patience: float = PATIENCE) -> None:
        import numpy as np

        self.network = network
        self._part = graph.split_output(network.output)[1]
        self._session = _load(network, where)
        self.image_input = _image_input(network, self._session)
        self.input_shape = (3, self.image_input.height, self.image_input.width)
        by_channel = (3,) if self.image_input.channels_last else (3, 1, 1)
        self._mean = np.array(network.mean, np.float32).reshape(by_channel)
        self._std = np.array(network.std, np.float32).reshape(by_channel)
        self._on_cpu = where is provider.PROVIDERS["cpu"]
        # Not every accelerator takes calls from several threads.
        self._turn: Any = nullcontext() if self._on_cpu else threading.Lock()
        # Nobody has run a user's own network before.
        self.num_features = network.num_features or self._count_features(patience)

    def features(self, pixels: Pixels) -> Features:
        """Return the features of pictures, ``(n, num_features) float32``.

        Their pixels are ``(n, height, width, 3) uint8``, RGB, in the size of ``input_shape``. On
        the CPU they run one at a time, so that features cannot depend on other pictures; on an
        accelerator all at once.
        """
        import numpy as np

        step = self.image_input.batch or (1 if self._on_cpu else max(len(pixels), 1))
        blocks = [self._run(pixels[i : i + step]) for i in range(0, len(pixels), step)]
        if not blocks:
            return np.empty((0, self.num_features), np.float32)
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def _count_features(self, patience: float) -> int:
        """Return the length of a black picture's features.

        It raises ToolkitError if the network does not run, does not end, or returns none.
        """
        import numpy as np

        _, height, width = self.input_shape
        options = onnx_runtime().RunOptions()
        options.log_severity_level = FATAL_ALONE
        alarm = threading.Timer(patience, setattr, (options, "terminate", True))
        alarm.daemon = True
        alarm.start()
        try:
            count = self._run(np.zeros((1, height, width, 3), np.uint8), options).shape[1]
        except Exception as error:  # ONNX Runtime's errors have no base of their own.
            found = f"still ran after {patience:.0f} seconds" if options.terminate else str(error)
            raise ToolkitError(
                f"The network {self.network.place} does not run on a picture of {height} x {width} "
                f"pixels, given as {self.image_input}: {found}"
            ) from error
        finally:
            alarm.cancel()
        if not count:
            raise ToolkitError(
                f"The network {self.network.place} gives no features: expected at least one number "
                f"for a picture of {height} x {width} pixels; found none."
            )
        return count

    def _run(self, pixels: Pixels, options: Any = None) -> Features:
        import numpy as np

        if self.network.channels == "BGR":
            pixels = pixels[..., ::-1]
        if not self.image_input.channels_last:
            pixels = pixels.transpose(0, 3, 1, 2)
        # In one array, which is laid out as the network reads it: five times as fast as an array
        # for each step, and a tenth of the bundled network's time.
        scaled = np.empty(pixels.shape, np.float32)
        scaled[...] = pixels
        scaled -= self._mean
        scaled /= self._std
        batch = scaled.astype(self.image_input.dtype, copy=False)
        if self.image_input.batch:
            batch = np.resize(batch, (self.image_input.batch, *batch.shape[1:]))
        with self._turn:
            found = self._session.run(None, {self.image_input.name: batch}, options)[0]
        rows = np.asarray(found, np.float32)[self._part].reshape(len(batch), -1)[: len(pixels)]
        return _unit_length(rows) if self.network.unit_length else rows


def _unit_length(rows: Features) -> Features:
    """Return rows of length 1; rows of zeros stay as they are."""
    import numpy as np

    # In float64, where no square overflows.
    wide = rows.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return (wide / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def open_session(network: NetworkRecord) -> Session:
    """Load a network once; return the same session to all threads and later calls.

    Raises
    ------
    BackendError
        If the provider of ``LOOKALIKE_PROVIDER`` or ``config.set_num_gpus`` is not there. Other
        errors as ``source_of``.
    """
    with _ONE_AT_A_TIME:
        return _opened(network, provider.chosen_provider())


_ONE_AT_A_TIME = Lock()
_opened = lru_cache(maxsize=4)(Session)


class ImageInput(NamedTuple):
    """How a network takes pictures; ``batch`` is None if it takes any number at once."""

    name: str
    dtype: str
    batch: int | None
    channels_last: bool
    height: int
    width: int


def _image_input(network: NetworkRecord, session: onnxruntime.InferenceSession) -> ImageInput:
    """Return how the network takes pictures; ToolkitError unless it has one image input."""
    inputs = session.get_inputs()
    shape = list(inputs[0].shape) if inputs else []
    channels_last = len(shape) == 4 and shape[3] == 3 and shape[1] != 3
    if (
        len(inputs) != 1
        or inputs[0].type not in FLOATS
        or len(shape) != 4
        or not (channels_last or shape[1] == 3 or not _fixed(shape[1]))
    ):
        found = "; ".join(f"{one.name} {one.type} {one.shape}" for one in inputs) or "no input"
        raise ToolkitError(
            f"Expected one image input, float, [batch, 3, height, width] or [batch, height, "
            f"width, 3]; the network {network.place} has {found}."
        )
    height, width = shape[1:3] if channels_last else shape[2:]
    return ImageInput(
        inputs[0].name,
        FLOATS[inputs[0].type],
        _fixed(shape[0]),
        channels_last,
        _fixed(height) or network.input_shape[1],
        _fixed(width) or network.input_shape[2],
    )


def _fixed(length: int | str | None) -> int | None:
    """Return a length that the file fixes; None for a free one."""
    return length if isinstance(length, int) and length > 0 else None


def source_of(network: NetworkRecord) -> str | bytes:
    """Return a network's graph with the features as its only output, or that graph's path.

    Raises
    ------
    MissingFileError
        If its file is not on this machine.
    ToolkitError
        If the file is not the one that its record describes, or cannot be cut.
    """
    path = network.path
    if not file_identity.has_sha256(path, network.sha256):
        raise ToolkitError(
            f"The file of the network {network.name}, {path}, is damaged or another one: expected "
            f"the sha256 {network.sha256}, found {file_identity.read_sha256(path)}. Remove it and "
            "get it anew."
        )
    # The bundled networks are cut already, so that they need no onnx.
    if network.bundled:
        return str(path)
    return graph.feature_graph(path, graph.split_output(network.output)[0])


def _load(network: NetworkRecord, where: Provider) -> onnxruntime.InferenceSession:
    onnxruntime = onnx_runtime()
    source = source_of(network)
    options = session_options(threads=1)
    options.enable_mem_pattern = where is not provider.PROVIDERS["directml"]
    try:
        session = onnxruntime.InferenceSession(
            source, options, providers=list(dict.fromkeys([where.name, "CPUExecutionProvider"]))
        )
    except Exception as error:  # ONNX Runtime's errors have no base of their own.
        raise ToolkitError(
            f"ONNX Runtime {onnxruntime.__version__} cannot load the network {network.place}: "
            f"{error}"
        ) from error
    if where.name not in session.get_providers():
        raise provider.unusable(where)
    return session
