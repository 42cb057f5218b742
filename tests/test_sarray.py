"""SArray: construction, choice, order, numbers, and what it gives out."""

from __future__ import annotations

import array
import datetime

import numpy as np
import pandas as pd
import pytest

DAY = datetime.datetime(2020, 1, 2, 3, 4, 5)
NAN = float("nan")


@pytest.mark.parametrize(
    ("data", "dtype", "values"),
    [
        ([], float, []),
        ([1, None, 3], int, [1, None, 3]),
        ([None, None], float, [None, None]),
        ([1, 2.5], float, [1.0, 2.5]),
        ([True, False], int, [1, 0]),
        (["a", None], str, ["a", None]),
        ([[1, 2], [3]], array.array, [array.array("d", [1, 2]), array.array("d", [3])]),
        ([[], [1.5]], array.array, [array.array("d"), array.array("d", [1.5])]),
        ([[]], list, [[]]),
        ([["a"], [1.5]], list, [["a"], [1.5]]),
        ([[1, None]], list, [[1, None]]),
        ([("a", 1)], list, [["a", 1]]),
        ([{"k": 1}, None], dict, [{"k": 1}, None]),
        ([DAY], datetime.datetime, [DAY]),
        ([datetime.date(2020, 1, 2)], datetime.datetime, [datetime.datetime(2020, 1, 2)]),
        (range(3), int, [0, 1, 2]),
        ((1, 2), int, [1, 2]),
        (np.array([1, 2], np.uint8), int, [1, 2]),
        (np.array([1.5, 2], np.float32), float, [1.5, 2.0]),
        (np.array([True, False]), int, [1, 0]),
        (np.array(["a", "b"]), str, ["a", "b"]),
        (np.float32([[1, 2]]), array.array, [array.array("d", [1, 2])]),
        (pd.Series([1, 2]), int, [1, 2]),
        (pd.Series(["a", None], dtype=object), str, ["a", None]),
        (pd.Series([True, False]), int, [1, 0]),
        ([np.int64(1), np.int32(2)], int, [1, 2]),
        ([np.float32(0.5)], float, [0.5]),
    ],
)
def test_the_type_is_inferred_from_the_values(tc, data, dtype, values):
    column = tc.SArray(data)
    assert column.dtype is dtype
    assert list(column) == values


def test_a_generator_becomes_a_column(tc):
    assert list(tc.SArray(number * 2 for number in (1, 2))) == [2, 4]


def test_a_missing_number_of_a_series_is_nan(tc):
    first, second = tc.SArray(pd.Series([1, None]))
    assert first == 1.0
    assert np.isnan(second)


def test_another_array_is_taken_as_it_is_or_converted(tc):
    assert list(tc.SArray(tc.SArray([1, 2]))) == [1, 2]
    assert tc.SArray(tc.SArray([1, 2]), float).dtype is float
    assert list(tc.SArray(tc.SArray([1.7, 2.0]), int)) == [1, 2]


@pytest.mark.parametrize(
    ("data", "dtype", "values"),
    [
        ([1, 2], float, [1.0, 2.0]),
        ([1.7, 2], int, [1, 2]),
        ([1, None], str, ["1", None]),
        ([1, 2], bool, [1, 2]),
        ([[1, 2]], list, [[1, 2]]),
        ([], str, []),
        ([None], int, [None]),
    ],
)
def test_a_type_that_is_given_is_taken(tc, data, dtype, values):
    column = tc.SArray(data, dtype)
    assert column.dtype is (int if dtype is bool else dtype)
    assert list(column) == values


@pytest.mark.parametrize(
    "data", [[1, "a"], [1, [1]], [{"k": 1}, 3], [object()], [1 + 2j], np.zeros((2, 2, 2))]
)
def test_values_that_do_not_go_together_are_a_type_error(tc, data):
    with pytest.raises(TypeError):
        tc.SArray(data)


@pytest.mark.parametrize("data", [5, None, b"ab", {1: 2}, {1, 2}])
def test_what_has_no_values_in_an_order_is_a_type_error(tc, data):
    with pytest.raises(TypeError):
        tc.SArray(data)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [(["1", "x"], int), ([1, 2], dict), ([1, 2], array.array), ([1, 2], "int")],
)
def test_values_of_another_type_than_is_given_are_a_type_error(tc, data, dtype):
    with pytest.raises(TypeError):
        tc.SArray(data, dtype=dtype)


