"""Rows of a frame of either engine, found by their labels and by their files."""

from __future__ import annotations

import pytest
from conftest import draw

import lookalike
from lookalike.engines.known_rows import KnownRows
from lookalike.errors import ToolkitError


@pytest.fixture
def photos(tmp_path):
    for name in ("a", "b", "c"):
        draw(tmp_path / f"{name}.png")
    return tmp_path


@pytest.fixture
def rows(photos, tc):
    """Three rows, whose labels are 5, 7 and 9."""
    frame = lookalike.load_images(photos)
    frame["id"] = frame["id"].apply(lambda row: 5 + 2 * row)
    return KnownRows(frame, "id")


def test_a_row_is_found_by_its_label(rows):
    assert [rows.position_of_label(label) for label in (5, 9, 6, None)] == [0, 2, None, None]
    assert [rows.label_at(position) for position in range(3)] == [5, 7, 9]


def test_a_row_is_found_by_its_file(rows, photos, monkeypatch):
    monkeypatch.chdir(photos)
    assert rows.has_paths
    assert rows.position_of("b.png") == rows.position_of(photos / "b.png") == 1
    assert rows.position_of("d.png") is None


def test_the_file_is_asked_before_the_label(rows, photos):
    assert rows.own_position(str(photos / "c.png"), 5) == 2
    assert rows.own_position(None, 5) == 0
    assert rows.own_position(str(photos / "d.png"), 5) is None


def test_rows_come_in_the_order_of_the_labels_and_as_often(rows, tc):
    found = rows.rows_of([9, 5, 9])
    assert isinstance(found, tc.SFrame)
    assert list(found["id"]) == [9, 5, 9]
    assert found.column_names() == rows.frame.column_names()
    assert found.column_types() == rows.frame.column_types()


def test_no_labels_are_no_rows(rows):
    found = rows.rows_of([])
    assert len(found) == 0 and found.column_names() == rows.frame.column_names()


def test_rows_that_no_column_names_have_their_numbers(photos, tc):
    frame = tc.image_analysis.load_images(str(photos)).sort("path")
    for label in (None, "not there"):
        rows = KnownRows(frame, label)
        assert rows.label_at(2) == rows.position_of_label(2) == 2
        assert list(rows.rows_of([1])["path"]) == [frame[1]["path"]]


def test_labels_that_are_not_there_are_named(rows):
    with pytest.raises(ToolkitError, match=r"do not have the pictures \[6, 8\] \(by the column 'i"):
        rows.rows_of([5, 6, 7, 8])


def test_a_label_that_names_two_rows_is_an_error_that_names_the_column(tc):
    rows = KnownRows(tc.SFrame({"name": ["x", "y", "x"]}), "name")
    with pytest.raises(ToolkitError, match="column 'name' names several rows alike"):
        rows.rows_of(["y"])


def test_without_paths_the_label_decides(tc):
    rows = KnownRows(tc.SFrame({"name": ["x", "y"]}), "name")
    assert not rows.has_paths and rows.position_of("x.png") is None
    assert rows.own_position("x.png", "y") == 1
