"""PNG files: Pillow gets only what the pixels need: critical chunks and tRNS.

Of the other chunks only EXIF's orientation is used. They may be damaged or of any size: Pillow
would refuse the picture or read them whole.
"""

from __future__ import annotations

import io
import re
import zlib
from typing import IO, TYPE_CHECKING, Any, Iterator, NamedTuple

from .opened import TRUNCATED, Decoder, Opened

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngImageFile

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BLOCK = 65536
MAX_CHUNKS = 500_000
# More bytes than any palette has, and than EXIF in a JPEG; the orientation comes early.
MAX_CHUNK = 65536
# The most colours of a palette; tRNS has a number for each.
MAX_COLOURS = 256
CHUNK_NAME = re.compile(rb"[A-Za-z]{4}")
CRITICAL = (b"IHDR", b"PLTE")
# Colour types of the header.
GREY, COLOUR = b"\0", b"\2"
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
# Keys of the texts that programs without eXIf write EXIF into.
PROFILES = (b"Raw profile type exif", b"Raw profile type APP1")
XMP = b"XML:com.adobe.xmp"


class Chunk(NamedTuple):
    """A chunk's name, and where its content is in the file."""

    name: bytes
    place: int
    length: int


def opened(file: IO[bytes]) -> Opened:
    """Open a PNG; everything but the compressed pixels is read.

    Without a header or pixels, or with a damaged critical chunk, it raises ValueError or
    SyntaxError.
    """
    from PIL.PngImagePlugin import PngImageFile

    head = [SIGNATURE]
    data: list[Chunk] = []
    info: dict[Any, Any] = {}
    for chunk in _chunks(file):
        if chunk.name == b"IDAT":
            data.append(chunk)
        elif chunk.name in CRITICAL and not data:
            head.append(_whole(file, chunk))
        elif chunk.name == b"tRNS" and not data:
            head.append(_transparency(file, chunk, head))
        elif chunk.name == b"CgBI":
            raise ValueError("it is a PNG of an iPhone's program, which only Apple's programs read")
        else:
            info.update(_metadata(file, chunk))
    if not data:
        raise ValueError("it is truncated: it has no pixels")
    image = PngImageFile(io.BytesIO(b"".join(head) + b"\0\0\0\0IDAT"))
    image.info.update(info)
    return Opened(image, lambda: _decode(image, file, data))


def _chunks(file: IO[bytes]) -> Iterator[Chunk]:
    """Yield a file's chunks up to its end, or to what is no chunk."""
    place = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        file.seek(place)
        start = file.read(8)
        name = start[4:]
        if name == b"IEND" or not CHUNK_NAME.fullmatch(name):
            return
        length = int.from_bytes(start[:4], "big")
        yield Chunk(name, place + 8, length)
        place += length + 12
    raise ValueError(f"it is damaged: it has more than {MAX_CHUNKS:,} chunks")


def _whole(file: IO[bytes], chunk: Chunk) -> bytes:
    """Return a chunk with its length, name and checksum, which Pillow tests."""
    file.seek(chunk.place - 8)
    return file.read(min(chunk.length, MAX_CHUNK) + 12)


def _undamaged(file: IO[bytes], chunk: Chunk) -> bytes:
    """Return a chunk as ``_whole`` does, or nothing if it is damaged."""
    whole = _whole(file, chunk)
    sum_ = int.from_bytes(whole[-4:], "big")
    return whole if len(whole) == chunk.length + 12 and zlib.crc32(whole[4:-4]) == sum_ else b""


def _transparency(file: IO[bytes], chunk: Chunk, head: list[bytes]) -> bytes:
    """Return a sound tRNS chunk, or nothing if it is damaged or has too few values or too many."""
    colour_type = head[1][17:18] if len(head) > 1 else b""
    needed = {GREY: 2, COLOUR: 6}.get(colour_type, 1)
    return _undamaged(file, chunk) if needed <= chunk.length <= MAX_COLOURS else b""


def _metadata(file: IO[bytes], chunk: Chunk) -> dict[Any, Any]:
    """Return what a chunk adds to Pillow's ``info``: EXIF, in all its forms."""
    if chunk.name not in (b"eXIf", *TEXTS) or chunk.length > MAX_CHUNK:
        return {}
    content = _undamaged(file, chunk)[8:-4]
    if chunk.name == b"eXIf" and content:
        return {"exif": b"Exif\0\0" + content}
    key, _, text = content.partition(b"\0")
    if key in PROFILES and chunk.name in (b"tEXt", b"zTXt"):
        text = _inflated(text[1:]) if chunk.name == b"zTXt" else text
        return {"Raw profile type exif": text.decode("latin-1")}
    if key == XMP and chunk.name == b"iTXt":
        # Two numbers, of which the first is 1 for compressed, and two names come before it.
        content = text[2:].split(b"\0", 2)[-1]
        content = _inflated(content) if text[:1] == b"\1" else content
        return {XMP.decode(): content.decode("latin-1")}
    return {}


def _inflated(compressed: bytes) -> bytes:
    """Return the start of a compressed text, or nothing if it is damaged."""
    try:
        return zlib.decompressobj().decompress(compressed, MAX_CHUNK)
    except zlib.error:
        return b""


def _decode(image: PngImageFile, file: IO[bytes], chunks: list[Chunk]) -> None:
    """Decode the pixels; raises ValueError if some are missing or damaged."""
    with Decoder(image) as decoder:
        for chunk in chunks:
            file.seek(chunk.place)
            left = chunk.length
            while left > 0:
                block = file.read(min(left, BLOCK))
                if decoder.feed(block):
                    return
                left = left - len(block) if block else 0
        raise ValueError(TRUNCATED)