def test_changing_the_source_changes_no_column(tc):
    numbers, lists = np.array([1, 2]), [["a"]]
    columns = tc.SArray(numbers), tc.SArray(lists)
    numbers[0] = 9
    lists[0].append("b")
    assert [list(column) for column in columns] == [[1, 2], [["a"]]]


@pytest.mark.parametrize("value", [["a"], {"a": 1}, [1.0]])
def test_changing_a_value_that_was_given_out_changes_no_column(tc, value):
    column = tc.SArray([value])
    given = column[0]
    given.append(2) if not isinstance(given, dict) else given.update(b=2)
    assert len(next(iter(column))) == 1


def test_a_column_cannot_be_assigned_to(tc):
    column = tc.SArray([1, 2])
    with pytest.raises(TypeError, match="item assignment"):
        column[0] = 5


def test_it_is_neither_true_nor_false(tc):
    with pytest.raises(ValueError, match=r"neither|ambiguous"):
        bool(tc.SArray([1]))


def test_it_has_no_hash(tc):
    with pytest.raises(TypeError, match="unhashable"):
        hash(tc.SArray([1]))


# Choice.


@pytest.mark.parametrize(("key", "value"), [(0, 1), (2, 3), (-1, 3), (np.int64(1), 2), (True, 2)])
def test_a_number_chooses_a_value(tc, key, value):
    found = tc.SArray([1, 2, 3])[key]
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (slice(1, None), [2, 3]),
        (slice(0, 1), [1]),
        (slice(None, None, 2), [1, 3]),
        (slice(-2, None), [2, 3]),
        (slice(5, 9), []),
        (slice(2, 1), []),
    ],
)
def test_a_slice_chooses_values(tc, key, values):
    assert list(tc.SArray([1, 2, 3])[key]) == values


@pytest.mark.parametrize(
    "mask", [[1, 0, 1], [1, None, 1], [2.5, 0.0, -1.0], ["x", "", "y"], [[1.0], [], [2.0]]]
)
def test_a_mask_chooses_where_it_is_neither_zero_nor_empty_nor_missing(tc, mask):
    assert list(tc.SArray([1, 2, 3])[tc.SArray(mask)]) == [1, 3]


def test_numbers_are_numbers_again_where_nothing_is_missing_any_more(tc):
    column = tc.SArray([None, 1, 2])[1:]
    assert column.dtype is int
    assert column.to_numpy().dtype == np.int64


@pytest.mark.parametrize("key", [3, "a", 1.0, None, [0, 1]])
def test_what_is_no_place_is_an_index_error(tc, key):
    with pytest.raises(IndexError):
        tc.SArray([1, 2, 3])[key]


def test_a_mask_of_another_length_is_an_index_error(tc):
    with pytest.raises(IndexError, match=r"length|expected 3, found 2"):
        tc.SArray([1, 2, 3])[tc.SArray([1, 0])]


@pytest.mark.parametrize(
    ("item", "values", "there"),
    [
        (2, [1, 2], True),
        (5, [1, 2], False),
        (2.0, [1, 2], True),
        (2.5, [1, 2], False),
        ("2", [1, 2], False),
        (True, [1, 2], True),
        (np.int64(1), [1, 2], True),
        (2, [1.0, 2.0], True),
        (None, [1, None], True),
        (None, [1, 2], False),
        (1, [], False),
        ("a", ["a", "b"], True),
        ("a", ["abc"], False),
        (1, ["a", "b"], False),
        ([1, 2], [[1, 2]], True),
        ([1, 2], [1, 2], False),
        (array.array("d", [1, 2]), [[1, 2]], True),
        ([1, 3], [[1, 2], None], False),
        ({"a": 1}, [{"a": 1}], True),
        (["a", 1], [["a", 1]], True),
    ],
)
def test_in_compares_values(tc, item, values, there):
    assert (item in tc.SArray(values)) is there


