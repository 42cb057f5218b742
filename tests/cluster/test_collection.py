"""A collection that was extracted answers as the model that one machine builds."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as parquet
import pytest
from conftest import BROKEN, draw, draw_folder
from PIL import Image

import lookalike
from lookalike import tc
from lookalike.display.rows import Rows
from lookalike.display.session import Session
from lookalike.portable.models.matching import Query


def features_in(out):
    """Return the features of a collection's shards, in the order of the pictures' numbers."""
    files = sorted((out / "shards").glob("*.parquet"))
    rows = [row for file in files for row in parquet.read_table(file).to_pylist()]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    return np.array([row["features"] for row in rows if row["failure"] is None], np.float32)


def answers(model, query, k=10):
    found = lookalike.find_similar(model, query, k)
    return list(found["id"]), np.array(found["distance"])


def test_local_features_are_those_of_create_to_the_bit(collection, built):
    assert np.array_equal(features_in(collection), built.similarity_model.matrix)


def test_rays_features_are_those_of_create_to_the_bit(photos, built, cluster, tmp_path):
    done = lookalike.extract(photos, tmp_path, runner="ray", rows=100, verbose=False)
    assert (done.pictures, done.failures, done.shards, done.skipped) == (597, 3, 6, 0)
    assert np.array_equal(features_in(tmp_path), built.similarity_model.matrix)


def test_answers_are_those_of_build_model(collection, built):
    model = lookalike.open_collection(collection)
    for row in (0, 17, 301, 596):
        query = built.references[built.gallery.found.tolist()[row]]
        ids, distances = answers(model, query["path"])
        expected, exact = answers(built, query["path"])
        assert ids == expected
        assert np.abs(distances - exact).max() < 1e-6


def test_the_columns_are_those_of_build_model(collection, built, photos):
    model = lookalike.open_collection(collection)
    query = str(photos / "part-1" / "picture-0001.jpg")
    found, expected = (lookalike.find_similar(one, query, k=3) for one in (model, built))
    assert found.column_names() == expected.column_names()
    assert found.column_types() == expected.column_types()
    assert list(found["path"]) == list(expected["path"])


def test_several_queries_of_all_kinds_are_answered(collection, built, photos, tmp_path):
    model = lookalike.open_collection(collection)
    new = draw(tmp_path / "new.png", 9999)
    queries = [model.references[5], str(photos / "part-0" / "picture-0010.jpg"), str(new)]
    found, expected = (lookalike.find_similar(one, queries, k=4) for one in (model, built))
    assert list(found["query_id"]) == list(expected["query_id"])
    assert list(found["id"]) == list(expected["id"])


def test_a_row_of_other_data_is_searched_with_by_its_picture(collection, tmp_path):
    model = lookalike.open_collection(collection)
    picture = Image.open(draw(tmp_path / "new.png", 9999))
    row = {"id": "new", "image": tc.Image(np.asarray(picture))}
    assert answers(model, row)[0] == answers(model, picture)[0]
    with pytest.raises(lookalike.ToolkitError, match=r"no pictures \['new'\]"):
        model.rows_of(["new"])


def test_a_true_copy_of_the_query_is_found_at_no_distance(photos, tmp_path):
    folder = draw_folder(tmp_path / "folder", 20)
    copy = folder / "copy.jpg"
    copy.write_bytes((folder / "part-1" / "picture-0001.jpg").read_bytes())
    lookalike.extract(folder, tmp_path / "out", verbose=False)
    model = lookalike.open_collection(tmp_path / "out")
    _, distances = answers(model, str(copy), k=1)
    assert distances.tolist() == [0.0]


def test_a_row_is_searched_with_where_its_file_is_not(tmp_path):
    folder = draw_folder(tmp_path / "folder", 20)
    lookalike.extract(folder, tmp_path / "out", verbose=False)
    model = lookalike.open_collection(tmp_path / "out")
    row = model.references[3]
    before = answers(model, row)
    folder.rename(tmp_path / "elsewhere")
    assert answers(model, row)[0] == before[0]


def test_several_pictures_together_are_one_query(collection):
    model = lookalike.open_collection(collection)
    queries = [Query(None, label=label) for label in (5, 250)]
    found = model.matches(queries, 10, None, together=True)
    assert len(found) == 10 and {match.query for match in found} == {0}
    rows = model.table.to_table(columns=["id", "vector"]).to_pydict()
    vectors = dict(zip(rows["id"], np.array(rows["vector"], np.float64)))
    mean = vectors[5] + vectors[250]
    mean /= np.linalg.norm(mean)
    distances = {label: np.linalg.norm(vector - mean) for label, vector in vectors.items()}
    expected = sorted(distances.keys() - {5, 250}, key=distances.get)[:10]
    assert [match.label for match in found] == expected


def test_a_copy_in_another_quality_has_nearly_the_same_hash(photos, collection, tmp_path):
    original = photos / "part-1" / "picture-0001.jpg"
    Image.open(original).save(original.parent / "again.jpg", quality=60)
    try:
        lookalike.extract(original.parent, tmp_path, verbose=False)
    finally:
        (original.parent / "again.jpg").unlink()
    rows = lookalike.open_collection(tmp_path).table.to_table(columns=["path", "hash"])
    hashes = dict(zip(rows["path"].to_pylist(), rows["hash"].to_pylist()))
    other = hashes[str(original.parent / "again.jpg")]
    assert bin(hashes[str(original)] ^ other).count("1") <= 4


def test_a_radius_ends_the_answer(collection, built, photos):
    model = lookalike.open_collection(collection)
    query = str(photos / "part-1" / "picture-0001.jpg")
    _, distances = answers(built, query, k=10)
    found = lookalike.find_similar(model, query, k=10, max_distance=distances[4] + 1e-7)
    assert len(found) == 5


def test_a_picture_that_cannot_be_read_is_a_row_with_its_reason(collection, built, photos):
    model = lookalike.open_collection(collection)
    assert list(model.failures["path"]) == sorted(str(photos / name) for name in BROKEN)
    for column in ("id", "path", "reason"):
        assert list(model.failures[column]) == list(built.failures[column])


def exact_neighbours(model, k):
    """Return the ids and distances of all rows' nearest, by a flat scan in float64."""
    rows = model.table.to_table(columns=["id", "vector"])
    vectors = np.array(rows["vector"].to_pylist(), np.float64)
    for row, vector in enumerate(vectors):
        distances = np.sqrt(((vectors - vector) ** 2).sum(axis=1))
        distances[row] = np.inf
        nearest = np.argsort(distances, kind="stable")[:k]
        yield rows["id"][row].as_py(), rows["id"].to_numpy()[nearest], distances[nearest]


