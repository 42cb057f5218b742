"""A frame's rows: chosen by place, by value and by chance, and sorted."""

from __future__ import annotations

import numpy as np
import pytest

NAN = float("nan")


@pytest.fixture
def frame(tc):
    return tc.SFrame({"a": [1, 1, 2], "b": ["z", "y", "x"]})


@pytest.fixture
def gaps(tc):
    return tc.SFrame({"a": [1, None, 3], "b": [None, None, "x"]})


@pytest.mark.parametrize(("n", "places"), [(2, [0, 1]), (9, [0, 1, 2]), (0, [])])
def test_head_gives_the_first_rows(tc, n, places):
    frame = tc.SFrame({"a": range(3), "b": ["x", "y", "z"]})
    assert list(frame.head(n)["a"]) == places
    assert frame.head(n).column_names() == ["a", "b"]


@pytest.mark.parametrize(("n", "places"), [(2, [1, 2]), (9, [0, 1, 2]), (0, [])])
def test_tail_gives_the_last_rows(tc, n, places):
    assert list(tc.SFrame({"a": range(3)}).tail(n)["a"]) == places


def test_head_and_tail_give_ten_rows(tc):
    frame = tc.SFrame({"a": range(20)})
    assert (len(frame.head()), len(frame.tail())) == (10, 10)


@pytest.mark.parametrize(
    ("column", "values", "kept"),
    [
        ([1, 2, 3, 1], [3, 1], [0, 2, 3]),
        ([1, 2, 3, 1], 1, [0, 3]),
        ([1, 2, 3, 1], (1, 1), [0, 3]),
        ([1, 2, 3, 1], range(2), [0, 3]),
        ([1, 2, 3, 1], np.array([2]), [1]),
        ([1, 2, 3, 1], [], []),
        (["x", "yy", "x"], "x", [0, 2]),
        (["x", "yy", "x"], ["yy", "none"], [1]),
        ([1, None, 3], [None, 1], [0, 1]),
        ([1, None, 3], None, [1]),
        ([1.5, 2.5], [1.5], [0]),
        ([[1, 2], [3, 4]], [[1, 2]], [0]),
        ([["a"], ["b"]], [["b"]], [1]),
    ],
)
def test_filter_by_keeps_the_rows_of_the_values_or_the_others(tc, column, values, kept):
    frame = tc.SFrame({"a": column, "n": range(len(column))})
    others = [place for place in range(len(column)) if place not in kept]
    assert list(frame.filter_by(values, "a")["n"]) == kept
    assert list(frame.filter_by(values, "a", exclude=True)["n"]) == others


def test_filter_by_takes_an_sarray(tc, frame):
    assert list(frame.filter_by(tc.SArray([2]), "a")["b"]) == ["x"]


@pytest.mark.parametrize("values", [["1"], [1.0], "1"])
def test_filter_by_refuses_values_of_another_type(frame, values):
    with pytest.raises(TypeError, match="type"):
        frame.filter_by(values, "a")


def test_filter_by_a_column_that_is_not_there_is_a_key_error(frame):
    with pytest.raises(KeyError, match="z"):
        frame.filter_by([1], "z")


def test_filter_by_takes_a_columns_name(frame):
    with pytest.raises(TypeError, match="name"):
        frame.filter_by([1], 5)


@pytest.mark.parametrize(
    ("values", "ordered"),
    [([3, 1, 2], [1, 2, 3]), ([3, None, 2], [None, 2, 3]), (["b", "a", None], [None, "a", "b"])],
)
def test_sort_puts_rows_in_order_missing_values_first(tc, values, ordered):
    frame = tc.SFrame({"a": values})
    assert list(frame.sort("a")["a"]) == ordered
    assert list(frame.sort("a", ascending=False)["a"]) == ordered[::-1]


def test_sort_keeps_rows_together(frame):
    assert list(frame.sort("b")) == [{"a": 2, "b": "x"}, {"a": 1, "b": "y"}, {"a": 1, "b": "z"}]


