"""Copies in groups: what is found, in which order, and by which kind."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import PORTABLE, draw
from PIL import Image, ImageDraw, ImageOps

import lookalike
from lookalike.storage.feature_store import FeatureStore

COLUMNS = ["group", "kind", "distance", "id", "path", "image"]
LONG_AGO = 1_500_000_000
portable = pytest.mark.skipif(not PORTABLE, reason="Turi Create has no such thing")


def scene(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Draw a picture of its own: a dozen shapes at random."""
    rng = random.Random(seed)

    def color() -> tuple[int, ...]:
        return tuple(rng.randrange(256) for _ in range(3))

    image = Image.new("RGB", size, color())
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = rng.randrange(size[0]), rng.randrange(size[1])
        box = (left, top, left + rng.randrange(10, 70), top + rng.randrange(10, 70))
        rng.choice([draw.ellipse, draw.rectangle])(box, fill=color())
    return image


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of 20 pictures, none of which is the copy of another."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(20):
        scene(number).save(folder / f"{number:02}.png")
        os.utime(folder / f"{number:02}.png", (LONG_AGO, LONG_AGO))
    return folder


def build(folder: Path, **options):
    return lookalike.build_model(str(folder), verbose=False, **options)


def find(folder: Path, kind: str = "near copy", **options):
    return lookalike.find_duplicates(build(folder), kind, verbose=False, **options)


def names(copies) -> list[str]:
    return [Path(path).name for path in copies["path"]]


def beside(copies, name: str) -> list[str]:
    """Return the group that a picture stands in, since drawn pictures may look alike by chance."""
    groups = dict(zip(names(copies), copies["group"]))
    return [one for one, group in groups.items() if group == groups[name]]


# What is a copy


def test_pictures_of_their_own_have_no_copies(place):
    copies = find(place, "same picture")
    assert len(copies) == 0
    assert copies.column_names() == COLUMNS
    assert copies.column_types()[:3] == [int, str, float]


def test_a_file_of_the_same_bytes_is_the_same_file(place):
    shutil.copy(place / "05.png", place / "copy.png")
    copies = find(place, "same file")
    assert names(copies) == ["05.png", "copy.png"]
    assert list(copies["kind"]) == ["", "same file"]
    assert list(copies["distance"]) == [0, 0]


def test_another_size_and_quality_is_the_same_picture(place):
    scene(3).resize((80, 60)).save(place / "small.jpg", quality=60)
    copies = find(place, "same picture")
    assert names(copies) == ["03.png", "small.jpg"]
    assert list(copies["kind"]) == ["", "same picture"]
    assert copies["distance"][1] > 0


@pytest.mark.parametrize(
    "change",
    [ImageOps.mirror, lambda picture: picture.crop((8, 6, 152, 114))],
    ids=["mirror", "cut"],
)
def test_a_mirrored_or_cut_picture_is_a_near_copy(place, change):
    change(scene(7)).save(place / "changed.png")
    assert len(find(place, "same picture")) == 0
    copies = find(place)
    assert sorted(beside(copies, "changed.png")) == ["07.png", "changed.png"]
    assert set(copies["kind"]) == {"", "near copy"}


def test_a_kind_finds_the_surer_ones_too(place):
    shutil.copy(place / "05.png", place / "x-same-file.png")
    scene(5).save(place / "x-same-picture.jpg", quality=30)
    ImageOps.mirror(scene(5)).save(place / "x-near.png")
    kinds = ("same file", "same picture", "near copy")
    assert [len(beside(find(place, kind), "05.png")) for kind in kinds] == [2, 3, 4]


def test_flat_pictures_are_no_copies_by_their_hashes(place):
    for number in range(3):
        Image.new("RGB", (60, 60 + number), (100, 101 + number, 100)).save(place / f"f{number}.png")
    assert len(find(place, "same picture")) == 0


def test_flat_files_of_the_same_bytes_are_the_same_file(place):
    for name in ("x1.png", "x2.png"):
        Image.new("RGB", (60, 60), "black").save(place / name)
    assert names(find(place, "same picture")) == ["x1.png", "x2.png"]