@pytest.mark.parametrize("index", ["none", "IVF_SQ"])
def test_all_of_the_nearest_are_found_at_exact_distances(photos, collection, index):
    done = lookalike.extract(photos, collection, rows=100, index=index, verbose=False)
    assert (done.index_kind, done.recall, done.skipped) == (index, 1.0, 6)
    model = lookalike.open_collection(collection)
    assert model.recall == 1.0
    for label, ids, distances in list(exact_neighbours(model, 10))[::20]:
        found = lookalike.find_similar(model, {"id": label, "path": None}, k=10)
        assert list(found["id"]) == ids.tolist()
        assert np.abs(np.array(found["distance"]) - distances).max() < 1e-9


def test_an_index_of_product_quantization_is_measured(photos, collection):
    done = lookalike.extract(photos, collection, rows=100, index="IVF_PQ", verbose=False)
    assert done.index_kind == "IVF_PQ" and 0.8 < done.recall <= 1.0
    assert lookalike.open_collection(collection).recall == done.recall


def test_ray_makes_the_index_too(photos, cluster, tmp_path):
    done = lookalike.extract(
        photos, tmp_path, runner="ray", rows=100, index="IVF_SQ", verbose=False
    )
    assert (done.index_kind, done.recall) == ("IVF_SQ", 1.0)


def test_too_few_pictures_are_not_centred(tmp_path):
    folder = draw_folder(tmp_path / "folder", 6)
    lookalike.extract(folder, tmp_path / "out", verbose=False)
    model, built = lookalike.open_collection(tmp_path / "out"), lookalike.build_model(folder)
    assert answers(model, model.references[2])[0] == answers(built, built.references[2])[0]


