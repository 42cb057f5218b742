"""Pixels come out as a person sees the picture: upright, in few modes, 8 bits, on white."""

from __future__ import annotations

import io

import numpy as np
import pytest
from encoded import (
    ALPHA,
    COLOUR,
    FORMATS,
    GREY,
    HEIGHT,
    TRANSPARENT,
    WIDTH,
    assert_reads_as,
    chunk,
    encode,
    exif,
    png,
)
from PIL import Image

from lookalike.errors import UnreadableImageError
from lookalike.images import decode

WITH_EXIF = [name for name in ("JPEG", "PNG", "WEBP", "AVIF") if name in FORMATS]

# What an orientation says was done to the upright picture, undone.
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


# Upright.


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("format", WITH_EXIF)
def test_the_exif_orientation_is_applied(format, orientation):
    options, error = FORMATS[format]
    encoded = encode(COLOUR, format, exif=exif(orientation), **options)
    assert_reads_as(encoded, UPRIGHT[orientation](COLOUR), error)


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_tiff_is_turned_once(compression, orientation, tmp_path):
    path = tmp_path / "picture.tif"
    path.write_bytes(
        encode(COLOUR, "TIFF", tiffinfo={0x0112: orientation}, compression=compression)
    )
    for source in (path, path.read_bytes()):
        assert_reads_as(source, UPRIGHT[orientation](COLOUR))


def test_an_orientation_behind_the_pixels_of_a_png_is_applied():
    encoded = encode(COLOUR, "PNG")
    end = encoded.rindex(b"IEND") - 4
    tags = exif(6)
    tags = tags[6:] if tags.startswith(b"Exif") else tags
    assert_reads_as(encoded[:end] + chunk(b"eXIf", tags) + encoded[end:], UPRIGHT[6](COLOUR))


def test_a_damaged_exif_block_does_not_refuse_the_pixels():
    assert_reads_as(encode(COLOUR, "PNG", exif=b"Exif\0\0no tags at all"), COLOUR)


# Modes.


