"""HEIC, JPEG 2000 and camera raw: read where a package for them is installed, upright."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import sys
import tracemalloc

import numpy as np
import pytest
from encoded import COLOUR, assert_reads_as, encode, exif, tiff
from PIL import Image

from lookalike.errors import UnreadableImageError
from lookalike.images import decode


@pytest.fixture(scope="module")
def heif():
    """The library that writes HEIC; the one that reads it here is another."""
    pytest.importorskip("pi_heif")
    return pytest.importorskip("pillow_heif")


def heic(heif, pixels: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    size = pixels.shape[1::-1]
    heif.encode("RGB", size, pixels.tobytes(), file, quality=95, chroma=444, **options)
    return file.getvalue()


def test_a_heic_is_read_without_a_plugin_that_is_registered(heif, tmp_path):
    content = heic(heif, COLOUR)
    assert "HEIF" not in Image.OPEN
    (tmp_path / "IMG_1.HEIC").write_bytes(content)
    for source in (content, tmp_path / "IMG_1.HEIC"):
        assert_reads_as(source, COLOUR, error=3)
        assert decode.read_header(source).format == "HEIF"
    assert "HEIF" not in Image.OPEN


def test_a_heic_is_turned_once(heif):
    content = heic(heif, COLOUR, exif=exif(6))
    upright = np.asarray(heif.open_heif(io.BytesIO(content)).to_pillow())
    assert_reads_as(content, upright, error=3)


def test_a_plugin_that_the_user_registered_reads_heic(heif, monkeypatch):
    Image.init()
    monkeypatch.setitem(Image.OPEN, "HEIF", (heif.HeifImageFile, None))
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    assert_reads_as(heic(heif, COLOUR), COLOUR, error=3)


def test_a_heic_that_is_cut_or_damaged_is_a_failure(heif):
    content = heic(heif, COLOUR)
    for broken in (content[:40], content[:24] + bytes(500)):
        with pytest.raises(UnreadableImageError, match="its HEIC header is damaged: "):
            decode.read(broken)
    for broken in (content[:300], content[:-200]):
        with pytest.raises(UnreadableImageError) as caught:
            decode.read(broken)
        assert "\n" not in caught.value.reason


@pytest.mark.parametrize("ending", [".jp2", ".j2k"])
def test_a_jpeg_2000_is_read(ending, tmp_path):
    path = tmp_path / f"scan{ending}"
    Image.fromarray(COLOUR).save(path)
    assert_reads_as(path, COLOUR)
    assert decode.read_header(path).format == "JPEG2000"
    whole = path.read_bytes()
    with pytest.raises(UnreadableImageError):
        decode.read(whole[: len(whole) // 2])


def test_a_webp_with_a_tail_takes_no_more_memory_than_the_picture(tmp_path):
    path = tmp_path / "tail.webp"
    path.write_bytes(encode(COLOUR, "WEBP", lossless=True))
    with open(path, "r+b") as file:
        try:
            file.truncate(4 << 30)
        except OSError:
            pytest.skip("this file system has no sparse files")
    assert_reads_as(path, COLOUR)


@pytest.mark.parametrize("start", [b"\0\0\0\x1cftypavif", b"\0\0\0\x1cftypheic\0\0\0\0mif1heic"])
def test_a_container_of_gigabytes_is_refused(start, tmp_path):
    (tmp_path / "large").write_bytes(start)
    with open(tmp_path / "large", "r+b") as file:
        try:
            file.truncate(4 << 30)
        except OSError:
            pytest.skip("this file system has no sparse files")
    with pytest.raises(UnreadableImageError, match="it is larger than"):
        decode.read(tmp_path / "large")


# GIF.


def gif_with(*extensions: bytes) -> bytes:
    """Return a GIF of two pictures with more extensions before the first."""
    frames = [Image.fromarray(pixels).quantize(64) for pixels in (COLOUR, COLOUR[::-1])]
    whole = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], transparency=3)
    place = whole.index(b"\x21\xf9")
    return whole[:place] + b"".join(extensions) + whole[place:]


def test_a_gif_is_read_whatever_its_extensions_hold():
    comment = b"\x21\xfe" + (b"\xff" + b"x" * 255) * 200_000 + b"\0"
    for extension in (comment, b"\x21\xfe\0", b"\x21\xff\x0bNETSCAPE2.0\1\1\0", b"\x21\1\1x\0"):
        expected = Image.open(io.BytesIO(gif_with())).convert("RGBA")
        assert (np.asarray(decode.read(gif_with(extension))) == np.asarray(expected)).all()


def test_of_a_gif_only_the_first_picture_counts():
    whole = gif_with()
    second = whole.rindex(b"\x21\xf9")
    assert decode.read(whole[: second + 9] + b"what?") == decode.read(whole)
    for cut in (whole[:13], whole[: whole.index(b"\x21\xf9")], whole[: second - 90]):
        with pytest.raises(UnreadableImageError):
            decode.read(cut)


# Camera raw.


def directory(place: int, tags: dict[int, tuple[str, object]]) -> bytes:
    """Return a TIFF's directory for a place in its file: tags with the letter of their type."""
    codes = {"B": 1, "s": 2, "H": 3, "I": 4, "Q": 5, "q": 10}
    lines, rest = b"", b""
    for tag, (letter, value) in sorted(tags.items()):
        # Fractions are given as pairs of numbers.
        if letter == "s":
            packed, count = value, len(value)
        else:
            packed = struct.pack(
                f"<{len(value)}{letter.replace('Q', 'I').replace('q', 'i')}", *value
            )
            count = len(value) // (2 if letter in "Qq" else 1)
        if len(packed) > 4:
            where = place + 6 + 12 * len(tags) + len(rest)
            rest += packed
            packed = struct.pack("<I", where)
        lines += struct.pack("<HHI", tag, codes[letter], count) + packed.ljust(4, b"\0")
    return struct.pack("<H", len(tags)) + lines + b"\0" * 4 + rest


