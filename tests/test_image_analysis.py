"""``tc.image_analysis``: folders of pictures, other sizes, and features, on either engine."""

from __future__ import annotations

import array
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import PORTABLE, draw
from encoded import COLOUR, GREY, HEIGHT, RAW, TRANSPARENT, WIDTH, encode, raw_image

from lookalike import portable
from lookalike.errors import (
    MissingFileError,
    ToolkitError,
    UnreadableImageError,
    UnreadableImageWarning,
)

PNG = 1
# Each engine's network that is there without a download.
NETWORK = "efficientnet-lite0" if PORTABLE else "resnet-50"


def names(data) -> list[str]:
    """Return the files of a frame, without their folders, in its order."""
    return [Path(path).name for path in data["path"]]


# load_images.


def test_a_folder_s_pictures_are_found_and_other_files_passed_over(tc, folder, capfd):
    data = tc.image_analysis.load_images(str(folder))
    assert data.column_names() == ["path", "image"]
    assert data.column_types() == [str, tc.Image]
    assert sorted(names(data)) == ["a.png", "b.jpg", "c.jpeg", "d.png"]
    assert [data["image"][row].width for row in range(4)] == [64] * 4
    assert capfd.readouterr().out == ""


def test_subfolders_can_be_left_alone(tc, folder):
    data = tc.image_analysis.load_images(str(folder), recursive=False)
    assert sorted(names(data)) == ["a.png", "b.jpg", "c.jpeg"]


def test_paths_can_be_left_out(tc, folder):
    data = tc.image_analysis.load_images(str(folder), with_path=False)
    assert data.column_names() == ["image"] and len(data) == 4


def test_one_picture_can_be_loaded(tc, folder):
    data = tc.image_analysis.load_images(str(folder / "a.png"))
    assert names(data) == ["a.png"]


def test_random_order_loads_the_same_pictures(tc, folder):
    data = tc.image_analysis.load_images(str(folder), random_order=True)
    assert sorted(names(data)) == ["a.png", "b.jpg", "c.jpeg", "d.png"]


def test_a_folder_without_pictures_gives_no_rows_of_the_same_types(tc, tmp_path):
    data = tc.image_analysis.load_images(str(tmp_path))
    assert data.shape == (0, 2) and data.column_types() == [str, tc.Image]


@pytest.mark.parametrize(
    ("format", "found"),
    [("PNG", ["a.png", "d.png", "named.jpg"]), ("JPG", ["b.jpg", "c.jpeg"])],
)
def test_pictures_of_one_format_are_kept_by_their_content(tc, folder, format, found):
    shutil.copy(str(folder / "a.png"), str(folder / "named.jpg"))
    data = tc.image_analysis.load_images(str(folder), format=format)
    assert sorted(names(data)) == found


def test_endings_may_be_in_capitals(tc, tmp_path):
    draw(tmp_path / "A.PNG")
    draw(tmp_path / "B.JPG")
    assert sorted(names(tc.image_analysis.load_images(str(tmp_path)))) == ["A.PNG", "B.JPG"]


def test_a_missing_folder_is_a_toolkit_error(tc, tmp_path):
    with pytest.raises(RuntimeError, match="nowhere"):
        tc.image_analysis.load_images(str(tmp_path / "nowhere"))


