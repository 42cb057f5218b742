"""The tutorial's ten lines, verbatim, on either engine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import REPOSITORY

LINES = """\
from lookalike import tc

data = tc.image_analysis.load_images('./image/')
data = data.add_row_number()
data.explore()
model = tc.image_similarity.create(data)
similar_images = model.query(data[0:1], k=10)
similar_image_index = similar_images['reference_label'][1:]
filtered_index = data['id'].apply(lambda x: x in similar_image_index)
data[filtered_index].explore()
"""

ORIGINALS = os.environ.get("LOOKALIKE_TUTORIAL_IMAGES")


def run_lines(monkeypatch, tmp_path: Path, pictures: Path) -> dict:
    shutil.copytree(pictures, tmp_path / "image")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(LINES, names)
    return names


def family(row) -> str:
    return Path(row["path"]).parent.name


def test_the_tutorial_s_lines_find_nine_of_the_same_family(page, monkeypatch, tmp_path):
    names = run_lines(monkeypatch, tmp_path, REPOSITORY / "image")
    found = names["data"][names["filtered_index"]]
    assert len(names["data"]) == 199 and len(found) == 9
    assert names["similar_images"].column_names() == [
        "query_label",
        "reference_label",
        "distance",
        "rank",
    ]
    assert {family(row) for row in found} == {family(names["data"][0])}


@pytest.mark.skipif(ORIGINALS is None, reason="LOOKALIKE_TUTORIAL_IMAGES is not set")
def test_the_tutorial_s_lines_give_the_tutorial_s_result(page, monkeypatch, tmp_path):
    names = run_lines(monkeypatch, tmp_path, Path(str(ORIGINALS)).absolute())
    query = names["data"][0]
    found = names["data"][names["filtered_index"]]
    assert query["path"].endswith("doraemon/image-001.jpg".replace("/", os.sep))
    assert [family(row) for row in found] == ["doraemon"] * 9
