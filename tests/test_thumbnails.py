from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from lookalike import portable
from lookalike.display.thumbnails import data_uri, is_picture, thumbnail, thumbnail_within
from lookalike.errors import MissingFileError, UnreadableImageError
from lookalike.images import decode

ORIENTATION, CAMERA = 0x0112, 0x0110
SIDEWAYS = 6


class EngineImage:
    """What both engines' encoded images have in common."""

    def __init__(self, data: bytes, format_enum: int):
        self._image_data = bytearray(data)
        self._format_enum = format_enum

    @property
    def pixel_data(self) -> np.ndarray:
        raise AssertionError("pictures are not upright here, and not to be asked for in a thread")


def opened(encoded: bytes) -> Image.Image:
    return Image.open(io.BytesIO(encoded))


def encoded(image: Image.Image, codec: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, codec, **options)
    return file.getvalue()


@pytest.fixture
def sideways(tmp_path) -> Path:
    """A file of 60 x 40 pixels, red on the left, that a person sees turned: red on top."""
    image = Image.new("RGB", (60, 40), "blue")
    image.paste("red", (0, 0, 30, 40))
    exif = image.getexif()
    exif[ORIENTATION], exif[CAMERA] = SIDEWAYS, "Somebody's camera"
    path = tmp_path / "sideways.jpg"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(path, exif=exif, icc_profile=profile, comment=b"private", quality=95)
    return path


def is_upright(image: Image.Image) -> bool:
    red, _, blue = image.convert("RGB").getpixel((image.width // 2, image.height // 8))
    return image.height > image.width and red > 200 > 60 > blue


@pytest.mark.parametrize(
    "kind_of",
    [
        lambda path: path,
        str,
        Path.read_bytes,
        lambda path: bytearray(path.read_bytes()),
        Image.open,
        lambda path: EngineImage(path.read_bytes(), 0),
    ],
    ids=["path", "str", "bytes", "bytearray", "pil", "engine"],
)
def test_a_picture_of_any_kind_comes_out_upright(sideways, kind_of):
    assert is_upright(opened(thumbnail(kind_of(sideways), 30)))


@pytest.mark.parametrize("encode", [thumbnail, thumbnail_within])
@pytest.mark.parametrize("kind_of", [Path, Image.open])
def test_no_metadata_is_left(sideways, kind_of, encode):
    made = encode(kind_of(sideways), 4000)
    assert not opened(made).getexif()
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(opened(made).info)
    assert b"camera" not in made and b"private" not in made


def test_the_long_side_gets_the_wanted_length_and_the_aspect_is_kept(tmp_path):
    image = opened(thumbnail(Image.new("RGB", (400, 100)), 80))
    assert (image.format, image.size) == ("JPEG", (80, 20))


def test_a_small_picture_is_not_enlarged():
    assert opened(thumbnail(Image.new("L", (12, 7)), 80)).size == (12, 7)


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)),
        Image.new("LA", (8, 8), (0, 0)),
        opened(encoded(Image.new("P", (8, 8), 0), transparency=0)),
    ],
    ids=["RGBA", "LA", "palette"],
)
def test_what_is_transparent_becomes_white(image):
    assert min(opened(thumbnail(image, 8)).getpixel((4, 4))) > 250


def test_sixteen_bits_are_rescaled_and_not_clipped():
    half = Image.fromarray(np.full((8, 8), 32768, np.uint16))
    assert abs(opened(thumbnail(half, 8)).getpixel((4, 4))[0] - 128) < 4


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 3), (20, 30, 4)])
def test_arrays_are_pictures(shape):
    assert opened(thumbnail(np.full(shape, 255, np.uint8), 15)).size == (15, 10)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_raw_images_of_an_engine_are_pictures(tc, channels):
    pixels = np.zeros((20, 30, channels), np.uint8)
    pixels[:10] = 255
    raw = tc.Image(
        _image_data=pixels.tobytes(),
        _height=20,
        _width=30,
        _channels=channels,
        _format_enum=2,
        _image_data_size=pixels.size,
    )
    made = opened(thumbnail(raw, 15)).convert("L")
    assert made.size == (15, 10) and made.getpixel((7, 1)) > 250


