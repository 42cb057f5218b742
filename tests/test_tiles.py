"""What the explorer's front end is told of a row."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from conftest import draw
from PIL import Image

from lookalike.display.tiles import Thumbnails, large_picture, tile
from lookalike.errors import MissingFileError

EVIL = "<img src=x onerror=alert(1)>.png"


def picture(number: int = 0, side: int = 300) -> Image.Image:
    pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
    return Image.fromarray(pixels)


def size_of(jpeg: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(jpeg)).size


def test_a_tile_is_the_row_in_words_and_a_thumbnail():
    row = {"rank": 1, "distance": 2.5, "id": 7, "path": f"/a/{EVIL}", "image": picture()}
    words, jpeg = tile(3, row, ["id", "path"], Thumbnails())
    assert words == {
        "row": 3,
        "name": EVIL,
        "figures": "#1 · 2.500 · id 7",
        "cells": ["7", f"/a/{EVIL}"],
    }
    assert size_of(jpeg) == (224, 224)


def test_what_cannot_be_read_is_a_tile_with_the_reason(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    for path, reason in (("gone.png", "does not exist"), ("bad.png", "Cannot be read: not a")):
        words, jpeg = tile(0, {"path": str(tmp_path / path)}, [], Thumbnails())
        assert reason in words["reason"] and words["name"] == path and jpeg == b""


def test_a_row_without_a_picture_says_so():
    words, jpeg = tile(0, {"image": None}, ["image"], Thumbnails())
    assert words["reason"] == "No picture" and jpeg == b""


def test_a_thumbnail_is_made_once(tmp_path):
    path = draw(tmp_path / "a.png")
    thumbnails = Thumbnails()
    made = thumbnails.of(5, {"path": str(path)})
    path.unlink()
    assert thumbnails.of(5, {"path": str(path)}) == made


def test_what_was_not_asked_for_the_longest_makes_room(tmp_path):
    rows = {n: {"path": str(draw(tmp_path / f"{n}.png"))} for n in (1, 2, 3)}
    room = 2 * len(Thumbnails().of(1, rows[1]))
    thumbnails = Thumbnails(max_bytes=room)
    for number in (1, 2, 1, 3):
        thumbnails.of(number, rows[number])
    for row in rows.values():
        os.unlink(row["path"])
    assert thumbnails.of(1, rows[1]) == thumbnails.of(3, rows[3])
    with pytest.raises(MissingFileError):
        thumbnails.of(2, rows[2])


def test_the_large_picture_has_1024_pixels_at_the_most_and_tells_its_true_size(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (2000, 500), "red").save(path)
    words, jpeg = large_picture({"path": str(path)})
    assert words == {
        "pixels": [2000, 500],
        "path": str(path),
        "bytes": path.stat().st_size,
    }
    assert size_of(jpeg) == (1024, 256)


def test_a_picture_in_full_has_all_its_pixels(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (2000, 500), "red").save(path)
    assert size_of(large_picture({"path": str(path)}, full=True)[1]) == (2000, 500)


@pytest.mark.parametrize("row", [{"path": "/gone.png"}, {"image": None}], ids=["gone", "none"])
def test_a_large_picture_that_is_not_there_says_why(row):
    words, jpeg = large_picture(row)
    assert words["reason"] and jpeg == b""


def test_the_size_is_that_of_an_engines_image(tc, tmp_path):
    image = tc.Image(str(draw(tmp_path / "a.png", size=(64, 48))))
    assert large_picture({"image": image})[0]["pixels"] == [64, 48]


def test_the_size_of_a_picture_that_lies_on_its_side_is_that_of_the_upright_one(tmp_path):
    sideways = Image.Exif()
    sideways[274] = 6
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=sideways)
    for row in ({"path": str(tmp_path / "a.jpg")}, {"image": Image.open(tmp_path / "a.jpg")}):
        words, jpeg = large_picture(row)
        assert tuple(words["pixels"]) == size_of(jpeg) == (48, 64)
