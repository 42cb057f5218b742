"""From whatever Pillow decoded to pixels as a person sees them: upright, in few modes, 8 bits.

Of colours of 16 bits, Pillow returns the larger byte alone. Cameras and scanners fill 10 to 14 of
the bits, and such a picture is then nearly black. Its smaller bytes are decoded too: Pillow decodes
them if the order of the bytes is swapped.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Optional, Tuple

from .opened import raw_mode, with_raw_mode

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image as PILImage

    Range = Optional[Tuple[float, float]]

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)

# Tags of a TIFF (PLANES: whether its colours lie apart), and the name of one in ``info``.
BITS, PHOTOMETRIC, DESCRIPTION, PLANES, SAMPLE_FORMAT = 258, 262, 270, 284, 339
WHITE_IS_ZERO = "white_is_zero"
# Tags of the least and the largest value of a sample: of any type, and of unsigned integers.
NAMED_RANGES = ((340, 341), (280, 281))
UNSIGNED = 1
# ImageJ writes what it shows as black and as white into the description.
IMAGEJ = re.compile(r"^ImageJ=.*^min=(\S+)\s^max=(\S+)", re.DOTALL | re.MULTILINE)
# The share of its range that a picture must use to be seen.
VISIBLE = 1 / 8
# Pillow's names of layouts of 16-bit samples; N is the machine's own order.
_RAW_MODE = re.compile(r"(RGB[AXa]?|[RGBA]);16[LBN]")
# Larger bytes below this use less than an eighth of the range.
DARK = 32


def to_plain(image: PILImage.Image) -> PILImage.Image:
    """Return a decoded image upright and in mode L, RGB or RGBA: itself, if it is that already."""
    mode = plain_mode(image)
    if image.mode[0] in "IF":
        converted = _eight_bit(image)
    else:
        converted = image if image.mode == mode else image.convert(mode)
    # A TIFF is turned by Pillow itself as it is decoded; not every version then says so.
    return converted if image.format == "TIFF" else _turn(converted, orientation(image))


def plain_mode(image: PILImage.Image) -> str:
    """Return the mode that ``to_plain`` gives an image: L, RGB or RGBA."""
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        return "RGBA"
    if image.mode[0] in "IF":
        return "L"
    if "transparency" in image.info:
        return "RGBA"
    return "L" if image.mode in ("1", "L") else "RGB"


def orientation(image: PILImage.Image) -> int:
    """Return the EXIF orientation: 1 for upright, or if none can be read."""
    from PIL import Image

    try:
        # Some plugins' own way decodes the pixels, in search of EXIF behind them.
        return int(Image.Image.getexif(image).get(EXIF_ORIENTATION, 1))
    except Exception:
        # A damaged EXIF block is no reason to refuse sound pixels.
        return 1


def _eight_bit(image: PILImage.Image) -> PILImage.Image:
    """Rescale grey pixels of more than 8 bits to 0..255; Pillow itself would clip them.

    The range is the one that the file names, else the picture's own. If zero is white, the pixels
    are inverted, as Pillow does for 8 bits.
    """
    import numpy as np
    from PIL import Image

    tags = getattr(image, "tag_v2", {})
    values = np.asarray(image)
    if values.dtype == np.int32 and tags.get(BITS) == (32,):
        # Pillow decodes unsigned integers as signed ones.
        unsigned = tags.get(SAMPLE_FORMAT, (UNSIGNED,))[0] == UNSIGNED
        values = values.view(np.uint32) if unsigned else values
    low, high = _named_range(tags) or _own_range(values)
    scaled = (values.astype(np.float32) - low) * (255 / (high - low))
    pixels = np.rint(np.clip(np.nan_to_num(scaled, nan=0, posinf=255, neginf=0), 0, 255))
    if tags.get(PHOTOMETRIC) == 0 or WHITE_IS_ZERO in image.info:
        pixels = 255 - pixels
    return Image.fromarray(pixels.astype(np.uint8))


def _named_range(tags: Any) -> Range:
    """Return the values that a TIFF names as black and white, or None."""
    # Where black is not named, it is 0.
    named: list[Any] = [(tags.get(black, 0), tags.get(white)) for black, white in NAMED_RANGES]
    of_imagej = IMAGEJ.search(str(tags.get(DESCRIPTION, "")))
    named += [of_imagej.groups()] if of_imagej else []
    bits = tags.get(BITS, (16,))[0]
    # Of 16 bits or more, cameras and microscopes often use a part.
    named += [(0, 2**bits - 1)] if 8 < bits < 16 else []
    for pair in named:
        try:
            low, high = (float(value[0] if isinstance(value, tuple) else value) for value in pair)
        except (TypeError, ValueError, IndexError):
            continue
        # That of the samples' type, as many programs write it, says nothing about the picture.
        is_of_type = bits >= 16 and (low, high) == (0, 2**bits - 1)
        if low < high < float("inf") and low > -float("inf") and not is_of_type:
            return low, high
    return None


def _own_range(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Return the values of black and white in a picture whose file does not name them.

    They are 0 and the largest number of as many bits as the largest value has, at least 8; for
    floats up to 1, they are 0 and 1. So a copy of an 8-bit picture keeps its values. If some values
    are negative, or use little of that range, they are the least and the largest value.
    """
    import numpy as np

    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if finite.size == 0:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if values.dtype.kind == "f" and high <= 1:
        full = 1.0
    else:
        full = 2.0 ** max(8, int(np.ceil(high)).bit_length()) - 1
    exact = values.dtype.kind != "f" and full == 255
    if low == high or (low >= 0 and (exact or high - low >= VISIBLE * full)):
        return min(low, 0.0), full
    return low, high


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


def has_deep_colours(image: PILImage.Image) -> bool:
    """Return whether a picture that is not decoded yet has colours of 16 bits."""
    tiles: Any = getattr(image, "tile", ())
    return image.mode in ("RGB", "RGBA") and any(_RAW_MODE.fullmatch(raw_mode(t)) for t in tiles)


def is_dark(image: PILImage.Image) -> bool:
    """Return whether a decoded picture uses little of the range of its colours."""
    return max(high for _, high in image.getextrema()[:3]) < DARK  # type: ignore[misc]


def swap_bytes(image: PILImage.Image) -> None:
    """Let Pillow decode a picture of ``has_deep_colours`` into its smaller bytes.

    Pillow cannot do that for colours in compressed planes, which raise ValueError.
    """
    other = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}
    picture: Any = image
    planes = getattr(picture, "tag_v2", {}).get(PLANES) == 2
    if planes and picture.tile[0][0] == "libtiff":
        raise ValueError("its colours of 16 bits use few of them, in compressed planes")
    for number, tile in enumerate(picture.tile):
        mode = raw_mode(tile)
        picture.tile[number] = with_raw_mode(tile, mode[:-1] + other[mode[-1]])


def stretched(larger: PILImage.Image, smaller: PILImage.Image) -> PILImage.Image:
    """Return a picture whose colours use the whole range, from their larger and smaller bytes."""
    import numpy as np
    from PIL import Image

    high, low = np.asarray(larger), np.asarray(smaller)
    values = high[..., :3].astype(np.uint16) * 256 + low[..., :3]
    full = 2 ** max(8, int(values.max()).bit_length()) - 1
    pixels = high.copy()
    pixels[..., :3] = np.rint(values * (255 / full))
    image = Image.fromarray(pixels)
    image.info = larger.info
    return image
