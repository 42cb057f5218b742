"""Two Ray nodes, each in a network of its own on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from test_collection import features_in

ADDRESSES = ("10.77.0.1", "10.77.0.2")
NODES = [f"lookalike-{os.getpid()}-{number}" for number in (1, 2)]
# A command of Ray's, of the environment that runs the tests.
RAY = str(Path(sys.executable).parent / "ray")
OPTIONS = ["--num-cpus=1", "--object-store-memory=100000000", "--disable-usage-stats"]
PORT = 6399


def run(*command, node=None, **options):
    """Run a command, in the network of a node if there is one; return what it printed."""
    inside = () if node is None else ("ip", "netns", "exec", node)
    options = {"check": True, "timeout": 120, "text": True, "stdin": subprocess.DEVNULL, **options}
    return subprocess.run(
        [*inside, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    ).stdout


def processes_of(node):
    return [int(number) for number in run("ip", "netns", "pids", node).split()]


def kill(node):
    for process in processes_of(node):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def networks():
    """Two networks with a cable between them."""
    if shutil.which("ip") is None:
        pytest.skip("there is no command ip, which makes network namespaces")
    try:
        try:
            run("ip", "netns", "add", NODES[0])
            run("ip", "netns", "add", NODES[1])
            ends = ("veth1", "netns", NODES[0], "type", "veth", "peer", "veth2", "netns", NODES[1])
            run("ip", "link", "add", *ends)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces are not allowed here: {error.output.strip()}")
        for number, node in enumerate(NODES):
            end = f"veth{number + 1}"
            run("ip", "-n", node, "addr", "add", f"{ADDRESSES[number]}/24", "dev", end)
            for device in ("lo", end):
                run("ip", "-n", node, "link", "set", device, "up")
        yield NODES
    finally:
        for node in NODES:
            if node in run("ip", "netns", "list"):
                kill(node)
                run("ip", "netns", "del", node)


@pytest.fixture
def nodes(networks, cache):
    """A Ray cluster of two nodes, a core each; the first is its head."""
    pytest.importorskip("ray", reason="ray is not installed")
    # Its sockets have paths of 107 letters at the most.
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    heads = ["--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={folder}"]
    starts = (heads, [f"--address={ADDRESSES[0]}:{PORT}"])
    for node, address, start in zip(networks, ADDRESSES, starts):
        place = f"--node-ip-address={address}"
        run(RAY, "start", *start, place, *OPTIONS, node=node, env=environment)
    yield networks
    for node in networks:
        kill(node)
    shutil.rmtree(folder, ignore_errors=True)


SCRIPT = f"""
import pathlib, sys, time
import lookalike, ray
from lookalike.distributed import runners

photos, out, notes = sys.argv[1:4]
ray.init(address="{ADDRESSES[0]}:{PORT}", log_to_driver=False)

def runner(work, numbers):
    def noted(number):
        note = pathlib.Path(notes, ray.util.get_node_ip_address())
        note.touch()
        if len(sys.argv) > 4 and note.name == sys.argv[4]:
            time.sleep(60)
        return work(number)
    return runners.ray(noted, numbers)

print(lookalike.extract(photos, out, runner, rows=50, verbose=False))
print(lookalike.extract(photos, out, "ray", rows=50, index="IVF_SQ", verbose=False))
"""


def test_two_nodes_share_the_work_and_the_index(nodes, photos, built, tmp_path):
    out, notes = tmp_path / "out", tmp_path / "notes"
    notes.mkdir()
    printed = run(sys.executable, "-c", SCRIPT, photos, out, notes, node=nodes[0])
    assert "597 pictures, 3 failed (shards: 12); IVF_SQ finds 100.0%" in printed, printed
    assert sorted(note.name for note in notes.iterdir()) == list(ADDRESSES)
    assert np.array_equal(features_in(out), built.similarity_model.matrix)


def test_what_a_lost_node_was_doing_is_done_by_another(nodes, photos, built, tmp_path):
    out, notes = tmp_path / "out", tmp_path / "notes"
    notes.mkdir()
    lost = ("ip", "netns", "exec", nodes[0], sys.executable, "-c", SCRIPT)
    arguments = map(str, (*lost, photos, out, notes, ADDRESSES[1]))
    with subprocess.Popen(list(arguments), stdout=subprocess.PIPE, text=True) as driver:
        while not (notes / ADDRESSES[1]).exists():
            assert driver.poll() is None, driver.communicate()[0]
            time.sleep(0.1)
        kill(nodes[1])
        printed = driver.communicate(timeout=200)[0]
    assert "597 pictures, 3 failed (shards: 12); IVF_SQ finds 100.0%" in printed, printed
    assert np.array_equal(features_in(out), built.similarity_model.matrix)
