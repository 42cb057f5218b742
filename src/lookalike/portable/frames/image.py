"""One picture, as Turi Create's ``Image``: a file, encoded bytes or raw pixels.

Only the use of its pixels decodes it, so a column of a hundred thousand pictures holds little more
than their paths, and a part that was cropped little more than its box.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ...errors import ToolkitError, UnreadableImageError
from ...images import decode

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image as PILImage

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]

# Turi Create's numbers. Formats that it does not know are "undefined" there, and encoded here.
JPG, PNG, RAW, UNDEFINED = range(4)
FORMAT_ENUMS = {"JPEG": JPG, "PNG": PNG}
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


class Walk(NamedTuple):
    """How a folder was gone through for its pictures."""

    recursive: bool = True
    exclude: tuple[str, ...] = ()


class Image:
    """A picture from a file, from encoded bytes, or from raw pixels.

    Parameters
    ----------
    path : str, path, bytes, PIL image or array, optional
        A picture file, the content of one, a PIL image, or pixels: ``(height, width)`` or
        ``(height, width, channels) uint8``.
    format : {'auto', 'JPG', 'PNG'}
        Accepted for Turi Create's sake: the format is known from the content.
    **parts
        ``_image_data``, ``_width``, ``_height``, ``_channels``, ``_format_enum`` and
        ``_image_data_size``, as Turi Create builds an image from its parts: the format is 0 for
        JPEG, 1 for PNG and 2 for raw pixels, ``(height, width, channels) uint8`` in C order.

    Raises
    ------
    UnreadableImageError
        If it is no picture that can be read.
    MissingFileError
        If there is no such file.

    Notes
    -----
    Unlike Turi Create, a picture is upright as its EXIF orientation says, and may be WebP, GIF,
    BMP, TIFF, PPM or AVIF too.

    Examples
    --------
    >>> from lookalike import tc
    >>> image = tc.Image('image/cats/cat-001.jpg')
    >>> image.pixel_data.shape == (image.height, image.width, image.channels)
    True
    """

    __slots__ = ("_box", "_encoded", "_header", "_path", "_raw", "walk")

    def __init__(
        self,
        path: str | os.PathLike[str] | bytes | PILImage.Image | Pixels | None = None,
        format: str = "auto",
        **parts: Any,
    ) -> None:
        self._path: str | None = None
        self._encoded: bytes | None = None
        self._raw: Pixels | None = None
        # Which part of the file or of the encoded bytes the picture is: None for all of it.
        self._box: decode.Box | None = None
        self._header: decode.Header | None = None
        # The walk that found the picture, by which a model follows its folder.
        self.walk: Walk | None = None
        if path is None:
            self._set_parts(**parts)
        elif isinstance(path, (bytes, bytearray)):
            self._encoded = bytes(path)
        elif is_pixels(type(path)):
            self._set_parts(**_parts_of(path))
        else:
            self._path = os.fspath(cast("str | os.PathLike[str]", path))
        if path is not None:
            self._read_header()

    @classmethod
    def unread(cls, path: str, walk: Walk | None = None) -> Image:
        """Return the picture of a file, which is opened when something of it is first used."""
        image = cls()
        image._path, image._header, image.walk = path, None, walk
        return image

    @classmethod
    def from_pixels(cls, pixels: Pixels) -> Image:
        """Return the picture of an array, ``(height, width[, channels]) uint8``."""
        return cls(pixels)

    def _set_parts(
        self,
        _image_data: bytes | bytearray = b"",
        _width: int = 0,
        _height: int = 0,
        _channels: int = 0,
        _format_enum: int = UNDEFINED,
        _image_data_size: int | None = None,
        _version: int = 1,
    ) -> None:
        import numpy as np

        data = bytes(_image_data[:_image_data_size])
        self._header = decode.Header("", _width, _height, _channels)
        if _format_enum != RAW:
            self._encoded = data
            self._header = None if data else self._header
            return
        wanted = _width * _height * _channels
        if _channels not in MODES or min(_width, _height) < 1 or len(data) != wanted:
            raise ToolkitError(
                "Expected raw pixels of at least 1 x 1, with 1, 3 or 4 channels of a byte each; "
                f"found {len(data)} bytes for {_width} x {_height} with {_channels} channels."
            )
        self._raw = np.frombuffer(data, np.uint8).reshape(_height, _width, _channels)

    def _read_header(self) -> decode.Header:
        if self._header is None:
            self._header = decode.read_header(self._source)
        return self._header

    @property
    def _source(self) -> str | bytes:
        return self._path if self._path is not None else self._encoded or b""

    @property
    def path(self) -> str | None:
        """The file, where the picture is that of one; None for a part of it."""
        return self._path if self._box is None else None

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self._read_header().width

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self._read_header().height

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour, 4 for colour with transparency."""
        return self._read_header().channels

    # Turi Create's own names of the parts.
    _width, _height, _channels = width, height, channels

    @property
    def _format_enum(self) -> int:
        if self._is_raw:
            return RAW
        return FORMAT_ENUMS.get(self._read_header().format, UNDEFINED)

    @property
    def _is_raw(self) -> bool:
        """Whether the picture's data are pixels: a part of a file is given as such."""
        return self._raw is not None or self._box is not None

    @property
    def _image_data(self) -> bytes:
        if self._raw is not None:
            return self._raw.tobytes()
        if self._box is not None:
            return self.to_pil().tobytes()
        return self._encoded or b"" if self._path is None else decode.read_bytes(self._path)

    @property
    def _image_data_size(self) -> int:
        return len(self._image_data)

    @property
    def pixel_data(self) -> Pixels:
        """The pixels, upright: ``(height, width, channels) uint8``, or ``(height, width)`` if grey.

        UnreadableImageError if the picture is truncated or damaged.
        """
        import numpy as np

        pixels: Pixels = np.array(self.to_pil())
        return pixels

    def to_pil(self, at_least: int | None = None) -> PILImage.Image:
        """Decode into a Pillow image, upright, in mode ``L``, ``RGB`` or ``RGBA``.

        With ``at_least``, a larger JPEG may come out smaller, but no side below that many pixels.
        """
        if self._raw is None:
            try:
                return decode.read(self._source, at_least, self._box)
            except ValueError as error:
                reason = f"it has changed since a part of it was cropped: {error}"
                raise UnreadableImageError(self._path, reason) from error
        from PIL import Image as PILImage

        pixels = self._raw[:, :, 0] if self._raw.shape[2] == 1 else self._raw
        return PILImage.fromarray(pixels)

    # Turi Create's own name, by which notebooks get at the pixels.
    _to_pil_image = to_pil

    def to_network_input(
        self,
        height: int,
        width: int,
        resize: str | int = "squash",
        resampling: str = "bilinear",
    ) -> Pixels:
        """Return the picture in a size, ``(height, width, 3) uint8``: antialiased, on white.

        ``resize='squash'`` resizes the picture as a whole, as Turi Create does: the aspect changes.
        A number of pixels becomes the shorter side, and the middle is cut out. ``resampling`` is
        ``'bilinear'`` or ``'bicubic'``.
        """
        import numpy as np
        from PIL import Image as PILImage

        squashed = resize == "squash"
        # A JPEG is decoded no further than needed: at a half, a quarter or an eighth of its size,
        # as long as no side gets smaller than the network's. Twice as large a side takes up to half
        # as long again and is worth 0.1 points of mAP; a smaller one costs 0.4.
        side = max(height, width) if squashed else int(resize)
        image = decode.on_white(self.to_pil(at_least=side if squashed else 2 * side))
        box = None if squashed else _middle(*image.size, width, height, side)
        filtered = PILImage.Resampling[resampling.upper()]
        small = image.resize((width, height), filtered, box, reducing_gap=3.0)
        return np.asarray(small)

    def resized(self, width: int, height: int, mode: str, antialiased: bool, encode: bool) -> Image:
        """Return the image in another size and mode, as PNG or as raw pixels."""
        import numpy as np
        from PIL import Image as PILImage

        image = self.to_pil()
        if image.mode != mode:
            image = (image if mode == "RGBA" else decode.on_white(image)).convert(mode)
        if antialiased:
            image = image.resize((width, height), PILImage.Resampling.BILINEAR)
        else:
            rows, columns = _nearest(image.height, height), _nearest(image.width, width)
            image = PILImage.fromarray(np.asarray(image)[rows][:, columns])
        if not encode:
            return Image.from_pixels(np.asarray(image))
        file = io.BytesIO()
        image.save(file, "PNG")
        return Image(file.getvalue())

    def crop(self, left: int, top: int, right: int, bottom: int) -> Image:
        """Return a part of the upright picture, in pixels from its upper left corner.

        Only its pixels' first use decodes the file, as it is then, and a large JPEG no further than
        the part needs.

        Raises
        ------
        ValueError
            If the part is empty, or not within the picture.
        UnreadableImageError, MissingFileError
            If the picture's size cannot be read.
        """
        left, top, right, bottom = map(round, (left, top, right, bottom))
        if not (0 <= left < right <= self.width and 0 <= top < bottom <= self.height):
            raise ValueError(
                f"Expected a part of the picture, 0 <= left < right <= {self.width} and "
                f"0 <= top < bottom <= {self.height}; found {(left, top, right, bottom)}."
            )
        if self._raw is not None:
            return Image.from_pixels(self._raw[top:bottom, left:right])
        x, y = (0, 0) if self._box is None else self._box[:2]
        part = Image()
        part._path, part._encoded = self._path, self._encoded
        part._box = (x + left, y + top, x + right, y + bottom)
        part._header = decode.Header("", right - left, bottom - top, self.channels)
        return part

    def save(self, filename: str) -> None:
        """Write the picture, upright and without metadata, in the format of the file's ending.

        Raises
        ------
        ValueError
            If Pillow knows no format with this ending.
        OSError
            If the file cannot be written, or its format holds no such pixels (transparent JPEG).
        """
        # A copy knows nothing of the file that it was read from, as a TIFF's tags.
        self.to_pil().copy().save(filename)

    def show(self) -> None:
        """Show the picture: in the notebook, or elsewhere as a page in the browser."""
        from ... import display

        display.show(self, title=self._path and Path(self._path).name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image):
            return NotImplemented
        if self._path is not None and (self._path, self._box) == (other._path, other._box):
            return True
        if self._is_raw != other._is_raw:
            return False
        return self._size() == other._size() and self._image_data == other._image_data

    def _size(self) -> tuple[int, ...]:
        # The same bytes may be pixels of 2 x 6 or of 3 x 4; encoded, they contain their size.
        return (self.height, self.width, self.channels) if self._is_raw else ()

    __hash__ = None  # type: ignore[assignment]  # as in Turi Create

    def __repr__(self) -> str:
        return f"Height: {self.height}px\nWidth: {self.width}px\nChannels: {self.channels}\n"

    def _repr_html_(self) -> str:
        from ... import display

        return display.picture_html(self)


