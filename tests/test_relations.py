"""Rows of frames compared: groupby and join."""

from __future__ import annotations

import array

import pytest


@pytest.fixture
def pets(tc):
    return tc.SFrame({"a": [1, 2, 3], "kind": ["cat", "rover", "cat"]})


@pytest.fixture
def left(tc):
    return tc.SFrame({"a": ["x", "y"], "k": [1, 2]})


@pytest.fixture
def right(tc):
    return tc.SFrame({"b": ["p", "q"], "k": [2, 3]})


def count(tc):
    return tc.aggregate.COUNT()


def test_groupby_counts_the_rows_of_each_value(tc, pets):
    groups = pets.groupby("kind", {"n": count(tc)}).sort("kind")
    assert list(groups) == [{"kind": "cat", "n": 2}, {"kind": "rover", "n": 1}]
    assert groups.column_types() == [str, int]


@pytest.mark.differs("frames")
def test_groups_stand_in_the_order_of_appearance(tc):
    groups = tc.SFrame({"k": ["z", "x", "z", "q"]}).groupby("k", {"n": count(tc)})
    assert list(groups["k"]) == ["z", "x", "q"]


def test_groupby_counts_the_rows_of_each_combination(tc):
    frame = tc.SFrame({"a": [1, 1, 2, 1], "b": ["x", "y", "x", "x"]})
    groups = frame.groupby(["a", "b"], {"n": count(tc)}).sort(["a", "b"])
    assert groups.column_names() == ["a", "b", "n"]
    assert [list(groups[name]) for name in ("a", "b", "n")] == [
        [1, 1, 2],
        ["x", "y", "x"],
        [2, 1, 1],
    ]


def test_missing_values_are_a_group(tc):
    groups = tc.SFrame({"k": ["x", None, None]}).groupby("k", {"n": count(tc)}).sort("k")
    assert list(groups) == [{"k": None, "n": 2}, {"k": "x", "n": 1}]


def test_nan_is_one_group_and_its_own_counterpart(tc):
    left = tc.SFrame({"k": [float("nan"), 1.0, float("nan"), None]})
    groups = left.groupby("k", {"n": count(tc)})
    assert sorted((str(row["k"]), row["n"]) for row in groups) == [
        ("1.0", 1),
        ("None", 1),
        ("nan", 2),
    ]
    joined = left.join(tc.SFrame({"b": ["p"], "k": [float("nan")]}), on="k")
    assert list(joined["b"]) == ["p", "p"]


def test_vectors_are_grouped(tc):
    groups = tc.SFrame({"k": [[1], [1]]}).groupby("k", {"n": count(tc)})
    assert list(groups["n"]) == [2]


def test_groupby_of_no_rows_is_empty(tc):
    groups = tc.SFrame({"k": []}).groupby("k", {"n": count(tc)})
    assert (groups.shape, groups.column_types()) == ((0, 2), [float, int])


def test_a_count_without_a_name_is_named_count(tc, pets):
    for operations in (count(tc), tc.aggregate.COUNT, [count(tc)]):
        assert pets.groupby("kind", operations).column_names() == ["kind", "Count"]
    assert pets.groupby("kind", [count(tc)] * 2).column_names() == ["kind", "Count", "Count.1"]


def test_counts_may_be_asked_for_one_by_one(tc, pets):
    groups = pets.groupby("kind", {"n": count(tc)}, {"m": count(tc)})
    assert groups.column_names() == ["kind", "n", "m"]


def test_groupby_without_operations_gives_the_values(pets):
    assert sorted(pets.groupby("kind", {})["kind"]) == ["cat", "rover"]


def test_grouping_by_what_is_not_there_is_a_key_error(tc, pets):
    with pytest.raises(KeyError, match="z"):
        pets.groupby("z", {"n": count(tc)})


def test_a_count_cannot_have_the_name_of_a_key(tc, pets):
    with pytest.raises(RuntimeError, match="name"):
        pets.groupby("kind", {"kind": count(tc)})


def test_what_is_no_operation_is_a_type_error(pets):
    with pytest.raises(TypeError):
        pets.groupby("kind", {"n": 5})


def test_dicts_cannot_be_grouped(tc):
    with pytest.raises(TypeError, match="dict"):
        tc.SFrame({"k": [{"x": 1}]}).groupby("k", {"n": count(tc)})


GROUPS = {"k": ["x", "y", "x", "y"], "n": [3, 1, None, 4], "f": [1.5, 2.0, 2.5, None]}


