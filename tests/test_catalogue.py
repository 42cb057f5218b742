from __future__ import annotations

import copy
import dataclasses
import os
import pickle

import pytest
from test_graph import classifier

import lookalike
from lookalike.networks import catalogue
from lookalike.networks.catalogue import DEFAULT, find_network
from lookalike.networks.network import Network
from lookalike.networks.record import NetworkRecord


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def resnet(tmp_path, monkeypatch) -> NetworkRecord:
    """A tiny network that stands in for ResNet-50, downloaded."""
    mine, _ = classifier(tmp_path)
    record = dataclasses.replace(mine, name="resnet-50", file="resnet.onnx", url="zoo/resnet.onnx")
    record.place.parent.mkdir(parents=True)
    os.replace(mine.file, record.place)
    monkeypatch.setitem(catalogue.NETWORKS, "resnet-50", record)
    return record


# What there is.


def test_the_table_shows_what_is_here_and_what_is_not():
    assert repr(lookalike.available_networks()) == (
        "+--------------------+----------+-----------+-----------------+\n"
        "|        name        | features | megabytes | on this machine |\n"
        "+--------------------+----------+-----------+-----------------+\n"
        "| efficientnet-lite2 |   1280   |    5.3    |   yes, bundled  |\n"
        "| efficientnet-lite0 |   1280   |    3.8    |   yes, bundled  |\n"
        "|     resnet-50      |   2048   |   102.6   |        no       |\n"
        "|  squeezenet_v1.1   |   1000   |    5.0    |        no       |\n"
        "|    dinov2-small    |   384    |    88.5   |        no       |\n"
        "+--------------------+----------+-----------+-----------------+"
    )


def test_the_table_is_html_in_a_notebook():
    assert "<td>resnet-50</td>" in lookalike.available_networks()._repr_html_()


def test_the_table_is_data_too(resnet):
    networks = lookalike.available_networks()
    assert [network.name for network in networks if network.is_here] == [
        "efficientnet-lite2",
        "efficientnet-lite0",
        "resnet-50",
    ]
    assert networks[3].num_features == 1000
    assert networks[3].megabytes == 5.0


@pytest.mark.parametrize("network", catalogue.NETWORKS.values(), ids=str)
def test_each_record_is_complete(network):
    facts = dataclasses.asdict(network)
    assert all(facts[name] for name in ("size", "sha256", "num_features", "source", "licence"))
    assert len(network.sha256) == 64
    assert network.bundled is not bool(network.url)


def test_the_zoos_preprocessing_is_imagenets():
    zoo = catalogue.NETWORKS["resnet-50"]
    assert [mean / 255 for mean in zoo.mean] == pytest.approx([0.485, 0.456, 0.406])
    assert [deviation / 255 for deviation in zoo.std] == pytest.approx([0.229, 0.224, 0.225])
    assert zoo.input_shape == (3, 224, 224)


# Which one is meant.


def test_auto_is_the_bundled_network_where_resnet_is_not_here(capsys):
    assert find_network("auto", verbose=True) is DEFAULT
    assert capsys.readouterr().out == (
        "Network: efficientnet-lite2, 1280 features (bundled; lookalike.download('resnet-50') gets "
        "a larger one)\n"
    )


def test_auto_is_resnet_where_it_is_here(resnet, capsys):
    assert find_network("auto", verbose=True) is resnet
    assert capsys.readouterr().out == "Network: resnet-50, 4 features (on this machine)\n"


def test_a_choice_that_was_made_is_not_told(capsys):
    assert find_network("efficientnet-lite2", verbose=True) is DEFAULT
    assert find_network("auto") is DEFAULT
    assert capsys.readouterr().out == ""


def test_a_network_is_found_by_name_whether_it_is_here_or_not():
    assert find_network("resnet-50") is catalogue.RESNET_50


def test_a_file_of_ones_own_is_found_by_its_path(tmp_path):
    mine, _ = classifier(tmp_path)
    assert find_network(mine.file) == mine
    assert find_network(tmp_path / "tiny.onnx") == mine
    assert find_network(mine) is mine
    assert (mine.name, mine.num_features, mine.megabytes) == ("tiny", 4, 0.0)
    assert repr(mine) == "<Network tiny: 4 features, 0.0 MB>"


