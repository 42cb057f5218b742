"""Errors: copied and pickled whole, and printed without what steers a terminal."""

from __future__ import annotations

import copy
import io
import os
import pickle
import re
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import lookalike
from lookalike import errors, portable

ERRORS = [
    errors.ToolkitError("a message"),
    errors.MissingColumnError("z", ["a", "b"], role="feature column"),
    errors.MissingFileError("a.jpg", "There is no file a.jpg."),
    errors.NotHereError("a message"),
    errors.ColumnTypeError("a message"),
    errors.SavedDataError("folder", "it is damaged"),
    errors.UnreadableImageError("a.jpg", "it is truncated"),
    errors.UnreadableImageError(None, "it is truncated"),
    errors.DownloadError("http://127.0.0.1", "it is not there", "Try again."),
    errors.BackendError("a message"),
]


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_can_be_copied_and_pickled_with_its_fields(error, again):
    found = again(error)
    assert type(found) is type(error)
    assert str(found) == str(error) != ""
    assert (found.args, vars(found)) == (error.args, vars(error))


def test_every_error_is_tried_here():
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    ours = {kind for kind in kinds if issubclass(kind, errors.LookalikeError)}
    assert {type(error) for error in ERRORS} == ours - {errors.LookalikeError}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b-é名👨\u200d👩.jpg", "a b-é名👨\u200d👩.jpg"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\tc\x00\x7f\x9b", r"a\nb\tc\x00\x7f\x9b"),
        ("not-utf-8-\udcff", r"not-utf-8-\udcff"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("it's \\ a\xa0b", "it's \\ a\xa0b"),
    ],
)
def test_what_would_steer_a_terminal_is_made_visible(text, shown):
    assert errors.visible(text) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "error",
    [
        errors.MissingColumnError("\x1b[2J", ["\udcff"]),
        errors.UnreadableImageError("\x1b[2J\udcff", "\x07"),
        errors.SavedDataError("\x1b[2J\udcff", "it is damaged"),
        errors.ToolkitError("The column '\x1b[2J\udcff' is not there."),
        errors.BackendError("\x1b[2J\udcff"),
    ],
)
def test_a_message_sends_no_control_character(error):
    str(error).encode("utf-8")
    assert str(error).isprintable()
    assert r"\x1b[2J" in str(error)


def test_a_message_without_control_characters_is_as_it_was_given():
    assert str(errors.MissingFileError("a", "There is no 'ä 名'.")) == "There is no 'ä 名'."
    assert errors.MissingFileError("\x1b[2J", "None.").path == "\x1b[2J"
    assert str(errors.ToolkitError()) == ""


# What a reader sees of an error


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """Run a cell in IPython as a notebook does; return what it writes, without colours."""
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    # The shell puts its own in its place.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    running = interactive.InteractiveShell()

    def run(cell: str) -> str:
        written = io.StringIO()
        with redirect_stdout(written), redirect_stderr(written):
            running.run_cell(cell)
        return re.sub(r"\x1b\[[\d;]*m", "", written.getvalue())

    return run


CALL = """\
import lookalike

def search():
    return lookalike.find_in_folder('gone', 'gone/a.jpg')
"""


def test_a_notebook_shows_the_readers_own_line_and_the_message(shell):
    shown = shell("import lookalike\nlookalike.load_images('no such folder')").strip()
    lines = shown.splitlines()
    assert lines[0] == "----> 2 lookalike.load_images('no such folder')"
    assert lines[-1].startswith("MissingFileError: ") and "no such folder" in lines[-1]
    assert len(lines) == 3


def test_of_a_readers_own_function_its_line_that_calls_lookalike_is_shown(shell):
    shell(CALL)
    lines = shell("\n\nsearch()").strip().splitlines()
    assert lines[0] == "----> 4 return lookalike.find_in_folder('gone', 'gone/a.jpg')"
    assert len(lines) == 3


def test_an_error_of_lookalikes_that_the_reader_raises_shows_the_raising_line(shell):
    cell = "from lookalike import ToolkitError\nraise ToolkitError('two\\nlines')"
    lines = shell(cell).strip().splitlines()
    assert lines[0] == "----> 2 raise ToolkitError('two\\nlines')"
    assert lines[-2:] == ["ToolkitError: two", "lines"]


def test_other_errors_are_shown_as_ever(shell):
    shown = shell("import lookalike\n1 / 0")
    assert "Traceback" in shown and "ZeroDivisionError" in shown


def test_a_program_prints_the_whole_traceback(tmp_path):
    (tmp_path / "program.py").write_text(f"{CALL}\nsearch()\n")
    paths = [str(Path(lookalike.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert "search()" in done.stderr and os.path.join("lookalike", "steps.py") in done.stderr
    assert "MissingFileError: " in done.stderr.splitlines()[-1]


# Warnings


@pytest.fixture
def broken(folder):
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def line_of(marker: str) -> int:
    lines = Path(__file__).read_text("utf-8").splitlines()
    (number,) = [n for n, line in enumerate(lines, 1) if line.endswith(f"# {marker}")]
    return number


@pytest.mark.portable
def test_a_warning_points_at_the_callers_line_every_time(broken):
    data = portable.image_analysis.load_images(broken)
    with warnings.catch_warnings(record=True) as caught:
        # As Python does by itself: once for each place.
        warnings.simplefilter("default")
        for _ in range(3):
            portable.image_similarity.create(data, verbose=False)  # here
    assert [type(warning.message) for warning in caught] == 3 * [errors.UnreadableImageWarning]
    assert {(w.filename, w.lineno) for w in caught} == {(__file__, line_of("here"))}


@pytest.mark.portable
def test_a_warning_points_at_the_callers_line_in_a_thread_too(broken):
    data = portable.image_analysis.load_images(broken)

    def work():
        portable.image_similarity.create(data, verbose=False)  # there

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(2):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    assert [(w.filename, w.lineno) for w in caught] == 2 * [(__file__, line_of("there"))]


@pytest.mark.portable
def test_a_warning_of_a_store_points_at_the_callers_line(folder, tmp_path):
    place = tmp_path / "mine.sqlite"
    place.write_bytes(b"no store")
    data = portable.image_analysis.load_images(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        portable.image_similarity.create(data, cache=place, verbose=False)  # file
    assert [type(warning.message) for warning in caught] == [errors.FeatureStoreWarning]
    assert (caught[0].filename, caught[0].lineno) == (__file__, line_of("file"))


def test_a_warning_of_a_thread_of_lookalikes_own_points_at_who_waits_for_it():
    # A pool whose threads have no other line than lookalike's, as those that decode.
    with warnings.catch_warnings(record=True) as caught, ThreadPoolExecutor(1) as pool:
        warnings.simplefilter("default")
        pool.submit(errors.warn_caller, "a message", errors.FeatureStoreWarning).result()  # waits
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line_of("waits"))]


def test_a_warning_is_silenced_and_made_an_error_as_any_other():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore", errors.FeatureStoreWarning)
        errors.warn_caller("a message", errors.FeatureStoreWarning)
    assert caught == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(errors.FeatureStoreWarning, match="a message"):
            errors.warn_caller("a message", errors.FeatureStoreWarning)
