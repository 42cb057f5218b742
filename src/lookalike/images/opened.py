"""A picture whose header is read, and Pillow's decoder, which is fed block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple

if TYPE_CHECKING:
    from PIL import Image as PILImage
    from PIL.ImageFile import ImageFile

TRUNCATED = "it is truncated: pixels are missing at its end"


class Opened(NamedTuple):
    """A picture whose header is read, as a Pillow image; ``decode`` fills it with its pixels."""

    image: PILImage.Image
    decode: Callable[[], object]


class Decoder:
    """Pillow's decoder of an image that is not loaded; it is fed with the compressed data.

    Pillow's own ``load`` reads a whole file, and hides which bytes are ``waiting``: fed, but not
    taken yet.
    """

    def __init__(self, image: ImageFile) -> None:
        from PIL import Image

        codec, extents, _, arguments = image.tile[0]
        image.load_prepare()
        self.waiting = b""
        self._image = image
        self._decoder: Any = Image._getdecoder(image.mode, codec, arguments, image.decoderconfig)
        self._decoder.setimage(image.im, extents)

    def feed(self, data: bytes) -> bool:
        """Decode some more data; return whether the picture is whole. ValueError if damaged."""
        self.waiting += data
        taken, error = self._decoder.decode(self.waiting)
        if error < 0:
            raise ValueError("it is damaged: its pixels cannot be decoded")
        if taken < 0:
            self._image.tile = []
            return True
        self.waiting = self.waiting[taken:]
        return False

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.cleanup()


def raw_mode(tile: Any) -> str:
    """Return Pillow's name for the layout of samples in a part of a file."""
    return str(tile[3] if isinstance(tile[3], str) else tile[3][0])


def with_raw_mode(tile: Any, mode: str) -> Any:
    """Return a part of a file whose samples have another layout."""
    args = mode if isinstance(tile[3], str) else (mode, *tile[3][1:])
    # A named tuple in some versions of Pillow, in others a tuple.
    return getattr(type(tile), "_make", tuple)([*tile[:3], args])