@pytest.mark.parametrize(
    ("name", "column", "kind", "expected"),
    [
        ("MIN", "n", int, [3, 1]),
        ("MAX", "n", int, [3, 4]),
        ("SUM", "n", int, [3, 5]),
        ("MEAN", "n", float, [3.0, 2.5]),
        ("AVG", "n", float, [3.0, 2.5]),
        ("MIN", "f", float, [1.5, 2.0]),
        ("MEAN", "f", float, [2.0, 2.0]),
    ],
)
def test_groupby_computes_values_of_each_group(tc, name, column, kind, expected):
    operation = getattr(tc.aggregate, name)(column)
    groups = tc.SFrame(GROUPS).groupby("k", {"o": operation}).sort("k")
    assert (list(groups["o"]), groups["o"].dtype) == (expected, kind)


@pytest.mark.parametrize(("name", "sums"), [("SUM", [6.0, 8.0]), ("MEAN", [3.0, 4.0])])
def test_vectors_are_added_in_groups(tc, name, sums):
    frame = tc.SFrame({"k": [1, 1], "v": [[1, 2], [5, 6]]})
    groups = frame.groupby("k", {"o": getattr(tc.aggregate, name)("v")})
    assert list(groups["o"]) == [array.array("d", sums)]


@pytest.mark.parametrize(
    ("column", "kind", "expected"),
    [
        ("n", list, [[3], [1, 4]]),
        ("f", array.array, [[1.5, 2.5], [2.0]]),
        ("k", list, [["x", "x"], ["y", "y"]]),
    ],
)
def test_values_are_concatenated_in_groups(tc, column, kind, expected):
    groups = tc.SFrame(GROUPS).groupby("k", {"o": tc.aggregate.CONCAT(column)}).sort("k")
    # In any order, there.
    assert [sorted(values) for values in groups["o"]] == expected
    assert groups["o"].dtype is kind


def test_two_columns_are_concatenated_to_a_dict_in_groups(tc):
    frame = tc.SFrame({"k": [1, 1, 2], "a": ["p", "q", "p"], "b": [5, 6, 7]})
    groups = frame.groupby("k", {"o": tc.aggregate.CONCAT("a", "b")}).sort("k")
    assert (list(groups["o"]), groups["o"].dtype) == ([{"p": 5, "q": 6}, {"p": 7}], dict)


def test_columns_of_groups_are_named_by_what_they_hold(tc):
    make = tc.aggregate
    operations = [make.MIN("n"), make.MAX("n"), make.SUM("n"), make.MEAN("n"), make.CONCAT("n")]
    groups = tc.SFrame(GROUPS).groupby("k", [*operations, make.CONCAT("k", "n"), make.MIN("n")])
    assert groups.column_names() == [
        *("k", "Min of n", "Max of n", "Sum of n", "Avg of n", "List of n"),
        *("Dict of k_n", "Min of n.1"),
    ]


def test_groups_of_missing_values_and_of_none_have_the_types_of_others(tc):
    make = tc.aggregate
    operations = {"min": make.MIN("n"), "sum": make.SUM("n"), "all": make.CONCAT("n")}
    frame = tc.SFrame({"k": [1], "n": tc.SArray([None], int)})
    assert list(frame.groupby("k", operations)) == [{"k": 1, "min": None, "sum": 0, "all": []}]
    empty = frame[:0].groupby("k", {**operations, "mean": make.MEAN("n")})
    assert (len(empty), empty.column_types()) == (0, [int, int, int, list, float])


@pytest.mark.parametrize(
    ("name", "values"), [("MIN", ["a"]), ("MAX", [[1]]), ("SUM", ["a"]), ("MEAN", [["a"]])]
)
def test_what_a_column_does_not_allow_is_a_runtime_error(tc, name, values):
    with pytest.raises(RuntimeError):
        tc.SFrame({"k": [1], "a": values}).groupby("k", getattr(tc.aggregate, name)("a"))


def test_computing_of_a_column_that_is_not_there_is_a_key_error(tc, pets):
    with pytest.raises(KeyError, match="z"):
        pets.groupby("kind", {"o": tc.aggregate.MIN("z")})


