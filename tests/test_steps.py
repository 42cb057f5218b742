from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import PORTABLE, draw
from PIL import Image

import lookalike
from lookalike import (
    MissingColumnError,
    MissingFileError,
    ToolkitError,
    UnreadableImageError,
    UnreadableImageWarning,
)

COLORS = ("red", "crimson", "darkred", "blue", "navy", "green", "olive", "orange")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder of eight pictures, two of them copies of others under another name."""
    folder = tmp_path_factory.mktemp("steps") / "pictures"
    for number, color in enumerate(COLORS):
        draw(folder / f"{number}-{color}.png", color, size=(64 + number, 48))
    (folder / "sub").mkdir()
    shutil.copy(folder / "0-red.png", folder / "sub" / "copy-of-red.png")
    return folder


@pytest.fixture(scope="module")
def data(place):
    return lookalike.load_images(place)


@pytest.fixture(scope="module")
def model(data):
    return lookalike.build_model(data, verbose=False)


@pytest.fixture
def truncated(tmp_path) -> Path:
    path = draw(tmp_path / "truncated.jpg", "red", size=(600, 400))
    path.write_bytes(path.read_bytes()[:3000])
    return path


def names(matches) -> list[str]:
    return [Path(path).name for path in matches["path"]]


# load_images


def test_load_images_numbers_the_pictures_in_the_order_of_their_paths(place):
    data = lookalike.load_images(place)
    assert data.column_names() == ["id", "path", "image"]
    assert list(data["id"]) == list(range(9))
    paths = [str(place / f"{n}-{color}.png") for n, color in enumerate(COLORS)]
    assert list(data["path"]) == [*paths, str(place / "sub" / "copy-of-red.png")]
    assert (data[3]["image"].width, data[3]["image"].height) == (67, 48)


def test_load_images_leaves_paths_as_the_folder_was_given(place, monkeypatch):
    monkeypatch.chdir(place.parent)
    assert lookalike.load_images("pictures")["path"][0] == str(Path("pictures", "0-red.png"))


def test_load_images_knows_the_home_folder(place, monkeypatch):
    monkeypatch.setenv("HOME", str(place.parent))
    monkeypatch.setenv("USERPROFILE", str(place.parent))
    assert len(lookalike.load_images("~/pictures")) == 9


def test_load_images_can_leave_subfolders_alone(place):
    assert len(lookalike.load_images(place, recursive=False)) == 8


def test_load_images_passes_over_what_is_no_picture_or_hidden(folder):
    draw(folder / ".hidden.png")
    draw(folder / ".trash" / "x.png")
    assert names(lookalike.load_images(folder)) == ["a.png", "b.jpg", "c.jpeg", "d.png"]


def test_load_images_goes_into_a_circle_of_links_once(folder):
    try:
        (folder / "loop").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    assert len(lookalike.load_images(folder)) == 4


@pytest.mark.parametrize("name", ["e.webp", "e.gif", "e.bmp", "e.tiff", "e.ppm"])
def test_load_images_reads_today_s_formats(folder, name):
    Image.new("RGB", (30, 20), "teal").save(folder / name)
    data = lookalike.load_images(folder)
    image = data[names(data).index(name)]["image"]
    assert (image.width, image.height, image.channels) == (30, 20, 3)
    assert image.pixel_data[5, 5] == pytest.approx([0, 128, 128], abs=4)


@pytest.mark.parametrize(("mode", "name"), [("CMYK", "e.jpg"), ("LA", "e.png"), ("P", "e.png")])
def test_load_images_reads_unusual_pixels(folder, mode, name):
    Image.new(mode, (30, 20)).save(folder / name)
    data = lookalike.load_images(folder)
    assert data[names(data).index(name)]["image"].width == 30


def test_load_images_reads_a_picture_with_the_ending_of_another_format(folder):
    shutil.copy(folder / "a.png", folder / "e.jpg")
    data = lookalike.load_images(folder)
    images = {name: row["image"] for name, row in zip(names(data), data)}
    assert (images["e.jpg"].pixel_data == images["a.png"].pixel_data).all()


def test_load_images_of_no_folder_says_where_it_looked(tmp_path):
    with pytest.raises(MissingFileError, match=f"no folder .*{tmp_path.name}"):
        lookalike.load_images(tmp_path / "nowhere")


def test_load_images_of_a_file_is_an_error(place):
    with pytest.raises(MissingFileError, match=r"Expected a folder; .*0-red\.png' is a file"):
        lookalike.load_images(place / "0-red.png")


def test_load_images_of_a_folder_without_pictures_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(MissingFileError, match="no pictures in the folder"):
        lookalike.load_images(tmp_path)


# build_model


def test_build_model_names_pictures_by_their_id(data):
    chosen = data[3:6]
    found = lookalike.build_model(chosen, verbose=False).query(chosen, k=1, verbose=False)
    assert list(found["reference_label"]) == [3, 4, 5]


def test_build_model_names_pictures_without_an_id_by_their_row(data):
    chosen = data[3:6][["image"]]
    found = lookalike.build_model(chosen, verbose=False).query(chosen, k=1, verbose=False)
    assert list(found["reference_label"]) == [0, 1, 2]


def test_build_model_without_verbose_prints_nothing(data, capfd):
    lookalike.build_model(data, verbose=False)
    assert capfd.readouterr().out == ""


def test_build_model_leaves_out_and_names_what_cannot_be_read(folder, truncated):
    truncated.rename(folder / "truncated.jpg")
    (folder / "empty.png").write_bytes(b"")
    data = lookalike.load_images(folder)
    assert len(data) == 6
    with pytest.warns(UnreadableImageWarning, match="2 of 6 pictures") as caught:
        model = lookalike.build_model(data, verbose=False)
    assert model.num_examples == 4
    message = str(caught[0].message)
    assert f"{folder / 'empty.png'}: it is empty" in message
    assert f"{folder / 'truncated.jpg'}: it is truncated" in message


def test_build_model_keeps_the_numbers_of_those_beside_unreadable_ones(folder):
    (folder / "a0.png").write_bytes(b"no picture")
    data = lookalike.load_images(folder)[["path", "image"]]
    with pytest.warns(UnreadableImageWarning, match="1 of 5"):
        model = lookalike.build_model(data, verbose=False)
    matches = lookalike.find_similar(model, folder / "a.png", k=None)
    assert sorted(names(matches)) == ["b.jpg", "c.jpeg", "d.png"]


def test_build_model_of_unreadable_pictures_alone_is_an_error(tmp_path):
    for name in ("a.jpg", "b.png"):
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(ToolkitError, match="2 of 2 pictures cannot be read"):
        lookalike.build_model(lookalike.load_images(tmp_path), verbose=False)


def test_build_model_leaves_out_a_row_without_a_picture(tc, data):
    rows = tc.SFrame({"image": tc.SArray([data[0]["image"], None, data[1]["image"]], tc.Image)})
    with pytest.warns(UnreadableImageWarning, match="row 1, no file: the row has no picture"):
        assert lookalike.build_model(rows, verbose=False).num_examples == 2


def test_build_model_of_no_rows_is_an_error(data):
    with pytest.raises(RuntimeError, match=r"(?i)empty|no rows"):
        lookalike.build_model(data[0:0])


def test_build_model_with_an_unknown_network_names_those_that_there_are(data):
    with pytest.raises(RuntimeError, match=r"resnet-5000.*resnet-50"):
        lookalike.build_model(data, network="resnet-5000")


def test_build_model_of_a_folder_s_name_loads_it(place):
    model = lookalike.build_model(str(place), verbose=False)
    assert names(lookalike.find_similar(model, place / "0-red.png", k=1)) == ["copy-of-red.png"]


def test_build_model_of_anything_else_says_what_it_takes():
    with pytest.raises(TypeError, match="as load_images returns it, or a folder; found int"):
        lookalike.build_model(3)


def test_several_folders_are_one_collection_in_which_no_file_stands_twice(place, folder):
    data = lookalike.load_images([folder, place, place / "sub"])
    assert list(data["id"]) == list(range(13))
    assert names(data)[:4] == ["a.png", "b.jpg", "c.jpeg", "d.png"]


def test_no_folder_at_all_is_an_error():
    with pytest.raises(MissingFileError, match="name one or more"):
        lookalike.load_images([])


def test_build_model_of_features_extracted_before(tc, data):
    name = "resnet-50" if not PORTABLE else "efficientnet-lite0"
    features = tc.image_analysis.get_deep_features(data["image"], name, verbose=False)
    rows = data[["id", "path"]].add_column(features, "features")
    model = lookalike.build_model(rows, network=name, verbose=False)
    matches = lookalike.find_similar(model, rows[0], k=1)
    assert names(matches) == ["copy-of-red.png"]


@pytest.mark.skipif(not PORTABLE, reason="Turi Create's models do not know their pictures")
def test_a_model_of_features_finds_look_alikes_of_files_without_them(tc, data):
    features = tc.image_analysis.get_deep_features(data["image"], "efficientnet-lite0")
    rows = data[["id", "path"]].add_column(features, "features")
    model = lookalike.build_model(rows, network="efficientnet-lite0", verbose=False)
    matches = lookalike.find_similar(model, data[0]["path"], k=1)
    assert names(matches) == ["copy-of-red.png"]


# find_similar


def test_find_similar_with_a_row(model, data):
    matches = lookalike.find_similar(model, data[1], k=3)
    assert matches.column_names() == ["rank", "distance", "id", "path", "image"]
    assert list(matches["rank"]) == [1, 2, 3]
    assert sorted(matches["distance"]) == list(matches["distance"])
    assert "1-crimson.png" not in names(matches)
    assert matches["image"][0].height == 48


def test_a_row_is_known_by_its_path_whatever_its_number(model, data):
    renumbered = data[["path", "image"]].add_row_number(start=100)
    matches = lookalike.find_similar(model, renumbered[1], k=3)
    assert "1-crimson.png" not in names(matches)


def test_of_a_file_that_stands_there_twice_the_row_asked_for_is_left_out(tc, place):
    once = lookalike.load_images(place)[["path", "image"]]
    twice = once.append(once[:1]).add_row_number()
    model = lookalike.build_model(twice, verbose=False)
    for row, other in ((0, len(once)), (len(once), 0)):
        matches = lookalike.find_similar(model, twice[row], k=2)
        assert other in matches["id"] and row not in matches["id"]


@pytest.mark.skipif(not PORTABLE, reason="Turi Create's models do not know their pictures")
def test_rows_without_files_are_known_by_their_ids(tc, data):
    pixels = np.zeros((48, 64, 3), np.uint8)
    images = [tc.Image.from_pixels(pixels + grey) for grey in (0, 9, 200)]
    rows = tc.SFrame({"image": images}).add_row_number()
    rows["path"] = tc.SArray([None, None, None], dtype=str)
    model = lookalike.build_model(rows, verbose=False)
    assert lookalike.find_similar(model, rows[0], k=1)["id"][0] == 1
    assert len(lookalike.find_similar(model, data[0]["path"], k=3)) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators alone")
def test_a_link_is_left_out_of_its_own_matches(place, tmp_path):
    draw(tmp_path / "pictures" / "blue.png", "blue")
    (tmp_path / "pictures" / "link.png").symlink_to(place / "0-red.png")
    data = lookalike.load_images(tmp_path / "pictures")
    model = lookalike.build_model(data, verbose=False)
    matches = lookalike.find_similar(model, tmp_path / "pictures" / "link.png", k=2)
    assert names(matches) == ["blue.png"]


def test_find_similar_keeps_a_true_copy_of_the_query(model, data):
    matches = lookalike.find_similar(model, data[0], k=2)
    assert names(matches)[0] == "copy-of-red.png"
    assert matches["distance"][0] == pytest.approx(0, abs=1e-6)
    assert "0-red.png" not in names(matches)


def test_find_similar_gives_ten_by_default(folder):
    for number in range(11):
        draw(folder / f"{number}.png", (20 * number, 0, 99), size=(50 + number, 50))
    data = lookalike.load_images(folder)
    model = lookalike.build_model(data, verbose=False)
    assert len(lookalike.find_similar(model, data[0])) == 10


def test_find_similar_with_a_slice_tells_the_queries_apart(model, data):
    matches = lookalike.find_similar(model, data[3:6], k=2)
    assert matches.column_names() == ["query_id", "rank", "distance", "id", "path", "image"]
    assert list(matches["query_id"]) == [3, 3, 4, 4, 5, 5]
    assert list(matches["rank"]) == [1, 2] * 3
    assert all(row["query_id"] != row["id"] for row in matches)


def test_find_similar_with_a_slice_of_one_is_like_its_row(model, data):
    one, row = (lookalike.find_similar(model, query, k=4) for query in (data[2:3], data[2]))
    assert one.column_names() == row.column_names()
    assert list(one["id"]) == list(row["id"])


def test_find_similar_finds_its_own_row_by_path_however_it_is_written(
    model, data, place, monkeypatch
):
    expected = list(lookalike.find_similar(model, data[1], k=3)["id"])
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place.parent))
    monkeypatch.setenv("USERPROFILE", str(place.parent))
    absolute = place / "1-crimson.png"
    for query in (
        absolute,
        str(absolute),
        "1-crimson.png",
        Path("sub", "..", "1-crimson.png"),
        "~/pictures/1-crimson.png",
    ):
        assert list(lookalike.find_similar(model, query, k=3)["id"]) == expected


def test_find_similar_with_a_new_file(model, data, tmp_path):
    new = draw(tmp_path / "new.png", "red")
    matches = lookalike.find_similar(model, new, k=2)
    assert sorted(names(matches)) == ["0-red.png", "copy-of-red.png"]
    assert matches["distance"][0] == pytest.approx(0, abs=1e-6)


def test_find_similar_with_a_new_file_of_another_format(model, data, tmp_path):
    draw(tmp_path / "new.bmp", "red")
    matches = lookalike.find_similar(model, tmp_path / "new.bmp", k=2)
    assert sorted(names(matches)) == ["0-red.png", "copy-of-red.png"]


def test_find_similar_with_a_pil_image(model, data, place):
    with Image.open(place / "0-red.png") as query:
        matches = lookalike.find_similar(model, query, k=2)
    assert sorted(names(matches)) == ["0-red.png", "copy-of-red.png"]
    assert matches["distance"][0] == pytest.approx(0, abs=1e-6)


def test_find_similar_with_an_image_of_the_engine(tc, model, data, place):
    matches = lookalike.find_similar(model, tc.Image(str(place / "0-red.png")), k=2)
    assert sorted(names(matches)) == ["0-red.png", "copy-of-red.png"]


def test_find_similar_with_a_row_of_another_collection(model, data, folder):
    others = lookalike.load_images(folder)
    assert len(lookalike.find_similar(model, others[0], k=None)) == len(data)


def test_find_similar_without_a_limit_finds_all_others(model, data):
    matches = lookalike.find_similar(model, data[0], k=None)
    assert sorted(matches["id"]) == list(range(1, 9))
    assert list(matches["rank"]) == list(range(1, 9))


def test_find_similar_with_more_than_there_are_finds_all_others(model, data):
    assert len(lookalike.find_similar(model, data[0], k=99)) == 8


def test_find_similar_among_one_picture_finds_nothing(data):
    lonely = data[0:1]
    model = lookalike.build_model(lonely, verbose=False)
    matches = lookalike.find_similar(model, lonely[0])
    assert matches.column_names() == ["rank", "distance", "id", "path", "image"]
    assert len(matches) == 0


def test_find_similar_in_filtered_data(data):
    chosen = data[data["id"] > 2]
    model = lookalike.build_model(chosen, verbose=False)
    matches = lookalike.find_similar(model, chosen[0], k=None)
    assert sorted(matches["id"]) == [4, 5, 6, 7, 8]
    assert all(row["path"] == data[row["id"]]["path"] for row in matches)


def test_find_similar_in_data_without_ids(data):
    plain = data[["path", "image"]]
    model = lookalike.build_model(plain, verbose=False)
    matches = lookalike.find_similar(model, plain[0], k=1)
    assert matches.column_names() == ["rank", "distance", "id", "path", "image"]
    assert names(matches) == ["copy-of-red.png"]


def test_find_similar_with_a_model_that_has_labels_of_its_own(tc, data):
    named = data.add_column(data["path"].apply(lambda path: Path(path).stem), "name")
    model = tc.image_similarity.create(named, label="name", verbose=False)
    matches = lookalike.find_similar(model, named[0], k=1, data=named)
    assert list(matches["name"]) == ["copy-of-red"]


def test_find_similar_with_a_model_that_counts_rows(tc, data):
    model = tc.image_similarity.create(data, verbose=False)
    matches = lookalike.find_similar(model, data[0], k=1, data=data)
    assert names(matches) == ["copy-of-red.png"]


def test_find_similar_keeps_the_other_columns(data):
    more = data.add_column(data["id"].apply(lambda number: number * 10), "tens")
    model = lookalike.build_model(more, verbose=False)
    matches = lookalike.find_similar(model, more[0], k=2)
    assert [row["tens"] == 10 * row["id"] for row in matches] == [True, True]


def test_find_similar_changes_neither_data_nor_query(model, data):
    row = data[0]
    lookalike.find_similar(model, row, k=2)
    assert sorted(row) == ["id", "image", "path"]
    assert data.column_names() == ["id", "path", "image"]


def test_find_similar_prints_nothing(model, data, capfd):
    lookalike.find_similar(model, data[0], k=2)
    assert capfd.readouterr().out == ""


def test_find_similar_with_a_missing_file_says_so(model, data, tmp_path):
    with pytest.raises(MissingFileError, match=r"gone\.png does not exist"):
        lookalike.find_similar(model, tmp_path / "gone.png")


def test_find_similar_with_a_file_that_is_no_picture_names_it(model, data, tmp_path):
    (tmp_path / "no.jpg").write_text("no picture")
    with pytest.raises(UnreadableImageError, match=r"no\.jpg: not a picture"):
        lookalike.find_similar(model, tmp_path / "no.jpg")


def test_find_similar_with_a_truncated_file_names_it(model, data, truncated):
    with pytest.raises(UnreadableImageError, match=r"truncated\.jpg: it is truncated"):
        lookalike.find_similar(model, truncated)


def test_find_similar_with_an_address_does_not_ask_the_network(model, data):
    with pytest.raises(MissingFileError, match="addresses are not opened"):
        lookalike.find_similar(model, "http://127.0.0.1:9/a.png")


def test_find_similar_goes_on_after_a_query_that_cannot_be_read(folder, truncated):
    truncated.rename(folder / "a-truncated.jpg")
    data = lookalike.load_images(folder)
    with pytest.warns(UnreadableImageWarning, match="1 of 5"):
        model = lookalike.build_model(data, verbose=False)
    with pytest.warns(UnreadableImageWarning, match=r"1 of 3 .*\n.*a-truncated\.jpg"):
        matches = lookalike.find_similar(model, data[0:3], k=1)
    assert list(matches["query_id"]) == [1, 2]


def test_find_similar_with_no_rows_is_an_error(model, data):
    with pytest.raises(ToolkitError, match="no rows"):
        lookalike.find_similar(model, data[0:0])


def test_find_similar_with_a_row_that_lacks_the_picture_is_an_error(model, data):
    with pytest.raises(MissingColumnError, match="query's column 'image' does not exist"):
        lookalike.find_similar(model, {"name": "a"})


def test_a_row_without_the_picture_is_known_by_its_id_or_its_path(model, data, place):
    expected = list(lookalike.find_similar(model, data[3], k=3)["id"])
    for row in ({"id": 3}, {"path": data[3]["path"]}, {"path": data[3]["path"], "id": 0}):
        assert list(lookalike.find_similar(model, row, k=3)["id"]) == expected
    with pytest.raises(ToolkitError, match=r"pictures \[99\]"):
        lookalike.find_similar(model, {"id": 99})


def test_find_similar_with_a_row_of_no_picture_is_an_error(model, data):
    with pytest.raises(UnreadableImageError, match="the row has no picture"):
        lookalike.find_similar(model, {"image": None})


@pytest.mark.parametrize("query", [3, None, b"bytes"])
def test_find_similar_with_anything_else_is_a_type_error(model, data, query):
    with pytest.raises(TypeError, match=f"found {type(query).__name__}"):
        lookalike.find_similar(model, query)


@pytest.mark.parametrize("k", [0, -1, 2.5, "3"])
def test_find_similar_wants_a_positive_whole_number(model, data, k):
    with pytest.raises(ValueError, match="whole number from 1 on"):
        lookalike.find_similar(model, data[0], k=k)


def test_data_that_lack_a_match_are_an_error_that_names_it(model, data):
    with pytest.raises(ToolkitError, match=r"The data lack 7 of .*2-darkred\.png"):
        lookalike.find_similar(model, data[0], k=None, data=data[0:2])


def test_data_attach_columns_by_path_although_they_are_numbered_otherwise(model, data):
    more = data[["path"]].sort("path", ascending=False).add_row_number()
    more = more.add_column(more["path"].apply(lambda path: Path(path).stem.upper()), "name")
    matches = lookalike.find_similar(model, data[1], k=3, data=more)
    assert matches.column_names() == ["rank", "distance", "id", "path", "name"]
    assert list(matches["name"]) == [Path(path).stem.upper() for path in matches["path"]]
    own = lookalike.find_similar(model, data[1], k=3)
    assert list(matches["path"]) == list(own["path"]) and list(matches["id"]) != list(own["id"])


def test_data_may_have_more_rows_than_the_model(data):
    model = lookalike.build_model(data[2:5], verbose=False)
    matches = lookalike.find_similar(model, data[2], k=None, data=data)
    assert sorted(matches["id"]) == [3, 4]


def test_the_old_order_is_refused_and_the_new_form_named(model, data):
    for call in (
        lambda: lookalike.find_similar(model, data, data[0]),
        lambda: lookalike.find_similar(model, data, data[0], k=3),
        lambda: lookalike.find_similar(model, data, query=data[0]),
        lambda: lookalike.find_similar(model, data, data[0]["path"], 3),
    ):
        with pytest.raises(TypeError, match=r"Write find_similar\(model, query, k=10\)"):
            call()


def test_swapped_arguments_are_named(model, data):
    with pytest.raises(TypeError, match=r"Expected a model, .* The order is find_similar\(model"):
        lookalike.find_similar(data[0], model)


def test_a_list_of_files_pictures_and_arrays_is_searched_one_by_one(model, data, place):
    with Image.open(place / "1-crimson.png") as picture:
        queries = [place / "0-red.png", picture, np.asarray(picture), data[2]["image"], data[3]]
        matches = lookalike.find_similar(model, queries, k=2)
    assert list(matches["query_id"]) == [0, 0, 1, 1, 2, 2, 3, 3, 3, 3]
    assert names(matches)[2] == names(matches)[4] == "1-crimson.png"


def test_matches_within_a_distance(model, data):
    every = lookalike.find_similar(model, data[1], k=None)
    limit = every["distance"][3]
    near = lookalike.find_similar(model, data[1], k=None, max_distance=limit)
    assert list(near["id"]) == list(every["id"])[:4]
    with pytest.raises(ValueError, match="max_distance to be a number of 0 or more"):
        lookalike.find_similar(model, data[1], max_distance=-1)


def test_an_id_that_stands_twice_is_refused_where_the_model_is_built(data):
    for doubled in (data.append(data), data.append(data[7:8])):
        with pytest.raises(
            ToolkitError, match=r"'id' names several of the .*load_images\(\[folder"
        ):
            lookalike.build_model(doubled, verbose=False)


# find_in_folder


def test_find_in_folder_does_it_all(place):
    matches = lookalike.find_in_folder(place, place / "0-red.png", k=3, verbose=False)
    assert matches.column_names() == ["rank", "distance", "id", "path", "image"]
    assert names(matches)[0] == "copy-of-red.png" and len(matches) == 3


def test_find_in_folder_with_a_picture_from_elsewhere(place, tmp_path):
    new = draw(tmp_path / "new.png", "red")
    matches = lookalike.find_in_folder(place, new, k=2, verbose=False)
    assert sorted(names(matches)) == ["0-red.png", "copy-of-red.png"]


def test_find_in_folder_looks_at_the_query_and_k_first(tmp_path, place):
    missing = tmp_path / "no folder"
    with pytest.raises(MissingFileError, match=r"gone\.png does not exist"):
        lookalike.find_in_folder(missing, tmp_path / "gone.png")
    with pytest.raises(ValueError, match="Expected k to be a whole number"):
        lookalike.find_in_folder(missing, place / "0-red.png", k=0)


def test_find_in_folder_says_which_comes_first(place):
    with pytest.raises(TypeError, match=r"The folder comes first: find_in_folder\("):
        lookalike.find_in_folder(place / "0-red.png", place)


# explore and show


def test_explore_shows_each_picture_with_its_name(data, page):
    lookalike.explore(data, title="All of them")
    assert page().count("<img ") == 9
    assert "All of them" in page() and "4-navy.png" in page()


def test_explore_shows_rank_and_distance(model, data, page):
    lookalike.explore(lookalike.find_similar(model, data[1], k=2))
    assert "#1" in page() and "#2" in page()


def test_explore_shows_filtered_rows(data, page):
    lookalike.explore(data[data["id"].apply(lambda number: number in (2, 5))])
    assert page().count("<img ") == 2


def test_explore_shows_a_column_of_images(data, page):
    lookalike.explore(data["image"][0:3])
    assert page().count("<img ") == 3


def test_explore_shows_a_list_of_rows(data, page):
    lookalike.explore([data[0], data[1]])
    assert page().count("<img ") == 2


def test_explore_says_in_its_tile_why_a_picture_cannot_be_read(folder, truncated, page):
    truncated.rename(folder / "truncated.jpg")
    (folder / "empty.png").write_bytes(b"")
    lookalike.explore(lookalike.load_images(folder))
    assert page().count("<img ") == 4
    assert "it is truncated" in page() and "it is empty" in page()


def test_show_shows_an_image_of_the_engine(data, page):
    lookalike.show(data[0]["image"], title="The query")
    assert "The query" in page() and 'width="64" height="48"' in page()


def test_show_names_a_file(place, page):
    lookalike.show(place / "1-crimson.png")
    assert "1-crimson.png" in page() and str(place) not in page()


def test_show_of_no_file_is_an_error(tmp_path):
    with pytest.raises(MissingFileError, match="does not exist"):
        lookalike.show(tmp_path / "gone.png")


@pytest.mark.parametrize("made_of", ["model", "folder"])
def test_explore_shows_the_pictures_of_a_model_and_of_a_folder(model, place, page, made_of):
    lookalike.explore(model if made_of == "model" else place)
    assert page().count("<img ") == 9 and "4-navy.png" in page()


def test_explore_refuses_a_model_of_other_pictures(model, folder):
    others = lookalike.load_images(folder)
    with pytest.raises(ToolkitError, match=r"None of these 4 pictures is the model's, .*a\.png"):
        lookalike.explore(others, model=model)


def test_data_without_paths_are_matched_by_their_labels(model, data):
    named = data[["id"]].add_column(data["path"].apply(lambda path: Path(path).stem), "name")
    matches = lookalike.find_similar(model, data[1], k=2, data=named)
    own = lookalike.find_similar(model, data[1], k=2)
    assert matches.column_names() == ["rank", "distance", "id", "name"]
    assert list(matches["name"]) == [Path(path).stem for path in own["path"]]
