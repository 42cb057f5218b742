"""A model that follows its folder: add, remove, refresh, and being moved."""

from __future__ import annotations

import copy
import os
import pickle
import re
import shutil

import numpy as np
import pytest
from conftest import PORTABLE, draw

import lookalike
from lookalike import portable
from lookalike.errors import MissingColumnError, ToolkitError, UnreadableImageWarning

COLORS = ("red", "blue", "green", "orange", "purple", "brown")


@pytest.fixture
def photos(tmp_path):
    for number, color in enumerate(COLORS):
        draw(tmp_path / "photos" / f"{number}.png", color, (60 + 5 * number, 50))
    return tmp_path / "photos"


def looked_at(capsys) -> int:
    """How many pictures were decoded since the last time; of a single one, nothing is printed."""
    printed = capsys.readouterr().out
    return sum(map(int, re.findall(r"(\d+) pictures through ", printed)))


def model_of(folder, label="id", **options):
    data = portable.image_analysis.load_images(folder).add_row_number()
    return portable.image_similarity.create(data, label=label, verbose=False, **options)


def features_by_name(model) -> dict[str, np.ndarray]:
    frame = model.references
    rows = {label: row for row, label in enumerate(model.similarity_model.labels)}
    matrix = model.similarity_model.matrix
    return {
        row["path"].replace("\\", "/").rpartition("/")[2]: np.array(matrix[rows[row["id"]]])
        for row in frame
        if row["id"] in rows
    }


def assert_same_features(model, other) -> None:
    here, there = features_by_name(model), features_by_name(other)
    assert here.keys() == there.keys()
    assert all(np.array_equal(here[name], there[name]) for name in here)


def names_of(model) -> list[str]:
    return sorted(features_by_name(model))


def test_references_are_the_rows_that_the_model_was_made_from(photos):
    frame = model_of(photos).references
    assert list(frame["id"]) == list(range(6))
    assert frame["image"][2].width == 70


def test_added_pictures_are_found(photos, tmp_path):
    model = model_of(photos)
    new = draw(tmp_path / "new" / "new.png", "black")
    rows = portable.image_analysis.load_images(new.parent)
    model.add(rows, verbose=False)
    found = model.query(portable.Image(str(new)), k=1, verbose=False)[0]
    assert found["reference_label"] == 6 and found["distance"] == 0
    assert model.references[6]["path"].endswith("new.png")


def test_added_rows_may_bring_their_labels(photos, tmp_path):
    model = model_of(photos)
    draw(tmp_path / "new" / "new.png", "black")
    rows = portable.image_analysis.load_images(tmp_path / "new").add_row_number(start=40)
    model.add(rows, verbose=False)
    assert 40 in list(model.references["id"])


@pytest.mark.parametrize("start", [0, 5])
def test_a_label_that_is_taken_is_refused_and_nothing_changes(photos, start):
    model = model_of(photos)
    rows = portable.image_analysis.load_images(photos).add_row_number(start=start)
    with pytest.raises(ToolkitError, match=r"Expected labels that are new.*leave it out"):
        model.add(rows, verbose=False)
    assert model.num_examples == 6


def test_rows_without_the_images_cannot_be_added(photos):
    model = model_of(photos)
    rows = portable.image_analysis.load_images(photos).remove_column("image")
    with pytest.raises(MissingColumnError, match="image"):
        model.add(rows, verbose=False)


def test_no_rows_cannot_be_added(photos):
    model = model_of(photos)
    with pytest.raises(ToolkitError, match="no rows to add"):
        model.add(model.references.head(0))


def test_an_added_picture_that_cannot_be_read_is_a_failure(photos, tmp_path):
    model = model_of(photos)
    draw(tmp_path / "new" / "good.png", "black")
    (tmp_path / "new" / "bad.png").write_bytes(b"no picture")
    rows = portable.image_analysis.load_images(tmp_path / "new")
    with pytest.warns(UnreadableImageWarning, match=r"bad\.png"):
        model.add(rows, verbose=False)
    assert model.num_examples == 7 and list(model.failures["id"]) == [6]


def test_removed_pictures_are_found_no_more_and_others_keep_their_labels(photos):
    model = model_of(photos)
    model.remove([1, 3])
    found = model.query(model.references, label="id", k=None, verbose=False)
    assert set(found["reference_label"]) == {0, 2, 4, 5}
    assert names_of(model) == ["0.png", "2.png", "4.png", "5.png"]


