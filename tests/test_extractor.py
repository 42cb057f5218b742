"""The pipeline: order, failures, threads, stopping, memory."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import draw
from PIL import Image as PILImage

from lookalike.errors import UnreadableImageError
from lookalike.networks import catalogue, extractor
from lookalike.networks.extractor import FeatureExtractor
from lookalike.networks.record import NetworkRecord
from lookalike.portable import Image
from lookalike.storage.feature_store import FeatureStore

NETWORK = NetworkRecord(size=1, file="tiny.onnx", name="tiny", num_features=8, sha256="0" * 64)
LONG_AGO = 1_500_000_000


class TinySession:
    """A network whose features are eight times the picture's first pixel."""

    input_shape = (3, 2, 2)

    def features(self, pixels):
        return np.repeat(pixels[:, 0, 0, :1].astype(np.float32), 8, axis=1)


class Dot:
    """A picture of one colour, without a file."""

    path = None

    def __init__(self, value: int, seconds: float = 0.0) -> None:
        self.value = value
        self.seconds = seconds

    def to_network_input(self, height, width):
        if self.seconds:
            time.sleep(self.seconds)
        return np.full((height, width, 3), self.value, np.uint8)


class Broken(Dot):
    def to_network_input(self, height, width):
        raise UnreadableImageError("broken.png", f"number {self.value}")


def extractor_of(session, network=NETWORK, **options) -> FeatureExtractor:
    return FeatureExtractor(network, session=session, **options)


def values(extraction) -> list[float]:
    return extraction.features[:, 0].tolist()


# Order and failures


def test_features_are_in_the_order_of_the_pictures_however_long_each_takes():
    dice = random.Random(0)
    pictures = [Dot(value, dice.random() / 200) for value in range(150)]
    extraction = extractor_of(TinySession(), threads=4).extract(pictures)
    assert values(extraction) == list(range(150)) and extraction.failures == {}
    assert extraction.features.shape == (150, 8) and extraction.features.dtype == np.float32


@pytest.mark.parametrize(
    "broken",
    [{0}, {9}, {0, 9}, {3, 4, 5}, {0, 1, 2}, set(range(0, 10, 2)), set(range(10))],
    ids=str,
)
def test_pictures_that_cannot_be_read_leave_no_gap(broken):
    pictures = [Broken(value) if value in broken else Dot(value) for value in range(10)]
    extraction = extractor_of(TinySession(), threads=2).extract(pictures)
    assert values(extraction) == [value for value in range(10) if value not in broken]
    assert extraction.features.shape == (10 - len(broken), 8)
    assert list(extraction.failures) == sorted(broken)
    assert all(failure.reason == f"number {row}" for row, failure in extraction.failures.items())


def test_gaps_are_closed_over_more_rows_than_are_moved_at_once():
    broken = {3, 4, 40, 1999}
    count = 2 * extractor.BLOCK + 100
    pictures = [Broken(0) if row in broken else Dot(row % 251) for row in range(count)]
    extraction = extractor_of(TinySession()).extract(pictures)
    assert values(extraction) == [row % 251 for row in range(count) if row not in broken]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_picture_whose_features_are_no_finite_numbers_is_a_failure(number):
    class Overflowing(TinySession):
        def features(self, pixels):
            found = super().features(pixels)
            found[found[:, 0] == 2, 5] = number
            return found

    extraction = extractor_of(Overflowing()).extract([Dot(1), Dot(2), Dot(3)])
    assert values(extraction) == [1, 3]
    (failure,) = extraction.failures.values()
    assert isinstance(failure, UnreadableImageError)
    assert failure.reason == (
        "the network's features of it are not finite numbers (NaN or infinity)"
    )


def test_an_error_that_is_no_unreadable_picture_ends_the_work():
    class Bug(Dot):
        def to_network_input(self, height, width):
            raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        extractor_of(TinySession()).extract([Dot(1), Bug(2), Dot(3)])