@pytest.mark.parametrize("values", [[2, 1, 2, 1, 2], ["y", "x", "y", "x", "y"]])
def test_sort_keeps_the_order_of_equal_rows(tc, values):
    frame = tc.SFrame({"a": values, "n": range(5)})
    assert list(frame.sort("a")["n"]) == [1, 3, 0, 2, 4]
    assert list(frame.sort("a", ascending=False)["n"]) == [0, 2, 4, 1, 3]


@pytest.mark.parametrize(
    ("keys", "ascending", "ordered"),
    [
        (["a", "b"], True, ["y", "z", "x"]),
        (["a", "b"], False, ["x", "z", "y"]),
        ([("a", False), ("b", True)], True, ["x", "y", "z"]),
    ],
)
def test_sort_takes_several_columns_each_in_its_direction(frame, keys, ascending, ordered):
    assert list(frame.sort(keys, ascending)["b"]) == ordered


def test_an_empty_column_is_sorted(tc):
    assert len(tc.SFrame({"a": []}).sort("a")) == 0


def test_sorting_by_what_is_not_there_is_a_value_error(frame):
    with pytest.raises(ValueError, match="z"):
        frame.sort("z")


def test_sorting_by_no_column_is_a_value_error(frame):
    with pytest.raises(ValueError, match="at least one column"):
        frame.sort([])


@pytest.mark.parametrize("keys", [5, [5], ("a", False)])
def test_sorting_by_what_is_no_name_is_a_type_error(frame, keys):
    with pytest.raises(TypeError):
        frame.sort(keys)


@pytest.mark.parametrize("values", [[[1], [2]], [{"k": 1}, {}]])
def test_sorting_by_what_has_no_order_is_a_type_error(tc, values):
    with pytest.raises(TypeError, match="can be sorted"):
        tc.SFrame({"a": values}).sort("a")


@pytest.mark.parametrize(
    ("columns", "how", "kept"),
    [
        (None, "any", [3]),
        (None, "all", [1, 3]),
        ("a", "any", [1, 3]),
        (["a", "b"], "any", [3]),
        (["b"], "all", [3]),
        ([], "any", [1, None, 3]),
    ],
)
def test_dropna_drops_rows_that_miss_values(gaps, columns, how, kept):
    assert list(gaps.dropna(columns, how)["a"]) == kept


def test_dropna_drops_nan(tc):
    assert list(tc.SFrame({"a": [1.0, NAN, None]}).dropna()["a"]) == [1.0]


def test_dropna_of_nothing_is_nothing(tc):
    assert tc.SFrame().dropna().shape == (0, 0)


def test_dropna_in_what_is_not_there_is_a_runtime_error(gaps):
    with pytest.raises(RuntimeError, match=r"z'? does not exist"):
        gaps.dropna("z")


def test_dropna_knows_any_and_all(gaps):
    with pytest.raises(ValueError, match="'any' or 'all'"):
        gaps.dropna(how="some")


def test_a_sample_holds_about_as_many_rows_in_their_order(tc):
    sample = list(tc.SFrame({"a": range(1000)}).sample(0.3, seed=1)["a"])
    assert 200 < len(sample) < 400
    assert sample == sorted(sample)


@pytest.mark.parametrize(("fraction", "rows"), [(0.25, 2), (0.38, 3), (0.29, 2), (1, 10), (0.0, 0)])
def test_an_exact_sample_holds_the_whole_number_of_rows(tc, fraction, rows):
    sample = list(tc.SFrame({"a": range(10)}).sample(fraction, seed=1, exact=True)["a"])
    assert len(sample) == rows
    assert sample == sorted(sample)


def test_an_exact_sample_does_not_lose_a_row_to_rounding(tc):
    rows = tc.SFrame({"a": range(100)})
    found = [len(rows.sample(n / 100, seed=1, exact=True)) for n in (7, 28, 29, 56, 57, 58, 99)]
    assert found == [7, 28, 29, 56, 57, 58, 99]


def test_the_same_seed_gives_the_same_sample(tc):
    frame = tc.SFrame({"a": range(100)})
    assert list(frame.sample(0.3, seed=1)) == list(frame.sample(0.3, seed=1))


@pytest.mark.parametrize("fraction", [1.5, -1])
def test_a_fraction_is_between_zero_and_one(tc, fraction):
    with pytest.raises(ValueError, match=str(fraction)):
        tc.SFrame({"a": range(3)}).sample(fraction)