def test_grey_and_black_and_white_stay_grey():
    bits = Image.fromarray(GREY).convert("1")
    for format in ("PNG", "TIFF", "BMP", "PPM"):
        assert_reads_as(encode(GREY, format), GREY)
        assert_reads_as(encode(bits, format), np.asarray(bits.convert("L")))
    assert_reads_as(encode(GREY, "JPEG", quality=95), GREY, error=2)


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF"])
def test_a_palette_comes_out_as_colours(format):
    palette = Image.fromarray(COLOUR).quantize(64)
    assert_reads_as(encode(palette, format), np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_comes_out_as_rgb_not_inverted(format):
    options = {"quality": 95} if format == "JPEG" else {}
    assert_reads_as(encode(Image.fromarray(COLOUR).convert("CMYK"), format, **options), COLOUR, 4)


def test_lab_comes_out_as_rgb():
    cms = pytest.importorskip("PIL.ImageCms")
    profiles = cms.createProfile("sRGB"), cms.createProfile("LAB")
    lab = cms.profileToProfile(Image.fromarray(COLOUR), *profiles, outputMode="LAB")
    assert_reads_as(encode(lab, "TIFF"), COLOUR, error=4)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_is_laid_on_white(format):
    encoded = encode(TRANSPARENT, format, **FORMATS[format][0])
    assert_reads_as(encoded, TRANSPARENT)
    share = ALPHA[..., None] / 255
    white = np.asarray(decode.on_white(decode.read(encoded)))
    assert np.abs(white - (COLOUR * share + 255 * (1 - share))).max() <= 1


def test_transparency_in_palettes_and_single_colours_is_kept():
    palette = Image.fromarray(COLOUR).quantize(64)
    spot = COLOUR.copy()
    spot[4:9, 4:9] = (250, 20, 30)
    for encoded in (
        encode(palette, "PNG", transparency=bytes([0, 128] * 32)),
        encode(palette, "GIF", transparency=3),
        encode(spot, "PNG", transparency=(250, 20, 30)),
        encode(GREY, "PNG", transparency=int(GREY[0, 0])),
    ):
        image = decode.read(encoded)
        assert image.mode == "RGBA" and decode.read_header(encoded).channels == 4
        assert image.getchannel("A").getextrema()[0] == 0


def test_grey_with_transparency_comes_out_as_colour_with_transparency():
    image = Image.merge("LA", (Image.fromarray(GREY), Image.fromarray(ALPHA)))
    assert_reads_as(encode(image, "PNG"), np.dstack([GREY, GREY, GREY, ALPHA]))


GREY_16 = GREY.astype(np.uint16) * 257


@pytest.mark.parametrize(
    "encoded",
    [
        encode(GREY_16, "PNG"),
        encode(GREY_16, "TIFF"),
        encode(GREY_16, "TIFF", compression="tiff_lzw"),
        encode(GREY_16.astype(">u2"), "TIFF"),
        encode(GREY_16.astype(np.int32), "TIFF"),
        encode((GREY / 255).astype(np.float32), "TIFF"),
        b"P5 80 48 65535\n" + GREY_16.astype(">u2").tobytes(),
    ],
    ids=["png", "tiff", "lzw tiff", "big-endian tiff", "32-bit tiff", "float tiff", "pgm"],
)
def test_grey_of_more_than_8_bits_is_rescaled_not_clipped(encoded):
    assert_reads_as(encoded, GREY)


def test_colour_of_16_bits_is_rescaled_not_clipped():
    assert_reads_as(png(COLOUR.astype(">u2") * 257, 16, 2), COLOUR, error=1)
    assert_reads_as(png(TRANSPARENT.astype(">u2") * 257, 16, 6), TRANSPARENT, error=1)


def test_floats_beyond_one_are_scaled_to_their_own_maximum():
    assert_reads_as(encode(GREY.astype(np.float32) * 9, "TIFF"), GREY * (255.0 / GREY.max()))


def test_floats_that_are_no_numbers_spoil_no_others():
    pixels = (GREY / 255).astype(np.float32)
    pixels[0, :3] = np.nan, np.inf, -np.inf
    read = np.asarray(decode.read(encode(pixels, "TIFF")))
    assert read[0, :3].tolist() == [0, 255, 0]
    assert np.abs(read[1:].astype(int) - GREY[1:]).max() <= 1


# Images that are in memory.


def test_an_opened_image_is_read_as_its_file_would_be():
    for orientation, upright in UPRIGHT.items():
        jpeg = Image.open(io.BytesIO(encode(COLOUR, "JPEG", quality=95, exif=exif(orientation))))
        assert np.abs(np.asarray(decode.plain(jpeg)) - upright(COLOUR).astype(int)).mean() < 4
        tags = {0x0112: orientation}
        tiff = Image.open(io.BytesIO(encode(COLOUR, "TIFF", tiffinfo=tags)))
        assert (np.asarray(decode.plain(tiff)) == upright(COLOUR)).all()


def test_an_image_in_memory_is_neither_changed_nor_handed_back():
    image = Image.fromarray(COLOUR)
    image.info["comment"] = "mine"
    plain = decode.plain(image)
    plain.paste("black", (0, 0, WIDTH, HEIGHT))
    assert (np.asarray(image) == COLOUR).all() and image.info == {"comment": "mine"}


def test_an_opened_image_that_is_damaged_is_a_failure():
    whole = encode(COLOUR, "PNG")
    with pytest.raises(UnreadableImageError, match=r"\(not from a file\): .*truncated"):
        decode.plain(Image.open(io.BytesIO(whole[: len(whole) // 2])))


def test_what_was_read_carries_no_metadata_into_files():
    image = decode.read(encode(COLOUR, "PNG", exif=exif(6), icc_profile=b"profile" * 9))
    assert Image.open(io.BytesIO(encode(image, "PNG"))).info == {}