def raw_file(preview: bytes, size: tuple[int, int], orientation: int = 1) -> bytes:
    """Return a small DNG: grey sensors, and a JPEG as its preview."""
    sensors = np.full((48, 64), 1000, "<u2").tobytes()
    content = sensors + preview + b"\0" * (len(preview) % 2)
    start = 8 + len(content)
    main = {
        254: ("I", [1]), 256: ("I", size[:1]), 257: ("I", size[1:]), 258: ("H", [8, 8, 8]),
        259: ("H", [7]), 262: ("H", [6]), 271: ("s", b"drawn\0\0"), 272: ("s", b"drawn\0\0"),
        273: ("I", [8 + len(sensors)]), 274: ("H", [orientation]), 277: ("H", [3]),
        278: ("I", size[1:]), 279: ("I", [len(preview)]), 330: ("I", [0]),
        50706: ("B", [1, 4, 0, 0]), 50708: ("s", b"drawn\0\0"),
        50721: ("q", [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]),
        50728: ("Q", [1] * 6), 50778: ("H", [21]),
    }  # fmt: skip
    sub_start = start + len(directory(start, main))
    main[330] = ("I", [sub_start])
    sub = {
        254: ("I", [0]), 256: ("I", [64]), 257: ("I", [48]), 258: ("H", [16]), 259: ("H", [1]),
        262: ("H", [32803]), 273: ("I", [8]), 277: ("H", [1]), 278: ("I", [48]),
        279: ("I", [len(sensors)]), 33421: ("H", [2, 2]), 33422: ("B", [0, 1, 1, 2]),
        50717: ("I", [4095]),
    }  # fmt: skip
    head = b"II*\0" + struct.pack("<I", start)
    return head + content + directory(start, main) + directory(sub_start, sub)


PREVIEW = encode(COLOUR, "JPEG", quality=95, subsampling=0)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_raw_file_is_read_by_its_preview_upright(orientation, tmp_path):
    pytest.importorskip("rawpy")
    turned = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    (tmp_path / "DSC_1.DNG").write_bytes(raw_file(PREVIEW, (80, 48), orientation))
    assert_reads_as(tmp_path / "DSC_1.DNG", np.rot90(COLOUR, turned), error=3)
    assert decode.read_header(tmp_path / "DSC_1.DNG").format == "RAW"


def test_a_raw_file_that_is_cut_or_unknown_is_a_failure(tmp_path):
    pytest.importorskip("rawpy")
    whole = raw_file(PREVIEW, (80, 48))
    for name, content in (("a.dng", whole[:4000]), ("b.nef", b"II*\0\x08\0\0\0" + bytes(99))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableImageError, match=r"LibRaw does not know|no preview"):
            decode.read(tmp_path / name)


def test_a_tiff_that_is_no_raw_file_stays_one(tmp_path):
    (tmp_path / "scan.tif").write_bytes(encode(COLOUR, "TIFF"))
    assert decode.read_header(tmp_path / "scan.tif").format == "TIFF"


