"""Picture files, read safely: from a path or bytes to upright pixels.

The one place that opens files with Pillow. Formats are an allowlist, so that nothing which starts
another program (EPS) or reads other files is ever opened; every way in which Pillow reports a
broken file becomes an ``UnreadableImageError``. Pixels come out as a person sees the picture:
turned as its EXIF orientation says, palettes and CMYK as RGB, 16 bits rescaled to 8.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, NamedTuple, Union

from .errors import MissingFileError, UnreadableImageError

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

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
TIFF_WIDTH, TIFF_HEIGHT = 256, 257

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


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


def format_of(path: Path) -> str | None:
    """Return the allowlist's format of a file, by its ending or else its content; None if none."""
    if path.suffix.lower() in ENDINGS:
        return ENDINGS[path.suffix.lower()]
    try:
        with path.open("rb") as file:
            return sniff(file.read(12))
    except OSError:
        return None


def read_header(source: Source) -> Header:
    """Read a picture's format, size and channels without decoding it.

    Raises
    ------
    UnreadableImageError
        If it is no picture of the allowlist, or has more pixels than Pillow's limit.
    """
    with _reading(source), _open(source) as image:
        width, height = image.size
        if image.format == "TIFF":
            # Some versions of Pillow turn the size themselves, others do not: ask the file.
            tags = image.tag_v2  # type: ignore[attr-defined]
            width, height = tags[TIFF_WIDTH], tags[TIFF_HEIGHT]
        if _orientation(image) in SIDEWAYS:
            width, height = height, width
        # MPO is a JPEG with further pictures behind the first.
        name = "JPEG" if image.format == "MPO" else str(image.format)
        return Header(name, width, height, CHANNELS[_plain_mode(image)])


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
    """
    with _reading(source), _open(source) as image:
        if at_least is not None:
            image.draft(None, (at_least, at_least))
        image.load()
        return _plain(image)


def plain(image: PILImage.Image) -> PILImage.Image:
    """Return a PIL image as ``read`` would return its file: upright, in mode L, RGB or RGBA.

    Raises
    ------
    UnreadableImageError
        If its file, which is decoded only now, is damaged.
    """
    with _reading(b""):
        image.load()
        return _plain(image)


def on_white(image: PILImage.Image) -> PILImage.Image:
    """Return ``image`` in mode ``RGB``, with what is transparent laid on white."""
    from PIL import Image

    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


@contextmanager
def _reading(source: Source) -> Iterator[None]:
    """Turn whatever Pillow raises inside the block into an ``UnreadableImageError``.

    Its decoders report broken files as OSError, ValueError, SyntaxError, NotImplementedError,
    EOFError, struct.error, zlib.error, TypeError and more. The block calls Pillow alone, so every
    ``Exception`` there means the same thing, and one picture must never end a run.
    """
    from PIL import UnidentifiedImageError

    path = None if isinstance(source, bytes) else os.fspath(source)
    try:
        yield
    except UnidentifiedImageError as error:
        reason = f"not a picture that can be read ({', '.join(_readable_formats())})"
        raise UnreadableImageError(path, reason) from error
    except FileNotFoundError as error:
        raise MissingFileError(path, f"The picture {path} does not exist.") from error
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableImageError(path, reason) from error


def _open(source: Source) -> PILImage.Image:
    """Open a picture of an allowed format, of which Pillow has read the header alone."""
    from PIL import Image

    file = io.BytesIO(source) if isinstance(source, bytes) else source
    image = Image.open(file, formats=_readable_formats())
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise ValueError(
            f"it promises {image.width} x {image.height} pixels, more than the limit of {limit} "
            "(raise PIL.Image.MAX_IMAGE_PIXELS if you trust it)"
        )
    return image


def _readable_formats() -> list[str]:
    from PIL import Image

    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _plain(image: PILImage.Image) -> PILImage.Image:
    converted = _eight_bit(image) if image.mode[0] in "IF" else _convert(image)
    return _turn_upright(converted, _orientation(image))


def _plain_mode(image: PILImage.Image) -> str:
    """Return the mode that ``read`` gives this picture: L, RGB or RGBA."""
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        return "RGBA"
    if image.mode[0] in "IF":
        return "L"
    if "transparency" in image.info:
        return "RGBA"
    return "L" if image.mode in ("1", "L") else "RGB"


def _convert(image: PILImage.Image) -> PILImage.Image:
    mode = _plain_mode(image)
    return image.copy() if image.mode == mode else image.convert(mode)


def _eight_bit(image: PILImage.Image) -> PILImage.Image:
    """Rescale grey pixels of more than 8 bits to 0..255, where Pillow itself would clip them.

    Integers are taken as 16 bits, floats as 0..1; what goes beyond is scaled to its own maximum.
    """
    import numpy as np
    from PIL import Image

    pixels = np.nan_to_num(np.asarray(image, dtype=np.float64))
    full = 1.0 if image.mode == "F" else 65535.0
    scaled = np.clip(pixels, 0, None) * (255 / max(full, float(pixels.max())))
    return Image.fromarray(np.rint(scaled).astype(np.uint8))


def _orientation(image: PILImage.Image) -> int:
    try:
        return int(image.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:
        # A damaged EXIF block is no reason to refuse sound pixels.
        return 1


def _turn_upright(image: PILImage.Image, orientation: int) -> PILImage.Image:
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image
