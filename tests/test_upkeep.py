"""A model that follows its folder: add, remove, refresh, and being moved."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from conftest import PORTABLE, draw

import lookalike
from lookalike import portable
from lookalike.errors import MissingColumnError, ToolkitError, UnreadableImageWarning
from lookalike.networks.extractor import FeatureExtractor

COLORS = ("red", "blue", "green", "orange", "purple", "brown")


@pytest.fixture
def photos(tmp_path):
    for number, color in enumerate(COLORS):
        draw(tmp_path / "photos" / f"{number}.png", color, (60 + 5 * number, 50))
    return tmp_path / "photos"


@pytest.fixture
def extracted(monkeypatch) -> list[str]:
    """The files that are really looked at."""
    seen: list[str] = []
    decode = portable.Image.to_network_input

    def spy(self, height, width):
        seen.append(self.path.replace("\\", "/").rpartition("/")[2])
        return decode(self, height, width)

    monkeypatch.setattr(portable.Image, "to_network_input", spy)
    return seen


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


def test_refresh_looks_at_what_is_new_or_changed_and_forgets_what_is_gone(photos, extracted):
    model = model_of(photos, cache=False)
    (photos / "0.png").unlink()
    draw(photos / "3.png", "black")
    draw(photos / "sub" / "9.png", "gold")
    extracted.clear()
    frame = model.refresh(verbose=False)
    assert sorted(extracted) == ["3.png", "9.png"]
    assert sorted(frame["id"]) == [1, 2, 3, 4, 5, 6]
    assert_same_features(model, model_of(photos, cache=False))


def test_refresh_of_an_unchanged_folder_looks_at_nothing(photos, extracted):
    model = model_of(photos, cache=False)
    extracted.clear()
    model.refresh(verbose=False)
    assert extracted == [] and model.num_examples == 6


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
    assert "1.png" in names_of(model) and "a.png" not in names_of(model)


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


def test_a_folder_without_changes_leaves_the_model_mapped(photos, tmp_path):
    model_of(photos).save(str(tmp_path / "look.model"))
    model = portable.load_model(str(tmp_path / "look.model"))
    model.refresh(verbose=False)
    assert isinstance(model.similarity_model.matrix.base, np.memmap)
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


def test_a_loaded_model_can_be_refreshed(photos, tmp_path, monkeypatch):
    model_of(photos).save(str(tmp_path / "look.model"))
    draw(photos / "8.png", "gold")
    looked_at = []
    extract = FeatureExtractor.extract

    def spy(self, pictures, *rest, **options):
        looked_at.extend(pictures)
        return extract(self, pictures, *rest, **options)

    monkeypatch.setattr(FeatureExtractor, "extract", spy)
    model = portable.load_model(str(tmp_path / "look.model"))
    model.refresh(verbose=False)
    assert model.num_examples == 7 and len(looked_at) == 1


@pytest.mark.skipif(not PORTABLE, reason="the helpers take a model of the engine that is chosen")
def test_matches_can_be_shown_from_the_model_alone(photos, tmp_path):
    model_of(photos).save(str(tmp_path / "look.model"))
    model = portable.load_model(str(tmp_path / "look.model"))
    matches = lookalike.find_similar(model, model.references, photos / "0.png", k=2)
    assert list(matches["rank"]) == [1, 2] and "0.png" not in str(list(matches["path"]))
