"""Rows by number, from either engine's frame or from any list of dicts."""

from __future__ import annotations

import pytest
from conftest import draw
from PIL import Image

import lookalike
from lookalike.display.rows import Rows, file_of, picture_of

COUNT = 30


@pytest.fixture(params=["frame", "list", "iterator"])
def rows(request, tc):
    """Thirty rows, as an engine's frame, a list of dicts, and what can only be iterated."""
    dicts = [{"id": number, "name": f"n{number}"} for number in range(COUNT)]
    frame = tc.SFrame({"id": list(range(COUNT)), "name": [row["name"] for row in dicts]})
    return Rows({"frame": frame, "list": dicts, "iterator": iter(dicts)}[request.param])


def ids(rows) -> list[int]:
    return [row["id"] for row in rows]


def test_it_knows_how_many_there_are_and_their_columns(rows):
    assert len(rows) == COUNT and sorted(rows.columns) == ["id", "name"]
    assert not rows.has_pictures


def test_rows_come_in_the_order_that_they_are_asked_for(rows):
    assert ids(rows.at([7, 8, 9, 3, 29, 4])) == [7, 8, 9, 3, 29, 4]
    assert rows.at([5])[0] == {"id": 5, "name": "n5"} and rows.at([]) == []


def test_the_first_rows_are_all_where_there_are_no_more(rows):
    assert ids(rows.first(2)) == [0, 1] and len(rows.first(100)) == COUNT


@pytest.mark.parametrize(
    ("ranges", "chosen"),
    [([], []), ([[3, 5]], [3, 4, 5]), ([[1, 1], [20, 21], [29, 29]], [1, 20, 21, 29])],
    ids=["none", "run", "several"],
)
def test_what_is_chosen_is_in_order(rows, ranges, chosen):
    assert ids(rows.choose(ranges)) == chosen


def test_what_is_chosen_of_a_frame_is_a_frame_of_the_same_columns(tc):
    rows = Rows(tc.SFrame({"a": [4, 5, 6], "b": ["x", "y", "z"]}))
    for ranges in ([], [[0, 0]], [[0, 0], [2, 2]]):
        chosen = rows.choose(ranges)
        assert isinstance(chosen, tc.SFrame) and chosen.column_names() == ["a", "b"]


def test_pictures_are_no_columns_of_words(folder):
    rows = Rows(lookalike.load_images(folder))
    assert rows.columns == ["id", "path"] and rows.has_pictures


def test_rows_with_a_path_alone_have_pictures():
    assert Rows([{"path": "a.png"}]).has_pictures


def test_the_picture_goes_before_the_path(tmp_path):
    picture = Image.new("L", (1, 1))
    assert picture_of({"path": "a.png", "image": picture}) is picture
    assert picture_of({"path": "a.png"}) == "a.png" and picture_of({"a": 1}) is None


def test_the_file_is_told_while_it_is_there(tmp_path):
    path = draw(tmp_path / "a.png")
    assert file_of({"path": str(path)}) == str(path)
    path.unlink()
    assert file_of({"path": str(path)}) is None and file_of({"id": 1}) is None
