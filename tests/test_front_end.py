"""The explorer's front end: its pure functions in Node, and that it is safe by construction."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY

DISPLAY = REPOSITORY / "src" / "lookalike" / "display"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_its_pure_functions_do_as_their_own_tests_say():
    command = [NODE, "--test", Path(__file__).with_name("explorer.test.mjs")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_value_is_ever_put_in_as_markup():
    code = (DISPLAY / "explorer.mjs").read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser"):
        assert way not in code


@pytest.mark.parametrize("name", ["explorer.mjs", "explorer.css", "style.css"])
def test_nothing_is_fetched_from_the_web(name):
    code = (DISPLAY / name).read_text("utf-8")
    assert not re.search(r"https?:|url\(|@import|\bimport\b|fetch\(|XMLHttp", code)


def test_there_is_one_script_and_one_style_for_the_explorer_and_no_bundle():
    scripts = [file.name for file in DISPLAY.iterdir() if file.suffix in (".js", ".mjs", ".ts")]
    assert scripts == ["explorer.mjs"] and (DISPLAY / "explorer.css").is_file()