def test_no_pictures_give_no_features_and_open_no_network():
    # Its file is not there.
    assert FeatureExtractor(NETWORK).extract([]).features.shape == (0, 8)


def test_features_do_not_depend_on_batch_size_and_threads(tmp_path):
    dice = random.Random(1)
    pictures = []
    for number in range(12):
        size = (dice.randrange(30, 600), dice.randrange(30, 600))
        color = f"hsl({30 * number}, 80%, 50%)"
        path = tmp_path / f"{number}.{'jpg' if number % 2 else 'png'}"
        pictures.append(Image(draw(path, color, size)))
    one = FeatureExtractor(catalogue.DEFAULT, threads=1).extract(pictures, 1)
    for threads, batch_size in ((1, 64), (2, 3), (5, 12), (16, 1)):
        other = FeatureExtractor(catalogue.DEFAULT, threads).extract(pictures, batch_size)
        assert np.array_equal(one.features, other.features)
    alone = FeatureExtractor(catalogue.DEFAULT).extract(pictures[5:6])
    assert np.array_equal(one.features[5:6], alone.features)


def test_as_many_pictures_are_worked_on_as_there_are_threads_to_use(monkeypatch):
    monkeypatch.setenv("LOOKALIKE_THREADS", "7")
    assert extractor_of(TinySession()).threads == 7
    assert FeatureExtractor(NETWORK, threads=3).threads == 3


# Running ahead


def test_threads_run_ahead_of_a_slow_picture_but_not_without_bound():
    release, started = threading.Event(), []

    class Slow(Dot):
        def to_network_input(self, height, width):
            release.wait(60)
            return super().to_network_input(height, width)

    class Noted(Dot):
        def to_network_input(self, height, width):
            started.append(self.value)
            return super().to_network_input(height, width)

    pictures = [Slow(0), *(Noted(1) for _ in range(1000))]
    results = []
    work = threading.Thread(
        target=lambda: results.append(extractor_of(TinySession(), threads=2).extract(pictures))
    )
    work.start()
    deadline = time.monotonic() + 60
    while len(started) < 2 * extractor.AHEAD and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert len(started) == 2 * extractor.AHEAD
    release.set()
    work.join()
    assert values(results[0]) == [0, *[1] * 1000]


