"""JPEG files: Pillow gets only what the pixels need, so that metadata cannot spoil them.

This module reads the header segment by segment, and feeds the decoder, for two reasons. Profiles,
previews and comments in a header may be damaged or of any size, and Pillow reads all of them. And
a file that was cut and then closed with an end marker looks whole to Pillow: libjpeg fills what is
missing with grey, and its warning is lost.

Therefore the decoder gets no end marker before it has decoded all pixels. Behind the last byte it
gets 64 bits of filling instead, since it looks so far ahead. A picture of a single scan is whole if
its last row then comes out. Of several scans libjpeg returns no row before the end, but between
scans it takes each single byte at once, and within a scan it waits for several.

Limits: these files pass as whole: one that lacks up to two blocks of 8 x 8 pixels at its end; one
that was filled with zeros and then closed with an end marker; and, of several scans, one that was
cut between two of them when all coefficients were there at a lower precision. Arithmetically coded
data is not tested.
"""

from __future__ import annotations

import io
import re
from typing import IO, TYPE_CHECKING, Any, Iterator, NamedTuple

from .opened import TRUNCATED, Decoder, Opened

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

BLOCK = 65536
# A header has some twenty segments; what Pillow needs of it takes a few hundred bytes.
MAX_SEGMENTS = 100_000
MAX_HEADER = 1 << 18
# More zeros in a row than a picture has: the rest of such a file was never written.
MAX_ZEROS = 1 << 24

# A marker that is neither a byte of data (FF 00), nor filling, nor a restart.
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
SOS, EOI, APP0, APP1, APP14 = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE
FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
# Frames whose scans have whole blocks, or whole pixels; and the last with Huffman's codes.
SEQUENTIAL, LOSSLESS, LAST_HUFFMAN = (0xC0, 0xC1, 0xC3), 0xC3, 0xC7
# Markers that begin no segment: restarts, the start and the end, and TEM.
ALONE = (*range(0xD0, 0xDA), 0x01)

# 64 bits of one, which no code has.
FILLING = b"\xff\x00" * 8
PROBES = 8
RESTARTS = [part for code in range(0xD0, 0xD8) for part in (bytes((0xFF, code)), b"\0")]
CLOSED = b"\xff\xd9"
COEFFICIENTS = 64

ENDLESS = "it is damaged: its JPEG header does not come to an end"
CUT = "it is truncated: its JPEG header is cut"


class Header(NamedTuple):
    """What Pillow needs of a header; and in it the frame, the first scan, and metadata."""

    content: bytes
    frame: bytes
    scan: bytes
    info: dict[Any, Any]


def opened(file: IO[bytes]) -> Opened:
    """Open a JPEG by its header; raises ValueError if that is cut or has no end."""
    from PIL.JpegImagePlugin import JpegImageFile

    header = _read_header(file)
    image = JpegImageFile(io.BytesIO(header.content))
    # What Pillow found in the few segments that it got says nothing more about the pixels.
    image.info = header.info
    return Opened(image, lambda: _decode(image, header, file))


def _read_header(file: IO[bytes]) -> Header:
    kept: list[bytes] = []
    colours: dict[int, bytes] = {}
    info: dict[Any, Any] = {}
    frame = b""
    size = 0
    for code, segment in _segments(file):
        content = segment[4:]
        if code == APP1 and content.startswith(b"Exif\0\0"):
            info.setdefault("exif", content)
        elif code == APP1 and content.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            info.setdefault("XML:com.adobe.xmp", content[29:].decode("latin-1"))
        elif (code, content[:5]) in ((APP0, b"JFIF\0"), (APP14, b"Adobe")) and len(content) >= 12:
            # They say whether pixels are RGB or YCbCr. A preview behind them is left out.
            rest = content[:12] + (b"\0\0" if code == APP0 else b"")
            colours[code] = segment[:2] + (len(rest) + 2).to_bytes(2, "big") + rest
        elif code < APP0:
            kept.append(segment)
            size += len(segment)
        frame = segment if code in FRAMES else frame
        if code == SOS and frame:
            return Header(b"\xff\xd8" + b"".join([*colours.values(), *kept]), frame, segment, info)
        if size > MAX_HEADER:
            break
    raise ValueError(ENDLESS)


