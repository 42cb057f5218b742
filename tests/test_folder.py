"""A folder's pictures: which files they are, and that nothing is passed over in silence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from conftest import draw
from encoded import COLOUR, encode

import lookalike
from lookalike import portable
from lookalike.errors import MissingFileError, UnreadableImageError, UnreadableImageWarning
from lookalike.images.folder import pictures_in

load_images = portable.image_analysis.load_images
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def found(place, **options) -> list[str]:
    """Return the pictures of a folder, as paths from it on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadableImageWarning)
        paths = load_images(place, **options)["path"]
    return [os.path.relpath(path, place).replace(os.sep, "/") for path in paths]


# What is passed over.


@pytest.mark.parametrize(
    "name",
    [
        "@eaDir", "#recycle", "#snapshot", "$RECYCLE.BIN", "System Volume Information",
        "lost+found", "__MACOSX", ".thumbnails", "@EADIR", "$Recycle.Bin", "LOST+FOUND",
    ],
)  # fmt: skip
def test_what_systems_keep_beside_pictures_is_passed_over(name, folder):
    for place in (folder / name, folder / "sub" / name / "a.jpg"):
        place.mkdir(parents=True)
        shutil.copy(str(folder / "a.png"), str(place / "thumb.png"))
    assert found(folder) == ["a.png", "b.jpg", "c.jpeg", "sub/d.png"]
    # Who names such a folder wants it; and a file may have such a name.
    assert found(folder / name) == ["thumb.png"]


def test_a_file_named_as_such_a_folder_is_found(tmp_path):
    (tmp_path / "lost+found").write_bytes(encode(COLOUR, "PNG"))
    assert found(tmp_path) == ["lost+found"]


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("*.png", ["b.jpg", "c.jpeg"]),
        (["sub"], ["a.png", "b.jpg", "c.jpeg"]),
        (["sub/"], ["a.png", "b.jpg", "c.jpeg"]),
        ("sub/*", ["a.png", "b.jpg", "c.jpeg"]),
        (("a.*", "*.jpeg"), ["b.jpg", "sub/d.png"]),
        ("*/d.png", ["a.png", "b.jpg", "c.jpeg"]),
        ("d.*", ["a.png", "b.jpg", "c.jpeg"]),
        ([], ["a.png", "b.jpg", "c.jpeg", "sub/d.png"]),
        ("nothing", ["a.png", "b.jpg", "c.jpeg", "sub/d.png"]),
    ],
)
def test_patterns_leave_out_names_and_paths(exclude, left, folder):
    assert found(folder, exclude=exclude) == left
    if len(left) > 2:
        assert lookalike.check(folder, exclude=exclude).pictures == len(left)


def test_files_of_known_formats_that_are_not_read_are_counted(without_packages, folder, capsys):
    for name in ("1.HEIC", "sub/2.heic", "clip.mp4", "notes.psd", "x.cr2"):
        (folder / name).write_bytes(HEIC if name.lower().endswith("heic") else b"\1\2\3")
    with pytest.warns(UnreadableImageWarning) as caught:
        assert len(load_images(folder)) == 4
    (warning,) = caught
    said = (
        '5 files were passed over: 2 .heic (to read them: pip install ".[heic]" in '
        "the clone of lookalike); "
    )
    assert str(warning.message).startswith(said) and warning.filename == __file__
    for part in ("1 .mp4 (videos are not read)", "1 .psd", "1 .cr2 (to read them: pip install"):
        assert part in str(warning.message)
    report = lookalike.check(folder)
    assert report.remarks == (str(warning.message),)
    assert said in capsys.readouterr().out


def test_a_folder_of_such_files_alone_is_an_error_that_says_what_there_is(
    without_packages, tmp_path
):
    for number in range(3):
        (tmp_path / f"IMG_{number}.HEIC").write_bytes(HEIC)
    for call in (load_images, lookalike.load_images, lookalike.check):
        with pytest.raises(MissingFileError, match=r"3 \.heic \(to read them: pip") as caught:
            call(tmp_path)
        assert "no pictures" not in str(caught.value)
    with pytest.raises(MissingFileError, match=r"1 \.heic \(to read them: pip"):
        load_images(tmp_path / "IMG_0.HEIC")
    with pytest.raises(UnreadableImageError, match="HEIC picture; to read it: pip install"):
        portable.Image(tmp_path / "IMG_0.HEIC")


def test_a_jpeg_that_is_named_as_a_heic_is_found(without_packages, tmp_path):
    (tmp_path / "shared.heic").write_bytes(encode(COLOUR, "JPEG"))
    assert found(tmp_path) == ["shared.heic"]


