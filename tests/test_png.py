"""PNG: critical chunks and pixels decide, and no other chunk does, whatever it holds."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from encoded import COLOUR, GREY, HEIGHT, WIDTH, assert_reads_as, chunk, encode, exif
from PIL import Image, PngImagePlugin

from lookalike.errors import UnreadableImageError
from lookalike.images import decode

WHOLE = encode(COLOUR, "PNG")
IDAT = WHOLE.index(b"IDAT") - 4
IEND = WHOLE.index(b"IEND") - 4


def damaged(name: bytes, content: bytes) -> bytes:
    return chunk(name, content)[:-4] + b"\0\0\0\0"


NOISE = os.urandom(300)
ODD_CHUNKS = {
    "text with a wrong checksum": damaged(b"tEXt", b"Comment\0hello"),
    "profile with a wrong checksum": damaged(b"iCCP", b"p\0\0" + zlib.compress(b"x" * 200)),
    "profile of an unknown method": chunk(b"iCCP", b"p\0\1" + zlib.compress(b"x" * 200)),
    "profile that is large": chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(9_000_000))),
    "profile of noise": chunk(b"iCCP", b"p\0\0" + NOISE),
    "profile without a name": chunk(b"iCCP", b""),
    "text that is large": chunk(b"tEXt", b"workflow\0" + b"x" * 2_000_000),
    "text without a key": chunk(b"tEXt", b"\0"),
    "compressed text that is large": chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(9_000_000))),
    "compressed text of an unknown method": chunk(b"zTXt", b"k\0\x09what"),
    "compressed text of noise": chunk(b"zTXt", b"k\0\0" + NOISE),
    "compressed text that is short": chunk(b"zTXt", b"k"),
    "text in no language": chunk(b"iTXt", b"k\0\1"),
    "text of no letters": chunk(b"iTXt", b"k\0\0\0\0\0\xff\xfe\xfd"),
    "compressed international text": chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(9**7))),
    "short pHYs": chunk(b"pHYs", b"\0\0"),
    "empty gAMA": chunk(b"gAMA", b""),
    "empty sRGB": chunk(b"sRGB", b""),
    "short cHRM": chunk(b"cHRM", b"\0" * 31),
    "animation without frames": chunk(b"acTL", b"\0" * 8) + chunk(b"fcTL", b"\0" * 26),
    "animation that is cut": chunk(b"acTL", b"\0"),
    "frame that is too large": chunk(b"acTL", b"\0\0\0\2\0\0\0\0")
    + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 9999, 9999, 0, 0, 1, 1, 0, 0)),
    "damaged frames": chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + damaged(b"fdAT", b"\0"),
    "EXIF of noise": chunk(b"eXIf", NOISE),
    "empty EXIF": chunk(b"eXIf", b""),
    "large EXIF": chunk(b"eXIf", b"II*\0" + bytes(3_000_000)),
    "EXIF as a text of noise": chunk(b"zTXt", b"Raw profile type exif\0\0" + NOISE),
    "EXIF as a text without numbers": chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 9\nxyz"),
    "private chunks": chunk(b"prVt", NOISE) + damaged(b"prVt", NOISE),
    "empty chunks": chunk(b"abCd", b"") * 999,
    "transparency that is short": chunk(b"tRNS", b"\0"),
    "transparency with a wrong checksum": damaged(b"tRNS", b"\0" * 6),
}


@pytest.mark.parametrize("place", [33, IEND], ids=["before", "behind"])
@pytest.mark.parametrize("kind", ODD_CHUNKS)
def test_a_png_is_read_whatever_its_other_chunks_hold(kind, place, tmp_path):
    odd = WHOLE[:place] + ODD_CHUNKS[kind] + WHOLE[place:]
    (tmp_path / "odd.png").write_bytes(odd)
    for source in (odd, tmp_path / "odd.png"):
        assert_reads_as(source, COLOUR)


@pytest.mark.parametrize("length", [0, 257, 70_000])
def test_a_palette_is_read_whatever_the_length_of_its_transparency(length):
    whole = encode(Image.fromarray(COLOUR).convert("P"), "PNG")
    place = whole.index(b"IDAT") - 4
    odd = whole[:place] + chunk(b"tRNS", b"\xff" * length) + whole[place:]
    assert (np.asarray(decode.read(odd)) == np.asarray(decode.read(whole))).all()


def test_a_png_is_read_whatever_an_editor_wrote():
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", '{"node": 1}' * 150_000, zip=True)
    text.add_itxt("XML:com.adobe.xmp", "<rdf/>" * 300_000, zip=True)
    assert_reads_as(encode(COLOUR, "PNG", pnginfo=text, icc_profile=NOISE * 5000), COLOUR)


def test_pixels_in_many_chunks_are_read_whatever_lies_between_them():
    data = WHOLE[IDAT + 8 : IEND - 4]
    parts = [chunk(b"IDAT", data[start : start + 7]) for start in range(0, len(data), 7)]
    between = chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", b"")
    assert_reads_as(WHOLE[:IDAT] + between.join(parts) + WHOLE[IEND:], COLOUR)


def raw_profile(orientation: int) -> bytes:
    content = exif(orientation)
    lines = f"\nexif\n{len(content):8d}\n{content.hex()}\n".encode()
    return chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(lines))


def xmp(orientation: int, compressed: bool = False) -> bytes:
    content = b'<rdf tiff:Orientation="%d"/>' % orientation
    content = zlib.compress(content) if compressed else content
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0%c\0\0\0" % compressed + content)


@pytest.mark.parametrize("place", [33, IEND], ids=["before", "behind"])
@pytest.mark.parametrize(
    "exif_chunk",
    [chunk(b"eXIf", exif(6)[6:]), raw_profile(6), xmp(6), xmp(6, True)],
    ids=["chunk", "profile", "XMP", "compressed XMP"],
)
def test_the_orientation_counts_wherever_it_stands(exif_chunk, place):
    odd = WHOLE[:place] + chunk(b"zTXt", b"k\0\0" + NOISE) + exif_chunk + WHOLE[place:]
    assert_reads_as(odd, np.rot90(COLOUR, -1))


def test_an_orientation_with_a_wrong_checksum_does_not_count():
    assert_reads_as(WHOLE[:33] + damaged(b"eXIf", exif(6)[6:]) + WHOLE[33:], COLOUR)


@pytest.mark.parametrize("tail", ["behind the end", "without an end", "in a chunk"])
def test_a_small_png_with_a_tail_of_gigabytes_takes_no_memory(tail, tmp_path):
    path = tmp_path / "tail.png"
    start = {
        "behind the end": WHOLE,
        "without an end": WHOLE[:IEND],
        "in a chunk": WHOLE[:IEND] + b"\x7f\xff\xff\xfftEXt",
    }[tail]
    path.write_bytes(start)
    with open(path, "r+b") as file:
        try:
            file.truncate(4 << 30)
        except OSError:
            pytest.skip("this file system has no sparse files")
    tracemalloc.start()
    assert_reads_as(path, COLOUR)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
@pytest.mark.parametrize("options", [{}, {"compress_level": 0}])
def test_every_mode_is_read_as_pillow_reads_it(mode, options):
    pixels = Image.fromarray(GREY if mode == "I;16" else COLOUR)
    content = encode(pixels.convert(mode), "PNG", **options)
    expected = Image.open(io.BytesIO(content))
    if mode == "I;16":
        assert decode.read(content).mode == "L"
        return
    image = decode.read(content)
    assert (np.asarray(image) == np.asarray(expected.convert(image.mode))).all()


def test_a_png_of_apples_own_kind_is_named():
    with pytest.raises(UnreadableImageError, match="only Apple's programs read"):
        decode.read(WHOLE[:8] + chunk(b"CgBI", b"\x50\0\x20\6") + WHOLE[8:])


@pytest.mark.parametrize("chunk_name", [b"IHDR", b"PLTE"])
def test_a_damaged_critical_chunk_is_a_failure(chunk_name):
    whole = bytearray(encode(Image.fromarray(COLOUR).convert("P"), "PNG"))
    whole[whole.index(chunk_name) + 8] ^= 1
    with pytest.raises(UnreadableImageError):
        decode.read(bytes(whole))


def test_pixels_that_are_damaged_or_missing_are_a_failure():
    broken = bytearray(WHOLE)
    broken[IDAT + 8] ^= 0xFF
    for content in (bytes(broken), WHOLE[: IDAT + 40], WHOLE[:IDAT] + WHOLE[IEND:]):
        with pytest.raises(UnreadableImageError, match=r"damaged|truncated"):
            decode.read(content)
    assert decode.read_header(WHOLE[: IDAT + 40]) == ("PNG", WIDTH, HEIGHT, 3)


def test_a_picture_of_endless_chunks_is_a_failure():
    with pytest.raises(UnreadableImageError, match="it has more than 500,000 chunks"):
        decode.read(WHOLE[:IDAT] + 600_000 * (b"\0\0\0\0abCd" + b"\0\0\0\0") + WHOLE[IDAT:])
