"""What the explorer's front end gets of a row: words, a thumbnail, the large picture."""

from __future__ import annotations

import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Sequence

from ..images import decode
from ..locks import Lock
from ..runtime import available_cores
from .markup import figures_of, file_name, reason_of, text_of
from .rows import Row, file_of, has_picture, picture_of
from .thumbnails import is_picture, thumbnail

# Pixels and JPEG quality: a tile is about 120 pixels high, or twice that on a fine screen.
SIDE, QUALITY = 224, 72
LARGE, LARGE_QUALITY = 1024, 85
# A picture in full takes some megabytes.
FULL, FULL_QUALITY = 8192, 90
# Bytes of one explorer's thumbnails, which are some 8 KB each.
CACHE_BYTES = 16_000_000


@lru_cache(maxsize=None)
def pool() -> ThreadPoolExecutor:
    """Return the threads that decode, which all explorers share: Pillow lets go of the GIL."""
    return ThreadPoolExecutor(min(4, available_cores()), thread_name_prefix="lookalike")


if hasattr(os, "register_at_fork"):
    # A child has none of the threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=pool.cache_clear)


class Thumbnails:
    """Thumbnails by row number: made when asked for, kept up to a number of bytes.

    May be asked from several threads.
    """

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._made: OrderedDict[int, bytes] = OrderedDict()
        self._room = max_bytes
        self._lock = Lock()

    def of(self, number: int, row: Row) -> bytes:
        """Return the JPEG of a row's picture.

        Raises
        ------
        UnreadableImageError, OSError
            If its picture cannot be read.
        """
        with self._lock:
            if number in self._made:
                self._made.move_to_end(number)
                return self._made[number]
        made = thumbnail(picture_of(row), SIDE, QUALITY)
        with self._lock:
            self._room += len(self._made.pop(number, b"")) - len(made)
            self._made[number] = made
            while self._room < 0:
                self._room += len(self._made.popitem(last=False)[1])
        return made


def tile(
    number: int, row: Row, columns: Sequence[str], thumbnails: Thumbnails
) -> tuple[dict[str, Any], bytes]:
    """Return a row in words, and its thumbnail: empty, with a reason, where there is none.

    A failure that is none of the picture's may pass: such a tile has ``again``, and is worth
    another question.
    """
    words = {"row": number, "name": "", "figures": "", "cells": [""] * len(columns)}
    try:
        words["name"] = text_of(file_name(row) or "")
        words["figures"] = figures_of(row)
        words["cells"] = [text_of(row[name]) if name in row else "" for name in columns]
        if not has_picture(row):
            return {**words, "reason": "No picture"}, b""
        return words, thumbnails.of(number, row)
    except OSError as error:
        return {**words, "reason": reason_of(error)}, b""
    except Exception as error:
        # Whatever a row's value raises: the other tiles of the same answer are not to blame.
        return {**words, "reason": str(error) or type(error).__name__, "again": True}, b""


def large_picture(row: Row, full: bool = False) -> tuple[dict[str, Any], bytes]:
    """Return a row's picture, at most 1024 pixels large or in full, and what there is to say of it.

    This is its true size in ``pixels`` (width and height, upright), and where it is a file the
    ``path`` and the ``bytes`` of this.
    """
    if not has_picture(row):
        return {"reason": "No picture"}, b""
    picture, file = picture_of(row), file_of(row)
    words: dict[str, Any] = {} if file is None else {"path": file, "bytes": os.path.getsize(file)}
    try:
        if is_picture(picture) and not hasattr(type(picture), "pixel_data"):
            # A PIL image may lie on its side.
            picture = decode.plain(picture)
        seen = picture if is_picture(picture) else decode.read_header(picture)
        words["pixels"] = [seen.width, seen.height]
        side, quality = (FULL, FULL_QUALITY) if full else (LARGE, LARGE_QUALITY)
        return words, thumbnail(picture, side, quality)
    except OSError as error:
        return {**words, "reason": reason_of(error)}, b""
