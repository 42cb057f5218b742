"""The other formats, opened by Pillow's plugins; HEIC and camera raw by packages of their own."""

from __future__ import annotations

import io
import re
from importlib import import_module
from typing import IO, Any

from . import failures, formats, gif, jpeg, tiff
from .opened import Opened
from .pixels import EXIF_ORIENTATION

# Formats that their libraries want in memory as a whole, and more bytes than their pictures have.
WHOLE = ("WEBP", "AVIF", "HEIF", "JXL", "RAW")
MAX_WHOLE = 1 << 29
# Formats that Pillow's plugins know better than ``formats.sniff``.
UNSIGNED = ("BMP", "TIFF", "PPM")
# A PPM's first letters, and its size behind comments, which Pillow reads byte by byte.
NETPBM = re.compile(rb"P[1-6fFy][\s#]")
NETPBM_SIZE = re.compile(rb"P.\s*(?:#[^\r\n]*[\r\n]\s*)*\d+\s+(?:#[^\r\n]*[\r\n]\s*)*\d+\s")
MAX_NETPBM_HEADER = 65536
# To which EXIF orientation LibRaw's number of a turn belongs.
FLIPS = {0: 1, 3: 3, 5: 8, 6: 6}


def opened(file: IO[bytes], start: bytes, name: str | None, path: str) -> tuple[str, Opened]:
    """Open a picture by the plugin of its format, and return the format too.

    Parameters
    ----------
    name : str or None
        The format, where the first bytes show it.

    Raises
    ------
    ValueError
        If it is no picture that can be read; others by the plugins, for damaged headers.
    """
    if name in WHOLE:
        file = _whole(file, name)
    if name == "RAW" and not formats.remedy(name):
        return name, _preview(file)
    if name == "GIF":
        file = gif.first_picture(file)
    elif NETPBM.match(start) and not NETPBM_SIZE.match(file.read(MAX_NETPBM_HEADER)):
        raise ValueError("it is damaged: its header has no size")
    file.seek(0)
    for format, (factory, accepts) in _plugins(name).items():
        accepted = accepts is None or accepts(start)
        if isinstance(accepted, str):
            # Pillow knows the format, but was built without it.
            raise ValueError(accepted)
        if accepted and format == "TIFF":
            return format, tiff.opened(factory, file)
        if accepted:
            # Given no file name, Pillow does not map the file into memory, where one that shrinks
            # would end the process.
            try:
                image = factory(file, "")
            except SyntaxError as error:
                kind = formats.NAMES.get(format, format)
                raise ValueError(f"its {kind} header is damaged: {error}") from error
            return format, Opened(image, image.load)
    raise ValueError(failures.of_content(start, path))


def _plugins(name: str | None) -> dict[str, tuple[Any, Any]]:
    """Return Pillow's plugins that may open a file: what makes the image, and what accepts it."""
    from PIL import Image

    plugins: dict[str, tuple[Any, Any]] = Image.OPEN
    names = UNSIGNED if name is None else (name,)
    found = {name: plugins[name] for name in names if name in plugins}
    if name == "HEIF" and not found and not formats.remedy(name):
        # Not registered with Pillow, which is not ours alone.
        found["HEIF"] = (import_module("pi_heif").HeifImageFile, None)
    return found


def _whole(file: IO[bytes], name: str) -> IO[bytes]:
    """Return a file in memory: as far as a WebP says that it goes, or all of it."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if name == "WEBP":
        size = min(size, 8 + int.from_bytes(file.read(8)[4:], "little"))
        file.seek(0)
    if size > MAX_WHOLE:
        raise ValueError(f"it is larger than {MAX_WHOLE / 1e6:,.0f} MB")
    return io.BytesIO(file.read(size))


def _preview(file: IO[bytes]) -> Opened:
    """Open the preview that a camera puts into its raw file, upright as the camera was held."""
    from PIL import Image

    rawpy: Any = import_module("rawpy")

    none = rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError
    try:
        with rawpy.imread(file) as raw:
            preview, flip = raw.extract_thumb(), raw.sizes.flip
    except none as error:
        raise ValueError("it has no preview, by which camera raw files are read") from error
    except rawpy.LibRawError as error:
        raise ValueError("it is damaged, or of a camera that LibRaw does not know") from error
    if preview.format == rawpy.ThumbFormat.JPEG:
        found = jpeg.opened(io.BytesIO(preview.data))
    else:
        image = Image.fromarray(preview.data)
        found = Opened(image, image.load)
    if "exif" not in found.image.info:
        turn = Image.Exif()
        turn[EXIF_ORIENTATION] = FLIPS.get(flip, 1)
        found.image.info["exif"] = turn.tobytes()
    return found
