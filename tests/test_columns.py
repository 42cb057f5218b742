"""A frame's columns: chosen, put in place, added, renamed, removed."""

from __future__ import annotations

import array
import copy
import datetime

import numpy as np
import pandas as pd
import pytest

DAY = datetime.datetime(2020, 1, 2)


@pytest.fixture
def frame(tc):
    return tc.SFrame({"a": [1, 2, 3], "b": ["x", "y", None]})


def test_its_size_names_and_types(tc, frame):
    assert (len(frame), frame.shape) == (3, (3, 2))
    assert (frame.num_rows(), frame.num_columns()) == (3, 2)
    assert frame.column_names() == ["a", "b"]
    assert frame.column_types() == [int, str]


def test_an_empty_frame_has_no_size(tc):
    frame = tc.SFrame()
    assert (frame.shape, frame.column_names(), frame.column_types()) == ((0, 0), [], [])
    assert not frame


def test_iterating_gives_rows(frame):
    assert list(frame) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": None}]


def test_a_columns_name_is_no_member(frame):
    assert "a" not in frame
    assert {"a": 1, "b": "x"} in frame


# Choice.


@pytest.mark.parametrize("key", [1, -2, np.int64(1), True])
def test_a_number_chooses_a_row(frame, key):
    assert frame[key] == {"a": 2, "b": "y"}


def test_a_slice_chooses_rows(frame):
    assert list(frame[0:1]) == [{"a": 1, "b": "x"}]
    assert list(frame[-2:]["a"]) == [2, 3]
    assert list(frame[::2]["a"]) == [1, 3]
    assert (len(frame[5:]), frame[5:].column_names()) == (0, ["a", "b"])


def test_a_name_chooses_a_column(tc, frame):
    column = frame["a"]
    assert isinstance(column, tc.SArray)
    assert list(column) == [1, 2, 3]


@pytest.mark.parametrize("names", [["b", "a"], ("b", "a")])
def test_names_choose_columns_in_their_order(frame, names):
    assert frame[names].column_names() == ["b", "a"]
    assert frame.select_columns(names).column_names() == ["b", "a"]


def test_no_names_choose_no_columns(frame):
    assert frame[[]].shape == (0, 0)


def test_a_mask_chooses_rows(tc, frame):
    assert list(frame[frame["a"] > 1]["a"]) == [2, 3]
    assert list(frame[(frame["a"] > 1) & (frame["a"] < 3)]["a"]) == [2]
    assert list(frame[tc.SArray([1, None, 0])]["a"]) == [1]
    assert list(frame[tc.SArray(["x", "", "y"])]["a"]) == [1, 3]


def test_the_tutorials_mask_by_apply_chooses_rows(tc, frame):
    frame = frame.add_row_number()
    similar = tc.SArray([2, 0])
    mask = frame["id"].apply(lambda x: x in similar)
    assert list(frame[mask]["id"]) == [0, 2]


@pytest.mark.parametrize("row", [3, 100])
def test_a_row_that_is_not_there_is_an_index_error(frame, row):
    with pytest.raises(IndexError, match="out of range"):
        frame[row]


def test_an_empty_frame_has_no_row(tc):
    with pytest.raises(IndexError, match="out of range"):
        tc.SFrame()[0]


def test_a_mask_of_another_length_is_an_index_error(tc, frame):
    with pytest.raises(IndexError, match=r"length|expected 3, found 2"):
        frame[tc.SArray([1, 0])]


@pytest.mark.parametrize("key", [1.0, None, [1, 0, 1], ["a", 1], np.array([True, False, True])])
def test_what_chooses_nothing_is_a_type_error(frame, key):
    with pytest.raises(TypeError):
        frame[key]


@pytest.mark.parametrize("key", ["c", ["a", "c"]])
def test_a_column_that_is_not_there_is_a_runtime_error(frame, key):
    with pytest.raises(RuntimeError, match=r"c'? does not exist"):
        frame[key]


def test_a_column_cannot_be_selected_twice(frame):
    with pytest.raises(ValueError, match="a"):
        frame.select_columns(["a", "a"])


def test_a_name_alone_is_no_list_of_names(frame):
    with pytest.raises(TypeError):
        frame.select_columns("a")


# Assignment.


