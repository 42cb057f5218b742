"""JPEG: metadata never decide over pixels, and what lacks rows is refused, however it ends."""

from __future__ import annotations

import io
import struct
import tracemalloc

import numpy as np
import pytest
from encoded import COLOUR, encode, exif
from PIL import Image

from lookalike.errors import UnreadableImageError
from lookalike.images import decode

PHOTO = Image.effect_mandelbrot((640, 480), (-2, -1.5, 1, 1.5), 60).convert("RGB")
KINDS = {
    "baseline": {},
    "optimized": {"optimize": True},
    "full colours": {"subsampling": 0},
    "restarts": {"restart_marker_rows": 1},
    "progressive": {"progressive": True},
    "progressive restarts": {"progressive": True, "restart_marker_blocks": 7},
}
WHOLE = {kind: encode(PHOTO, "JPEG", quality=90, **options) for kind, options in KINDS.items()}


def with_colours_apart(photo: Image.Image) -> bytes:
    """Return a JPEG that is not progressive, and has a scan for each of its colours."""
    greys = [encode(band, "JPEG", quality=90) for band in photo.convert("YCbCr").split()]
    head = greys[0][: greys[0].index(b"\xff\xda")]
    place = head.index(b"\xff\xc0")
    parts = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    frame = b"\xff\xc0\0\x11" + head[place + 4 : place + 9] + b"\3" + parts
    scans = (
        b"\xff\xda\0\x08\1" + bytes((number, 0, 0, 63, 0)) + grey[len(head) + 10 : -2]
        for number, grey in enumerate(greys, 1)
    )
    return head[:place] + frame + head[place + 13 :] + b"".join(scans) + b"\xff\xd9"


WHOLE["colours apart"] = with_colours_apart(PHOTO)
WHOLE["grey"] = encode(PHOTO.convert("L"), "JPEG", quality=90)
WHOLE["cmyk"] = encode(PHOTO.convert("CMYK"), "JPEG", quality=90)
BASELINE = WHOLE["baseline"]


def pixels(content: bytes, **options) -> np.ndarray:
    return np.asarray(decode.read(content, **options))


def as_pillow_reads(content: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(content))
    return np.asarray(image if image.mode == "L" else image.convert("RGB"))


def with_segments(*segments: tuple[int, bytes], at: int = 2, whole: bytes = BASELINE) -> bytes:
    """Return a JPEG with more segments in its header: the codes of their markers, and contents."""
    parts = [
        struct.pack(">BBH", 0xFF, code, len(content) + 2) + content for code, content in segments
    ]
    return whole[:at] + b"".join(parts) + whole[at:]


# Metadata.

