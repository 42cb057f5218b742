"""Runs a network over pictures: decoding and the network overlap, on all cores.

Each worker thread decodes one picture and runs it through the network. Pillow and ONNX Runtime both
release the GIL, so that all cores are busy. On the CPU this is faster than batches shared among
threads, and a picture's features cannot depend on its batch or on the number of threads.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial
from threading import Event
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Generator,
    Iterable,
    Mapping,
    NamedTuple,
    Protocol,
    Sequence,
)

from ..errors import MissingFileError, UnreadableImageError
from ..images.decode import prepare
from ..images.picture_hash import SIDE, perceptual_hash
from ..runtime import available_cores
from ..storage.feature_store import Extracted, PictureHash
from ..storage.file_identity import identify_picture, is_still
from ..threads import run_ahead
from .session import open_session

if TYPE_CHECKING:
    from ..images.picture_hash import Pixels
    from ..storage.feature_store import Features, FeatureStore
    from ..storage.file_identity import Identity
    from .record import NetworkRecord

# What a picture that cannot be read raises.
FAILURES = (UnreadableImageError, MissingFileError)
OTHER_LENGTH = "the network gives another number of features for it than for others"
NOT_FINITE = "the network's features of it are not finite numbers (NaN or infinity)"
STOPPED = "the work was ended"
# Pictures that each thread may be ahead of the one whose features are taken next: many, so that
# none waits for a thread with a huge one, and of each only the features are held.
AHEAD = 32
# Rows that are moved at once.
BLOCK = 1000


class Picture(Protocol):
    """What the extractor needs of a picture."""

    @property
    def path(self) -> str | None:
        """Its file, if it has one."""

    def to_network_input(
        self, height: int, width: int, *, resize: str | int = "squash", resampling: str = "bilinear"
    ) -> Pixels:
        """Return the picture in a size, ``(height, width, 3) uint8``.

        ``resize`` and ``resampling`` are as in ``lookalike.Network``; usual ones are not given.
        """


class RunsNetwork(Protocol):
    """What the extractor needs of a loaded network."""

    input_shape: tuple[int, int, int]

    def features(self, pixels: Pixels) -> Features:
        """Return the features of pictures, ``(n, height, width, 3) uint8``, a row for each."""


class Extraction(NamedTuple):
    """The features of a collection, and the pictures that have none."""

    # (m, num_features) float32, a row for each picture that could be read, in order.
    features: Features
    # Why the others could not be read, by their position among all pictures.
    failures: dict[int, Exception]
    # How many pictures' features the store had.
    from_store: int
    # The sha256 of each row's file, 32 bytes; None without a file, or if it changed meanwhile.
    contents: list[bytes | None]


class _Result(NamedTuple):
    features: Features
    found: bool
    content: bytes | None


class FeatureExtractor:
    """A network, ready to run on so many ``threads``, by default ``available_cores``.

    ``session`` is the loaded network; by default it is loaded when the first picture needs it.
    """

    def __init__(
        self,
        network: NetworkRecord,
        threads: int | None = None,
        session: RunsNetwork | None = None,
    ) -> None:
        self.network = network
        self.threads = threads or available_cores()
        self.session = session

    def extract(
        self,
        pictures: Sequence[Picture],
        batch_size: int = 64,
        store: FeatureStore | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Extraction:
        """Return the features of pictures; those that the store has are not computed again.

        Parameters
        ----------
        pictures : sequence of Picture
            Those that cannot be read raise ``UnreadableImageError`` or ``MissingFileError``.
        batch_size : int
            How many pictures' features are stored at a time; it changes no result.
        store : FeatureStore, optional
            Has features, and stores new ones; whatever ends the work, finished ones are stored.
        progress : callable, optional
            Called with the pictures done and the failures so far: first for those from the store,
            then after each picture.
        """
        import numpy as np

        features = np.empty((len(pictures), self.network.num_features), np.float32)
        failures: dict[int, Exception] = {}
        contents: list[bytes | None] = [None] * len(pictures)
        found = store.find([picture.path for picture in pictures], features) if store else {}
        for row, content in found.items():
            contents[row] = content
        from_store = len(found)
        todo = [row for row in range(len(pictures)) if row not in found]
        # The threads fill it, so that it holds what is done when the work is stopped.
        unkept: list[Extracted] = []
        if progress is not None:
            progress(len(found), 0)
        try:
            with closing(self._results([pictures[row] for row in todo], store, unkept)) as results:
                for done, (row, result) in enumerate(zip(todo, results), len(found) + 1):
                    if isinstance(result, Exception):
                        failures[row] = result
                    else:
                        features[row] = result.features
                        contents[row] = result.content
                        from_store += result.found
                    if len(unkept) >= batch_size:
                        _keep(unkept, store)
                    if progress is not None:
                        progress(done, len(failures))
        finally:
            _keep(unkept, store)
        read = [content for row, content in enumerate(contents) if row not in failures]
        return Extraction(_without_gaps(features, list(failures)), failures, from_store, read)

    def _results(
        self, pictures: Iterable[Picture], store: FeatureStore | None, unkept: list[Extracted]
    ) -> Generator[_Result | Exception, None, None]:
        """Yield each picture's features, or why there are none, in order; threads run ahead."""
        session = self.session or open_session(self.network)
        prepare()
        stop = Event()
        work = partial(self._extract_one, session, store=store, unkept=unkept, stop=stop)
        yield from run_ahead(work, pictures, self.threads, AHEAD, stop)

    def _extract_one(
        self,
        session: RunsNetwork,
        picture: Picture,
        store: FeatureStore | None,
        unkept: list[Extracted],
        stop: Event,
    ) -> _Result | Exception:
        import numpy as np

        identity = _identity(picture.path, stop)
        if stop.is_set():
            return UnreadableImageError(picture.path, STOPPED)
        features = store.find_content(identity.content) if store and identity else None
        found, picture_hash = features is not None, None
        if features is None:
            _, height, width = session.input_shape
            try:
                pixels = picture.to_network_input(height, width, **self.network.sizing)
            except FAILURES as error:
                # What it was raised through, and its cause was, holds on to half-decoded pixels.
                error.__cause__ = error.__context__ = None
                return error.with_traceback(None)
            features = session.features(pixels[None])[0]
            if features.shape != (self.network.num_features,):
                return UnreadableImageError(picture.path, OTHER_LENGTH)
            if not np.isfinite(features).all():
                return UnreadableImageError(picture.path, NOT_FINITE)
            if store is not None and identity is not None:
                picture_hash = _hash_of(pixels, self.network.sizing, identity)
        # A file that was written to meanwhile may have been read half old, half new.
        if not (picture.path and identity and is_still(picture.path, identity, stop)):
            return _Result(features, found, None)
        if store is not None:
            unkept.append(Extracted(picture.path, identity, features, picture_hash))
        return _Result(features, found, identity.content)


