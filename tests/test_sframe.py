"""SFrame: what it is made from, appended to and turned into, and how it shows itself."""

from __future__ import annotations

import array
import subprocess
import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from conftest import draw

NAN = float("nan")


def test_a_frame_is_made_of_a_dict_of_columns(tc):
    frame = tc.SFrame({"a": [1, None], "b": tc.SArray(["x", "y"]), "c": np.array([0.5, 1.5])})
    assert sorted(frame.column_names()) == ["a", "b", "c"]
    assert frame[1] == {"a": None, "b": "y", "c": 1.5}


@pytest.mark.differs("frames")
def test_columns_stand_in_the_order_of_the_dict(tc):
    assert tc.SFrame({"b": [1], "a": [2]}).column_names() == ["b", "a"]


@pytest.mark.differs("frames")
def test_a_list_of_dicts_is_rows(tc):
    frame = tc.SFrame([{"a": 1, "b": "x"}, {"b": "y", "c": 2.5}])
    assert frame.column_types() == [int, str, float]
    assert list(frame) == [{"a": 1, "b": "x", "c": None}, {"a": None, "b": "y", "c": 2.5}]


@pytest.mark.parametrize("data", [[1, 2], np.array([1, 2])])
def test_values_alone_become_one_column(tc, data):
    assert list(tc.SFrame(data)) == [{"X1": 1}, {"X1": 2}]
    assert list(tc.SFrame(tc.SArray(data))) == [{"X1": 1}, {"X1": 2}]


def test_a_matrix_becomes_a_column_of_vectors(tc):
    vectors = [array.array("d", [1, 2]), array.array("d", [3, 4])]
    assert list(tc.SFrame(np.array([[1, 2], [3, 4]]))["X1"]) == vectors


def test_a_frame_is_made_of_a_dataframe_without_its_index(tc):
    data = pd.DataFrame({"a": [1, 2], "b": ["x", None], 3: [NAN, 1.5]}, index=[5, 6])
    frame = tc.SFrame(data.astype({"b": object}))
    assert frame.column_names() == ["a", "b", "3"]
    assert frame.column_types() == [int, str, float]
    assert list(frame["b"]) == ["x", None]


def test_missing_texts_of_a_dataframe_are_missing_however_pandas_marks_them():
    from lookalike.portable import SFrame

    data = pd.DataFrame({"a": ["x", None], "n": pd.array([1, None], dtype="Int64")})
    assert list(SFrame(data)) == [{"a": "x", "n": 1}, {"a": None, "n": None}]


def test_a_frame_is_made_of_another(tc):
    assert list(tc.SFrame(tc.SFrame({"a": [1]}))) == [{"a": 1}]


@pytest.mark.parametrize("data", [None, [], {}])
def test_nothing_makes_an_empty_frame(tc, data):
    assert tc.SFrame(data).shape == (0, 0)


def test_columns_without_rows_keep_their_types(tc):
    frame = tc.SFrame({"a": tc.SArray([], str), "b": tc.SArray([], int)})
    assert (frame.shape, frame.column_types()) == ((0, 2), [str, int])
    assert frame.append(tc.SFrame({"a": ["x"], "b": [1]}))[0] == {"a": "x", "b": 1}


def test_columns_of_different_lengths_are_a_runtime_error(tc):
    with pytest.raises(RuntimeError, match=r"same length|has 1 values"):
        tc.SFrame({"a": [1, 2], "b": ["x"]})


@pytest.mark.parametrize("data", [5, 1.5, object()])
def test_what_makes_no_frame_is_a_value_error(tc, data):
    with pytest.raises(ValueError, match=r"infer|is made from"):
        tc.SFrame(data)


@pytest.mark.parametrize("data", [{"a": 5}, {"a": [1, "x"]}, {"a": [object()]}, [{"a": 1}, 3]])
def test_what_makes_no_column_is_a_type_error(tc, data):
    with pytest.raises(TypeError):
        tc.SFrame(data)