def test_one_label_can_be_removed_alone(photos):
    model = model_of(photos)
    model.remove(2)
    assert model.num_examples == 5


def test_a_label_that_is_not_there_cannot_be_removed(photos):
    model = model_of(photos)
    with pytest.raises(ToolkitError, match=r"no pictures \[77\]"):
        model.remove([1, 77])
    assert model.num_examples == 6


def test_not_all_pictures_can_be_removed(photos):
    model = model_of(photos)
    with pytest.raises(ToolkitError, match="at least one picture"):
        model.remove(range(6))
    assert model.num_examples == 6


def test_refresh_looks_at_what_is_new_or_changed_and_forgets_what_is_gone(photos, capsys):
    model = model_of(photos, cache=False)
    (photos / "0.png").unlink()
    draw(photos / "3.png", "black")
    draw(photos / "sub" / "9.png", "gold")
    frame = model.refresh()
    assert looked_at(capsys) == 2
    assert sorted(frame["id"]) == [1, 2, 3, 4, 5, 6]
    assert_same_features(model, model_of(photos, cache=False))


def test_refresh_of_an_unchanged_folder_looks_at_nothing(photos, capsys):
    model = model_of(photos, cache=False)
    model.refresh()
    assert looked_at(capsys) == 0 and model.num_examples == 6


def test_refresh_says_what_it_did(photos, capsys):
    model = model_of(photos)
    (photos / "0.png").unlink()
    draw(photos / "8.png", "gold")
    model.refresh()
    assert "1 added, 1 removed, 0 changed; 6 pictures in the model" in capsys.readouterr().out


def test_refresh_of_a_part_leaves_the_rest_alone(photos):
    draw(photos / "sub" / "a.png", "gold")
    draw(photos / "sub" / "b.png", "pink")
    model = model_of(photos)
    (photos / "sub" / "a.png").unlink()
    (photos / "1.png").unlink()
    model.refresh(str(photos / "sub"), verbose=False)
    assert "2.png" in names_of(model)
    # What does not exist any more leaves the model, wherever it was.
    assert "1.png" not in names_of(model) and "a.png" not in names_of(model)


def test_a_picture_that_failed_is_tried_again_and_keeps_its_label(photos):
    (photos / "2.png").write_bytes(b"half a picture")
    with pytest.warns(UnreadableImageWarning):
        model = model_of(photos)
    draw(photos / "2.png", "green")
    model.refresh(verbose=False)
    assert len(model.failures) == 0 and model.num_examples == 6
    assert {row["id"]: row["path"] for row in model.references}[2].endswith("2.png")


def test_a_new_picture_that_cannot_be_read_does_not_end_a_refresh(photos):
    model = model_of(photos)
    (photos / "bad.png").write_bytes(b"no picture")
    with pytest.warns(UnreadableImageWarning, match=r"bad\.png"):
        model.refresh(verbose=False)
    assert model.num_examples == 6 and len(model.failures) == 1


def test_a_model_named_by_paths_names_new_pictures_so(photos):
    model = model_of(photos, label="path")
    draw(photos / "8.png", "gold")
    frame = model.refresh(verbose=False)
    assert [path for path in frame["path"] if path.endswith("8.png")]


def test_new_pictures_cannot_be_numbered_among_texts(photos):
    data = portable.image_analysis.load_images(photos)
    data["name"] = data["path"].apply(lambda path: "picture " + path[-5:])
    model = portable.image_similarity.create(data, label="name", verbose=False)
    draw(photos / "8.png", "gold")
    with pytest.raises(ToolkitError, match="labels are texts"):
        model.refresh(verbose=False)
    assert model.num_examples == 6


def test_refresh_forgets_a_picture_that_could_not_be_read_when_it_is_gone(photos):
    (photos / "bad.jpg").write_bytes(b"no picture")
    with pytest.warns(UnreadableImageWarning, match=r"bad\.jpg"):
        model = model_of(photos)
    (photos / "bad.jpg").unlink()
    frame = model.refresh(verbose=False)
    assert len(model.failures) == 0
    assert len(frame) == model.num_examples


