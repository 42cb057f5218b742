"""Pictures to encode in each format and mode, and the comparison of what is read of them."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, features

from lookalike.images import decode

# Turi Create's number for raw pixels.
RAW = 2
HEIGHT, WIDTH = 48, 80
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH]
# Smooth, so that JPEG changes little, and different in each corner.
COLOUR = np.stack([COLUMNS * 3, ROWS * 5, ROWS + COLUMNS], axis=-1).astype(np.uint8)
GREY = (ROWS * 3 + COLUMNS).astype(np.uint8)
ALPHA = np.where(COLUMNS < 20, 0, np.where(COLUMNS < 30, 128, 255)).astype(np.uint8)
TRANSPARENT = np.dstack([COLOUR, ALPHA])

# How each format is written with little or no loss, and the mean error that is left.
FORMATS = {
    "JPEG": ({"quality": 95, "subsampling": 0}, 3),
    "PNG": ({}, 0),
    "WEBP": ({"lossless": True, "exact": True}, 0),
    "GIF": ({}, 8),
    "BMP": ({}, 0),
    "TIFF": ({}, 0),
    "PPM": ({}, 0),
}
if "avif" in features.modules and features.check("avif"):
    FORMATS["AVIF"] = ({"quality": 95, "subsampling": "4:4:4"}, 3)


def raw_image(tc, pixels: np.ndarray):
    """Build an engine's image from its parts, as Turi Create's own examples do."""
    return tc.Image(
        _image_data=pixels.tobytes(),
        _height=pixels.shape[0],
        _width=pixels.shape[1],
        _channels=1 if pixels.ndim == 2 else pixels.shape[2],
        _format_enum=RAW,
        _image_data_size=pixels.size,
    )


def encode(pixels, format: str, **options) -> bytes:
    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(pixels: np.ndarray, depth: int, colour_type: int, size=None) -> bytes:
    """Write a PNG of kinds that Pillow does not write, or of another size than it promises."""
    height, width = size or pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tiff(
    values: np.ndarray, order: str = "<", planes: bool = False, deflate: bool = False, tags=None
) -> bytes:
    """Write a TIFF of kinds that Pillow does not write; ``tags`` are further ones, or others."""
    parts = np.moveaxis(values, -1, 0) if planes else [values]
    data = [np.ascontiguousarray(part).astype(values.dtype.newbyteorder(order)) for part in parts]
    strips = [zlib.compress(part) if deflate else part.tobytes() for part in data]
    count = 1 if values.ndim == 2 else values.shape[2]
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    places = [8 + sum(map(len, strips[:number])) for number in range(len(strips))]
    all_tags = {
        256: (values.shape[1],),
        257: (values.shape[0],),
        258: (8 * values.itemsize,) * count,
        259: (8 if deflate else 1,),
        262: (1,),
        273: places,
        277: (count,),
        278: (values.shape[0],),
        279: [len(strip) for strip in strips],
        284: (2 if planes else 1,),
        339: (kind,) * count,
        **(tags or {}),
    }
    content = b"".join(strips) + b"\0" * (sum(map(len, strips)) % 2)
    start = 8 + len(content)
    lines, rest = b"", b""
    for tag, value in sorted(all_tags.items()):
        # Letters, numbers of 4 bytes, or of 2.
        code = (2, "s") if isinstance(value, bytes) else (4, "I") if tag in (273, 279) else (3, "H")
        items = [value] if isinstance(value, bytes) else value
        length = len(value)
        letters = f"{order}{length}s" if code[1] == "s" else f"{order}{length}{code[1]}"
        packed = struct.pack(letters, *items)
        if len(packed) > 4:
            place = start + 6 + 12 * len(all_tags) + len(rest)
            rest += packed
            packed = struct.pack(f"{order}I", place)
        lines += struct.pack(f"{order}HHI", tag, code[0], length) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start)
    return head + content + struct.pack(f"{order}H", len(all_tags)) + lines + b"\0" * 4 + rest


def assert_reads_as(source, expected: np.ndarray, error: float = 0.6) -> None:
    image = decode.read(source)
    pixels = np.asarray(image)
    header = decode.read_header(source)
    assert (header.width, header.height) == image.size
    assert header.channels == len(image.getbands())
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() <= error