def test_below_twelve_pictures_nothing_is_a_near_copy(tmp_path):
    for number in range(10):
        scene(number).save(tmp_path / f"{number}.png")
    ImageOps.mirror(scene(0)).save(tmp_path / "mirrored.png")
    assert len(find(tmp_path)) == 0
    scene(1).save(tmp_path / "again.jpg")
    assert len(find(tmp_path)) == 2


def test_one_picture_has_no_copies(tmp_path):
    scene(0).save(tmp_path / "0.png")
    assert len(find(tmp_path)) == 0


def test_a_hundred_equal_pictures_are_one_group(tmp_path):
    for number in range(100):
        scene(0).save(tmp_path / f"{number:03}.png", compress_level=number % 10)
    copies = find(tmp_path)
    assert list(copies["group"]) == [1] * 100
    assert list(copies["kind"]) == ["", *["same file"] * 99] or "same picture" in copies["kind"]
    assert max(copies["distance"]) < 1e-3


def test_black_frames_of_different_files_are_one_group(place):
    for number in range(30):
        Image.new("RGB", (60, 60), "black").save(place / f"x{number:02}.bmp" if number % 2 else
                                                 place / f"x{number:02}.png")  # fmt: skip
    copies = find(place)
    assert len(beside(copies, "x00.png")) == 30


def test_many_shifted_versions_of_one_picture_end_in_one_group(tmp_path):
    for number in range(60):
        scene(number, (200, 150)).save(tmp_path / f"{number:02}.png")
    whole, rng = scene(60, (400, 300)), random.Random(0)
    for number in range(14):
        left, top = rng.randint(0, 4), rng.randint(0, 3)
        version = whole.crop((left, top, 396 + left, 297 + top))
        version.save(tmp_path / f"x{number:02}.jpg", quality=rng.randint(40, 95))
    copies = find(tmp_path)
    assert sorted(beside(copies, "x00.jpg")) == [f"x{number:02}.jpg" for number in range(14)]


# How they stand in the table


def test_groups_are_numbered_by_their_first_pictures(place):
    shutil.copy(place / "09.png", place / "x1.png")
    shutil.copy(place / "02.png", place / "x2.png")
    shutil.copy(place / "09.png", place / "x3.png")
    copies = find(place, "same file")
    assert list(copies["group"]) == [1, 1, 2, 2, 2]
    assert names(copies) == ["02.png", "x2.png", "09.png", "x1.png", "x3.png"]


def test_the_best_has_the_most_pixels(place):
    scene(4).resize((320, 240)).save(place / "x-large.jpg", quality=50)
    assert names(find(place, "same picture")) == ["x-large.jpg", "04.png"]


def test_of_equally_large_ones_the_best_has_the_most_bytes(place):
    scene(4).save(place / "x-heavy.bmp")
    assert names(find(place, "same picture")) == ["x-heavy.bmp", "04.png"]


def test_of_equal_files_the_best_is_the_oldest(place):
    shutil.copy(place / "04.png", place / "x-older.png")
    os.utime(place / "x-older.png", (LONG_AGO - 100, LONG_AGO - 100))
    assert names(find(place, "same file")) == ["x-older.png", "04.png"]


def test_one_of_each_file_remains_without_those_that_are_the_same_file(place):
    # Two files, twice each, of which one is a near copy of the other.
    ImageOps.mirror(scene(5)).save(place / "x1.png")
    shutil.copy(place / "x1.png", place / "x2.png")
    shutil.copy(place / "05.png", place / "x3.png")
    copies = find(place)
    contents = [Path(path).read_bytes() for path in copies["path"]]
    kept = {content for content, kind in zip(contents, copies["kind"]) if kind != "same file"}
    assert list(copies["kind"]).count("same file") == 2
    assert kept == set(contents)


def test_the_distance_is_to_the_best_one(place):
    shutil.copy(place / "05.png", place / "x1.png")
    ImageOps.mirror(scene(5)).save(place / "x2.png")
    copies = find(place)
    assert {distance for kind, distance in zip(copies["kind"], copies["distance"]) if not kind} == {
        0
    }
    assert max(copies["distance"]) > 0
    if PORTABLE:
        assert max(copies["distance"]) < 2


def test_the_columns_of_the_rows_come_along(tc, place):
    shutil.copy(place / "05.png", place / "x1.png")
    data = lookalike.load_images(str(place))
    data["day"] = data["path"].apply(lambda path: f"day {Path(path).stem}", str)
    model = lookalike.build_model(data, verbose=False)
    copies = lookalike.find_duplicates(model, "same file", verbose=False)
    assert list(copies["day"]) == ["day 05", "day x1"]


