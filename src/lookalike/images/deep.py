"""Colours of 16 bits, of which Pillow returns the larger byte alone.

Cameras and scanners fill 10 to 14 of the bits, and such a picture is then nearly black. Its smaller
bytes are decoded too, by saying that the bytes stand in the other order.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from .opened import raw_mode, with_raw_mode
from .pixels import PLANES

if TYPE_CHECKING:
    from PIL import Image as PILImage

# Of Pillow's names of how samples lie in a file, those of 16 bits; N is the machine's own order.
_RAW_MODE = re.compile(r"(RGB[AXa]?|[RGBA]);16[LBN]")
# A larger byte below this uses less than an eighth of the range.
DARK = 32


def has_deep_colours(image: PILImage.Image) -> bool:
    """Return whether a picture that is not decoded yet has colours of 16 bits."""
    tiles: Any = getattr(image, "tile", ())
    return image.mode in ("RGB", "RGBA") and any(_RAW_MODE.fullmatch(raw_mode(t)) for t in tiles)


def is_dark(image: PILImage.Image) -> bool:
    """Return whether a decoded picture uses little of the range of its colours."""
    return max(high for _, high in image.getextrema()[:3]) < DARK  # type: ignore[misc]


def swap_bytes(image: PILImage.Image) -> None:
    """Have a picture of ``has_deep_colours`` decoded into its smaller bytes.

    Raises
    ------
    ValueError
        If its colours lie in planes that are compressed, of which Pillow knows the larger alone.
    """
    other = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}
    picture: Any = image
    planes = getattr(picture, "tag_v2", {}).get(PLANES) == 2
    if planes and picture.tile[0][0] == "libtiff":
        raise ValueError("its colours of 16 bits use few of them, in compressed planes")
    modes = (raw_mode(tile) for tile in picture.tile)
    picture.tile = [
        with_raw_mode(tile, mode[:-1] + other[mode[-1]]) for tile, mode in zip(picture.tile, modes)
    ]


def stretched(larger: PILImage.Image, smaller: PILImage.Image) -> PILImage.Image:
    """Return a picture of which the colours use the whole range, from their two bytes."""
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