def test_the_tutorials_mask_finds_the_rows_of_its_labels(tc):
    labels, wanted = tc.SArray([10, 11, 12, 13]), tc.SArray([13, 11])
    mask = labels.apply(lambda x: x in wanted)
    assert mask.dtype is int
    assert list(mask) == [0, 1, 0, 1]


@pytest.mark.parametrize(("n", "values"), [(2, [1, 2]), (9, [1, 2, 3]), (0, [])])
def test_head_gives_the_first_values(tc, n, values):
    assert list(tc.SArray([1, 2, 3]).head(n)) == values


@pytest.mark.parametrize(("n", "values"), [(2, [2, 3]), (9, [1, 2, 3]), (0, [])])
def test_tail_gives_the_last_values(tc, n, values):
    assert list(tc.SArray([1, 2, 3]).tail(n)) == values


def test_head_and_tail_give_ten_values(tc):
    column = tc.SArray(range(20))
    assert (len(column.head()), len(column.tail())) == (10, 10)


# Functions.


@pytest.mark.parametrize(
    ("function", "dtype", "values"),
    [
        (lambda x: x * 2, int, [2, 4, 6]),
        (lambda x: x > 2, int, [0, 0, 1]),
        (lambda x: x / 2, float, [0.5, 1.0, 1.5]),
        (str, str, ["1", "2", "3"]),
        (lambda x: None, float, [None, None, None]),
        (lambda x: None if x == 1 else x, int, [None, 2, 3]),
        (lambda x: 1 if x == 1 else 2.5, float, [1.0, 2.5, 2.5]),
        (lambda x: [x, "a"], list, [[1, "a"], [2, "a"], [3, "a"]]),
        (lambda x: {"v": x}, dict, [{"v": 1}, {"v": 2}, {"v": 3}]),
        (lambda x: np.float32(x), float, [1.0, 2.0, 3.0]),
        (lambda x: np.bool_(x > 1), int, [0, 1, 1]),
    ],
)
def test_apply_infers_the_type_of_what_the_function_gives(tc, function, dtype, values):
    column = tc.SArray([1, 2, 3]).apply(function)
    assert column.dtype is dtype
    assert list(column) == values


def test_apply_converts_to_a_type_that_is_given(tc):
    column = tc.SArray([1, 2]).apply(lambda x: x, dtype=float)
    assert (column.dtype, list(column)) == (float, [1.0, 2.0])


def test_apply_leaves_missing_values_alone_unless_told(tc):
    column = tc.SArray([1, None])
    assert list(column.apply(lambda x: x + 1)) == [2, None]
    assert list(column.apply(lambda x: x is None, skip_na=False)) == [0, 1]


def test_apply_passes_on_what_the_function_raises(tc):
    with pytest.raises(ZeroDivisionError, match="division"):
        tc.SArray([1]).apply(lambda x: x / 0)


def test_apply_refuses_values_that_do_not_go_together(tc):
    with pytest.raises(TypeError):
        tc.SArray([1, 2]).apply(lambda x: x if x == 1 else "b")


def test_filter_keeps_what_the_function_wants(tc):
    column = tc.SArray([1, None, 3])
    assert list(column.filter(lambda x: x > 1)) == [3]
    assert list(column.filter(lambda x: x is None, skip_na=False)) == [None]


@pytest.mark.parametrize(
    ("data", "dtype", "values"),
    [
        ([1, 2], float, [1.0, 2.0]),
        ([1, None], str, ["1", None]),
        ([1.7, -1.7], int, [1, -1]),
        (["1", "2"], int, [1, 2]),
        (["1.5", None], float, [1.5, None]),
        ([[1, 2]], list, [[1.0, 2.0]]),
        ([1, 0], bool, [1, 0]),
        ([1.5, 1e20], str, ["1.5", "1e+20"]),
    ],
)
def test_astype_converts_values(tc, data, dtype, values):
    assert list(tc.SArray(data).astype(dtype)) == values


@pytest.mark.parametrize(
    ("data", "dtype"),
    [(["1", "x"], int), (["1.5"], int), ([1], list), ([1], dict), ([[1, "2"]], array.array)],
)
def test_astype_refuses_what_cannot_be_converted(tc, data, dtype):
    with pytest.raises(RuntimeError):
        tc.SArray(data).astype(dtype).materialize()


