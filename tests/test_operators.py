"""Operators on columns: arithmetic, comparisons and logic, with missing values."""

from __future__ import annotations

import datetime
import operator

import numpy as np
import pytest

DAY = datetime.datetime(2020, 1, 2)
INF = float("inf")
OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&": operator.and_,
    "^": operator.xor,
    "<<": operator.lshift,
    "@": operator.matmul,
}


def values(column):
    """Return a column's type and values, vectors as lists."""
    return column.dtype.__name__, [list(v) if hasattr(v, "typecode") else v for v in column]


@pytest.mark.parametrize(
    ("left", "symbol", "right", "expected"),
    [
        ([1, 2], "+", 1, ("int", [2, 3])),
        ([1, 2], "+", 1.5, ("float", [2.5, 3.5])),
        ([1, 2], "+", True, ("int", [2, 3])),
        ([1, 2], "+", np.float32(0.5), ("float", [1.5, 2.5])),
        ([1, None], "+", 1, ("int", [2, None])),
        ([1, 2], "-", 1, ("int", [0, 1])),
        ([1, 2], "*", 3, ("int", [3, 6])),
        ([1, 2], "*", 1.5, ("float", [1.5, 3.0])),
        ([1, 2], "/", 2, ("float", [0.5, 1.0])),
        ([4, None], "/", 2, ("float", [2.0, None])),
        ([1, -1], "/", 0, ("float", [INF, -INF])),
        ([7, -7], "//", 2, ("int", [3, -4])),
        ([7.5, -7], "//", 2, ("float", [3.0, -4.0])),
        ([7, None], "//", 0, ("int", [None, None])),
        ([1.5], "//", 0, ("float", [INF])),
        ([7, -7], "%", 3, ("int", [1, 2])),
        ([7, -7], "%", -3, ("int", [-2, -1])),
        ([7], "%", 0, ("int", [None])),
        ([2, 3], "**", 2, ("float", [4.0, 9.0])),
        ([4.0, 9.0], "**", 0.5, ("float", [2.0, 3.0])),
        (["a", None], "+", "c", ("str", ["ac", None])),
        ([[1, 2], None], "+", 1, ("array", [[2.0, 3.0], None])),
        ([[1, 2]], "*", 2, ("array", [[2.0, 4.0]])),
        ([[1, 2], [3, 4]], "+", [1, 2], ("array", [[2.0, 4.0], [4.0, 6.0]])),
        ([2], "-", [1, 2], ("array", [[1.0, 0.0]])),
    ],
)
def test_arithmetic_with_a_value(tc, left, symbol, right, expected):
    assert values(OPERATORS[symbol](tc.SArray(left), right)) == expected


@pytest.mark.parametrize(
    ("left", "symbol", "right", "expected"),
    [
        (1, "+", [1, 2], ("int", [2, 3])),
        (1, "-", [1, 2], ("int", [0, -1])),
        (3, "*", [1, 2], ("int", [3, 6])),
        (2, "/", [1, 4], ("float", [2.0, 0.5])),
        (20, "//", [3, 7], ("int", [6, 2])),
        (20, "%", [3, 7], ("int", [2, 6])),
        (2, "**", [2, 3], ("float", [4.0, 8.0])),
        ("c", "+", ["a", "b"], ("str", ["ca", "cb"])),
        (1, "-", [[1, 2]], ("array", [[0.0, -1.0]])),
    ],
)
def test_arithmetic_with_a_value_on_the_left(tc, left, symbol, right, expected):
    assert values(OPERATORS[symbol](left, tc.SArray(right))) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([1, 2], [3, 4], ("int", [4, 6])),
        ([1, 2], [3.5, 4], ("float", [4.5, 6.0])),
        ([1, None], [None, 2], ("int", [None, None])),
        (["a", "b"], ["c", "d"], ("str", ["ac", "bd"])),
        ([[1, 2]], [[3, 4]], ("array", [[4.0, 6.0]])),
        ([[1, 2], [3], None], [[3, 4], [3, 4], [5]], ("array", [[4.0, 6.0], None, None])),
    ],
)
def test_columns_add_row_by_row(tc, left, right, expected):
    assert values(tc.SArray(left) + tc.SArray(right)) == expected


def test_signs_and_sizes(tc):
    column = tc.SArray([1, -2, None])
    assert values(-column) == ("int", [-1, 2, None])
    assert values(+column) == ("int", [1, -2, None])
    assert values(abs(column)) == ("int", [1, 2, None])


def test_adding_in_place_makes_a_new_column(tc):
    first = column = tc.SArray([1, 2])
    column += 1
    assert (list(first), list(column)) == ([1, 2], [2, 3])


@pytest.mark.parametrize(
    ("left", "right"),
    [([1], "a"), ([1], None), (["a"], 1), (["a"], ["b"]), ([DAY], "a"), ([{"k": 1}], 1)],
)
def test_what_does_not_add_is_a_runtime_error(tc, left, right):
    with pytest.raises(RuntimeError):
        tc.SArray(left) + right


@pytest.mark.parametrize("other", [2, -1.5, "a"])
def test_texts_cannot_be_multiplied(tc, other):
    with pytest.raises(RuntimeError):
        tc.SArray(["a"]) * other


def test_texts_have_no_sign(tc):
    with pytest.raises(RuntimeError):
        -tc.SArray(["a"])


def test_what_no_column_holds_cannot_be_added(tc):
    with pytest.raises(TypeError, match="object"):
        tc.SArray([1]) + object()


