"""The explorer's front end: its pure functions in Node, and that it is safe by construction."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY

DISPLAY = REPOSITORY / "src" / "lookalike" / "display"
MODULES = sorted(DISPLAY.glob("*.mjs"))
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
@pytest.mark.parametrize("tests", ["explorer.test.mjs", "texts.test.mjs"])
def test_its_pure_functions_do_as_their_own_tests_say(tests):
    command = [NODE, "--test", Path(__file__).with_name(tests)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda file: file.name)
def test_no_value_is_ever_put_in_as_markup(module):
    code = module.read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser"):
        assert way not in code


@pytest.mark.parametrize(
    "file", [*MODULES, DISPLAY / "explorer.css", DISPLAY / "style.css"], ids=lambda file: file.name
)
def test_nothing_is_fetched_from_the_web(file):
    # A module imports its neighbours, and comments their types.
    code = re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.S)
    code = re.sub(r'^import [^;]* from "\./\w+\.mjs";', "", code, flags=re.M)
    assert not re.search(r"https?:|url\(|@import|\bimport\b|fetch\(|XMLHttp", code)


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_what_a_notebook_has_is_one_module_that_imports_no_other(tmp_path):
    widget = pytest.importorskip("lookalike.display.widget", reason="anywidget is not installed")
    code = widget.joined_modules()
    assert not re.search(r"^import\b", code, flags=re.M) and code.count("export ") == 1
    # Names that two modules give would be an error here.
    (tmp_path / "joined.mjs").write_text(code, "utf-8")
    script = f"import({(tmp_path / 'joined.mjs').as_uri()!r}).then(m => console.log(m.default))"
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True)
    assert "initialize" in done.stdout and "render" in done.stdout, done.stderr