@pytest.mark.parametrize(
    "picture", [np.zeros((4, 4)), np.zeros(5, np.uint8), np.zeros((4, 4, 2), np.uint8), 7, None]
)
def test_what_is_no_picture_is_an_error_that_says_what_was_expected(picture):
    with pytest.raises(UnreadableImageError, match="expected a picture, or pixels of shape"):
        thumbnail(picture, 10)


def test_a_truncated_file_is_an_error(sideways):
    with pytest.raises(UnreadableImageError):
        thumbnail(sideways.read_bytes()[:600], 10)


def test_a_pil_image_of_a_truncated_file_is_an_error(sideways):
    image = Image.open(io.BytesIO(sideways.read_bytes()[:-200]))
    with pytest.raises(UnreadableImageError, match="truncated"):
        thumbnail(image, 10)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"gone\.png"):
        thumbnail(tmp_path / "gone.png", 10)


@pytest.mark.parametrize("limit", [3000, 8000, 30000])
def test_within_a_limit_a_picture_is_as_large_as_it_can_be(limit):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    picture = Image.fromarray(noise).resize((600, 600))
    made = thumbnail_within(picture, limit)
    assert limit / 3 < len(made) <= limit


def test_a_limit_that_is_too_low_gives_the_smallest_picture():
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    assert decode.read(thumbnail_within(noise, 10)).size == (64, 64)


def test_without_webp_it_is_a_jpeg(monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: False)
    made = thumbnail_within(Image.new("RGB", (50, 50)), 5000)
    assert data_uri(made).startswith("data:image/jpeg;base64,")


def test_the_address_of_a_webp_says_so():
    webp = encoded(Image.new("RGB", (5, 5)), "WEBP")
    assert data_uri(webp).startswith("data:image/webp;base64,UklGR")


def test_engine_and_pil_images_are_pictures_in_themselves():
    assert is_picture(EngineImage(b"", 0)) and is_picture(Image.new("L", (1, 1)))


@pytest.mark.parametrize(
    "value", ["a.jpg", Path("a.jpg"), b"", 1, None, np.zeros((4, 4), np.uint8), SimpleNamespace()]
)
def test_paths_bytes_and_arrays_are_not(value):
    assert not is_picture(value)


def test_a_lazy_image_is_not_opened_to_find_out():
    class Lazy:
        @property
        def pixel_data(self):
            raise MissingFileError("x", "opened")

    assert is_picture(Lazy())


def test_importing_is_quick_because_it_loads_no_heavy_package():
    code = (
        "import sys; import lookalike.display;"
        "print({'PIL', 'IPython', 'numpy', 'pandas', 'webbrowser'} & set(sys.modules) or 'none')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "none\n"


def test_while_another_thread_imports_pillow_nothing_is_a_picture_yet(monkeypatch):
    # As Python has it from the first line of the module on.
    monkeypatch.setitem(sys.modules, "PIL.Image", ModuleType("PIL.Image"))
    assert not is_picture("a.png")


@pytest.mark.portable
def test_the_thumbnail_of_a_part_shows_that_part(tmp_path):
    pixels = np.zeros((800, 1200, 3), np.uint8)
    pixels[:, 600:] = (250, 200, 0)
    Image.fromarray(pixels).save(tmp_path / "halves.jpg", quality=95)
    part = portable.Image(str(tmp_path / "halves.jpg")).crop(700, 100, 1100, 700)
    small = decode.read(thumbnail(part, side=60))
    assert small.size == (40, 60)
    assert np.abs(np.asarray(small).astype(int) - (250, 200, 0)).max() < 6
