"""Picture files: those of the allowlist are read whole, and any other is a named failure."""

from __future__ import annotations

import errno
import io
import os
import pickle
import random
import struct
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from encoded import COLOUR, FORMATS, HEIGHT, WIDTH, assert_reads_as, encode, png
from PIL import Image, ImageFile, ImageOps

from lookalike.errors import MissingFileError, UnreadableImageError
from lookalike.images import decode

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


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_the_first_bytes_show_the_common_formats(format):
    assert decode.sniff(encode(COLOUR, format)[:12]) == format


def test_an_avif_is_known_by_its_brand():
    assert decode.sniff(b"\0\0\0\x1cftypavif") == "AVIF"


def test_a_name_tells_the_format_where_the_content_does_not(tmp_path):
    (tmp_path / "broken.JPG").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_bytes(b"no picture")
    assert decode.format_of(tmp_path / "broken.JPG") == "JPEG"
    assert decode.format_of(tmp_path / "notes.txt") is None
    assert decode.format_of(tmp_path / "missing.tif") == "TIFF"
    assert decode.has_picture_ending("a/b.WebP") and not decode.has_picture_ending("a.jpg/b")


@pytest.mark.parametrize("format", ["EPS", "PDF", "ICO", "TGA", "PCX", "JPEG2000", "DDS"])
def test_formats_off_the_list_are_refused_under_any_name(format, tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    path.write_bytes(encode(COLOUR, format))

    def open_nothing(*_: object) -> None:
        raise AssertionError(f"a {format} was opened")

    Image.init()
    for name in set(Image.OPEN) - set(decode.FORMATS):
        monkeypatch.setitem(Image.OPEN, name, (open_nothing, open_nothing))
    with pytest.raises(UnreadableImageError, match=r"not a picture that can be read \(JPEG, PNG"):
        decode.read(path)


@pytest.mark.parametrize(
    "content", [b"8BPS\0\1" + b"\0" * 99, b'<svg><image href="/etc/passwd"/></svg>', b"%!PS-Adobe"]
)
def test_other_kinds_of_pictures_are_refused(content):
    with pytest.raises(UnreadableImageError, match="not a picture that can be read"):
        decode.read(content)


def test_a_format_that_this_pillow_was_built_without_is_named(monkeypatch):
    Image.init()
    opener = Image.OPEN["WEBP"][0]
    monkeypatch.setitem(Image.OPEN, "WEBP", (opener, lambda _: "WEBP support not installed"))
    with pytest.raises(UnreadableImageError, match="WEBP support not installed"):
        decode.read(b"RIFF")


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


@pytest.mark.parametrize("size", [(9000, 10000), (12000, 12000), (40000, 40000)])
@pytest.mark.parametrize("format", ["PNG", "PPM", "JPEG", "GIF", "BMP"])
def test_a_header_that_promises_too_many_pixels_is_refused_without_another_warning(format, size):
    encoded = promising(format, *size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for read in (decode.read, decode.read_header):
            with pytest.raises(UnreadableImageError, match=f"promises {size[0]} x {size[1]} pix"):
                read(encoded)


def test_the_limit_of_pixels_is_pillows_own(monkeypatch):
    encoded = encode(COLOUR, "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", HEIGHT * WIDTH - 1)
    with pytest.raises(UnreadableImageError, match="more than the limit of 3839"):
        decode.read(encoded)
    for limit in (HEIGHT * WIDTH, None):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        assert decode.read(encoded).size == (WIDTH, HEIGHT)


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
    def fail(*_: object) -> None:
        raise IndexError("index\nout of range")

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
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
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
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
    with pytest.raises(UnreadableImageError, match=r"folder\.jpg: it is a folder or a device"):
        read(tmp_path / "folder.jpg")


@pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")
def test_pipes_devices_and_broken_links_are_failures_and_nothing_waits(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zeros.jpg").symlink_to("/dev/zero")
    (tmp_path / "circle.jpg").symlink_to(tmp_path / "circle.jpg")
    for name, reason in (("pipe", "device"), ("zeros", "device"), ("circle", "Too many")):
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
    monkeypatch.setattr(decode, "open", deny, raising=False)
    with pytest.raises(UnreadableImageError, match=r"mine\.jpg: Permission denied$"):
        decode.read(tmp_path / "mine.jpg")


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
