"""The formats of pictures: how they are known, and what is said of those that are not read."""

from __future__ import annotations

import pytest
from encoded import COLOUR, encode
from PIL import Image

from lookalike.images import decode, formats


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "JPEG2000"])
def test_the_first_bytes_show_the_common_formats(format):
    assert formats.sniff(encode(COLOUR, format)[:12]) == format


@pytest.mark.parametrize(
    ("start", "format"),
    [
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "RAW"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", None),
        (b"II*\0\x10\0\0\0CR\2\0", "RAW"),
        (b"II*\0\x08\0\0\0\0\0\0\0", None),
        (b"\xff\x0a\xfa\x0f", "JXL"),
        (b"BM, a note", None),
    ],
)
def test_containers_are_known_by_their_brands(start, format):
    assert formats.sniff(start) == format


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a/b.WebP", "WEBP"),
        ("a.jpg/b", None),
        ("IMG_1.HEIC", "HEIF"),
        ("x.Cr2", "RAW"),
        ("clip.MOV", "video"),
        ("layers.psd", "picture"),
        ("notes.txt", None),
        (".jpg", None),
    ],
)
def test_a_name_shows_the_format_where_the_content_does_not(name, format):
    assert formats.format_of(b"no picture", name) == format
    assert formats.format_of(encode(COLOUR, "PNG"), name) == "PNG"


def test_a_file_has_the_format_of_its_content_or_else_of_its_name(tmp_path):
    (tmp_path / "broken.JPG").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_bytes(b"no picture")
    (tmp_path / "shared.heic").write_bytes(encode(COLOUR, "JPEG"))
    assert decode.format_of(tmp_path / "broken.JPG") == "JPEG"
    assert decode.format_of(tmp_path / "notes.txt") is None
    assert decode.format_of(tmp_path / "missing.tif") == "TIFF"
    assert decode.format_of(tmp_path / "shared.heic") == "JPEG"


def test_what_is_passed_over_is_counted_by_ending_with_what_to_install(without_packages):
    counts = {".heic": 1200, ".nef": 1, ".dng": 2, ".mp4": 3, ".mov": 4, ".psd": 1}
    assert formats.passed_over(counts) == (
        "1,211 files were passed over: "
        '1,200 .heic (to read them: pip install ".[heic]" in the clone of lookalike); '
        '2 .dng, 1 .nef (to read them: pip install ".[raw]" in the clone of lookalike); '
        "4 .mov, 3 .mp4 (videos are not read); 1 .psd (such pictures are not read)"
    )
    assert (
        formats.passed_over({".avi": 1}) == "1 file was passed over: 1 .avi (videos are not read)"
    )


def test_a_format_of_which_a_plugin_is_registered_needs_nothing(without_packages, monkeypatch):
    assert "heic" in formats.remedy("HEIF") and "pillow_jxl" in formats.remedy("JXL")
    for name in ("HEIF", "JXL"):
        monkeypatch.setitem(Image.OPEN, name, (None, None))
    assert formats.remedy("HEIF") == formats.remedy("JXL") == formats.remedy("JPEG") == ""
