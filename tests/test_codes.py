"""Codes of one byte: their bounds hold, rule out most, and no search waits for them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

from lookalike.search import codes
from lookalike.search.bounds import find_candidates
from lookalike.search.codes import Quantized
from lookalike.search.compared import Compared
from lookalike.search.exact import ExactSearch, Tuning

pytestmark = pytest.mark.portable

SMALL_IS_LARGE = Tuning(codes_from=0, codes_after=3, rare=2)


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


def bounds_of(references, queries, radius=None, **options):
    compared = Compared(references, None, {})
    made = Quantized.from_references(references, rows=options.pop("rows", codes.ROWS))
    return made.bounds(compared, queries, radius, **options)


# Rows of one number or two have the very errors that the bounds allow for.
@pytest.mark.parametrize("width", [1, 2, 96])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_squared_distance_lies_within_its_bounds(kind, width):
    references = kind(features(1, 400, width))
    queries = np.concatenate([features(3, 20, width), 50 * features(4, 5, width), references[:5]])
    bounds = bounds_of(references, queries, radius=0.0, rows=150, scores=900)
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
    which, rows = find_candidates(bounds_of(features(1, 3000), features(2, 20)), 10, 3000)
    assert 10 * 20 <= len(rows) < 60 * 20
    assert (np.bincount(which) >= 10).all()


def test_rows_that_repeat_themselves_are_told_apart():
    # Every fiftieth is the same picture.
    references = np.tile(features(1, 50), (100, 1))
    _, rows = find_candidates(bounds_of(references, references[7:8]), 10, 5000)
    assert 100 <= len(rows) < 500


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


def test_codes_too_coarse_to_tell_neighbors_apart_leave_it_to_the_features():
    # Each row has a large number in a column of its own: none is told apart by codes.
    references = features(1, 300, 300) + 1e6 * np.eye(300, dtype=np.float32)
    given_up = find_candidates(bounds_of(references, references[:4]), 3, 5)
    assert given_up is None
    search = ExactSearch(references, tuning=SMALL_IS_LARGE)
    search.to_arrays()
    assert search.neighbors(references[:4], 3, None).rows[::3].tolist() == [0, 1, 2, 3]


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
def test_there_are_codes_of_large_collections(references, large, there):
    arrays = ExactSearch(references, tuning=Tuning(codes_from=large)).to_arrays()
    assert ("codes" in arrays) is there


def test_huge_queries_are_compared_without_codes():
    references = features(1, 100)
    assert bounds_of(references, np.full((1, 96), 1e160)) is None
    search = ExactSearch(references, tuning=SMALL_IS_LARGE)
    search.to_arrays()
    assert len(search.neighbors(np.full((1, 96), 1e160), 2, None).rows) == 2


def made_in_the_background():
    """Wait for the threads that make codes, as no search does."""
    for thread in threading.enumerate():
        if thread.name == "lookalike-codes":
            thread.join()


def test_codes_are_made_after_the_searches_that_could_have_used_them():
    search = ExactSearch(features(1, 300), tuning=SMALL_IS_LARGE)
    for _ in range(2):
        search.neighbors(search.references[:1], 1, None)
    made_in_the_background()
    assert not search.has_codes
    search.neighbors(search.references[:1], 1, None)
    made_in_the_background()
    assert search.has_codes
    assert search.neighbors(search.references[4:5], 1, None).rows.tolist() == [4]


@pytest.mark.parametrize(
    ("queries", "k", "radius", "counts"),
    [(1, 2, None, 1), (32, 2, None, 1), (33, 2, None, 0), (1, 60, None, 0), (1, None, 1.0, 1)],
    ids=["one", "few", "many", "a large share", "a radius"],
)
def test_searches_that_codes_cannot_help_do_not_count(queries, k, radius, counts):
    search = ExactSearch(features(1, 100), tuning=Tuning(codes_from=0, codes_after=1, rare=2))
    search.neighbors(search.references[:queries], k, radius)
    made_in_the_background()
    assert search.has_codes == counts


def test_codes_that_cannot_be_made_are_not_tried_again():
    references = np.linspace(-1e200, 1e200, 8000).reshape(100, 80)
    search = ExactSearch(references, tuning=Tuning(codes_from=0, codes_after=1, rare=2))
    for _ in range(3):
        assert search.neighbors(references[:1], 1, None).rows.tolist() == [0]
        made_in_the_background()
        assert not search.has_codes
    assert "codes" not in search.to_arrays()


def test_codes_that_are_known_are_used_from_the_first_search_on():
    references = features(1, 300)
    arrays = ExactSearch(references, tuning=SMALL_IS_LARGE).to_arrays()
    search = ExactSearch(references, arrays)
    assert search.has_codes
    assert search.to_arrays()["codes"] is arrays["codes"]
    assert search.neighbors(references[4:5], 2, None).rows[0] == 4


def test_codes_made_by_one_thread_are_those_made_by_several():
    references = features(1, 9000)
    one, other = (Quantized.from_references(references, threads).to_arrays() for threads in (1, 3))
    for name, values in one.items():
        assert values.tolist() == other[name].tolist()


def test_a_search_can_be_pickled_while_its_codes_are_made():
    search = ExactSearch(features(1, 20_000), tuning=Tuning(codes_from=0, codes_after=1))
    search.neighbors(search.references[:1], 2, None)
    other = pickle.loads(pickle.dumps(search))
    assert other.neighbors(search.references[7:8], 1, None).rows.tolist() == [7]
    made_in_the_background()


BEGUN = """
import sys, numpy as np
from lookalike.search.exact import ExactSearch, Tuning
references = np.random.default_rng(1).random((60_000, 512), np.float32)
search = ExactSearch(references, tuning=Tuning(codes_from=0, codes_after=1))
search.neighbors(references[:1], 1, None)
"""


def output_of(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_python_ends_while_codes_are_made():
    assert output_of(BEGUN + "print(search.has_codes)") in ("False", "True")


def test_python_ends_while_the_product_of_codes_is_made():
    program = """