EXIF = exif(1)
ODD_SEGMENTS = {
    "short exif": [(0xE1, b"Exif\0\0")],
    "exif without end": [(0xE1, EXIF[:-5])],
    "exif of noise": [(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff" + bytes(range(256)))],
    "exif in a circle": [(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0")],
    "short jfif": [(0xE0, b"JFIF\0")],
    "jfif of noise": [(0xE0, b"JFIF\0\1\2\7\xff\xff\0\0\xff\xff")],
    "short adobe": [(0xEE, b"Adobe\0")],
    "profile without its parts": [(0xE2, b"ICC_PROFILE\0\5\7" + b"x" * 300)],
    "profile that is short": [(0xE2, b"ICC_PROFILE\0")],
    "mpf of noise": [(0xE2, b"MPF\0" + bytes(range(60)))],
    "mpf without content": [(0xE2, b"MPF\0")],
    "photoshop cut": [(0xED, b"Photoshop 3.0\x008BIM\3\xed\0\0\0\0")],
    "flashpix": [(0xE2, b"FPXR\0")],
    "unknown": [(code, b"what") for code in range(0xE3, 0xEE)],
    "empty": [(0xE5, b""), (0xFE, b"")],
    "comment": [(0xFE, b"\xff\xd8\xff\xda" * 100)],
    "many comments": [(0xFE, b"x")] * 5000,
}


@pytest.mark.parametrize("kind", ODD_SEGMENTS)
def test_a_jpeg_is_read_whatever_its_metadata_hold(kind):
    odd = with_segments(*ODD_SEGMENTS[kind])
    assert (pixels(odd) == as_pillow_reads(BASELINE)).all()
    assert decode.read_header(odd) == ("JPEG", 640, 480, 3)


@pytest.mark.parametrize("filling", [b"\xff" * 9, b"junk", b"\xff\xff\0", b"\0" * 70_000])
def test_bytes_that_belong_nowhere_in_a_header_are_passed_over(filling):
    place = BASELINE.index(b"\xff\xdb")
    odd = BASELINE[:place] + filling + BASELINE[place:]
    assert (pixels(odd) == as_pillow_reads(BASELINE)).all()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_orientation_is_that_of_the_first_exif(orientation):
    size = (480, 640) if orientation > 4 else (640, 480)
    odd = with_segments((0xE1, exif(orientation)), (0xE1, exif(2)), (0xE1, b"Exif\0\0MM"))
    assert decode.read(odd).size == size and decode.read_header(odd)[1:3] == size
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="%d"/>' % orientation
    assert decode.read(with_segments((0xE1, xmp))).size == size


def test_colours_are_still_those_that_a_header_says():
    stored = np.asarray(PHOTO.convert("YCbCr"))
    as_rgb = encode(Image.fromarray(stored), "JPEG", quality=95, keep_rgb=True)
    assert b"Adobe" in as_rgb or b"JFIF" not in as_rgb
    assert (pixels(as_rgb) == as_pillow_reads(as_rgb)).all()
    assert (pixels(WHOLE["cmyk"]) == as_pillow_reads(WHOLE["cmyk"])).all()


def test_a_jpeg_with_megabytes_of_metadata_takes_no_more_memory():
    long = b"Exif\0\0" + b"x" * 65_000
    for segments in ([(0xE1, long)] * 800, [(0xFE, b"x" * 65_000)] * 800):
        large = with_segments(*segments)
        tracemalloc.start()
        assert (pixels(large) == as_pillow_reads(BASELINE)).all()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()


@pytest.mark.parametrize("segment", [(0xDB, bytes(65) * 900), (0xC4, bytes(30_000))])
def test_a_header_without_end_is_refused(segment):
    for endless in (with_segments(*[segment] * 50), BASELINE[:20] + bytes(10_000_000)):
        with pytest.raises(UnreadableImageError, match="header does not come to an end"):
            decode.read(endless)


@pytest.mark.parametrize("length", [3, 4, 20, 150, 300])
def test_a_header_that_is_cut_is_refused(length):
    for read in (decode.read, decode.read_header):
        with pytest.raises(UnreadableImageError, match="truncated: its JPEG header is cut"):
            read(BASELINE[:length])


# The end.

ENDS = {
    "marker missing": lambda whole: whole[:-2],
    "last byte missing": lambda whole: whole[:-1],
    "marker zeroed": lambda whole: whole[:-2] + b"\0\0",
    "zeros behind": lambda whole: whole + bytes(100_000),
    "zeros instead": lambda whole: whole[:-2] + bytes(100_000),
    "junk behind": lambda whole: whole + b"junk \xff\xd8\xff" * 999,
    "another behind": lambda whole: whole + BASELINE[:9000],
    "filling before it": lambda whole: whole[:-2] + b"\xff" * 70_000 + b"\xff\xd9",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", WHOLE)
def test_a_jpeg_with_all_its_rows_is_read_however_it_ends(kind, end):
    content = ENDS[end](WHOLE[kind])
    assert (pixels(content) == as_pillow_reads(WHOLE[kind])).all()
    assert pixels(content, at_least=60).shape[:2] == (60, 80)


CLOSINGS = {
    "not at all": lambda cut: cut,
    "with an end marker": lambda cut: cut + b"\xff\xd9",
    "with zeros": lambda cut: cut + bytes(100_000),
    "with a marker and junk": lambda cut: cut + b"\xff\xd9" + b"junk" * 99,
    "with another picture": lambda cut: cut + b"\xff\xd9" + BASELINE,
}


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("kind", WHOLE)
def test_a_jpeg_that_lacks_rows_is_refused_however_it_was_closed(kind, closing):
    whole = WHOLE[kind]
    for share in (0.2, 0.5, 0.8, 0.95, 0.99):
        cut = CLOSINGS[closing](whole[: int(len(whole) * share)])
        for at_least in (None, 60):
            with pytest.raises(UnreadableImageError, match=r"it is truncated|it is damaged"):
                decode.read(cut, at_least=at_least)


def scans(whole: bytes) -> list[int]:
    return [place for place in range(len(whole)) if whole[place : place + 2] == b"\xff\xda"]


def test_a_progressive_jpeg_that_lacks_whole_scans_with_new_coefficients_is_refused():
    whole = WHOLE["progressive"]
    for place in scans(whole)[1:5]:
        with pytest.raises(UnreadableImageError, match="it is truncated"):
            decode.read(whole[:place] + b"\xff\xd9")


def test_a_progressive_jpeg_has_all_rows_without_its_last_refinement():
    whole = WHOLE["progressive"]
    rough = pixels(whole[: scans(whole)[-1]] + b"\xff\xd9")
    assert np.abs(rough.astype(int) - as_pillow_reads(whole)).mean() < 3


def test_a_jpeg_of_one_colour_is_whole():
    for options in ({}, {"optimize": True}, {"progressive": True}):
        for size in ((1, 1), (8, 8), (17, 9), (2000, 1500)):
            content = encode(Image.new("RGB", size, (90, 120, 30)), "JPEG", **options)
            assert decode.read(content).size == size


def test_a_marker_within_a_segment_is_no_end():
    whole = WHOLE["progressive"]
    last = scans(whole)[-1]
    comment = b"\xff\xfe\0\x08\xff\xd9\xff\xd9\xff\xd9"
    content = whole[:last] + comment + whole[last:]
    assert (pixels(content) == as_pillow_reads(whole)).all()


def test_small_pictures_are_read_as_pillow_reads_them():
    for kind, options in KINDS.items():
        content = encode(COLOUR, "JPEG", **options)
        assert (pixels(content) == as_pillow_reads(content)).all(), kind
