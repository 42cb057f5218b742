"""Printed frames and columns, character by character as Turi Create prints them."""

from __future__ import annotations

import datetime
import io
from textwrap import dedent

import pytest
from conftest import draw

NAN = float("nan")
NOTE = (
    "Note: Only the head of the SFrame is printed.\n"
    "You can use print_rows(num_rows=m, num_columns=n) to print more rows and columns."
)


def table(text):
    """Return the text of a table that is printed in a test's indentation."""
    return dedent(text).lstrip("\n")


def printed(frame, *arguments, **options):
    """Return what ``print_rows`` prints."""
    file = io.StringIO()
    frame.print_rows(*arguments, output_file=file, **options)
    return file.getvalue()


def test_a_frame_prints_its_rows_and_size(tc):
    assert str(tc.SFrame({"id": [0, 1], "name": ["cat", "rover"]})) == table(
        """
        +----+-------+
        | id |  name |
        +----+-------+
        | 0  |  cat  |
        | 1  | rover |
        +----+-------+
        [2 rows x 2 columns]
        """
    )


def test_a_frame_describes_its_columns(tc):
    assert repr(tc.SFrame({"id": [0], "name": ["cat"]})) == (
        "Columns:\n\tid\tint\n\tname\tstr\n\nRows: 1\n\nData:\n"
        "+----+------+\n| id | name |\n+----+------+\n| 0  | cat  |\n+----+------+\n"
        "[1 rows x 2 columns]\n"
    )


def test_an_empty_frame_prints(tc):
    assert str(tc.SFrame()) == "++\n||\n++\n++\n[0 rows x 0 columns]\n"
    assert repr(tc.SFrame()) == "Columns:\n\tNone\n\nRows: 0\n\nData:\n\t[]"


def test_columns_without_rows_print(tc):
    frame = tc.SFrame({"a": [], "b": []})
    assert str(frame) == "+---+---+\n| a | b |\n+---+---+\n+---+---+\n[0 rows x 2 columns]\n"
    assert repr(frame) == "Columns:\n\ta\tfloat\n\tb\tfloat\n\nRows: 0\n\nData:\n\t[]"


def test_ten_rows_print_whole(tc):
    lines = str(tc.SFrame({"a": range(10)})).split("\n")
    assert lines[3:13] == [f"| {number} |" for number in range(10)]
    assert lines[13:] == ["+---+", "[10 rows x 1 columns]", ""]


def test_of_more_rows_the_head_prints_with_a_note(tc):
    lines = str(tc.SFrame({"a": range(199)})).split("\n")
    assert lines[3:13] == [f"| {number} |" for number in range(10)]
    assert lines[13:] == ["+---+", "[199 rows x 1 columns]", *NOTE.split("\n")]


def test_print_rows_prints_as_many_rows_as_asked_for_without_a_note(tc):
    frame = tc.SFrame({"a": range(20)})
    assert printed(frame, 2) == table(
        """
        +---+
        | a |
        +---+
        | 0 |
        | 1 |
        +---+
        [20 rows x 1 columns]

        """
    )
    assert printed(frame).count("\n") == 16
    assert printed(frame, 100).count("\n") == 26
    assert printed(frame, 0) == "+---+\n| a |\n+---+\n+---+\n[20 rows x 1 columns]\n\n"


def test_print_rows_prints_to_the_output_unless_told(tc, capsys):
    tc.SFrame({"a": [1]}).print_rows()
    assert capsys.readouterr().out == "+---+\n| a |\n+---+\n| 1 |\n+---+\n[1 rows x 1 columns]\n\n"


def test_columns_beyond_those_asked_for_are_dots(tc):
    frame = tc.SFrame({"a": [0, 1], "b": [2, 3], "c": [4, 5]})
    assert printed(frame, num_columns=2) == table(
        """
        +---+---+-----+
        | a | b | ... |
        +---+---+-----+
        | 0 | 2 | ... |
        | 1 | 3 | ... |
        +---+---+-----+
        [2 rows x 3 columns]

        """
    )


def test_what_is_too_wide_goes_on_below(tc):
    frame = tc.SFrame({f"c{number:02}": [number] for number in range(30)})
    assert str(frame) == table(
        """
        +-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+
        | c00 | c01 | c02 | c03 | c04 | c05 | c06 | c07 | c08 | c09 | c10 | c11 | c12 |
        +-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+
        |  0  |  1  |  2  |  3  |  4  |  5  |  6  |  7  |  8  |  9  |  10 |  11 |  12 |
        +-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+
        +-----+-----+-----+-----+-----+-----+-----+-----+
        | c13 | c14 | c15 | c16 | c17 | c18 | c19 | ... |
        +-----+-----+-----+-----+-----+-----+-----+-----+
        |  13 |  14 |  15 |  16 |  17 |  18 |  19 | ... |
        +-----+-----+-----+-----+-----+-----+-----+-----+
        [1 rows x 30 columns]
        """
    )


@pytest.mark.parametrize(("width", "tables"), [(23, 1), (24, 1), (25, 2), (30, 2), (31, 2)])
def test_a_column_goes_below_where_the_row_would_be_too_wide(tc, width, tables):
    frame = tc.SFrame({"a": ["x" * 26], "b": ["y" * 22], "c": ["z" * width]})
    assert str(frame).count("+\n+") == tables - 1


