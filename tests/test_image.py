"""``tc.Image``: from a file, from its parts and from pixels, on either engine."""

from __future__ import annotations

import copy
import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from encoded import COLOUR, GREY, HEIGHT, RAW, TRANSPARENT, WIDTH, encode, exif, raw_image
from PIL import Image as PILImage

from lookalike import portable
from lookalike.errors import MissingFileError, ToolkitError, UnreadableImageError
from lookalike.images import decode

JPG, PNG = range(2)


@pytest.fixture
def png_file(tmp_path) -> str:
    path = tmp_path / "picture.png"
    path.write_bytes(encode(COLOUR, "PNG"))
    return str(path)


# From a file.


@pytest.mark.parametrize("pixels", [GREY, COLOUR, TRANSPARENT], ids=["grey", "colour", "alpha"])
def test_a_file_tells_its_size_and_gives_its_pixels(tc, pixels, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(encode(pixels, "PNG"))
    image = tc.Image(str(path))
    assert (image.width, image.height) == (WIDTH, HEIGHT)
    assert image.channels == (1 if pixels.ndim == 2 else pixels.shape[2])
    assert image.pixel_data.dtype == np.uint8
    assert image.pixel_data.shape == pixels.shape
    assert (image.pixel_data == pixels).all()


@pytest.mark.parametrize(("format", "number"), [("JPEG", JPG), ("PNG", PNG)])
def test_the_encoded_content_is_kept_as_it_is(tc, format, number, tmp_path):
    path = tmp_path / ("picture.jpg" if format == "JPEG" else "picture.png")
    path.write_bytes(encode(COLOUR, format))
    image = tc.Image(str(path))
    assert image._format_enum == number
    assert bytes(image._image_data) == path.read_bytes()
    assert image._image_data_size == len(path.read_bytes())


def test_pixels_may_be_written_to_without_changing_the_image(tc, png_file):
    image = tc.Image(png_file)
    image.pixel_data[:] = 0
    assert (image.pixel_data == COLOUR).all()


def test_a_file_without_a_picture_ending_can_be_named_by_its_format(tc, tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(encode(COLOUR, "PNG"))
    assert tc.Image(str(path), format="PNG").width == WIDTH


@pytest.mark.parametrize("content", [b"", b"no picture", encode(COLOUR, "JPEG")[:100]], ids=len)
def test_a_file_that_is_no_picture_is_a_toolkit_error(tc, content, tmp_path):
    (tmp_path / "picture.jpg").write_bytes(content)
    with pytest.raises(RuntimeError):
        tc.Image(str(tmp_path / "picture.jpg"))


def test_a_missing_file_is_a_toolkit_error(tc, tmp_path):
    with pytest.raises(RuntimeError, match=r"none\.jpg"):
        tc.Image(str(tmp_path / "none.jpg"))


@pytest.mark.differs("orientation")
def test_a_picture_is_upright(tc, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(encode(COLOUR, "PNG", exif=exif(6)))
    image = tc.Image(str(path))
    assert (image.width, image.height) == (HEIGHT, WIDTH)
    assert (image.pixel_data == np.rot90(COLOUR, -1)).all()


@pytest.mark.differs("formats")
@pytest.mark.parametrize("format", ["GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_further_formats_are_pictures_of_undefined_format(tc, format, tmp_path):
    path = tmp_path / f"picture.{format.lower()}"
    path.write_bytes(encode(COLOUR, format))
    image = tc.Image(str(path))
    assert image._format_enum == 3 and image.pixel_data.shape == COLOUR.shape


# From parts.


@pytest.mark.parametrize("pixels", [GREY, COLOUR, TRANSPARENT], ids=["grey", "colour", "alpha"])
def test_raw_pixels_are_kept(tc, pixels):
    image = raw_image(tc, pixels)
    assert (image.height, image.width) == pixels.shape[:2]
    assert image._format_enum == RAW and image._image_data_size == pixels.size
    assert bytes(image._image_data) == pixels.tobytes()
    assert (image.pixel_data == pixels).all() and image.pixel_data.shape == pixels.shape


@pytest.mark.parametrize(("format", "number"), [("JPEG", JPG), ("PNG", PNG)])
def test_encoded_content_is_decoded(tc, format, number):
    content = bytearray(encode(COLOUR, format, quality=95))
    image = tc.Image(
        _image_data=content,
        _height=HEIGHT,
        _width=WIDTH,
        _channels=3,
        _format_enum=number,
        _image_data_size=len(content),
        _version=0,
    )
    assert image._format_enum == number
    assert np.abs(image.pixel_data.astype(int) - COLOUR).mean() < 4


def test_an_image_without_parts_is_empty(tc):
    image = tc.Image()
    assert (image.width, image.height, image.channels) == (0, 0, 0)
    assert image == tc.Image()
    with pytest.raises(RuntimeError):
        image.pixel_data  # noqa: B018 - it is read to raise


# As a value.


def test_an_image_prints_its_size(tc, png_file):
    expected = f"Height: {HEIGHT}px\nWidth: {WIDTH}px\nChannels: 3\n"
    assert repr(tc.Image(png_file)) == str(tc.Image(png_file)) == expected


def test_images_are_equal_if_their_content_is(tc, png_file, tmp_path):
    copy, other = tmp_path / "copy.png", tmp_path / "other.png"
    copy.write_bytes(Path(png_file).read_bytes())
    other.write_bytes(encode(COLOUR[::-1], "PNG"))
    assert tc.Image(png_file) == tc.Image(png_file) == tc.Image(str(copy))
    assert tc.Image(png_file) != tc.Image(str(other))
    assert raw_image(tc, COLOUR) == raw_image(tc, COLOUR.copy())
    assert raw_image(tc, COLOUR) != raw_image(tc, COLOUR[::-1])
    assert raw_image(tc, GREY[:6, :8]) != raw_image(tc, GREY[:6, :8].reshape(8, 6))
    assert raw_image(tc, COLOUR) != tc.Image(png_file)
    assert raw_image(tc, COLOUR) != "a picture"


def test_images_cannot_be_hashed(tc):
    with pytest.raises(TypeError, match="unhashable"):
        hash(raw_image(tc, COLOUR))


def test_an_image_gives_a_pil_image(tc, png_file):
    image = tc.Image(png_file)._to_pil_image()
    assert isinstance(image, PILImage.Image) and (np.asarray(image) == COLOUR).all()


# Written.


@pytest.mark.parametrize("ending", ["png", "bmp", "tiff"])
def test_save_writes_the_format_of_the_ending(tc, png_file, ending, tmp_path):
    tc.Image(png_file).save(str(tmp_path / f"saved.{ending}"))
    with PILImage.open(tmp_path / f"saved.{ending}") as saved:
        assert (np.asarray(saved) == COLOUR).all()


@pytest.mark.parametrize("name", ["saved", "saved.xyz"])
def test_save_with_an_unknown_ending_is_a_value_error(tc, png_file, name, tmp_path):
    with pytest.raises(ValueError, match="unknown file extension"):
        tc.Image(png_file).save(str(tmp_path / name))


def test_save_of_transparent_pixels_as_jpeg_is_an_error(tc, tmp_path):
    with pytest.raises(OSError, match="cannot write mode RGBA as JPEG"):
        raw_image(tc, TRANSPARENT).save(str(tmp_path / "saved.jpg"))


@pytest.mark.portable
@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_save_writes_no_metadata(format, tmp_path):
    path = tmp_path / f"saved.{format.lower()}"
    tags = {"tiffinfo": {0x010F: "maker", 0x02BC: b"xmp"}} if format == "TIFF" else {}
    content = encode(COLOUR, format, exif=exif(6), icc_profile=b"profile" * 9, **tags)
    portable.Image(content).save(str(path))
    with PILImage.open(path) as saved:
        assert not {"exif", "icc_profile", "xmp"} & set(saved.info)
        assert not {0x010F, 0x0112, 0x02BC} & set(saved.getexif())


# The portable engine's own.


@pytest.mark.portable
def test_a_path_or_encoded_bytes_make_an_image_too(png_file):
    content = Path(png_file).read_bytes()
    for source in (Path(png_file), content, bytearray(content)):
        assert (portable.Image(source).pixel_data == COLOUR).all()


@pytest.mark.portable
def test_an_unread_image_opens_nothing_before_it_is_asked(tmp_path, monkeypatch):
    path = tmp_path / "later.png"
    image = portable.Image.unread(str(path))
    assert image.path == str(path) and image == portable.Image.unread(str(path))
    with pytest.raises(MissingFileError, match=r"later\.png does not exist"):
        image.width  # noqa: B018 - it is read to raise
    path.write_bytes(encode(COLOUR, "PNG"))
    assert (image.width, image.height) == (WIDTH, HEIGHT)


@pytest.mark.portable
def test_a_file_that_was_deleted_is_missing_whatever_is_asked(png_file):
    image, other = portable.Image(png_file), portable.Image(encode(COLOUR, "PNG"))
    Path(png_file).unlink()
    for ask in (
        lambda: image.pixel_data,
        lambda: image._image_data,
        lambda: image.to_network_input(8, 8),
        lambda: image == other,
    ):
        with pytest.raises(MissingFileError, match=r"picture\.png does not exist"):
            ask()
    assert image.width == WIDTH


@pytest.mark.portable
@pytest.mark.parametrize(
    "parts",
    [
        {"_image_data": b"\0" * 9, "_width": 2, "_height": 2, "_channels": 3},
        {"_image_data": b"\0" * 8, "_width": 2, "_height": 2, "_channels": 2},
        {"_image_data": b"", "_width": 0, "_height": 2, "_channels": 3},
        {},
    ],
    ids=["too short", "two channels", "no width", "nothing"],
)
def test_raw_pixels_that_make_no_picture_are_refused(parts):
    with pytest.raises(ToolkitError, match="Expected raw pixels of at least 1 x 1"):
        portable.Image(_format_enum=RAW, **parts)


@pytest.mark.portable
@pytest.mark.parametrize("shape", [(4,), (2, 2, 3, 1)])
def test_arrays_of_other_shapes_and_types_are_refused(shape):
    with pytest.raises(ToolkitError, match="dtype uint8; found shape"):
        portable.Image.from_pixels(np.zeros(shape, np.uint8))
    with pytest.raises(ToolkitError, match=r"found shape .* and dtype float64"):
        portable.Image.from_pixels(np.zeros((2, 2)))


@pytest.mark.portable
def test_an_unknown_part_is_refused():
    with pytest.raises(TypeError, match="_colour"):
        portable.Image(_colour="red")


@pytest.mark.portable
def test_an_image_survives_pickling(png_file):
    for image in (portable.Image(png_file), portable.Image.from_pixels(GREY)):
        copy = pickle.loads(pickle.dumps(image))
        assert copy == image and (copy.pixel_data == image.pixel_data).all()


@pytest.mark.portable
def test_show_titles_a_picture_with_its_file_name(png_file, page):
    portable.Image(png_file).show()
    assert "<title>picture.png</title>" in page() and page().count("<img ") == 1


@pytest.mark.portable
def test_show_shows_a_picture_without_a_file(page):
    portable.Image.from_pixels(GREY).show()
    assert page().count("<img ") == 1


@pytest.mark.portable
def test_an_image_shows_itself_in_a_notebook(png_file):
    assert "data:image/" in portable.Image(png_file)._repr_html_()


# What a network is given.


@pytest.mark.portable
def test_a_network_is_given_the_whole_picture_antialiased():
    stripes = np.zeros((400, 600, 3), np.uint8)
    stripes[:, ::2] = 255
    given = portable.Image.from_pixels(stripes).to_network_input(20, 30)
    assert given.shape == (20, 30, 3) and given.dtype == np.uint8
    assert np.abs(given.astype(int) - 127).max() <= 2


@pytest.mark.portable
@pytest.mark.parametrize("pixels", [GREY, COLOUR, TRANSPARENT], ids=["grey", "colour", "alpha"])
def test_a_network_is_given_colour_on_white(pixels):
    given = portable.Image.from_pixels(pixels).to_network_input(HEIGHT, WIDTH)
    white = decode.on_white(PILImage.fromarray(pixels))
    assert (given == np.asarray(white)).all()


@pytest.mark.portable
@pytest.mark.parametrize(("format", "most"), [("JPEG", 16), ("PNG", 3)])
def test_what_speeds_up_large_pictures_hardly_shows_in_pixels(format, most):
    details = np.random.RandomState(0).randint(0, 256, (240, 400, 3)).astype(np.uint8)
    large = PILImage.fromarray(details).resize((2400, 1440), PILImage.Resampling.BICUBIC)
    content = encode(large, format)
    given = portable.Image(content).to_network_input(96, 160)
    whole = PILImage.open(io.BytesIO(content)).resize((160, 96), PILImage.Resampling.BILINEAR)
    assert np.abs(given.astype(int) - np.asarray(whole)).max() <= most


@pytest.mark.portable
@pytest.mark.parametrize("resampling", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(400, 240), (240, 400), (300, 300), (1500, 60), (40, 24)])
def test_a_network_may_want_the_middle_of_a_picture_that_keeps_its_aspect(size, resampling):
    details = np.random.RandomState(0).randint(0, 256, (12, 20, 3)).astype(np.uint8)
    picture = PILImage.fromarray(details).resize(size, PILImage.Resampling.BICUBIC)
    given = portable.Image.from_pixels(np.asarray(picture)).to_network_input(32, 48, 64, resampling)
    longer = max(size) * 64 // min(size)
    whole = picture.resize(
        (longer, 64) if size[0] > size[1] else (64, longer),
        PILImage.Resampling[resampling.upper()],
    )
    left, top = (whole.width - 48) // 2, (whole.height - 32) // 2
    wanted = np.asarray(whole.crop((left, top, left + 48, top + 32)))
    assert given.shape == (32, 48, 3)
    assert np.abs(given.astype(int) - wanted).max() <= 3


@pytest.mark.portable
def test_the_middle_of_a_long_strip_is_taken_before_it_is_enlarged():
    # Enlarged as a whole, it would have 4,000 megapixels.
    strip = portable.Image.from_pixels(np.full((1, 60_000, 3), 7, np.uint8))
    assert (strip.to_network_input(224, 224, 256) == 7).all()


@pytest.mark.portable
@pytest.mark.parametrize("content", [b"", b"no picture", encode(COLOUR, "PNG")[:100]], ids=len)
def test_a_network_is_given_nothing_of_an_unreadable_picture(content):
    image = portable.Image(_image_data=content, _format_enum=PNG)
    with pytest.raises(UnreadableImageError):
        image.to_network_input(8, 8)


# From Pillow and NumPy.


@pytest.mark.portable
@pytest.mark.parametrize("pixels", [GREY, COLOUR, TRANSPARENT], ids=["grey", "colour", "alpha"])
@pytest.mark.parametrize("given", [PILImage.fromarray, np.asarray], ids=["Pillow", "NumPy"])
def test_a_pil_image_or_an_array_is_an_image(pixels, given):
    image = portable.Image(given(pixels))
    assert (image.pixel_data == pixels).all()
    assert (image.width, image.height, image.path) == (WIDTH, HEIGHT, None)
    for column in (portable.SArray([given(pixels), None], portable.Image),):
        assert (column.dtype, column[1]) == (portable.Image, None)
        assert (column[0].pixel_data == pixels).all()


@pytest.mark.portable
def test_pil_images_and_arrays_of_channels_make_a_column_of_images():
    for given in (PILImage.fromarray(COLOUR), PILImage.fromarray(GREY), COLOUR, TRANSPARENT):
        frame = portable.SFrame({"image": [given, portable.Image(given)]})
        assert frame.column_types() == [portable.Image]
        assert frame["image"][0] == frame["image"][1]
    assert portable.SArray(np.stack([COLOUR, COLOUR])).dtype is portable.Image
    frame["image"] = [PILImage.fromarray(COLOUR), None]
    assert frame["image"].dropna().dtype is portable.Image


@pytest.mark.portable
@pytest.mark.parametrize("mode", ["1", "P", "LA", "CMYK", "F"])
def test_a_pil_image_of_any_mode_is_an_image(mode):
    picture = PILImage.fromarray(COLOUR).convert("RGB" if mode == "P" else "L").convert(mode)
    assert portable.Image(picture).channels in (1, 3, 4)


@pytest.mark.portable
@pytest.mark.parametrize(
    "array", [np.zeros((4, 4)), np.zeros((4, 4, 2), np.uint8), np.zeros(4, np.uint8)]
)
def test_an_array_of_no_pixels_is_no_image(array):
    with pytest.raises(ToolkitError, match=r"Expected (raw )?pixels"):
        portable.Image(array)
    with pytest.raises((ToolkitError, TypeError)):
        portable.SArray([array], portable.Image)


@pytest.mark.portable
def test_an_array_of_two_dimensions_is_no_column_of_images():
    with pytest.raises(TypeError, match="vectors of numbers"):
        portable.SArray(COLOUR)


# Cut out.


@pytest.mark.portable
@pytest.mark.parametrize("pixels", [GREY, COLOUR, TRANSPARENT], ids=["grey", "colour", "alpha"])
def test_a_part_of_a_picture_is_an_image(pixels):
    part = portable.Image(encode(pixels, "PNG")).crop(1, 2, 4, 5)
    assert (part.pixel_data == pixels[2:5, 1:4]).all()
    assert (part.width, part.height, part.path) == (3, 3, None)


@pytest.mark.portable
def test_a_part_of_a_turned_picture_is_that_of_the_upright_one():
    image = portable.Image(encode(COLOUR, "PNG", exif=exif(6)))
    part = image.crop(0, 0, 2, image.height)
    assert (part.pixel_data == image.pixel_data[:, :2]).all()


@pytest.mark.portable
@pytest.mark.parametrize(
    "box", [(-1, 0, 2, 2), (0, 0, 0, 2), (2, 0, 1, 2), (0, 0, 9999, 2), (0, 5, 2, 4)]
)
def test_a_part_must_lie_within_the_picture(box):
    with pytest.raises(ValueError, match="0 <= left < right"):
        portable.Image(encode(COLOUR, "PNG")).crop(*box)


@pytest.fixture
def photo(tmp_path):
    """A JPEG of 1600 x 1200 smooth pixels, and its path."""
    details = np.random.RandomState(4).randint(0, 256, (6, 8, 3)).astype(np.uint8)
    picture = PILImage.fromarray(details).resize((1600, 1200), PILImage.Resampling.BICUBIC)
    picture.save(tmp_path / "photo.jpg", quality=95)
    return str(tmp_path / "photo.jpg")


@pytest.mark.portable
def test_nothing_is_decoded_for_a_part_before_its_pixels_are_asked_for(photo):
    with open(photo, "r+b") as file:
        file.truncate(os.path.getsize(photo) // 2)
    part = portable.Image(photo).crop(10, 20, 110, 220).crop(1, 2, 51, 52)
    assert (part.width, part.height, part.channels) == (50, 50, 3)
    assert repr(part) == "Height: 50px\nWidth: 50px\nChannels: 3\n"
    with pytest.raises(UnreadableImageError, match="truncated") as caught:
        part.pixel_data  # noqa: B018 - it raises
    assert caught.value.path == photo


@pytest.mark.portable
def test_a_large_jpeg_is_decoded_no_further_than_a_part_needs(photo):
    part = portable.Image(photo).crop(0, 0, 1600, 900)
    assert part.to_pil().size == (1600, 900)
    assert part.to_pil(at_least=100).size == (200, 113)
    small = part.to_network_input(100, 100).astype(int)
    exact = part.to_pil().resize((100, 100), PILImage.Resampling.BILINEAR)
    assert np.abs(small - np.asarray(exact)).mean() < 1


@pytest.mark.portable
@pytest.mark.parametrize("form", ["file", "bytes", "pixels"])
def test_a_part_of_a_part_is_counted_from_that_parts_corner(photo, form):
    whole = portable.Image(photo)
    pixels = whole.pixel_data
    if form == "bytes":
        with open(photo, "rb") as file:
            whole = portable.Image(file.read())
    if form == "pixels":
        whole = portable.Image(pixels)
    part = whole.crop(100, 200, 700, 800).crop(10, 20, 310, 420).crop(5, 6, 7, 9)
    assert (part.pixel_data == pixels[226:229, 115:117]).all()
    with pytest.raises(ValueError, match=r"right <= 2 and 0 <= top < bottom <= 3"):
        part.crop(0, 0, 3, 3)


@pytest.mark.portable
def test_a_part_of_a_picture_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(MissingFileError):
        portable.Image.unread(str(tmp_path / "none.jpg")).crop(0, 0, 1, 1)
    with pytest.raises(ValueError, match="found"):
        portable.Image().crop(0, 0, 1, 1)


@pytest.mark.portable
def test_a_part_that_the_file_does_not_have_any_more_cannot_be_read(photo):
    part = portable.Image(photo).crop(1000, 1000, 1100, 1100)
    PILImage.new("RGB", (90, 90)).save(photo)
    with pytest.raises(UnreadableImageError, match=r"changed since.*90 x 90"):
        part.pixel_data  # noqa: B018 - it raises


@pytest.mark.portable
def test_parts_are_equal_if_their_pixels_are(photo):
    whole = portable.Image(photo)
    part = whole.crop(3, 4, 40, 50)
    assert part == portable.Image(photo).crop(3, 4, 40, 50)
    assert part == whole.crop(1, 1, 90, 90).crop(2, 3, 39, 49)
    assert part == portable.Image(part.pixel_data)
    assert part != whole.crop(3, 4, 40, 51)
    assert part != whole
    assert whole.crop(0, 0, 1600, 1200) != whole
    assert part != portable.Image(photo).crop(4, 4, 41, 50)


@pytest.mark.portable
def test_a_part_can_be_copied_pickled_and_saved(photo, tmp_path, monkeypatch):
    part = portable.Image(photo).crop(30, 40, 130, 90)
    wanted = part.pixel_data
    for again in (copy.copy(part), copy.deepcopy(part), pickle.loads(pickle.dumps(part))):
        assert (again.pixel_data == wanted).all()
    assert len(pickle.dumps(part)) < 1000
    part.save(str(tmp_path / "part.png"))
    assert (portable.Image(str(tmp_path / "part.png")).pixel_data == wanted).all()
    grey = portable.Image(encode(GREY, "PNG")).crop(1, 0, 4, 2)
    portable.SFrame({"image": [part, None, grey]}).save(str(tmp_path / "frame"))
    os.remove(photo)
    kept = portable.load_sframe(str(tmp_path / "frame"))["image"]
    assert (kept[0].pixel_data == wanted).all()
    assert kept[1] is None
    assert (kept[2].pixel_data == GREY[:2, 1:4]).all()


@pytest.mark.portable
def test_the_parts_of_turi_creates_image_are_those_of_a_part_too(photo):
    part = portable.Image(photo).crop(30, 40, 130, 90)
    again = portable.Image(
        _image_data=part._image_data,
        _width=part._width,
        _height=part._height,
        _channels=part._channels,
        _format_enum=part._format_enum,
        _image_data_size=part._image_data_size,
    )
    assert (again.pixel_data == part.pixel_data).all()
    resized = portable.image_analysis.resize(part, 10, 5, 3)
    assert (resized.width, resized.height) == (10, 5)