def test_unique_gives_every_row_once(tc):
    frame = tc.SFrame({"a": [1, 2, 1, None, None], "b": ["x", "y", "x", None, None]}).unique()
    assert sorted(frame["a"], key=str) == [1, 2, None]


@pytest.mark.differs("frames")
def test_unique_keeps_the_order_of_first_appearance(tc):
    assert list(tc.SFrame({"a": [3, 2, 3, 1, 9]}).unique()["a"]) == [3, 2, 1, 9]


def test_unique_compares_vectors_and_lists(tc):
    frame = tc.SFrame({"a": [[1, 2], [1, 2], [1, 3]], "b": [["x"], ["x"], ["x"]]})
    assert len(frame.unique()) == 2


def test_nan_is_one_value_and_another_than_a_missing_one(tc):
    frame = tc.SFrame({"a": [NAN, 1.0, float("nan"), None, np.float64("nan")], "n": range(5)})
    assert sorted(map(str, frame["a"].unique())) == ["1.0", "None", "nan"]
    assert sorted(map(str, frame[["a"]].unique()["a"])) == ["1.0", "None", "nan"]
    assert list(frame.filter_by([float("nan")], "a")["n"]) == [0, 2, 4]
    assert list(frame.filter_by([None], "a")["n"]) == [3]


@pytest.mark.portable
def test_vectors_and_lists_with_nan_are_one_value():
    from lookalike.portable import SArray

    for values in ([[NAN, 1.0], [float("nan"), 1.0]], [["a", NAN], ["a", float("nan")]]):
        assert len(SArray(values).unique()) == 1
    assert len(SArray([[0.0], [-0.0]]).unique()) == 1


def test_unique_of_nothing_is_nothing(tc):
    assert tc.SFrame().unique().shape == (0, 0)
    assert tc.SFrame({"a": []}).unique().shape == (0, 1)


def test_unique_refuses_dicts(tc):
    with pytest.raises(TypeError, match="dict"):
        tc.SFrame({"a": [{"k": 1}]}).unique()


@pytest.mark.parametrize(
    ("options", "kept"),
    [({"k": 2}, [4, 3]), ({"k": 2, "reverse": True}, [1, 3]), ({}, [4, 3, 1]), ({"k": 0}, [])],
)
def test_topk_gives_the_rows_of_the_greatest_or_least_values(tc, options, kept):
    frame = tc.SFrame({"a": [3, 1, None, 4], "b": ["x", "y", "z", "w"]})
    top = frame.topk("a", **options)
    assert list(top["a"]) == kept
    assert [row["b"] for row in top] == [{1: "y", 3: "x", 4: "w"}[value] for value in kept]


def test_topk_takes_texts_and_leaves_nan_out(tc):
    assert list(tc.SFrame({"a": ["p", "r", None, "q"]}).topk("a", k=2)["a"]) == ["r", "q"]
    assert list(tc.SFrame({"a": [1.5, NAN, 2.5]}).topk("a")["a"]) == [2.5, 1.5]


def test_topk_by_what_is_not_there_or_no_name_is_an_error(frame):
    with pytest.raises(RuntimeError, match="z"):
        frame.topk("z")
    with pytest.raises(TypeError):
        frame.topk(5)


def test_a_random_split_gives_each_row_to_one_of_two(tc):
    frame = tc.SFrame({"a": range(200)})
    first, second = frame.random_split(0.3, seed=1)
    assert 20 < len(first) < 100
    assert sorted([*first["a"], *second["a"]]) == list(range(200))
    assert list(first["a"]) == sorted(first["a"])
    again, _ = frame.random_split(0.3, seed=1)
    assert list(again["a"]) == list(first["a"])


def test_an_exact_random_split_does_not_lose_a_row_to_rounding(tc):
    parts = tc.SFrame({"a": range(100)}).random_split(0.29, seed=1, exact=True)
    assert [len(part) for part in parts] == [29, 71]


@pytest.mark.parametrize("fraction", [2, -0.5])
def test_a_split_has_a_fraction_between_zero_and_one(frame, fraction):
    with pytest.raises(ValueError, match=str(fraction)):
        frame.random_split(fraction)
