"""Why a picture cannot be read, in plain words."""

from __future__ import annotations

import errno
import re
from typing import Any

from ..errors import MissingFileError, UnreadableImageError
from .formats import ENDINGS, FORMATS, NAMES, NEVER_READ, ending_of, remedy, sniff
from .opened import TRUNCATED

# Bytes of a file's start that show what it is.
START = 512

_BY_ERRNO = {
    errno.EACCES: "there is no permission to read it",
    errno.EPERM: "there is no permission to read it",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "it is a link that leads in a circle",
    errno.ENAMETOOLONG: "its path is too long",
    errno.ENXIO: "it is a device, not a file",
    errno.EIO: "the disk fails to read it",
}
# First bytes, and what begins so.
_STARTS = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\1\0", "an icon (ICO)"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\0\0\x01\xba", "a video"),
    (b"\0\0\x01\xb3", "a video"),
    (b"\x30\x26\xb2\x75", "a video"),
    (b"FLV\x01", "a video"),
    (b"version https://git-lfs", "a Git LFS pointer, whose picture was not fetched"),
)
_HTML = re.compile(rb"<(!doctype html|html|head|body|title|script)\b", re.IGNORECASE)


def reason_of(error: object) -> str:
    """Return in one line, without the path, why a picture cannot be read, from any error."""
    if isinstance(error, UnreadableImageError):
        return error.reason
    if isinstance(error, (MissingFileError, FileNotFoundError)):
        return "the file does not exist"
    known = _BY_ERRNO.get(getattr(error, "errno", None) or 0)
    reason = known or getattr(error, "strerror", None) or str(error)
    if str(reason).startswith("image file is truncated"):
        # Pillow's message has a number of bytes that helps nobody.
        reason = TRUNCATED
    elif type(error).__name__ == "DecompressionBombError":
        # A plugin raised it before the size could be tested here.
        reason = "it promises more pixels than twice PIL.Image.MAX_IMAGE_PIXELS"
    elif isinstance(error, MemoryError):
        reason = "it takes more memory than there is"
    elif not isinstance(error, (OSError, ValueError, SyntaxError)) or not reason:
        # The text of other errors alone says little: "index out of range", "'Exif'".
        reason = f"it is damaged ({type(error).__name__}: {reason})"
    return " ".join(str(reason).split())


def of_content(start: bytes, name: str) -> str:
    """Return why no plugin opens a file, by its first bytes and its name."""
    if not start:
        return "it is empty"
    shown = sniff(start)
    kind = _kind_of(start) if shown is None else None
    if kind is not None:
        return f"not a picture, but {kind}"
    format = shown or ENDINGS.get(ending_of(name))
    if format in NEVER_READ:
        return f"not a picture that can be read: {NEVER_READ[format]}"
    known = NAMES.get(format or "", format)
    if format is not None and remedy(format):
        return f"it is a {known} picture; to read it: {remedy(format)}"
    if shown is not None:
        return f"it is a {known} picture, which this Pillow does not read"
    names = ", ".join(NAMES.get(name, name) for name in FORMATS)
    return f"not a picture that can be read ({names})"


def _kind_of(start: bytes) -> str | None:
    """Return what a file is instead of a picture, or None if that is unknown."""
    for signature, kind in _STARTS:
        if start.startswith(signature):
            return kind
    if start[4:8] == b"ftyp" or start[:4] + start[8:12] == b"RIFFAVI ":
        return "a video"
    if not start.strip(b"\0"):
        return "a file of zeros, which was never written"
    if b"<svg" in start:
        return "a drawing (SVG)"
    if _HTML.search(start):
        return "HTML"
    return "text" if _is_text(start) else None


def _is_text(start: bytes) -> bool:
    try:
        # The last letter may be cut.
        text = start.decode("utf-8", "strict" if len(start) < START else "ignore")
    except UnicodeDecodeError:
        return False
    shown: Any = (letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text)
    return all(shown) and len(text.encode()) > len(start) - 4