import threading, time
from lookalike.runtime import IMPORTING
from lookalike.search.codes import integer_product

def make_for_ever():
    while True:
        with IMPORTING:
            integer_product.cache_clear()
            integer_product()

threading.Thread(target=make_for_ever, daemon=True).start()
time.sleep(0.1)
"""
    for _ in range(3):
        assert output_of(program) == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("before", ["", "search.to_arrays()"], ids=["while made", "when made"])
@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit()"])
def test_after_a_fork_codes_are_made_and_used_in_the_child(before, leave):
    program = f"""
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
{BEGUN}
{before}
search.neighbors(references[:1], 1, None)
child = os.fork()
if not child:
    rows = search.neighbors(references[7:8], 1, None).rows.tolist()
    search.to_arrays()
    rows += search.neighbors(references[8:9], 1, None).rows.tolist()
    print(rows, search.has_codes, flush=True)
    {leave}
assert os.waitpid(child, 0)[1] == 0
"""
    assert output_of(program) == "[7, 8] True"


def test_codes_may_be_mapped_from_a_file(tmp_path):
    references = features(1, 6000)
    np.save(tmp_path / "codes.npy", Quantized.from_references(references).codes)
    arrays = Quantized.from_references(references).to_arrays()
    arrays["codes"] = np.load(tmp_path / "codes.npy", mmap_mode="r")
    search = ExactSearch(references, arrays)
    assert search.to_arrays()["codes"] is arrays["codes"]
    expected = ExactSearch(references).neighbors(references[:3], 4, None)
    assert search.neighbors(references[:3], 4, None).rows.tolist() == expected.rows.tolist()


def test_the_codes_of_a_file_are_those_of_the_memory(tmp_path):
    references = features(1, 5000)
    np.save(tmp_path / "references.npy", references)
    mapped = np.load(tmp_path / "references.npy", mmap_mode="r")
    for one, other in zip(
        Quantized.from_references(references).to_arrays().values(),
        Quantized.from_references(mapped).to_arrays().values(),
    ):
        assert one.tolist() == other.tolist()


def test_a_small_collection_is_searched_without_onnx():
    program = (
        "import sys, numpy as np; from lookalike.search.exact import ExactSearch;"
        "x = np.ones((300, 300), np.float32); ExactSearch(x).neighbors(x[:1], 7, None);"
        "print([name for name in ('onnx', 'onnxruntime') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
