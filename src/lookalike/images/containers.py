"""The other formats, opened by Pillow's plugins; HEIC and camera raw by packages of their own.

Of a GIF, Pillow reads the first picture alone.
"""

from __future__ import annotations

import io
import re
from importlib import import_module
from typing import IO, Any

from . import failures, formats, jpeg, tiff
from .opened import Opened
from .pixels import EXIF_ORIENTATION

# Formats whose libraries need the whole file in memory, and more bytes than any picture has.
WHOLE = ("WEBP", "AVIF", "HEIF", "JXL", "RAW")
MAX_WHOLE = 1 << 29
# Formats that Pillow's plugins know better than ``formats.sniff``.
UNSIGNED = ("BMP", "TIFF", "PPM")
# A PPM's first letters, and its size behind comments, which Pillow reads byte by byte.
NETPBM = re.compile(rb"P[1-6fFy][\s#]")
NETPBM_SIZE = re.compile(rb"P.\s*(?:#[^\r\n]*[\r\n]\s*)*\d+\s+(?:#[^\r\n]*[\r\n]\s*)*\d+\s")
MAX_NETPBM_HEADER = 65536
# The EXIF orientation of each of LibRaw's turns.
FLIPS = {0: 1, 3: 3, 5: 8, 6: 6}
# What begins a GIF's block, and its extension that names the transparent colour.
EXTENSION, PICTURE, CONTROL = b"\x21", b"\x2c", b"\xf9"
HAS_PALETTE = 0x80
# Bytes that begin no block count too.
MAX_BLOCKS = 100_000


def opened(file: IO[bytes], start: bytes, name: str | None, path: str) -> tuple[str, Opened]:
    """Open a picture with the plugin of its format; return the format, too.

    ``name`` is the format if the first bytes show it. What cannot be read raises ValueError, or,
    with a damaged header, what the plugin raises.
    """
    if name in WHOLE:
        file = _whole(file, name)
    if name == "RAW" and not formats.remedy(name):
        return name, _preview(file)
    if name == "GIF":
        file = _first_picture(file)
    elif NETPBM.match(start) and not NETPBM_SIZE.match(file.read(MAX_NETPBM_HEADER)):
        raise ValueError("it is damaged: its header has no size")
    file.seek(0)
    for format, (factory, accepts) in _plugins(name).items():
        accepted = accepts is None or accepts(start)
        if isinstance(accepted, str):
            # Pillow knows the format, but was built without it.
            raise ValueError(accepted)
        if accepted and format == "TIFF":
            return format, tiff.opened(factory, file)
        if accepted:
            # Without a file name Pillow does not map the file into memory: the process would end if
            # a mapped file shrank.
            try:
                image = factory(file, "")
            except SyntaxError as error:
                kind = formats.NAMES.get(format, format)
                raise ValueError(f"its {kind} header is damaged: {error}") from error
            return format, Opened(image, image.load)
    raise ValueError(failures.of_content(start, path))


def _plugins(name: str | None) -> dict[str, tuple[Any, Any]]:
    """Return Pillow's plugins that may open a file: each has a factory, and a test of the start."""
    from PIL import Image

    plugins: dict[str, tuple[Any, Any]] = Image.OPEN
    names = UNSIGNED if name is None else (name,)
    found = {one: plugins[one] for one in names if one in plugins}
    if name == "HEIF" and not found and not formats.remedy(name):
        # It is not registered with Pillow, which other programs use, too.
        found["HEIF"] = (import_module("pi_heif").HeifImageFile, None)
    return found


def _whole(file: IO[bytes], name: str) -> IO[bytes]:
    """Return a file in memory: of a WebP, the length that its header has, else all of it."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if name == "WEBP":
        size = min(size, 8 + int.from_bytes(file.read(8)[4:], "little"))
        file.seek(0)
    if size > MAX_WHOLE:
        raise ValueError(f"it is larger than {MAX_WHOLE / 1e6:,.0f} MB")
    return io.BytesIO(file.read(size))


def _preview(file: IO[bytes]) -> Opened:
    """Open the preview in a camera's raw file, with the camera's orientation."""
    from PIL import Image

    rawpy: Any = import_module("rawpy")

    none = rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError
    try:
        with rawpy.imread(file) as raw:
            preview, flip = raw.extract_thumb(), raw.sizes.flip
    except none as error:
        raise ValueError("it has no preview, by which camera raw files are read") from error
    except rawpy.LibRawError as error:
        raise ValueError("it is damaged, or of a camera that LibRaw does not know") from error
    if preview.format == rawpy.ThumbFormat.JPEG:
        found = jpeg.opened(io.BytesIO(preview.data))
    else:
        image = Image.fromarray(preview.data)
        found = Opened(image, image.load)
    if "exif" not in found.image.info:
        turn = Image.Exif()
        turn[EXIF_ORIENTATION] = FLIPS.get(flip, 1)
        found.image.info["exif"] = turn.tobytes()
    return found


def _first_picture(file: IO[bytes]) -> IO[bytes]:
    """Return a GIF of the first picture of another, without its comments; the rest is not read.

    Pillow puts a comment together piece by piece, and one of megabytes takes it minutes.
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
    """Return the palette that follows, if the flags announce one."""
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
