"""The perceptual hash of a picture. In other sizes and qualities the picture has nearly the same.

It is the usual one of 64 bits: the discrete cosine transform (DCT) of a picture's greys has the
coarse shapes in its lowest frequencies. Each of the 64 lowest is a bit, which is 1 if the frequency
is stronger than their median.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image as PILImage

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
    Numbers = np.ndarray[Any, np.dtype[np.float32]]

# Frequencies on a side of what is compared.
FREQUENCIES = 8
# The side that pictures are resized to, near the networks' inputs: the hashes are nearly the same.
SIDE = 224
# Every second row and column of these pixels gives as good a hash, in a quarter of the time.
STEP = 2
LUMA = (0.299, 0.587, 0.114)


class PerceptualHash(NamedTuple):
    """What a picture looks like, in 64 bits, from 0 to ``2**64 - 1``.

    ``deviation`` is the standard deviation of the greys, from 0 to 127.5. If it is small, the
    picture is flat, and its bits mean little.
    """

    bits: int
    deviation: float


def perceptual_hash(picture: PILImage.Image | Pixels) -> PerceptualHash:
    """Return the perceptual hash of a picture.

    Parameters
    ----------
    picture : PIL image or array
        The whole upright picture, in mode ``RGB``, or its pixels in the size of a network's input,
        ``(height, width, 3) uint8``, of any aspect.
    """
    import numpy as np
    from PIL import Image

    if not isinstance(picture, np.ndarray):
        resized = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0)
        picture = np.asarray(resized)
    height, width, _ = picture.shape
    # Few calls of NumPy: this runs once for each picture, between two runs of a network, when the
    # processor's caches are cold.
    grey = picture[::STEP, ::STEP] @ np.array(LUMA, np.float32)
    lowest = (_waves(height) @ grey @ _waves(width).T).ravel()
    ordered = np.sort(lowest)
    middle = len(ordered) // 2
    bits = np.packbits(lowest > (ordered[middle - 1] + ordered[middle]) / 2)
    rest = grey.ravel() - lowest[0]
    deviation = (float(rest @ rest) / rest.size) ** 0.5
    return PerceptualHash(int.from_bytes(bits.tobytes(), "big"), deviation)


@lru_cache(maxsize=None)
def _waves(length: int) -> Numbers:
    """Return the lowest cosines of the DCT at every second of so many pixels.

    They are divided by the number of these, so that the first frequency is the mean.
    """
    import numpy as np

    places = np.arange(0, length, STEP) + 0.5
    waves = np.cos(np.outer(np.arange(FREQUENCIES), places) * (np.pi / length)) / len(places)
    return waves.astype(np.float32)
