"""From a column of images to features: the store over several runs, kills, and what is told."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import draw

from lookalike import portable
from lookalike.errors import (
    FeatureStoreWarning,
    ToolkitError,
    UnreadableImageError,
    UnreadableImageWarning,
)
from lookalike.networks import catalogue
from lookalike.networks.extractor import FeatureExtractor
from lookalike.portable.models import inputs

LONG_AGO = 1_500_000_000


def draw_many(folder: Path, numbers: range) -> None:
    for number in numbers:
        color = f"hsl({number * 37 % 360}, 90%, {30 + number % 50}%)"
        path = draw(folder / f"{number:03}.png", color, (40 + number % 25, 40))
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    draw_many(tmp_path / "photos", range(12))
    return tmp_path / "photos"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "features.sqlite"


DECODED: list[str] = []


class Noted(portable.Image):
    """A picture that notes when it is decoded."""

    __slots__ = ()

    def to_network_input(self, height, width):
        DECODED.append(Path(self.path).name)
        return super().to_network_input(height, width)


@pytest.fixture
def decoded() -> list[str]:
    """The files that are decoded."""
    DECODED.clear()
    return DECODED


def images_of(folder: Path) -> list[portable.Image]:
    return [Noted.unread(path) for path in portable.image_analysis.load_images(folder)["path"]]


def extract(images, cache, **options):
    extractor = FeatureExtractor(catalogue.DEFAULT)
    look = inputs.Look(extractor, batch_size=options.pop("batch_size", 64), cache=cache)
    column = portable.SArray(list(images), portable.Image)
    found = look(column)
    inputs.report(found.failures, [image and image.path for image in column])
    return found.matrix, found.failures


def undisturbed(folder: Path) -> np.ndarray:
    return extract(images_of(folder), cache=False)[0]


def is_sound(store: Path) -> bool:
    with closing(sqlite3.connect(str(store))) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def files_in(store: Path) -> int:
    with closing(sqlite3.connect(str(store))) as connection:
        return connection.execute("SELECT count(*) FROM files").fetchone()[0]


# One run after the other


def test_where_nothing_changed_nothing_is_decoded(photos, store, decoded):
    first, _ = extract(images_of(photos), store)
    assert len(decoded) == 12
    second, _ = extract(images_of(photos), store)
    assert len(decoded) == 12 and np.array_equal(first, second)


def test_nor_is_it_where_the_pictures_were_written_a_moment_ago(photos, store, decoded):
    for path in photos.iterdir():
        os.utime(path)
    for _ in range(3):
        extract(images_of(photos), store)
    assert len(decoded) == 12


def test_where_ten_were_added_ten_are_extracted(photos, store, decoded):
    extract(images_of(photos), store)
    decoded.clear()
    draw_many(photos, range(100, 110))
    features, _ = extract(images_of(photos), store)
    assert sorted(decoded) == [f"{number}.png" for number in range(100, 110)]
    assert np.array_equal(features, undisturbed(photos))


def test_a_changed_file_is_extracted_anew(photos, store, decoded):
    extract(images_of(photos), store)
    decoded.clear()
    draw(photos / "005.png", "black", (99, 99))
    features, _ = extract(images_of(photos), store)
    assert decoded == ["005.png"]
    assert np.array_equal(features, undisturbed(photos))


def test_moved_and_renamed_files_are_recognised_by_their_content(photos, store, decoded):
    first, _ = extract(images_of(photos), store)
    decoded.clear()
    shutil.move(str(photos), str(photos.with_name("elsewhere")))
    for path in photos.with_name("elsewhere").iterdir():
        path.rename(path.with_name(f"new-{path.name}"))
    second, _ = extract(images_of(photos.with_name("elsewhere")), store)
    assert decoded == [] and np.array_equal(first, second)


def test_a_file_in_the_place_of_another_has_its_own_features(photos, store):
    extract(images_of(photos), store)
    (photos / "000.png").rename(photos / "x.png")
    (photos / "001.png").rename(photos / "000.png")
    (photos / "x.png").rename(photos / "001.png")
    for name in ("000.png", "001.png"):
        os.utime(photos / name, (LONG_AGO + 1, LONG_AGO + 1))
    features, _ = extract(images_of(photos), store)
    assert np.array_equal(features, undisturbed(photos))


def test_a_copy_is_decoded_once_in_all_later_runs(photos, store, decoded):
    extract(images_of(photos), store)
    decoded.clear()
    shutil.copy(photos / "003.png", photos / "copy.png")
    extract(images_of(photos), store)
    assert decoded == []


def test_deleted_files_leave_no_trace(photos, store):
    extract(images_of(photos), store)
    (photos / "004.png").unlink()
    features, failures = extract(images_of(photos), store)
    assert failures == {} and np.array_equal(features, undisturbed(photos))


def test_without_a_store_everything_is_decoded_every_time(photos, tmp_path, decoded, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    for _ in range(2):
        extract(images_of(photos), cache=False)
    assert len(decoded) == 24 and not (tmp_path / "cache").exists()


def test_by_default_the_store_is_in_the_cache_folder(photos, tmp_path, decoded, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    for cache in (None, True):
        extract(images_of(photos), cache)
    assert len(decoded) == 12 and files_in(tmp_path / "cache" / "features.sqlite") == 12


def test_pictures_without_files_need_no_store(photos, store):
    images = [portable.Image(path.read_bytes()) for path in sorted(photos.iterdir())]
    features, _ = extract(images, store)
    assert np.array_equal(features, undisturbed(photos)) and not store.exists()


def test_files_bytes_and_missing_values_may_stand_together(photos, store):
    images = images_of(photos)
    mixed = [None, images[0], portable.Image((photos / "001.png").read_bytes()), images[2]]
    for _ in range(2):
        with pytest.warns(UnreadableImageWarning, match=r"row 0, no file: the row has no picture"):
            features, failures = extract(mixed, store)
        assert list(failures) == [0]
        assert np.array_equal(features, undisturbed(photos)[:3])


def test_names_that_are_not_unicode_are_extracted_kept_and_found(tmp_path, store, decoded):
    draw(tmp_path / "photos" / "a.png")
    name = os.path.join(os.fsencode(tmp_path / "photos"), b"caf\xe9.png")
    try:
        os.rename(tmp_path / "photos" / "a.png", name)
    except OSError:
        pytest.skip("this file system admits Unicode names alone")
    for _ in range(2):
        features, failures = extract(images_of(tmp_path / "photos"), store)
    assert len(decoded) == 1 and features.shape == (1, 1280) and failures == {}


# A store that cannot be used


def broken_stores() -> dict:
    def garbage(store):
        store.write_bytes(os.urandom(20_000))

    def folder_in_the_way(store):
        (store / "folder" / "features.sqlite").mkdir(parents=True)

    def other_version(store):
        with closing(sqlite3.connect(str(store))) as connection:
            connection.execute("PRAGMA user_version = 99")

    return {made.__name__: made for made in (garbage, folder_in_the_way, other_version)}


@pytest.mark.parametrize("breaks", broken_stores().values(), ids=broken_stores())
def test_a_store_that_cannot_be_used_is_a_warning_and_changes_no_feature(photos, store, breaks):
    right = undisturbed(photos)
    if breaks.__name__ == "folder_in_the_way":
        breaks(store)
        cache = store / "folder"
    else:
        extract(images_of(photos), store)
        breaks(store)
        cache = store
    with pytest.warns(FeatureStoreWarning, match="cannot be"):
        features, failures = extract(images_of(photos), cache)
    assert np.array_equal(features, right) and failures == {}


def test_a_damaged_store_is_filled_again(photos, store, decoded):
    extract(images_of(photos), store)
    with store.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(store.stat().st_size - 4096))
    decoded.clear()
    with pytest.warns(FeatureStoreWarning, match="extracted anew"):
        extract(images_of(photos), store)
    extract(images_of(photos), store)
    assert len(decoded) == 12 and is_sound(store)


# Kills, and several at once

RUN = """
import sys
import warnings
from lookalike import portable
from lookalike.networks import catalogue
from lookalike.networks.extractor import FeatureExtractor
from lookalike.storage.feature_store import FeatureStore
from pathlib import Path