def test_too_few_pictures_have_no_index(tmp_path):
    folder = draw_folder(tmp_path / "folder", 1)
    done = lookalike.extract(folder, tmp_path / "out", index="IVF_SQ", verbose=False)
    assert (done.index_kind, done.recall) == ("none", 1.0)
    assert answers(lookalike.open_collection(tmp_path / "out"), draw(tmp_path / "a.png", 9))[0] == [
        0
    ]


def test_an_unknown_index_is_refused_before_anything_is_done(tmp_path):
    folder = draw_folder(tmp_path / "folder", 1)
    with pytest.raises(ValueError, match="found 'HNSW'"):
        lookalike.extract(folder, tmp_path / "out", index="HNSW", verbose=False)
    assert not (tmp_path / "out").exists()


def test_the_mean_does_not_depend_on_the_parts(photos, collection, tmp_path):
    lookalike.extract(photos, tmp_path, rows=250, verbose=False)
    means = [
        json.loads(lookalike.open_collection(out).table.schema.metadata[b"lookalike"])[3]
        for out in (collection, tmp_path)
    ]
    assert means[0] == means[1]


def test_the_explorer_opens_and_knows_where_look_alikes_are(collection, page):
    model = lookalike.open_collection(collection)
    explorer = lookalike.explore(model, title="From far away")
    assert "From far away" in page()
    row = model.references[250]
    found = explorer._search(row, 5)
    ids = list(lookalike.find_similar(model, row, k=5)["id"])
    assert [model.references[number]["id"] for number, *_ in found] == ids


def test_the_explorer_says_that_all_pictures_of_a_collection_are_not_sorted(collection):
    answered = []
    rows = Rows(lookalike.open_collection(collection).references)
    session = Session(rows, "", None, lambda content, _: answered.append(content))
    arrange = {"kind": "arrange", "number": 1, "by": "name", "descending": False, "text": ""}
    session.receive(arrange, [])
    assert "not sorted or filtered" in answered[0]["error"]


def test_what_was_found_is_explored_with_its_collection(collection, page):
    model = lookalike.open_collection(collection)
    some = lookalike.find_similar(model, model.references[250], k=10)
    found = lookalike.explore(some, model=model)._search(some[0], 10)
    assert page() and 0 < len(found) < 10
    nearest = list(lookalike.find_similar(model, some[0], k=320)["id"])
    shown = [label for label in nearest if label in list(some["id"])]
    assert [some[number]["id"] for number, *_ in found] == shown


def test_rows_are_read_by_their_numbers(collection):
    rows = lookalike.open_collection(collection).references
    assert len(rows) == 597
    assert rows[-1]["id"] == 599 and rows[595:][1]["id"] == 599
    assert isinstance(rows[3:7], tc.SFrame) and len(rows[3:7]) == 4


def test_a_path_with_a_quote_is_found(tmp_path):
    folder = draw_folder(tmp_path / "folder", 12)
    draw(folder / "it's.png", 77)
    lookalike.extract(folder, tmp_path / "out", verbose=False)
    model = lookalike.open_collection(tmp_path / "out")
    assert model.position_of(folder / "it's.png") is not None


def test_what_a_collection_cannot_do_says_so(collection):
    model = lookalike.open_collection(collection)
    with pytest.raises(lookalike.ToolkitError, match="say how many"):
        lookalike.find_similar(model, model.references[0], k=None)
    with pytest.raises(lookalike.LookalikeError, match="build_model"):
        model.similarity_graph()
    with pytest.raises(lookalike.LookalikeError, match="find_duplicates"):
        lookalike.find_duplicates(model)
    with pytest.raises(lookalike.ToolkitError, match="no pictures"):
        model.rows_of([123456])


def test_another_network_is_refused(collection):
    with pytest.raises(lookalike.ToolkitError, match="another network"):
        lookalike.open_collection(collection, network="efficientnet-lite0")


def test_where_there_is_no_collection_is_said(tmp_path):
    with pytest.raises(lookalike.MissingFileError, match="no collection"):
        lookalike.open_collection(tmp_path / "nowhere")


def test_a_folder_without_pictures_is_an_error(tmp_path):
    with pytest.raises(lookalike.MissingFileError, match="no pictures"):
        lookalike.extract(tmp_path, tmp_path / "out", verbose=False)
