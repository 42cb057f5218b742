"""The labels of a model's pictures, and those that new pictures get."""

from __future__ import annotations

import os

import numpy as np
import pytest
from conftest import draw

from lookalike.errors import ColumnTypeError, MissingColumnError, ToolkitError
from lookalike.portable import SArray, SFrame, image_analysis, image_similarity
from lookalike.portable.models.changes import base_of_labels, new_labels, next_labels
from lookalike.portable.models.inputs import labels_of, plain_label

pytestmark = pytest.mark.portable

COLORS = ("red", "blue", "green")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The current folder, with a folder of three pictures."""
    for number, color in enumerate(COLORS):
        draw(tmp_path / "photos" / f"{number}.png", color)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gallery_of(folder, label, values=None):
    data = image_analysis.load_images(folder).sort("path")
    if values is not None:
        data[label] = values
    return image_similarity.create(data, label=label, verbose=False).gallery


# Columns of labels


def test_rows_that_no_column_names_are_numbered():
    frame = SFrame({"a": ["x", "y", "z"]})
    assert list(labels_of(frame, None)) == [0, 1, 2] and labels_of(SFrame(), None).dtype is int


def test_a_column_that_names_rows_holds_numbers_or_texts():
    frame = SFrame({"number": [1, 2], "text": ["a", "b"], "real": [0.5, 1.5]})
    assert list(labels_of(frame, "number")) == [1, 2]
    assert list(labels_of(frame, "text")) == ["a", "b"]
    with pytest.raises(ColumnTypeError, match="'real' must hold int or str; found float"):
        labels_of(frame, "real")
    with pytest.raises(MissingColumnError, match="row label column 'name' does not exist"):
        labels_of(frame, "name")


@pytest.mark.parametrize(
    ("label", "plain"), [(np.int64(3), 3), (np.str_("a"), "a"), (3, 3), ("a", "a"), (None, None)]
)
def test_numpys_labels_are_pythons_own(label, plain):
    assert plain_label(label) == plain and type(plain_label(label)) is type(plain)


# Labels of new pictures


def test_numbers_go_on_behind_the_largest(place):
    gallery = gallery_of(place / "photos", "number", [7, 40, 12])
    assert list(next_labels(gallery, ["a.png", None])) == [41, 42]


def test_paths_go_on_as_paths_of_the_same_kind(place):
    for folder, base in (("photos", ""), (place / "photos", str(place) + os.sep)):
        gallery = gallery_of(folder, "path")
        new = [str(place / "photos" / "new.png"), os.path.join("photos", "sub", "newer.png")]
        expected = [os.path.abspath(path)[len(str(place)) + 1 :] for path in new]
        assert list(next_labels(gallery, new)) == [base + path for path in expected]


def test_a_relative_label_of_a_picture_outside_is_its_whole_path(place):
    gallery = gallery_of("photos", "path")
    outside = os.path.join(os.path.dirname(str(place)), "elsewhere.png")
    assert list(next_labels(gallery, [outside])) == [outside]


def test_other_texts_do_not_go_on_by_themselves(place):
    gallery = gallery_of(place / "photos", "name", ["ann", "bob", "eve"])
    with pytest.raises(ToolkitError, match=r"texts: give .* in the column 'name' of add\(rows\)"):
        next_labels(gallery, ["new.png"])


def test_a_picture_without_a_file_has_no_path_for_a_label(place):
    with pytest.raises(ToolkitError, match="texts: give the new pictures theirs"):
        next_labels(gallery_of("photos", "path"), ["new.png", None])


def test_the_folder_that_labels_are_paths_from_is_found(place):
    assert base_of_labels(gallery_of("photos", "path")) == str(place) + os.sep
    assert base_of_labels(gallery_of(place / "photos", "path")) == ""
    names = [f"{number}.png" for number in range(3)]
    assert base_of_labels(gallery_of("photos", "name", names)) == str(place / "photos") + os.sep


@pytest.mark.parametrize(
    "names", [["a", "b", "c"], ["photos/0.png", "1.png", "2.png"], [".png", ".png", ".png"]]
)
def test_labels_that_are_no_paths_from_one_folder_have_no_base(place, names):
    assert base_of_labels(gallery_of("photos", "name", names)) is None


def test_labels_that_are_brought_along_are_taken(place):
    gallery = gallery_of(place / "photos", "number", [7, 40, 12])
    rows = SFrame({"number": [3, 1], "image": SArray([None, None], dtype=int)})
    assert list(new_labels(gallery, rows, [None, None])) == [3, 1]
    assert list(new_labels(gallery, rows[["image"]], [None, None])) == [41, 42]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([40, 7], r"taken are \[40, 7\]"),
        ([1, 1], "one is missing or twice"),
        ([1, None], "one is missing or twice"),
        (["1", "2"], "labels are of type int; found str in the column 'number'"),
    ],
)
def test_labels_that_cannot_be_taken_are_an_error_that_says_why(place, labels, message):
    gallery = gallery_of(place / "photos", "number", [7, 40, 12])
    with pytest.raises(ToolkitError, match=message):
        new_labels(gallery, SFrame({"number": labels}), [None, None])
