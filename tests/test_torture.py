"""What many processes do to one place at once: small here, large in `make test-torture`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lookalike.storage import saved_folder

pytestmark = [pytest.mark.portable, pytest.mark.torture]

ROUNDS = int(os.environ.get("LOOKALIKE_ROUNDS", "2"))
PLENTY = 600

SAVE = """
import sys
import numpy as np
from lookalike.storage import saved_folder

place, number, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for at in range(rounds):
    values = np.full(20_000, number * 100_000 + at)
    saved_folder.write(place, "toy", {"value": number * 100_000 + at}, {"numbers": values})
    print(at, flush=True)
"""
READ = """
import sys
from lookalike.errors import MissingFileError
from lookalike.storage import saved_folder

place, rounds, found = sys.argv[1], int(sys.argv[3]), 0
while found < 5 * rounds:
    try:
        saved = saved_folder.read(place)
    except MissingFileError:
        continue
    assert (saved.arrays["numbers"] == saved.facts["value"]).all()
    found += 1
"""


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes):
    """Wait for processes, and expect that they have nothing to complain about."""
    outputs = [process.communicate(timeout=PLENTY) for process in processes]
    assert [errors for _, errors in outputs] == [""] * len(processes)
    assert [process.returncode for process in processes] == [0] * len(processes)


@pytest.mark.parametrize("mapped", [False, True], ids=["read", "mapped"])
def test_processes_that_save_and_read_one_place_leave_no_file_behind(tmp_path, mapped):
    place = tmp_path / "saved"
    read = READ
    if mapped:
        read = READ.replace("\nplace", "\nsaved_folder.SMALL = 0\nplace", 1)
    savers = [start(SAVE, place, number, 3 * ROUNDS) for number in range(2)]
    readers = [start(read, place, number, 3 * ROUNDS) for number in range(2)]
    finish(*savers, *readers)
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]
    if sys.platform != "win32":
        assert len(list(place.iterdir())) == 2


def test_a_save_that_is_killed_at_any_moment_leaves_what_was_there(tmp_path):
    place = tmp_path / "saved"
    for seed in range(ROUNDS):
        process = start(SAVE, place, 1, 10_000)
        for _ in range(random.Random(seed).randrange(1, 9)):
            process.stdout.readline()
        time.sleep(random.Random(seed).random() * 0.02)
        process.kill()
        process.communicate()
        saved = saved_folder.read(str(place))
        assert (saved.arrays["numbers"] == saved.facts["value"]).all()
    # Of what they left, nothing is there any more when it is old.
    for folder, _, files in os.walk(str(tmp_path)):
        for left in (folder, *(str(Path(folder, file)) for file in files)):
            os.utime(left, (1e9, 1e9))
    saved_folder.write(str(place), "toy", {}, {"numbers": np.arange(3)})
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]
    assert len(list(place.iterdir())) == 2


def test_the_signal_of_ctrl_c_leaves_a_whole_folder(tmp_path):
    place = tmp_path / "saved"
    process = start(SAVE, place, 1, 10_000)
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PLENTY)
    assert saved_folder.read(str(place)).kind == "toy"


KEEP = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
from lookalike.networks.catalogue import DEFAULT
from lookalike.storage.feature_store import Extracted, FeatureStore
from lookalike.storage.file_identity import Identity, Stamp

place, number, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
features = np.ones(DEFAULT.num_features, np.float32)
for at in range(rounds):
    store = FeatureStore(place, DEFAULT)
    for part in range(5):
        content = bytes([number, part]) * 16
        identity = Identity(Stamp(1, 1), content, True)
        store.keep([Extracted(f"/{number}/{part}", identity, features, None)])
        found = store.find_content(content)
        assert found is None or (found == 1).all()
    store.close()
"""
CLEAR = """
import sys, time, warnings
warnings.simplefilter("error")
import lookalike

for _ in range(100 * int(sys.argv[3])):
    lookalike.clear_cache(sys.argv[1])
    time.sleep(0.003)
"""


def test_stores_that_are_made_kept_and_cleared_at_once_warn_of_nothing(tmp_path):
    place = tmp_path / "features.sqlite"
    keepers = [start(KEEP, place, number, 5 * ROUNDS) for number in range(3)]
    finish(*keepers, start(CLEAR, place, 0, ROUNDS))
