"""Saved models and frames of anybody: each is refused in one sentence, or answers."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import shutil
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import draw
from test_saved_folder import rewrite, seal

from lookalike import portable
from lookalike.errors import MissingFileError, MissingNetworkWarning, SavedDataError
from lookalike.networks.catalogue import DEFAULT
from lookalike.portable import Image, SArray, SFrame, load_model
from lookalike.portable.nearest_neighbors import NearestNeighborsModel
from lookalike.search.exact import ExactSearch, Tuning
from lookalike.storage import array_files, saved_folder

pytestmark = [pytest.mark.portable, pytest.mark.torture]

# `make test-torture` gives more.
MUTATIONS = int(os.environ.get("LOOKALIKE_MUTATIONS", "150"))
LONGEST_MESSAGE = 700
ROWS, WIDTH = 12, 6
MATRIX = np.random.default_rng(0).random((ROWS, WIDTH)).astype(np.float32)
UNIT = MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True)
STRANGE = [
    None, True, False, 0, -1, 1, 3, 2**63, -(2**63), 10**30, 0.5, -0.5, 1e300, float("nan"),
    float("inf"), "", "x", "\0", "\ud800", "../..", "/dev/zero", "x" * 100_000, [], [[]], [1], {},
    {"a": 1}, [None] * 3, ["a", 1, None], {"x": [1, {"y": None}]},
]  # fmt: skip


def neighbors_model(place):
    """A model of vectors, with codes."""
    arrays = ExactSearch(MATRIX, tuning=Tuning(codes_from=0, narrowest=1)).to_arrays()
    facts = {
        "label": "name",
        "labels": [f"row {number}" for number in range(ROWS)],
        "label_type": "str",
        "features": ["features"],
        "training_time": 1.5,
        "distance": "euclidean",
    }
    saved_folder.write(str(place), "nearest_neighbors", facts, {"matrix": MATRIX, **arrays})


def pictures_model(place):
    """A centred model of pictures, of which one could not be read."""
    photos = [str(draw(place.parent / "photos" / f"{n}.png")) for n in range(ROWS)]
    facts = {
        "label": "id",
        "feature": "image",
        "is_of_images": True,
        "labels": [*range(ROWS), 99],
        "label_type": "int",
        "reasons": [[ROWS, "not a picture"]],
        "files": {
            "root": str(place.parent / "photos"),
            "root_from_model": "../photos",
            "paths": [*map(os.path.basename, photos), None],
        },
        "walk": {"recursive": True, "exclude": ["*.gif"]},
        "comparison": {"unit_length": True, "rows": ROWS},
        "network": dataclasses.asdict(DEFAULT),
        "training_time": 2.0,
        "ran_on": "cpu",
        "cached": True,
    }
    arrays = {
        "matrix": UNIT,
        "mean": UNIT.mean(axis=0, dtype=np.float64),
        "stamps": np.zeros((ROWS + 1, 2), np.int64),
        "contents": np.zeros((ROWS + 1, 32), np.uint8),
    }
    saved_folder.write(str(place), "image_similarity", facts, arrays)


def old_model(place):
    """A model of pictures as 0.1 saved it."""
    pictures_model(place)
    saved = saved_folder.read(str(place))
    facts = {k: saved.facts[k] for k in ("label", "feature", "training_time", "network", "cached")}
    facts["failures"] = [{"id": 99, "path": "/gone.jpg", "reason": "gone", "from_root": None}]
    facts["references"] = {**saved.facts["files"], "paths": saved.facts["files"]["paths"][:-1]}
    facts["features"] = ["x"]
    arrays = {"matrix": UNIT, "stamps": saved.arrays["stamps"][:-1], "labels": np.arange(ROWS)}
    saved_folder.write(str(place), "image_similarity", facts, arrays)
    rewrite(place, version=1)


def old_texts(place):
    """A model of vectors as 0.1 saved it, with texts in an array."""
    facts = {"label": None, "features": ["features"], "training_time": 0.0}
    labels = np.array([f"row {number}" for number in range(ROWS)])
    saved_folder.write(str(place), "nearest_neighbors", facts, {"matrix": MATRIX, "labels": labels})
    rewrite(place, version=1)


def frame(place):
    """A frame with a column of each kind."""
    import datetime

    rows = range(ROWS)
    png = draw(place.parent / "one.png", size=(8, 8))
    pixels = np.full((4, 5, 3), 7, np.uint8)
    columns = {
        "int": SArray([*rows]),
        "hole": SArray([None, *rows[1:]], int),
        "float": SArray([None, *(row / 2 for row in rows[1:])], float),
        "str": [str(row) for row in rows],
        "list": SArray([[row, "x"] for row in rows], list),
        "dict": [{"row": row} for row in rows],
        "time": [datetime.datetime(2026, 1, 1 + row) for row in rows],
        "matrix": MATRIX,
        "vectors": SArray([[0.5] * (row + 1) for row in rows]),
        "file": SArray([Image(str(png)) for _ in rows], Image),
        "pixels": SArray(
            [Image(pixels) if row % 2 else Image(png.read_bytes()) for row in rows], Image
        ),
    }
    SFrame({name: SArray(column) for name, column in columns.items()}).save(str(place))


def ask(place):
    """Load what was saved and use all of it."""
    if "sframe" in (place / saved_folder.FACTS).read_text("utf-8", "replace")[:200]:
        columns = portable.load_sframe(str(place))
        assert len(str(columns)) and list(columns)
        return
    model = load_model(str(place))
    if isinstance(model, NearestNeighborsModel):
        width, search = model.num_unpacked_features, model
    else:
        search = model.similarity_model
        width = search.num_unpacked_features
        assert len(model.references) == len(model.failures) + search.num_examples
        assert repr(model) and str(model.references)
    queries = np.ones((2, width), np.float32)
    search.search(queries, SArray([0, 1]), 3, None)
    search.similarity_graph(k=2)


MAKERS = [neighbors_model, pictures_model, old_model, old_texts, frame]


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def place(request, tmp_path):
    request.param(tmp_path / "saved")
    return tmp_path / "saved"


def is_refused_or_answers(place):
    """Return whether what was saved is refused; it fails for anything but these two."""
    try:
        ask(place)
    except (SavedDataError, MissingFileError) as error:
        assert len(str(error)) < LONGEST_MESSAGE and "\n" not in str(error)
        return True
    return False


def places_in(value, path=()):
    """Return the ways to all values within a document."""
    found = [path] if path else []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(
        value, list
    ) else ()  # fmt: skip
    for name, one in inside:
        found += places_in(one, (*path, name))
    return found


def mutate(document, random_):
    """Change one value of a document: put another there, take it away, double or shorten it."""
    way = random_.choice([path for path in places_in(document) if path[0] != "sha256"])
    holder = document
    for name in way[:-1]:
        holder = holder[name]
    kind = random_.choice(["strange", "strange", "remove", "double", "shorten"])
    old = holder[way[-1]]
    if kind == "remove":
        del holder[way[-1]]
    elif kind == "double" and isinstance(old, (list, str)):
        holder[way[-1]] = old * 2
    elif kind == "shorten" and isinstance(old, (list, str)):
        holder[way[-1]] = old[:-1]
    else:
        holder[way[-1]] = random_.choice(STRANGE)


@pytest.mark.filterwarnings("ignore::lookalike.MissingNetworkWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_document_is_refused_or_answers(place):
    ask(place)
    facts = place / saved_folder.FACTS
    text = facts.read_text()
    for seed in range(MUTATIONS):
        document = json.loads(text)
        mutate(document, random.Random(seed))
        seal(place, document)
        is_refused_or_answers(place)
        facts.write_text(text)
    ask(place)


@pytest.mark.filterwarnings("ignore::lookalike.MissingNetworkWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_array_file_is_refused_or_answers(place):
    files = sorted(place.glob("*.npy"))
    contents = {file: file.read_bytes() for file in files}
    for seed in range(MUTATIONS):
        random_ = random.Random(seed)
        file = random_.choice(files)
        content = bytearray(contents[file])
        for _ in range(random_.choice([1, 1, 3, 30])):
            content[random_.randrange(min(len(content), 200))] = random_.randrange(256)
        cut = random_.choice([None, None, random_.randrange(len(content))])
        file.write_bytes(bytes(content[:cut]) + bytes(random_.choice([0, 0, 5])))
        # What is not refused differs in spaces alone, or not at all.
        is_refused_or_answers(place)
        file.write_bytes(contents[file])
    ask(place)


@pytest.mark.filterwarnings("ignore::lookalike.MissingNetworkWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("mapped", [False, True], ids=["read", "mapped"])
def test_any_numbers_with_the_right_hash_are_refused_or_answer(place, mapped, monkeypatch):
    monkeypatch.setattr(saved_folder, "SMALL", 0 if mapped else saved_folder.SMALL)
    facts = place / saved_folder.FACTS
    text = facts.read_text()
    arrays = json.loads(text)["arrays"]
    for seed in range(MUTATIONS):
        random_ = random.Random(seed)
        name = random_.choice(sorted(arrays))
        file = place / arrays[name]["file"]
        content = file.read_bytes()
        values = np.load(str(file)).copy()
        how = random_.choice(["bytes", "fewer", "type", "flat", "nan"])
        if how == "bytes":
            raw = values.reshape(-1).view(np.uint8)
            raw[random_.randrange(len(raw))] = random_.choice([0, 127, 128, 255])
        elif how == "nan" and values.dtype.kind == "f":
            values.reshape(-1)[random_.randrange(values.size)] = random_.choice([np.nan, np.inf])
        elif how == "type" and values.dtype.kind != "U":
            values = values.astype(random_.choice(["f4", "f8", "i8", "u1", "i1", "f2"]))
        else:
            values = values[:-1] if how == "fewer" else values.reshape(-1)
        described = array_files.write(file, values)
        rewrite(place, arrays={**arrays, name: described})
        is_refused_or_answers(place)
        file.write_bytes(content)
        facts.write_text(text)
    ask(place)


@pytest.mark.parametrize("name", ["matrix", "squared_norms", "codes", "code_columns", "code_rows"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_what_is_consistent_but_shortened_is_refused(tmp_path, name, axis):
    place = tmp_path / "saved"
    neighbors_model(place)
    arrays = json.loads((place / saved_folder.FACTS).read_text())["arrays"]
    file = place / arrays[name]["file"]
    values = np.load(str(file))
    if axis >= values.ndim:
        pytest.skip("it has fewer dimensions")
    if name == "codes" and axis == 2:
        values = values[:, :, : ROWS - 1]
    shorter = values if name == "codes" and axis == 2 else np.delete(values, -1, axis)
    rewrite(place, arrays={**arrays, name: array_files.write(file, shorter)})
    with pytest.raises(SavedDataError, match="expected"):
        load_model(str(place))


@pytest.mark.parametrize("name", ["labels", "paths", "stamps", "contents", "mean", "reasons"])
def test_what_disagrees_in_length_is_refused(tmp_path, name):
    place = tmp_path / "saved"
    pictures_model(place)
    document = json.loads((place / saved_folder.FACTS).read_text())
    facts, arrays = document["facts"], document["arrays"]
    if name in arrays:
        file = place / arrays[name]["file"]
        arrays[name] = array_files.write(file, np.load(str(file))[:-1])
    else:
        (facts["files"] if name == "paths" else facts)[name].pop()
    rewrite(place, facts=facts, arrays=arrays)
    with pytest.raises(SavedDataError, match="expected"):
        load_model(str(place))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"version": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"version": ' + "9" * 1_000_000 + "}",
        '{"version": 1e999}',
        '{"version": NaN}',
        '{"version": 2, "kind": "' + "x" * 1_000_000 + '"}',
        '{"version": "' + "x" * 1_000_000 + '"}',
        "null",
        "\ufeff{}",
        "",
    ],
    ids=lambda text: text[:20],
)
def test_any_text_is_refused_in_one_sentence(tmp_path, text):
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / saved_folder.FACTS).write_text(text, "utf-8")
    with pytest.raises(SavedDataError) as caught:
        saved_folder.read(str(tmp_path / "saved"))
    assert len(str(caught.value)) < LONGEST_MESSAGE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("what", ["pipe", "socket", "folder", "link", "device"])
@pytest.mark.parametrize("which", ["document", "array"])
def test_only_files_of_the_folder_are_opened(tmp_path, monkeypatch, what, which):
    place = tmp_path / "saved"
    neighbors_model(place)
    file = place / saved_folder.FACTS if which == "document" else next(place.glob("matrix-*.npy"))
    outside = tmp_path / "outside"
    shutil.copy(str(file), str(outside))
    file.unlink()
    monkeypatch.chdir(place)
    if what == "pipe":
        os.mkfifo(str(file))
    elif what == "socket":
        # Its path may be no longer than some 100 bytes.
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(file.name)
    elif what == "folder":
        file.mkdir()
    else:
        os.symlink("/dev/zero" if what == "device" else str(outside), str(file))
    with pytest.raises(SavedDataError, match="cannot be read"):
        load_model(str(place))


def test_a_network_that_is_not_here_is_a_warning_not_an_error(tmp_path):
    place = tmp_path / "saved"
    pictures_model(place)
    facts = json.loads((place / saved_folder.FACTS).read_text())["facts"]
    facts["network"]["file"] = str(Path("/", "nowhere", "mine.onnx"))
    rewrite(place, facts=facts)
    with pytest.warns(MissingNetworkWarning):
        ask(place)


def test_a_distance_that_there_is_not_is_refused(tmp_path):
    place = tmp_path / "saved"
    neighbors_model(place)
    facts = json.loads((place / saved_folder.FACTS).read_text())["facts"]
    rewrite(place, facts={**facts, "distance": "manhattan"})
    with pytest.raises(SavedDataError, match="distance: expected one of euclidean, cosine"):
        load_model(str(place))