@pytest.mark.parametrize("symbol", ["+", "==", "<", "&"])
def test_columns_of_different_lengths_are_a_runtime_error(tc, symbol):
    with pytest.raises(RuntimeError, match=r"size|length"):
        OPERATORS[symbol](tc.SArray([1, 2]), tc.SArray([1]))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ([1, 2, 3], 2, [0, 1, 0]),
        ([1, 2], 2.0, [0, 1]),
        ([1, 1], True, [1, 1]),
        ([1, 2], "2", [0, 0]),
        ([1, 2], [1, 2], [0, 0]),
        ([1, None, 3], None, [0, 1, 0]),
        ([1, None, 3], 3, [0, 0, 1]),
        (["a", "b", None], "a", [1, 0, 0]),
        (["a", "b"], 1, [0, 0]),
        (["a", None], None, [0, 1]),
        ([DAY], DAY, [1]),
        ([{"a": 1}, {}], {"a": 1}, [1, 0]),
        ([["a", 1], None], ["a", 1], [1, 0]),
        ([[1, 2], [3, 4], [1], None], [1, 2], [1, 0, 0, 0]),
        ([[1, 2], None], None, [0, 1]),
    ],
)
def test_equality_with_a_value_is_known_for_every_row(tc, left, right, equal):
    column = tc.SArray(left)
    assert values(column == right) == ("int", equal)
    assert values(column != right) == ("int", [1 - one for one in equal])


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ([1, 2], [1.0, 3.0], [1, 0]),
        ([1, None], [1, None], [1, 1]),
        ([1, None], [None, 2], [0, 0]),
        ([1, 2], ["1", "2"], [0, 0]),
        ([[1, 2], [3, 4], None], [[1, 2], [3, 5], None], [1, 0, 1]),
        ([["a"], ["b"]], [["a"], ["c"]], [1, 0]),
    ],
)
def test_equality_of_columns_is_known_for_every_row(tc, left, right, equal):
    left, right = tc.SArray(left), tc.SArray(right)
    assert values(left == right) == ("int", equal)
    assert values(left != right) == ("int", [1 - one for one in equal])


@pytest.mark.parametrize(
    ("left", "symbol", "right", "expected"),
    [
        ([1, 2, 3], ">", 2, [0, 0, 1]),
        ([1, 2, 3], ">=", 2.0, [0, 1, 1]),
        ([1, None, 3], "<", 2, [1, None, 0]),
        ([1, None, 3], "<=", 3, [1, None, 1]),
        (["a", "b", None], "<", "b", [1, 0, None]),
        ([DAY], "<", DAY.replace(year=2021), [1]),
    ],
)
def test_comparisons_give_one_zero_or_missing(tc, left, symbol, right, expected):
    assert values(OPERATORS[symbol](tc.SArray(left), right)) == ("int", expected)


def test_columns_are_compared_row_by_row(tc):
    assert values(tc.SArray([1, None, 3]) < tc.SArray([2.0, 2.0, 2.0])) == ("int", [1, None, 0])


def test_a_value_on_the_left_is_compared_too(tc):
    assert values(OPERATORS[">"](2, tc.SArray([1, 2]))) == ("int", [1, 0])
    assert values(OPERATORS["=="](1, tc.SArray([1, 2]))) == ("int", [1, 0])


@pytest.mark.parametrize(
    ("left", "right"), [([1], None), ([1], "a"), (["a"], 1), ([["a"]], ["b"]), ([[1]], [2])]
)
def test_what_has_no_order_is_a_runtime_error(tc, left, right):
    with pytest.raises(RuntimeError):
        OPERATORS["<"](tc.SArray(left), right)


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        ([1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 0], [1, 1, 1, 0]),
        ([2, 1.5], [4, 0], [1, 0], [1, 1]),
        (["a", ""], [1, 1], [1, 0], [1, 1]),
        ([None, None, None], [1, 0, None], [None, 0, None], [1, None, None]),
    ],
)
def test_masks_are_combined_with_missing_values_as_unknown(tc, left, right, both, either):
    left, right = tc.SArray(left), tc.SArray(right)
    assert values(left & right) == ("int", both)
    assert values(left | right) == ("int", either)
    assert values(right & left) == ("int", both)
    assert values(right | left) == ("int", either)


@pytest.mark.parametrize("other", [1, [1, 0], None])
def test_masks_are_combined_with_masks_alone(tc, other):
    with pytest.raises(TypeError):
        tc.SArray([1, 0]) & other
    with pytest.raises(TypeError):
        tc.SArray([1, 0]) | other


@pytest.mark.differs("frames")
def test_not_turns_a_mask_round(tc):
    assert values(~tc.SArray([1, 0, None])) == ("int", [0, 1, 1])
    assert values(~tc.SArray(["a", ""])) == ("int", [0, 1])


@pytest.mark.parametrize("symbol", ["^", "<<", "@"])
def test_there_are_no_other_operators(tc, symbol):
    with pytest.raises(TypeError, match="SArray"):
        OPERATORS[symbol](tc.SArray([1]), tc.SArray([1]))


@pytest.mark.portable
def test_a_numpy_number_on_the_left_gives_a_column():
    from lookalike.portable import SArray

    found = np.int64(2) + SArray([1, None])
    assert values(found) == ("int", [3, None])


@pytest.mark.portable
def test_numpys_other_functions_are_refused():
    from lookalike.portable import SArray

    with pytest.raises(TypeError, match="sqrt"):
        np.sqrt(SArray([1.0]))