@pytest.mark.parametrize(
    ("how", "rows"),
    [
        ("inner", [("y", 2, "p")]),
        ("left", [("x", 1, None), ("y", 2, "p")]),
        ("right", [("y", 2, "p"), (None, 3, "q")]),
        ("outer", [("x", 1, None), ("y", 2, "p"), (None, 3, "q")]),
    ],
)
def test_join_keeps_the_rows_that_it_is_asked_to_keep(left, right, how, rows):
    joined = left.join(right, on="k", how=how).sort("k")
    assert joined.column_names() == ["a", "k", "b"]
    assert joined.column_types() == [str, int, str]
    assert [tuple(row.values()) for row in joined] == rows


def test_join_compares_all_shared_columns_by_default(tc, left):
    other = tc.SFrame({"a": ["y", "q"], "k": [2, 1]})
    assert list(left.join(other)) == [{"a": "y", "k": 2}]


def test_join_compares_columns_of_different_names(tc, left):
    joined = left.join(tc.SFrame({"b": ["p"], "j": [2]}), on={"k": "j"})
    assert list(joined) == [{"a": "y", "k": 2, "b": "p"}]


def test_join_pairs_every_row_with_every_counterpart(tc):
    left = tc.SFrame({"a": ["x", "y", "z"], "k": [1, 2, 2]})
    right = tc.SFrame({"b": ["p", "q", "r"], "k": [2, 2, 1]})
    joined = left.join(right, on="k").sort(["a", "b"])
    assert list(joined["a"]) == ["x", "y", "y", "z", "z"]
    assert list(joined["b"]) == ["r", "p", "q", "p", "q"]


@pytest.mark.differs("frames")
def test_joined_rows_stand_in_the_order_of_the_first_frame(tc):
    left, right = tc.SFrame({"k": [5, 3, 9]}), tc.SFrame({"k": [9, 3, 5], "b": [1, 2, 3]})
    assert list(left.join(right, on="k")["b"]) == [3, 2, 1]


def test_missing_keys_are_counterparts(tc):
    left, right = tc.SFrame({"k": [1, None]}), tc.SFrame({"b": ["p", "q"], "k": [None, 1]})
    assert list(left.join(right, on="k", how="outer").sort("b")["k"]) == [None, 1]


def test_join_keeps_types_where_values_are_missing(tc):
    left = tc.SFrame({"a": [[1.0], [2.0]], "k": [1, 2]})
    right = tc.SFrame({"b": [5, 6], "k": [2, 3]})
    joined = left.join(right, on="k", how="outer").sort("k")
    assert [kind.__name__ for kind in joined.column_types()] == ["array", "int", "int"]
    assert list(joined["b"]) == [None, 5, 6]
    assert joined["a"][2] is None


def test_a_name_that_is_taken_gets_a_number(tc, left):
    other = tc.SFrame({"a": ["p", "q"], "k": [2, 3]})
    assert left.join(other, on="k").column_names() == ["a", "k", "a.1"]


def test_a_name_that_is_taken_can_be_altered(tc, left):
    other = tc.SFrame({"a": ["p", "q"], "k": [2, 3]})
    assert left.join(other, on="k", alter_name={"a": "c"}).column_names() == ["a", "k", "c"]


def test_an_empty_frame_is_joined(tc):
    empty, other = tc.SFrame({"k": []}), tc.SFrame({"b": [1, 2], "k": [1.5, 2.5]})
    assert len(empty.join(other, on="k")) == 0
    assert sorted(empty.join(other, on="k", how="right")["b"]) == [1, 2]


def test_joining_on_what_is_not_there_is_a_runtime_error(left, right):
    with pytest.raises(RuntimeError, match=r"a'? does not exist"):
        left.join(right, on="a")


@pytest.mark.parametrize("keys", [["2", "3"], [2.0, 3.0]])
def test_keys_of_different_types_are_a_runtime_error(tc, left, keys):
    with pytest.raises(RuntimeError, match="type"):
        left.join(tc.SFrame({"b": ["p", "q"], "k": keys}), on="k")


def test_an_unknown_way_to_join_is_a_value_error(left, right):
    with pytest.raises(ValueError, match=r"join|cross"):
        left.join(right, on="k", how="cross")


@pytest.mark.parametrize("on", [5, 1.5])
def test_what_names_no_columns_is_a_type_error(left, right, on):
    with pytest.raises(TypeError):
        left.join(right, on=on)


def test_only_a_frame_can_be_joined(left):
    with pytest.raises(TypeError, match="join"):
        left.join([1])


@pytest.mark.portable
def test_frames_that_share_no_column_are_refused():
    from lookalike.portable import SFrame, ToolkitError

    with pytest.raises(ToolkitError, match="share no column"):
        SFrame({"a": [1]}).join(SFrame({"b": [1]}))
