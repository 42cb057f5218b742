"""Why a picture cannot be read, in plain words, and the same words everywhere."""

from __future__ import annotations

import errno
import os

import pytest
from encoded import COLOUR, encode

from lookalike.display import markup, tiles
from lookalike.display.thumbnails import thumbnail
from lookalike.errors import MissingFileError, UnreadableImageError
from lookalike.images import decode, failures

HTML = b"\r\n <!DOCTYPE html>\n<html><head><title>404</title></head></html>"
KINDS = {
    "empty": (b"", "it is empty"),
    "html": (HTML, "not a picture, but HTML"),
    "small html": (b"<HTML lang=de>", "not a picture, but HTML"),
    "html with a mark": (b"\xef\xbb\xbf" + HTML, "not a picture, but HTML"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "not a picture, but a PDF document"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF", "not a picture, but a PostScript document"),
    "json": (b'{"error": "denied"}', "not a picture, but text"),
    "text": ("kein Bild, größer\n".encode() * 60, "not a picture, but text"),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "not a picture, but a video"),
    "quicktime": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "not a picture, but a video"),
    "avi": (b"RIFF\x24\0\0\0AVI LIST", "not a picture, but a video"),
    "zip": (b"PK\x03\x04\x14\0", "not a picture, but a ZIP archive or an office document"),
    "ico": (b"\0\0\1\0\1\0" + bytes(99), "not a picture, but an icon (ICO)"),
    "psd": (b"8BPS\0\1" + b"\0" * 99, "not a picture, but a Photoshop document"),
    "svg": (b'<?xml version="1.0"?><svg><image href="/etc/passwd"/></svg>', "a drawing (SVG)"),
    "zeros": (bytes(5000), "not a picture, but a file of zeros, which was never written"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
    "noise": (bytes(range(128, 256)), "not a picture that can be read (JPEG, PNG"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_picture_is_named(kind, tmp_path):
    content, reason = KINDS[kind]
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    for read in (decode.read, decode.read_header):
        for source in (path, content):
            with pytest.raises(UnreadableImageError) as caught:
                read(source)
            assert reason in caught.value.reason and caught.value.reason.isprintable()
            assert failures.reason_of(caught.value) == caught.value.reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", r"a HEIC picture; to read it: pip.*heic"),
        ("a.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", r"a HEIC picture; to read it: pip.*heic"),
        ("a.nef", b"MM\0*\0\0\0\x08" + bytes(90), r"a camera raw picture; to read it: pip.*raw"),
        ("a.jxl", b"\xff\x0a" + bytes(9), "a JPEG XL picture; to read it: import a Pillow plugin"),
        ("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0", "not a picture, but a video"),
        ("a.mkv", b"\xfe\xdc\xba", "videos are not read"),
    ],
)
def test_a_format_that_needs_more_says_what_to_install(
    name, content, reason, tmp_path, without_packages
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableImageError, match=reason):
        decode.read(tmp_path / name)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnreadableImageError("a", "it is empty"), "it is empty"),
        (MissingFileError("a", "The picture a does not exist."), "the file does not exist"),
        (FileNotFoundError(errno.ENOENT, "No such file"), "the file does not exist"),
        (PermissionError(errno.EACCES, "denied", "a"), "there is no permission to read it"),
        (OSError(errno.ELOOP, "Too many levels", "a"), "it is a link that leads in a circle"),
        (OSError(errno.ENAMETOOLONG, "long"), "its path is too long"),
        (OSError(errno.EMFILE, "Too many open files", "a"), "Too many open files"),
        (MemoryError(), "it takes more memory than there is"),
        (ValueError("two\nlines"), "two lines"),
        (ValueError(), "it is damaged (ValueError: )"),
        (IndexError("out of range"), "it is damaged (IndexError: out of range)"),
    ],
)
def test_every_error_has_a_reason_of_one_line_without_its_path(error, reason):
    assert failures.reason_of(error) == reason


def test_thumbnails_and_displays_say_the_same(tmp_path):
    path = tmp_path / "page.jpg"
    path.write_bytes(HTML)
    with pytest.raises(UnreadableImageError) as caught:
        thumbnail(str(path), 50)
    assert "not a picture, but HTML" in markup.reason_of(caught.value)
    reason, encoded = tiles.large_picture({"path": str(path)})
    assert "not a picture, but HTML" in reason["reason"] and encoded == b""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(tmp_path):
    path = tmp_path / "mine.jpg"
    path.write_bytes(encode(COLOUR, "JPEG"))
    path.chmod(0)
    with pytest.raises(UnreadableImageError, match="no permission"):
        decode.read(path)
