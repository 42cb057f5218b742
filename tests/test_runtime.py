"""ONNX Runtime reports to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

pytest.importorskip("onnxruntime")

SEARCH = """
import lookalike
lookalike.find_in_folder(r'{image}', r'{image}/rovers/rover-001.jpg', k=1, verbose=False)
"""
# What it keeps in the user's cache folder, until it is sent.
REPORTS = {"onnxruntime.db", "deviceid"}


def files_after(code: str, home: Path) -> set[str]:
    """Run code as a user of its own; return the names of the files that it leaves there."""
    # In CI, ONNX Runtime keeps quiet by itself.
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    environment.update(
        HOME=str(home),
        XDG_CACHE_HOME=str(home / "cache"),
        LOOKALIKE_CACHE=str(home / "lookalike"),
        LOOKALIKE_BACKEND="portable",
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    return {path.name for path in home.rglob("*") if path.is_file()}


def test_a_search_leaves_nothing_that_would_be_sent_to_the_makers_of_onnx_runtime(tmp_path):
    left = files_after(SEARCH.format(image=REPOSITORY / "image"), tmp_path)
    assert "features.sqlite" in left
    assert not REPORTS & left