@pytest.mark.parametrize("dtype", ["int", None])
def test_astype_refuses_what_is_no_type(tc, dtype):
    with pytest.raises(TypeError):
        tc.SArray([1]).astype(dtype)


def test_astype_can_leave_what_cannot_be_converted_missing(tc):
    assert list(tc.SArray(["1", "x"]).astype(int, undefined_on_failure=True)) == [1, None]


# Order.


@pytest.mark.parametrize(
    ("values", "ordered"),
    [
        ([3, 1, 2], [1, 2, 3]),
        ([3, None, 2], [None, 2, 3]),
        ([2.5, -1.0], [-1.0, 2.5]),
        (["b", "a", "B", "é", None], [None, "B", "a", "b", "é"]),
        ([DAY, DAY.replace(year=2019)], [DAY.replace(year=2019), DAY]),
        ([], []),
    ],
)
def test_sort_puts_values_in_order_missing_ones_first(tc, values, ordered):
    column = tc.SArray(values)
    assert list(column.sort()) == ordered
    assert list(column.sort(ascending=False)) == ordered[::-1]


def test_sort_puts_nan_behind_the_numbers(tc):
    assert str(tc.SArray([2.5, NAN, 1.0, None]).sort()) == "[None, 1.0, 2.5, nan]"


@pytest.mark.parametrize("values", [[[1], [2]], [{"k": 1}], [["a"]]])
def test_sort_refuses_what_has_no_order(tc, values):
    with pytest.raises(TypeError, match="can be sorted"):
        tc.SArray(values).sort()


@pytest.mark.parametrize(
    ("values", "once"),
    [
        ([3, 1, 3], [1, 3]),
        ([2.5, 2.5], [2.5]),
        (["b", "a", "b", None, None], ["a", "b", None]),
        ([DAY, DAY], [DAY]),
        ([[1, 2], [1, 2]], [array.array("d", [1, 2])]),
        ([["a"], ["a"], None], [["a"], None]),
    ],
)
def test_unique_gives_every_value_once(tc, values, once):
    assert sorted(tc.SArray(values).unique(), key=str) == sorted(once, key=str)


@pytest.mark.differs("frames")
def test_unique_keeps_the_order_of_first_appearance(tc):
    assert list(tc.SArray(["b", "a", "b", "c"]).unique()) == ["b", "a", "c"]


def test_unique_refuses_dicts(tc):
    with pytest.raises(TypeError, match="dict"):
        tc.SArray([{"k": 1}]).unique()


def test_append_puts_another_array_behind(tc):
    assert list(tc.SArray([1, None]).append(tc.SArray([3]))) == [1, None, 3]


@pytest.mark.parametrize("values", [[1, 2], ["a"]])
def test_an_empty_array_goes_with_any(tc, values):
    column, empty = tc.SArray(values), tc.SArray([])
    for joined in (column.append(empty), empty.append(column)):
        assert joined.dtype is column.dtype
        assert list(joined) == list(column)


@pytest.mark.parametrize("other", [[3.5], ["a"], [None]])
def test_append_refuses_another_type(tc, other):
    with pytest.raises(RuntimeError, match=r"append|same"):
        tc.SArray([1, 2]).append(tc.SArray(other))


def test_append_refuses_a_list(tc):
    with pytest.raises(RuntimeError, match="SArray"):
        tc.SArray([1, 2]).append([3])


@pytest.mark.parametrize("values", [[1, None], ["a", None], [[1.0], None], [1.5, NAN, None]])
def test_dropna_drops_missing_values_and_nan(tc, values):
    assert len(tc.SArray(values).dropna()) == 1


# In one number.


@pytest.mark.parametrize(
    ("values", "total"), [([1, 2], 3), ([1, None, 3], 4), ([1.5, 2], 3.5), ([], 0.0)]
)
def test_sum_adds_what_is_there(tc, values, total):
    found = tc.SArray(values).sum()
    assert found == total
    assert type(found) is type(total)


def test_sum_of_missing_whole_numbers_is_zero(tc):
    assert tc.SArray([None], int).sum() == 0