def is_pixels(kind: type) -> bool:
    """Return whether a type is PIL's of images, or NumPy's of arrays."""
    return made_by("PIL.Image", "Image", kind) or made_by("numpy", "ndarray", kind)


def made_by(module: str, name: str, kind: type) -> bool:
    """Return whether a type is one of a module, or of its kind; the module is not imported."""
    # What has not been imported, or only in part by another thread, cannot have made it.
    made = getattr(sys.modules.get(module), name, None)
    return made is not None and issubclass(kind, made)


def _parts_of(picture: Any) -> dict[str, Any]:
    """Return the parts of which ``Image`` makes raw pixels: of an array, or of a PIL image."""
    import numpy as np

    pixels = picture if isinstance(picture, np.ndarray) else np.asarray(decode.plain(picture))
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
        raise ToolkitError(
            "Expected pixels of shape (height, width) or (height, width, channels) and dtype "
            f"uint8; found shape {pixels.shape} and dtype {pixels.dtype}."
        )
    height, width, channels = (*pixels.shape, 1)[:3]
    return {
        "_image_data": pixels.tobytes(),
        "_height": height,
        "_width": width,
        "_channels": channels,
        "_format_enum": RAW,
    }


def _middle(
    width: int, height: int, wanted_width: int, wanted_height: int, side: int
) -> tuple[float, float, float, float]:
    """Return the box in a picture that is its middle once the shorter side has ``side`` pixels.

    It is a box in the original: resized as a whole, a strip of 10 x 100,000 pixels would be huge.
    """
    shorter = min(width, height)
    box = []
    for before, wanted in ((width, wanted_width), (height, wanted_height)):
        after = before * side // shorter
        first = (after - wanted) // 2
        box.append((first * before / after, min((first + wanted) * before / after, before)))
    (left, right), (top, bottom) = box
    return left, top, right, bottom


def _nearest(before: int, after: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return which of ``before`` pixels each of ``after`` shows, as in Turi Create.

    There the centres of the first and the last pixels coincide; in Pillow their edges do.
    """
    import numpy as np

    return np.floor(np.linspace(0, before - 1, after) + 0.5).astype(np.intp)