def test_the_width_of_a_row_can_be_asked_for(tc):
    frame = tc.SFrame({name: ["word" * 5] for name in "abcdef"})
    assert printed(frame, max_row_width=200).count("\n") == 7
    assert printed(frame, max_row_width=20).count("[1 rows") == 1
    assert printed(frame, max_row_width=20).count("\n") == 32


def test_long_cells_are_cut(tc):
    frame = tc.SFrame({"a": ["x" * 30, "y" * 31, "word " * 20]})
    assert str(frame) == table(
        """
        +--------------------------------+
        |               a                |
        +--------------------------------+
        | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx |
        | yyyyyyyyyyyyyyyyyyyyyyyyyy...  |
        | word word word word word w...  |
        +--------------------------------+
        [3 rows x 1 columns]
        """
    )


def test_long_names_are_cut(tc):
    frame = tc.SFrame({"a_name_that_is_longer_than_thirty_characters": [1]})
    assert str(frame).split("\n")[1] == "| a_name_that_is_longer_than... |"


def test_the_width_of_a_column_can_be_asked_for(tc):
    frame = tc.SFrame({"name_of_it": ["word" * 5]})
    assert printed(frame, max_column_width=8) == table(
        """
        +---------+
        | name... |
        +---------+
        | word... |
        +---------+
        [1 rows x 1 columns]

        """
    )


def test_white_space_is_spelled_out(tc):
    frame = tc.SFrame({"a\tb": ["line\nbreak", " x ", "\u2028", ""]})
    assert str(frame) == table(
        r"""
        +-------------+
        |     a\tb    |
        +-------------+
        | line\nbreak |
        |      x      |
        |    \u2028   |
        |             |
        +-------------+
        [4 rows x 1 columns]
        """
    )


def test_wide_characters_take_two_places(tc):
    frame = tc.SFrame({"名前": ["猫", "ロボット", "é" * 40]})
    assert str(frame) == table(
        """
        +-------------------------------+
        |              名前             |
        +-------------------------------+
        |               猫              |
        |            ロボット           |
        | éééééééééééééééééééééééééé... |
        +-------------------------------+
        [3 rows x 1 columns]
        """
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (1.0, "1.0"),
        (NAN, "nan"),
        (1e20, "1e+20"),
        (123456.789012345678, "123456.78901234567"),
        ([1, 2], "[1.0, 2.0]"),
        (list(range(50)), "[0.0, 1.0, 2.0, 3.0, 4.0, ..."),
        (["x", None, 1], "[x, None, 1]"),
        ({"k": 1}, "{'k': 1}"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5), "2020-01-02 03:04:05"),
    ],
)
def test_values_print_as_python_writes_them(tc, value, cell):
    lines = str(tc.SFrame({"a": [value, None]})).split("\n")
    assert [line.strip("| ") for line in lines[3:5]] == [cell, "None"]


@pytest.fixture
def pictures(tc, tmp_path):
    wide, high = draw(tmp_path / "a.png"), draw(tmp_path / "b.jpg", size=(30, 1200))
    return [tc.Image(str(wide)), tc.Image(str(high)), None]


def test_pictures_print_as_their_size(tc, pictures):
    frame = tc.SFrame({"image": pictures, "n": [1, 2, 3]})
    assert str(frame) == table(
        """
        +------------------------+---+
        |         image          | n |
        +------------------------+---+
        |  Height: 48 Width: 64  | 1 |
        | Height: 1200 Width: 30 | 2 |
        |          None          | 3 |
        +------------------------+---+
        [3 rows x 2 columns]
        """
    )
    assert repr(frame).startswith("Columns:\n\timage\tImage\n\tn\tint\n\nRows: 3\n")


def test_a_column_of_pictures_prints_as_their_sizes(tc, pictures):
    assert repr(tc.SArray(pictures)) == (
        "dtype: Image\nRows: 3\n['Height: 48 Width: 64', 'Height: 1200 Width: 30', None]"
    )
    assert tc.SArray(pictures).astype(str)[0] == "Height: 48 Width: 64"


@pytest.mark.portable
def test_a_picture_that_cannot_be_read_prints_so(tmp_path):
    from lookalike.portable import Image, SArray

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    column = SArray([Image.unread(str(broken)), Image.unread(str(tmp_path / "gone.png"))])
    assert str(column) == "['unreadable', 'unreadable']"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "dtype: float\nRows: 0\n[]"),
        ([None], "dtype: float\nRows: 1\n[None]"),
        (range(9), "dtype: int\nRows: 9\n[0, 1, 2, 3, 4, 5, 6, 7, 8]"),
        ([1.5, None, NAN], "dtype: float\nRows: 3\n[1.5, None, nan]"),
        (["a", "d'e", "f\n", "名"], "dtype: str\nRows: 4\n['a', \"d'e\", 'f\\n', '名']"),
        ([[1, 2]], "dtype: array\nRows: 1\n[array('d', [1.0, 2.0])]"),
        ([["a", 1]], "dtype: list\nRows: 1\n[['a', 1]]"),
        ([{"k": 1}], "dtype: dict\nRows: 1\n[{'k': 1}]"),
        (
            [datetime.datetime(2020, 1, 2)],
            "dtype: datetime\nRows: 1\n[datetime.datetime(2020, 1, 2, 0, 0)]",
        ),
    ],
)
def test_a_column_prints_its_type_rows_and_values(tc, values, text):
    column = tc.SArray(values)
    assert repr(column) == text
    assert str(column) == text.split("\n", 2)[2]


