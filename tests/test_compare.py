from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from conftest import draw

import lookalike
from lookalike.engines.compare import EngineComparison, EngineRun, compare_engines
from lookalike.errors import BackendError, MissingFileError, ToolkitError

INSTALLED = importlib.util.find_spec("turicreate") is not None
needs_turicreate = pytest.mark.skipif(not INSTALLED, reason="needs the real Turi Create")


def run(engine: str, neighbors: dict, same_folder: float | None = 1.0) -> EngineRun:
    return EngineRun(engine, "a network", 1.0, 2.0, 0.5, neighbors, same_folder)


@pytest.fixture
def families(tmp_path) -> Path:
    """Three red discs and three blue squares, each in a folder."""
    for number in range(3):
        draw(tmp_path / "both" / "red" / f"{number}.png", "red", size=(60 + 9 * number, 60))
        draw(tmp_path / "both" / "blue" / f"{number}.jpg", "blue", size=(200, 90 + 9 * number))
    return tmp_path / "both"


@pytest.mark.skipif(INSTALLED, reason="Turi Create is installed here")
def test_without_turi_create_it_says_how_to_get_it(families):
    with pytest.raises(BackendError, match=r"Turi Create is not installed.*\.\[turicreate\]"):
        lookalike.compare_engines(families)


def test_the_table_tells_what_each_engine_did():
    found = {"a/1.png": ["a/2.png"], "a/2.png": ["b/3.png"]}
    comparison = EngineComparison(
        1, run("turicreate", found, 0.5), run("portable", found), {"a/1.png": 1, "a/2.png": 0}, 0.5
    )
    table = str(comparison)
    assert table.splitlines()[0] == "2 pictures, the 1 nearest of each"
    assert "in the same folder               0.500               1.000" in table
    assert table.endswith("50% of the neighbours are the same.")


def test_the_table_of_one_folder_tells_nothing_of_folders():
    found = {"a/1.png": ["a/2.png"]}
    runs = run("turicreate", found, None), run("portable", found, None)
    assert "folder" not in str(EngineComparison(1, *runs, {"a/1.png": 1}, 1.0))


@needs_turicreate
def test_both_engines_work_on_the_same_pictures(families, capsys):
    comparison = compare_engines(families, k=2)
    assert comparison.turicreate.network == "resnet-50"
    assert comparison.portable.network == "efficientnet-lite2"
    assert sorted(comparison.shared) == sorted(str(path) for path in families.rglob("*.*"))
    assert comparison.overlap == comparison.turicreate.same_folder == 1
    assert comparison.portable.same_folder == 1
    assert capsys.readouterr().out.endswith(f"{comparison}\n")


@needs_turicreate
def test_pictures_that_cannot_be_read_are_warned_about_and_not_compared(families):
    (families / "red" / "0.png").write_bytes(b"no picture")
    with pytest.warns(lookalike.UnreadableImageWarning, match="1 of 6"):
        comparison = compare_engines(families, k=1, verbose=False)
    assert len(comparison.shared) == 5


@needs_turicreate
def test_quietly_it_prints_nothing(families, capfd):
    compare_engines(families, k=2, verbose=False)
    assert capfd.readouterr().out == ""


@needs_turicreate
def test_a_single_picture_cannot_be_compared(tmp_path):
    draw(tmp_path / "a.png")
    with pytest.raises(ToolkitError, match="Two pictures or more"):
        compare_engines(tmp_path, verbose=False)


@needs_turicreate
def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(MissingFileError, match="no folder"):
        compare_engines(tmp_path / "nowhere")
