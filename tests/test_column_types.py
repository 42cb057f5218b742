"""What a column can hold, and how it keeps it: what both engines do is in test_sarray."""

from __future__ import annotations

import array
import datetime

import numpy as np
import pandas as pd
import pytest

from lookalike.portable import SArray, ToolkitError
from lookalike.portable.frames.column_types import cast, store

pytestmark = pytest.mark.portable
DAY = datetime.datetime(2020, 1, 2)


@pytest.mark.parametrize("values", [[1, 2], np.array([1, 2], np.int8), range(3), pd.Series([1])])
def test_whole_numbers_are_kept_in_64_bits(values):
    assert store(values)[0].dtype == np.int64


@pytest.mark.parametrize("values", [[1.5, 2], np.array([1, 2], np.float16), pd.Series([1, None])])
def test_real_numbers_are_kept_in_64_bits(values):
    assert store(values)[0].dtype == np.float64


def test_whole_numbers_are_taken_as_real_ones_if_asked_for():
    stored, kind = store(np.array([1, 2]), float)
    assert (stored.dtype, kind) == (np.float64, float)


def test_a_large_unsigned_number_is_kept_or_refused():
    assert repr(SArray(np.array([2**40], np.uint64))[0]) == str(2**40)
    with pytest.raises(ToolkitError, match="int"):
        SArray(np.array([2**63], np.uint64))


@pytest.mark.parametrize(("values", "dtype"), [([2**70], None), ([float("nan")], int)])
def test_numbers_that_64_bits_do_not_hold_are_refused(values, dtype):
    with pytest.raises(ToolkitError, match="A column of int cannot hold these"):
        SArray(values, dtype)


def test_rows_of_a_matrix_are_kept_as_views_of_it():
    matrix = np.zeros((3, 2), np.float32)
    stored, kind = store(matrix)
    assert kind is array.array
    assert all(np.shares_memory(row, matrix) for row in stored)


def test_vectors_are_given_out_as_doubles():
    assert SArray(np.float32([[0.5, 1]]))[0] == array.array("d", [0.5, 1])


def test_a_vectors_own_memory_is_not_shared_with_an_array():
    source = array.array("d", [1, 2])
    column = SArray([source])
    source[0] = 9
    assert column[0] == array.array("d", [1, 2])


@pytest.mark.parametrize("value", [np.zeros((2, 2)), np.array(["a"]), np.array([None])])
def test_what_is_no_vector_is_refused(value):
    with pytest.raises(TypeError, match="holds vectors of numbers; found an array of shape"):
        SArray([value])


@pytest.mark.parametrize(
    "values",
    [
        [np.datetime64("2020-01-02")],
        np.array(["2020-01-02"], "datetime64[ns]"),
        pd.Series([pd.Timestamp(DAY)]),
        [datetime.date(2020, 1, 2)],
    ],
)
def test_times_are_kept_as_pythons_own(values):
    (value,) = SArray(values)
    assert value == DAY
    assert type(value) is datetime.datetime


def test_a_time_that_is_none_is_missing():
    assert list(SArray(pd.Series([DAY, None]))) == [DAY, None]
    assert list(SArray([np.datetime64("NaT"), DAY])) == [None, DAY]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (pd.Series(["a", None], dtype="string"), ["a", None]),
        (pd.Series(["a", float("nan")], dtype=object), ["a", None]),
        (pd.Series([1, None], dtype="Int64"), [1, None]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
    ],
)
def test_what_pandas_marks_as_missing_is_none(values, found):
    assert list(SArray(values)) == found


def test_texts_of_numpy_become_pythons_own():
    assert {type(value) for value in SArray(np.array(["a", "b"]))} == {str}


@pytest.mark.parametrize("value", [{1, 2}, b"ab", 1 + 2j, object()])
def test_an_error_names_what_a_column_can_hold(value):
    with pytest.raises(TypeError, match=f"cannot hold {type(value).__name__}; expected one of int"):
        SArray([value])


def test_an_error_names_the_types_that_do_not_go_together():
    with pytest.raises(TypeError, match="values of one type; found int, str"):
        SArray([1, "a", None])


def test_an_error_names_a_value_of_another_type_than_is_given():
    with pytest.raises(TypeError, match=r"A column of int cannot hold 'x' \(str\)"):
        SArray([1, "x"], int)
    with pytest.raises(TypeError, match=r"A column of dict cannot hold '(x+)\.\.\. \(str\)"):
        SArray(["x" * 100], dict)


def test_an_error_names_the_types_there_are():
    with pytest.raises(TypeError, match="a type that a column can have"):
        SArray([1], object)


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        (None, int, None),
        (True, int, 1),
        ("2", int, 2),
        (0.1 + 0.2, str, "0.30000000000000004"),
        (array.array("d", [1]), str, "[1.0]"),
        ((1, 2), list, [1, 2]),
        (DAY, str, "2020-01-02 00:00:00"),
        (DAY, datetime.datetime, DAY),
    ],
)
def test_a_value_is_cast(value, kind, found):
    assert cast(value, kind) == found


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", int), (float("nan"), int), (float("inf"), int), ("ab", list), ([], int)],
)
def test_a_value_that_cannot_be_cast_is_named(value, kind):
    with pytest.raises(ToolkitError, match=f"Cannot convert .* to {kind.__name__}"):
        cast(value, kind)
