"""Where a model's pictures lie: found by any path that leads to them, and after a move."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from conftest import draw

from lookalike.portable.models.picture_files import PathIndex, PictureFiles, from_here

pytestmark = pytest.mark.portable

LINKS = pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with two pictures, of which one is in a subfolder; it is the current one."""
    draw(tmp_path / "photos" / "a.png")
    draw(tmp_path / "photos" / "sub" / "b.png")
    monkeypatch.chdir(tmp_path / "photos")
    return tmp_path / "photos"


@pytest.fixture
def paths(place):
    return [str(place / "a.png"), None, str(place / "sub" / "b.png")]


# PathIndex


@pytest.mark.parametrize(
    "written", ["a.png", "./a.png", "sub/../a.png", "../photos/a.png", "{place}/a.png"]
)
def test_a_file_is_found_however_its_path_is_written(place, paths, written):
    assert PathIndex(paths).position_of(written.format(place=place)) == 0


def test_a_file_is_found_by_a_path_object_and_by_the_home_folder(place, paths, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(place))
    assert PathIndex(paths).position_of(place / "sub" / "b.png") == 2
    assert PathIndex(paths).position_of("~/sub/b.png") == 2


def test_relative_paths_are_of_the_folder_that_was_current_when_they_were_given(place, monkeypatch):
    index = PathIndex(["a.png", "sub/b.png"])
    monkeypatch.chdir(place / "sub")
    assert index.position_of("../a.png") == 0
    assert index.position_of("b.png") == 1
    assert index.position_of("a.png") is None


def test_a_file_that_is_not_among_them_has_no_position(place, paths):
    draw(place / "other" / "a.png")
    index = PathIndex(paths)
    assert index.position_of(place / "other" / "a.png") is None
    assert index.position_of("gone.png") is None
    assert PathIndex([None, None]).position_of("a.png") is None


def test_of_a_file_that_stands_there_twice_the_first_is_found(paths):
    assert PathIndex([None, paths[0], paths[2], paths[0]]).position_of("a.png") == 1


def test_a_file_that_is_gone_is_found_by_its_own_path(place, paths):
    (place / "a.png").unlink()
    assert PathIndex(paths).position_of("a.png") == 0


@LINKS
def test_a_link_is_found_by_its_own_path_and_else_by_its_targets(place, paths):
    (place / "link.png").symlink_to(place / "a.png")
    assert PathIndex(paths).position_of("link.png") == 0
    assert PathIndex([*paths, str(place / "link.png")]).position_of("link.png") == 3


@LINKS
def test_a_file_is_found_through_a_link_of_its_folder_from_either_side(place, paths):
    (place.parent / "linked").symlink_to(place)
    through = [str(place.parent / "linked" / "a.png")]
    assert PathIndex(paths).position_of(place.parent / "linked" / "sub" / "b.png") == 2
    assert PathIndex(through).position_of("a.png") == 0


@LINKS
def test_another_file_of_the_same_name_is_not_taken_for_it(place, paths):
    draw(place.parent / "other" / "a.png", "blue")
    (place / "link.png").symlink_to(place.parent / "other" / "a.png")
    assert PathIndex(paths).position_of("link.png") is None


def test_its_own_path_alone_is_compared_where_the_file_system_is_not_to_be_asked(place, paths):
    index = PathIndex(paths)
    assert index.exactly(str(place / "a.png")) == index.exactly("a.png") == 0
    assert index.exactly(str(place / "gone.png")) is None


def test_a_picture_is_known_by_its_file_before_its_label(paths):
    index = PathIndex(paths)
    assert index.own_position("sub/b.png", 0) == 2
    assert index.own_position("gone.png", 0) is None
    assert index.own_position(None, 1) == 1
    assert index.own_position(None, None) is None


def test_of_a_file_that_stands_there_twice_the_label_decides(paths):
    index = PathIndex([paths[0], paths[0], None])
    assert [index.own_position("a.png", label) for label in (0, 1, 2, None)] == [0, 1, 0, 0]


def test_without_any_paths_the_label_alone_counts():
    assert PathIndex([None, None]).own_position("a.png", 1) == 1


# PictureFiles