def test_explore_shows_the_groups(place):
    shutil.copy(place / "05.png", place / "x1.png")
    page = place.parent / "page.html"
    lookalike.explore(find(place, "same file")).save_html(page)
    text = page.read_text("utf-8")
    assert "Group 1 (2)" in text and "the best · id 5" in text
    assert "same file · 0.000 · id 20" in text


# Whose hashes are made when


def test_a_picture_that_cannot_be_read_is_nobodys_copy(place):
    for name in ("x1.png", "x2.png"):
        (place / name).write_bytes((place / "05.png").read_bytes()[:-300])
    with pytest.warns(lookalike.UnreadableImageWarning):
        model = build(place)
    assert len(lookalike.find_duplicates(model, "same picture", verbose=False)) == 0


@portable
def test_a_loaded_model_finds_the_same(place, tmp_path):
    shutil.copy(place / "05.png", place / "x1.png")
    scene(6).save(place / "x2.jpg")
    model = build(place)
    model.save(str(tmp_path / "model"))
    loaded = lookalike.tc.load_model(str(tmp_path / "model"))
    before, after = (lookalike.find_duplicates(one, verbose=False) for one in (model, loaded))
    assert len(before) >= 4
    assert [list(before[name]) for name in COLUMNS[:4]] == [
        list(after[name]) for name in COLUMNS[:4]
    ]


@portable
def test_without_a_store_hashes_are_made_when_they_are_wanted(tc, place):
    scene(6).save(place / "x2.jpg")
    data = lookalike.load_images(str(place))
    model = tc.image_similarity.create(data, label="id", verbose=False, cache=False)
    copies = lookalike.find_duplicates(model, "same picture", verbose=False)
    assert sorted(names(copies)) == ["06.png", "x2.jpg"]


@portable
def test_hashes_that_the_store_lacks_are_made_once(place, tmp_path):
    scene(6).save(place / "x2.jpg")
    network = lookalike.tc.image_similarity
    data = lookalike.load_images(str(place))
    store = tmp_path / "store.sqlite"
    model = network.create(data, label="id", verbose=False, cache=store)
    keeper = FeatureStore(store, model.feature_extractor.network)
    contents = [model.gallery.files.content(position) for position in range(21)]
    assert len(keeper.find_hashes(contents)) == 21
    keeper._connection.execute("DELETE FROM hashes")
    assert len(lookalike.find_duplicates(model, "same picture", verbose=False)) == 2
    assert len(keeper.find_hashes(contents)) == 21
    keeper.close()


@portable
def test_a_file_that_was_overwritten_is_compared_as_it_was(place):
    scene(6).save(place / "x2.png", compress_level=1)
    model = build(place)
    scene(7).save(place / "x2.png")
    os.utime(place / "x2.png", (LONG_AGO, LONG_AGO))
    copies = lookalike.find_duplicates(model, "same picture", verbose=False)
    assert "07.png" not in names(copies)


@portable
def test_pictures_without_files_are_compared_too(tc):
    pictures = [tc.Image(scene(number)) for number in range(13)]
    pictures.append(tc.Image(scene(4).resize((80, 60))))
    model = tc.image_similarity.create(tc.SFrame({"image": pictures}), verbose=False)
    copies = lookalike.find_duplicates(model, "same picture", verbose=False)
    assert copies.column_names()[:3] == COLUMNS[:3]
    assert list(copies["id"]) == [4, 13]
    assert list(copies["kind"]) == ["", "same picture"]


@portable
def test_features_that_were_given_are_compared_by_their_ratio(tc):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 1280))
    features[9] = features[2] + 0.1 * rng.normal(size=1280)
    data = tc.SFrame({"features": list(features)})
    model = tc.image_similarity.create(data, verbose=False)
    copies = lookalike.find_duplicates(model, verbose=False)
    assert list(copies["id"]) == [2, 9]
    assert 0 < copies["distance"][1] < 0.5


