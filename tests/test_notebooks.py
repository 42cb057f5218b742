"""The notebooks as the repository holds them, and the program that executes them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys

import pytest
from conftest import PORTABLE, REPOSITORY

NOTEBOOKS = REPOSITORY / "notebooks"
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
TRANSLATED = pytest.mark.parametrize(
    "name", ["find_similar_images", "large_collections", "your_own_photos"]
)
MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
# Home folders, drives, temporary folders, and what Jupyter and virtual environments are called.
MACHINE = re.compile(
    r"/home/|/Users/|/root\b|/tmp/|/var/|\b[A-Z]:\\|site-packages|\.venv|ipykernel"
)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return read(path)


@pytest.fixture(scope="module")
def execute():
    """The program, as a module."""
    pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    pytest.importorskip("nbconvert")
    pytest.importorskip("ipykernel")
    sys.path.insert(0, str(NOTEBOOKS))
    try:
        import execute
    finally:
        sys.path.remove(str(NOTEBOOKS))
    return execute


def read(path):
    """Read a notebook's JSON, the lines of each cell as one text."""
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def sources(notebook):
    return [cell["source"] for cell in code_cells(notebook)]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell["outputs"]]


def test_the_tutorial_and_those_for_own_pictures_are_there_in_two_languages():
    names = {path.name for path in PATHS}
    assert names >= {
        "find_similar_images.ipynb",
        "find_similar_images.zh-CN.ipynb",
        "large_collections.ipynb",
        "large_collections.zh-CN.ipynb",
        "your_own_photos.ipynb",
        "your_own_photos.zh-CN.ipynb",
    }


def test_it_is_a_valid_notebook(path):
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.read(path, as_version=4))


def test_it_begins_with_a_title_and_one_sentence_of_promise(notebook):
    title, sentence = notebook["cells"][0]["source"].split("\n\n")
    assert re.fullmatch(r"# .+", title)
    assert re.fullmatch(r"[^.。\n]+[.。]", sentence)


def test_its_cells_have_ten_lines_at_most(notebook):
    assert max(len(source.splitlines()) for source in sources(notebook)) <= 10


def test_it_was_run_from_top_to_bottom_without_errors_or_warnings(notebook):
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    assert {output["output_type"] for output in outputs(notebook)} <= {
        "stream",
        "display_data",
        "execute_result",
    }
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]


def test_it_is_smaller_than_a_megabyte_and_a_half(path):
    assert path.stat().st_size < 1_500_000


def test_it_tells_nothing_of_the_machine_that_ran_it(notebook):
    # Pictures are long random letters, in which anything may be found.
    text = re.sub(r"base64,[\w+/=]+", "", json.dumps(notebook))
    text = re.sub(r'"image/jpeg": "[^"]+"', "", text)
    assert not MACHINE.findall(text)


def test_it_looks_at_the_sample_pictures_and_what_it_makes_of_them_alone(notebook):
    paths = re.findall(r'"(\.\.?/[^"]*)"', "\n".join(sources(notebook)))
    assert all(re.match(r"\.\./(image|build)(/|$)", path) for path in paths)


def test_it_is_as_the_program_leaves_it(path, execute):
    notebook = execute.nbformat.read(path, as_version=4)
    assert execute.nbformat.writes(execute.tidy(notebook)) + "\n" == path.read_text("utf-8")


@TRANSLATED
def test_the_translation_has_the_same_code(name):
    english, chinese = (read(NOTEBOOKS / f"{name}{ending}.ipynb") for ending in ("", ".zh-CN"))
    assert [cell["cell_type"] for cell in english["cells"]] == [
        cell["cell_type"] for cell in chinese["cells"]
    ]
    assert sources(english) == sources(chinese)


def test_the_tutorial_asks_for_turi_creates_network_before_it_looks_at_pictures():
    cells = "\n".join(sources(read(NOTEBOOKS / "find_similar_images.ipynb")))
    assert 0 < cells.index('download("resnet-50")') < cells.index("image_similarity.create")


@TRANSLATED
def test_the_translation_is_chinese(name):
    cells = read(NOTEBOOKS / f"{name}.zh-CN.ipynb")["cells"]
    texts = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in texts)


