"""Folders of facts and arrays: mapped, verified, and never half written."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lookalike.errors import MissingFileError, SavedDataError, ToolkitError
from lookalike.storage import saved_folder

pytestmark = pytest.mark.portable

FACTS = {"names": ["Łódź", None, "\udcff"], "half": 0.5, "nested": {"list": [1, 2]}}
NUMBERS = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def place(tmp_path):
    """A folder that was written, of one array."""
    saved_folder.write(str(tmp_path / "saved"), "toy", FACTS, {"numbers": NUMBERS})
    return tmp_path / "saved"


@pytest.fixture
def large(tmp_path):
    """A folder whose array is too large to be verified when it is opened."""
    numbers = np.zeros(saved_folder.SMALL + 1, np.uint8)
    saved_folder.write(str(tmp_path / "large"), "toy", FACTS, {"numbers": numbers})
    return tmp_path / "large"


def array_file(place, name="numbers"):
    return next(place.glob(f"{name}-*.npy"))


def rewrite(place, **changes):
    """Change a folder's document, as another version or another hand would, hash and all."""
    document = json.loads((place / saved_folder.FACTS).read_text())
    seal(place, {**document, **changes})


def seal(place, document):
    """Write a folder's document, with its own hash."""
    document = {name: value for name, value in document.items() if name != "sha256"}
    digest = saved_folder._seal(document)
    (place / saved_folder.FACTS).write_text(json.dumps({"sha256": digest, **document}))


def damage(file, position, content=b"\xff"):
    with file.open("r+b") as stream:
        stream.seek(position)
        stream.write(content)


# What is written can be read.


def test_facts_and_arrays_come_back_as_they_were(place):
    saved = saved_folder.read(str(place), "toy")
    assert (saved.location, saved.kind, saved.facts) == (str(place), "toy", FACTS)
    assert list(saved.arrays) == ["numbers"]
    np.testing.assert_array_equal(saved.arrays["numbers"], NUMBERS)
    assert saved.arrays["numbers"].dtype == np.float32


@pytest.mark.parametrize(
    "values",
    [
        np.empty((0, 3), np.float32),
        np.empty((3, 0)),
        np.arange(6).reshape(2, 3).T,
        np.arange(20, dtype=np.int64)[::2],
        np.frombuffer(b"bytes", np.uint8),
    ],
)
def test_arrays_of_any_shape_and_order_come_back(tmp_path, values):
    saved_folder.write(str(tmp_path / "saved"), "toy", {}, {"values": values})
    found = saved_folder.read(str(tmp_path / "saved")).arrays["values"]
    np.testing.assert_array_equal(found, values)
    assert found.dtype == values.dtype


