"""``load_model``, whatever the kind of model."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from lookalike.errors import MissingFileError, SavedDataError
from lookalike.portable import SArray, SFrame, image_analysis, image_similarity, load_model
from lookalike.portable.nearest_neighbors import NearestNeighborsModel
from lookalike.storage import saved_folder

pytestmark = pytest.mark.portable

MATRIX = np.random.default_rng(0).random((40, 6)).astype(np.float32)


@pytest.fixture
def model():
    return NearestNeighborsModel(MATRIX, None, None, ["features"])


def answers(model):
    return [list(row.values()) for row in model.similarity_graph(k=3, output_type="SFrame")]


def save_large(place) -> None:
    """Save a model whose vectors are too many to be verified when it is loaded."""
    matrix = np.ones((500, saved_folder.SMALL // 2000 + 1), np.float32)
    NearestNeighborsModel(matrix, None, None, ["features"]).save(str(place))


@pytest.mark.parametrize(
    "labels",
    [
        None,
        SArray(np.arange(40) * 7),
        SArray([f"picture {number}" for number in range(40)]),
        SArray([None, *range(39)], int),
        SArray([None, *map(str, range(39))], str),
    ],
)
def test_a_loaded_model_has_the_labels_of_the_saved_one(tmp_path, labels):
    model = NearestNeighborsModel(MATRIX, labels, "name", ["features"], training_time=1.5)
    model.save(str(tmp_path / "saved"))
    loaded = load_model(str(tmp_path / "saved"))
    assert isinstance(loaded, NearestNeighborsModel)
    assert list(loaded.labels) == list(model.labels)
    assert loaded.labels.dtype is model.labels.dtype
    assert (loaded.label, loaded.features, loaded.training_time) == ("name", ["features"], 1.5)
    assert answers(loaded) == answers(model)


def test_large_vectors_are_mapped_not_read(monkeypatch, tmp_path, model):
    monkeypatch.setattr(saved_folder, "SMALL", 0)
    model.save(str(tmp_path / "saved"))
    assert isinstance(load_model(str(tmp_path / "saved")).matrix.base, np.memmap)


def test_squared_norms_are_kept_not_computed_again(monkeypatch, tmp_path, model):
    monkeypatch.setattr(saved_folder, "SMALL", 0)
    model.save(str(tmp_path / "saved"))
    norms = load_model(str(tmp_path / "saved"))._exact.to_arrays()["squared_norms"]
    assert isinstance(norms.base, np.memmap)
    np.testing.assert_allclose(norms, (MATRIX.astype(float) ** 2).sum(axis=1))


def test_a_model_is_saved_over_the_one_that_it_is_mapped_from(tmp_path, model):
    place = str(tmp_path / "saved")
    expected = answers(model)
    model.save(place)
    for _ in range(3):
        loaded = load_model(place)
        loaded.save(place)
        assert answers(loaded) == expected
    assert answers(load_model(place)) == expected


def test_damaged_vectors_are_found_out_before_they_are_searched(tmp_path):
    save_large(tmp_path / "saved")
    file = next((tmp_path / "saved").glob("matrix-*.npy"))
    with file.open("r+b") as stream:
        stream.seek(200)
        stream.write(b"damage")
    loaded = load_model(str(tmp_path / "saved"))
    for _ in range(2):
        with pytest.raises(SavedDataError, match="holds other numbers than were saved"):
            loaded.similarity_graph()


def test_a_large_model_is_opened_without_its_vectors_being_read(tmp_path):
    save_large(tmp_path / "saved")
    tracemalloc.start()
    load_model(str(tmp_path / "saved"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < saved_folder.SMALL / 4


def test_vectors_that_were_cut_meanwhile_are_an_error_not_a_crash(monkeypatch, tmp_path, model):
    monkeypatch.setattr(saved_folder, "SMALL", 0)
    model.save(str(tmp_path / "saved"))
    loaded = load_model(str(tmp_path / "saved"))
    loaded.similarity_graph()
    file = next((tmp_path / "saved").glob("matrix-*.npy"))
    with file.open("r+b") as stream:
        stream.truncate(100)
    for ask in (loaded.similarity_graph, lambda: loaded.matrix, lambda: loaded.save("elsewhere")):
        with pytest.raises(SavedDataError, match=r"matrix-\w+\.npy was cut or changed since"):
            ask()


def test_a_small_model_does_not_depend_on_its_files(tmp_path, model):
    model.save(str(tmp_path / "saved"))
    loaded = load_model(str(tmp_path / "saved"))
    for file in (tmp_path / "saved").iterdir():
        file.write_bytes(b"")
    assert answers(loaded) == answers(model)


def test_an_image_similarity_model_comes_back_as_one(tmp_path, folder):
    data = image_analysis.load_images(str(folder))
    model = image_similarity.create(data, verbose=False)
    model.save(str(tmp_path / "saved"))
    loaded = load_model(str(tmp_path / "saved"))
    assert isinstance(loaded, image_similarity.ImageSimilarityModel)
    assert repr(loaded) == repr(model)
    assert list(loaded.query(data, verbose=False)) == list(model.query(data, verbose=False))


def test_what_is_no_model_is_not_loaded(tmp_path):
    with pytest.raises(MissingFileError, match="nothing"):
        load_model(str(tmp_path / "nothing"))
    SFrame({"x": [1]}).save(str(tmp_path / "frame"))
    with pytest.raises(SavedDataError, match=r"frame .*holds a sframe, which is no model"):
        load_model(str(tmp_path / "frame"))
