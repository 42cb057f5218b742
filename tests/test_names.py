"""Names as people write them, and as a terminal can show them."""

from __future__ import annotations

import io
import os
import pickle
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from conftest import PORTABLE

import lookalike
from lookalike import names
from lookalike.errors import MissingFileError, UnreadableImageError, visible


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, and another that is the current one."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "home" / "pictures").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return str(tmp_path / "home")


def test_the_home_folder_is_expanded(home):
    assert names.expanded("~") == home
    assert names.expanded("~/pictures") == os.path.join(home, "pictures")
    assert names.expanded(Path("~/new")) == os.path.join(home, "new")


@pytest.mark.parametrize("name", ["~backup", "~scan.png", "~root", "~nobody/x", "a/~", "a~b"])
def test_other_names_that_begin_with_it_are_taken_as_they_are(name, home):
    assert names.expanded(name) == name


def test_what_exists_as_written_is_taken(home):
    for name in ("~", "~/pictures"):
        os.makedirs(name)
        assert names.expanded(name) == name
    os.mkdir("http:")
    assert names.expanded("http:/") == "http:/"


@pytest.mark.parametrize("name", ["no\0.png", "\0", "\ud800.png"])
def test_a_name_that_no_file_can_have_is_missing(name):
    with pytest.raises(MissingFileError, match="No file can have the name") as caught:
        names.expanded(name)
    assert "\0" not in str(caught.value) and "\ud800" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="the home folder is found otherwise")
def test_where_there_is_no_home_folder_the_error_says_so(no_home):
    with pytest.raises(MissingFileError, match="no home folder, which '~/pictures' begins with"):
        names.expanded("~/pictures")


@pytest.mark.parametrize(
    "address", ["http://a.org/b.jpg", "HTTPS://A.org", "s3://bucket/key", "file:///tmp/a.jpg"]
)
def test_addresses_are_not_opened(address):
    for written in (address, Path(address)):
        with pytest.raises(MissingFileError, match="not opened: download the files first"):
            names.expanded(written)


@pytest.mark.parametrize("path", ["C:/pictures", "c:\\pictures", "a b://c", "/http://x", "x:y"])
def test_paths_are_no_addresses(path):
    assert not names.is_address(path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.jpg", "a.jpg"),
        ("größe 大.jpg", "größe 大.jpg"),
        ("two\nlines.jpg", "two\\nlines.jpg"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("bell\a\0", "bell\\x07\\x00"),
        ("\x9b2J", "\\x9b2J"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("\udcff\udcfe", "\\udcff\\udcfe"),
    ],
)
def test_names_are_shown_without_what_a_terminal_would_obey(name, shown):
    assert visible(name) == visible(visible(name)) == shown
    for error in (UnreadableImageError(name, name), MissingFileError(name, f"No {name}")):
        assert shown in str(error) and error.path == name
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error) and again.path == name


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "größe 大 \\udcff\\x1b"), ("latin-1", "größe \\u5927 \\udcff\\x1b")],
)
def test_lines_are_written_in_what_the_terminal_can_encode(encoding, shown):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    with redirect_stdout(terminal):
        names.write_line("größe 大 \udcff\x1b\nnext")
    terminal.flush()
    assert terminal.buffer.getvalue().decode(encoding) == f"{shown}\nnext\n"


@pytest.mark.skipif(not PORTABLE, reason="Turi Create opens addresses")
@pytest.mark.parametrize("name", ["s3://bucket/found", "no\0name", "\ud800"])
def test_no_helper_writes_to_or_reads_from_a_name_that_no_file_can_have(name, folder, home):
    data = lookalike.load_images(folder)
    expected = r"download the files first|No file can have|no file|no folder"
    for call in (
        lambda: lookalike.copy_files(data[:1], name),
        lambda: lookalike.write_table(data[:1], name),
        lambda: lookalike.load_images(name),
        lambda: lookalike.check(name),
        lambda: lookalike.find_in_folder(folder, name),
        lambda: data.save(name),
        lambda: lookalike.Network(name),
        lambda: lookalike.tc.load_model(name),
    ):
        with pytest.raises(MissingFileError, match=expected):
            call()
    assert os.listdir() == []