def _hash_of(pixels: Pixels, sizing: Mapping[str, Any], identity: Identity) -> PictureHash | None:
    """Return what shows copies of a file, from pixels that are there anyway.

    The picture's size is not: to open the file for it takes longer than the hash. None for a
    network that takes the middle alone, whose pixels are not the whole picture, and for one that
    takes fewer pixels than a hash is made of.
    """
    if sizing.get("resize", "squash") != "squash" or min(pixels.shape[:2]) < SIDE:
        return None
    return PictureHash(identity.content, *perceptual_hash(pixels))


def _keep(unkept: list[Extracted], store: FeatureStore | None) -> None:
    """Store what is done; only then is it removed from the list, whatever stops the work."""
    if store is not None:
        batch = unkept[:]
        store.keep(batch)
        del unkept[: len(batch)]


def _identity(path: str | None, stop: Event) -> Identity | None:
    """Return a file's identity; None if there is no file, or it is no picture."""
    try:
        return identify_picture(path, stop) if path else None
    except OSError:
        return None


def _without_gaps(features: Features, gaps: Sequence[int]) -> Features:
    """Move the rows up over gaps, in place: a copy would take as much memory again."""
    if not gaps:
        return features
    filled = gaps[0]
    for gap, following in zip(gaps, [*gaps[1:], len(features)]):
        for start in range(gap + 1, following, BLOCK):
            rows = features[start : min(start + BLOCK, following)].copy()
            features[filled : filled + len(rows)] = rows
            filled += len(rows)
    return features[:filled]