def test_append_puts_another_frames_rows_behind(tc):
    frame = tc.SFrame({"a": [1, 2], "b": ["x", None]})
    assert list(frame.append(frame[:1])["b"]) == ["x", None, "x"]
    assert len(frame) == 2


def test_append_finds_columns_by_their_names(tc):
    other = tc.SFrame({"b": [3]}).add_column(tc.SArray([4]), "a")
    assert list(tc.SFrame({"a": [1], "b": [2]}).append(other)) == [
        {"a": 1, "b": 2},
        {"a": 4, "b": 3},
    ]


def test_an_empty_frame_goes_with_any(tc):
    frame = tc.SFrame({"a": [1]})
    assert list(frame.append(tc.SFrame())) == list(tc.SFrame().append(frame)) == [{"a": 1}]


@pytest.mark.parametrize("other", [{"b": [3]}, {"a": [3], "b": [1]}, {"a": [3.5]}, {"a": ["x"]}])
def test_append_refuses_other_columns(tc, other):
    with pytest.raises(RuntimeError, match=r"(?i)columns|append"):
        tc.SFrame({"a": [1, 2]}).append(tc.SFrame(other))


@pytest.mark.parametrize("other", [[1], {"a": 2}])
def test_append_refuses_what_is_no_frame(tc, other):
    with pytest.raises(RuntimeError, match="SFrame"):
        tc.SFrame({"a": [1]}).append(other)


def test_apply_takes_rows(tc):
    frame = tc.SFrame({"a": [1, 2], "b": [3, 4]})
    assert list(frame.apply(lambda row: row["a"] + row["b"])) == [4, 6]
    assert frame.apply(lambda row: row["a"] > 1).dtype is int
    assert frame.apply(lambda row: row["a"], dtype=float).dtype is float


def test_apply_passes_on_what_the_function_raises(tc):
    with pytest.raises(KeyError, match="z"):
        tc.SFrame({"a": [1]}).apply(lambda row: row["z"])


def test_a_frame_becomes_a_dataframe(tc):
    frame = tc.SFrame({"a": [1, 2], "b": ["x", None], "c": [1, None], "d": [[1, 2], [3, 4]]})
    data = frame.to_dataframe()
    assert list(data.columns) == ["a", "b", "c", "d"]
    assert [kind.kind for kind in data.dtypes] == ["i", "O", "f", "O"]
    assert data["b"].tolist() == ["x", None]
    assert np.isnan(data["c"][1])
    assert list(data["d"][1]) == [3.0, 4.0]


def test_an_empty_frame_becomes_an_empty_dataframe(tc):
    assert tc.SFrame().to_dataframe().shape == (0, 0)


def test_changing_a_dataframe_changes_no_frame(tc):
    source = pd.DataFrame({"a": [1, 2]})
    frame = tc.SFrame(source)
    source.loc[0, "a"] = 9
    given = frame.to_dataframe()
    given.loc[0, "a"] = 9
    assert list(frame["a"]) == [1, 2]


@pytest.mark.parametrize(
    ("columns", "kind", "values"),
    [
        ({"a": [1, 2], "b": [3, 4]}, "i", [[1, 3], [2, 4]]),
        ({"a": [1, 2], "b": [1.5, 2.5]}, "f", [[1.0, 1.5], [2.0, 2.5]]),
        ({"a": [1, None]}, "O", [[1], [None]]),
    ],
)
def test_a_frame_becomes_an_array(tc, columns, kind, values):
    found = tc.SFrame(columns).to_numpy()
    assert found.dtype.kind == kind
    assert found.tolist() == values


@pytest.mark.portable
def test_numbers_beside_texts_stay_numbers_in_an_array():
    from lookalike.portable import SFrame

    assert SFrame({"a": [1], "b": ["x"]}).to_numpy().tolist() == [[1, "x"]]


def test_materialize_gives_nothing(tc):
    assert tc.SFrame({"a": [1]}).materialize() is None