def test_sum_and_mean_of_vectors_are_vectors(tc):
    column = tc.SArray([[1, 2], None, [3, 5]])
    assert column.sum() == array.array("d", [4, 7])
    assert column.mean() == array.array("d", [2, 3.5])


def test_sum_and_mean_of_no_vectors_are_empty(tc):
    column = tc.SArray([], array.array)
    assert column.sum() == array.array("d")
    assert column.mean() is None or len(column.mean()) == 0


def test_nan_spoils_a_sum_and_a_mean_but_no_extreme(tc):
    column = tc.SArray([1.0, NAN, 3.0])
    assert np.isnan(column.sum())
    assert np.isnan(column.mean())
    assert (column.min(), column.max()) == (1.0, 3.0)


def test_min_max_and_mean_pass_over_missing_values(tc):
    column = tc.SArray([4, None, 2])
    assert (column.min(), column.max(), column.mean()) == (2, 4, 3.0)


def test_min_max_and_mean_of_nothing_are_none(tc):
    column = tc.SArray([])
    assert (column.min(), column.max(), column.mean()) == (None, None, None)


def test_min_and_max_of_times_are_times(tc):
    column = tc.SArray([DAY, DAY.replace(year=2019)])
    assert (column.min().year, column.max()) == (2019, DAY)


@pytest.mark.parametrize("name", ["sum", "min", "max", "mean"])
@pytest.mark.parametrize("values", [["a"], [{"k": 1}]])
def test_what_is_no_number_has_none_of_them(tc, name, values):
    with pytest.raises(RuntimeError):
        getattr(tc.SArray(values), name)()


@pytest.mark.parametrize("name", ["min", "max"])
def test_vectors_have_no_extremes(tc, name):
    with pytest.raises(RuntimeError):
        getattr(tc.SArray([[1.0]]), name)()


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_vectors_of_several_lengths_have_no_sum(tc, name):
    with pytest.raises(RuntimeError, match="length"):
        getattr(tc.SArray([[1, 2], [3]]), name)()


# Out of it.


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1, 2], "i"), ([1.5], "f"), (["a", "b"], "U"), (["a", None], "O"), ([1, None], "O")],
)
def test_to_numpy_gives_an_array_of_the_values(tc, values, kind):
    found = tc.SArray(values).to_numpy()
    assert found.tolist() == values
    assert found.dtype.kind == kind


def test_to_numpy_makes_a_matrix_of_vectors_of_one_length(tc):
    np.testing.assert_array_equal(tc.SArray([[1, 2], [3, 4]]).to_numpy(), [[1.0, 2], [3, 4]])


@pytest.mark.filterwarnings("ignore:Creating an ndarray from ragged")
@pytest.mark.parametrize("values", [[[1, 2], [3]], [[1, 2], None]])
def test_to_numpy_keeps_vectors_that_make_no_matrix(tc, values):
    found = tc.SArray(values).to_numpy()
    assert (found.shape, found.dtype) == ((2,), object)
    assert list(found[0]) == [1.0, 2.0]


def test_changing_what_to_numpy_gave_changes_no_column(tc):
    column = tc.SArray([1, 2])
    column.to_numpy()[0] = 9
    assert list(column) == [1, 2]


def test_materialize_gives_nothing(tc):
    assert tc.SArray([1]).materialize() is None


@pytest.mark.parametrize(
    ("arguments", "numbers"), [((3,), [0, 1, 2]), ((3, 6), [3, 4, 5]), ((6, 3), []), ((0,), [])]
)
def test_a_sequence_is_whole_numbers_from_one_to_before_another(tc, arguments, numbers):
    column = tc.SArray.from_sequence(*arguments)
    assert (list(column), column.dtype) == (numbers, int)


@pytest.mark.parametrize("arguments", [(), (1.5,), (1, 2, 3), (1.0, 2.0)])
def test_a_sequence_of_what_is_no_number_is_a_type_error(tc, arguments):
    with pytest.raises(TypeError):
        tc.SArray.from_sequence(*arguments)


