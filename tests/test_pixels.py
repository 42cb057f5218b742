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
    tiff,
)
from PIL import Image, ImageOps

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


# Values of each kind, and what they have to be read as.
FULL = 2**16 - 1
DEEP = {
    "12 bits in 16": (GREY.astype(np.uint16) * 16, GREY * (255 * 16 / 4095)),
    "8 bits in 16": (GREY.astype(np.uint16), GREY),
    "8 bits in 32": (GREY.astype(np.int32), GREY),
    "24 bits in 32": (GREY.astype(np.int32) << 16, GREY),
    "32 bits": (GREY.astype(np.uint32) * 0x01010101, GREY),
    "signed": (GREY.astype(np.int16) * 50, GREY * (50 * 255 / 16383)),
    "few values far from 0": (30_000 + GREY.astype(np.uint16), GREY * (255 / GREY.max())),
    "below 0": (GREY.astype(np.int16) * 3 - 300, GREY * (255 / GREY.max())),
    "one value": (np.full_like(GREY, 77, np.uint16), np.full_like(GREY, 77)),
    "zeros": (np.zeros_like(GREY, np.uint16), np.zeros_like(GREY)),
    "floats to 1": ((GREY / 255).astype(np.float32), GREY),
    "floats to 255": (GREY.astype(np.float32), GREY),
    "floats to 65535": (GREY.astype(np.float32) * 257, GREY),
    "floats beyond 1": (GREY.astype(np.float32) / 150, GREY * (255 / GREY.max())),
    "small floats": (GREY.astype(np.float32) / 1e6, GREY * (255 / GREY.max())),
    "floats below 0": (GREY.astype(np.float32) - 100, GREY * (255 / GREY.max())),
}


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", DEEP)
def test_grey_of_every_depth_can_be_seen(kind, order, compression):
    values, expected = DEEP[kind]
    if kind == "32 bits" and order == ">":
        pytest.skip("Pillow knows no such TIFF")
    content = tiff(values, order=order, deflate=compression is not None)
    assert_reads_as(content, np.asarray(expected), error=1)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["8 bits in 16", "12 bits in 16", "floats to 1"])
def test_grey_of_which_zero_is_white_is_inverted_at_every_depth(kind, order):
    values, expected = DEEP[kind]
    content = tiff(values, order=order, tags={262: (0,)})
    assert_reads_as(content, 255 - np.asarray(expected), error=1)
    assert_reads_as(tiff(GREY, order=order, tags={262: (0,)}), 255 - GREY)


@pytest.mark.parametrize(
    "tags",
    [
        {340: (100,), 341: (1100,)},
        {280: (100,), 281: (1100,)},
        {270: b"ImageJ=1.53t\nunit=um\nmin=100.0\nmax=1100.0\n\0"},
    ],
    ids=["samples' type", "unsigned", "ImageJ"],
)
def test_the_range_that_a_tiff_names_counts(tags):
    values = 100 + GREY.astype(np.uint16) * 2
    assert_reads_as(tiff(values, tags=tags), GREY * (2 * 255 / 1000))


def test_a_range_of_which_white_alone_is_named_begins_at_0():
    values = GREY.astype(np.uint16) * 2
    assert_reads_as(tiff(values, tags={281: (1020,)}), GREY * (2 * 255 / 1020))


def test_the_range_of_the_samples_type_is_named_for_nothing():
    values, expected = DEEP["12 bits in 16"]
    assert_reads_as(tiff(values, tags={280: (0,), 281: (65535,)}), np.asarray(expected), error=1)


@pytest.mark.parametrize("named", [(5, 5), (9, 1)])
def test_a_range_that_makes_no_sense_does_not_count(named):
    tags = {280: named[:1], 281: named[1:]}
    assert_reads_as(tiff(GREY.astype(np.uint16), tags=tags), GREY)


@pytest.mark.parametrize("deflate", [False, True], ids=["raw", "deflate"])
@pytest.mark.parametrize("planes", [False, True], ids=["pixels", "planes"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("factor", [257, 16, 1])
def test_colours_of_16_bits_can_be_seen_however_they_lie(factor, order, planes, deflate):
    for pixels in (COLOUR, np.dstack([COLOUR, np.full_like(GREY, 255)])):
        values = pixels.astype(np.uint16) * factor
        values[..., 3:] = FULL
        tags = {262: (2,), **({338: (2,)} if pixels.shape[2] == 4 else {})}
        content = tiff(values, order=order, planes=planes, deflate=deflate, tags=tags)
        if factor < 257 and planes and deflate:
            with pytest.raises(UnreadableImageError, match="compressed planes"):
                decode.read(content)
        else:
            assert_reads_as(content, pixels, error=1)


def test_colours_of_few_of_16_bits_in_a_png_can_be_seen():
    twelve = (COLOUR.astype(np.uint16) * 16).astype(">u2")
    assert_reads_as(png(twelve, 16, 2), COLOUR, error=1)
    assert_reads_as(png(COLOUR.astype(">u2"), 16, 2), COLOUR, error=1)
    night = (COLOUR // 20).astype(">u2") * 257
    assert np.asarray(decode.read(png(night, 16, 2))).max() > 100


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


def test_a_part_that_was_cropped_by_hand_is_turned_as_its_picture_is():
    for orientation in (1, 3, 6):
        turned = Image.open(io.BytesIO(encode(COLOUR, "PNG", exif=exif(orientation))))
        part = decode.plain(turned.crop((10, 5, 40, 30)))
        assert (np.asarray(part) == UPRIGHT[orientation](COLOUR[5:30, 10:40])).all()
    upright = ImageOps.exif_transpose(turned).crop((3, 4, 20, 40))
    assert (np.asarray(decode.plain(upright)) == UPRIGHT[6](COLOUR)[4:40, 3:20]).all()


def test_a_picture_of_no_numbers_is_black():
    nothing = Image.fromarray(np.full((4, 5), np.nan, np.float32))
    picture = decode.read(encode(nothing, "TIFF"))
    assert picture.size == (5, 4) and picture.getextrema() == (0, 0)
