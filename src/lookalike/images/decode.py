"""Picture files, read safely: from a path or bytes to upright pixels.

The one place that opens files with Pillow. Every way in which Pillow reports a broken file becomes
an ``UnreadableImageError``. Pixels come out as a person sees the picture: turned as its EXIF
orientation says, palettes and CMYK as RGB, more than 8 bits rescaled to 8.
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
from .deep import has_deep_colours, is_dark, stretched, swap_bytes
from .opened import Opened
from .pixels import SIDEWAYS, orientation, plain_mode, to_plain

if TYPE_CHECKING:
    from PIL import Image as PILImage

    Source = Union[str, "os.PathLike[str]", bytes]
    Box = Tuple[int, int, int, int]

TIFF_WIDTH, TIFF_HEIGHT = 256, 257
# Pixels of which one picture is decoded at a time, since each takes four bytes or more.
LARGE = 50_000_000

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}

_one_at_a_time = Lock()
_preparing = Lock()


class Header(NamedTuple):
    """What a picture's first bytes tell: its format, and its size as a person sees it."""

    format: str
    width: int
    height: int
    channels: int


def prepare() -> None:
    """Import Pillow with its formats, and NumPy; after the first time this takes no time.

    Call it before other threads decode pictures. Threads that import a package together wait for
    each other, and meet its modules half imported.
    """
    with _preparing:
        # Where a picture has 16 bits, NumPy makes them 8.
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
    """Read a picture's format, size and channels without decoding it.

    Raises
    ------
    UnreadableImageError
        If it is no picture that can be read, or has more pixels than the limit.
    MissingFileError
        If there is no such file.
    """
    with _reading(source), open_file(source) as file:
        name, (image, _) = _open(file, source)
        width, height = image.size
        if name == "TIFF":
            # Some versions of Pillow turn the size themselves, others do not: ask the file.
            tags = image.tag_v2  # type: ignore[attr-defined]
            width, height = tags[TIFF_WIDTH], tags[TIFF_HEIGHT]
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
        Pixels that either side should keep: a larger JPEG may then be decoded at a half, a
        quarter or an eighth of its size, which is several times faster, and a very large picture
        is made smaller at once.
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
    with _reading(source), open_file(source) as file, _truncation_refused:
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
        # Pillow would write it into files: EXIF, places and times among it.
        picture.info = {}
        return picture


def plain(image: PILImage.Image) -> PILImage.Image:
    """Return a PIL image as ``read`` would return its file: upright, in mode L, RGB or RGBA.

    Raises
    ------
    UnreadableImageError
        If its file, which is decoded only now, is damaged.
    """
    with _reading(b""), _truncation_refused:
        image.load()
        picture = to_plain(image)
    return picture.copy() if picture is image else picture


def on_white(image: PILImage.Image) -> PILImage.Image:
    """Return ``image`` in mode ``RGB``, with what is transparent laid on white."""
    from PIL import Image

    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


class _TruncationRefused:
    """Holds ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` off while any thread is inside.

    Other libraries switch it on for the whole process; a picture that is grey from the middle on
    would then be taken for a sound one.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._outside_value = False

    def __enter__(self) -> None:
        from PIL import ImageFile

        with self._lock:
            if self._inside == 0:
                self._outside_value = ImageFile.LOAD_TRUNCATED_IMAGES
                ImageFile.LOAD_TRUNCATED_IMAGES = False
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        from PIL import ImageFile

        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                ImageFile.LOAD_TRUNCATED_IMAGES = self._outside_value


_truncation_refused = _TruncationRefused()


@contextmanager
def _reading(source: Source) -> Iterator[None]:
    """Turn whatever Pillow raises inside the block into an ``UnreadableImageError``.

    Its decoders report broken files as OSError, ValueError, SyntaxError, NotImplementedError,
    EOFError, struct.error, zlib.error, TypeError and more. The block calls Pillow alone, so every
    ``Exception`` there means the same thing, and one picture must never end a run.
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
    """Open a picture of the allowlist, of which the header alone is read; return its format too.

    As ``PIL.Image.open(file, formats=...)``, which however warns of a picture between Pillow's
    limit and twice that, and says of a damaged header only that it is none.
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
    """Return a decoded picture whose colours have 16 bits, so that it can be seen."""
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
    """Have a JPEG decoded smaller, as far as either side of its box keeps enough pixels."""
    left, top, right, bottom = box or (0, 0, *image.size)
    scale = min(right - left, bottom - top) // at_least
    scale = next((step for step in (8, 4, 2) if step <= scale), 1)
    image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))


def _scaled(box: Box, scale: float) -> Box:
    """Return a box in a picture that was decoded smaller; it loses no pixel of the large one."""
    left, top, right, bottom = box
    return int(left / scale), int(top / scale), -int(-right // scale), -int(-bottom // scale)


def _shrunk(picture: PILImage.Image, at_least: int | None) -> PILImage.Image:
    """Return a very large picture smaller, so that no two of them are in memory at once."""
    factor = 1 if at_least is None else min(picture.size) // at_least
    if picture.width * picture.height <= LARGE or factor < 2:
        return picture
    return picture.reduce(factor)
