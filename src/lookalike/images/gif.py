"""GIF files, of which Pillow is handed the first picture: comments never decide over pixels.

Pillow puts a comment together piece by piece, and one of megabytes takes it minutes.
"""

from __future__ import annotations

import io
from typing import IO

# What begins a block, and of extensions the one that says which colour is transparent.
EXTENSION, PICTURE, CONTROL = b"\x21", b"\x2c", b"\xf9"
HAS_PALETTE = 0x80
# Bytes that begin no block count too.
MAX_BLOCKS = 100_000


def first_picture(file: IO[bytes]) -> IO[bytes]:
    """Return a GIF of the first picture of another, without its comments; the rest is not read.

    Raises
    ------
    ValueError
        If there is no picture in it.
    """
    screen = file.read(13)
    kept = [screen, _palette(file, screen[10:11])]
    control = b""
    for _ in range(MAX_BLOCKS):
        kind = file.read(1)
        if kind == EXTENSION:
            label = file.read(1)
            content = _pieces(file, keep=label == CONTROL)
            if label == CONTROL:
                control = kind + label + content
        elif kind == PICTURE:
            place = file.read(9)
            kept += [control, kind, place, _palette(file, place[8:9]), file.read(1), _pieces(file)]
            return io.BytesIO(b"".join(kept) + b";")
        elif not kind or kind == b";":
            break
    raise ValueError("it is truncated: it has no picture")


def _palette(file: IO[bytes], flags: bytes) -> bytes:
    """Return the palette that follows, if flags say that there is one."""
    number = flags[0] if flags else 0
    return file.read(3 << ((number & 7) + 1)) if number & HAS_PALETTE else b""


def _pieces(file: IO[bytes], keep: bool = True) -> bytes:
    """Return a block's pieces with their lengths, or pass over them."""
    pieces = []
    while True:
        length = file.read(1)
        piece = length + (file.read(length[0]) if length else b"")
        if keep:
            pieces.append(piece)
        if length in (b"", b"\0"):
            return b"".join(pieces)