# As pytest's settings: what old packages' own code warns of when it is compiled is not meant.
warnings.simplefilter("error", UserWarning)
warnings.filterwarnings("error", module="lookalike")
folder, store, batch_size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
images = list(portable.image_analysis.load_images(folder)["image"])
store = FeatureStore(store, catalogue.DEFAULT)
FeatureExtractor(catalogue.DEFAULT, threads=2).extract(
    images, batch_size, store, lambda done, _: print(done, flush=True)
)
print("end", flush=True)
"""


def start_run(folder: Path, store: Path, batch_size: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder), str(store), str(batch_size)],
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_after(child: subprocess.Popen, pictures: int, seconds: float) -> list[str]:
    """Kill a run once it has told that many more pictures, and return what it told."""
    told = []
    try:
        while len(told) <= pictures and (not told or told[-1] != "end"):
            told.append(child.stdout.readline().strip())
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(seconds)
    finally:
        child.kill()
        child.wait()
        told += child.stdout.read().split()
        child.stdout.close()
    return told


def test_a_killed_run_goes_on_at_its_last_batch(tmp_path, store):
    pictures, batch_size = 120, 5
    draw_many(tmp_path / "photos", range(pictures))
    dice = random.Random(9)
    before = 0
    for _ in range(4):
        child = start_run(tmp_path / "photos", store, batch_size)
        # So soon after a picture that some die while the store is written.
        told = kill_after(child, dice.randrange(1, 25), dice.random() / 50)
        assert child.returncode == -signal.SIGKILL if os.name != "nt" else child.returncode
        assert int(told[0]) == before
        assert is_sound(store)
        before = files_in(store)
        assert int(told[-1]) - batch_size <= before < pictures
    features, _ = extract(images_of(tmp_path / "photos"), store)
    assert np.array_equal(features, undisturbed(tmp_path / "photos"))
    assert is_sound(store) and files_in(store) == pictures


def test_two_runs_at_once_share_a_store(tmp_path, store):
    draw_many(tmp_path / "photos", range(60))
    runs = [start_run(tmp_path / "photos", store, 1) for _ in range(2)]
    for run in runs:
        assert run.communicate()[0].split()[-1] == "end" and run.returncode == 0
    assert is_sound(store) and files_in(store) == 60
    assert not list(tmp_path.glob("*.aside*"))
    features, _ = extract(images_of(tmp_path / "photos"), store)
    assert np.array_equal(features, undisturbed(tmp_path / "photos"))


# What is told


def test_pictures_that_cannot_be_read_are_named_with_row_path_and_reason(photos):
    (photos / "003.png").write_bytes(b"no picture")
    (photos / "007.png").write_bytes((photos / "007.png").read_bytes()[:60])
    with pytest.warns(UnreadableImageWarning) as told:
        _, failures = extract(images_of(photos), cache=False)
    lines = str(told[0].message).splitlines()
    assert len(told) == 1 and list(failures) == [3, 7]
    assert lines[0] == "2 of 12 pictures cannot be read:"
    assert lines[1].startswith(f"  row 3, {photos / '003.png'}: not a picture, but text")
    assert lines[2].startswith(f"  row 7, {photos / '007.png'}: ") and len(lines) == 3


def test_only_the_first_few_are_named(photos):
    for number in range(8):
        (photos / f"{number:03}.png").write_bytes(b"no picture")
    with pytest.warns(UnreadableImageWarning, match=r"8 of 12(.|\n)*row 4(.|\n)*  and 3 more$"):
        extract(images_of(photos), cache=False)


def test_where_none_can_be_read_it_is_an_error(photos):
    with pytest.raises(ToolkitError, match="2 of 2 pictures cannot be read"):
        extract([None, None], cache=False)


def test_where_none_can_be_read_it_may_be_a_warning(photos):
    look = inputs.Look(FeatureExtractor(catalogue.DEFAULT), cache=False)
    found = look(portable.SArray([None, None], portable.Image))
    assert found.matrix.shape == (0, 1280) and list(found.failures) == [0, 1]
    with pytest.warns(UnreadableImageWarning, match="2 of 2"):
        inputs.report(found.failures, [None, None], all_may_fail=True)


def test_a_single_picture_that_cannot_be_read_is_its_own_error(photos):
    (photos / "000.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableImageError, match=r"000\.png: not a picture") as caught:
        extract(images_of(photos)[:1], cache=False)
    assert caught.value.path == str(photos / "000.png")


def test_nothing_is_printed_unless_verbose(photos, store, capfd):
    extract(images_of(photos), store)
    assert capfd.readouterr() == ("", "")


def test_the_end_line_counts_store_and_failures(photos, store, capsys):
    extract(images_of(photos)[:9], store)
    look = inputs.Look(FeatureExtractor(catalogue.DEFAULT), verbose=True, cache=store)
    look(portable.SArray([*images_of(photos), None], portable.Image))
    printed = capsys.readouterr().out
    assert printed.startswith("13 pictures through efficientnet-lite2 in ")
    assert printed.endswith(" s: 9 from the store, 1 failed\n")


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "64"])
def test_a_batch_size_that_makes_no_sense_is_refused(photos, batch_size):
    with pytest.raises(ValueError, match=f"whole number from 1 on; found {batch_size!r}"):
        extract(images_of(photos), cache=False, batch_size=batch_size)
