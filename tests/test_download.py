from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import server as web

import lookalike
from lookalike.networks import catalogue
from lookalike.networks.download import Limits, fetch
from lookalike.networks.record import NetworkRecord
from lookalike.networks.session import open_session

CONTENT = np.random.default_rng(0).bytes(300_000)
TINY = NetworkRecord(
    file="tiny.onnx",
    name="tiny",
    num_features=4,
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    url="zoo/tiny.onnx",
)
PATH = "/zoo/tiny.onnx"

# What another process runs.
PROGRAM = f"""
import signal
import lookalike
from lookalike.networks import catalogue
from lookalike.networks.record import NetworkRecord
catalogue.NETWORKS["tiny"] = NetworkRecord(**{vars(TINY)!r})
# Python leaves SIGINT alone where whoever started it, such as a shell in the background, did.
signal.signal(signal.SIGINT, signal.default_int_handler)
lookalike.download("tiny")
"""


@pytest.fixture
def server(server, monkeypatch, tmp_path):
    """A server as the endpoint, an empty cache folder, and one network that it may serve."""
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setitem(catalogue.NETWORKS, "tiny", TINY)
    return server


def files() -> list[str]:
    """What stands in the folder of downloads, unfinished files included."""
    return sorted(path.name for path in TINY.place.parent.rglob("*") if path.is_file())


def start() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=subprocess.PIPE)


def wait_for(condition) -> None:
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_a_good_file_gets_its_name(server):
    server.behaviours[PATH] = web.good(CONTENT)
    assert lookalike.download("tiny", verbose=False) == TINY
    assert TINY.is_here
    assert TINY.path.read_bytes() == CONTENT
    assert files() == ["tiny.onnx"]


def test_what_is_here_is_not_downloaded_again(server):
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    lookalike.download("tiny", verbose=False)
    assert server.asked == [PATH]


def test_a_damaged_file_is_downloaded_again(server):
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    TINY.place.write_bytes(CONTENT[:-1])
    lookalike.download("tiny", verbose=False)
    assert TINY.path.read_bytes() == CONTENT


def test_a_redirect_is_followed(server):
    server.behaviours[PATH] = web.redirect("/elsewhere")
    server.behaviours["/elsewhere"] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    assert TINY.path.read_bytes() == CONTENT


