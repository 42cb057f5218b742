"""Picture files, read safely: from a path or bytes to upright pixels.

Whatever Pillow raises for a broken file becomes an ``UnreadableImageError``. Pixels are as a person
sees the picture: turned by its EXIF orientation, palettes and CMYK as RGB, more than 8 bits
rescaled to 8.
"""

from __future__ import annotations

import io
import os
import stat
from contextlib import contextmanager, nullcontext
from typing import IO, TYPE_CHECKING, Iterator, NamedTuple, Tuple, Union

from ..errors import UnreadableImageError
from ..locks import Lock
from ..names import missing
from . import containers, failures, formats, jpeg, png
from .opened import Opened
from .pixels import (
    SIDEWAYS,
    has_deep_colours,
    is_dark,
    orientation,
    plain_mode,
    stretched,
    swap_bytes,
    to_plain,
)
from .tiff import stored_size

if TYPE_CHECKING:
    from PIL import Image as PILImage

    Source = Union[str, "os.PathLike[str]", bytes]
    Box = Tuple[int, int, int, int]

# Pixels from which on one picture is decoded at a time, since each takes four bytes or more.
LARGE = 50_000_000

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}

_one_at_a_time = Lock()
_preparing = Lock()
_refusing = Lock()
# What ``LOAD_TRUNCATED_IMAGES`` was before each thread that decodes now set it.
_before: list[bool] = []


class Header(NamedTuple):
    """A picture's format, its upright size in pixels, and its channels."""

    format: str
    width: int
    height: int
    channels: int


def prepare() -> None:
    """Import Pillow with its formats, and NumPy; after the first time this takes no time.

    Call it before other threads decode pictures. Threads that import a package together wait for
    each other, and can see half imported modules.
    """
    with _preparing:
        import numpy  # noqa: F401
        from PIL import Image, ImageFile, features  # noqa: F401

        Image.init()


def format_of(path: str | os.PathLike[str]) -> str | None:
    """Return a file's format, by its content or else its ending; None if it is no picture."""
    try:
        with open_file(path) as file:
            start = file.read(failures.START)
    except (OSError, ValueError):
        start = b""
    return formats.format_of(start, path)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return a file's content.

    Raises
    ------
    MissingFileError, UnreadableImageError
        If there is no such file, or it cannot be read.
    """
    with _reading(path), open_file(path) as file:
        return file.read()


def read_header(source: Source) -> Header:
    """Read a picture's format, size and channels without decoding it; errors as ``read``."""
    with _reading(source), open_file(source) as file:
        name, (image, _) = _open(file, source)
        width, height = stored_size(image)
        if orientation(image) in SIDEWAYS:
            width, height = height, width
        return Header(name, width, height, CHANNELS[plain_mode(image)])


def read(source: Source, at_least: int | None = None, box: Box | None = None) -> PILImage.Image:
    """Decode a picture, upright, in mode ``L``, ``RGB`` or ``RGBA``; of an animation, one frame.

    Parameters
    ----------
    source : path or bytes
        An encoded picture.
    at_least : int, optional
        Pixels that either side should keep. A larger JPEG may then be decoded at a half, a quarter
        or an eighth of its size, which is several times faster; a very large picture is reduced.
    box : (int, int, int, int), optional
        The part to return, in pixels of the upright picture: left, top, right, bottom. Then
        ``at_least`` is about this part.

    Raises
    ------
    UnreadableImageError
        If it cannot be read whole: truncated and damaged files, unknown formats, or more pixels
        than twice ``PIL.Image.MAX_IMAGE_PIXELS``, which is checked before anything is decoded.
    MissingFileError
        If there is no such file.
    ValueError
        If the box is not within the picture.
    """
    if box is not None:
        header = read_header(source)
        _check_box(box, header.width, header.height)
    with _reading(source), open_file(source) as file, _truncation_refused():
        image, decode = _open(file, source)[1]
        full = image.size
        if at_least is not None:
            _draft(image, at_least, box)
        with _one_at_a_time if image.width * image.height > LARGE else nullcontext():
            deep = has_deep_colours(image)
            decode()
            picture = to_plain(_brightened(image, file, source) if deep else image)
            if box is not None:
                picture = picture.crop(_scaled(box, max(full) / max(picture.size)))
            picture = _shrunk(picture, at_least)
        # Pillow would write EXIF into files, with places and times.
        picture.info = {}
        return picture


def plain(image: PILImage.Image) -> PILImage.Image:
    """Return a PIL image as ``read`` would return its file: upright, in mode L, RGB or RGBA.

    Raises
    ------
    UnreadableImageError
        If its file, which is decoded only now, is damaged.
    """
    with _reading(b""), _truncation_refused():
        image.load()
        picture = to_plain(image)
    picture = picture.copy() if picture is image else picture
    # Whoever reads the orientation once more would turn it once more.
    picture.info = {}
    return picture


