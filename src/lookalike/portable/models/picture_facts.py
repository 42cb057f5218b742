"""What shows that pictures are copies, and which copy is the best: hashes, sizes and times."""

from __future__ import annotations

from contextlib import closing, nullcontext, suppress
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Generator, NamedTuple, Sequence

import numpy as np

from ...display.thumbnails import plain_picture
from ...images import decode
from ...images.picture_hash import SIDE, perceptual_hash
from ...progress import Progress
from ...runtime import available_cores
from ...storage.feature_store import FeatureStore, PictureHash
from ...storage.file_identity import Stamp, identify_picture, is_still, is_unchanged
from ...threads import run_ahead

if TYPE_CHECKING:
    from ...storage.feature_store import Cache
    from .picture_files import PictureFiles

    Contents = list[bytes | None]
    Integers = np.ndarray[Any, np.dtype[np.int64]]

# The hash of a picture whose greys deviate less shows no copies.
FLAT = 4.0
NEVER = np.iinfo(np.int64).max
# Pictures that each thread may be ahead, and hashes that are stored at a time.
AHEAD = 8
KEPT_AT_ONCE = 64


class PictureFacts(NamedTuple):
    """Facts of pictures, in order."""

    paths: list[str | None]
    # The sha256 of each file; None where there is none.
    contents: Contents
    # Perceptual hashes, ``(n,)``, and whether each is known, of a picture that is not flat.
    hashes: np.ndarray[Any, np.dtype[np.uint64]]
    telling: np.ndarray[Any, np.dtype[np.bool_]]
    # The sizes of each picture and its file, ``(n,)``; 0 and -1 if unknown.
    pixels: Integers
    bytes: Integers
    # When each file was changed, in nanoseconds, ``(n,)``; the greatest number if unknown.
    times: Integers

    @classmethod
    def from_found(
        cls, files: PictureFiles, contents: Contents, found: Sequence[PictureHash | None]
    ) -> PictureFacts:
        """Return the facts of files from their contents and the hashes that were found."""
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
        """Return the facts with the sizes of those pictures whose files have not changed."""
        pixels = self.pixels.copy()
        for number in numbers:
            path, stamp = self.paths[number], Stamp(self.bytes[number], self.times[number])
            if path is not None and not pixels[number] and is_unchanged(path, stamp):
                with suppress(OSError):
                    header = decode.read_header(path)
                    pixels[number] = header.width * header.height
        return self._replace(pixels=pixels)


def facts_of(
    files: PictureFiles,
    image_of: Callable[[int], Any],
    cache: Cache = None,
    verbose: bool = False,
    hashes: bool = True,
) -> PictureFacts:
    """Return the facts of pictures. Hashes that the store does not have are made and stored.

    A file that has changed since gets no hash. ``image_of`` returns the image, of either engine, of
    a picture without a file, by its number; or None. Without ``hashes``, only contents that are
    unknown are read.
    """
    contents = [files.content(number) for number in range(len(files.paths))]
    opened: ContextManager[FeatureStore | None] = (
        closing(FeatureStore(cache, network=None))
        if cache is not False and (any(files.paths) or any(contents))
        else nullcontext()
    )
    with opened as store:
        known = store.find_hashes([content for content in contents if content]) if store else {}
        found = [known.get(content or b"") for content in contents]
        todo = [
            number
            for number, content in enumerate(contents)
            if (found[number] is None if hashes else content is None and files.paths[number])
        ]
        with closing(_looked_at(files, todo, image_of, store, hashes, verbose)) as looked_at:
            for number, one in zip(todo, looked_at):
                contents[number], found[number] = one.content, one.picture_hash
    return PictureFacts.from_found(files, contents, found)


class _LookedAt(NamedTuple):
    content: bytes | None
    picture_hash: PictureHash | None = None


def _looked_at(
    files: PictureFiles,
    numbers: Sequence[int],
    image_of: Callable[[int], Any],
    store: FeatureStore | None,
    hashes: bool,
    verbose: bool,
) -> Generator[_LookedAt, None, None]:
    """Yield what is found of pictures, in order; whatever ends it, the hashes made are stored."""
    decode.prepare()
    progress, stop = Progress(len(numbers), verbose), Event()
    unkept: list[PictureHash] = []
    work = partial(_look_at, files=files, store=store, hashes=hashes, stop=stop)
    # Images are taken here: Turi Create's frames are not made for several threads.
    items = ((at, image_of(at) if files.paths[at] is None else None) for at in numbers)
    try:
        with closing(run_ahead(work, items, available_cores(), AHEAD, stop)) as results:
            for done, result in enumerate(results, 1):
                if result.picture_hash is not None and result.picture_hash.content:
                    unkept.append(result.picture_hash)
                if store is not None and len(unkept) >= KEPT_AT_ONCE:
                    store.keep_hashes(unkept)
                    unkept.clear()
                progress(done, 0)
                yield result
    finally:
        progress.close()
        if store is not None:
            store.keep_hashes(unkept)


def _look_at(
    item: tuple[int, Any],
    files: PictureFiles,
    store: FeatureStore | None,
    hashes: bool,
    stop: Event,
) -> _LookedAt:
    """Return the content and the hash of a picture; None for what cannot be read."""
    number, image = item
    path, content = files.paths[number], files.content(number)
    try:
        if path is None:
            return _LookedAt(content, None if image is None else _hash_of_image(image))
        identity = identify_picture(path, stop)
        if content is not None and content != identity.content:
            # The file holds another picture by now.
            return _LookedAt(content)
        content = identity.content
        known = store.find_hashes([content]) if store else {}
        if content in known or not hashes:
            return _LookedAt(content, known.get(content))
        picture = decode.on_white(decode.read(path, SIDE))
        if not is_still(path, identity, stop):
            return _LookedAt(content)
        return _LookedAt(content, PictureHash(content, *perceptual_hash(picture)))
    except OSError:
        return _LookedAt(content)


def _hash_of_image(image: Any) -> PictureHash:
    """Return the hash of an image without a file, of either engine."""
    picture = decode.on_white(plain_picture(image, SIDE))
    return PictureHash(b"", *perceptual_hash(picture), image.width, image.height)
