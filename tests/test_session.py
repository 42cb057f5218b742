from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike.networks.catalogue import DEFAULT, RESNET_50
from lookalike.networks.session import open_session

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 260, 260, 3), dtype=np.uint8)


def test_features_are_one_row_for_each_picture():
    found = open_session(DEFAULT).features(PIXELS)
    assert found.shape == (6, 1280)
    assert found.dtype == np.float32


def test_the_features_of_the_bundled_network_are_those_of_its_graph_by_itself():
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    plain = onnxruntime.InferenceSession(
        str(DEFAULT.path), options, providers=["CPUExecutionProvider"]
    )
    batch = ((PIXELS[:1].astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2)
    wanted = plain.run(None, {"image": np.ascontiguousarray(batch)})[0]
    np.testing.assert_array_equal(open_session(DEFAULT).features(PIXELS[:1]), wanted)


def test_a_pictures_features_do_not_depend_on_the_others():
    opened = open_session(DEFAULT)
    together = opened.features(PIXELS)
    alone = np.concatenate([opened.features(PIXELS[i : i + 1]) for i in range(6)])
    np.testing.assert_array_equal(together, alone)


def test_several_threads_may_use_one_session_at_once():
    opened = open_session(DEFAULT)
    wanted = opened.features(PIXELS)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(opened.features, [PIXELS] * 8):
            np.testing.assert_array_equal(found, wanted)


def test_a_network_is_loaded_once_by_however_many_threads():
    # One that no other test has loaded.
    network = replace(DEFAULT, name="of this test")
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(open_session, [network] * 4))
    assert len(set(map(id, opened))) == 1


def test_a_network_that_is_not_here_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path))
    with pytest.raises(
        lookalike.MissingFileError,
        match=r"lookalike\.download\('resnet-50'\) \(102\.6 MB\), or carry resnet50-v1-12\.onnx",
    ):
        open_session(RESNET_50)


@pytest.mark.parametrize(
    "call",
    [
        "lookalike.download(DEFAULT.name)",
        "lookalike.networks.session.open_session(DEFAULT)",
    ],
)
def test_a_bundled_network_says_how_it_is_made_where_it_is_missing(call, tmp_path):
    # As after a copy of the sources, from which nothing was installed.
    package = Path(lookalike.__file__).parent
    shutil.copytree(package, tmp_path / "lookalike", ignore=shutil.ignore_patterns("*.onnx"))
    code = f"""if True:
        import lookalike.networks.session
        from lookalike.networks.catalogue import DEFAULT
        {call}
    """
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert re.search(r"MissingFileError: .* not on this machine .*pip install \.", done.stderr)
