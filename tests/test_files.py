"""Frames saved and loaded: every type of column, missing values, and what cannot be kept."""

from __future__ import annotations

import array
import builtins
import datetime

import numpy as np
import pytest
from conftest import draw

from lookalike import portable

DAY = datetime.datetime(2020, 1, 2, 3, 4, 5)
NAN = float("nan")


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        [1, None],
        [1.5, None],
        [1e-300, float("inf")],
        ["é", "名", "", None],
        [[1.0, 2.0], [3.0, 4.0]],
        [[1.0, 2.0], [3.0], None],
        [["a", 1, None], [], None],
        [{"k": 1, "l": "x"}, {}, None],
        [DAY, None],
        [],
    ],
)
def test_a_column_comes_back_as_it_was(tc, tmp_path, values):
    saved = tc.SFrame({"a": values})
    saved.save(str(tmp_path / "frame"))
    loaded = tc.load_sframe(str(tmp_path / "frame"))
    assert loaded.column_types() == saved.column_types()
    assert list(loaded) == list(saved)


def test_nan_and_missing_numbers_are_kept_apart(tc, tmp_path):
    tc.SFrame({"a": [NAN, None, 1.0]}).save(str(tmp_path / "frame"))
    assert str(tc.load_sframe(str(tmp_path / "frame"))["a"]) == "[nan, None, 1.0]"


def test_columns_come_back_in_their_order_and_types(tc, tmp_path):
    saved = tc.SFrame({"b": tc.SArray([], str)}).add_column(tc.SArray([], int), "a")
    saved.save(str(tmp_path / "frame"))
    loaded = tc.load_sframe(str(tmp_path / "frame"))
    assert loaded.column_names() == ["b", "a"]
    assert loaded.column_types() == [str, int]


def test_an_empty_frame_comes_back(tc, tmp_path):
    tc.SFrame().save(str(tmp_path / "frame"))
    assert tc.load_sframe(str(tmp_path / "frame")).shape == (0, 0)


def test_a_frame_is_made_of_the_folder_that_it_was_saved_in(tc, tmp_path):
    tc.SFrame({"a": [1]}).save(str(tmp_path / "frame"))
    assert list(tc.SFrame(str(tmp_path / "frame"))) == [{"a": 1}]


def test_pictures_come_back_with_their_pixels(tc, tmp_path):
    image = tc.Image(str(draw(tmp_path / "a.png")))
    pixels = np.arange(24, dtype=np.uint8)
    raw = tc.Image(
        _image_data=pixels.tobytes(),
        _width=4,
        _height=2,
        _channels=3,
        _format_enum=2,
        _image_data_size=24,
    )
    tc.SFrame({"image": [image, None, raw]}).save(str(tmp_path / "frame"))
    loaded = tc.load_sframe(str(tmp_path / "frame"))["image"]
    assert loaded[1] is None
    np.testing.assert_array_equal(loaded[0].pixel_data, image.pixel_data)
    np.testing.assert_array_equal(loaded[2].pixel_data, pixels.reshape(2, 4, 3))


def test_loading_what_is_not_there_is_an_os_error(tc, tmp_path):
    with pytest.raises(OSError, match="nothing"):
        tc.load_sframe(str(tmp_path / "nothing"))


@pytest.mark.portable
def test_pictures_given_as_bytes_are_saved_with_the_frame(tmp_path):
    from lookalike.portable import Image, SFrame, load_sframe

    path = draw(tmp_path / "a.jpg")
    content = path.read_bytes()
    SFrame({"image": [Image(content), Image(str(path)), Image(content)]}).save(str(tmp_path / "f"))
    path.unlink()
    loaded = load_sframe(str(tmp_path / "f"))["image"]
    assert [loaded[0]._image_data, loaded[2]._image_data] == [content, content]
    assert loaded[1].path == str(path)


@pytest.mark.portable
def test_pictures_are_found_again_from_another_folder(tmp_path, monkeypatch):
    from lookalike.portable import Image, SFrame, load_sframe

    draw(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    SFrame({"image": [Image("a.png")]}).save("frame")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_sframe("../frame")["image"][0].width == 64


@pytest.mark.portable
def test_vectors_keep_their_precision(tmp_path):
    from lookalike.portable import SFrame, load_sframe

    matrix = np.random.default_rng(0).random((5, 3), dtype=np.float32)
    SFrame({"v": matrix}).save(str(tmp_path / "frame"))
    loaded = load_sframe(str(tmp_path / "frame"))["v"].to_numpy()
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, matrix)


@pytest.mark.portable
@pytest.mark.parametrize("value", [{1: "a"}, {"a": (1, "b")}, ["a", DAY], {"a": np.zeros(2)}])
def test_what_json_would_change_is_not_saved(tmp_path, value):
    from lookalike.portable import SFrame, ToolkitError

    with pytest.raises(ToolkitError, match="The column 'a' cannot be saved"):
        SFrame({"a": [value]}).save(str(tmp_path / "frame"))
    assert not (tmp_path / "frame").exists()


@pytest.mark.portable
def test_a_frame_takes_the_place_of_one_that_was_saved_there(tmp_path):
    from lookalike.portable import SFrame, load_sframe

    for values in ([1, 2], [3]):
        SFrame({"a": values}).save(str(tmp_path / "frame"))
    assert list(load_sframe(str(tmp_path / "frame"))["a"]) == [3]


@pytest.mark.portable
def test_another_folder_is_left_alone(tmp_path):
    from lookalike.portable import SFrame, ToolkitError

    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ToolkitError, match="not saved by lookalike"):
        SFrame({"a": [1]}).save(str(tmp_path))
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "kind", ["int", "float", "str", "list", "dict", "array", "datetime", "Image"]
)
@pytest.mark.parametrize("rows", [1, 3])
def test_a_column_of_none_alone_comes_back(tc, tmp_path, kind, rows):
    types = {"array": array.array, "datetime": datetime.datetime, "Image": tc.Image}
    column = tc.SArray([None] * rows, types.get(kind) or getattr(builtins, kind))
    frame = tc.SFrame({"n": range(rows)}).add_column(column, "a")
    frame.save(str(tmp_path / "frame"))
    loaded = tc.load_sframe(str(tmp_path / "frame"))["a"]
    assert (loaded.dtype, list(loaded)) == (column.dtype, [None] * rows)


@pytest.mark.portable
def test_a_frame_can_be_a_folder_of_any_name(tmp_path):
    place = str(tmp_path / "frame.csv")
    portable.SFrame({"a": [1]}).save(place, format="binary")
    assert list(portable.load_sframe(place)["a"]) == [1]
