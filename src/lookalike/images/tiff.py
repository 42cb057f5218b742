"""TIFF files without their large fields, and kinds of TIFF that Pillow does not know or mistakes.

Picture editors store all layers in one field, and Pillow reads every field whole.
"""

from __future__ import annotations

import re
import struct
import sys
from bisect import bisect_left
from typing import IO, Any, NamedTuple

from .opened import TRUNCATED, Opened, raw_mode, with_raw_mode
from .pixels import BITS, PHOTOMETRIC, PLANES, WHITE_IS_ZERO

# Bytes of an entry in a directory.
ENTRY = 12
# Bytes of an item of each type of field.
ITEM_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
# Larger fields are left out, unless the pixels need them: strips, tiles, a palette, the tables of a
# JPEG. No program writes so many fields.
MAX_FIELD = 1 << 20
MAX_FIELDS = 1000
OF_PIXELS = (273, 279, 320, 324, 325, 347)


class Field(NamedTuple):
    """An entry of a TIFF's directory: its place, tag, size in bytes, and first short."""

    place: int
    tag: int
    size: int
    value: int


def opened(factory: Any, file: IO[bytes]) -> Opened:
    """Open a TIFF by its directory; raises ValueError if Pillow knows no such TIFF."""
    order, fields = _directory(file)
    large = [field for field in fields if field.size > MAX_FIELD and field.tag not in OF_PIXELS]
    # An entry that is left out is replaced by one byte, 0.
    patches = {field.place: struct.pack(f"{order}HHII", field.tag, 1, 1, 0) for field in large}
    try:
        image = factory(_patched(file, patches), "")
    except SyntaxError as error:
        # It may be grey of 16 bits, the larger byte first, with white as zero.
        white = [field for field in fields if field.tag == PHOTOMETRIC and not field.value]
        if not white:
            raise ValueError(f"it is a TIFF that Pillow does not read ({error})") from error
        patches[white[0].place] = struct.pack(f"{order}HHIHH", PHOTOMETRIC, 3, 1, 1, 0)
        image = factory(_patched(file, patches), "")
        image.info[WHITE_IS_ZERO] = True
    _check_parts(image)
    planes = image.tag_v2.get(PLANES) == 2 and image.tag_v2.get(BITS, (8,))[0] == 16
    image.tile = [_mended(tile, image.tag_v2.prefix == b"MM", planes) for tile in image.tile]
    return Opened(image, lambda: _decode(image))


def _directory(file: IO[bytes]) -> tuple[str, list[Field]]:
    """Return the order of a TIFF's bytes, and its first directory, which is empty for a BigTIFF."""
    file.seek(0)
    start = file.read(8)
    order = "<" if start[:2] == b"II" else ">"
    if start[2:4] not in (b"*\0", b"\0*") or len(start) < 8:
        return order, []
    file.seek(struct.unpack(f"{order}I", start[4:])[0])
    count = int.from_bytes(file.read(2), "little" if order == "<" else "big")
    if count > MAX_FIELDS:
        raise ValueError(f"it is damaged: it has {count:,} fields")
    place = file.tell()
    entries = file.read(ENTRY * count)
    fields = []
    for at in range(0, len(entries) - ENTRY + 1, ENTRY):
        tag, kind, items, value = struct.unpack_from(f"{order}HHIH", entries, at)
        fields.append(Field(place + at, tag, items * ITEM_SIZES.get(kind, 1), value))
    return order, fields


def _patched(file: IO[bytes], patches: dict[int, bytes]) -> Any:
    file.seek(0)
    return _Patched(file, patches) if patches else file


class _Patched:
    """A file that reads as if some entries of its directory were others."""

    def __init__(self, file: IO[bytes], patches: dict[int, bytes]) -> None:
        self._file = file
        self._patches = sorted(patches.items())

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        start = self._file.tell()
        changed = bytearray(self._file.read(size))
        end = start + len(changed)
        # All entries that overlap these bytes.
        first = bisect_left(self._patches, (start - ENTRY,))
        for place, new in self._patches[first : bisect_left(self._patches, (end,))]:
            for number, byte in enumerate(new, place - start):
                if 0 <= number < len(changed):
                    changed[number] = byte
        return bytes(changed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _check_parts(image: Any) -> None:
    """Raise ValueError if strips or tiles do not reach its end: Pillow leaves the rest black."""
    width, height = stored_size(image)
    extents = [tile[1] for tile in image.tile]
    right, bottom = (max((extent[edge] for extent in extents), default=0) for edge in (2, 3))
    if right < width or bottom < height:
        raise ValueError(TRUNCATED)


def stored_size(image: Any) -> tuple[int, int]:
    """Return width and height in the file's own orientation: newer Pillows turn ``size``."""
    size: tuple[int, int] = getattr(image, "_tile_size", image.size)
    return size


def _mended(tile: Any, larger_byte_first: bool, deep_planes: bool) -> Any:
    """Return a part of a TIFF with the right order of its samples' bytes; Pillow has it wrong."""
    mode = raw_mode(tile)
    if tile[0] == "raw" and deep_planes:
        # Pillow takes them for 8 bits.
        mode += ";16B" if larger_byte_first else ";16L"
    elif tile[0] == "libtiff" and larger_byte_first and sys.byteorder == "little":
        # libtiff has swapped the bytes already; Pillow knows that for "I;16B" alone.
        mode = re.sub(r";(16|32)B([SF])$", r";\1\2", mode)
    return with_raw_mode(tile, mode)


def _decode(image: Any) -> None:
    """Decode a TIFF's pixels into memory that is reserved here: Pillow would warn if it is much."""
    from PIL import Image

    image.im = Image.new(image.mode, stored_size(image), None).im
    image.load()