def test_a_mirror_may_have_a_path_and_a_slash_at_its_end(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", f"{server.url}/mirror/")
    server.behaviours[f"/mirror{PATH}"] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    assert TINY.is_here


def test_a_proxy_of_the_environment_is_asked(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://models.invalid")
    monkeypatch.setenv("http_proxy", server.url)
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    assert server.asked == [f"http://models.invalid{PATH}"]


def test_progress_is_shown_unless_it_is_not_wanted(server, capfd):
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    assert capfd.readouterr() == ("", "")
    TINY.place.unlink()
    lookalike.download("tiny")
    out, err = capfd.readouterr()
    assert f"Downloading tiny, 0.3 MB, from {server.url}{PATH}\n" in out
    assert "/300k" in out
    assert err == ""
    lookalike.download("tiny")
    assert capfd.readouterr().out == "tiny is on this machine already.\n"


WRONG = CONTENT[::-1]
BAD = {
    "a wrong hash": (web.good(WRONG), f"expected the sha256 {TINY.sha256}, found"),
    "another length": (web.good(CONTENT[:1000]), "expected 300,000 bytes, found 1,000"),
    "a page of a hotel": (web.good(b"<html>Please log in</html>"), "expected 300,000 bytes"),
    "truncated": (web.truncated(CONTENT), r"connection failed|expected 300,000 bytes, found 150"),
    "dropped": (web.dropped(CONTENT), "connection failed: .*[Rr]eset|IncompleteRead|found"),
    "not found": (web.answer(404, b""), "the server answered 404 Not Found"),
    "out of order": (web.answer(503, b""), "the server answered 503 Service Unavailable"),
    "endless": (web.endless(CONTENT), "expected 300,000 bytes, found more"),
    "too long": (web.good(CONTENT + b"more"), "expected 300,000 bytes, found more"),
    "nowhere": (web.redirect("http://127.0.0.1:1/"), "connection failed: .*refused"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_goes_wrong_leaves_no_file_and_says_what_and_what_to_do(server, case):
    server.behaviours[PATH], reason = BAD[case]
    with pytest.raises(lookalike.DownloadError, match=reason) as caught:
        lookalike.download("tiny", verbose=False)
    assert files() == []
    assert caught.value.url == f"{server.url}{PATH}"
    for remedy in ("HF_ENDPOINT", "tiny.onnx over", "add_network_file", "the bundled network"):
        assert remedy in str(caught.value)


SLOW = {
    "stalled": (web.stalled(CONTENT), "connection failed: .*timed out"),
    "byte by byte": (web.dripping(CONTENT, 0.05), "it came too slowly: "),
    "byte by byte in the end": (web.dripping(CONTENT, 0.05, 30_000), "it came too slowly: "),
}


@pytest.mark.parametrize("case", SLOW)
def test_what_hardly_comes_on_is_given_up(server, case, tmp_path):
    server.behaviours[PATH], reason = SLOW[case]
    limits = Limits(connect=60, wait=0.5, rate=100_000)
    with pytest.raises(lookalike.DownloadError, match=reason):
        fetch(server.url + PATH, tmp_path / "file", "a file", "Try again.", False, limits)


def test_without_a_server_it_ends_and_prints_nothing(server, monkeypatch, capfd):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(lookalike.DownloadError, match=r"connection failed: .*refused"):
            lookalike.download("tiny")
    assert capfd.readouterr() == ("", "")


def test_offline_means_that_nobody_is_asked(server, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_OFFLINE", "1")
    server.behaviours[PATH] = web.good(CONTENT)
    with pytest.raises(lookalike.DownloadError, match=r": LOOKALIKE_OFFLINE is set: no connection"):
        lookalike.download("tiny")
    assert server.asked == []
    assert files() == []


def test_offline_what_is_here_is_still_found(server, monkeypatch):
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    monkeypatch.setenv("LOOKALIKE_OFFLINE", "1")
    assert lookalike.download("tiny", verbose=False).is_here


@pytest.mark.parametrize("value", ["", "0"])
def test_offline_may_be_switched_off(server, monkeypatch, value):
    monkeypatch.setenv("LOOKALIKE_OFFLINE", value)
    server.behaviours[PATH] = web.good(CONTENT)
    assert lookalike.download("tiny", verbose=False).is_here


def test_a_proxy_that_is_not_there_is_named(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://models.invalid")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(lookalike.DownloadError, match="connection to the proxy failed"):
        lookalike.download("tiny", verbose=False)


def test_an_endpoint_that_is_no_address_is_named(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "mirror")
    with pytest.raises(lookalike.DownloadError, match=r"Invalid URL 'mirror/zoo/tiny\.onnx'"):
        lookalike.download("tiny", verbose=False)


def test_an_unknown_name_is_answered_with_those_that_are_known(server):
    with pytest.raises(lookalike.ToolkitError, match=r"expected one of: resnet-50, .*, tiny\.$"):
        lookalike.download("resnet-51")


def test_a_bundled_network_is_there_without_a_download(server, capsys):
    bundled = lookalike.download(catalogue.DEFAULT.name)
    assert bundled is catalogue.DEFAULT
    assert capsys.readouterr().out.startswith(f"{bundled.name} is a part of lookalike, and not d")
    assert server.asked == []


def test_a_slow_download_that_comes_on_is_not_given_up(server, tmp_path):
    # Twice as long as it would wait for one piece.
    server.behaviours[PATH] = web.paced(CONTENT, 2, pieces=40)
    limits = Limits(connect=60, wait=1)
    fetch(server.url + PATH, tmp_path / "file", "a file", "Try again.", False, limits)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_cache_folder_that_cannot_be_made_says_how_to_move_it(server, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "file"))
    with pytest.raises(lookalike.ToolkitError, match="LOOKALIKE_CACHE names another"):
        lookalike.download("tiny", verbose=False)


def test_two_processes_at_once_do_no_harm(server):
    server.behaviours[PATH] = web.paced(CONTENT, 1)
    both = [start(), start()]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(server.asked) == 2
    assert files() == ["tiny.onnx"]
    assert TINY.path.read_bytes() == CONTENT


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_what_is_interrupted_leaves_nothing_that_could_be_taken_for_the_file(server, name):
    server.behaviours[PATH] = web.stalled(CONTENT)
    process = start()
    # How much of it is on the disk by then differs: Python 3.14 holds back 128 KiB and more.
    wait_for(lambda: any(TINY.place.parent.rglob("unfinished")))
    process.send_signal(getattr(signal, name))
    process.wait(60)
    assert not TINY.is_here
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    assert TINY.path.read_bytes() == CONTENT


def test_what_a_killed_download_left_is_removed_a_day_later(server):
    left = TINY.place.parent / ".lookalike-abcdefg1" / "unfinished"
    fresh = TINY.place.parent / ".lookalike-abcdefg2" / "unfinished"
    for file in (left, fresh):
        file.parent.mkdir(parents=True)
        file.touch()
    two_days_ago = time.time() - 2 * 86400
    os.utime(left.parent, (two_days_ago, two_days_ago))
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    assert not left.exists()
    assert fresh.exists()


def test_a_file_that_was_carried_over_is_checked_and_filed(server, tmp_path):
    carried = tmp_path / "from a stick.bin"
    carried.write_bytes(CONTENT)
    assert lookalike.add_network_file(carried) == TINY
    assert TINY.path.read_bytes() == CONTENT
    assert carried.exists()
    assert server.asked == []


def test_a_file_of_no_known_network_is_refused(server, tmp_path):
    carried = tmp_path / "tiny.onnx"
    carried.write_bytes(WRONG)
    with pytest.raises(lookalike.ToolkitError, match=r"300,000 bytes .* tiny\.onnx, 300,000 bytes"):
        lookalike.add_network_file(carried)
    assert not TINY.is_here


def test_a_carried_file_that_is_not_there_says_so(server, tmp_path):
    with pytest.raises(lookalike.MissingFileError, match="There is no file"):
        lookalike.add_network_file(tmp_path / "none.onnx")


# A file is verified when it is loaded.


def test_a_file_that_was_changed_is_not_loaded(server):
    server.behaviours[PATH] = web.good(CONTENT)
    lookalike.download("tiny", verbose=False)
    TINY.place.write_bytes(WRONG)
    with pytest.raises(lookalike.ToolkitError, match=r"tiny\.onnx, is damaged or another one"):
        open_session(TINY)
