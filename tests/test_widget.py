"""The explorer's answers to its front end: tiles, large pictures, look-alikes, errors."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import draw
from PIL import Image

import lookalike
from lookalike.display.rows import Rows, Section

pytest.importorskip("anywidget", reason="anywidget is not installed")

from lookalike.display.session import Session
from lookalike.display.tiles import pool
from lookalike.display.widget import ExplorerWidget

# A limit that only what hangs will reach.
SECONDS = 60


class FrontEnd:
    """What the front end asks and is sent."""

    def __init__(self, rows, search=None):
        rows = rows if isinstance(rows, Rows) else Rows(rows)
        self.session = Session(rows, "Title", search, self._receive)
        self.answers: list = []
        self._number = 0
        self._changed = threading.Condition()

    def _receive(self, content, buffers):
        with self._changed:
            self.answers.append((content, buffers))
            self._changed.notify()

    def ask(self, kind, buffers=(), **content):
        self._number += 1
        message = {"kind": kind, "number": self._number, **content}
        self.session.receive(message, [memoryview(part) for part in buffers])

    def wait(self, count=1):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.answers) >= count, SECONDS)
        return self.answers


@pytest.fixture
def data(folder):
    return lookalike.load_images(folder)


def encoded(color="red"):
    file = io.BytesIO()
    Image.new("RGB", (30, 20), color).save(file, "PNG")
    return file.getvalue()


def test_the_front_end_knows_how_many_rows_and_which_columns_there_are(data):
    widget = ExplorerWidget(Rows(data), "Title", None)
    assert (widget.total, widget.columns, widget.has_pictures) == (4, ["id", "path"], True)
    assert not widget.searches and widget.title == "Title" and len(widget.token) == 32


def test_no_picture_is_in_what_a_notebook_might_save(data):
    state = ExplorerWidget(Rows(data), "Title", None).get_state()
    assert len(str({**state, "_esm": "", "css": ""})) < 2_000


def test_tiles_come_with_their_numbers_and_pictures(data):
    front = FrontEnd(data)
    front.ask("tiles", rows=[2, 0])
    ((content, buffers),) = front.wait()
    assert (content["kind"], content["number"]) == ("tiles", 1)
    assert [tile["row"] for tile in content["tiles"]] == [2, 0]
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in buffers) and len(buffers) == 2


def test_where_there_are_no_rows_their_tiles_are_answered_all_the_same():
    front = FrontEnd([])
    front.ask("tiles", rows=[])
    ((content, buffers),) = front.wait()
    assert content["tiles"] == [] and buffers == []


def test_tiles_come_in_batches(tmp_path):
    path = str(draw(tmp_path / "a.png"))
    front = FrontEnd([{"path": path, "id": number} for number in range(20)])
    front.ask("tiles", rows=list(range(20)))
    batches = front.wait(4)
    assert sorted(tile["row"] for content, _ in batches for tile in content["tiles"]) == list(
        range(20)
    )


@contextmanager
def all_threads_busy():
    """Keep the threads that answer from answering."""
    done = threading.Event()
    for _ in range(8):
        pool().submit(done.wait, SECONDS)
    try:
        yield
    finally:
        done.set()


def test_what_was_asked_before_is_dropped(tmp_path):
    path = str(draw(tmp_path / "a.png"))
    front = FrontEnd([{"path": path, "id": number} for number in range(50)])
    with all_threads_busy():
        front.ask("tiles", rows=list(range(30)))
        front.ask("tiles", rows=[40])
    front.wait()
    assert [content["number"] for content, _ in front.answers] == [2]


def test_a_large_picture_comes_with_its_size(data):
    front = FrontEnd(data)
    front.ask("picture", row=1)
    ((content, (jpeg,)),) = front.wait()
    assert content["pixels"] == [64, 48] and jpeg.startswith(b"\xff\xd8")


@pytest.mark.parametrize("kind", ["picture", "tiles"])
def test_pictures_are_decoded_off_the_kernels_main_thread(data, kind):
    front = FrontEnd(data)
    with all_threads_busy():
        front.ask(kind, row=0, rows=[0])
        assert front.answers == []
    front.wait()


def test_lookalikes_come_with_rank_and_distance(data):
    front = FrontEnd(data, lambda query, k, box: [(3, 0.5, "near copy"), (1, 1.25, "")][:k])
    front.ask("search", row=0, k=2)
    ((content, _),) = front.wait()
    assert content["rows"] == [3, 1] and content["distances"] == [0.5, 1.25]
    assert content["kinds"] == ["near copy", ""]
    assert content["figures"] == ["#1 · 0.5000", "#2 · 1.250"]


def test_a_dropped_picture_is_the_query(data):
    queries = []
    front = FrontEnd(data, lambda query, k, box: queries.append(query) or [])
    front.ask("search", [encoded()], row=None, k=2)
    front.wait()
    assert queries[0].size == (30, 20)


def test_several_rows_are_one_query(data):
    queries = []
    front = FrontEnd(data, lambda query, k, box: queries.append(query) or [])
    front.ask("search", rows=[2, 0], k=2)
    front.wait()
    assert [row["id"] for row in queries[0]] == [2, 0]


@pytest.mark.parametrize("buffers", [[], [encoded()]], ids=["row", "dropped"])
def test_a_part_of_a_picture_is_a_query(data, buffers):
    boxes = []
    front = FrontEnd(data, lambda query, k, box: boxes.append(box) or [])
    front.ask("search", buffers, row=None if buffers else 1, box=[1, 2, 10, 20], k=2)
    front.wait()
    assert boxes == [[1, 2, 10, 20]]


def test_rows_are_arranged_off_the_kernels_main_thread(data):
    front = FrontEnd(data)
    with all_threads_busy():
        front.ask("arrange", by="name", descending=True, text="")
        assert front.answers == []
    ((content, (rows, starts)),) = front.wait()
    assert content["count"] == 4 and len(starts) == 0
    names = [Path(data[number]["path"]).name for number in memoryview(rows).cast("I")]
    assert names == sorted(names, reverse=True)


def test_the_query_of_matches_comes_before_them_and_is_marked(tmp_path):
    paths = [str(draw(tmp_path / name)) for name in ("a.png", "b.png")]
    rows = Rows([{"path": paths[0]}], [Section(0, "", [{"path": paths[1]}])])
    front = FrontEnd(rows)
    assert front.session.facts["sections"] and front.session.facts["total"] == 1
    front.ask("arrange", by="", descending=False, text="")
    content, (order, starts) = front.wait()[0]
    assert [list(memoryview(part).cast("I")) for part in (order, starts)] == [[1, 0], [0]]
    assert content["count"] == 1
    front.ask("tiles", rows=[1, 0])
    tiles = front.wait(2)[1][0]["tiles"]
    assert [(tile["name"], tile["mark"]) for tile in tiles] == [("b.png", "query"), ("a.png", "")]
    front.ask("arrange", by="name", descending=False, text="")
    _, (order, starts) = front.wait(3)[2]
    assert len(order) == 4 and len(starts) == 0


def test_a_picture_in_full_is_sent_when_it_is_asked_for(tmp_path):
    Image.new("RGB", (1500, 20)).save(tmp_path / "a.png")
    front = FrontEnd([{"path": str(tmp_path / "a.png")}])
    front.ask("original", row=0)
    ((content, (jpeg,)),) = front.wait()
    assert Image.open(io.BytesIO(jpeg)).size == (1500, 20)
    assert content["path"] == str(tmp_path / "a.png")


def test_a_search_without_a_model_says_what_it_needs(data):
    front = FrontEnd(data)
    front.ask("search", row=0, k=2)
    assert "needs a model" in front.wait()[0][0]["error"]


def test_a_dropped_file_that_is_no_picture_is_told(data):
    front = FrontEnd(data, lambda query, k, box: [])
    front.ask("search", [b"no picture"], row=None, k=2)
    assert "not a picture" in front.wait()[0][0]["error"]


def test_an_error_of_the_search_is_told_and_the_explorer_goes_on(data):
    def search(query, k, box):
        raise lookalike.ToolkitError("The model holds a picture 7 that the data do not have")

    front = FrontEnd(data, search)
    front.ask("search", row=0, k=2)
    front.ask("tiles", rows=[0])
    answers = front.wait(2)
    assert "picture 7" in answers[0][0]["error"] and answers[1][0]["tiles"]


def test_a_value_that_cannot_be_told_is_a_reason_to_ask_for_its_tile_alone_again(tmp_path):
    class Odd:
        def __str__(self):
            raise ValueError("no words")

    path = str(draw(tmp_path / "a.png"))
    front = FrontEnd([{"path": path, "odd": Odd()}, {"path": path, "odd": "a word"}])
    front.ask("tiles", rows=[0, 1])
    ((content, (nothing, jpeg)),) = front.wait()
    odd, other = content["tiles"]
    assert (odd["reason"], odd["again"], nothing) == ("no words", True, b"")
    assert "again" not in other and jpeg.startswith(b"\xff\xd8")


def test_a_picture_that_cannot_be_read_is_no_reason_to_ask_again(tmp_path):
    front = FrontEnd([{"path": str(tmp_path / "gone.png")}])
    front.ask("tiles", rows=[0])
    (tile,) = front.wait()[0][0]["tiles"]
    assert tile["reason"] == "The file does not exist." and "again" not in tile


def test_pillow_is_there_with_its_formats_before_a_thread_decodes():
    code = """if True:
        import sys
        from lookalike.display.rows import Rows, Section
        from lookalike.display.widget import ExplorerWidget
        ExplorerWidget(Rows([{"path": "a.png"}]), "Title", None)
        print({"PIL.Image", "PIL.PngImagePlugin", "PIL.TiffImagePlugin"} <= set(sys.modules))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_of_very_many_rows_those_in_sight_alone_are_taken_from_their_frame(tmp_path):
    path = str(draw(tmp_path / "a.png"))

    class Frame(list):
        def __iter__(self):
            raise AssertionError("all rows were asked for")

    front = FrontEnd(Frame({"path": path, "id": number} for number in range(100_000)))
    front.ask("tiles", rows=list(range(99_960, 100_000)))
    tiles = [tile for content, _ in front.wait(7) for tile in content["tiles"]]
    assert sorted(tile["row"] for tile in tiles) == list(range(99_960, 100_000))
