"""From whatever Pillow decoded to pixels as a person sees them: upright, in few modes, 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from PIL import Image as PILImage

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)


def to_plain(image: PILImage.Image) -> PILImage.Image:
    """Return a decoded image upright and in mode L, RGB or RGBA: itself, if it is that already."""
    mode = plain_mode(image)
    if image.mode[0] in "IF":
        converted = _eight_bit(image)
    else:
        converted = image if image.mode == mode else image.convert(mode)
    # A TIFF is turned by Pillow itself as it is decoded; not every version then says so.
    return converted if image.format == "TIFF" else _turn(converted, orientation(image.getexif))


def plain_mode(image: PILImage.Image) -> str:
    """Return the mode that ``to_plain`` gives an image: L, RGB or RGBA."""
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        return "RGBA"
    if image.mode[0] in "IF":
        return "L"
    if "transparency" in image.info:
        return "RGBA"
    return "L" if image.mode in ("1", "L") else "RGB"


def orientation(getexif: Callable[[], PILImage.Exif]) -> int:
    """Return the EXIF orientation: 1 for upright, or where there is none that can be read."""
    try:
        return int(getexif().get(EXIF_ORIENTATION, 1))
    except Exception:
        # A damaged EXIF block is no reason to refuse sound pixels.
        return 1


def _eight_bit(image: PILImage.Image) -> PILImage.Image:
    """Rescale grey pixels of more than 8 bits to 0..255, where Pillow itself would clip them.

    Integers are taken as 16 bits, floats as 0..1; what goes beyond is scaled to its own maximum.
    """
    import numpy as np
    from PIL import Image

    full = 1.0 if image.mode == "F" else 65535.0
    pixels = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=full)
    scaled = np.clip(pixels, 0, None) * (255 / max(full, float(pixels.max())))
    return Image.fromarray(np.rint(scaled).astype(np.uint8))


def _turn(image: PILImage.Image, orientation: int) -> PILImage.Image:
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
