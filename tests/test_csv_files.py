"""Frames as CSV: written, and read."""

from __future__ import annotations

import datetime

import pytest
from conftest import PORTABLE, draw

from lookalike.errors import MissingFileError

NAN = float("nan")


def written(frame, folder, **options):
    """Return what a frame is as CSV."""
    frame.export_csv(str(folder / "frame.csv"), **options)
    return (folder / "frame.csv").read_bytes().decode()


def read(tc, folder, text, **options):
    (folder / "text.csv").write_bytes(text.encode())
    options.setdefault("verbose", False)
    return tc.SFrame.read_csv(str(folder / "text.csv"), **options)


def parts(frame):
    """Return a frame's names, types and rows."""
    types = [kind.__name__ for kind in frame.column_types()]
    return frame.column_names(), types, [list(row.values()) for row in frame]


def test_numbers_and_texts_are_written_and_missing_ones_left_empty(tc, tmp_path):
    frame = tc.SFrame({"a": [1, None], "b": ["x", None], "c": [0.5, NAN]})
    assert written(frame, tmp_path) == "a,b,c\n1,x,0.5\n,,nan\n"


def test_texts_are_quoted_where_they_must_be(tc, tmp_path):
    frame = tc.SFrame({"a": ["x,y", 'say "no", then', "it's", "名"]})
    assert written(frame, tmp_path).split("\n")[1:] == [
        '"x,y"',
        '"say ""no"", then"',
        "it's",
        "名",
        "",
    ]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"delimiter": ";"}, "a;b\n1;x\n;y\n"),
        ({"header": False}, "1,x\n,y\n"),
        ({"na_rep": "NULL"}, "a,b\n1,x\nNULL,y\n"),
        ({"line_terminator": "\r\n"}, "a,b\r\n1,x\r\n,y\r\n"),
    ],
)
def test_how_it_is_written_can_be_asked_for(tc, tmp_path, options, text):
    frame = tc.SFrame({"a": [1, None], "b": ["x", "y"]})
    assert written(frame, tmp_path, **options) == text


def test_a_frame_is_saved_as_csv_by_its_format_or_its_name(tc, tmp_path):
    frame = tc.SFrame({"a": [1]})
    frame.save(str(tmp_path / "one"), format="csv")
    frame.save(str(tmp_path / "two.csv"))
    frame.save(str(tmp_path / "three.csv.gz"))
    assert (tmp_path / "one.csv").read_text() == (tmp_path / "two.csv").read_text() == "a\n1\n"
    for name in ("one.csv", "two.csv", "three.csv.gz"):
        assert list(tc.SFrame(str(tmp_path / name))) == [{"a": 1}]
        assert list(tc.load_sframe(str(tmp_path / name))) == [{"a": 1}]


def test_another_format_is_a_value_error(tc, tmp_path):
    with pytest.raises(ValueError, match="xml"):
        tc.SFrame({"a": [1]}).save(str(tmp_path / "frame"), format="xml")


def test_what_is_written_is_read_as_it_was(tc, tmp_path):
    frame = tc.SFrame(
        {
            "a": [1, None, -3],
            "b": ["x,y", 'say "no", then', "two\nlines"],
            "c": [0.5, NAN, 1e20],
            "d": [[1, 2.5], [0.5], None],
            "e": [{"k": 1}, {}, {"l": [1, "x"]}],
        }
    )
    frame.save(str(tmp_path / "frame.csv"))
    found = tc.SFrame.read_csv(str(tmp_path / "frame.csv"), verbose=False)
    assert str(parts(found)) == str(parts(frame))


@pytest.mark.differs("csv")
def test_floats_keep_their_digits_and_names_that_are_no_utf8_their_bytes(tc, tmp_path):
    frame = tc.SFrame({"a": [1 / 3, 2.0], "b": [[1 / 3], [2]], "c": ["\udcff.jpg", "é"]})
    frame.export_csv(str(tmp_path / "frame.csv"))
    assert parts(tc.SFrame.read_csv(str(tmp_path / "frame.csv"))) == parts(frame)


@pytest.mark.differs("csv")
@pytest.mark.differs("csv")
@pytest.mark.parametrize("options", [{}, {"line_terminator": "\r\n"}, {"delimiter": ";"}])
def test_texts_keep_their_line_ends(tc, tmp_path, options):
    texts = ["cr\r.png", "\r", "two\nlines.png", "\r\n", "a\r\nb", "end\n"]
    file = str(tmp_path / "lines.csv")
    tc.SFrame({"id": range(6), "path": texts}).export_csv(file, **options)
    delimiter = options.get("delimiter", ",")
    assert list(tc.SFrame.read_csv(file, delimiter=delimiter, verbose=False)["path"]) == texts


@pytest.mark.skipif(not PORTABLE, reason="Turi Create opens addresses")
@pytest.mark.parametrize("name", ["https://a.org/b.csv", "no\0.csv"])
def test_a_name_that_no_file_can_have_is_no_csv(tc, name):
    with pytest.raises(MissingFileError, match=r"download the files first|No file can have"):
        tc.SFrame.read_csv(name)
    with pytest.raises(MissingFileError, match=r"download the files first|No file can have"):
        tc.SFrame({"a": [1]}).export_csv(name)