def test_a_heic_without_an_ending_is_counted_as_one(without_packages, folder):
    (folder / "IMG_1").write_bytes(HEIC)
    with pytest.warns(UnreadableImageWarning, match=r"1 \.heic"):
        load_images(folder)


def test_of_one_format_that_is_wanted_no_other_is_missed(without_packages, folder):
    (folder / "1.heic").write_bytes(HEIC)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_images(folder, format="PNG")) == 2


def test_todays_formats_are_rows_where_their_packages_are(folder):
    pytest.importorskip("pi_heif")
    (folder / "1.heic").write_bytes(HEIC)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "1.heic" in found(folder)


# Folders that cannot be looked into.


def test_a_folder_without_permission_is_said_once_where_nothing_else_is_there(
    tmp_path, monkeypatch
):
    def deny(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", deny)
    for call in (load_images, lookalike.check):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(MissingFileError, match=r"Cannot look into .*permission") as caught:
                call(tmp_path)
        assert "no pictures" not in str(caught.value) and str(caught.value).count("Cannot") == 1


# Shapes of folders.

POSIX = pytest.mark.skipif(os.name == "nt", reason="not on Windows")


@POSIX
def test_folders_deeper_than_python_recurses_are_walked(tmp_path):
    depth = sys.getrecursionlimit() + 50
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(depth):
            os.mkdir("d", dir_fd=here)
            inner = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        with open(os.open("deep.png", os.O_CREAT | os.O_WRONLY, dir_fd=here), "wb") as file:
            file.write(encode(COLOUR, "PNG"))
    finally:
        os.close(here)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadableImageWarning)
        try:
            names = [Path(path).name for path in load_images(tmp_path)["path"]]
        except MissingFileError as error:
            # On a system whose paths may not be that long.
            assert "too long" in str(error)
        else:
            assert names == ["deep.png"]
    # Python's own removing recurses.
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


@POSIX
def test_paths_that_grow_too_long_are_said_and_the_rest_is_found(tmp_path):
    draw(tmp_path / "a.png")
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("x" * 200, dir_fd=here)
        inner = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    with pytest.warns(UnreadableImageWarning, match=r"Cannot look into .*its path is too long"):
        assert len(load_images(tmp_path)) == 1
    shutil.rmtree(tmp_path / ("x" * 200), ignore_errors=True)


@POSIX
def test_links_in_circles_and_beside_their_files_are_no_trouble(folder):
    (folder / "self").symlink_to(folder / "self")
    (folder / "ping").symlink_to(folder / "pong")
    (folder / "pong").symlink_to(folder / "ping")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "a-link.png").symlink_to(folder / "a.png")
    (folder / "circle.png").symlink_to(folder / "circle.png")
    names = found(folder)
    assert names == ["a-link.png", "a.png", "b.jpg", "c.jpeg", "circle.png", "sub/d.png"]
    with pytest.raises(UnreadableImageError, match="a link that leads in a circle"):
        portable.Image.unread(str(folder / "circle.png")).to_pil()
    for place in (folder / "self", folder / "ping"):
        with pytest.raises(MissingFileError):
            load_images(place)


@POSIX
@pytest.mark.parametrize("name", ["two\nlines", "\x1b[2J", "~", "~nobody", " ", "-rf", "\udcff"])
def test_folders_of_odd_names_are_walked_and_named_safely(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        os.mkdir(name)
    except OSError:
        pytest.skip("this file system has no such names")
    for file in ("good.png", "broken.png"):
        (Path(name) / file).write_bytes(encode(COLOUR, "PNG") if file == "good.png" else b"")
    assert found(name) == ["broken.png", "good.png"]
    report = lookalike.check(name)
    printed = capsys.readouterr().out
    assert report.unreadable == [(os.path.join(name, "broken.png"), "it is empty")]
    assert all(line.isprintable() for line in printed.split("\n"))
    with pytest.raises(MissingFileError) as caught:
        load_images(os.path.join(name, "none"))
    assert str(caught.value).isprintable()


@pytest.mark.differs("addresses")
@pytest.mark.parametrize("place", ["https://a.org/pictures", "s3://bucket/x", "file:///tmp"])
def test_addresses_are_not_opened(place):
    for call in (load_images, lookalike.check):
        with pytest.raises(MissingFileError, match="not opened: download the files first"):
            call(place)


def test_a_listing_holds_what_it_found(folder):
    listing = pictures_in(folder)
    assert [Path(path).name for path in listing.paths] == ["a.png", "b.jpg", "c.jpeg", "d.png"]
    assert listing.remarks() == []
    assert "no pictures in the folder" in str(pictures_in(folder, exclude="*").nothing())
