"""The formats of pictures: their endings, their first bytes, and what else has to be installed.

Formats are an allowlist: no file is opened that starts another program (EPS) or reads other files.
Other kinds of pictures, and videos, are known too, so that a message can name what is not read.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from importlib.util import find_spec
from typing import Iterable, Mapping

from ..errors import install_hint

# Pillow reads AVIF from 11.3 on; before, such a file is a named failure.
_ENDINGS_OF = {
    "JPEG": ".jpg .jpeg .jpe .jfif",
    "PNG": ".png",
    "WEBP": ".webp",
    "GIF": ".gif",
    "BMP": ".bmp .dib",
    "TIFF": ".tif .tiff",
    "PPM": ".ppm .pgm .pbm .pnm",
    "AVIF": ".avif",
    "JPEG2000": ".jp2 .j2k .j2c .jpc .jpf .jpx",
    "HEIF": ".heic .heif .hif .heics .heifs",
    "JXL": ".jxl",
    "RAW": ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef "
    ".raf .rw2 .rwl .sr2 .srf .srw .x3f",
    "video": ".3gp .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .webm .wmv",
    "picture": ".ai .dds .eps .exr .hdr .ico .jxr .pcx .psb .psd .svg .tga .wdp .xcf",
}
ENDINGS = {ending: name for name, all_ in _ENDINGS_OF.items() for ending in all_.split()}
# What nothing reads, by its ending.
NEVER_READ = {"video": "videos are not read", "picture": "such pictures are not read"}
FORMATS = tuple(name for name in _ENDINGS_OF if name not in NEVER_READ)
# What people call them.
NAMES = {"HEIF": "HEIC", "JPEG2000": "JPEG 2000", "JXL": "JPEG XL", "RAW": "camera raw"}
# The package that Pillow lacks for a format, and the extra that brings it.
PACKAGES = {"HEIF": ("pi_heif", "heic"), "RAW": ("rawpy", "raw")}

_STARTS = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "JPEG2000": (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "JXL": (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
    "RAW": (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb"),
}
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "HEIF"),
    **dict.fromkeys((b"hevm", b"hevs"), "HEIF"),
    b"crx ": "RAW",
}


def sniff(start: bytes) -> str | None:
    """Return the format that a file's first bytes (12 or more) show beyond doubt, or None.

    BMP, TIFF and PPM are known by their ending, or to Pillow: they begin with two common letters,
    or as camera raw files do.
    """
    for name, starts in _STARTS.items():
        if start.startswith(starts):
            return name
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[4:8] == b"ftyp":
        return _of_brands(start)
    return "RAW" if start.startswith(_TIFF_STARTS) and start[8:10] == b"CR" else None


def _of_brands(start: bytes) -> str | None:
    """Return the format of a container (ISO 14496-12) by the brands that it lists."""
    brand = start[8:12]
    if brand in (b"mif1", b"msf1"):
        # They mean an image of any kind; the brands behind say which.
        end = min(len(start), int.from_bytes(start[:4], "big"))
        others = (start[place : place + 4] for place in range(16, end, 4))
        brand = next((other for other in others if other in _BRANDS), b"heic")
    return _BRANDS.get(brand)


def format_of(start: bytes, name: str | os.PathLike[str] = "") -> str | None:
    """Return the format of a file, by its first bytes, or else its ending; None if it has none.

    The formats that are not read are ``'video'`` and ``'picture'``.
    """
    return sniff(start) or ENDINGS.get(ending_of(name))


def ending_of(name: str | os.PathLike[str], format: str | None = None) -> str:
    """Return a name's ending, from the last point on, in small letters.

    If it is no picture's ending, and a ``format`` is given, return that format's first ending.
    """
    ending = os.path.splitext(os.fspath(name))[1].lower()
    return ending if format is None or ending in ENDINGS else _ENDINGS_OF[format].split()[0]


def is_raw(start: bytes, name: str | os.PathLike[str]) -> bool:
    """Return whether a file is camera raw; most of them begin as a TIFF does."""
    named = ENDINGS.get(ending_of(name)) == "RAW" and start.startswith(_TIFF_STARTS)
    return named or sniff(start) == "RAW"


def remedy(name: str) -> str:
    """Return what to do so that files of a format can be read; empty if they can be."""
    if name in PACKAGES:
        package, extra = PACKAGES[name]
        has_plugin = name in _pillows_formats() or find_spec(package) is not None
        return "" if has_plugin else install_hint(extra)
    if name == "JXL" and name not in _pillows_formats():
        return "import a Pillow plugin for it first, as pillow_jxl is one"
    return ""


def passed_over(endings: Mapping[str, int]) -> str:
    """Return how many files of known formats are not read, by ending, and what can be done.

    Examples
    --------
    >>> passed_over({".mp4": 2, ".mov": 1})
    '3 files were passed over: 2 .mp4, 1 .mov (videos are not read)'
    """
    groups: dict[str, Counter[str]] = {}
    for ending, count in endings.items():
        format = ENDINGS[ending]
        what_to_do = NEVER_READ.get(format) or f"to read them: {remedy(format)}"
        groups.setdefault(what_to_do, Counter())[ending] += count
    parts = (
        ", ".join(f"{count:,} {ending}" for ending, count in group.most_common()) + f" ({reason})"
        for reason, group in groups.items()
    )
    total = sum(endings.values())
    files = "1 file was" if total == 1 else f"{total:,} files were"
    return f"{files} passed over: {'; '.join(parts)}"


def _pillows_formats() -> Iterable[str]:
    """Return the formats that plugins are registered for; none before Pillow is imported."""
    pil = sys.modules.get("PIL.Image")
    return () if pil is None else pil.OPEN
