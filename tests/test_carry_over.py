"""Features that Turi Create extracted, carried over: the recipe of the documentation."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import PORTABLE, REPOSITORY

pytestmark = pytest.mark.skipif(PORTABLE, reason="needs the real Turi Create")

# Where Turi Create is.
THERE = """\
import numpy as np
import turicreate as tc

data = tc.image_analysis.load_images('image')
features = tc.image_analysis.get_deep_features(data['image'], model_name='resnet-50')
np.savez_compressed('features.npz', path=list(data['path']), features=list(features))
"""

# Anywhere else.
HERE = """\
import numpy as np
from lookalike import tc

kept = np.load('features.npz')
data = tc.SFrame({'path': kept['path'].tolist(), 'features': kept['features']})
model = tc.nearest_neighbors.create(data, label='path', features=['features'])
similar_images = model.query(data[0:1], k=10)
"""

IMAGE_SIMILARITY = """\
model = tc.image_similarity.create(data, label='path', feature='features', model='resnet-50')
similar_images = model.query(data[0:1], k=10)
"""

PRINT = """
for path, distance in zip(similar_images['reference_label'], similar_images['distance']):
    print(path, distance)
"""


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    """Where the recipe's first half was run, on the rovers among the sample pictures."""
    folder = tmp_path_factory.mktemp("carried")
    (folder / "image").symlink_to(REPOSITORY / "image" / "rovers", target_is_directory=True)
    run(THERE, folder)
    return folder


def run(code: str, folder, **environment: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("code", [HERE, HERE + IMAGE_SIMILARITY], ids=["rows", "images"])
def test_the_portable_engine_finds_the_same_among_carried_features(tc, carried, code):
    ours = run(code + PRINT, carried, LOOKALIKE_BACKEND="portable")[-10:]
    data = tc.image_analysis.load_images(str(carried / "image"))
    model = tc.image_similarity.create(data, label="path", verbose=False)
    (query,) = (row["image"] for row in data if row["path"] == ours[0][0])
    theirs = model.query(query, k=10, verbose=False)
    assert [path for path, _ in ours] == list(theirs["reference_label"])
    assert [float(distance) for _, distance in ours] == pytest.approx(
        list(theirs["distance"]), abs=1e-5
    )
