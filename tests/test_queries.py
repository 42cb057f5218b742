"""A part of a picture, several pictures together, and what a table of matches was asked with."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import PORTABLE
from PIL import Image
from test_duplicates import scene

import lookalike
from lookalike import ToolkitError

BOX = (100, 60, 220, 150)
SIDEWAYS = 6


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder of 12 pictures."""
    folder = tmp_path_factory.mktemp("queries") / "pictures"
    folder.mkdir()
    for number in range(12):
        scene(number, (320, 240)).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(scope="module")
def model(place):
    return lookalike.build_model(str(place), verbose=False)


def found(*args, **options) -> list[tuple[str, float]]:
    matches = lookalike.find_similar(*args, **options)
    return [
        (Path(path).name, distance) for path, distance in zip(matches["path"], matches["distance"])
    ]


def looks_like(part: list[tuple[str, float]], whole: list[tuple[str, float]]) -> None:
    assert [name for name, _ in part] == [name for name, _ in whole]
    assert [d for _, d in part] == pytest.approx([d for _, d in whole], rel=1e-4)


# A part


@pytest.mark.parametrize("kind", ["path", "row", "label", "PIL", "Image", "array", "slice"])
def test_a_part_is_searched_with_as_a_picture_of_its_own(model, place, tmp_path, tc, kind):
    path = place / "03.png"
    picture = Image.open(path)
    picture.crop(BOX).save(tmp_path / "part.png")
    rows = lookalike.load_images(place)
    query = {
        "path": path,
        "row": rows[3],
        "label": {"id": 3},
        "PIL": picture,
        "Image": tc.Image(str(path)),
        "array": np.asarray(picture),
        "slice": rows[3:4],
    }[kind]
    part, whole = found(model, query, k=None, box=BOX), found(model, tmp_path / "part.png", k=None)
    if kind in ("path", "row", "label", "slice"):
        # The picture that it is a part of is left out, as a query is.
        whole = [match for match in whole if match[0] != "03.png"]
    looks_like(part, whole)


def test_the_box_is_of_the_upright_picture(model, tmp_path):
    upright = scene(50, (240, 320))
    turned = Image.Exif()
    turned[0x0112] = SIDEWAYS
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=turned)
    upright.crop((20, 200, 240, 320)).save(tmp_path / "part.png")
    part = found(model, tmp_path / "turned.png", k=None, box=(20, 200, 240, 320))
    looks_like(part, found(model, tmp_path / "part.png", k=None))
    with pytest.raises(ValueError, match="which is 240 x 320"):
        lookalike.find_similar(model, tmp_path / "turned.png", box=(0, 0, 320, 240))


def test_a_small_part_of_a_large_photo_is_as_sharp_as_the_network_needs_it(model, tmp_path):
    large = scene(60, (4000, 3000))
    large.save(tmp_path / "large.jpg", quality=95)
    with Image.open(tmp_path / "large.jpg") as photo:
        photo.crop((1000, 1000, 1300, 1250)).save(tmp_path / "part.png")
    part = found(model, tmp_path / "large.jpg", k=5, box=(1000, 1000, 1300, 1250))
    looks_like(part, found(model, tmp_path / "part.png", k=5))


@pytest.mark.parametrize(
    "box", [np.array(BOX), list(BOX), tuple(map(np.int32, BOX)), (100.4, 60.9, 219.2, 149.1)]
)
def test_a_box_may_be_of_any_numbers_and_loses_no_pixel(model, place, box):
    wanted = found(model, place / "03.png", box=BOX)
    assert found(model, place / "03.png", box=box) == wanted


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 321, 10),
        (-1, 0, 10, 10),
        (10, 10, 10, 20),
        (20, 0, 10, 10),
        (math.nan, 0, 10, 10),
        (0, 0, math.inf, 10),
        (0.25, 0.25, 0.75, 0.75),
    ],
)
def test_a_box_that_is_no_part_of_the_picture_is_an_error_with_its_size(model, place, box):
    with pytest.raises(ValueError, match=r"the upright picture, which is 320 x 240: .*; found \("):
        lookalike.find_similar(model, place / "03.png", box=box)


@pytest.mark.parametrize("box", [(1, 2, 3), "1234", 5, (0, 0, "1", 2), (0, 0, None, 2), {}, ()])
def test_a_box_that_is_not_four_numbers_is_another_error(model, place, box):
    with pytest.raises(TypeError, match=r"box=\(left, top, right, bottom\).*320 x 240.*; found"):
        lookalike.find_similar(model, place / "03.png", box=box)


@pytest.mark.parametrize("together", [False, True])
def test_a_box_of_several_pictures_is_refused(model, place, together):
    paths = [place / "03.png", place / "04.png"]
    with pytest.raises(ValueError, match="A box is a part of one picture; found 2 pictures"):
        lookalike.find_similar(model, paths, box=BOX, together=together)


def test_features_have_no_parts(model, place, tc):
    rows = lookalike.load_images(place)
    features = model.feature_extractor.extract_features(rows, "image")
    frame = tc.SFrame({"id": list(range(12)), "features": features})
    given = lookalike.build_model(frame, model.model, verbose=False)
    with pytest.raises(ToolkitError, match="this query has features alone: give the picture's"):
        lookalike.find_similar(given, frame[3], box=BOX)