def test_a_column_prints_a_hundred_values(tc):
    hundred = ", ".join(map(str, range(100)))
    assert str(tc.SArray(range(100))) == f"[{hundred}]"
    assert str(tc.SArray(range(101))) == f"[{hundred}, ... ]"


LONG = "/home/anna/Pictures/holidays/2019/cats/cat-001.jpg"


def lines_of(frame):
    return [line.strip("| ") for line in str(frame).split("\n")]


@pytest.mark.differs("printing")
@pytest.mark.parametrize(
    ("name", "path", "cell"),
    [
        ("path", LONG, ".../2019/cats/cat-001.jpg"),
        ("reference_label", LONG, ".../2019/cats/cat-001.jpg"),
        ("path", LONG.replace("/", "\\"), r"...\2019\cats\cat-001.jpg"),
        ("path", "a folder/" + "x" * 30 + ".jpeg", "..." + "x" * 22 + ".jpeg"),
        ("path", "/" + "x" * 40, "..." + "x" * 27),
        ("path", "照片/" * 9 + "猫.jpg", ".../照片/照片/照片/照片/猫.jpg"),
        ("path", "short/cat.jpg", "short/cat.jpg"),
    ],
)
def test_a_path_is_shortened_at_its_front(tc, name, path, cell):
    frame = tc.SFrame({name: [path, None]})
    assert lines_of(frame)[3:5] == [cell, "None"]
    assert frame[0][name] == path


@pytest.mark.parametrize(
    "other", ["no path at all, but a sentence", "and/or, as a sentence says it"]
)
def test_other_texts_are_cut_at_their_end(tc, other):
    assert lines_of(tc.SFrame({"note": [LONG, other]}))[3] == "/home/anna/Pictures/holida..."


def matches(tc, **more):
    """Return a table as ``find_similar`` returns it."""
    columns = {
        "rank": tc.SArray([1, 2]),
        "distance": tc.SArray([11.487123456789, 0.0]),
        "id": tc.SArray([123456, 7]),
        "path": tc.SArray([LONG, "a.jpg"]),
        **more,
    }
    frame = tc.SFrame()
    for name, column in columns.items():
        frame = frame.add_column(column, name)
    return frame


@pytest.mark.differs("printing")
def test_matches_print_in_one_table_of_eighty_columns(tc, pictures):
    frame = matches(tc, image=tc.SArray(pictures[1:]))
    assert str(frame) == table(
        """
        +------+----------+--------+----------------------+------------------------+
        | rank | distance |   id   |         path         |         image          |
        +------+----------+--------+----------------------+------------------------+
        |  1   | 11.4871  | 123456 | .../cats/cat-001.jpg | Height: 1200 Width: 30 |
        |  2   |  0.0000  |   7    |        a.jpg         |          None          |
        +------+----------+--------+----------------------+------------------------+
        [2 rows x 5 columns]
        """
    )
    assert frame[0]["distance"] == 11.487123456789


@pytest.mark.differs("printing")
@pytest.mark.parametrize("width", range(1, 32))
def test_no_line_of_matches_is_wider_than_eighty(tc, pictures, width):
    image = tc.SArray(pictures[:2])
    for columns in ({"note": tc.SArray(["x" * width, None])}, {"名" * width: tc.SArray([1, 2])}):
        wide = str(matches(tc, **columns, image=image)).encode("gbk").split(b"\n")
        assert max(map(len, wide)) <= 80


@pytest.mark.parametrize("name", ["path", "image", "other"])
def test_answers_of_a_model_keep_all_digits_of_the_distance(tc, name):
    frame = tc.SFrame({"reference_label": [1], "distance": [0.123456789], "rank": [1], name: ["x"]})
    assert "0.123456789" in str(frame)


def test_a_distance_without_pictures_keeps_all_its_digits(tc):
    assert "0.123456789" in str(tc.SFrame({"distance": [0.123456789], "rank": [1]}))


@pytest.mark.differs("printing")
@pytest.mark.parametrize(
    "text", ["\x1b[31mred", "a\x00b\x07", "\udcff.jpg", "gpj.\u202eexe", "\x9b2J"]
)
def test_no_control_character_is_printed(tc, text):
    frame = tc.SFrame({text: [text], "list": [[text, 1]], "dict": [{text: text}]})
    for printed_text in (str(frame), repr(frame), printed(frame), repr(frame["list"])):
        printed_text.encode("utf-8")
        assert all(char.isprintable() or char in "\n\t" for char in printed_text)
        assert repr(text)[1:-1] in printed_text
    assert frame[0][text] == text
