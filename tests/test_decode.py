"""Picture files: those of the allowlist are read whole, and any other is a named failure."""

from __future__ import annotations

import errno
import io
import os
import pickle
import random
import struct
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from encoded import COLOUR, FORMATS, HEIGHT, WIDTH, assert_reads_as, encode, exif, png
from PIL import Image, ImageFile, ImageOps
from PIL.PpmImagePlugin import PpmImageFile

import lookalike.portable
from lookalike.errors import MissingFileError, UnreadableImageError
from lookalike.images import decode, formats

# Formats, and how they are known.


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_read_from_bytes_and_from_a_file(format, tmp_path):
    options, error = FORMATS[format]
    encoded = encode(COLOUR, format, **options)
    (tmp_path / "picture").write_bytes(encoded)
    for source in (encoded, tmp_path / "picture", str(tmp_path / "picture")):
        assert_reads_as(source, COLOUR, error)
        assert decode.read_header(source).format == format


@pytest.mark.parametrize("ending", [".jpg", ".PNG", ".tiff", ".txt", ""])
def test_a_picture_is_read_by_its_content_whatever_its_name(ending, tmp_path):
    path = tmp_path / f"picture{ending}"
    path.write_bytes(encode(COLOUR, "PNG"))
    assert_reads_as(path, COLOUR)
    assert decode.read_header(path).format == decode.format_of(path) == "PNG"