# Several together


def test_pictures_together_are_left_out_and_give_one_list(model, place):
    paths = [place / "03.png", place / "04.png", place / "05.png"]
    matches = lookalike.find_similar(model, paths, k=None, together=True)
    assert matches.column_names() == ["rank", "distance", "id", "path", "image"]
    assert list(matches["rank"]) == list(range(1, 10))
    assert not {3, 4, 5} & set(matches["id"])


def test_k_counts_the_matches_and_not_the_pictures_asked_with(model, place):
    paths = [place / "03.png", place / "04.png", place / "05.png"]
    assert found(model, paths, k=4, together=True) == found(model, paths, k=None, together=True)[:4]


def test_the_distance_is_to_the_mean_of_what_is_compared(model, place):
    rows = lookalike.load_images(place)
    vectors = model.feature_extractor.extract_features(rows, "image")
    features = np.array([list(vector) for vector in vectors])
    if PORTABLE:
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        features -= features.mean(axis=0)
        features /= np.linalg.norm(features, axis=1, keepdims=True)
    mean = features[[3, 4]].mean(axis=0)
    if PORTABLE:
        mean /= np.linalg.norm(mean)
    expected = np.linalg.norm(features - mean, axis=1)
    matches = lookalike.find_similar(model, rows[3:5], k=None, together=True)
    assert list(matches["distance"]) == pytest.approx(expected[list(matches["id"])], rel=1e-4)


@pytest.mark.portable
def test_uncentred_features_have_a_mean_too(place):
    raw = lookalike.build_model(str(place), verbose=False, centered=False)
    rows = lookalike.load_images(place)
    features = np.array(raw.feature_extractor.extract_features(rows, "image"))
    expected = np.linalg.norm(features - features[[3, 4]].mean(axis=0), axis=1)
    matches = lookalike.find_similar(raw, rows[3:5], k=None, together=True)
    assert list(matches["distance"]) == pytest.approx(expected[list(matches["id"])], rel=1e-4)


def test_one_picture_together_is_that_picture(model, place):
    one = [place / "03.png"]
    assert found(model, one, together=True) == found(model, one)


def test_rows_that_are_known_by_path_and_by_id_go_together(model, place):
    rows = [{"path": str(place / "03.png")}, {"id": 4}]
    paths = [place / "03.png", place / "04.png"]
    assert found(model, rows, together=True) == found(model, paths, together=True)


# What is shown


def pinned(matches, tmp_path) -> list[str]:
    """Return the tiles of the page: the queries' sizes and names, and how many matches follow."""
    lookalike.explore(matches).save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8").split("</style>")[-1]
    tiles = page.split('<td class="lookalike-tile')[1:]
    shown: list[str] = []
    for tile in tiles:
        name = re.search(r'lookalike-name">([^<]*)', tile)
        width, height = re.search(r'width="(\d+)" height="(\d+)"', tile).groups()
        is_query = tile.startswith(" lookalike-query")
        shown.append(f"{name[1] if name else '-'} {width}x{height}" if is_query else "match")
    return shown


@pytest.fixture(autouse=True)
def pages(page) -> None:
    """Nothing is opened, and what is written lies where the test's files lie."""


@pytest.mark.parametrize("kind", ["path", "row", "label", "PIL", "Image"])
def test_a_table_of_matches_is_shown_with_its_query_first(model, place, tmp_path, tc, kind):
    path = place / "03.png"
    rows = lookalike.load_images(place)
    queries = {
        "path": path,
        "row": rows[3],
        "label": {"id": 3},
        "PIL": Image.open(path),
        "Image": tc.Image(str(path)),
    }
    matches = lookalike.find_similar(model, queries[kind], k=2)
    name = "-" if kind in ("PIL", "Image") else "03.png"
    assert pinned(matches, tmp_path)[-2:] == ["match", "match"]
    assert pinned(matches, tmp_path)[0] == f"{name} 224x168"


def test_of_a_part_the_part_is_shown(model, place, tmp_path):
    matches = lookalike.find_similar(model, place / "03.png", k=1, box=(0, 0, 100, 200))
    assert pinned(matches, tmp_path) == ["03.png 100x200", "match"]


def test_each_of_several_queries_is_shown_before_its_own_matches(model, place, tmp_path):
    paths = [place / "03.png", place / "04.png"]
    one_by_one = lookalike.find_similar(model, paths, k=2)
    expected = ["03.png 224x168", "match", "match", "04.png 224x168", "match", "match"]
    assert pinned(one_by_one, tmp_path) == expected
    together = lookalike.find_similar(model, paths, k=2, together=True)
    assert pinned(together, tmp_path) == ["03.png 224x168", "04.png 224x168", "match", "match"]


def test_a_query_without_matches_is_shown_alone(model, place, tmp_path):
    matches = lookalike.find_similar(model, place / "03.png", max_distance=0)
    assert pinned(matches, tmp_path) == ["03.png 224x168"]


def test_what_is_cut_out_of_a_table_is_shown_without_queries(model, place, tmp_path):
    matches = lookalike.find_similar(model, place / "03.png", k=3)
    assert pinned(matches[0:2], tmp_path) == ["match", "match"]
