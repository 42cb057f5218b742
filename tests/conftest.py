"""What all tests share: the engine, small drawn pictures, and the marker of what differs."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from typing import Callable, Iterator

import PIL.Image
import pytest
import server as web
from differences import DIFFERENCES
from PIL import Image, ImageDraw

import lookalike

PORTABLE = lookalike.backend_name() == "portable"
REPOSITORY = Path(__file__).parent.parent

# A shell that runs the tests in the background has Ctrl-C ignored, by what the tests start, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "differs(key): what the portable engine does by design")
    config.addinivalue_line("markers", "portable: about the portable engine's own modules")
    config.addinivalue_line("markers", "torture: small here, large in `make test-torture`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the real engine, skip what is said of the portable one, with the reason."""
    for item in items:
        for mark in item.iter_markers("differs"):
            reason = DIFFERENCES[mark.args[0]].why
            if not PORTABLE:
                item.add_marker(pytest.mark.skip(reason=f"differs by design: {reason}"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[web.Server]:
    """A web server on this machine, which no proxy stands before."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with web.Server() as running:
        yield running


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], str]:
    """A machine without desktop and terminal; what ``explore`` and ``show`` write can be read."""
    monkeypatch.setattr(sys, "stdin", None)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def read() -> str:
        (written,) = tmp_path.rglob("lookalike-*.html")
        return written.read_text("utf-8")

    return read


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home folder, as in a container."""
    for name in ("HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("LOOKALIKE_CACHE")

    def unknown(*_: object) -> None:
        raise KeyError("uid not found")

    monkeypatch.setattr("pwd.getpwuid", unknown)


@pytest.fixture
def without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where neither pi_heif nor rawpy is installed, nor a plugin for their formats."""
    for name in ("pi_heif", "rawpy"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("HEIF", "JXL"):
        monkeypatch.delitem(PIL.Image.OPEN, name, raising=False)


@pytest.fixture(scope="session")
def tc():
    """Turi Create's API, on the engine that this run is about."""
    return lookalike.tc


def draw(path: Path, color: str = "red", size: tuple[int, int] = (64, 48)) -> Path:
    """Draw a small picture: a disc of a colour on another ground."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).ellipse((4, 4, size[0] - 4, size[1] - 4), fill=color)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of four pictures, one of them in a subfolder, and a text file."""
    for name, color in (("a.png", "red"), ("b.jpg", "blue"), ("c.jpeg", "green")):
        draw(tmp_path / "pictures" / name, color)
    draw(tmp_path / "pictures" / "sub" / "d.png", "orange")
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    return tmp_path / "pictures"