def test_a_failure_that_is_not_ignored_is_a_toolkit_error(tc, folder):
    (folder / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(RuntimeError):
        tc.image_analysis.load_images(str(folder), ignore_failure=False)


@pytest.mark.differs("paths")
def test_paths_are_in_order_and_as_the_folder_was_given(tc, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    data = tc.image_analysis.load_images("./pictures/")
    assert list(data["path"]) == [
        str(Path("pictures", *parts))
        for parts in (["a.png"], ["b.jpg"], ["c.jpeg"], ["sub", "d.png"])
    ]


@pytest.mark.differs("paths")
def test_a_path_object_and_the_home_folder_are_known(tc, folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    assert len(tc.image_analysis.load_images(Path("~/pictures"))) == 4


@pytest.mark.differs("unreadable")
def test_a_picture_that_cannot_be_read_keeps_its_row(tc, folder):
    (folder / "broken.jpg").write_bytes(b"no picture")
    data = tc.image_analysis.load_images(folder)
    assert names(data) == ["a.png", "b.jpg", "broken.jpg", "c.jpeg", "d.png"]
    with pytest.raises(UnreadableImageError, match=r"broken\.jpg: not a picture"):
        data["image"][2].pixel_data  # noqa: B018 - it is read to raise


@pytest.mark.differs("formats")
def test_today_s_formats_and_pictures_without_an_ending_are_found(tc, tmp_path):
    for number, format in enumerate(["GIF", "BMP", "WEBP", "TIFF", "PPM"]):
        (tmp_path / f"{number}.{format.lower()}").write_bytes(encode(COLOUR, format))
    (tmp_path / "5").write_bytes(encode(COLOUR, "JPEG"))
    (tmp_path / "6.txt").write_bytes(b"BM, the first letters of a note")
    data = tc.image_analysis.load_images(tmp_path)
    assert [name[0] for name in names(data)] == list("012345")
    assert all(image.channels == 3 for image in data["image"])


@pytest.mark.differs("formats")
def test_hidden_files_and_folders_are_passed_over(tc, folder):
    for name in (".hidden.png", "._a.png", ".trash/e.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(str(folder / "a.png"), str(folder / name))
    (folder / "folder.jpg").mkdir()
    assert names(tc.image_analysis.load_images(folder)) == ["a.png", "b.jpg", "c.jpeg", "d.png"]


@pytest.mark.portable
def test_an_unknown_format_says_which_there_are(folder):
    with pytest.raises(ToolkitError, match=r"one of auto, JPG, PNG; found 'GIF'"):
        portable.image_analysis.load_images(folder, format="GIF")


@pytest.mark.portable
def test_loading_opens_no_file_that_is_named_as_a_picture(folder):
    code = """if True:
        import os, sys
        from lookalike import portable
        def note(event, arguments):
            if event == "open" and str(arguments[0]).startswith(sys.argv[1]):
                print(os.path.basename(arguments[0]))
        sys.addaudithook(note)
        portable.image_analysis.load_images(sys.argv[1])
    """
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["notes.txt"]


@pytest.mark.portable
@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_folders_that_links_lead_to_again_are_seen_once(folder):
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "other").symlink_to(folder / "sub")
    (folder / "circle").symlink_to(folder / "circle")
    draw(folder.parent / "elsewhere" / "e.png")
    (folder / "link").symlink_to(folder.parent / "elsewhere")
    (folder / "f.png").symlink_to(folder.parent / "elsewhere" / "e.png")
    data = portable.image_analysis.load_images(folder)
    assert names(data) == ["a.png", "b.jpg", "c.jpeg", "f.png", "e.png", "d.png"]


@pytest.mark.portable
@pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")
def test_pipes_are_passed_over_and_broken_links_are_rows(folder):
    os.mkfifo(folder / "pipe.jpg")
    (folder / "broken.jpg").symlink_to(folder / "nothing")
    data = portable.image_analysis.load_images(folder)
    assert names(data) == ["a.png", "b.jpg", "broken.jpg", "c.jpeg", "d.png"]
    with pytest.raises(MissingFileError, match=r"broken\.jpg does not exist"):
        portable.image_analysis.load_images(folder, ignore_failure=False)


@pytest.mark.portable
def test_a_folder_that_may_not_be_looked_into_is_named_in_a_warning(folder, monkeypatch):
    scandir = os.scandir

    def deny_sub(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deny_sub)
    with pytest.warns(
        UnreadableImageWarning, match=r"Cannot look into .*sub: there is no permission"
    ) as caught:
        data = portable.image_analysis.load_images(folder)
    assert caught[0].filename == __file__
    assert names(data) == ["a.png", "b.jpg", "c.jpeg"]


# resize.


def nearest(before: int, after: int) -> np.ndarray:
    """Which of ``before`` pixels each of ``after`` is, when the outermost centres coincide."""
    return np.array([int(i * (before - 1) / max(after - 1, 1) + 0.5) for i in range(after)])


@pytest.mark.parametrize("size", [(7, 5), (160, 96), (33, 131), (WIDTH, HEIGHT), (1, 1)])
def test_the_nearest_pixels_are_those_of_turi_create(tc, size):
    width, height = size
    resized = tc.image_analysis.resize(raw_image(tc, COLOUR), width, height, decode=True)
    assert (resized.width, resized.height, resized.channels) == (width, height, 3)
    expected = COLOUR[nearest(HEIGHT, height)][:, nearest(WIDTH, width)]
    assert (resized.pixel_data == expected).all()


@pytest.mark.parametrize(("decode", "number"), [(False, PNG), (True, RAW)])
@pytest.mark.parametrize("resample", ["nearest", "bilinear"])
def test_resized_images_are_encoded_unless_decode_is_on(tc, decode, number, resample):
    image = raw_image(tc, COLOUR)
    resized = tc.image_analysis.resize(image, 20, 12, decode=decode, resample=resample)
    assert resized._format_enum == number and resized.pixel_data.shape == (12, 20, 3)
    assert (image.width, image.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("pixels", [GREY, COLOUR, TRANSPARENT], ids=["grey", "colour", "alpha"])
def test_the_number_of_channels_can_be_chosen(tc, pixels, channels):
    image = raw_image(tc, pixels)
    resized = tc.image_analysis.resize(image, 20, 12, channels, decode=True)
    assert resized.channels == channels
    assert resized.pixel_data.shape == ((12, 20) if channels == 1 else (12, 20, channels))
    kept = tc.image_analysis.resize(image, 20, 12)
    assert kept.channels == image.channels


def test_grey_becomes_colour_and_opaque(tc):
    image = raw_image(tc, GREY)
    resized = tc.image_analysis.resize(image, WIDTH, HEIGHT, 4, decode=True).pixel_data
    assert (resized == np.dstack([GREY, GREY, GREY, np.full_like(GREY, 255)])).all()


def test_colour_becomes_grey_by_its_brightness(tc):
    image = raw_image(tc, COLOUR)
    grey = tc.image_analysis.resize(image, WIDTH, HEIGHT, 1, decode=True).pixel_data
    assert np.abs(grey - COLOUR @ [0.299, 0.587, 0.114]).max() < 2


@pytest.mark.differs("orientation")
def test_transparent_pixels_become_white_where_there_is_no_transparency(tc):
    image = raw_image(tc, TRANSPARENT)
    resized = tc.image_analysis.resize(image, WIDTH, HEIGHT, 3, decode=True).pixel_data
    assert (resized[:, :20] == 255).all() and (resized[:, 30:] == COLOUR[:, 30:]).all()


@pytest.mark.differs("bilinear")
def test_bilinear_is_antialiased(tc):
    stripes = np.zeros((60, 90, 3), np.uint8)
    stripes[:, ::2] = 255
    small = tc.image_analysis.resize(
        raw_image(tc, stripes), 9, 6, decode=True, resample="bilinear"
    ).pixel_data
    assert np.abs(small.astype(int) - 127).max() <= 20


def test_an_sarray_is_resized_to_colour_and_keeps_what_is_missing(tc):
    images = tc.SArray([raw_image(tc, GREY), None, raw_image(tc, COLOUR)])
    resized = tc.image_analysis.resize(images, 20, 12)
    assert resized.dtype is tc.Image and len(resized) == 3
    assert [image and image.channels for image in resized] == [3, None, 3]
    grey = tc.image_analysis.resize(images, 20, 12, channels=1)
    assert [image and image.channels for image in grey] == [1, None, 1]


@pytest.mark.differs("unreadable")
def test_what_cannot_be_read_is_missing_among_resized_images_and_named(tc, folder):
    (folder / "broken.jpg").write_bytes(b"no picture")
    images = tc.image_analysis.load_images(folder)["image"]
    with pytest.warns(UnreadableImageWarning, match=r"row 2, .*broken\.jpg") as caught:
        resized = tc.image_analysis.resize(images, 20, 12)
    assert [image is None for image in resized] == [False, False, True, False, False]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("what", [3, None, "a.jpg"])
def test_only_images_can_be_resized(tc, what):
    with pytest.raises(ValueError, match="SArray"):
        tc.image_analysis.resize(what, 20, 12)


@pytest.mark.parametrize("size", [(-1, 5), (5, -1)])
def test_a_negative_size_is_a_value_error(tc, size):
    with pytest.raises(ValueError, match=r"negative|of 1 or more; found"):
        tc.image_analysis.resize(raw_image(tc, COLOUR), *size)


def test_an_unknown_way_to_resample_is_a_value_error(tc):
    with pytest.raises(ValueError, match=r"resample.*bicubic"):
        tc.image_analysis.resize(raw_image(tc, COLOUR), 20, 12, resample="bicubic")


@pytest.mark.parametrize(("channels", "error"), [(0, ValueError), (2, RuntimeError)])
def test_other_numbers_of_channels_are_errors(tc, channels, error):
    with pytest.raises(error, match="channel"):
        tc.image_analysis.resize(raw_image(tc, COLOUR), 20, 12, channels)


# get_deep_features.


def test_features_are_a_vector_for_each_image(tc):
    images = tc.SArray([raw_image(tc, COLOUR), raw_image(tc, GREY), raw_image(tc, COLOUR)])
    features = tc.image_analysis.get_deep_features(images, NETWORK, verbose=False)
    assert features.dtype is array.array and len(features) == 3
    assert len(features[0]) == (1280 if PORTABLE else 2048)
    assert features[0] == features[2] != features[1]


def test_features_do_not_depend_on_the_batch_size(tc):
    images = tc.SArray([raw_image(tc, COLOUR), raw_image(tc, GREY), raw_image(tc, COLOUR[::-1])])
    one, two = (
        tc.image_analysis.get_deep_features(images, NETWORK, batch_size=size, verbose=False)
        for size in (1, 2)
    )
    assert np.allclose([list(row) for row in one], [list(row) for row in two], atol=1e-5)


def test_features_can_be_searched(tc, folder):
    data = tc.image_analysis.load_images(str(folder))
    data["features"] = tc.image_analysis.get_deep_features(data["image"], NETWORK, verbose=False)
    model = tc.image_similarity.create(
        data.select_columns(["features"]), feature="features", model=NETWORK, verbose=False
    )
    found = model.query(data["features"][:1], k=1, verbose=False)
    assert list(found["reference_label"]) == [0]
    assert list(found["distance"]) == [pytest.approx(0, abs=1e-3)]


def test_features_of_anything_but_an_sarray_are_a_type_error(tc):
    with pytest.raises(TypeError, match="SArray"):
        tc.image_analysis.get_deep_features([raw_image(tc, COLOUR)], NETWORK)


@pytest.mark.parametrize("kind", ["numbers", "nothing"])
def test_features_of_no_images_are_a_toolkit_error(tc, kind):
    values = tc.SArray([1, 2]) if kind == "numbers" else tc.SArray([], dtype=tc.Image)
    with pytest.raises(RuntimeError):
        tc.image_analysis.get_deep_features(values, NETWORK, verbose=False)


def test_features_of_an_unknown_network_are_a_toolkit_error(tc):
    with pytest.raises(RuntimeError, match="resnet-51"):
        tc.image_analysis.get_deep_features(tc.SArray([raw_image(tc, COLOUR)]), "resnet-51")


def test_a_batch_size_below_one_is_a_value_error(tc):
    with pytest.raises(ValueError, match="batch_size"):
        tc.image_analysis.get_deep_features(
            tc.SArray([raw_image(tc, COLOUR)]), NETWORK, batch_size=0
        )


@pytest.mark.differs("unreadable")
def test_what_cannot_be_read_has_no_features_and_is_named(tc, folder):
    (folder / "broken.jpg").write_bytes(b"no picture")
    images = tc.image_analysis.load_images(folder)["image"]
    with pytest.warns(UnreadableImageWarning, match=r"row 2, .*broken\.jpg: not a picture"):
        features = tc.image_analysis.get_deep_features(images, NETWORK, verbose=False)
    assert [row is None for row in features] == [False, False, True, False, False]
