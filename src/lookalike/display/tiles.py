"""What the explorer's front end is told of a row: words, a thumbnail, the large picture."""

from __future__ import annotations

import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Mapping, Sequence

from ..images import decode
from ..locks import Lock
from ..runtime import available_cores
from .markup import figures_of, file_name, reason_of, text_of
from .rows import Row, file_of, has_picture, picture_of
from .thumbnails import is_picture, thumbnail

# Pixels and JPEG quality: a tile is about 120 pixels high, or twice that on a fine screen.
SIDE, QUALITY = 224, 72
LARGE, LARGE_QUALITY = 1024, 85
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
        words["cells"] = [text_of(row.get(column)) for column in columns]
        if not has_picture(row):
            return {**words, "reason": "No picture"}, b""
        return words, thumbnails.of(number, row)
    except OSError as error:
        return {**words, "reason": reason_of(error)}, b""
    except Exception as error:
        # Whatever a row's value raises: the other tiles of the same answer are not to blame.
        return {**words, "reason": str(error) or type(error).__name__, "again": True}, b""


def large_picture(row: Row) -> tuple[dict[str, str], bytes]:
    """Return a row's picture, at most 1024 pixels large, and how large it is in truth."""
    if not has_picture(row):
        return {"reason": "No picture"}, b""
    try:
        return {"size": size_text(row)}, thumbnail(picture_of(row), LARGE, LARGE_QUALITY)
    except OSError as error:
        return {"reason": reason_of(error)}, b""


def size_text(row: Mapping[str, Any]) -> str:
    """Return the size of a row's picture in pixels, and in bytes where it is a file.

    Examples
    --------
    >>> from PIL import Image
    >>> size_text({"image": Image.new("L", (640, 480))})
    '640 x 480 pixels'
    """
    picture, file = picture_of(row), file_of(row)
    seen = picture if is_picture(picture) else decode.read_header(picture)
    pixels = f"{seen.width} x {seen.height} pixels"
    return pixels if file is None else f"{pixels} · {os.path.getsize(file) / 1000:,.1f} kB"