def on_white(image: PILImage.Image) -> PILImage.Image:
    """Return ``image`` in mode ``RGB``, with what is transparent laid on white."""
    from PIL import Image

    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


@contextmanager
def _truncation_refused() -> Iterator[None]:
    """Hold ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` off while any thread is inside.

    Other libraries switch it on for the whole process. Then a picture that is grey from the middle
    on would pass for a sound one.
    """
    from PIL import ImageFile

    with _refusing:
        _before.append(ImageFile.LOAD_TRUNCATED_IMAGES)
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        with _refusing:
            before = _before.pop()
            # The last thread to leave takes the first one's value.
            if not _before:
                ImageFile.LOAD_TRUNCATED_IMAGES = before


@contextmanager
def _reading(source: Source) -> Iterator[None]:
    """Turn whatever Pillow raises inside the block into an ``UnreadableImageError``.

    Its decoders raise OSError, ValueError, SyntaxError, struct.error, zlib.error, TypeError and
    more for broken files. The block calls Pillow alone, so every ``Exception`` there means the same
    thing, and one picture must never end a run.
    """
    path = None if isinstance(source, bytes) else os.fspath(source)
    try:
        yield
    except FileNotFoundError as error:
        raise missing(path) from error
    except Exception as error:
        raise UnreadableImageError(path, failures.reason_of(error)) from error


def open_file(source: Source, follow: bool = True) -> IO[bytes]:
    """Open a regular file, or bytes as one, to read it. Nothing waits, as a named pipe would.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no file could have such a name.
    OSError
        If it is a folder, a device or a pipe, cannot be opened, or is a link not to ``follow``.
    """
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if "\0" in os.fspath(source):
        raise FileNotFoundError("no file has such a name")
    # Windows opens no folder, and says that there is no permission.
    if os.path.isdir(source):
        raise OSError("it is a folder, not a file")
    flags = os.O_RDONLY
    for name in ("O_BINARY", "O_NONBLOCK", *(() if follow else ("O_NOFOLLOW",))):
        flags |= getattr(os, name, 0)
    file = os.fdopen(os.open(source, flags), "rb")
    # Only now: what lies at a path may change before it is opened.
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError("it is a device or a pipe, not a file")
    return file


def _open(file: IO[bytes], source: Source) -> tuple[str, Opened]:
    """Open a picture of an allowed format; return the format, too. The header alone is read.

    ``PIL.Image.open(file, formats=...)`` would warn of a picture between Pillow's limit and twice
    that, and says nothing useful of a damaged header.
    """
    prepare()
    path = "" if isinstance(source, bytes) else os.fspath(source)
    start = file.read(failures.START)
    file.seek(0)
    name = "RAW" if formats.is_raw(start, path) else formats.sniff(start)
    if name == "JPEG":
        found = jpeg.opened(file)
    elif name == "PNG":
        found = png.opened(file)
    else:
        name, found = containers.opened(file, start, name, path)
    _check_size(*found.image.size)
    return name, found


def _brightened(image: PILImage.Image, file: IO[bytes], source: Source) -> PILImage.Image:
    """Return a decoded picture of 16-bit colours; a dark one is stretched to be seen."""
    if not is_dark(image):
        return image
    file.seek(0)
    again, decode = _open(file, source)[1]
    swap_bytes(again)
    decode()
    return stretched(image, again)


def _check_size(width: int, height: int) -> None:
    from PIL import Image

    limit = None if Image.MAX_IMAGE_PIXELS is None else 2 * Image.MAX_IMAGE_PIXELS
    if limit is not None and width * height > limit:
        raise ValueError(
            f"it promises {width} x {height} pixels, more than the limit of {limit} "
            "(raise PIL.Image.MAX_IMAGE_PIXELS, of which it is twice, if you trust it)"
        )


def _check_box(box: Box, width: int, height: int) -> None:
    left, top, right, bottom = box
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(
            "Expected a box (left, top, right, bottom) of at least one pixel, within the "
            f"picture's {width} x {height}; found {tuple(box)}."
        )


def _draft(image: PILImage.Image, at_least: int, box: Box | None) -> None:
    """Let a JPEG be decoded smaller if both sides of its box keep enough pixels."""
    left, top, right, bottom = box or (0, 0, *image.size)
    scale = min(right - left, bottom - top) // at_least
    scale = next((step for step in (8, 4, 2) if step <= scale), 1)
    image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))


def _scaled(box: Box, scale: float) -> Box:
    """Return a box in a picture that was decoded smaller; it loses no pixel of the large one."""
    left, top, right, bottom = box
    return int(left / scale), int(top / scale), -int(-right // scale), -int(-bottom // scale)


def _shrunk(picture: PILImage.Image, at_least: int | None) -> PILImage.Image:
    """Return a very large picture smaller, so that no two are in memory at once."""
    factor = 1 if at_least is None else min(picture.size) // at_least
    if picture.width * picture.height <= LARGE or factor < 2:
        return picture
    return picture.reduce(factor)
