"""Models and features, and the network that made them."""

from __future__ import annotations

import os

import pytest
from conftest import draw
from test_graph import classifier

import lookalike
from lookalike import portable
from lookalike.networks.network import Network
from lookalike.networks.record import NetworkRecord
from lookalike.networks.session import _opened

BUNDLED = "efficientnet-lite0"


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def mine(tmp_path) -> NetworkRecord:
    return classifier(tmp_path)[0]


@pytest.fixture
def data(folder) -> portable.SFrame:
    return portable.image_analysis.load_images(str(folder)).add_row_number()


def create(data, network, **options):
    return portable.image_similarity.create(data, model=network, verbose=False, **options)


def extract(data, network):
    return portable.image_analysis.get_deep_features(data["image"], network, verbose=False)


def neighbours(model, rows) -> list[int]:
    return list(model.query(rows, k=4, verbose=False)["reference_label"])


def forget(network: NetworkRecord, tmp_path, monkeypatch) -> None:
    """Take a network away, and all that is remembered of it."""
    os.remove(network.file)
    _opened.cache_clear()
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "another cache"))


def load(path):
    with pytest.warns(lookalike.MissingNetworkWarning, match="tiny is not on this machine"):
        return portable.load_model(path)


# Which network.


def test_a_model_is_made_with_a_network_of_ones_own(data, mine):
    for network in (mine, mine.file):
        model = create(data, network)
        assert model.model == "tiny"
        assert model.input_image_shape == (3, 8, 8)
        assert model.query(data[:1], k=1, verbose=False)["distance"][0] == pytest.approx(
            0, abs=1e-6
        )


def test_the_summary_names_the_network(data, mine):
    assert "Network                                  : tiny" in create(data, mine).summary("str")


def test_the_choice_of_auto_is_printed_in_one_line(data, capsys):
    portable.image_similarity.create(data)
    assert capsys.readouterr().out.startswith(
        "Network: efficientnet-lite2, 1280 features (bundled;"
    )


def test_a_silent_run_says_nothing_of_its_choice(data, capsys):
    create(data, "auto")
    assert capsys.readouterr().out == ""


def test_a_network_that_is_not_here_is_told_before_any_work(data):
    with pytest.raises(lookalike.MissingFileError, match=r"lookalike\.download\('resnet-50'\)"):
        create(data, "resnet-50")


def test_the_helpers_take_a_network_of_ones_own(folder, mine):
    if lookalike.backend_name() != "portable":
        pytest.skip("Turi Create takes its own networks alone")
    matches = lookalike.find_in_folder(folder, folder / "a.png", network=mine, verbose=False)
    assert len(matches) == 3


# Whose features.


def test_a_model_is_made_from_features_of_its_network(data, mine):
    data["features"] = extract(data, mine)
    model = create(data[["features"]], mine)
    assert neighbours(model, data[1:2]) == neighbours(create(data, mine), data[1:2])


def test_features_of_another_network_are_refused_by_name_and_length(data, mine):
    data["features"] = extract(data, mine)
    with pytest.raises(
        lookalike.ToolkitError,
        match=r"the 1280 features that efficientnet-lite0 .* of 4 numbers, features of tiny",
    ):
        create(data, BUNDLED, feature="features")
    with pytest.raises(lookalike.ToolkitError, match="features of tiny"):
        create(data, BUNDLED).query(data["features"], verbose=False)


def test_features_of_the_same_length_are_refused_by_name(data, mine):
    other = Network(mine.file, name="other", std=(1, 1, 1))
    data["features"] = extract(data, other)
    with pytest.raises(lookalike.ToolkitError, match="features of other"):
        create(data, mine, feature="features")


@pytest.mark.parametrize(
    "compute",
    [lambda f: f / 2, lambda f: 2 * f, lambda f: -f, abs, lambda f: f + f, lambda f: f**2],
)
def test_what_is_computed_from_features_is_no_network_s(data, mine, compute):
    other = Network(mine.file, name="other", std=(1, 1, 1))
    data["computed"] = compute(extract(data, other))
    assert create(data, mine, feature="computed").num_examples == len(data)


def test_selections_of_features_know_their_network(data, mine):
    column = extract(data, mine)
    frame = portable.SFrame({"id": data["id"], "features": column})
    selections = [
        column[1:3],
        column[column.apply(lambda vector: vector[0] > -1)],
        column.head(1).append(column.tail(1)),
        frame[2:4]["features"],
        frame[frame["id"] > 1]["features"],
        frame.sort("id", ascending=False)["features"],
    ]
    for selection in selections:
        with pytest.raises(lookalike.ToolkitError, match="features of tiny"):
            create(portable.SFrame({"f": selection}), BUNDLED, feature="f")


def test_features_that_were_saved_are_told_by_their_length_alone(data, mine, tmp_path):
    portable.SFrame({"f": extract(data, mine)}).save(str(tmp_path / "frame"))
    loaded = portable.load_sframe(str(tmp_path / "frame"))
    assert create(loaded, mine).num_examples == 4
    with pytest.raises(lookalike.ToolkitError, match="vectors of 4 numbers"):
        create(loaded, BUNDLED, feature="f")


# Models whose network is not here.


def test_a_saved_model_knows_its_network(data, mine, tmp_path):
    mine = Network(mine.file, name="mine", mean=(1, 2, 3))
    create(data, mine).save(str(tmp_path / "model"))
    loaded = portable.load_model(str(tmp_path / "model"))
    assert loaded.feature_extractor.network == mine
    assert neighbours(loaded, data[:2]) == neighbours(create(data, mine), data[:2])


def test_a_model_without_its_network_is_queried_with_the_pictures_that_it_holds(
    data, mine, tmp_path, monkeypatch
):
    model = create(data, mine)
    wanted = neighbours(model, data[1:3])
    model.save(str(tmp_path / "model"))
    forget(mine, tmp_path, monkeypatch)
    assert neighbours(load(str(tmp_path / "model")), data[1:3]) == wanted


def test_a_model_without_its_network_refuses_other_pictures(data, mine, tmp_path, monkeypatch):
    create(data, mine).save(str(tmp_path / "model"))
    forget(mine, tmp_path, monkeypatch)
    model = load(str(tmp_path / "model"))
    new = portable.SFrame({"image": [portable.Image(str(draw(tmp_path / "new.png", "purple")))]})
    with pytest.raises(lookalike.MissingFileError, match=r"tiny is not on this machine.*sha256"):
        model.query(new, verbose=False)


def test_a_model_without_its_network_refuses_pictures_that_have_changed(
    data, mine, folder, tmp_path, monkeypatch
):
    create(data, mine).save(str(tmp_path / "model"))
    forget(mine, tmp_path, monkeypatch)
    draw(folder / "a.png", "purple", (100, 100))
    model = load(str(tmp_path / "model"))
    with pytest.raises(lookalike.MissingFileError, match="tiny is not on this machine"):
        model.query(data[:1], verbose=False)


def test_a_model_without_its_network_has_its_graph(data, mine, tmp_path, monkeypatch):
    create(data, mine).save(str(tmp_path / "model"))
    forget(mine, tmp_path, monkeypatch)
    model = load(str(tmp_path / "model"))
    assert model.similarity_graph(k=1, verbose=False).summary()["num_edges"] == 4
