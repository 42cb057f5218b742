"""From a picture of any kind to a small encoded one: upright, on white, without metadata."""

from __future__ import annotations

import base64
import io
import os
import sys
from typing import TYPE_CHECKING, Any

from ..errors import MissingFileError, UnreadableImageError
from ..images import decode
from ..images.failures import reason_of

if TYPE_CHECKING:
    from PIL import Image as PILImage

# Turi Create's number for pixels that are not encoded, on both engines.
RAW = 2

# (longest side, quality) from the best to the smallest that still shows what it is a picture of.
LADDER = (
    *((side, 72) for side in (480, 400, 320, 256)),
    *((side, 55) for side in (224, 192, 160)),
    *((side, 40) for side in (144, 128, 112)),
    *((side, 30) for side in (112, 96, 80, 64)),
)
# Hardly any picture takes less than a byte for so many pixels of a square around it: rungs that
# would need it are not tried.
PIXELS_PER_BYTE = 20


def thumbnail(picture: Any, side: int, quality: int = 75) -> bytes:
    """Encode a picture as a small JPEG: upright, on white, without metadata.

    Parameters
    ----------
    picture : Image, PIL image, array, path or bytes
        An Image of either engine, ``(height, width[, channels]) uint8`` pixels, or an encoded
        picture.
    side : int
        Pixels of the longer side; a smaller picture is not enlarged.
    quality : int
        JPEG's, 1 to 95.

    Raises
    ------
    UnreadableImageError
        If it is no picture that can be read.
    MissingFileError
        If its file does not exist.

    Examples
    --------
    >>> import numpy as np
    >>> jpeg = thumbnail(np.zeros((30, 40, 3), np.uint8), side=20)
    >>> decode.read(jpeg).size
    (20, 15)
    """
    return _encode(_decode(picture, side), side, quality, "JPEG")


def thumbnail_within(picture: Any, limit: int) -> bytes:
    """Encode a picture as large and as well as a number of bytes allows, up to 480 pixels.

    WebP, where this Pillow has it, else JPEG: when two hundred pictures share a notebook output,
    each has some 1,200 bytes, which a JPEG of 80 pixels takes and a WebP of 112. The smallest rung
    of the ladder is returned even if it takes more than ``limit``.

    Raises
    ------
    UnreadableImageError, MissingFileError
        As ``thumbnail``.
    """
    from PIL import features

    codec = "WEBP" if features.check("webp") else "JPEG"
    rungs = [rung for rung in LADDER if rung[0] ** 2 <= limit * PIXELS_PER_BYTE] or LADDER[-1:]
    image = _decode(picture, rungs[0][0])
    encoded = b""
    for side, quality in rungs:
        encoded = _encode(image, side, quality, codec)
        if len(encoded) <= limit:
            break
    return encoded


def is_picture(value: Any) -> bool:
    """Tell whether a value is a picture in itself: an engine's Image or a PIL image, not a path."""
    # The type is asked, since a lazy Image opens its file when its own attributes are.
    if hasattr(type(value), "pixel_data"):
        return True
    # While another thread imports Pillow, its module is there before its class is.
    pil = getattr(sys.modules.get("PIL.Image"), "Image", None)
    return pil is not None and isinstance(value, pil)


def data_uri(encoded: bytes) -> str:
    """Return what ``thumbnail`` made as an address that holds the picture itself."""
    kind = "webp" if encoded.startswith(b"RIFF") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode('ascii')}"


def _decode(picture: Any, side: int) -> PILImage.Image:
    """Return a picture's pixels: upright, RGB, on white, at most ``side`` on the longer side."""
    from PIL import Image

    try:
        image = decode.on_white(plain_picture(picture, side))
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    except (UnreadableImageError, MissingFileError):
        raise
    except Exception as error:
        # Pillow's decoders raise nearly anything for a damaged picture, and so do odd arrays.
        raise UnreadableImageError(None, reason_of(error)) from error
    # Pillow writes an ICC profile or a comment that it finds here.
    image.info = {}
    return image


def plain_picture(picture: Any, side: int | None = None) -> PILImage.Image:
    """Return any kind of picture upright and in mode L, RGB or RGBA.

    A large JPEG may come out smaller, but no smaller than twice ``side`` pixels.

    Raises
    ------
    UnreadableImageError, MissingFileError
        If it is no picture that can be read.
    """
    if isinstance(picture, (str, os.PathLike, bytes, bytearray)):
        source = bytes(picture) if isinstance(picture, bytearray) else picture
        # Half of a JPEG's decoded pixels, at least, are left to the antialiased resize.
        return decode.read(source, at_least=None if side is None else 2 * side)
    if hasattr(type(picture), "to_pil"):
        # An Image of the portable engine reads no more of its file than it needs.
        return picture.to_pil(None if side is None else 2 * side)
    if hasattr(type(picture), "pixel_data"):
        if picture._format_enum != RAW:
            return plain_picture(bytes(picture._image_data), side)
        picture = _raw_pixels(picture)
    from PIL import Image

    if isinstance(picture, Image.Image):
        return decode.plain(picture)
    return _from_array(picture)


def _raw_pixels(picture: Any) -> Any:
    """Return the pixels of an engine's raw Image, ``(height, width, channels) uint8``.

    Not by its ``pixel_data``: Turi Create's may be asked for on the main thread alone.
    """
    import numpy as np

    shape = picture._height, picture._width, picture._channels
    return np.frombuffer(bytes(picture._image_data), np.uint8).reshape(shape)


def _from_array(pixels: Any) -> PILImage.Image:
    from PIL import Image

    dtype: Any = getattr(pixels, "dtype", None)
    shape: tuple[int, ...] = getattr(pixels, "shape", ())
    if dtype != "uint8" or not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))):
        found = type(pixels).__name__ if dtype is None else f"shape {shape} and dtype {dtype}"
        raise UnreadableImageError(
            None,
            "expected a picture, or pixels of shape (height, width) or (height, width, 1, 3 or 4) "
            f"and dtype uint8; found {found}",
        )
    return Image.fromarray(pixels[:, :, 0] if len(shape) == 3 and shape[2] == 1 else pixels)


def _encode(image: PILImage.Image, side: int, quality: int, codec: str) -> bytes:
    from PIL import Image

    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, codec, quality=quality, optimize=True)
    return file.getvalue()
