"""The whole path from pictures to answers on an object store that speaks S3."""

from __future__ import annotations

import time

import boto3
import numpy as np
import pytest
from conftest import draw_folder
from test_collection import exact_neighbours, features_in

import lookalike


@pytest.fixture
def address(store, tmp_path):
    """A folder of thirty pictures in the bucket, and where its collection is to be."""
    folder = draw_folder(tmp_path / "folder", 30)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture" * 9)
    (folder / ".hidden.jpg").write_bytes(b"nothing")
    store.delete("")
    return store.upload(folder, "photos")


FEATURES = "s3://pictures/features"


def test_the_whole_path_is_in_a_bucket(address, store, cluster, tmp_path, page):
    done = lookalike.extract(address, FEATURES, runner="ray", rows=10, verbose=False)
    assert (done.pictures, done.failures, done.shards) == (30, 1, 4)
    model = lookalike.open_collection(FEATURES)
    assert list(model.failures["path"]) == [f"{address}/broken.jpg"]
    row = model.references[11]
    assert row["path"].startswith(address) and row["image"].width > 0
    found = lookalike.find_similar(model, row, k=5)
    labels = {label: ids for label, ids, _ in exact_neighbours(model, 5)}
    assert list(found["id"]) == labels[row["id"]].tolist()
    part = row["image"].crop(0, 0, row["image"].width, row["image"].height)
    assert list(lookalike.find_similar(model, part, k=1)["id"]) == [row["id"]]
    lookalike.explore(found)
    assert page().count("data:image") >= 5


def test_features_are_those_of_the_same_files_to_the_bit(address, store, tmp_path):
    lookalike.extract(tmp_path / "folder", tmp_path / "out", verbose=False)
    lookalike.extract(address, tmp_path / "remote", verbose=False)
    assert np.array_equal(features_in(tmp_path / "remote"), features_in(tmp_path / "out"))


def test_a_shard_is_written_once_under_its_final_name(address, store):
    store.puts.clear()
    lookalike.extract(address, FEATURES, verbose=False)
    written = [put for put in store.puts if "shards" in put]
    assert written == ["PUT /pictures/features/shards/000000.parquet"]
    assert store.keys("features/shards") == ["features/shards/000000.parquet"]


def test_a_busy_store_is_asked_again(address, store):
    store.failing["picture-0007.png"] = 5
    done = lookalike.extract(address, FEATURES, verbose=False)
    assert store.failing["picture-0007.png"] == 0
    assert (done.pictures, done.failures) == (30, 1)


def test_what_a_store_does_not_give_fails_its_shard_alone(address, store):
    store.failing["picture-0007.png"] = 1000
    with pytest.raises(lookalike.ToolkitError, match="1 of 4 shards"):
        lookalike.extract(address, FEATURES, rows=10, verbose=False)
    store.failing.clear()
    done = lookalike.extract(address, FEATURES, rows=10, verbose=False)
    assert (done.pictures, done.failures, done.skipped) == (30, 1, 3)


def test_a_changed_bucket_is_seen(address, store):
    lookalike.extract(address, FEATURES, rows=10, verbose=False)
    # A store's times are whole seconds.
    time.sleep(1.1)
    copy = {"Bucket": "pictures", "Key": "photos/part-2/picture-0002.jpg"}
    key = "photos/part-1/picture-0001.jpg"
    boto3.client("s3").copy_object(Bucket="pictures", Key=key, CopySource=copy)
    done = lookalike.extract(address, FEATURES, rows=10, verbose=False)
    assert done.skipped == 3
    model = lookalike.open_collection(FEATURES)
    row = model.rows_of([model.position_of(f"s3://pictures/{key}")])[0]
    found = lookalike.find_similar(model, row, k=1)
    assert (list(found["distance"]), found[0]["path"]) == ([0.0], "s3://pictures/" + copy["Key"])