@pytest.mark.parametrize(
    ("values", "other", "flags"),
    [
        ([3, 1, None], [1, 3], [1, 1, 0]),
        ([3, 1, None], [1, None], [0, 1, 1]),
        ([3, 1, None], ["a"], [0, 0, 0]),
        ([3, 1, None], [1.0], [0, 1, 0]),
        ([3, 1, None], [], [0, 0, 0]),
        ([3, 1, None], {1}, [0, 1, 0]),
        ([1.5, 2.5], [1.5], [1, 0]),
        (["p", "q", None], ["p", 1], [1, 0, 0]),
        (["p", "q", None], "pq", [1, 1, 0]),
        (["p", "pr", None], "pq", [1, 0, 0]),
        ([[1, 2], [3, 4]], [[1, 2]], [1, 0]),
    ],
)
def test_values_are_found_in_others(tc, values, other, flags):
    found = tc.SArray(values).is_in(other)
    assert (list(found), found.dtype) == (flags, int)


def test_values_are_found_in_a_column_but_not_in_one_value(tc):
    column = tc.SArray([3, 1, None])
    assert list(column.is_in(tc.SArray([1, 9]))) == [0, 1, 0]
    with pytest.raises(RuntimeError):
        column.is_in(1)


@pytest.mark.parametrize(
    ("values", "item", "flags"),
    [
        (["a.b", "axb", None], "a.b", [1, 0, 0]),
        (["abc", ""], "b", [1, 0]),
        ([["a", 1], ["b"], None], "a", [1, 0, 0]),
        ([[1, 2], [3, 4]], 1, [1, 0]),
        ([{"a": 1}, {}, None], "a", [1, 0, 0]),
    ],
)
def test_items_are_found_in_values(tc, values, item, flags):
    found = tc.SArray(values).contains(item)
    assert (list(found), found.dtype) == (flags, int)


@pytest.mark.parametrize(("values", "item"), [([1, 2], 1), (["a"], 1), (["a"], None)])
def test_what_cannot_be_in_a_value_is_a_runtime_error(tc, values, item):
    with pytest.raises(RuntimeError):
        tc.SArray(values).contains(item)


@pytest.mark.parametrize(
    ("values", "ddof", "variance"),
    [([3, 1, None, 4], 0, 14 / 9), ([3, 1, 4], 1, 7 / 3), ([1.5, 2.5], 0, 0.25), ([5], 0, 0.0)],
)
def test_numbers_have_a_variance_and_a_standard_deviation(tc, values, ddof, variance):
    column = tc.SArray(values)
    assert column.var(ddof=ddof) == pytest.approx(variance)
    assert column.std(ddof=ddof) == pytest.approx(variance**0.5)


def test_no_numbers_have_no_variance_and_nan_has_nan(tc):
    assert tc.SArray([], int).var() is tc.SArray([None], float).std() is None
    assert np.isnan(tc.SArray([1.0, NAN]).std())


@pytest.mark.parametrize(("values", "ddof"), [(["a"], 0), ([[1, 2]], 0), ([1], 1), ([1, 2], 3)])
def test_what_has_no_variance_is_a_runtime_error(tc, values, ddof):
    for name in ("std", "var"):
        with pytest.raises(RuntimeError):
            getattr(tc.SArray(values), name)(ddof=ddof)


@pytest.mark.parametrize(
    ("values", "value", "filled"),
    [
        ([1, None], 9, [1, 9]),
        ([1, None], 1.5, [1, 1]),
        ([1.5, None, NAN], 0, [1.5, 0.0, 0.0]),
        (["p", None], 5, ["p", "5"]),
        ([["a"], None], ["b"], [["a"], ["b"]]),
        ([1, 2], 9, [1, 2]),
    ],
)
def test_missing_values_are_filled(tc, values, value, filled):
    column = tc.SArray(values)
    assert list(column.fillna(value)) == filled
    assert column.fillna(value).dtype is column.dtype


def test_missing_vectors_are_filled(tc):
    filled = tc.SArray([[1, 2], None, None]).fillna([0, 0.5])
    assert list(filled)[1:] == [array.array("d", [0, 0.5])] * 2


@pytest.mark.parametrize(("values", "value"), [([1, None], "a"), ([1], None), ([["a"], None], 2)])
def test_what_does_not_fill_a_column_is_a_runtime_error(tc, values, value):
    with pytest.raises(RuntimeError):
        tc.SArray(values).fillna(value)