@pytest.mark.parametrize(
    ("value", "dtype", "values"),
    [
        ([4, 5, 6], int, [4, 5, 6]),
        ((4, 5, 6), int, [4, 5, 6]),
        (range(3), int, [0, 1, 2]),
        (np.arange(3), int, [0, 1, 2]),
        (pd.Series([1.5, 2.5, 3.5]), float, [1.5, 2.5, 3.5]),
        (5, int, [5, 5, 5]),
        (2.5, float, [2.5, 2.5, 2.5]),
        (True, int, [1, 1, 1]),
        ("hello", str, ["hello", "hello", "hello"]),
        (None, float, [None, None, None]),
        (DAY, datetime.datetime, [DAY, DAY, DAY]),
    ],
)
def test_a_column_or_one_value_for_all_rows_is_put_in_place(frame, value, dtype, values):
    frame["c"] = value
    assert frame.column_types()[2] is dtype
    assert list(frame["c"]) == values


def test_a_column_of_a_name_that_is_there_keeps_its_place(tc, frame):
    frame["a"] = tc.SArray([7, 8, 9])
    assert frame.column_names() == ["a", "b"]
    assert list(frame["a"]) == [7, 8, 9]


def test_the_only_column_may_change_its_length(tc):
    frame = tc.SFrame({"a": [1, 2, 3]})
    frame["a"] = [4, 5]
    assert list(frame["a"]) == [4, 5]


def test_one_value_makes_no_row_where_there_is_none(tc):
    frame = tc.SFrame()
    frame["a"] = 5
    assert (frame.shape, frame.column_types()) == ((0, 1), [int])


@pytest.mark.parametrize("value", [[4, 5], array.array("d", [1, 2])])
def test_a_column_of_another_length_is_a_runtime_error(frame, value):
    with pytest.raises(RuntimeError, match=r"size|has 2 values"):
        frame["c"] = value


@pytest.mark.parametrize("value", [{"k": 1}, object()])
def test_what_makes_no_column_is_a_type_error(frame, value):
    with pytest.raises(TypeError):
        frame["c"] = value


def test_a_frame_is_no_column(frame):
    with pytest.raises(TypeError):
        frame["c"] = frame


def test_a_name_that_is_no_text_is_a_type_error(frame):
    with pytest.raises(TypeError):
        frame[3] = [1, 2, 3]


def test_a_column_is_deleted(frame):
    del frame["a"]
    assert frame.column_names() == ["b"]


def test_deleting_what_is_not_there_is_a_key_error(frame):
    with pytest.raises(KeyError, match="z"):
        del frame["z"]


def test_a_frame_made_from_another_changes_alone(tc, frame):
    chosen, copied, numbered = frame[frame["a"] > 0], tc.SFrame(frame), frame.add_row_number()
    for other in (chosen, copied, numbered):
        other["c"] = 5
    assert frame.column_names() == ["a", "b"]


# Added, removed, renamed.


def test_a_column_is_added(tc, frame):
    added = frame.add_column(tc.SArray([4, 5, 6]), "c")
    assert added.column_names() == ["a", "b", "c"]
    assert list(added["c"]) == [4, 5, 6]
    assert frame.column_names() == ["a", "b"]


def test_a_list_and_one_value_are_added_as_columns(frame):
    assert list(frame.add_column([4, 5, 6], "c")["c"]) == [4, 5, 6]
    assert list(frame.add_column(5, "c")["c"]) == [5, 5, 5]


def test_a_column_without_a_name_gets_one(tc):
    assert tc.SFrame().add_column(tc.SArray([3])).column_names() == ["X1"]
    assert tc.SFrame({"a": [1]}).add_column(tc.SArray([3])).column_names() == ["a", "X2"]
    assert tc.SFrame({"X2": [1]}).add_column(tc.SArray([3])).column_names() == ["X2", "X2.1"]


def test_a_column_is_added_in_place(tc, frame):
    assert frame.add_column(tc.SArray([4, 5, 6]), "c", inplace=True) is frame
    assert frame.column_names() == ["a", "b", "c"]


def test_a_column_that_is_there_cannot_be_added(tc, frame):
    with pytest.raises(RuntimeError, match=r"a'? (already exists|exists already)"):
        frame.add_column(tc.SArray([4, 5, 6]), "a")


def test_a_column_of_another_length_cannot_be_added(tc, frame):
    with pytest.raises(RuntimeError, match=r"size|has 1 values"):
        frame.add_column(tc.SArray([4]), "c")


