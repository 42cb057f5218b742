"""Look-alikes among a gallery: each query without itself, in the queries' order."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import draw

from lookalike.errors import ToolkitError, UnreadableImageWarning
from lookalike.portable import Image, image_analysis, image_similarity
from lookalike.portable.models.matching import Query

pytestmark = pytest.mark.portable

COLORS = ("red", "darkred", "blue", "navy", "green")


@pytest.fixture
def photos(tmp_path):
    for number, color in enumerate(COLORS):
        draw(tmp_path / "photos" / f"{number}.png", color)
    return tmp_path / "photos"


@pytest.fixture
def model(photos):
    data = image_analysis.load_images(photos).sort("path")
    data["number"] = [10 * row for row in range(len(COLORS))]
    return image_similarity.create(data, label="number", verbose=False)


def file(photos, number: int, **facts) -> Query:
    path = str(photos / f"{number}.png")
    return Query(Image.unread(path), path=path, **facts)


def labels_of(found, query: int = 0) -> list[int]:
    return [match.label for match in found if match.query == query]


def test_a_picture_of_the_gallery_does_not_find_itself(model, photos):
    found = model.matches([file(photos, 0)], k=2)
    assert labels_of(found)[0] == 10 and len(found) == 2
    assert 0 not in labels_of(found)
    assert [match.distance for match in found] == sorted(match.distance for match in found)


def test_a_stranger_finds_all_of_them(model, tmp_path):
    draw(tmp_path / "new.png", "red")
    path = str(tmp_path / "new.png")
    found = model.matches([Query(Image.unread(path), path=path)], k=None)
    assert sorted(labels_of(found)) == [0, 10, 20, 30, 40]
    assert (found[0].label, found[0].distance) == (0, 0.0)


def test_each_query_has_k_look_alikes_though_only_some_are_of_the_gallery(model, photos, tmp_path):
    draw(tmp_path / "new.png", "red")
    stranger = Query(Image.unread(str(tmp_path / "new.png")), path=str(tmp_path / "new.png"))
    found = model.matches([file(photos, 3), stranger, file(photos, 0)], k=2)
    assert [match.query for match in found] == [0, 0, 1, 1, 2, 2]
    assert 30 not in labels_of(found, 0) and 0 not in labels_of(found, 2)
    assert labels_of(found, 1)[0] == 0


def test_features_alone_are_of_no_row_unless_their_label_says_so(model):
    features = np.array(model.similarity_model.matrix[2])
    assert labels_of(model.matches([Query(features)], k=1)) == [20]
    assert 20 not in labels_of(model.matches([Query(None, label=20)], k=4))


def test_a_radius_leaves_out_what_is_farther(model, photos):
    every = model.matches([file(photos, 0)], k=None)
    near = model.matches([file(photos, 0)], k=None, radius=every[1].distance)
    assert near == every[:2]


def test_a_picture_that_was_written_to_since_is_looked_at_again(model, photos):
    draw(photos / "0.png", "navy")
    found = model.matches([file(photos, 0)], k=1)
    assert (found[0].label, found[0].distance) == (30, 0.0)


def test_a_query_that_cannot_be_read_is_named_and_the_others_are_answered(model, photos, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    bad = Query(Image.unread(str(tmp_path / "bad.png")), path=str(tmp_path / "bad.png"))
    with pytest.warns(UnreadableImageWarning, match=r"row 1, .*bad\.png: not a picture"):
        found = model.matches([file(photos, 0), bad, file(photos, 2)], k=1)
    assert [(match.query, match.label) for match in found] == [(0, 10), (2, 30)]


def test_queries_of_which_none_can_be_read_are_an_error(model, tmp_path):
    gone = Query(Image.unread(str(tmp_path / "gone.png")), path=str(tmp_path / "gone.png"))
    with pytest.raises(ToolkitError, match=r"gone\.png"):
        model.matches([gone], k=1)


def test_no_queries_have_no_look_alikes(model):
    assert model.matches([], k=3) == []
