"""The perceptual hash of a picture. In other sizes and qualities the picture has nearly the same.

It is the usual one of 64 bits: the picture is made 32 x 32 greys, and their discrete cosine
transform (DCT) has the coarse shapes in its lowest frequencies. Each of the 64 lowest gives a bit,
which is 1 where the frequency is stronger than their median.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image as PILImage

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
    Numbers = np.ndarray[Any, np.dtype[np.float64]]

# Pixels on a side of the grey picture, and frequencies on a side of what is compared.
SIDE = 32
FREQUENCIES = 8
# No side of a picture need be larger than this before it is made small.
ENOUGH = 4 * SIDE


class PerceptualHash(NamedTuple):
    """What a picture looks like, in 64 bits.

    Attributes
    ----------
    bits : int
        From 0 to ``2**64 - 1``.
    deviation : float
        The standard deviation of the 32 x 32 greys, from 0 to 127.5: what is flat has no telling
        bits.
    """

    bits: int
    deviation: float


def perceptual_hash(picture: PILImage.Image | Pixels) -> PerceptualHash:
    """Return the perceptual hash of a picture.

    Parameters
    ----------
    picture : PIL image or array
        The whole upright picture, in mode ``L`` or ``RGB``, or its pixels, ``(height, width, 3)
        uint8``. Its size and aspect do not matter.
    """
    import numpy as np
    from PIL import Image

    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    pixels = np.asarray(grey, np.float64)
    waves = _waves()
    lowest = (waves @ pixels @ waves.T).ravel()
    bits = np.packbits(lowest > np.median(lowest))
    return PerceptualHash(int.from_bytes(bits.tobytes(), "big"), float(pixels.std()))


@lru_cache(maxsize=None)
def _waves() -> Numbers:
    """Return the lowest cosines of the DCT, ``(8, 32)``."""
    import numpy as np

    places = (2 * np.arange(SIDE) + 1) * np.pi / (2 * SIDE)
    waves: Numbers = np.cos(np.outer(np.arange(FREQUENCIES), places))
    return waves
