"""What shows that pictures are copies, and which copy is the best: hashes, sizes and times."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from threading import Event
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Generator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import numpy as np

from ...display.thumbnails import plain_picture
from ...images import decode
from ...images.picture_hash import SIDE, perceptual_hash
from ...progress import Progress
from ...runtime import available_cores
from ...storage.feature_store import FeatureStore, PictureHash
from ...storage.file_identity import Stamp, identify_picture, is_still, is_unchanged

if TYPE_CHECKING:
    from ...storage.feature_store import Cache
    from .picture_files import PictureFiles

    Found = Tuple[Optional[bytes], Optional[PictureHash]]
    Contents = List[Optional[bytes]]
    Integers = np.ndarray[Any, np.dtype[np.int64]]

# The hash of a picture whose greys deviate less shows no copies.
FLAT = 4.0
NEVER = np.iinfo(np.int64).max
# Pictures that each thread may be ahead, hashes that are kept at a time, and how long whoever stops
# waits for the pictures in hand.
AHEAD = 8
KEPT_AT_ONCE = 64
SECONDS_TO_STOP = 1.0


class PictureFacts(NamedTuple):
    """Facts of pictures, in order.

    Attributes
    ----------
    paths : list of str or None
        Their files.
    contents : list of bytes or None
        The sha256 of each one's file; None where there is none.
    hashes : (n,) uint64
        Perceptual hashes.
    telling : (n,) bool
        Whether a hash is known, and the picture is not flat.
    pixels, bytes : (n,) int64
        How large each picture and its file is; 0 and -1 if unknown.
    times : (n,) int64
        When its file was changed, in nanoseconds; the greatest number if unknown.
    """

    paths: list[str | None]
    contents: Contents
    hashes: np.ndarray[Any, np.dtype[np.uint64]]
    telling: np.ndarray[Any, np.dtype[np.bool_]]
    pixels: Integers
    bytes: Integers
    times: Integers

    @classmethod
    def from_found(
        cls, files: PictureFiles, contents: Contents, found: Sequence[PictureHash | None]
    ) -> PictureFacts:
        """Return the facts of files: their contents, and the hashes that were found."""
        sizes, times = files.stamps.T
        return cls(
            files.paths,
            contents,
            np.array([one.picture if one else 0 for one in found], np.uint64),
            np.array([one is not None and one.deviation >= FLAT for one in found], bool),
            np.array([one.width * one.height if one else 0 for one in found], np.int64),
            sizes,
            np.where(times < 0, NEVER, times),
        )

    def and_more(self, more: PictureFacts) -> PictureFacts:
        """Return the facts of these pictures and then of others."""
        arrays = [np.concatenate(pair) for pair in zip(self[2:], more[2:])]
        return PictureFacts(self.paths + more.paths, self.contents + more.contents, *arrays)

    def sized(self, numbers: Sequence[int]) -> PictureFacts:
        """Return the facts with the sizes of some pictures, as far as their files are as before."""
        pixels = self.pixels.copy()
        for number in numbers:
            path, stamp = self.paths[number], Stamp(self.bytes[number], self.times[number])
            if path is not None and not pixels[number] and is_unchanged(path, stamp):
                with suppress(OSError):
                    header = decode.read_header(path)
                    pixels[number] = header.width * header.height
        return self._replace(pixels=pixels)


class _NoNetwork(NamedTuple):
    """Opens a store for what depends on no network."""

    fingerprint: str = ""
    num_features: int = 0


def facts_of(
    files: PictureFiles,
    image_of: Callable[[int], Any],
    cache: Cache = None,
    verbose: bool = False,
    hashes: bool = True,
) -> PictureFacts:
    """Return the facts of pictures. Hashes that the store does not have are made, and kept there.

    Parameters
    ----------
    files : PictureFiles
        The pictures' files. Of one that has changed since, no hash is made.
    image_of : function
        Returns the image, of either engine, of a picture without a file, by its number; or None.
    cache : path or bool, optional
        The store, as ``FeatureStore`` takes it; False for none.
    verbose : bool
        Whether progress is printed.
    hashes : bool
        Whether hashes are wanted; without, only contents that are unknown are read.
    """
    contents = [files.content(number) for number in range(len(files.paths))]
    store = None
    if cache is not False and (any(files.paths) or any(contents)):
        store = FeatureStore(cache, _NoNetwork())
    try:
        known = store.find_hashes([content for content in contents if content]) if store else {}
        found = [known.get(content or b"") for content in contents]
        todo = [
            number
            for number, content in enumerate(contents)
            if (found[number] is None if hashes else content is None and files.paths[number])
        ]
        work = _Work(files, store, hashes, Event())
        with closing(_in_threads(work, todo, image_of, verbose)) as results:
            for number, (content, picture_hash) in zip(todo, results):
                contents[number], found[number] = content, picture_hash
    finally:
        if store is not None:
            store.close()
    return PictureFacts.from_found(files, contents, found)


class _Work(NamedTuple):
    """Looks at one picture by its number."""

    files: PictureFiles
    store: FeatureStore | None
    hashes: bool
    stop: Event

    def look_at(self, number: int, image: Any) -> Found:
        """Return the content and the hash of a picture, as far as they can be had."""
        path, content = self.files.paths[number], self.files.content(number)
        try:
            if path is None:
                return content, None if image is None else _hash_of_image(image)
            identity = identify_picture(path, self.stop)
            if content is not None and content != identity.content:
                # The file holds another picture by now.
                return content, None
            content = identity.content
            known = self.store.find_hashes([content]) if self.store else {}
            if content in known or not self.hashes:
                return content, known.get(content)
            picture = decode.on_white(decode.read(path, SIDE))
            if not is_still(path, identity, self.stop):
                return content, None
            return content, PictureHash(content, *perceptual_hash(picture))
        except OSError:
            return content, None


def _hash_of_image(image: Any) -> PictureHash:
    """Return the hash of an image without a file, of either engine."""
    picture = decode.on_white(plain_picture(image, SIDE))
    return PictureHash(b"", *perceptual_hash(picture), image.width, image.height)


def _in_threads(
    work: _Work, numbers: Sequence[int], image_of: Callable[[int], Any], verbose: bool
) -> Generator[Found, None, None]:
    """Yield what is found of pictures, in order; whatever ends it, what was done is kept."""
    progress, store = Progress(len(numbers), verbose), work.store
    unkept: list[PictureHash] = []
    try:
        with closing(_ahead(work, numbers, image_of)) as results:
            for done, (content, picture_hash) in enumerate(results, 1):
                if content is not None and picture_hash is not None:
                    unkept.append(picture_hash)
                if store is not None and len(unkept) >= KEPT_AT_ONCE:
                    store.keep_hashes(unkept)
                    unkept.clear()
                progress(done, 0)
                yield content, picture_hash
    finally:
        progress.close()
        if store is not None:
            store.keep_hashes(unkept)


def _ahead(
    work: _Work, numbers: Sequence[int], image_of: Callable[[int], Any]
) -> Generator[Found, None, None]:
    decode.prepare()
    threads = available_cores()
    pending: deque[Future[Found]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for number in numbers:
            # Turi Create's frames are not made for several threads.
            image = image_of(number) if work.files.paths[number] is None else None
            pending.append(pool.submit(work.look_at, number, image))
            if len(pending) > AHEAD * threads:
                yield pending[0].result()
                pending.popleft()
        while pending:
            yield pending[0].result()
            pending.popleft()
    finally:
        work.stop.set()
        wait([future for future in pending if not future.cancel()], SECONDS_TO_STOP)
        pool.shutdown(wait=False)