def test_pictures_are_values_like_others(tc, tmp_path):
    red, blue = (tc.Image(str(draw(tmp_path / f"{c}.png", c))) for c in ("red", "blue"))
    frame = tc.SFrame({"image": [red, blue, None], "n": [1, 2, 3]})
    assert frame.column_types() == [tc.Image, int]
    assert frame["image"].apply(lambda image: image.width).head(2)[0] == 64
    assert list(frame.dropna()["n"]) == [1, 2]
    assert list(frame["image"] == blue) == [0, 1, 0]
    assert blue in frame[1:]["image"]
    assert red not in frame[1:]["image"]
    with pytest.raises(TypeError, match="can be sorted"):
        frame.sort("image")
    with pytest.raises(RuntimeError):
        frame["image"] + 1


@pytest.mark.portable
def test_a_frame_and_an_array_show_themselves_in_a_notebook(tmp_path):
    from lookalike.portable import Image, SArray, SFrame

    image = Image(str(draw(tmp_path / "a.png")))
    assert "<img" in SFrame({"image": [image]})._repr_html_()
    assert "<img" in SArray([image])._repr_html_()
    assert SArray([1])._repr_html_() is None


@pytest.mark.portable
def test_explore_shows_the_rows_under_a_title(page):
    from lookalike.portable import SFrame

    SFrame({"a": ["x-1", "x-2"]}).explore("My <title>")
    assert "My &lt;title&gt;" in page() and "x-1" in page() and "x-2" in page()


@pytest.mark.portable
def test_show_shows_the_values_of_a_column(page):
    from lookalike.portable import SArray

    SArray(["x-3"]).show()
    assert "x-3" in page() and "1 rows" in page()


@pytest.mark.portable
def test_while_another_thread_imports_pandas_frames_are_made_of_what_there_is(monkeypatch):
    from lookalike.portable import SFrame

    # As Python has it from the first line of the module on.
    monkeypatch.setitem(sys.modules, "pandas", ModuleType("pandas"))
    assert list(SFrame([{"a": 1}, {"a": 2}])["a"]) == [1, 2]


@pytest.mark.portable
def test_frames_do_not_need_pandas_until_it_is_asked_for():
    code = (
        "import sys; from lookalike.portable import SFrame; "
        "print(SFrame({'a': [1, 2]}).sort('a').filter_by(1, 'a')); "
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.portable
def test_a_hundred_thousand_rows_are_handled():
    from lookalike.portable import SArray, SFrame

    count = 100_000
    names = [f"picture-{number * 7919 % count}.jpg" for number in range(count)]
    frame = SFrame({"path": names}).add_row_number()
    wanted = SArray(range(0, count, 10))
    frame = frame[frame["id"].apply(lambda x: x in wanted)].sort("path")
    assert len(frame.filter_by(names[:100], "path")) == 10
    assert str(frame).endswith("more rows and columns.")


@pytest.mark.parametrize("names", [["a", "a"], [1, "1"], ["b", 2.5, "2.5"]])
def test_two_columns_of_a_dataframe_with_one_name_are_an_error_that_names_it(tc, names):
    data = pd.DataFrame([range(len(names))], columns=names)
    with pytest.raises(RuntimeError, match=str(names[-1])):
        tc.SFrame(data)


@pytest.mark.portable
@pytest.mark.parametrize("data", [{1: [2], "1": [3]}, [{1: 2}, {"1": 3}], {None: [1], "None": [2]}])
def test_two_columns_with_one_name_are_an_error_that_names_it(data):
    from lookalike.portable import SFrame, ToolkitError

    with pytest.raises(ToolkitError, match=r"the name '(1|None)'"):
        SFrame(data)


@pytest.mark.portable
def test_without_pandas_a_dataframe_says_what_to_install(monkeypatch):
    from lookalike.portable import SFrame

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'pip install "\.\[dataframe\]"'):
        SFrame({"a": [1]}).to_dataframe()
