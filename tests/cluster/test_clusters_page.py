"""The script of the documentation does what it says there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import draw_folder

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "clusters.md"


def test_the_script_goes_from_pictures_to_the_explorer(tmp_path):
    pytest.importorskip("ray", reason="ray is not installed")
    script = re.findall(r"```py\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]
    assert "ray.init" in script and len(script.splitlines()) <= 10
    draw_folder(tmp_path / "photos", 30)
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled", "TMPDIR": str(tmp_path)}
    # Its sockets have paths of 107 letters at the most.
    environment["RAY_TMPDIR"] = "/tmp"
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=str(tmp_path),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "30 pictures, 0 failed (shards: 1)" in done.stdout
    (page,) = tmp_path.rglob("lookalike-*.html")
    assert page.read_text("utf-8").count("data:image") >= 30
