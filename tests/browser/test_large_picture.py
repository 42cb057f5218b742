"""The dialog of the large picture: its buttons, and how it outlives the arrival of the gallery."""

from __future__ import annotations

import os
import signal

import pytest
from drawing import draw_many

COUNT = 60
CELLS = [
    """\
import lookalike
data = lookalike.load_images({folder!r})
model = lookalike.build_model(data, verbose=False)""",
    "explorer = lookalike.explore(data, model=model)",
    "explorer = lookalike.explore(data)",
    "import os; print(os.getpid())",
]
WITH_MODEL, WITHOUT_MODEL, PROCESS = 1, 2, 3


@pytest.fixture(scope="module")
def notebook(open_notebook, tmp_path_factory):
    folder = draw_many(tmp_path_factory.mktemp("pictures") / "some", COUNT)
    opened = open_notebook("large.ipynb", [cell.format(folder=str(folder)) for cell in CELLS])
    opened.run(0)
    yield opened
    assert opened.errors == []


def explored(notebook, cell: int):
    """Run a cell, and return its explorer as soon as it is there."""
    # Else the explorer that stands there already would be taken for it.
    notebook.page.evaluate(
        "document.querySelectorAll('.lookalike-output').forEach(n => n.remove())"
    )
    notebook.run(cell, wait=False)
    explorer = notebook.page.locator(".lookalike-live > .lookalike-explorer")
    explorer.locator(".explorer-tile img").first.wait_for()
    return explorer


def wait_for_gallery(notebook) -> None:
    notebook.page.locator(".lookalike-tile").first.wait_for(state="attached")
    notebook.page.locator(".lookalike-live > .lookalike-explorer").wait_for()


def opened(explorer, position: int):
    explorer.locator(".explorer-scroller").focus()
    for key in ("Home", *["ArrowRight"] * position, "Enter"):
        explorer.page.keyboard.press(key)
    dialog = explorer.locator("dialog[open]")
    dialog.wait_for()
    return dialog


def is_modal(dialog) -> bool:
    return dialog.evaluate("node => node.matches(':modal')")


def test_the_button_close_closes_it(notebook):
    explorer = explored(notebook, WITH_MODEL)
    wait_for_gallery(notebook)
    dialog = opened(explorer, 2)
    notebook.picture("dialog")
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="hidden")
    assert explorer.locator(".explorer-crumb").count() == 1


def test_the_button_look_alikes_shows_those_of_its_picture(notebook):
    explorer = explored(notebook, WITH_MODEL)
    wait_for_gallery(notebook)
    dialog = opened(explorer, 3)
    dialog.get_by_role("button", name="Look-alikes").click()
    dialog.wait_for(state="hidden")
    explorer.locator(".explorer-crumb").nth(1).wait_for()
    assert explorer.locator(".explorer-crumb").nth(1).inner_text() == "00003.jpg"


def test_without_a_model_there_is_no_button_look_alikes(notebook):
    explorer = explored(notebook, WITHOUT_MODEL)
    wait_for_gallery(notebook)
    dialog = opened(explorer, 0)
    names = dialog.locator("button:visible").all_inner_texts()
    assert names == ["Original size", "Copy path", "Close"]
    dialog.get_by_role("button", name="Close").focus()
    notebook.page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")


@pytest.mark.parametrize("cell", [WITH_MODEL, WITHOUT_MODEL])
@pytest.mark.parametrize("leave", ["Escape", "Close", "beside"])
def test_opened_before_the_gallery_arrives_it_can_be_left_afterwards(notebook, cell, leave):
    explorer = explored(notebook, cell)
    dialog = opened(explorer, 1)
    wait_for_gallery(notebook)
    assert is_modal(dialog) and "00001.jpg" in dialog.inner_text()
    notebook.picture(f"dialog-after-gallery-{leave}")
    if leave == "Escape":
        notebook.page.keyboard.press("Escape")
    elif leave == "Close":
        dialog.get_by_role("button", name="Close").click()
    else:
        notebook.page.mouse.click(5, 5)
    dialog.wait_for(state="hidden")
    # And what lies below can be used.
    opened(explorer, 2).get_by_role("button", name="Close").click()


def test_the_keys_go_on_where_they_were_when_the_gallery_arrives(notebook):
    explorer = explored(notebook, WITH_MODEL)
    explorer.locator(".explorer-scroller").focus()
    notebook.page.keyboard.press("ArrowRight")
    wait_for_gallery(notebook)
    notebook.page.keyboard.press("ArrowRight")
    explorer.locator(".explorer-tile[data-position='2'].explorer-active").wait_for()


def test_when_the_kernel_dies_an_open_picture_does_not_lock_the_page(notebook):
    notebook.run(PROCESS)
    kernel = int(notebook.output(PROCESS).inner_text())
    explorer = explored(notebook, WITH_MODEL)
    wait_for_gallery(notebook)
    opened(explorer, 1)
    os.kill(kernel, signal.SIGKILL)
    notebook.page.locator(".lookalike-tile img").first.wait_for()
    assert not notebook.page.evaluate("Boolean(document.querySelector('dialog:modal'))")
