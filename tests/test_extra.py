"""What pyproject.toml promises of versions: the extra ``turicreate``, and the oldest ones."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys

import pytest
from conftest import REPOSITORY

PROJECT = REPOSITORY / "pyproject.toml"
# How uv says that it did not reach the registry.
UNREACHED = re.compile(
    r"failed to fetch|dns error|sending request|network.*disabled|timed out", re.I
)
LINUX, INTEL_MAC = "x86_64-unknown-linux-gnu", "x86_64-apple-darwin"


def resolve(python: str, platform: str) -> dict:
    """Return the version of each package that the extra would install, without installing any."""
    if importlib.util.find_spec("uv") is None:
        pytest.skip("uv is not installed")
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    options = ["--extra", "turicreate", "--python-version", python, "--python-platform", platform]
    done = subprocess.run(
        [sys.executable, "-m", *command, *options, "--python", sys.executable, str(PROJECT)],
        capture_output=True,
        text=True,
    )
    if UNREACHED.search(done.stderr):
        pytest.skip("the package registry is not reached")
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", done.stdout, re.M))


@pytest.mark.parametrize("platform", [LINUX, INTEL_MAC])
def test_the_extra_resolves_for_python_3_8(platform):
    found = resolve("3.8", platform)
    assert found["turicreate"] == "6.4.1" and found["prettytable"] == "0.7.2"
    assert found["numpy"].startswith("1.23.") and found["pandas"].startswith("1.5.")
    assert found["protobuf"].startswith("3.20.") and found["tensorflow"].startswith("2.1")
    assert {"onnxruntime", "pillow"} <= set(found)


@pytest.mark.parametrize(("python", "platform"), [("3.11", LINUX), ("3.8", "aarch64-apple-darwin")])
def test_elsewhere_the_extra_is_empty(python, platform):
    found = resolve(python, platform)
    assert "onnxruntime" in found and "turicreate" not in found


@pytest.mark.skipif(
    "LOOKALIKE_OLDEST" not in os.environ, reason="about the run on the oldest versions"
)
def test_the_oldest_versions_that_are_declared_are_those_that_are_tested():
    text = PROJECT.read_text("utf-8")
    dependencies = text[text.index("\ndependencies = [") : text.index("[project.optional-")]
    declared = dict(re.findall(r'"([\w-]+)>=([\d.]+)"', dependencies))
    tested = {name: importlib.metadata.version(name) for name in declared}
    shortened = {name: version[: len(declared[name])] for name, version in tested.items()}
    assert shortened == declared