@pytest.mark.differs("csv")
def test_pictures_times_and_lists_are_written_as_texts(tc, tmp_path):
    image = tc.Image(str(draw(tmp_path / "a.png")))
    time = datetime.datetime(2020, 1, 2, 3, 4, 5)
    # By name, as Turi Create sorts the columns of a dict.
    frame = tc.SFrame({"image": [image], "list": [["x", None, image]], "time": [time]})
    size = "Height: 48 Width: 64"
    expected = f'image,list,time\n{size},"[""x"", null, ""{size}""]",20200102T030405\n'
    assert written(frame, tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "types", "rows"),
    [
        ("a,b\n1,x\n2,y\n", ["int", "str"], [[1, "x"], [2, "y"]]),
        ("a,b\n1,x\n2.5,y\n", ["float", "str"], [[1.0, "x"], [2.5, "y"]]),
        ("a,b\n1,\n,y\n", ["int", "str"], [[1, ""], [None, "y"]]),
        ("a,b\n1,NA\nNA,y\n", ["int", "str"], [[1, None], [None, "y"]]),
        ("a,b\r\n1,2\r\n", ["int", "int"], [[1, 2]]),
        ("\ufeffa,b\n1,2\n\n3,4\n", ["int", "int"], [[1, 2], [3, 4]]),
        ('a,b\n1, x\n"2"," y"\n', ["int", "str"], [[1, "x"], [2, " y"]]),
        ('a,b\n1,"x\ny"\n1,"x""y"\n', ["int", "str"], [[1, "x\ny"], [1, 'x"y']]),
        ("a,b\n01,1_0\n+1,0x1\n", ["int", "str"], [[1, "1_0"], [1, "0x1"]]),
        ("a,b\n1e5,99999999999999999999\ninf,1x\n", ["float", "str"], None),
        ('a,b\n[1 2],{"k": 1}\n"[3,4]",{}\n', ["array", "dict"], None),
        ('a,b\n"[""x"",""y""]",\n', ["list", "str"], [[["x", "y"], ""]]),
        ("a,b\nC:\\new\\tab.jpg,2020-01-02\n", ["str", "str"], None),
        ("a,b\n", ["str", "str"], []),
    ],
)
def test_columns_have_the_type_that_all_their_values_have(tc, tmp_path, text, types, rows):
    names, kinds, found = parts(read(tc, tmp_path, text))
    assert (names, kinds) == (["a", "b"], types)
    assert rows is None or found == rows


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"header": False}, (["X1", "X2"], ["str", "str"], [["a", "b"], ["1", "2"], ["3", "4"]])),
        ({"nrows": 1}, (["a", "b"], ["int", "int"], [[1, 2]])),
        ({"nrows": 9}, (["a", "b"], ["int", "int"], [[1, 2], [3, 4]])),
        ({"usecols": ["b"]}, (["b"], ["int"], [[2], [4]])),
        ({"skiprows": 1}, (["1", "2"], ["int", "int"], [[3, 4]])),
        ({"na_values": ["2"]}, (["a", "b"], ["int", "int"], [[1, None], [3, 4]])),
        ({"column_type_hints": str}, (["a", "b"], ["str", "str"], [["1", "2"], ["3", "4"]])),
        ({"column_type_hints": {"a": float}}, (["a", "b"], ["float", "int"], [[1, 2], [3, 4]])),
        ({"column_type_hints": [str, float]}, (["a", "b"], ["str", "float"], None)),
        ({"delimiter": ";"}, (["a,b"], ["str"], [["1,2"], ["3,4"]])),
    ],
)
def test_how_it_is_read_can_be_asked_for(tc, tmp_path, options, expected):
    names, kinds, rows = parts(read(tc, tmp_path, "a,b\n1,2\n3,4\n", **options))
    assert (names, kinds) == expected[:2]
    assert expected[2] in (None, rows)


@pytest.mark.parametrize(
    ("header", "names"), [("a,a", ["a", "a.1"]), (",b", ["X1", "b"]), ("名,é", ["名", "é"])]
)
def test_columns_have_names_of_their_own(tc, tmp_path, header, names):
    assert read(tc, tmp_path, f"{header}\n1,2\n").column_names() == names


def test_lines_with_more_or_fewer_values_are_left_out(tc, tmp_path):
    text = "a,b\n1,x,3\n2\n3,z\n"
    assert list(read(tc, tmp_path, text)) == [{"a": 3, "b": "z"}]
    with pytest.raises(RuntimeError):
        read(tc, tmp_path, text, error_bad_lines=True)


@pytest.mark.differs("csv")
def test_that_lines_are_left_out_is_printed(tc, tmp_path, capsys):
    read(tc, tmp_path, "a,b\n1,x,3\n2\n3,z\n", verbose=True)
    assert capsys.readouterr().out == "Left out 2 lines that have not 2 values each.\n"


def test_nothing_is_read_of_an_empty_file(tc, tmp_path):
    assert read(tc, tmp_path, "").shape == (0, 0)


def test_a_file_that_is_not_there_is_an_os_error(tc, tmp_path):
    with pytest.raises(OSError, match=r"nothing\.csv"):
        tc.SFrame.read_csv(str(tmp_path / "nothing.csv"))


@pytest.mark.differs("csv")
def test_what_is_no_csv_or_not_of_its_hint_is_an_error_of_ours(tc, tmp_path):
    with pytest.raises(tc.ToolkitError, match=r"'b' holds what is no int: 'x'"):
        read(tc, tmp_path, "a,b\n1,x\n", column_type_hints={"b": int})
    (tmp_path / "no.csv.gz").write_bytes(b"not packed")
    with pytest.raises(tc.ToolkitError, match=r"no\.csv\.gz"):
        tc.SFrame(str(tmp_path / "no.csv.gz"))
    with pytest.raises(TypeError, match=r"read_csv\(\) got .*foo"):
        read(tc, tmp_path, "a\n1\n", foo=1)