def test_a_relative_path_stays_the_same_network_elsewhere(tmp_path, monkeypatch):
    classifier(tmp_path)
    monkeypatch.chdir(tmp_path)
    mine = Network("tiny.onnx")
    monkeypatch.chdir("/")
    assert mine.is_here


@pytest.mark.parametrize("network", ["resnet-51", "", None, 5, "model.h5"])
def test_what_is_no_network_is_answered_with_those_that_are(network):
    expected = r"is not a network .*auto, efficientnet-lite2, .*, resnet-50, .*\.onnx file"
    with pytest.raises(lookalike.ToolkitError, match=expected):
        find_network(network)


# What a record says of itself.


def test_the_fingerprint_depends_on_the_file_and_on_how_pictures_are_prepared(tmp_path):
    path = classifier(tmp_path)[0].file
    same = [Network(path).fingerprint, Network(path, name="another").fingerprint]
    others = [
        Network(path, mean=(0, 0, 0)).fingerprint,
        Network(path, std=(1, 1, 1)).fingerprint,
        Network(path, channels="BGR").fingerprint,
        Network(path, output="pool").fingerprint,
        Network(path, resize=8).fingerprint,
        Network(path, resampling="bicubic").fingerprint,
        Network(path, unit_length=True).fingerprint,
        DEFAULT.fingerprint,
    ]
    assert len(set(same)) == 1
    assert len({*same, *others}) == 9


def test_a_record_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT.mean = (0, 0, 0)


def test_a_record_is_restored_from_its_facts_without_its_file(tmp_path):
    mine, _ = classifier(tmp_path)
    facts = {k: list(v) if isinstance(v, tuple) else v for k, v in vars(mine).items()}
    os.remove(mine.file)
    restored = NetworkRecord.from_facts(facts)
    assert restored == mine
    assert restored.num_features == 4
    assert not restored.is_here


def test_a_bundled_network_of_another_version_says_to_build_the_model_again():
    former = NetworkRecord.from_facts(
        {**vars(DEFAULT), "file": "efficientnet-lite0.onnx", "sha256": "f20110f7" * 8}
    )
    with pytest.raises(lookalike.MissingFileError, match=r"another version .* build the model"):
        str(former.path)


def test_what_an_older_record_does_not_say_is_as_it_was_then():
    optional = ("licence", "source", "resize", "resampling", "unit_length")
    facts = {name: fact for name, fact in vars(DEFAULT).items() if name not in optional}
    assert NetworkRecord.from_facts(facts).fingerprint == DEFAULT.fingerprint


# Stores that were filled before are still valid.
FINGERPRINTS = {
    "resnet-50": "4ccbf5fd3962557e46aca9989de5ea6cbe89206bf270ecbf23ca8d669769ca3b",
    "squeezenet_v1.1": "b487551eb7bedf77d49cab65164c5331b73ecfe70c90c42218f3b261a065c822",
}


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_the_fingerprints_of_the_first_version_stay(name):
    assert catalogue.NETWORKS[name].fingerprint == FINGERPRINTS[name]


# A user's own network is a record like any other.


def test_every_record_is_a_network_wherever_it_comes_from(tmp_path):
    mine, _ = classifier(tmp_path)
    assert isinstance(mine, lookalike.Network)
    assert isinstance(DEFAULT, lookalike.Network)
    assert not isinstance("tiny", lookalike.Network)


def test_a_network_survives_pickling_and_copying_without_its_file(tmp_path):
    mine, _ = classifier(tmp_path)
    os.remove(mine.file)
    for again in (pickle.loads(pickle.dumps(mine)), copy.deepcopy(mine)):
        assert again == mine
        assert hash(again) == hash(mine)
        assert again.num_features == 4


def test_a_bundled_network_of_another_version_is_not_to_be_had_by_installing_again():
    older = dataclasses.replace(DEFAULT, file="efficientnet-of-another-version.onnx")
    with pytest.raises(lookalike.MissingFileError, match=r"another version .* build the model"):
        older.path  # noqa: B018 - it raises


@pytest.mark.skipif(os.name == "nt", reason="the home folder is found otherwise")
def test_without_a_home_folder_a_network_is_not_here_and_the_message_says_why(no_home):
    network = find_network("resnet-50")
    assert not network.is_here
    assert "There is no home folder" in network.missing and "lookalike.download(" in network.missing