def test_memory_grows_by_the_features_and_less_than_a_kilobyte_a_row():
    network = NetworkRecord(size=1, file="t.onnx", name="t", num_features=256, sha256="0" * 64)

    class Session(TinySession):
        def features(self, pixels):
            return np.zeros((1, 256), np.float32)

    def peak(count: int) -> int:
        dot = Dot(1)
        tracemalloc.start()
        extractor_of(Session(), network, threads=2).extract([dot] * count, progress=lambda *_: None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    a_row = (peak(8000) - peak(2000)) / 6000
    assert a_row < 4 * 256 + 1024


def test_memory_does_not_grow_by_pictures_that_cannot_be_read():
    tracemalloc.start()
    extractor_of(TinySession()).extract([Broken(1)] * 3000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most / 3000 < 4 * 8 + 1024


def test_failures_do_not_hold_on_to_half_decoded_pictures(tmp_path):
    whole = draw(tmp_path / "whole.jpg", size=(3000, 2000)).read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (failure,) = (
        extractor_of(TinySession()).extract([Image(tmp_path / "half.jpg")]).failures.values()
    )
    held = []
    while failure is not None:
        held.append(failure.__traceback__)
        failure = failure.__cause__ or failure.__context__
    assert held == [None]


# Progress


def test_progress_is_told_after_each_picture():
    told = []
    pictures = [Dot(0), Broken(1), Dot(2)]
    extractor_of(TinySession()).extract(pictures, progress=lambda *now: told.append(now))
    assert told == [(0, 0), (1, 0), (2, 1), (3, 1)]


# With a store


@pytest.fixture
def files(tmp_path) -> list[Image]:
    images = []
    for number in range(20):
        path = draw(tmp_path / f"{number:02}.png", size=(20 + number, 20))
        os.utime(path, (LONG_AGO, LONG_AGO))
        images.append(Image.unread(str(path)))
    return images


@pytest.fixture
def store(tmp_path):
    with closing(FeatureStore(tmp_path / "features.sqlite", NETWORK)) as opened:
        yield opened


def kept(store, images) -> list[int]:
    features = np.zeros((len(images), 8), np.float32)
    return list(store.find([image.path for image in images], features))


def test_progress_begins_with_what_the_store_has(files, store):
    extractor_of(TinySession()).extract(files[:15], store=store)
    told = []
    extractor_of(TinySession()).extract(files, store=store, progress=lambda *now: told.append(now))
    assert told == [(done, 0) for done in range(15, 21)]


def test_what_is_in_the_store_is_neither_decoded_nor_is_the_network_opened(files, store):
    first = extractor_of(TinySession()).extract(files, store=store)
    # The network's file is not there.
    second = FeatureExtractor(NETWORK).extract(files, store=store)
    assert (first.from_store, second.from_store) == (0, 20)
    assert np.array_equal(first.features, second.features)


def test_features_are_kept_in_batches_and_the_rest_at_the_end(files, store):
    counts = []
    extractor_of(TinySession(), threads=1).extract(
        files, 6, store, lambda *_: counts.append(len(kept(store, files)))
    )
    steps = [after - before for before, after in zip(counts, counts[1:]) if after > before]
    assert steps and all(step >= 6 for step in steps)
    assert len(kept(store, files)) == 20


def test_an_error_keeps_what_was_done(files, store):
    class Bug(Dot):
        def to_network_input(self, height, width):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        extractor_of(TinySession(), threads=1).extract(
            [*files[:12], Bug(0), *files[12:]], 64, store
        )
    assert kept(store, files)[:12] == list(range(12))


@pytest.mark.parametrize("seconds", [LONG_AGO, 4_000_000_000], ids=["old", "just written"])
def test_a_file_that_changes_while_it_is_read_is_not_kept(files, store, seconds):
    class Changing(Image):
        __slots__ = ()

        def to_network_input(self, height, width):
            pixels = super().to_network_input(height, width)
            # The same size and time, as if within one tick of the clock.
            content = bytearray(Path(self.path).read_bytes())
            content[-1] ^= 1
            Path(self.path).write_bytes(bytes(content) + b"\0" * (seconds == LONG_AGO))
            os.utime(self.path, (seconds, seconds))
            return pixels

    os.utime(files[0].path, (seconds, seconds))
    changing = Changing.unread(files[0].path)
    before = Path(files[0].path).read_bytes()
    extraction = extractor_of(TinySession()).extract([changing], store=store)
    assert extraction.features.shape == (1, 8)
    assert kept(store, files[:1]) == []
    Path(files[0].path).write_bytes(before)
    assert extractor_of(TinySession()).extract(files[:1], store=store).from_store == 0


def test_a_file_that_is_removed_while_it_is_read_is_not_kept(files, store):
    class Vanishing(Image):
        __slots__ = ()

        def to_network_input(self, height, width):
            pixels = super().to_network_input(height, width)
            Path(self.path).unlink()
            return pixels

    extraction = extractor_of(TinySession()).extract([Vanishing.unread(files[0].path)], store=store)
    assert extraction.failures == {} and kept(store, files[:1]) == []


def test_a_file_that_cannot_be_read_is_a_failure_with_a_store_too(files, store, tmp_path):
    gone = Image.unread(str(tmp_path / "gone.png"))
    extraction = extractor_of(TinySession()).extract([files[0], gone], store=store)
    assert list(extraction.failures) == [1]


@pytest.mark.parametrize("count", [0, 1, 7, 9])
def test_a_picture_of_another_number_of_features_is_a_failure(count):
    class Detecting(TinySession):
        def features(self, pixels):
            return super().features(pixels)[:, [0] * (count if pixels[0, 0, 0, 0] == 2 else 8)]

    extraction = extractor_of(Detecting()).extract([Dot(1), Dot(2), Dot(3)])
    assert values(extraction) == [1, 3]
    assert "another number of features" in extraction.failures[1].reason


def test_features_that_are_no_finite_numbers_are_not_kept(files, store):
    class Broken(TinySession):
        def features(self, pixels):
            return np.full((1, 8), np.nan, np.float32)

    extractor_of(Broken()).extract(files[:2], store=store)
    again = extractor_of(TinySession()).extract(files[:2], store=store)
    assert (again.from_store, again.failures) == (0, {})


# The files' contents


def sha256(image) -> bytes:
    return hashlib.sha256(Path(image.path).read_bytes()).digest()


def test_each_picture_comes_with_its_files_hash_whether_the_store_had_it_or_not(files, store):
    wanted = [sha256(image) for image in files]
    extractor_of(TinySession()).extract(files[5:12], store=store)
    some = extractor_of(TinySession()).extract(files, store=store)
    every = extractor_of(TinySession()).extract(files, store=store)
    assert (some.from_store, every.from_store) == (7, 20)
    assert some.contents == every.contents == wanted


def test_a_moved_picture_has_the_hash_that_it_had(files, store, tmp_path):
    (before,) = extractor_of(TinySession()).extract(files[:1], store=store).contents
    os.rename(files[0].path, tmp_path / "moved.png")
    moved = Image.unread(str(tmp_path / "moved.png"))
    after = extractor_of(TinySession()).extract([moved], store=store)
    assert (after.from_store, after.contents) == (1, [before])


def test_hashes_stand_beside_the_features_that_are_theirs(files, store, tmp_path):
    gone = Image.unread(str(tmp_path / "gone.png"))
    extraction = extractor_of(TinySession()).extract(
        [gone, files[1], Dot(5), Broken(1), files[2]], store=store
    )
    assert list(extraction.failures) == [0, 3]
    assert extraction.contents == [sha256(files[1]), None, sha256(files[2])]


def test_a_file_that_changes_while_it_is_read_has_no_hash(files, store):
    class Changing(Image):
        __slots__ = ()

        def to_network_input(self, height, width):
            pixels = super().to_network_input(height, width)
            Path(self.path).write_bytes(b"another picture")
            return pixels

    changing = Changing.unread(files[0].path)
    assert extractor_of(TinySession()).extract([changing], store=store).contents == [None]


def test_contents_are_known_without_a_store_too(files):
    contents = extractor_of(TinySession()).extract(files[:3]).contents
    read = [hashlib.sha256(Path(file.path).read_bytes()).digest() for file in files[:3]]
    assert contents == read


def hashes(store, images) -> set[bytes]:
    return set(store.find_hashes([sha256(image) for image in images]))


class LargeSession(TinySession):
    input_shape = (3, 224, 224)


def test_pictures_that_a_network_sees_whole_are_hashed_from_the_same_pixels(files, store):
    extractor_of(LargeSession()).extract(files[:3], store=store)
    assert hashes(store, files) == {sha256(file) for file in files[:3]}


def test_pictures_of_which_a_network_sees_few_pixels_are_not(files, store):
    extractor_of(TinySession()).extract(files[:3], store=store)
    assert hashes(store, files) == set()


def test_pictures_of_which_a_network_sees_the_middle_are_not(files, store):
    network = replace(NETWORK, resize=256)
    extractor_of(LargeSession(), network).extract(files[:3], store=store)
    assert hashes(store, files) == set()


# Stopping

STOPPED = """
import os, signal, sys, time
import numpy as np
from pathlib import Path
from lookalike.networks import extractor
from lookalike.storage.feature_store import FeatureStore
from lookalike.networks.record import NetworkRecord
from lookalike.portable import Image

class Session:
    input_shape = (3, 2, 2)
    def features(self, pixels):
        return np.zeros((1, 8), np.float32)

class Slow(Image):
    __slots__ = ()
    def to_network_input(self, height, width):
        time.sleep(float(sys.argv[3]) if self.path.endswith("30.png") else 0.01)
        return np.zeros((height, width, 3), np.uint8)

network = NetworkRecord(size=1, file="tiny.onnx", name="tiny", num_features=8, sha256="0" * 64)
files = sorted(Path(sys.argv[1]).glob("*.png"))
# Python leaves SIGINT alone where whoever started it, such as a shell in the background, did.
signal.signal(signal.SIGINT, signal.default_int_handler)
store = FeatureStore(Path(sys.argv[2]), network)
try:
    extractor.FeatureExtractor(network, threads=2, session=Session()).extract(
        [Slow.unread(str(file)) for file in files], 64, store,
        lambda done, failed: print(done, flush=True),
    )
except KeyboardInterrupt:
    print("stopped", flush=True)
    os._exit(0)
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent in another way")
@pytest.mark.parametrize(
    ("until", "slow", "least"), [(20, 0.01, 20), (30, 600, 30)], ids=["busy", "in a huge picture"]
)
def test_ctrl_c_ends_the_work_in_a_huge_picture_too_and_keeps_what_was_done(
    tmp_path, until, slow, least
):
    for number in range(300):
        path = tmp_path / "pictures" / f"{number:03}.png"
        path.parent.mkdir(exist_ok=True)
        PILImage.new("RGB", (1, 1), (number % 256, number // 256, 0)).save(path)
        os.utime(path, (LONG_AGO, LONG_AGO))
    place = tmp_path / "features.sqlite"
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STOPPED), tmp_path / "pictures", place, str(slow)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        while int(child.stdout.readline()) < until:
            pass
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        # Far less than the huge picture takes.
        alarm = threading.Timer(60, child.kill)
        alarm.start()
        rest = child.stdout.read()
        alarm.cancel()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    # The interrupt may fall into a print, before the line's end.
    assert rest.endswith("stopped\n")
    done = max([until, *map(int, re.findall(r"\d+", rest))])
    assert done < 300
    pictures = sorted((tmp_path / "pictures").glob("*.png"))
    with closing(FeatureStore(place, NETWORK)) as store:
        found = kept(store, [Image.unread(str(path)) for path in pictures])
    assert len(found) >= max(done, least)


# It would take minutes to read.
HUGE = 200 * 10**9


def huge(path: Path, start: bytes) -> Path:
    """Write a file that is huge, and takes no room."""
    path.write_bytes(start)
    os.truncate(str(path), HUGE)
    return path


def test_a_huge_file_that_is_no_picture_is_refused_without_being_read(tmp_path):
    pictures = [Image.unread(str(huge(tmp_path / "huge.jpg", b"")))]
    with closing(FeatureStore(tmp_path / "store.sqlite", NETWORK)) as store:
        found = extractor_of(TinySession()).extract(pictures, store=store)
    assert list(found.failures) == [0]


HASHING = """
import signal, sys
import lookalike

signal.signal(signal.SIGINT, signal.default_int_handler)
# The real engine takes seconds to import, and says of what happens then that it cannot be imported.
lookalike.backend_name()
print("begun", flush=True)
lookalike.build_model(lookalike.load_images(sys.argv[1]), verbose=False)
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent in another way")
def test_ctrl_c_ends_the_hashing_of_a_huge_picture(tmp_path):
    start = draw(tmp_path / "small" / "a.jpg").read_bytes()
    (tmp_path / "pictures").mkdir()
    huge(tmp_path / "pictures" / "huge.jpg", start)
    child = subprocess.Popen(
        [sys.executable, "-c", HASHING, str(tmp_path / "pictures")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    child.stdout.readline()
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    # `bench_interrupt.py` prints how long it takes: some tenths of a second.
    _, errors = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
