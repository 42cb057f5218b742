"""ONNX Runtime reports to nobody; as many cores are used as a process may use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lookalike
from lookalike.runtime import available_cores, session_options

pytest.importorskip("onnxruntime")

SEARCH = """
import lookalike
lookalike.find_in_folder(r'{folder}', r'{folder}/a.png', k=1, verbose=False)
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


def test_a_search_leaves_nothing_that_would_be_sent_to_the_makers_of_onnx_runtime(folder, tmp_path):
    left = files_after(SEARCH.format(folder=folder), tmp_path)
    assert "features.sqlite" in left
    assert not REPORTS & left


# How many cores.


@pytest.fixture
def cores(monkeypatch) -> None:
    """A machine of 64 cores."""
    monkeypatch.delenv("LOOKALIKE_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)


def system(root: Path, groups: str, **files: str) -> Path:
    """Write a system's files: /proc/self/cgroup, and what the control groups' folders hold."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, content in files.items():
        file = root / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


def test_without_a_quota_all_cores_of_the_affinity_are_used(cores, tmp_path):
    assert available_cores(tmp_path) == 64
    assert available_cores(system(tmp_path, "0::/\n", **{"cpu.max": "max 100000\n"})) == 64


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("6400000 100000", 64),
        ("9900000 100000", 64),
        ("50000 25000", 2),
        ("max 100000", 64),
        ("0 100000", 64),
        ("200000 0", 64),
        ("200000", 64),
        ("two of them", 64),
        ("", 64),
    ],
)
def test_a_containers_quota_is_rounded_up_to_whole_cores(quota, expected, cores, tmp_path):
    root = system(tmp_path, "0::/\n", **{"cpu.max": quota})
    assert available_cores(root) == expected


def test_the_quotas_of_the_groups_above_count_too(cores, tmp_path):
    files = {
        "a.slice/cpu.max": "300000 100000",
        "a.slice/b.scope/cpu.max": "800000 100000",
        "a.slice/b.scope/c/cpu.max": "max 100000",
        "another/cpu.max": "100000 100000",
    }
    assert available_cores(system(tmp_path, "0::/a.slice/b.scope/c\n", **files)) == 3


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
@pytest.mark.parametrize("path", ["/", "/docker/0123", "/../../a"])
def test_the_first_version_of_control_groups_counts_too(mount, path, cores, tmp_path):
    files = {f"{mount}/cpu.cfs_quota_us": "250000\n", f"{mount}/cpu.cfs_period_us": "100000\n"}
    groups = f"9:memory:/other\n4:cpu,cpuacct:{path}\n1:name=systemd:/\n0::/\n"
    assert available_cores(system(tmp_path, groups, **files)) == 3


def test_a_group_of_the_first_version_below_the_mount_is_found(cores, tmp_path):
    files = {
        "cpu/cpu.cfs_quota_us": "-1",
        "cpu/cpu.cfs_period_us": "100000",
        "cpu/kube/pod/cpu.cfs_quota_us": "400000",
        "cpu/kube/pod/cpu.cfs_period_us": "100000",
    }
    assert available_cores(system(tmp_path, "2:cpuacct:/\n1:cpu:/kube/pod\n", **files)) == 4


@pytest.mark.parametrize("groups", ["", "\n", "nonsense\n", "0::\n", "::\n", "\xff\n"])
def test_groups_that_cannot_be_read_set_no_limit(groups, cores, tmp_path):
    assert available_cores(system(tmp_path, groups)) == 64


def test_without_affinity_all_of_the_machines_cores_are_used(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert available_cores(tmp_path) == os.cpu_count()


def test_the_variable_sets_the_number_whatever_there_is(cores, monkeypatch, tmp_path):
    root = system(tmp_path, "0::/\n", **{"cpu.max": "200000 100000"})
    for value, expected in (("1", 1), (" 3 ", 3), ("100", 100), ("", 2)):
        monkeypatch.setenv("LOOKALIKE_THREADS", value)
        assert available_cores(root) == expected


@pytest.mark.parametrize("value", ["0", "-2", "two", "1.5", "all", "\u00b2"])
def test_a_number_of_threads_that_is_none_is_refused(value, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_THREADS", value)
    with pytest.raises(lookalike.ToolkitError, match=r"LOOKALIKE_THREADS=.* is no number of thr"):
        available_cores()


def test_a_session_runs_on_the_threads_that_it_is_given():
    assert session_options(threads=5).intra_op_num_threads == 5