def test_a_column_is_added_under_a_text(tc, frame):
    with pytest.raises(TypeError, match="name"):
        frame.add_column(tc.SArray([4, 5, 6]), 5)


def test_a_column_is_removed(frame):
    assert frame.remove_column("a").column_names() == ["b"]
    assert frame.column_names() == ["a", "b"]


def test_a_column_is_removed_in_place(frame):
    assert frame.remove_column("a", inplace=True) is frame
    assert frame.column_names() == ["b"]


def test_removing_what_is_not_there_is_a_key_error(frame):
    with pytest.raises(KeyError, match="z"):
        frame.remove_column("z")


def test_columns_are_renamed(frame):
    assert frame.rename({"a": "z"}).column_names() == ["z", "b"]
    assert frame.rename({}).column_names() == ["a", "b"]
    assert frame.column_names() == ["a", "b"]


def test_columns_are_renamed_in_place(frame):
    assert frame.rename({"a": "z"}, inplace=True) is frame
    assert frame.column_names() == ["z", "b"]


def test_renaming_what_is_not_there_is_a_value_error(frame):
    with pytest.raises(ValueError, match="q"):
        frame.rename({"q": "z"})


def test_renaming_to_a_name_that_is_taken_is_a_runtime_error(frame):
    with pytest.raises(RuntimeError, match="b"):
        frame.rename({"a": "b"})


def test_names_are_renamed_by_a_dict(frame):
    with pytest.raises(TypeError, match="dict"):
        frame.rename(["a", "z"])


def test_rows_are_numbered(frame):
    numbered = frame.add_row_number()
    assert numbered.column_names() == ["id", "a", "b"]
    assert numbered.column_types()[0] is int
    assert list(numbered["id"]) == [0, 1, 2]
    assert frame.column_names() == ["a", "b"]


def test_rows_are_numbered_under_another_name_from_another_start(frame):
    assert list(frame.add_row_number("n", 5)["n"]) == [5, 6, 7]
    assert list(frame.add_row_number(start=-1)["id"]) == [-1, 0, 1]


def test_rows_are_numbered_in_place(frame):
    assert frame.add_row_number(inplace=True) is frame
    assert frame.column_names() == ["id", "a", "b"]


def test_an_empty_frame_gets_a_column_of_numbers(tc):
    numbered = tc.SFrame().add_row_number()
    assert (numbered.shape, numbered.column_types()) == ((0, 1), [int])


def test_rows_are_not_numbered_twice_under_one_name(frame):
    with pytest.raises(RuntimeError, match=r"id'? (already exists|exists already)"):
        frame.add_row_number().add_row_number()


@pytest.mark.parametrize("arguments", [(5,), ("n", "5"), ("n", 1.0)])
def test_rows_are_numbered_by_whole_numbers_under_a_text(frame, arguments):
    with pytest.raises(TypeError):
        frame.add_row_number(*arguments)


def test_a_copy_is_changed_without_changing_the_first(tc):
    frame = tc.SFrame({"a": [1, 2]})
    for made in (frame.copy(), copy.copy(frame), copy.deepcopy(frame)):
        made["b"] = [3, 4]
        made["a"] = 0
        assert frame.column_names() == ["a"]
        assert list(frame["a"]) == [1, 2]


def test_several_columns_are_removed(tc):
    frame = tc.SFrame({"a": [1], "b": [2], "c": [3]})
    assert frame.remove_columns(["a", "c"]).column_names() == ["b"]
    assert frame.column_names() == ["a", "b", "c"]
    assert frame.remove_columns(("c",), inplace=True) is frame
    assert frame.column_names() == ["a", "b"]


def test_removing_columns_of_which_one_is_not_there_removes_none(tc):
    frame = tc.SFrame({"a": [1], "b": [2]})
    with pytest.raises(KeyError, match="z"):
        frame.remove_columns(["a", "z"], inplace=True)
    assert frame.column_names() == ["a", "b"]


def test_missing_values_of_a_column_are_filled(tc):
    frame = tc.SFrame({"a": [1, None], "b": [None, "x"]})
    assert list(frame.fillna("a", 9)) == [{"a": 1, "b": None}, {"a": 9, "b": "x"}]
    assert list(frame["a"]) == [1, None]
    with pytest.raises(RuntimeError, match="z"):
        frame.fillna("z", 1)
    with pytest.raises(TypeError):
        frame.fillna(5, 1)