@pytest.mark.parametrize(
    "name",
    [
        "find_similar_images",
        "your_own_photos",
        pytest.param(
            "large_collections",
            marks=pytest.mark.skipif(not PORTABLE, reason="what the portable engine adds"),
        ),
    ],
)
def test_its_cells_run_on_this_engine_too(name, page, monkeypatch):
    """The committed outputs are the portable engine's."""
    monkeypatch.setenv("LOOKALIKE_OFFLINE", "1")
    # A notebook may move them; afterwards they are as before.
    monkeypatch.setenv("LOOKALIKE_BACKEND", "portable" if PORTABLE else "turicreate")
    monkeypatch.setenv("LOOKALIKE_CACHE", os.environ["LOOKALIKE_CACHE"])
    monkeypatch.chdir(NOTEBOOKS)
    names = {}
    for source in sources(read(NOTEBOOKS / f"{name}.ipynb")):
        try:
            exec(re.sub(r"(?m)^%.*$", "", source), names)
        except ImportError:
            assert not MATPLOTLIB and "principle" in source
    assert len(names["matches"]) in (4, 8, 10)


@pytest.fixture
def small(execute, tmp_path):
    """A notebook of two cells, which prints, and knows in which folder it is."""
    cells = [
        execute.nbformat.v4.new_code_cell(
            "print('ten', 'pictures')", metadata={"tags": ["result"]}
        ),
        execute.nbformat.v4.new_code_cell("from pathlib import Path\nPath('here').exists()"),
    ]
    (tmp_path / "here").touch()
    execute.nbformat.write(execute.nbformat.v4.new_notebook(cells=cells), tmp_path / "small.ipynb")
    return tmp_path / "small.ipynb"


def test_the_tutorial_runs_in_its_folder_and_ends_with_its_result_and_where_the_page_lies(
    execute, small, tmp_path, capsys
):
    execute.main(["--tutorial"], tutorial=small, build=tmp_path / "build")
    places = [tmp_path / "build" / "small.ipynb", tmp_path / "build" / "small.html"]
    assert capsys.readouterr().out.splitlines() == [
        "ten pictures",
        "",
        "Executed small.ipynb:",
        *(f"  {place}" for place in places),
    ]
    executed = execute.nbformat.read(places[0], as_version=4)
    assert executed.cells[1].outputs[0].data["text/plain"] == "True"


def test_a_notebook_that_is_executed_opens_no_connection(execute, small, tmp_path):
    notebook = execute.nbformat.read(small, as_version=4)
    notebook.cells[0].source = "import os; print(os.environ['LOOKALIKE_OFFLINE'])"
    execute.nbformat.write(notebook, small)
    assert execute.run(small, tmp_path / "build").cells[0].outputs[0].text == "1\n"


def test_the_page_fetches_nothing_from_the_web(execute, small, tmp_path):
    execute.run(small, tmp_path / "build")
    page = (tmp_path / "build" / "small.html").read_text("utf-8")
    assert "ten pictures" in page
    assert not re.findall(r"""(?:src=|import\s|url\()["']?https?:""", page)


def test_a_failing_cell_ends_the_run_and_stays_readable(execute, small, tmp_path):
    notebook = execute.nbformat.read(small, as_version=4)
    notebook.cells[0].source = "raise ValueError('no such picture')"
    execute.nbformat.write(notebook, small)
    with pytest.raises(execute.CellExecutionError, match="no such picture"):
        execute.run(small, tmp_path / "build")
    assert "no such picture" in (tmp_path / "build" / "small.html").read_text("utf-8")


def test_tidying_leaves_tags_and_outputs_and_takes_the_rest(execute, small):
    notebook = execute.nbformat.read(small, as_version=4)
    notebook.metadata["widgets"] = {"state": {}}
    notebook.cells[0].metadata["execution"] = {"iopub.status.busy": "2024-01-01"}
    notebook.cells[0].outputs = [execute.nbformat.v4.new_output("stream", text="ten")]
    tidied = execute.tidy(notebook)
    assert tidied.metadata == execute.METADATA
    assert tidied.cells[0].metadata == {"tags": ["result"]}
    assert tidied.cells[0].outputs[0].text == "ten"
