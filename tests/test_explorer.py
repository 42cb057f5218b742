"""The explorer as the kernel sees it: what it shows where, what is selected, pages for mail."""

from __future__ import annotations

import shutil
import sys
import threading
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from conftest import PORTABLE, draw
from PIL import ImageOps
from test_duplicates import scene

import lookalike
from lookalike.display import notebook
from lookalike.display.explorer import WIDGET_VIEW, Explorer, anywidget_hint

LAB = {"content": {"allow_stdin": True}, "metadata": {"deletedCells": []}}
OTHER = {"content": {"allow_stdin": True}, "metadata": {}}
# A limit that only what hangs will reach.
SECONDS = 60
NOBODY = {"content": {"allow_stdin": False}}


class Widget:
    """What the explorer needs of its widget, without anywidget."""

    model_id, token = "m1", "t1"

    def __init__(self, rows, title, search):
        self.rows, self.title, self.search = rows, title, search
        self.selection: list = []


class Notebook:
    """A notebook without a kernel, whose outputs are kept."""

    def __init__(self):
        self.cell, self.request = 1, LAB
        self._outputs: list = []
        self._changed = threading.Condition()

    @property
    def execution_count(self):
        return self.cell

    @property
    def kernel(self):
        return SimpleNamespace(get_parent=lambda: self.request)

    def display(self, data, raw, display_id, update):
        with self._changed:
            self._outputs.append(SimpleNamespace(data=data, id=display_id, update=update))
            self._changed.notify()

    def outputs(self, count):
        """Return so many outputs, as soon as they are there."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._outputs) >= count, SECONDS)
            assert len(self._outputs) == count
            return self._outputs


@pytest.fixture
def running(monkeypatch):
    """A notebook in JupyterLab, with anywidget installed."""
    running = Notebook()
    ipython = SimpleNamespace(get_ipython=lambda: running)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=running.display))
    widgets = SimpleNamespace(ExplorerWidget=Widget)
    monkeypatch.setitem(sys.modules, "lookalike.display.widget", widgets)
    anywidget = ModuleType("anywidget")
    anywidget.__spec__ = ModuleSpec("anywidget", None)
    monkeypatch.setitem(sys.modules, "anywidget", anywidget)
    # That of pytest-timeout is one of them.
    before = threading.enumerate()
    yield running
    # A gallery that is still to come is put into this notebook, not into the next test's.
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer) and thread not in before:
            thread.join()


@pytest.fixture
def data(folder):
    return lookalike.load_images(folder)


def test_at_first_it_says_that_it_opens_and_then_it_is_the_gallery(running, data):
    Explorer(data, head_start=0).show()
    first, second = running.outputs(2)
    assert "Opening" in first.data["text/html"] and not first.update
    assert second.update and second.id == first.id
    assert second.data["text/html"].count("<img") == len(data)
    assert all('data-explorer="t1"' in output.data["text/html"] for output in (first, second))


def test_jupyterlab_has_html_alone_so_that_the_saved_notebook_needs_no_widget(running, data):
    Explorer(data, head_start=0).show()
    assert all(set(output.data) == {"text/html", "text/plain"} for output in running.outputs(2))


def test_elsewhere_the_widget_has_an_output_of_its_own_and_the_gallery_beside_it(running, data):
    running.request = OTHER
    Explorer(data, head_start=0).show()
    last = running.outputs(2)[-1].data
    assert last[WIDGET_VIEW]["model_id"] == "m1" and "<img" in last["text/html"]


def test_a_notebook_that_nobody_watches_has_the_gallery_at_once(running, data):
    running.request = NOBODY
    explorer = Explorer(data)
    explorer.show()
    (output,) = running.outputs(1)
    assert set(output.data) == {"text/html", "text/plain"} and "<img" in output.data["text/html"]
    assert explorer.widget is None


def test_folders_are_shown_one_after_another(running, tmp_path):
    for name in ("a", "b"):
        draw(tmp_path / name / "picture.png", size=(64, 48))
    explorer = lookalike.explore([tmp_path / "a", str(tmp_path / "b")])
    assert repr(explorer) == "<Explorer: 2 rows, 0 selected>"


def test_one_row_is_one_row_in_words(running):
    Explorer([{"a": 1}]).show()
    assert running.outputs(1)[0].data["text/plain"] == "1 row"


def test_no_rows_are_shown_without_a_widget(running, tc):
    Explorer(tc.SFrame({"a": [1]})[0:0]).show()
    assert "no rows" in running.outputs(1)[0].data["text/html"]


def test_the_value_of_the_cell_that_has_shown_it_is_not_shown_again(running, data):
    explorer = Explorer(data, head_start=0)
    explorer.show()
    explorer._ipython_display_()
    running.outputs(2)
    running.cell = 2
    explorer._ipython_display_()
    # The gallery is there already.
    assert "<img" in running.outputs(3)[-1].data["text/html"]


def test_the_widget_gets_rows_title_and_what_searches(running, data):
    search = object()
    explorer = Explorer(data, title="Cats", search=search, head_start=0)
    explorer.show()
    assert explorer.widget.title == "Cats" and explorer.widget.search is search
    assert len(explorer.widget.rows) == len(data)


def test_what_is_selected_is_a_frame_in_order(running, data, tc):
    explorer = Explorer(data, head_start=0)
    explorer.show()
    explorer.widget.selection = [[0, 1], [3, 3]]
    assert isinstance(explorer.selected, tc.SFrame)
    assert list(explorer.selected["id"]) == [0, 1, 3]
    assert repr(explorer) == "<Explorer: 4 rows, 3 selected>"


def test_nothing_is_selected_where_there_is_no_widget(data):
    assert len(Explorer(data).selected) == 0


def test_without_anywidget_it_is_the_gallery_and_says_once_what_to_install(
    running, data, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    anywidget_hint.cache_clear()
    for count in (1, 2):
        Explorer(data).show()
        assert "<img" in running.outputs(count)[-1].data["text/html"]
    assert capsys.readouterr().out.count('pip install ".[notebook]"') == 1


def test_a_page_for_mail_is_whole_and_tells_no_folder(data, tmp_path):
    Explorer(data, title="My <cats>").save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") and "<title>My &lt;cats&gt;</title>" in page
    assert page.count("<img") == 4 and "a.png" in page and str(tmp_path) not in page


def test_a_page_for_mail_may_leave_out_the_names(tc, tmp_path):
    draw(tmp_path / "secret.png")
    rows = [{"path": str(tmp_path / "secret.png"), "id": 5}]
    Explorer(rows).save_html(tmp_path / "page.html", names=False)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "secret" not in page and "id 5" in page and page.count("<img") == 1


@pytest.mark.parametrize("pictures", [True, False])
def test_a_page_without_names_leaves_out_every_column_that_could_hold_one(tmp_path, pictures):
    draw(tmp_path / "secret.png")
    row = {
        "id": str(tmp_path / "secret.png"),
        "label": "secret",
        "original": "secret.jpg",
        "kind": "secret",
        "others": ["secret.png"],
        "size": 1234,
    }
    rows = [{**row, "path": str(tmp_path / "secret.png")} if pictures else row]
    Explorer(rows).save_html(tmp_path / "page.html", names=False)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "secret" not in page and str(tmp_path) not in page and "1234" in page


def test_a_page_may_load_and_run_nothing(data, tmp_path):
    Explorer(data).save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert page.count(policy) == 1 and page.index(policy) < page.index("<style")


def test_a_page_for_mail_has_more_rows_than_a_notebooks_output(tmp_path):
    picture = lookalike.display.thumbnail(draw(tmp_path / "a.png"), 8)
    (tmp_path / "a.jpg").write_bytes(picture)
    rows = [{"path": str(tmp_path / "a.jpg"), "id": number} for number in range(1200)]
    Explorer(rows).save_html(tmp_path / "page.html")
    assert "Showing the first 1000 of 1200" in (tmp_path / "page.html").read_text("utf-8")


def test_with_a_model_a_query_finds_numbers_and_distances_of_rows(running, data):
    model = lookalike.build_model(data, verbose=False)
    explorer = lookalike.explore(data, model=model)
    found = explorer.widget.search(data[1], 2)
    assert len(found) == 2 and 1 not in [number for number, _, _ in found]
    expected = lookalike.find_similar(model, data[1], k=2)
    assert [(data[number]["id"], d) for number, d, _ in found] == [
        (row["id"], row["distance"]) for row in expected
    ]


@pytest.fixture
def copied(running, tmp_path):
    """What the explorer of 20 pictures and copies of the first of them searches with."""
    for number in range(20):
        scene(number).save(tmp_path / f"{number:02}.png")
    shutil.copy(tmp_path / "00.png", tmp_path / "again.png")
    scene(0).resize((80, 60)).save(tmp_path / "small.jpg", quality=60)
    ImageOps.mirror(scene(0)).save(tmp_path / "turned.png")
    model = lookalike.build_model(str(tmp_path), verbose=False)
    rows = lookalike.find_similar(model, tmp_path / "00.png", k=None)
    explorer = lookalike.explore(rows, model=model)
    names = [Path(row["path"]).name for row in rows]

    def search(query, k=30, box=None):
        found = explorer.widget.search(query, k, box)
        return {names[number]: kind for number, _, kind in found}

    return search


knows_contents = pytest.mark.skipif(
    not PORTABLE, reason="of Turi Create's models only distances are known"
)


@pytest.mark.parametrize("k", [3, 30])
def test_a_match_that_is_a_copy_says_of_which_kind(copied, tmp_path, k):
    kinds = copied(tmp_path / "00.png", k)
    assert len(kinds) == min(k, 22)
    expected = {"again.png": "same file", "small.jpg": "same picture", "turned.png": "near copy"}
    if not PORTABLE:
        kinds, expected = {"again.png": kinds["again.png"]}, {"again.png": "near copy"}
    assert {name: kind for name, kind in kinds.items() if kind} == expected


@knows_contents
def test_a_new_picture_and_a_part_are_known_by_what_they_look_like(copied, tmp_path):
    assert copied(scene(0))["again.png"] == "same picture"
    assert copied({"path": str(tmp_path / "00.png")}, box=(0, 0, 160, 120))["small.jpg"]
    assert not copied({"path": str(tmp_path / "00.png")}, box=(0, 0, 40, 30))["small.jpg"]


@knows_contents
def test_without_its_file_a_copy_is_still_known(copied, tmp_path):
    (tmp_path / "again.png").unlink()
    assert copied(tmp_path / "00.png")["again.png"] == "same file"


@knows_contents
def test_of_a_file_that_has_changed_it_is_no_copy_of_what_it_was(copied, tmp_path):
    row = lookalike.tc.Image(str(tmp_path / "00.png"))
    scene(77).save(tmp_path / "00.png")
    assert copied({"path": str(tmp_path / "00.png"), "image": row})["again.png"] == ""
    shutil.copy(tmp_path / "01.png", tmp_path / "00.png")
    kinds = copied({"path": str(tmp_path / "00.png"), "image": row})
    assert kinds["01.png"] == "same file" and kinds["again.png"] == ""


def test_no_rows_are_shown_with_a_model_too(running, data):
    model = lookalike.build_model(data, verbose=False)
    for rows in (data[:0], lookalike.find_similar(model, data[0], max_distance=0)):
        explorer = lookalike.explore(rows, model=model)
        assert repr(explorer) == "<Explorer: 0 rows, 0 selected>"


def test_several_rows_are_searched_with_together_and_are_no_copies(copied, tmp_path):
    rows = [{"path": str(tmp_path / name)} for name in ("00.png", "01.png")]
    kinds = copied(rows, 4)
    assert len(kinds) == 4 and "again.png" in kinds and set(kinds.values()) == {""}
    assert not {"00.png", "01.png"} & set(kinds)


def test_a_model_needs_the_frame_that_it_was_built_from(data):
    with pytest.raises(TypeError, match=r"explore\(model\); found list"):
        lookalike.explore([data[0]], model=object())


def test_a_terminal_is_no_notebook_and_has_no_cells(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not notebook.is_watched() and not notebook.is_jupyterlab()
    assert notebook.cell_number() is None


def test_a_kernel_that_does_not_tell_its_request_is_watched(running):
    running.request = {}
    assert notebook.is_watched() and not notebook.is_jupyterlab()
