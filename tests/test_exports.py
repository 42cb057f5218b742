"""What is done with rows that were found: their files copied, their table written."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from conftest import draw

import lookalike
from lookalike.errors import MissingFileError, ToolkitError


@pytest.fixture
def rows(folder):
    return lookalike.load_images(str(folder))


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


# Copies


def test_files_are_copied_with_numbers_in_the_order_of_the_rows(rows, tmp_path):
    copies = lookalike.copy_files(rows.sort("id", ascending=False), tmp_path / "new" / "found")
    names = ["001-d.png", "002-c.jpeg", "003-b.jpg", "004-a.png"]
    assert copies == [str(tmp_path / "new" / "found" / name) for name in names]
    assert sorted(os.listdir(tmp_path / "new" / "found")) == names
    assert Path(copies[3]).read_bytes() == Path(rows[0]["path"]).read_bytes()


def test_a_copy_is_as_old_as_its_file(rows, tmp_path):
    os.utime(rows[0]["path"], (10**9, 10**9))
    (copy,) = lookalike.copy_files(rows[:1], tmp_path / "found")
    assert os.stat(copy).st_mtime == 10**9


def test_the_same_call_again_copies_nothing_again(rows, tmp_path):
    first = lookalike.copy_files(rows, tmp_path / "found")
    assert lookalike.copy_files(rows, tmp_path / "found") == first
    assert len(os.listdir(tmp_path / "found")) == 4


def test_a_file_of_that_name_is_never_overwritten(rows, tmp_path):
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "001-a.png").write_text("mine")
    (copy,) = lookalike.copy_files(rows[:1], tmp_path / "found")
    assert Path(copy).name == "001-a-2.png"
    assert (tmp_path / "found" / "001-a.png").read_text() == "mine"


def test_a_folder_of_that_name_is_left_alone(rows, tmp_path):
    (tmp_path / "found" / "001-a.png").mkdir(parents=True)
    (copy,) = lookalike.copy_files(rows[:1], tmp_path / "found")
    assert Path(copy).name == "001-a-2.png"


def test_pictures_of_one_name_have_numbers_of_their_own(tmp_path):
    for name in ("a", "b"):
        draw(tmp_path / name / "same.png")
    copies = lookalike.copy_files(lookalike.load_images([tmp_path / "a", tmp_path / "b"]), tmp_path)
    assert [Path(copy).name for copy in copies] == ["001-same.png", "002-same.png"]


def test_missing_files_are_named_before_anything_is_copied(rows, tmp_path):
    Path(rows[1]["path"]).unlink()
    with pytest.raises(
        MissingFileError, match=r"1 of the 4 files .*nothing was copied: '.*b\.jpg'"
    ):
        lookalike.copy_files(rows, tmp_path / "found")
    assert not (tmp_path / "found").exists()


def test_one_row_and_dicts_are_rows_too(rows, tmp_path):
    assert len(lookalike.copy_files(rows[0], tmp_path / "one")) == 1
    assert len(lookalike.copy_files([{"path": rows[1]["path"]}], tmp_path / "two")) == 1


def test_no_rows_make_an_empty_folder(rows, tmp_path):
    assert lookalike.copy_files(rows[:0], tmp_path / "found") == []
    assert os.listdir(tmp_path / "found") == []


def test_a_long_name_is_shortened(tmp_path):
    name = draw(tmp_path / ("x" * 250 + ".png"))
    (copy,) = lookalike.copy_files([{"path": name}], tmp_path / "found")
    assert Path(copy).name.startswith("001-xxx")
    assert copy.endswith("x.png")


def test_what_is_left_unfinished_is_taken_away(rows, tmp_path, monkeypatch):
    def full(source, target, *args, **named):
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lookalike.exports.shutil.copy2", full)
    with pytest.raises(OSError, match="No space left"):
        lookalike.copy_files(rows, tmp_path / "found")
    assert os.listdir(tmp_path / "found") == []


def test_rows_without_files_are_refused(tmp_path):
    with pytest.raises(ToolkitError, match="The row 0 has no file"):
        lookalike.copy_files([{"id": 3}], tmp_path / "found")


def test_a_file_is_no_folder_to_copy_to(rows):
    with pytest.raises(ToolkitError, match="Expected a folder"):
        lookalike.copy_files(rows, rows[0]["path"])


@pytest.mark.parametrize("rows", ["folder", 3, None])
def test_what_is_no_rows_is_refused(rows, tmp_path):
    for call in (lookalike.copy_files, lookalike.write_table):
        with pytest.raises(TypeError, match=f"Expected rows.*found {type(rows).__name__}"):
            call(rows, tmp_path / "found")


# Tables


def test_a_table_has_a_line_for_each_row_and_no_picture(rows, tmp_path):
    lookalike.write_table(rows, tmp_path / "found.csv")
    table = read(tmp_path / "found.csv")
    assert table[0] == ["id", "path"]
    assert [line[0] for line in table[1:]] == ["0", "1", "2", "3"]


def test_excel_knows_the_encoding_and_the_lines(tc, tmp_path):
    lookalike.write_table(tc.SFrame({"name": ["Mädchen", "图片"]}), tmp_path / "found.csv")
    content = (tmp_path / "found.csv").read_bytes()
    assert content == "\ufeffname\r\nMädchen\r\n图片\r\n".encode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula(start, tmp_path):
    lookalike.write_table([{f"{start}name": f"{start}cmd|' /c calc'!A0"}], tmp_path / "found.csv")
    assert all(line[0].startswith("'") for line in read(tmp_path / "found.csv"))


def test_numbers_stay_numbers(tc, tmp_path):
    lookalike.write_table(tc.SFrame({"a": [-1, 2], "b": [-0.5, 1e-9]}), tmp_path / "found.csv")
    assert read(tmp_path / "found.csv")[1:] == [["-1", "-0.5"], ["2", "1e-09"]]


def test_a_text_of_several_lines_stays_one_line(tmp_path):
    lookalike.write_table([{"note": 'one\ntwo, "three"'}], tmp_path / "found.csv")
    assert read(tmp_path / "found.csv")[1] == ['one two, "three"']
    assert (tmp_path / "found.csv").read_bytes().count(b"\n") == 2


def test_missing_values_are_empty_and_vectors_are_left_out(tc, tmp_path):
    frame = tc.SFrame({"a": ["x", None], "v": [[0.5] * 100, [1.0] * 100]})
    lookalike.write_table(frame, tmp_path / "found.csv")
    assert read(tmp_path / "found.csv") == [["a"], ["x"], [""]]


def test_an_empty_table_has_its_columns(rows, tmp_path):
    lookalike.write_table(rows[:0], tmp_path / "found.csv")
    assert read(tmp_path / "found.csv") == [["id", "path"]]


def test_a_name_that_is_no_unicode_is_written_as_far_as_it_is(tmp_path):
    lookalike.write_table([{"path": "a\udcff.png"}], tmp_path / "found.csv")
    assert read(tmp_path / "found.csv")[1] == ["a?.png"]


def test_an_older_table_is_replaced_once_the_new_one_is_whole(rows, tmp_path, monkeypatch):
    (tmp_path / "found.csv").write_text("old")

    def broken(*args):
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr("lookalike.exports.os.replace", broken)
        with pytest.raises(OSError, match="disk"):
            lookalike.write_table(rows, tmp_path / "found.csv")
    assert (tmp_path / "found.csv").read_text() == "old"
    lookalike.write_table(rows, tmp_path / "found.csv")
    assert len(read(tmp_path / "found.csv")) == 5
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []


def test_a_folder_that_is_not_there_is_named(rows, tmp_path):
    with pytest.raises(MissingFileError, match=r"There is no folder '.*nowhere'"):
        lookalike.write_table(rows, tmp_path / "nowhere" / "found.csv")