@pytest.mark.parametrize("format", ["EPS", "PDF", "ICO", "TGA", "PCX", "DDS"])
def test_formats_off_the_list_are_refused_under_any_name(format, tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    path.write_bytes(encode(COLOUR, format))

    def open_nothing(*_: object) -> None:
        raise AssertionError(f"a {format} was opened")

    Image.init()
    for name in set(Image.OPEN) - set(formats.FORMATS):
        monkeypatch.setitem(Image.OPEN, name, (open_nothing, open_nothing))
    with pytest.raises(UnreadableImageError, match="not a picture"):
        decode.read(path)


def test_a_format_that_this_pillow_was_built_without_is_named(monkeypatch):
    Image.init()
    opener = Image.OPEN["WEBP"][0]
    monkeypatch.setitem(Image.OPEN, "WEBP", (opener, lambda _: "WEBP support not installed"))
    with pytest.raises(UnreadableImageError, match="WEBP support not installed"):
        decode.read(encode(COLOUR, "WEBP"))


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_read(format, tmp_path):
    frames = [Image.new("RGB", (30, 20), name) for name in ("red", "blue", "blue")]
    options = {"save_all": True, "append_images": frames[1:], **FORMATS[format][0]}
    path = tmp_path / "frames"
    path.write_bytes(encode(frames[0], format, **options))
    for source in (path, path.read_bytes()):
        image = decode.on_white(decode.read(source))
        assert image.resize((3, 2)).getpixel((1, 1)) == (255, 0, 0)


def test_a_jpeg_with_further_pictures_is_a_jpeg():
    image = Image.fromarray(COLOUR)
    encoded = encode(image, "MPO", save_all=True, append_images=[image.rotate(180)], quality=95)
    assert_reads_as(encoded, COLOUR, error=4)
    assert decode.read_header(encoded).format == "JPEG"


def test_a_large_jpeg_is_decoded_smaller_where_that_is_enough():
    large = Image.fromarray(COLOUR).resize((1600, 960))
    for mode in ("RGB", "L", "CMYK"):
        encoded = encode(large.convert(mode), "JPEG")
        assert decode.read(encoded, at_least=200).size == (400, 240)
        assert decode.read(encoded).size == (1600, 960)


def test_a_header_is_read_without_decoding_the_pixels():
    for format in ("PNG", "JPEG", "TIFF"):
        half = encode(COLOUR, format)
        half = half[: len(half) * 2 // 3] if format != "TIFF" else half[:-200]
        assert decode.read_header(half) == (format, WIDTH, HEIGHT, 3)
        with pytest.raises(UnreadableImageError):
            decode.read(half)


# What cannot be read.

NOISE = np.random.RandomState(0).randint(0, 256, (200, 300, 3)).astype(np.uint8)
WHOLE = {
    **{format: encode(NOISE, format, **options) for format, (options, _) in FORMATS.items()},
    "progressive JPEG": encode(NOISE, "JPEG", progressive=True),
    "palette PNG": encode(Image.fromarray(NOISE).convert("P"), "PNG"),
    "lossy WEBP": encode(NOISE, "WEBP"),
    "palette BMP": encode(Image.fromarray(NOISE).convert("P"), "BMP"),
    **{
        f"{compression} TIFF": encode(NOISE, "TIFF", compression=compression)
        for compression in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")
    },
    "fax TIFF": encode(Image.fromarray(NOISE).convert("1"), "TIFF", compression="group4"),
    "written PPM": b"P3 30 20 255 " + b" ".join(b"%d" % value for value in NOISE.ravel()[:1800]),
}


@pytest.mark.parametrize("allowed", [False, True], ids=["", "allowed elsewhere"])
@pytest.mark.parametrize("kind", WHOLE)
def test_a_truncated_picture_is_a_failure(kind, allowed, tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", allowed)
    assert decode.read(WHOLE[kind])
    for share in (0.3, 0.6, 0.95):
        cut = WHOLE[kind][: int(len(WHOLE[kind]) * share)]
        (tmp_path / "cut").write_bytes(cut)
        for source in (cut, tmp_path / "cut"):
            with pytest.raises(UnreadableImageError):
                decode.read(source)
            with pytest.raises(UnreadableImageError):
                decode.read(source, at_least=50)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is allowed


def test_truncated_pictures_are_refused_in_every_thread(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    cut = WHOLE["JPEG"][: len(WHOLE["JPEG"]) // 2]
    outcomes: list[type] = []

    def read_some() -> None:
        for source in [cut, WHOLE["PNG"]] * 10:
            try:
                outcomes.append(type(decode.read(source)))
            except UnreadableImageError as error:
                outcomes.append(type(error))

    threads = [threading.Thread(target=read_some) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(UnreadableImageError) == 60 and len(outcomes) == 120
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def use_plugin(monkeypatch, format: str, factory: type) -> None:
    """Register another plugin of a format with Pillow, as a user can."""
    Image.init()
    monkeypatch.setitem(Image.OPEN, format, (factory, Image.OPEN[format][1]))


def promising(format: str, width: int, height: int) -> bytes:
    """Return a small picture whose header says that it is a large one."""
    if format == "PNG":
        return png(COLOUR[:1, :1], 8, 2, size=(height, width))
    if format == "PPM":
        return b"P6 %d %d 255\n" % (width, height)
    encoded = bytearray(encode(COLOUR, format))
    if format == "JPEG":
        start = encoded.index(b"\xff\xc0") + 5
        encoded[start : start + 4] = struct.pack(">HH", height, width)
    else:
        start, layout = (6, "<HH") if format == "GIF" else (18, "<ii")
        encoded[start : start + struct.calcsize(layout)] = struct.pack(layout, width, height)
    return bytes(encoded)


@pytest.mark.parametrize("size", [(9000, 20000), (18000, 18000), (40000, 40000)])
@pytest.mark.parametrize("format", ["PNG", "PPM", "JPEG", "GIF", "BMP"])
def test_a_header_that_promises_too_many_pixels_is_refused_without_another_warning(format, size):
    encoded = promising(format, *size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for read in (decode.read, decode.read_header):
            with pytest.raises(UnreadableImageError, match=f"promises {size[0]} x {size[1]} pix"):
                read(encoded)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("format", FORMATS)
def test_the_limit_of_pixels_is_that_of_which_pillow_makes_an_error(format, monkeypatch):
    encoded = encode(COLOUR, format)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", HEIGHT * WIDTH // 2 - 1)
    with pytest.raises(UnreadableImageError, match="it promises "):
        decode.read(encoded)
    for limit in (HEIGHT * WIDTH // 2, None):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        assert decode.read(encoded).size == (WIDTH, HEIGHT)


@pytest.mark.filterwarnings("error")
def test_pictures_up_to_the_limit_are_read_in_quiet():
    grey = Image.new("L", (12000, 9000), 90)
    assert decode.read(encode(grey, "JPEG", quality=30), at_least=448).size == (1500, 1125)
    # What cannot be decoded smaller is made smaller at once.
    picture = decode.read(encode(grey, "PNG", compress_level=1), at_least=448)
    assert min(picture.size) >= 448 and picture.size < (1500, 1500)
    assert picture.getextrema() == (90, 90)


def test_large_pictures_are_decoded_one_at_a_time(monkeypatch):
    encoded = encode(Image.new("L", (8000, 7000)), "PPM")
    inside, most = [], []

    class Watched(PpmImageFile):
        def load(self):
            inside.append(self)
            most.append(len(inside))
            time.sleep(0.01)
            loaded = super().load()
            inside.pop()
            return loaded

    use_plugin(monkeypatch, "PPM", Watched)
    threads = [
        threading.Thread(target=decode.read, args=(encoded,), kwargs={"at_least": 100})
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}


# Parts.


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("box", [(0, 0, WIDTH, HEIGHT), (10, 5, 60, 40), (79, 47, 80, 48)])
def test_a_part_is_that_of_the_whole_picture(format, box):
    encoded = encode(COLOUR, format, **FORMATS[format][0])
    left, top, right, bottom = box
    whole = np.asarray(decode.read(encoded))
    assert (np.asarray(decode.read(encoded, box=box)) == whole[top:bottom, left:right]).all()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_part_is_in_pixels_of_the_upright_picture(orientation):
    encoded = encode(COLOUR, "PNG", exif=exif(orientation))
    upright = decode.read(encoded)
    box = (3, 7, 30, 40)
    assert list(decode.read(encoded, box=box).tobytes()) == list(upright.crop(box).tobytes())


def test_of_a_large_jpeg_no_more_is_decoded_than_a_part_needs():
    encoded = encode(Image.fromarray(COLOUR).resize((3200, 1920)), "JPEG")
    box = (1000, 600, 2600, 1800)
    part = decode.read(encoded, at_least=200, box=box)
    assert part.size == (400, 300)
    expected = decode.read(encoded).crop(box).resize((400, 300))
    assert np.abs(np.asarray(part, int) - np.asarray(expected, int)).mean() < 2
    assert decode.read(encoded, at_least=1200, box=box).size == (1600, 1200)


@pytest.mark.parametrize(
    "box", [(0, 0, 81, 48), (-1, 0, 5, 5), (5, 5, 5, 9), (9, 9, 5, 12), (0, 48, 1, 49)]
)
def test_a_box_that_is_not_within_the_picture_is_an_error_that_names_both(box):
    with pytest.raises(ValueError, match=r"within the picture's 80 x 48; found \("):
        decode.read(encode(COLOUR, "PNG"), box=box)


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_a_picture_without_pixels_is_a_failure(size):
    for format in ("PNG", "BMP", "PPM"):
        with pytest.raises(UnreadableImageError):
            decode.read(promising(format, *size))


@pytest.mark.parametrize(
    "start",
    [b"", b"\0" * 99, b"P", b"BM", b"II*\0", b"GIF89a", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"],
)
def test_a_start_alone_is_a_failure_with_a_reason_of_one_line(start):
    for read in (decode.read, decode.read_header):
        with pytest.raises(UnreadableImageError) as caught:
            read(start)
        assert caught.value.reason and "\n" not in caught.value.reason


def test_whatever_pillow_raises_is_a_failure_that_names_it(monkeypatch):
    class Failing(PpmImageFile):
        def load(self):
            raise IndexError("index\nout of range")

    use_plugin(monkeypatch, "PPM", Failing)
    with pytest.raises(UnreadableImageError, match=r"damaged \(IndexError: index out of range\)"):
        decode.read(encode(COLOUR, "PPM"))


def damaged(random_: random.Random, whole: bytes) -> bytes:
    content = bytearray(whole)
    for _ in range(random_.choice([1, 2, 5])):
        # Most of the faults go where the structure is.
        place = random_.randrange(min(len(content), random_.choice([200, len(content)])))
        what = random_.randrange(4)
        if what == 0:
            content[place] ^= 1 << random_.randrange(8)
        elif what == 1:
            content[place] = random_.choice([0, 1, 127, 255])
        elif what == 2:
            content[place:place] = content[-30:]
        else:
            del content[place + 1 : place + 1 + random_.randrange(40)]
    return bytes(content)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [kind for kind in WHOLE if kind != "fax TIFF"])
def test_damaged_files_are_read_as_pillow_reads_them_or_not_at_all(kind):
    random_ = random.Random(kind)
    for _ in range(40):
        content = damaged(random_, WHOLE[kind])
        try:
            image = decode.read(content)
        except UnreadableImageError:
            continue
        header = decode.read_header(content)
        assert (header.width, header.height) == image.size
        try:
            expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        except Exception:
            # Metadata that are damaged: Pillow reads them, and nothing here does.
            continue
        if expected.mode[0] not in "IF":
            assert (np.asarray(image) == np.asarray(expected.convert(image.mode))).all()


# Files.


@pytest.mark.parametrize("read", [decode.read, decode.read_header, decode.read_bytes])
def test_a_file_that_does_not_exist_is_missing(read, tmp_path):
    with pytest.raises(MissingFileError, match=r"none\.jpg does not exist") as caught:
        read(tmp_path / "none.jpg")
    assert caught.value.path == str(tmp_path / "none.jpg")


@pytest.mark.parametrize("read", [decode.read, decode.read_header, decode.read_bytes])
def test_a_folder_is_no_picture(read, tmp_path):
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(UnreadableImageError, match=r"folder\.jpg: it is a folder"):
        read(tmp_path / "folder.jpg")


@pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")
def test_pipes_devices_and_broken_links_are_failures_and_nothing_waits(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zeros.jpg").symlink_to("/dev/zero")
    (tmp_path / "circle.jpg").symlink_to(tmp_path / "circle.jpg")
    for name, reason in (("pipe", "device"), ("zeros", "device"), ("circle", "in a circle")):
        with pytest.raises(UnreadableImageError, match=reason):
            decode.read(tmp_path / f"{name}.jpg")
        assert decode.format_of(tmp_path / f"{name}.jpg") == "JPEG"
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nothing")
    with pytest.raises(MissingFileError, match=r"dangling\.jpg does not exist"):
        decode.read(tmp_path / "dangling.jpg")


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    def deny(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "mine.jpg").write_bytes(encode(COLOUR, "JPEG"))
    monkeypatch.setattr(os, "open", deny)
    with pytest.raises(UnreadableImageError, match=r"mine\.jpg: there is no permission to re"):
        decode.read(tmp_path / "mine.jpg")


@pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")
def test_a_pipe_put_in_the_place_of_a_listed_file_is_a_failure_and_nothing_waits(tmp_path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(encode(COLOUR, "JPEG"))
    image = lookalike.portable.Image.unread(str(path))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UnreadableImageError, match="a device or a pipe"):
        image.to_pil()


@pytest.mark.parametrize("read", [decode.read, decode.read_header, decode.read_bytes])
@pytest.mark.parametrize("name", ["no\0name.jpg", "\0"])
def test_a_name_that_no_file_can_have_is_missing(read, name):
    with pytest.raises(MissingFileError) as caught:
        read(name)
    assert "\0" not in str(caught.value) and caught.value.path == name


@pytest.mark.skipif(os.name == "nt", reason="such names and paths are not possible on Windows")
@pytest.mark.parametrize("name", ["two\nlines.png", "\x1b[31mred.png", "~tilde.png", "\x7f.png"])
def test_odd_names_are_read_and_their_failures_show_no_control_characters(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(encode(COLOUR, "PNG"))
    assert_reads_as(path, COLOUR)
    path.write_bytes(b"")
    with pytest.raises(UnreadableImageError, match=r"it is empty$") as caught:
        decode.read(path)
    assert str(caught.value).isprintable() and caught.value.path == str(path)


def test_a_path_that_is_too_long_is_a_failure_in_words(tmp_path):
    with pytest.raises((UnreadableImageError, MissingFileError), match=r"too long|does not exist"):
        decode.read(tmp_path / ("long" * 200) / "picture.png")


@pytest.mark.parametrize("address", ["https://a.org/b.jpg", "s3://a/b.png", "file:///tmp/a.png"])
def test_addresses_are_not_opened(address):
    for read in (decode.read, decode.read_header, decode.read_bytes, lookalike.portable.Image):
        with pytest.raises(MissingFileError, match="not opened: download the files first"):
            read(address)


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode on Windows")
def test_a_name_that_is_not_utf_8_is_read(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png"))
    try:
        path.write_bytes(encode(COLOUR, "PNG"))
    except OSError:
        pytest.skip("this file system takes no such names")
    assert_reads_as(path, COLOUR)
    path.write_bytes(b"no picture")
    with pytest.raises(UnreadableImageError) as caught:
        decode.read(path)
    assert caught.value.path == str(path)


def test_no_file_stays_open(tmp_path):
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("open files cannot be counted here")
    for format, content in WHOLE.items():
        (tmp_path / format).write_bytes(content)
        before = len(os.listdir("/proc/self/fd"))
        kept = decode.read(tmp_path / format), decode.read_header(tmp_path / format)
        assert len(os.listdir("/proc/self/fd")) == before, kept


@pytest.mark.parametrize(
    "error",
    [
        UnreadableImageError("a.jpg", "it is truncated"),
        UnreadableImageError(None, "it is truncated"),
        MissingFileError("a.jpg", "The picture a.jpg does not exist."),
    ],
)
def test_failures_cross_the_borders_of_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and str(copy) == str(error) and copy.path == error.path