# Broken files.


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["HEIC", "JPEG 2000", "DNG", "16-bit TIFF", "GIF", "planes"])
def test_broken_files_are_read_or_are_a_failure(kind, heif, tmp_path):
    whole = {
        "HEIC": lambda: heic(heif, COLOUR),
        "JPEG 2000": lambda: encode(COLOUR, "JPEG2000"),
        "DNG": lambda: raw_file(PREVIEW, (80, 48)),
        "16-bit TIFF": lambda: tiff(COLOUR.astype(np.uint16) * 16, deflate=True),
        "GIF": gif_with,
        "planes": lambda: tiff(COLOUR.astype(np.uint16), ">", planes=True),
    }[kind]()
    path = tmp_path / ("broken.dng" if kind == "DNG" else "broken")
    chance = random.Random(kind)
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(chance.choice([1, 3, 9])):
            place = chance.randrange(min(len(content), chance.choice([300, len(content)])))
            content[place] = chance.choice([0, 1, 127, 255, content[place] ^ 16])
        path.write_bytes(content[: chance.choice([len(content), chance.randrange(len(content))])])
        for read in (decode.read, decode.read_header):
            with contextlib.suppress(UnreadableImageError):
                read(path)


@pytest.mark.parametrize(
    "comment", [b"", b"# one\n", b"# one\n# two 3\n", b"#" + b"x" * 9000 + b"\n"]
)
def test_comments_of_a_ppm_are_passed_over(comment):
    content = b"P6\n" + comment + b"80 " + comment + b"48\n255\n" + COLOUR.tobytes()
    assert_reads_as(content, COLOUR)


def test_a_ppm_that_is_all_comment_is_refused_at_once():
    for content in (b"P6 #" + b"x" * 50_000_000, b"P6\n" + b"# x\n" * 9_000_000, b"P5 80"):
        with pytest.raises(UnreadableImageError, match="its header has no size"):
            decode.read(content)


# TIFF.


def with_field(tag: int, size: int, deflate: bool = False) -> bytes:
    """Return a TIFF that says of a field that it has so many bytes."""
    content = bytearray(tiff(COLOUR, deflate=deflate, tags={262: (2,), tag: b"x" * 100}))
    place = content.index(struct.pack("<HHI", tag, 2, 100))
    content[place + 4 : place + 8] = struct.pack("<I", size)
    return bytes(content)


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("tag", [270, 700, 34675, 37724, 50341])
def test_a_tiff_with_a_field_of_gigabytes_takes_no_more_memory(tag, deflate, tmp_path):
    path = tmp_path / "layers.tif"
    path.write_bytes(with_field(tag, 0xF0000000, deflate))
    with open(path, "r+b") as file:
        try:
            file.truncate(4 << 30)
        except OSError:
            pytest.skip("this file system has no sparse files")
    tracemalloc.start()
    assert_reads_as(path, COLOUR)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tag", [270, 34675, 37724])
def test_a_field_of_a_tiff_that_lies_beyond_its_end_does_not_count(tag):
    assert_reads_as(with_field(tag, 0x10000000), COLOUR)
    assert_reads_as(with_field(tag, 2_000_000, deflate=True), COLOUR)


@pytest.mark.parametrize("count", [1001, 60_000])
def test_a_tiff_of_countless_fields_is_a_failure_at_once(count):
    entries = struct.pack("<HHII", 40_000, 7, 1 << 30, 8) * count
    content = b"II*\0" + struct.pack("<IH", 8, count) + entries + bytes(4)
    with pytest.raises(UnreadableImageError, match=f"it has {count:,} fields"):
        decode.read_header(content)


def test_a_tiff_of_many_fields_of_gigabytes_is_read():
    content = bytearray(
        tiff(COLOUR, tags={262: (2,), **dict.fromkeys(range(40_000, 40_900), b"x" * 9)})
    )
    for tag in range(40_000, 40_900):
        place = content.index(struct.pack("<HHI", tag, 2, 9))
        content[place + 4 : place + 8] = struct.pack("<I", 1 << 30)
    assert_reads_as(bytes(content), COLOUR)


@pytest.mark.parametrize("tag", [256, 257], ids=["columns", "rows"])
@pytest.mark.parametrize("deflate", [False, True])
def test_a_tiff_that_promises_more_pixels_than_its_strips_have_is_a_failure(tag, deflate):
    content = bytearray(tiff(COLOUR, deflate=deflate, tags={262: (2,)}))
    (directory,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, directory)
    entries = range(directory + 2, directory + 2 + 12 * count, 12)
    (place,) = (at for at in entries if content[at : at + 2] == struct.pack("<H", tag))
    content[place + 8 : place + 12] = struct.pack("<I", 9_000)
    with pytest.raises(UnreadableImageError):
        decode.read(bytes(content))