@portable
def test_ctrl_c_ends_it_and_what_was_hashed_is_kept(tc, place, monkeypatch, tmp_path):
    from lookalike.portable.models import picture_facts

    data = lookalike.load_images(str(place))
    model = tc.image_similarity.create(data, verbose=False, cache=tmp_path / "store.sqlite")
    (tmp_path / "store.sqlite").unlink()

    class Interrupted(picture_facts.Progress):
        def __call__(self, done, failed):
            if done == 5:
                raise KeyboardInterrupt

    monkeypatch.setattr(picture_facts, "Progress", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        lookalike.find_duplicates(model, verbose=False)
    monkeypatch.undo()
    store = FeatureStore(tmp_path / "store.sqlite", network=None)
    contents = [model.gallery.files.content(position) for position in range(20)]
    assert len(store.find_hashes(contents)) >= 4
    store.close()


# Among another model's


@pytest.fixture
def card(place: Path, tmp_path: Path) -> Path:
    """A folder of new pictures, three of which are copies of others elsewhere."""
    folder = tmp_path / "card"
    folder.mkdir()
    shutil.copy(place / "05.png", folder / "a.png")
    ImageOps.mirror(scene(7)).save(folder / "b.png")
    scene(100).save(folder / "c.png")
    scene(3).resize((80, 60)).save(folder / "d.jpg")
    return folder


def test_the_pictures_of_one_model_that_stand_in_another_are_found(place, card):
    copies = find(card, among=build(place))
    assert copies.column_names() == [*COLUMNS, "among_id", "among_path"]
    assert names(copies) == ["a.png", "b.png", "d.jpg"]
    assert list(copies["kind"]) == ["same file", "near copy", "same picture"]
    assert [Path(path).name for path in copies["among_path"]] == ["05.png", "07.png", "03.png"]
    assert list(copies["among_id"]) == [5, 7, 3]
    assert list(copies["group"]) == [1, 2, 3]
    assert copies["distance"][0] == 0


def test_a_kind_says_how_far_among_another_model_too(place, card):
    model = build(place)
    assert names(find(card, "same file", among=model)) == ["a.png"]
    assert names(find(card, "same picture", among=model)) == ["a.png", "d.jpg"]


def test_copies_within_the_model_alone_stand_in_no_other(place, tmp_path):
    folder = tmp_path / "card"
    for name in ("a.png", "b.png"):
        draw(folder / name)
    copies = find(folder, among=build(place))
    assert len(copies) == 0
    assert copies.column_names() == [*COLUMNS, "among_id", "among_path"]


def test_of_several_copies_there_the_surest_is_named(place, card):
    scene(5).resize((320, 240)).save(place / "x-large.png")
    copies = find(card, among=build(place))
    assert Path(copies["among_path"][0]).name == "05.png"


def test_a_model_among_itself_is_refused(place):
    model = build(place)
    with pytest.raises(lookalike.ToolkitError, match="leave among= out"):
        lookalike.find_duplicates(model, among=model)


@portable
def test_models_of_different_networks_are_refused(place, card, tmp_path):
    import zoo

    path = zoo.save(zoo.squeezenet()[0], tmp_path / "other.onnx")
    other = build(card, network=lookalike.Network(str(path)))
    with pytest.raises(lookalike.ToolkitError, match=r"of different networks .*other.*build one"):
        lookalike.find_duplicates(other, among=build(place))


# What is refused, and what is printed


def test_another_kind_is_refused(place):
    with pytest.raises(ValueError, match="'same file', 'same picture', 'near copy'; found 'twins'"):
        find(place, "twins")


@pytest.mark.parametrize("model", ["folder", None, 3])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(TypeError, match=f"Expected a model .* found {type(model).__name__}"):
        lookalike.find_duplicates(model)


def test_an_other_that_is_no_model_is_refused(place):
    with pytest.raises(TypeError, match="found str"):
        find(place, among="archive")


def test_one_line_says_what_was_found(place, capsys):
    shutil.copy(place / "05.png", place / "x1.png")
    model = build(place)
    capsys.readouterr()
    lookalike.find_duplicates(model, "same file")
    assert "21 pictures: 2 in 1 group of copies (" in capsys.readouterr().out
    lookalike.find_duplicates(model, verbose=False)
    assert capsys.readouterr().out == ""


def test_no_file_is_changed(place):
    shutil.copy(place / "05.png", place / "x1.png")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.iterdir()}
    find(place)
    assert before == {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in place.iterdir()}
