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
from packaging.requirements import Requirement

PROJECT = REPOSITORY / "pyproject.toml"
# How uv says that it did not reach the registry.
UNREACHED = re.compile(
    r"failed to fetch|dns error|sending request|network.*disabled|timed out", re.I
)


@pytest.fixture(scope="module")
def resolved() -> list[Requirement]:
    """What the extra would install, for every system and Python; nothing is installed."""
    if importlib.util.find_spec("uv") is None:
        pytest.skip("uv is not installed")
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    options = ["--extra", "turicreate", "--universal", "--python-version", "3.8"]
    done = subprocess.run(
        [sys.executable, "-m", *command, *options, "--python", sys.executable, str(PROJECT)],
        capture_output=True,
        text=True,
    )
    if UNREACHED.search(done.stderr):
        pytest.skip("the package registry is not reached")
    assert done.returncode == 0, done.stderr
    return [Requirement(line) for line in done.stdout.splitlines()]


def versions(resolved: list[Requirement], python: str, system: str, machine: str) -> dict[str, str]:
    """Return the version of each package on one system."""
    here = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": system,
        "platform_machine": machine,
    }
    wanted = [one for one in resolved if one.marker is None or one.marker.evaluate(here)]
    return {one.name: str(one.specifier)[2:] for one in wanted}


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_the_extra_resolves_for_python_3_8(resolved, system):
    found = versions(resolved, "3.8", system, "x86_64")
    assert found["turicreate"] == "6.4.1" and found["prettytable"] == "0.7.2"
    assert found["numpy"].startswith("1.23.") and found["pandas"].startswith("1.5.")
    assert found["protobuf"].startswith("3.20.") and found["tensorflow"].startswith("2.1")
    assert {"onnxruntime", "pillow"} <= set(found)


@pytest.mark.parametrize(
    ("python", "system", "machine"), [("3.11", "linux", "x86_64"), ("3.8", "darwin", "arm64")]
)
def test_elsewhere_the_extra_is_empty(resolved, python, system, machine):
    found = versions(resolved, python, system, machine)
    assert "onnxruntime" in found and not {"turicreate", "tensorflow", "coremltools"} & set(found)


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
