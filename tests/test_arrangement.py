"""The order in which the explorer shows rows, and which of them it shows."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from lookalike.display.arrangement import Arrangement
from lookalike.display.rows import Rows, Section


def arranged(names, folder="/home/cat/pictures"):
    return Arrangement(Rows([{"path": str(Path(folder, name))} for name in names]))


def test_as_they_are_given_unless_something_else_is_asked_for():
    assert arranged(["b", "a", "c"]).rows() == [0, 1, 2]


def test_by_name_ten_comes_after_nine_and_case_does_not_matter():
    rows = arranged(["img10.jpg", "IMG9.jpg", "b/img1.jpg", "Äpfel.jpg"]).rows("name")
    assert rows == [2, 1, 0, 3]


def test_by_folder_and_within_it_by_name():
    names = ["b/1.jpg", "a/2.jpg", "a/10.jpg", "3.jpg", "a10/1.jpg", "a9/1.jpg"]
    assert arranged(names).rows("folder") == [3, 1, 2, 5, 4, 0]
    assert arranged(names).rows("folder", descending=True) == [0, 4, 5, 2, 1, 3]


def test_by_date_and_size_with_those_last_that_have_gone(tmp_path):
    for number, name in enumerate("abc"):
        (tmp_path / name).write_bytes(bytes([1, 30, 7][number]))
        os.utime(tmp_path / name, (0, 100 - number))
    found = arranged(["a", "gone", "b", "c"], tmp_path)
    assert found.rows("size") == [0, 3, 2, 1] and found.rows("size", True) == [2, 3, 0, 1]
    assert found.rows("date") == [3, 2, 0, 1] and found.rows("date", True) == [0, 2, 3, 1]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2]),
        ("DOG", [1]),
        ("cat", [0]),
        ("2", [1, 2]),
        ("trip 2", [2]),
        ("/home/cat/pictures/trip", [2]),
        ("trip/", [2]),
        ("é", [2]),
        ("nothing", []),
    ],
)
def test_words_are_found_in_any_case_below_the_folder_of_all(text, rows):
    accent = unicodedata.normalize("NFD", "é")
    assert arranged(["cat1.jpg", "Dog2.jpg", f"trip/x{accent}2.jpg"]).rows(text=text) == rows


def test_what_is_found_is_in_order_too():
    assert arranged(["b1", "a1", "b0"]).rows("name", text="b") == [2, 0]


def test_rows_without_files_have_only_their_own_order():
    found = Arrangement(Rows([{"id": 0}, {"id": 1}]))
    assert found.rows("size") == [0, 1] and found.rows(text="a") == []


def test_a_folder_of_one_picture_and_backslashes_are_known():
    assert arranged(["a.jpg"]).rows(text="a.jpg") == [0]
    windows = Arrangement(Rows([{"path": rf"C:\p\{name}"} for name in (r"b\x", r"a\x")]))
    assert windows.rows("folder") == [1, 0] and windows.rows(text="b/x") == [0]


def test_rows_that_belong_together_come_after_what_is_pinned_before_them():
    rows = [{"path": f"/p/{name}"} for name in "abcde"]
    sections = [Section(0, "", [{"path": "x"}]), Section(2, ""), Section(2, "", [{}, {}])]
    shown = Rows(rows, sections)
    found = Arrangement(shown)
    assert found.in_sections(found.rows()) == ([5, 0, 1, 6, 7, 2, 3, 4], [0, 3, 3])
    # A section of which nothing is left goes as a whole.
    assert found.in_sections(found.rows(text="d")) == ([6, 7, 3], [0])
    assert shown.at([4, 5]) == [rows[4], {"path": "x"}]


def test_copies_are_in_sections_by_themselves():
    rows = [
        {"path": name, "group": n // 2, "kind": "", "distance": 0.0}
        for n, name in enumerate("abcd")
    ]
    found = Arrangement(Rows(rows))
    assert found.in_sections([0, 1, 2, 3]) == ([0, 1, 2, 3], [0, 2])


def test_a_hundred_thousand_names_are_in_order_soon():
    # No limit of time: it is one, if this takes minutes.
    names = [f"card {n % 7}/IMG_{n * 7919 % 100_000}.jpg" for n in range(100_000)]
    found = arranged(names)
    assert len(found.rows("name", text="card 3/")) == 14_286
