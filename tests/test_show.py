from __future__ import annotations

import os
import shutil
import sys
import webbrowser
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from lookalike import display
from lookalike.display import explore, in_notebook, present, show
from lookalike.errors import MissingFileError


@pytest.fixture(autouse=True)
def terminal(monkeypatch, page):
    """Neither a notebook nor a desktop."""
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    browser(monkeypatch, lambda: pytest.fail("a browser was asked for"))


def browser(monkeypatch, get) -> None:
    """Let ``get`` find the desktop's browser."""
    monkeypatch.setattr(webbrowser, "get", get)


@pytest.fixture
def shown(monkeypatch) -> list:
    """What a notebook displays that nbconvert runs."""
    outputs: list = []
    request = {"content": {"allow_stdin": False}}
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: request), execution_count=1)
    module = SimpleNamespace(display=lambda data, **_: outputs.append(data))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return outputs


def desktop(monkeypatch, name: str, opens: bool = True) -> list:
    opened: list = []
    found = SimpleNamespace(name=name, open=lambda url: opened.append(url) or opens)
    monkeypatch.setenv("DISPLAY", ":0")
    browser(monkeypatch, lambda: found)
    return opened


def the_page(folder: Path) -> Path:
    (page,) = folder.rglob("lookalike-*.html")
    return page


def test_a_plain_python_is_no_notebook():
    assert not in_notebook()


@pytest.mark.parametrize("shell", [None, SimpleNamespace(), SimpleNamespace(kernel=None)])
def test_ipython_in_a_terminal_is_no_notebook(monkeypatch, shell):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert not in_notebook()


def test_a_kernel_is_a_notebook(shown):
    assert in_notebook()


def test_a_notebook_displays_the_html_at_once_and_writes_nothing(shown, tmp_path, capsys):
    present("<p>here</p>", "Two rows")
    assert shown == [{"text/html": "<p>here</p>", "text/plain": "Two rows"}]
    assert not list(tmp_path.iterdir()) and capsys.readouterr().out == ""


def test_elsewhere_it_is_a_whole_page_in_utf_8(tmp_path):
    present("<p>猫</p>", "cats & <rovers>")
    page = the_page(tmp_path).read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") and '<meta charset="utf-8">' in page
    assert "<title>cats &amp; &lt;rovers&gt;</title>" in page and "<p>猫</p>" in page


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


@posix
def test_nobody_else_can_read_the_page_or_its_folder(tmp_path):
    present("", "t")
    page = the_page(tmp_path)
    assert page.stat().st_mode & 0o077 == 0 and page.parent.stat().st_mode & 0o077 == 0


def test_pages_lie_in_one_folder_and_the_last_twenty_stay(tmp_path):
    present("the first", "t")
    first = the_page(tmp_path)
    os.utime(first, (1, 1))
    for number in range(20):
        present(f"page {number}", "t")
    pages = list(tmp_path.rglob("*.html"))
    assert {page.parent for page in pages} == {first.parent}
    assert len(pages) == 20 and first not in pages


@posix
def test_what_is_no_page_is_not_removed_and_no_link_is_followed(tmp_path):
    present("", "t")
    folder = the_page(tmp_path).parent
    (tmp_path / "diary.html").write_text("precious")
    (folder / "lookalike-abcd1234.html").symlink_to(tmp_path / "diary.html")
    for name in ("lookalike-notes.html", "diary.html"):
        (folder / name).write_text("precious")
        os.utime(folder / name, (1, 1))
    (folder / "lookalike-abcd1235.html").mkdir()
    for _ in range(25):
        present("", "t")
    assert (tmp_path / "diary.html").read_text() == "precious"
    kept = {"diary.html", "lookalike-notes.html", "lookalike-abcd1234.html"}
    assert kept < {path.name for path in folder.iterdir()}
    assert (folder / "lookalike-abcd1235.html").is_dir()


@posix
@pytest.mark.parametrize("kind", ["link", "file", "open to others"])
def test_a_folder_that_is_not_its_users_alone_is_not_used(tmp_path, kind):
    present("", "t")
    folder = the_page(tmp_path).parent
    shutil.rmtree(folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "link":
        folder.symlink_to(elsewhere, target_is_directory=True)
    elif kind == "file":
        folder.write_text("")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    present("", "t")
    page = the_page(tmp_path)
    assert page.parent == tmp_path and page.stat().st_mode & 0o077 == 0
    assert not list(elsewhere.iterdir())


def test_without_a_desktop_it_says_where_the_page_lies(tmp_path, capsys):
    present("", "3 rows")
    assert capsys.readouterr().out == f"3 rows: open {the_page(tmp_path)} in your browser\n"


def test_on_a_desktop_the_browser_opens_the_page(monkeypatch, tmp_path, capsys):
    opened = desktop(monkeypatch, "firefox")
    present("", "3 rows")
    assert opened == [the_page(tmp_path).as_uri()]
    assert f"opened {the_page(tmp_path)}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["w3m", "/usr/bin/lynx"])
def test_a_text_browser_does_not_take_over_the_terminal(monkeypatch, name):
    opened = desktop(monkeypatch, name)
    present("", "t")
    assert not opened


def test_a_desktop_without_a_browser_is_no_error(monkeypatch, capsys):
    def no_browser():
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setenv("DISPLAY", ":0")
    browser(monkeypatch, no_browser)
    present("", "t")
    assert ": open " in capsys.readouterr().out


def test_a_browser_that_fails_is_not_said_to_be_open(monkeypatch, capsys):
    desktop(monkeypatch, "firefox", opens=False)
    present("", "t")
    assert ": open " in capsys.readouterr().out


@posix
@pytest.mark.parametrize(("code", "said"), [("exit 3", "open"), ("exit 0", "opened")])
def test_a_program_that_finds_no_browser_is_not_said_to_have_opened_one(
    monkeypatch, tmp_path, capsys, code, said
):
    program = tmp_path / "xdg-open"
    program.write_text(f"#!/bin/sh\n{code}\n")
    program.chmod(0o700)
    monkeypatch.setenv("DISPLAY", ":0")
    browser(monkeypatch, lambda: webbrowser.BackgroundBrowser(str(program)))
    present("", "t")
    assert capsys.readouterr().out.startswith(f"t: {said} /")


def test_explore_shows_a_gallery(shown):
    explore([{"image": Image.new("RGB", (9, 9)), "rank": 1}], title="Nearest")
    assert shown[0]["text/plain"] == "Nearest" and "#1" in shown[0]["text/html"]


def test_explore_counts_what_has_no_length(shown):
    explore({"image": Image.new("RGB", (9, 9))} for _ in range(2))
    assert shown[0]["text/plain"] == "2 rows" and "Showing" not in shown[0]["text/html"]


def test_explore_believes_the_total_that_it_is_given(shown):
    explore(({"image": Image.new("RGB", (9, 9))} for _ in range(2)), total=50)
    assert "Showing the first 2 of 50 pictures." in shown[0]["text/html"]


def test_show_shows_one_picture_under_its_title(shown, tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    show(tmp_path / "a.png", title="<the cat>")
    assert "<b>&lt;the cat&gt;</b>" in shown[0]["text/html"]
    assert 'width="9" height="9"' in shown[0]["text/html"]


def test_show_of_a_missing_file_is_an_error_and_shows_nothing(shown, tmp_path):
    with pytest.raises(MissingFileError, match="gone"):
        show(tmp_path / "gone.png")
    assert not shown


def test_every_public_name_is_there():
    assert all(hasattr(display, name) for name in display.__all__)