def test_files_are_unchanged_until_they_are_written_to_or_gone(place, paths):
    files = PictureFiles.from_paths(["a.png", None, "sub/b.png", "gone.png"])
    assert files.paths == [*paths, str(place / "gone.png")]
    for path in (paths[0], paths[2]):
        os.utime(path, (1_500_000_000, 1_500_000_000))
    files = PictureFiles.from_paths(files.paths)
    assert [files.is_unchanged(at) for at in range(4)] == [True, False, True, False]
    draw(place / "a.png", "black", (9, 9))
    (place / "sub" / "b.png").unlink()
    assert [files.is_unchanged(at) for at in range(4)] == [False] * 4


def test_contents_are_unknown_until_they_are_given(paths):
    files = PictureFiles.from_paths(paths)
    assert [files.content(at) for at in range(3)] == [None] * 3
    files = files.with_contents({2: b"x" * 32})
    assert [files.content(at) for at in range(3)] == [None, None, b"x" * 32]


def test_taken_and_appended_files_keep_what_is_theirs(paths):
    files = PictureFiles.from_paths(paths).with_contents({0: b"a" * 32, 2: b"b" * 32})
    turned = files.take([2, 0])
    assert turned.paths == [paths[2], paths[0]]
    assert [turned.content(at) for at in (0, 1)] == [b"b" * 32, b"a" * 32]
    longer = turned.append(files.take([1]))
    assert longer.paths == [paths[2], paths[0], None] and longer.content(2) is None
    assert (longer.stamps[:2] == files.stamps[[2, 0]]).all()


def test_no_files_are_files_too():
    files = PictureFiles.from_paths([])
    assert files.root is None and files.take([]).append(files).paths == []
    assert files.stamps.shape == (0, 2) and files.contents.shape == (0, 32)


def saved(files, location):
    return files.to_facts(str(location)), {"stamps": files.stamps, "contents": files.contents}


def test_paths_are_written_from_their_root_and_with_slashes(place, paths):
    facts, _ = saved(PictureFiles.from_paths(paths), place.parent / "model")
    assert facts == {
        "root": str(place),
        "root_from_model": "../photos",
        "paths": ["a.png", None, "sub/b.png"],
    }


def test_what_was_saved_is_read_as_it_was(place, paths):
    files = PictureFiles.from_paths(paths).with_contents({0: b"a" * 32})
    again = PictureFiles.from_facts(*saved(files, place.parent / "model"), place.parent / "model")
    assert again.paths == paths
    np.testing.assert_array_equal(again.stamps, files.stamps)
    np.testing.assert_array_equal(again.contents, files.contents)


def test_a_model_that_was_moved_with_its_pictures_finds_them_beside_it(place, paths, tmp_path):
    facts, arrays = saved(PictureFiles.from_paths(paths), tmp_path / "model")
    shutil.copytree(place, tmp_path / "elsewhere" / "photos")
    again = PictureFiles.from_facts(facts, arrays, str(tmp_path / "elsewhere" / "model"))
    assert again.paths[0] == str(tmp_path / "elsewhere" / "photos" / "a.png")


def test_a_model_that_was_moved_alone_finds_them_where_they_were(paths, tmp_path):
    facts, arrays = saved(PictureFiles.from_paths(paths), tmp_path / "model")
    again = PictureFiles.from_facts(facts, arrays, str(tmp_path / "far" / "away" / "model"))
    assert again.paths == paths


def test_pictures_that_are_gone_are_said_to_be_where_they_were(place, paths, tmp_path):
    facts, arrays = saved(PictureFiles.from_paths(paths), tmp_path / "model")
    shutil.rmtree(place)
    assert PictureFiles.from_facts(facts, arrays, str(tmp_path / "model")).paths == paths


def test_pictures_without_files_have_no_root(tmp_path):
    facts, arrays = saved(PictureFiles.from_paths([None, None]), tmp_path / "model")
    assert facts == {"root": None, "root_from_model": None, "paths": [None, None]}
    assert PictureFiles.from_facts(facts, arrays, str(tmp_path)).paths == [None, None]


def test_models_of_a_version_without_contents_are_read(paths, tmp_path):
    facts, arrays = saved(PictureFiles.from_paths(paths), tmp_path / "model")
    del arrays["contents"]
    again = PictureFiles.from_facts(facts, arrays, str(tmp_path / "model"))
    assert [again.content(at) for at in range(3)] == [None] * 3


def test_paths_below_the_working_folder_are_shown_from_it(place, paths, tmp_path):
    other = str(tmp_path / "photos-of-others" / "c.png")
    assert from_here([*paths, other]) == ["a.png", None, os.path.join("sub", "b.png"), other]
