"""Picture files, read safely: from a path or bytes to upright pixels.

The one place that opens files with Pillow. Formats are an allowlist, so that nothing which starts
another program (EPS) or reads other files is ever opened; every way in which Pillow reports a
broken file becomes an ``UnreadableImageError``. Pixels come out as a person sees the picture:
turned as its EXIF orientation says, palettes and CMYK as RGB, 16 bits rescaled to 8.
"""

from __future__ import annotations

import io
import os
import stat
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Callable, Iterator, NamedTuple, Union

from ..errors import MissingFileError, UnreadableImageError
from .pixels import SIDEWAYS, orientation, plain_mode, to_plain

if TYPE_CHECKING:
    from PIL import Image as PILImage

    Source = Union[str, "os.PathLike[str]", bytes]

# Ending to format. Pillow reads AVIF from 11.3 on; before, such a file is a named failure.
ENDINGS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    ".png": "PNG",
    ".webp": "WEBP",
    ".gif": "GIF",
    **dict.fromkeys((".bmp", ".dib"), "BMP"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm"), "PPM"),
    ".avif": "AVIF",
}
FORMATS = tuple(dict.fromkeys(ENDINGS.values()))

TIFF_WIDTH, TIFF_HEIGHT = 256, 257
# The chunks of a PNG in which Pillow looks for EXIF.
PNG_METADATA = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


def load_pillow() -> None:
    """Import Pillow with its formats, once; after the first time this takes no time.

    Call it on the main thread before other threads decode pictures. Threads that import a package
    together wait for each other, and meet its modules half imported.
    """
    # Where a picture has 16 bits, NumPy makes them 8.
    import numpy  # noqa: F401
    from PIL import Image, ImageFile, features  # noqa: F401

    Image.init()


class Header(NamedTuple):
    """What a picture's first bytes tell: its format, and its size as a person sees it."""

    format: str
    width: int
    height: int
    channels: int


def sniff(start: bytes) -> str | None:
    """Return the format that a file's first 12 bytes show beyond doubt, or None.

    BMP, TIFF and PPM are known by their ending alone: their signatures are two common letters, or
    those of camera raw files.
    """
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF"
    return None


def has_picture_ending(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file's name ends as those of the allowlist do; it is not opened."""
    # Folders have a hundred thousand files, and a Path for each takes a second.
    return os.fspath(path).lower().endswith(tuple(ENDINGS))


def format_of(path: str | os.PathLike[str]) -> str | None:
    """Return the allowlist's format of a file, by its content or else its ending; None if none."""
    try:
        with _open_file(path) as file:
            found = sniff(file.read(12))
    except (OSError, ValueError):
        found = None
    return found or ENDINGS.get(Path(path).suffix.lower())


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return a file's content.

    Raises
    ------
    MissingFileError, UnreadableImageError
        If there is no such file, or it cannot be read.
    """
    with _reading(path), _open_file(path) as file:
        return file.read()


def read_header(source: Source) -> Header:
    """Read a picture's format, size and channels without decoding it.

    Raises
    ------
    UnreadableImageError
        If it is no picture of the allowlist, or has more pixels than Pillow's limit.
    MissingFileError
        If there is no such file.
    """
    with _reading(source), _open_file(source) as file:
        image = _open(file)
        width, height = image.size
        if image.format == "TIFF":
            # Some versions of Pillow turn the size themselves, others do not: ask the file.
            tags = image.tag_v2  # type: ignore[attr-defined]
            width, height = tags[TIFF_WIDTH], tags[TIFF_HEIGHT]
        if orientation(_exif_reader(image, file)) in SIDEWAYS:
            width, height = height, width
        # MPO is a JPEG with further pictures behind the first.
        name = "JPEG" if image.format == "MPO" else str(image.format)
        return Header(name, width, height, CHANNELS[plain_mode(image)])


def read(source: Source, at_least: int | None = None) -> PILImage.Image:
    """Decode a picture, upright, in mode ``L``, ``RGB`` or ``RGBA``; of an animation, one frame.

    Parameters
    ----------
    source : path or bytes
        An encoded picture.
    at_least : int, optional
        Pixels that either side should keep: a larger JPEG may then be decoded at a half, a
        quarter or an eighth of its size, which is several times faster.

    Raises
    ------
    UnreadableImageError
        If it cannot be read whole: truncated and damaged files, unknown formats, or more pixels
        than ``PIL.Image.MAX_IMAGE_PIXELS``, which is checked before anything is decoded.
    MissingFileError
        If there is no such file.
    """
    with _reading(source), _open_file(source) as file, _truncation_refused:
        image = _open(file)
        if at_least is not None:
            image.draft(None, (at_least, at_least))
        image.load()
        picture = to_plain(image)
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
        self._lock = threading.Lock()
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
        raise MissingFileError(path, f"The picture {path} does not exist.") from error
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error)
        if not isinstance(error, (OSError, ValueError, SyntaxError)) or not reason:
            # Of these the text alone says little: "index out of range", "'Exif'".
            reason = f"it is damaged ({type(error).__name__}: {reason})"
        raise UnreadableImageError(path, " ".join(reason.split())) from error


def _open_file(source: Source) -> IO[bytes]:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    # Opening a named pipe would wait for ever.
    if not stat.S_ISREG(os.stat(source).st_mode):
        raise OSError("it is a folder or a device, not a file")
    return open(source, "rb")


def _open(file: IO[bytes]) -> PILImage.Image:
    """Open a picture of an allowed format, of which Pillow reads the header alone.

    As ``PIL.Image.open(file, formats=FORMATS)``, which however warns of a picture between its
    limit and twice that, and says of a damaged header only that it is none. Given no file name,
    Pillow does not map the file into memory, where one that shrinks would end the process.
    """
    from PIL import Image

    Image.init()
    start = file.read(16)
    file.seek(0)
    plugins = {name: Image.OPEN[name] for name in FORMATS if name in Image.OPEN}
    for factory, accepts in plugins.values():
        accepted = accepts is not None and accepts(start)
        if isinstance(accepted, str):
            # Pillow knows the format, but was built without it.
            raise ValueError(accepted)
        if accepted:
            image = factory(file, "")
            _check_size(*image.size)
            return image
    raise ValueError(f"not a picture that can be read ({', '.join(plugins)})")


def _exif_reader(image: PILImage.Image, file: IO[bytes]) -> Callable[[], PILImage.Exif]:
    """Return what reads a picture's EXIF, without decoding a PNG that has none behind its pixels.

    There Pillow looks for it by decoding them.
    """
    from PIL import Image

    if image.format != "PNG":
        return image.getexif
    place = file.tell()
    rest = file.read()
    file.seek(place)
    if any(name in rest for name in PNG_METADATA):
        return image.getexif
    return partial(Image.Image.getexif, image)


def _check_size(width: int, height: int) -> None:
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and width * height > limit:
        raise ValueError(
            f"it promises {width} x {height} pixels, more than the limit of {limit} "
            "(raise PIL.Image.MAX_IMAGE_PIXELS if you trust it)"
        )
