"""The drawings of why it works, and the positions on the map."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from conftest import draw
from PIL import Image

from lookalike import principle

FEATURES = np.array([[3.0, 0, 1, 0], [2, 0, 1, 0], [0, 4, 0, 2]])


@pytest.fixture
def pictures(tmp_path):
    colors = ("red", "green", "blue")
    return [Image.open(draw(tmp_path / f"{color}.png", color)) for color in colors]


@pytest.fixture
def _matplotlib():
    pytest.importorskip("matplotlib")


@pytest.mark.usefixtures("_matplotlib")
def test_features_are_drawn_strongest_first_as_the_first_picture_has_them(pictures):
    figure = principle.draw_features(pictures, FEATURES, count=3)
    bars = [[bar.get_height() for bar in axes.patches] for axes in figure.axes[1::2]]
    assert bars == [[3, 1, 0], [2, 1, 0], [0, 0, 4]]


@pytest.mark.usefixtures("_matplotlib")
def test_each_row_of_features_is_titled_with_its_distance_from_the_first(pictures):
    figure = principle.draw_features(pictures, FEATURES, count=2)
    titles = [axes.get_title() for axes in figure.axes[1::2]]
    assert titles == ["distance 0.00", "distance 1.00", "distance 5.48"]


@pytest.mark.usefixtures("_matplotlib")
def test_distances_count_each_pair_once_in_its_own_histogram():
    figure = principle.draw_distances(FEATURES, ["cat", "cat", "rover"])
    same, different = figure.axes[0].containers
    assert sum(bar.get_height() for bar in same) == 1
    assert sum(bar.get_height() for bar in different) == 2


@pytest.mark.usefixtures("_matplotlib")
def test_the_map_has_every_picture_and_frames_the_marked_ones(pictures, tmp_path):
    figure = principle.draw_map(pictures, FEATURES, marked=[2])
    boxes = [box for box in figure.axes[0].artists if hasattr(box, "patch")]
    assert [bool(box.patch.get_visible()) for box in boxes] == [False, False, True]
    figure.savefig(tmp_path / "map.png")
    drawn = np.asarray(Image.open(tmp_path / "map.png").convert("RGB")).reshape(-1, 3)
    colors = {tuple(color) for color in np.unique(drawn, axis=0).tolist()}
    frame = tuple(int(principle.MARK[start : start + 2], 16) for start in (1, 3, 5))
    assert frame in colors


def test_the_map_keeps_the_distances_of_features_that_lie_on_a_plane():
    random = np.random.default_rng(0)
    features = random.normal(size=(20, 2)) @ random.normal(size=(2, 9))
    positions = principle.map_positions(features)
    for positioned, featured in zip(positions, features):
        np.testing.assert_allclose(
            np.linalg.norm(positions - positioned, axis=1),
            np.linalg.norm(features - featured, axis=1),
            atol=1e-9,
        )


def test_the_map_is_not_mirrored_by_the_order_of_the_pictures():
    random = np.random.default_rng(0)
    features = random.normal(size=(20, 9))
    order = random.permutation(20)
    np.testing.assert_allclose(
        principle.map_positions(features[order]), principle.map_positions(features)[order]
    )


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "\.\[notebook\]"'):
        principle.draw_distances(FEATURES, [0, 0, 1])
