"""Codes of one byte: their bounds hold, rule out most, and are kept with a saved model."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from lookalike.portable import SArray, SFrame, load_model
from lookalike.portable.nearest_neighbors import NearestNeighborsModel
from lookalike.search import codes, exact
from lookalike.search.bounds import find_candidates
from lookalike.search.codes import Quantized
from lookalike.search.exact import BruteForce

pytestmark = pytest.mark.portable


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    monkeypatch.setattr(codes, "LARGE", 0)
    monkeypatch.setattr(codes, "NARROWEST", 1)


def features(seed: int, rows: int, width: int = 96) -> np.ndarray:
    """Return features as networks give them: not negative, many of them 0, some large."""
    random = np.random.default_rng(seed)
    values = random.gamma(0.4, 0.6, (rows, width)) * (random.random((rows, width)) < 0.6)
    return values.astype(np.float32)


def with_an_outlier(references: np.ndarray) -> np.ndarray:
    references[17, -1] = 1e6
    return references


def with_constant_columns(references: np.ndarray) -> np.ndarray:
    references[:, : len(references[0]) // 2] = 2.5
    references[11, 0] = 90
    return references


def with_columns_of_all_sizes(references: np.ndarray) -> np.ndarray:
    return references * np.logspace(-6, 6, references.shape[1]).astype(np.float32)


def far_from_the_origin(references: np.ndarray) -> np.ndarray:
    return references + np.float32(1e4)


KINDS = [
    np.copy,
    with_an_outlier,
    with_constant_columns,
    with_columns_of_all_sizes,
    far_from_the_origin,
]


# Rows of one number or two have the very errors that the bounds allow for.
@pytest.mark.parametrize("width", [1, 2, 96])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_squared_distance_lies_within_its_bounds(monkeypatch, kind, width):
    monkeypatch.setattr(codes, "SCORES", 300)
    references = kind(features(1, 400, width))
    queries = np.concatenate([features(3, 20, width), 50 * features(4, 5, width), references[:5]])
    bounds = Quantized.of(references).bounds(queries, radius=0.0)
    # A score is the squared distance less the query's own part: with radius 0, the limit.
    squares = ((references.astype(np.longdouble) - queries[:, None]) ** 2).sum(axis=-1)
    seen = 0
    for start, scores in bounds.blocks(k=1):
        rows = np.arange(start, start + scores.shape[1])
        expected = squares[:, rows] + bounds.limits[:, None]
        assert (scores <= expected).all()
        assert (bounds.ceilings(scores, np.arange(len(queries))[:, None], rows) >= expected).all()
        seen += len(rows)
    assert seen == len(references)


def test_few_references_remain_candidates():
    references, queries = features(1, 3000), features(2, 20)
    which, rows = find_candidates(Quantized.of(references).bounds(queries, None), 10, 3000)
    assert 10 * 20 <= len(rows) < 60 * 20
    assert (np.bincount(which) >= 10).all()


def test_rows_that_repeat_themselves_are_told_apart(monkeypatch):
    # Every fiftieth is the same picture.
    references = np.tile(features(1, 50), (40, 1))
    monkeypatch.setattr(codes, "SAMPLE", 40)
    _, rows = find_candidates(Quantized.of(references).bounds(references[7:8], None), 10, 2000)
    assert 40 <= len(rows) < 200


def test_products_of_codes_are_exact_where_they_are_largest():
    # 16 bits, in which some processors add two of them, do not overflow.
    made = np.full((4000, 64), codes.LARGEST, np.int8)
    made[:, 1::2] *= -1
    largest = codes.LARGEST_OF_QUERY + codes.OFFSET
    for count in (1, 2, 9):
        products = codes.integer_product()(np.full((count, 4000), largest, np.uint8), made)
        assert products[:, ::2].tolist() == [[4000 * largest * codes.LARGEST] * 32] * count
        assert products[:, 1::2].tolist() == [[-4000 * largest * codes.LARGEST] * 32] * count
    assert 2 * largest * codes.LARGEST < 2**15
    assert codes.WIDEST * largest * codes.LARGEST < 2**31


@pytest.mark.parametrize("many_queries", [False, True])
def test_codes_serve_few_queries(monkeypatch, many_queries):
    used = []
    monkeypatch.setattr(Quantized, "bounds", lambda *_: used.append(True))
    monkeypatch.setattr(exact, "find_candidates", lambda *_: None)
    queries = features(2, exact.FEW_QUERIES + many_queries)
    BruteForce(features(1, 100)).neighbors(queries, 2, None)
    assert bool(used) is not many_queries


def test_the_rest_of_many_queries_is_many_queries_too(monkeypatch):
    monkeypatch.setattr(exact, "QUERIES", 50)
    search = BruteForce(features(1, 103))
    search.neighbors(search.references, 1, None, skip_self=True)
    assert "_quantized" not in vars(search)
    search.neighbors(search.references[100:], 1, None)
    assert "_quantized" in vars(search)


@pytest.mark.parametrize(("k", "radius", "by_codes"), [(2, None, 1), (3, None, 0), (None, 1.0, 1)])
def test_codes_are_not_asked_for_a_large_share_of_the_references(k, radius, by_codes):
    search = BruteForce(features(1, 100))
    search.neighbors(search.references[:1], k, radius)
    assert ("_quantized" in vars(search)) == by_codes


def test_codes_too_coarse_to_tell_neighbors_apart_leave_it_to_the_features(monkeypatch):
    # Each row has a large number in a column of its own: none is told by codes of small steps.
    references = features(1, 300, 300) + 1000 * np.eye(300, dtype=np.float32)
    monkeypatch.setattr(codes, "REACH", 0.01)
    search = BruteForce(references)
    bounds = search._quantized.bounds(references[:4], None)
    given_up = find_candidates(bounds, 3, len(references) // exact.RARE)
    assert given_up is None
    found = search.neighbors(references[:4], 3, None)
    assert found.rows[::3].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("references", "large", "there"),
    [
        (np.ones((100, 80), np.float32), 8000, True),
        (np.ones((100, 80), np.float64), 8000, True),
        (np.ones((100, 80), np.float32), 8001, False),
        (np.ones((1, codes.WIDEST + 1), np.float32), 0, False),
        (np.ones((100, 63), np.float32), 0, False),
        (np.linspace(-1e200, 1e200, 8000).reshape(100, 80), 0, False),
    ],
    ids=["float32", "float64", "small", "wide", "narrow", "huge"],
)
def test_there_are_codes_of_large_collections(monkeypatch, references, large, there):
    monkeypatch.setattr(codes, "NARROWEST", 64)
    monkeypatch.setattr(codes, "LARGE", large)
    assert (Quantized.of(references) is not None) is there


def test_huge_queries_are_compared_without_codes():
    references = features(1, 100)
    search = BruteForce(references)
    assert search._quantized.bounds(np.full((1, 96), 1e160), None) is None
    assert len(search.neighbors(np.full((1, 96), 1e160), 2, None).rows) == 2


def test_codes_are_saved_with_a_model_and_mapped(monkeypatch, tmp_path):
    references = features(1, 300)
    model = NearestNeighborsModel(references, None, None, ["features"])
    rows = SFrame({"features": SArray(references[:3])})
    expected = [list(model.query(rows, k=4)[name]) for name in ("reference_label", "distance")]
    model.save(str(tmp_path / "saved"))
    monkeypatch.setattr(Quantized, "of", None)
    loaded = load_model(str(tmp_path / "saved"))
    found = loaded.query(rows, k=4)
    assert [list(found[name]) for name in ("reference_label", "distance")] == expected
    assert isinstance(loaded._exact._quantized.codes.base, np.memmap)


def test_the_codes_of_a_file_are_those_of_the_memory(tmp_path):
    references = features(1, 5000)
    np.save(tmp_path / "references.npy", references)
    mapped = np.load(tmp_path / "references.npy", mmap_mode="r")
    for one, other in zip(
        Quantized.of(references).to_arrays().values(), Quantized.of(mapped).to_arrays().values()
    ):
        assert one.tolist() == other.tolist()


def test_a_small_collection_is_searched_without_onnx():
    program = (
        "import sys, numpy as np; from lookalike.search.exact import BruteForce;"
        "x = np.ones((300, 300), np.float32); BruteForce(x).neighbors(x[:1], 7, None);"
        "print([name for name in ('onnx', 'onnxruntime') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