def _segments(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield a header's segments: the code of the marker, and all bytes with the marker."""
    file.seek(2)
    skipped = 0
    for _ in range(MAX_SEGMENTS):
        if skipped > MAX_HEADER:
            break
        start = file.read(4)
        if len(start) < 4:
            raise ValueError(CUT)
        if start[0] != 0xFF or start[1] in (0x00, 0xFF, *ALONE):
            # Filling, or what belongs nowhere: the next marker counts.
            skipped += _skip_to_marker(file, start)
            continue
        length = int.from_bytes(start[2:], "big") - 2
        rest = file.read(max(0, length))
        if len(rest) < length:
            raise ValueError(CUT)
        yield start[1], start + rest
    raise ValueError(ENDLESS)


def _skip_to_marker(file: IO[bytes], start: bytes) -> int:
    """Move a file to the next byte that may begin a marker; return how many were skipped."""
    file.seek(-2 if start[0] == 0xFF and start[1] != 0xFF else -3, io.SEEK_CUR)
    skipped = file.read(BLOCK)
    found = skipped.find(b"\xff")
    if found < 0:
        return len(skipped)
    file.seek(found - len(skipped), io.SEEK_CUR)
    return found


def _decode(image: JpegImageFile, header: Header, file: IO[bytes]) -> None:
    """Decode the pixels; raises ValueError if some are missing or damaged."""
    scans = [header.scan]
    # The first scan has all components of the frame: it is the only one.
    single = header.scan[4] == header.frame[9] and header.frame[1] in SEQUENTIAL
    with Decoder(image) as decoder:
        if decoder.feed(header.content) or any(map(decoder.feed, _data(file, scans))):
            return
        if header.frame[1] > LAST_HUFFMAN:
            whole = decoder.feed(CLOSED)
        elif single:
            whole = decoder.feed(FILLING)
        else:
            whole = _is_between_scans(decoder) and _has_all(header.frame, scans)
            whole = whole and decoder.feed(CLOSED)
        if not whole:
            raise ValueError(TRUNCATED)


def _data(file: IO[bytes], scans: list[bytes]) -> Iterator[bytes]:
    """Yield what follows the header up to the end marker; add the segments of scans to ``scans``.

    Without an end marker, zeros at the end of the file are left out: an interrupted copy can have
    them in place of data, and they could pass for pixels.
    """
    zeros = 0
    kept = b""
    while True:
        read = file.read(BLOCK)
        block = kept + read
        # A marker may cross the border of two blocks.
        kept = b"\xff" if read and block.endswith(b"\xff") else b""
        block = block[: len(block) - len(kept)]
        marker = MARKER.search(block)
        if marker is not None:
            after = file.tell() - len(kept) - len(block) + marker.end()
            kept, block = b"", block[: marker.start()]
        data = block if marker else block.rstrip(b"\0")
        if data or marker:
            yield bytes(zeros) + data
            zeros = 0
        zeros += len(block) - len(data)
        if marker is not None:
            if marker[0][1] == EOI:
                return
            file.seek(after)
            yield _segment(file, marker[0], scans)
        elif not read or zeros > MAX_ZEROS:
            # The last pixels may be zeros.
            yield bytes(min(zeros, PROBES))
            return


def _segment(file: IO[bytes], marker: bytes, scans: list[bytes]) -> bytes:
    """Return the segment of a marker that was read."""
    if marker[1] in ALONE:
        return marker
    start = file.read(2)
    segment = marker + start + file.read(max(0, int.from_bytes(start, "big") - 2))
    if marker[1] == SOS:
        scans.append(segment)
    return segment


def _is_between_scans(decoder: Decoder) -> bool:
    """Feed a decoder of several scans with filling; return whether the last scan was whole.

    Then it looks for the next marker, and takes every byte at once. Within a scan it takes none
    before it has at least three.
    """
    decoder.feed(FILLING)
    # It may also wait for a restart marker within a scan.
    for probe in (*[b"\0"] * PROBES, *RESTARTS):
        decoder.feed(probe)
        if decoder.waiting:
            return False
    return True


def _has_all(frame: bytes, scans: list[bytes]) -> bool:
    """Return whether scans have all coefficients of all components, at any precision."""
    count = 0 if frame[1] == LOSSLESS else COEFFICIENTS
    missing = {component: set(range(count)) for component in frame[10::3]}
    for scan in scans:
        count = scan[4] if len(scan) > 4 else 0
        first, last = scan[5 + 2 * count : 7 + 2 * count] or (0, -1)
        for component in scan[5 : 5 + 2 * count : 2]:
            missing.get(component, set()).difference_update(range(first, last + 1))
    return not any(missing.values())