def test_small_arrays_are_read_and_cannot_be_changed(place):
    values = saved_folder.read(str(place)).arrays["numbers"]
    assert not isinstance(values.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 7


def test_large_arrays_are_mapped_and_cannot_be_changed(large):
    values = saved_folder.read(str(large)).arrays["numbers"]
    assert isinstance(values.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 7


def test_a_location_may_begin_with_the_users_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    saved_folder.write("~/saved", "toy", FACTS, {})
    assert (tmp_path / "saved" / saved_folder.FACTS).is_file()
    assert saved_folder.read("~/saved").facts == FACTS


def test_nothing_that_could_run_code_is_written(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        saved_folder.write(str(tmp_path / "saved"), "toy", {}, {"objects": np.array([{}, None])})
    assert not (tmp_path / "saved").exists()
    assert not list(tmp_path.iterdir())


# Writing over what was there.


def test_a_folder_is_replaced_by_another(place):
    saved_folder.write(str(place), "toy", {"new": True}, {"other": NUMBERS + 1})
    saved = saved_folder.read(str(place))
    assert saved.facts == {"new": True}
    np.testing.assert_array_equal(saved.arrays["other"], NUMBERS + 1)
    assert len(list(place.iterdir())) == 2
    assert [path.name for path in place.parent.iterdir()] == ["saved"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    saved_folder.write(str(tmp_path / "empty"), "toy", FACTS, {"numbers": NUMBERS})
    assert saved_folder.read(str(tmp_path / "empty")).facts == FACTS


def test_whoever_has_the_old_arrays_mapped_keeps_them(place):
    old = saved_folder.read(str(place))
    saved_folder.write(str(place), "toy", {}, {"numbers": NUMBERS + 1})
    old.verify()
    np.testing.assert_array_equal(old.arrays["numbers"], NUMBERS)


def test_mapped_arrays_can_be_saved_to_where_they_are_mapped_from(place):
    mapped = saved_folder.read(str(place)).arrays
    saved_folder.write(str(place), "toy", {"again": 1}, mapped)
    saved = saved_folder.read(str(place))
    assert saved.facts == {"again": 1}
    np.testing.assert_array_equal(saved.arrays["numbers"], NUMBERS)


def test_a_file_that_cannot_be_removed_is_removed_by_the_next_save(monkeypatch, place):
    old = array_file(place)
    unlink = type(place).unlink

    def refuse(path, *args, **kwargs):
        # As Windows does while a file is mapped.
        if path.parent == place:
            raise PermissionError(path)
        unlink(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(type(place), "unlink", refuse)
        saved_folder.write(str(place), "toy", {}, {"numbers": NUMBERS})
    assert old.is_file()
    saved_folder.write(str(place), "toy", {}, {"numbers": NUMBERS})
    assert not old.exists()
    assert len(list(place.iterdir())) == 2


def test_what_lookalike_did_not_save_is_left_alone(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_text("precious")
    (tmp_path / "file").write_text("precious")
    for name in ("photos", "file"):
        with pytest.raises(SavedDataError, match=f"{name} .*choose another name"):
            saved_folder.write(str(tmp_path / name), "toy", FACTS, {"numbers": NUMBERS})
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "one.jpg", "photos"]


def test_files_of_others_in_the_folder_are_left_alone(place):
    (place / "notes.txt").write_text("precious")
    (place / "mine-12345678.npy").write_text("precious")
    saved_folder.write(str(place), "toy", {}, {})
    assert {path.name for path in place.iterdir()} == {
        "notes.txt",
        "mine-12345678.npy",
        saved_folder.FACTS,
    }


@pytest.mark.parametrize(
    "where", ["../precious", "{outside}", "sub/numbers-00000000.npy", "notes.txt"]
)
@pytest.mark.parametrize("role", ["array", "replaced"])
def test_saving_over_a_foreign_model_removes_none_but_files_of_our_own_pattern(
    place, tmp_path, where, role
):
    outside = tmp_path / "precious-00000000.npy"
    (place / "sub").mkdir()
    others = [
        outside,
        tmp_path / "precious",
        place / "notes.txt",
        place / "sub/numbers-00000000.npy",
    ]
    for file in others:
        file.write_text("mine")
    name = where.format(outside=outside)
    document = json.loads((place / saved_folder.FACTS).read_text())
    if role == "array":
        document["arrays"]["numbers"]["file"] = name
    else:
        document["replaced"] = [name, None, 3]
    rewrite(place, arrays=document["arrays"], replaced=document["replaced"])
    saved_folder.write(str(place), "toy", FACTS, {"numbers": NUMBERS + 1})
    assert [file.read_text() for file in others] == ["mine"] * len(others)
    np.testing.assert_array_equal(saved_folder.read(str(place)).arrays["numbers"], NUMBERS + 1)


@pytest.mark.parametrize("changes", [{"arrays": []}, {"arrays": {"a": 1}}, {"replaced": 5}])
def test_a_foreign_model_of_another_form_can_be_saved_over(place, changes):
    rewrite(place, **changes)
    saved_folder.write(str(place), "toy", FACTS, {"numbers": NUMBERS})
    assert saved_folder.read(str(place)).facts == FACTS


def test_a_damaged_folder_can_be_saved_over(place):
    (place / saved_folder.FACTS).write_text("{")
    saved_folder.write(str(place), "toy", FACTS, {"numbers": NUMBERS})
    assert saved_folder.read(str(place)).facts == FACTS


# A save that fails or is killed leaves what was there.


@pytest.mark.parametrize("function", ["os.replace", "os.fsync", "numpy.save", "json.dumps"])
@pytest.mark.parametrize("call", [0, 1, 2])
def test_a_save_that_fails_leaves_the_old_folder_whole(monkeypatch, place, function, call):
    module, name = function.split(".")
    original = getattr(sys.modules[module], name)
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        if len(calls) == call + 1:
            raise OSError("No space left on device")
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[module], name, fail)
        try:
            saved_folder.write(
                str(place), "toy", {"new": 1}, {"numbers": NUMBERS + 1, "b": NUMBERS}
            )
        except OSError:
            expected = (FACTS, NUMBERS)
        else:
            expected = ({"new": 1}, NUMBERS + 1)
    saved = saved_folder.read(str(place))
    assert saved.facts == expected[0]
    np.testing.assert_array_equal(saved.arrays["numbers"], expected[1])
    assert [path.name for path in place.parent.iterdir()] == ["saved"]


def test_a_first_save_that_fails_leaves_nothing(monkeypatch, tmp_path):
    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        saved_folder.write(str(tmp_path / "saved"), "toy", FACTS, {"numbers": NUMBERS})
    assert not list(tmp_path.iterdir())


SAVE_FOR_EVER = """
import sys
import numpy as np
from lookalike.storage import saved_folder

number = int(sys.argv[2])
while True:
    number += 1
    values = np.full((500, 400), number, np.float32)
    saved_folder.write(sys.argv[1], "toy", {"number": number}, {"a": values, "b": values})
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_save_that_is_killed_leaves_a_whole_folder(tmp_path):
    place = str(tmp_path / "saved")
    number = 0
    moments = random.Random(9)
    for _ in range(6):
        command = [sys.executable, "-c", SAVE_FOR_EVER, place, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline(), "the first save"
            time.sleep(moments.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            told = process.stdout.read().split()
        saved = saved_folder.read(place)
        saved.verify()
        assert saved.facts["number"] >= max([number + 1, *map(int, told)])
        number = saved.facts["number"]
        for values in saved.arrays.values():
            assert (values == number).all()


# What is not whole is refused.


def test_a_location_with_nothing_is_missing(tmp_path):
    with pytest.raises(MissingFileError, match=r"no saved model or frame at .*nothing") as caught:
        saved_folder.read(str(tmp_path / "nothing"))
    assert isinstance(caught.value, FileNotFoundError)
    assert isinstance(caught.value, ToolkitError)


def test_another_kind_is_refused(place):
    with pytest.raises(SavedDataError, match="holds a toy; expected a model") as caught:
        saved_folder.read(str(place), "model")
    assert caught.value.location == str(place)
    assert isinstance(caught.value, OSError)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", "[" * 100_000, '{"version": 1}', "\0"]
)
def test_a_document_that_is_none_of_ours_is_refused(place, text):
    (place / saved_folder.FACTS).write_text(text)
    with pytest.raises(SavedDataError, match=r"lookalike\.json"):
        saved_folder.read(str(place))


def test_facts_that_were_changed_are_refused(place):
    text = (place / saved_folder.FACTS).read_text()
    (place / saved_folder.FACTS).write_text(text.replace("0.5", "0.6"))
    with pytest.raises(SavedDataError, match="not as it was saved"):
        saved_folder.read(str(place))


def test_another_version_says_what_to_do(place):
    rewrite(place, version=99)
    with pytest.raises(SavedDataError, match="version 99; this lookalike reads 1, 2: save it anew"):
        saved_folder.read(str(place))


def test_a_missing_array_is_refused(place):
    array_file(place).unlink()
    with pytest.raises(SavedDataError, match=r"damaged: numbers-\w+\.npy cannot be read"):
        saved_folder.read(str(place))


@pytest.mark.parametrize("length", [0, 5, 60, 128, 150])
def test_a_truncated_array_is_refused(place, length):
    with array_file(place).open("r+b") as stream:
        stream.truncate(length)
    with pytest.raises(SavedDataError, match="cannot be read"):
        saved_folder.read(str(place))


def test_an_array_that_grew_is_refused(place):
    with array_file(place).open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(SavedDataError, match="4 bytes too long"):
        saved_folder.read(str(place))


@pytest.mark.parametrize("other", [NUMBERS.T, NUMBERS.astype(np.int32), NUMBERS[:2]])
def test_an_array_of_another_shape_or_type_is_refused(place, other):
    np.save(array_file(place), other)
    with pytest.raises(SavedDataError, match=r"damaged: .* expected"):
        saved_folder.read(str(place))


def test_a_pickle_in_place_of_an_array_is_refused(place):
    np.save(array_file(place), np.array([print]), allow_pickle=True)
    with pytest.raises(SavedDataError, match="cannot be read"):
        saved_folder.read(str(place))


def test_a_small_array_that_was_changed_is_refused_at_once(place):
    damage(array_file(place), 130)
    with pytest.raises(SavedDataError, match="holds other numbers than were saved"):
        saved_folder.read(str(place))


def test_a_large_array_that_was_changed_is_refused_when_it_is_verified(large):
    damage(array_file(large), 130)
    saved = saved_folder.read(str(large))
    for _ in range(2):
        with pytest.raises(SavedDataError, match="holds other numbers than were saved"):
            saved.verify()


def test_a_large_array_that_was_changed_is_refused_in_every_thread(large):
    damage(array_file(large), 130)
    saved = saved_folder.read(str(large))

    def refused(_):
        with pytest.raises(SavedDataError, match="holds other numbers than were saved"):
            saved.verify()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(refused, range(4)))


def test_no_file_outside_the_folder_is_opened(place):
    np.save(place.parent / "outside.npy", NUMBERS)
    described = json.loads((place / saved_folder.FACTS).read_text())["arrays"]
    described["numbers"]["file"] = "../outside.npy"
    rewrite(place, arrays=described)
    with pytest.raises(SavedDataError, match="expected the name of an array's file"):
        saved_folder.read(str(place))