def test_pictures_without_files_have_no_folder_to_refresh():
    pixels = np.zeros((20, 30, 3), np.uint8)
    data = portable.SFrame({"image": [portable.Image.from_pixels(pixels + n) for n in (0, 90)]})
    model = portable.image_similarity.create(data, verbose=False)
    with pytest.raises(ToolkitError, match="name the folder"):
        model.refresh()


def test_a_model_moves_with_its_pictures(photos, tmp_path):
    model_of(photos).save(str(photos / "look.model"))
    shutil.move(str(photos), str(tmp_path / "elsewhere"))
    model = portable.load_model(str(tmp_path / "elsewhere" / "look.model"))
    assert model.references["image"][3].width == 75


def test_failures_move_with_their_pictures(photos, tmp_path):
    (photos / "bad.jpg").write_bytes(b"no picture")
    with pytest.warns(UnreadableImageWarning):
        model_of(photos).save(str(photos / "look.model"))
    shutil.move(str(photos), str(tmp_path / "elsewhere"))
    model = portable.load_model(str(tmp_path / "elsewhere" / "look.model"))
    with pytest.warns(UnreadableImageWarning):
        model.refresh(verbose=False)
    assert list(model.failures["path"]) == [str(tmp_path / "elsewhere" / "bad.jpg")]
    assert list(model.failures["id"]) == [6]


def test_failures_move_although_one_of_them_is_gone(photos, tmp_path):
    for name in ("bad-1.jpg", "bad-2.jpg"):
        (photos / name).write_bytes(b"no picture")
    with pytest.warns(UnreadableImageWarning):
        model_of(photos).save(str(photos / "look.model"))
    (photos / "bad-1.jpg").unlink()
    shutil.move(str(photos), str(tmp_path / "elsewhere"))
    model = portable.load_model(str(tmp_path / "elsewhere" / "look.model"))
    assert list(model.failures["path"]) == [
        str(tmp_path / "elsewhere" / name) for name in ("bad-1.jpg", "bad-2.jpg")
    ]


@pytest.mark.parametrize("by", ["refresh", "remove"])
def test_a_model_without_labels_names_its_pictures_when_a_failure_is_gone(photos, tmp_path, by):
    (photos / "1.png").write_bytes(b"no picture")
    with pytest.warns(UnreadableImageWarning):
        model = model_of(photos, label=None)
    (photos / "1.png").unlink()
    if by == "refresh":
        model.refresh(verbose=False)
    else:
        model.remove([1])
    model.save(str(tmp_path / "look.model"))
    for found in (model, portable.load_model(str(tmp_path / "look.model"))):
        assert list(found.references["id"]) == [0, 2, 3, 4, 5] and found.label == "id"
        places = {row["id"]: row["path"][-5:] for row in found.references}
        answer = found.query(portable.Image(str(photos / "3.png")), k=1, verbose=False)
        assert places[answer["reference_label"][0]] == "3.png"


def test_a_failure_that_is_gone_is_forgotten_although_the_folder_moved(photos, tmp_path):
    (photos / "bad.jpg").write_bytes(b"no picture")
    with pytest.warns(UnreadableImageWarning):
        model_of(photos).save(str(photos / "look.model"))
    (photos / "bad.jpg").unlink()
    shutil.move(str(photos), str(tmp_path / "elsewhere"))
    model = portable.load_model(str(tmp_path / "elsewhere" / "look.model"))
    model.refresh(verbose=False)
    assert len(model.failures) == 0


def test_a_folder_without_changes_leaves_the_models_vectors_as_they_are(photos, tmp_path):
    model_of(photos).save(str(tmp_path / "look.model"))
    model = portable.load_model(str(tmp_path / "look.model"))
    matrix = model.similarity_model.matrix
    model.refresh(verbose=False)
    assert model.similarity_model.matrix is matrix
    assert model.label == "id"


