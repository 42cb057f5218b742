"""What is printed while pictures are worked on."""

from __future__ import annotations

import re
import threading
import time

import pytest

from lookalike.progress import Progress, watched


def test_nothing_is_printed_unless_verbose(capfd):
    told = Progress(100, verbose=False, delay=0)
    told(10, 3)
    told.close()
    told.end(0, 3, "resnet-50")
    assert capfd.readouterr() == ("", "")


def test_the_end_is_one_line_with_pictures_network_time_store_and_failures(capsys):
    told = Progress(12345, verbose=True)
    told(12345, 2)
    told.end(12000, 2, "resnet-50")
    printed, errors = capsys.readouterr()
    line = r"12,345 pictures through resnet-50 in \d+\.\d s: 12,000 from the store, 2 failed\n"
    assert re.fullmatch(line, printed) and errors == ""


def test_what_is_done_soon_has_no_bar(capsys):
    told = Progress(10, verbose=True)
    for done in range(11):
        told(done, 0)
    told.close()
    assert capsys.readouterr().out == ""


def last_bar(printed: str) -> str:
    return [text for text in printed.split("\r") if "%" in text][-1]


def test_the_bar_tells_done_rate_time_left_and_failures(capsys):
    told = Progress(1000, verbose=True, delay=0)
    told(0, 0)
    for done in range(1, 14):
        time.sleep(0.1)
        told(100 * done // 2, 2 * (done > 5))
    bar = last_bar(capsys.readouterr().out)
    told.close()
    found = re.search(r"(\d+)/1000 \[.*<00:(\d\d), +(\d+)\.\d+ pictures/s, 2 failed\]", bar)
    done, left, rate = map(int, found.groups())
    assert done >= 400 and rate < 600
    assert left == pytest.approx((1000 - done) / rate, abs=1)


def test_what_the_store_had_counts_for_nothing_in_the_rate(capsys):
    told = Progress(100_000, verbose=True, delay=0)
    told(99_000, 0)
    for done in range(1, 8):
        time.sleep(0.1)
        told(99_000 + done, 0)
    bar = last_bar(capsys.readouterr().out)
    told.close()
    assert float(re.search(r"([\d.]+) ?pictures/s", bar).group(1)) < 15


def test_the_bar_goes_on_when_the_pictures_become_slow(capsys):
    told = Progress(10_000, verbose=True, delay=0)
    for done in range(0, 5001, 10):
        told(done, 0)
        time.sleep(0.0015)
    capsys.readouterr()
    time.sleep(0.6)
    told(5001, 1)
    assert "5001/10000" in capsys.readouterr().out
    told.close()


def test_the_bar_is_taken_away(capsys):
    told = Progress(10, verbose=True, delay=0)
    told(1, 0)
    told.close()
    told.close()
    assert capsys.readouterr().out.rpartition("\r")[2] == ""


def test_whoever_watches_is_called_in_its_own_thread_alone_and_may_end_the_work():
    seen: list[tuple[int, int]] = []
    with watched(lambda done, total: seen.append((done, total))):
        Progress(3, verbose=False)(1, 0)
        elsewhere = threading.Thread(target=Progress(3, verbose=False), args=(2, 0))
        elsewhere.start()
        elsewhere.join()
    Progress(3, verbose=False)(3, 0)
    assert seen == [(1, 3)]

    def end(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with watched(end), pytest.raises(KeyboardInterrupt):
        Progress(3, verbose=False)(1, 0)