def test_a_model_without_a_store_has_none_after_it_is_loaded(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    model_of(photos, cache=False).save(str(tmp_path / "look.model"))
    model = portable.load_model(str(tmp_path / "look.model"))
    draw(photos / "8.png", "gold")
    model.refresh(verbose=False)
    assert lookalike.cache_info().files == 0


def test_a_model_moves_without_its_pictures(photos, tmp_path):
    model_of(photos).save(str(tmp_path / "look.model"))
    shutil.move(str(tmp_path / "look.model"), str(tmp_path / "far" / "away" / "look.model"))
    model = portable.load_model(str(tmp_path / "far" / "away" / "look.model"))
    assert model.references["image"][3].width == 75


def test_a_model_answers_where_its_pictures_are_gone(photos, tmp_path):
    query = draw(tmp_path / "query.png", COLORS[4], (80, 50))
    model_of(photos).save(str(tmp_path / "look.model"))
    shutil.rmtree(photos)
    model = portable.load_model(str(tmp_path / "look.model"))
    found = model.query(portable.Image(str(query)), k=1, verbose=False)
    assert list(found["reference_label"]) == [4]


def test_a_loaded_model_can_be_refreshed(photos, tmp_path, capsys):
    model_of(photos, cache=False).save(str(tmp_path / "look.model"))
    for number in (8, 9):
        draw(photos / f"{number}.png", "gold")
    model = portable.load_model(str(tmp_path / "look.model"))
    model.refresh()
    assert model.num_examples == 8 and looked_at(capsys) == 2


@pytest.mark.skipif(not PORTABLE, reason="the helpers take a model of the engine that is chosen")
def test_matches_can_be_shown_from_the_model_alone(photos, tmp_path):
    model_of(photos).save(str(tmp_path / "look.model"))
    model = portable.load_model(str(tmp_path / "look.model"))
    matches = lookalike.find_similar(model, photos / "0.png", k=2)
    assert list(matches["rank"]) == [1, 2] and "0.png" not in str(list(matches["path"]))


# What a model holds of its pictures


def ids_by_name(model) -> dict[str, int]:
    frame = model.references
    return dict(zip((os.path.basename(path) for path in frame["path"]), frame["id"]))


def test_the_rows_that_the_model_was_made_from_come_back_with_all_their_columns(photos):
    data = portable.image_analysis.load_images(photos).add_row_number()
    data["place"] = [f"shelf {number}" for number in range(6)]
    model = portable.image_similarity.create(data, label="id", verbose=False)
    assert list(model.rows_of([4, 1])["place"]) == ["shelf 4", "shelf 1"]
    draw(photos / "8.png", "gold")
    frame = model.refresh(verbose=False)
    assert list(frame["place"]) == [*data["place"], None]


def test_positions_are_found_by_path_however_it_is_written(photos, monkeypatch):
    monkeypatch.chdir(photos.parent)
    model = model_of("photos")
    assert model.position_of("photos/3.png") == model.position_of(photos / "3.png") == 3
    monkeypatch.chdir(photos)
    assert model.position_of("3.png") == 3
    assert model.position_of("nowhere.png") is None


@pytest.mark.parametrize("removed", [np.int64(3), [3], (3, 5), np.array([3]), {3}])
def test_labels_may_be_numpys(photos, removed):
    model = model_of(photos)
    model.remove(removed)
    assert 3 not in list(model.references["id"])


@pytest.mark.parametrize("labels", [["a", 77], None, "3.png", [None], 3.5, [b"3"]])
def test_labels_of_another_kind_are_an_error_of_ours(photos, labels):
    model = model_of(photos)
    with pytest.raises(ToolkitError, match="expected labels of type int"):
        model.remove(labels)
    assert model.num_examples == 6


@pytest.mark.parametrize("rows", ["pics", None, ["a.png"]])
def test_what_is_no_frame_cannot_be_added(photos, rows):
    with pytest.raises(TypeError, match="Expected an SFrame of pictures to add"):
        model_of(photos).add(rows)


@pytest.mark.parametrize("ids", [["a"], [None], [1.5]])
def test_labels_that_do_not_fit_are_refused_before_anything_is_looked_at(photos, capsys, ids):
    model = model_of(photos, cache=False)
    for name in ("new", "newer"):
        draw(photos / "new" / f"{name}.png", "black")
    rows = portable.image_analysis.load_images(photos / "new")
    rows["id"] = 2 * ids
    with pytest.raises(ToolkitError, match="labels"):
        model.add(rows)
    assert capsys.readouterr().out == "" and model.num_examples == 6


def test_text_labels_are_saved_in_their_own_length(photos, tmp_path):
    data = portable.image_analysis.load_images(photos)
    data["name"] = ["x" * 30_000, "a\0", "b", "\udce9", "d", "e"]
    model = portable.image_similarity.create(data, label="name", verbose=False)
    model.save(str(tmp_path / "look.model"))
    loaded = portable.load_model(str(tmp_path / "look.model"))
    assert list(loaded.references["name"]) == list(data["name"])
    assert sum(file.stat().st_size for file in (tmp_path / "look.model").iterdir()) < 130_000


@pytest.mark.parametrize(
    "dump", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
@pytest.mark.parametrize("loaded", [False, True])
def test_a_model_can_be_copied_and_pickled(photos, tmp_path, dump, loaded):
    model = model_of(photos)
    if loaded:
        model.save(str(tmp_path / "look.model"))
        model = portable.load_model(str(tmp_path / "look.model"))
    other = dump(model)
    query = portable.Image(str(photos / "3.png"))
    assert list(other.query(query, verbose=False)) == list(model.query(query, verbose=False))
    other.remove([1])
    assert (other.num_examples, model.num_examples) == (5, 6)


def test_each_pictures_content_hash_is_kept_and_saved(photos, tmp_path):
    import hashlib

    model = model_of(photos, cache=False)
    model.save(str(tmp_path / "look.model"))
    loaded = portable.load_model(str(tmp_path / "look.model"))
    expected = [hashlib.sha256(path.read_bytes()).digest() for path in sorted(photos.iterdir())]
    for held in (model, loaded):
        assert [held._gallery.files.content(at) for at in range(6)] == expected


# A folder that was moved, renamed, or is reached in another way


def test_a_renamed_folder_keeps_its_labels_and_nothing_is_looked_at(photos, capsys):
    model = model_of(photos, cache=False)
    before = ids_by_name(model)
    photos.rename(photos.with_name("2023-summer"))
    frame = model.refresh(str(photos.with_name("2023-summer")))
    printed = capsys.readouterr().out
    assert "0 added, 0 removed, 0 changed, 6 moved; 6 pictures" in printed
    assert ids_by_name(model) == before and printed.count("\n") == 1
    assert all(os.path.exists(path) for path in frame["path"])
    assert [image.path for image in frame["image"]] == list(frame["path"])


def test_a_renamed_picture_keeps_its_label_and_one_that_is_gone_goes(photos):
    model = model_of(photos)
    (photos / "3.png").rename(photos / "renamed.png")
    (photos / "4.png").unlink()
    model.refresh(verbose=False)
    assert ids_by_name(model)["renamed.png"] == 3
    assert sorted(model.references["id"]) == [0, 1, 2, 3, 5]


def test_two_copies_that_move_keep_two_labels(photos):
    shutil.copy(photos / "3.png", photos / "6.png")
    model = model_of(photos)
    for name in ("3.png", "6.png"):
        (photos / name).rename(photos / f"new-{name}")
    model.refresh(verbose=False)
    assert sorted(model.references["id"]) == list(range(7))


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators alone")
@pytest.mark.parametrize("built_through_the_link", [True, False])
def test_a_folder_is_the_same_through_a_link(photos, built_through_the_link):
    link = photos.with_name("link")
    link.symlink_to(photos, target_is_directory=True)
    first, second = (link, photos) if built_through_the_link else (photos, link)
    model = model_of(first)
    (photos / "2.png").unlink()
    model.refresh(str(second), verbose=False)
    assert sorted(model.references["id"]) == [0, 1, 3, 4, 5]


def test_refresh_knows_the_home_folder(photos, monkeypatch):
    monkeypatch.setenv("HOME", str(photos.parent))
    monkeypatch.setenv("USERPROFILE", str(photos.parent))
    model = model_of(photos)
    (photos / "2.png").unlink()
    assert len(model.refresh("~/photos", verbose=False)) == 5


def test_a_folder_without_its_subfolders_stays_so(photos, tmp_path):
    data = portable.image_analysis.load_images(photos, recursive=False).add_row_number()
    model = portable.image_similarity.create(data[data["id"] >= 0], label="id", verbose=False)
    model.save(str(tmp_path / "look.model"))
    draw(photos / "sub" / "9.png", "gold")
    draw(photos / "8.png", "gold")
    for held in (model, portable.load_model(str(tmp_path / "look.model"))):
        assert "9.png" not in str(list(held.refresh(verbose=False)["path"]))
        assert held.num_examples == 7


def test_what_is_gone_from_a_folder_without_its_subfolders_is_removed_and_they_stay(photos):
    draw(photos / "sub" / "9.png", "gold")
    data = portable.image_analysis.load_images(photos, recursive=False).add_row_number()
    model = portable.image_similarity.create(data, label="id", verbose=False)
    (photos / "0.png").unlink()
    assert model.refresh(verbose=False).num_rows() == model.num_examples == 5


@pytest.mark.parametrize("labels", [[["a"]], [{}], [0, [1]]])
def test_what_cannot_be_a_label_is_none_of_the_models(photos, labels):
    model = model_of(photos)
    with pytest.raises(ToolkitError, match="has no pictures"):
        model.remove(labels)
    assert model.num_examples == 6


def test_labels_that_name_several_pictures_can_be_searched_but_tell_no_rows(photos):
    data = portable.image_analysis.load_images(photos)
    data["kind"] = ["a", "a", "b", "c", "d", "e"]
    model = portable.image_similarity.create(data, label="kind", verbose=False)
    assert len(model.query(data[0:1], k=None, verbose=False)) == 6
    with pytest.raises(ToolkitError, match="column 'kind' names several pictures alike"):
        model.rows_of(["b"])


def test_a_picture_that_was_only_touched_is_not_changed(photos, capsys):
    model = model_of(photos, cache=False)
    for number in (2, 3):
        os.utime(photos / f"{number}.png", (1, 1))
    model.refresh()
    printed = capsys.readouterr().out
    assert "pictures through" not in printed and "0 changed" in printed


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("loaded", [True, False])
def test_paths_as_labels_stay_of_their_kind(photos, tmp_path, monkeypatch, absolute, loaded):
    monkeypatch.chdir(photos.parent)
    model = model_of(str(photos) if absolute else "photos", label="path")
    if loaded:
        model.save("look.model")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        model = portable.load_model(str(tmp_path / "look.model"))
    draw(photos / "8.png", "gold")
    frame = model.refresh(str(photos), verbose=False)
    prefix = str(photos) if absolute else "photos"
    assert list(frame["path"]) == [os.path.join(prefix, f"{n}.png") for n in (*range(6), 8)]
    found = model.query(portable.Image(str(photos / "8.png")), k=1, verbose=False)
    assert list(found["reference_label"]) == [os.path.join(prefix, "8.png")]


def test_a_label_column_that_is_called_image_is_kept(photos):
    data = portable.image_analysis.load_images(photos).rename({"image": "picture"})
    data["image"] = [f"no {number}" for number in range(6)]
    model = portable.image_similarity.create(data, label="image", verbose=False)
    model.remove(["no 2"])
    assert list(model.references["image"]) == [f"no {number}" for number in (0, 1, 3, 4, 5)]
    assert model.references["picture"][0].width == 60


def test_a_model_on_another_drive_than_its_pictures_can_be_saved(photos, tmp_path, monkeypatch):
    model = model_of(photos)

    def two_drives(path, start=os.curdir):
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    relpath = os.path.relpath
    place = str(tmp_path / "look.model")
    monkeypatch.setattr(
        os.path, "relpath", lambda p, s=os.curdir: two_drives(p) if s == place else relpath(p, s)
    )
    model.save(place)
    assert portable.load_model(place).references["image"][3].width == 75


def test_a_model_of_features_can_be_asked_with_its_own_rows(photos, tmp_path):
    data = portable.image_analysis.load_images(photos).add_row_number()
    features = portable.image_analysis.get_deep_features(data["image"], "auto", verbose=False)
    data = data[["id", "path"]].add_column(features, "features")
    model = portable.image_similarity.create(data, label="id", verbose=False)
    found = model.query(model.references, label="id", k=1, verbose=False)
    assert list(found["reference_label"]) == list(range(6))


@pytest.mark.parametrize("count", [1, 2])
def test_deleted_pictures_as_queries_are_named(photos, count):
    data = portable.image_analysis.load_images(photos).add_row_number()
    model = portable.image_similarity.create(data, label="id", verbose=False)
    for number in range(count):
        (photos / f"{number}.png").unlink()
    with pytest.raises(ToolkitError, match=r"0\.png"):
        model.query(data[:count], verbose=False)
