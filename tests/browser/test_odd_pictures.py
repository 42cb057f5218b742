"""What goes wrong shows in its tile: odd files, another kernel, other ways to show a notebook."""

from __future__ import annotations

import pytest
from drawing import EVIL, draw_odd

CELLS = [
    """\
import lookalike, os, shutil
deleted = {folder!r} + '/b-deleted.png'
shutil.copy({folder!r} + '/a-sideways.jpg', deleted)
data = lookalike.load_images({folder!r})""",
    "explorer = lookalike.explore(data)\nif os.path.exists(deleted): os.remove(deleted)",
    "explorer.widget",
    "lookalike.explore([{{'name': '<b>bold</b>', 'n': n}} for n in range(1000)])",
    "explorer.save_html('page.html'); explorer.save_html('nameless.html', names=False)",
]
NAMES = [EVIL, "a-sideways.jpg", "b-deleted.png", "c-broken.jpg"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return draw_odd(tmp_path_factory.mktemp("pictures") / "odd")


@pytest.fixture(scope="module")
def notebook(open_notebook, folder):
    cells = [cell.format(folder=str(folder)) for cell in CELLS]
    opened = open_notebook("odd.ipynb", cells, theme="dark", width=700)
    opened.page.on("dialog", lambda dialog: opened.errors.append(dialog.message))
    opened.run(0)
    opened.run(1)
    opened.page.wait_for_selector(".lookalike-live .explorer-tile img")
    yield opened
    assert opened.errors == []


@pytest.fixture
def explorer(notebook):
    return notebook.output(1).locator(".lookalike-explorer")


def test_a_file_name_is_shown_as_it_is_and_never_as_markup(explorer, notebook):
    names = explorer.locator(".explorer-tile .explorer-name").all_inner_texts()
    assert sorted(names) == sorted(NAMES)
    explorer.locator(f".explorer-tile:has-text('{EVIL}')").hover()
    assert EVIL in explorer.locator(".explorer-details").first.inner_text()
    assert explorer.locator("img[src='x']").count() == 0
    notebook.picture("odd-dark-narrow")


def test_a_deleted_and_a_broken_file_say_so_in_their_tiles(explorer):
    reasons = explorer.locator(".explorer-tile .explorer-reason")
    assert reasons.count() == 2
    told = " ".join(reasons.all_inner_texts())
    assert "The file does not exist." in told and "Cannot be read: " in told


def test_the_large_picture_is_upright_and_at_most_1024_pixels_large(explorer):
    explorer.locator(".explorer-tile:has-text('sideways')").hover()
    details = explorer.locator(".explorer-details").first
    details.locator("text=1500 x 2000 pixels").wait_for()
    size = details.locator("img").evaluate("node => [node.naturalWidth, node.naturalHeight]")
    assert size == [768, 1024]


def test_a_broken_picture_that_is_opened_offers_only_what_can_be_done(explorer, notebook):
    explorer.locator(".explorer-tile:has-text('c-broken')").dblclick()
    dialog = explorer.locator("dialog[open]")
    dialog.locator("text=Cannot be read").wait_for()
    assert not dialog.get_by_role("button", name="Original size").is_visible()
    notebook.page.keyboard.press("Escape")


def test_without_a_model_a_double_click_opens_and_selects_nothing(explorer, notebook):
    explorer.locator(".explorer-tile:has-text('sideways')").dblclick()
    dialog = explorer.locator("dialog[open]")
    dialog.wait_for()
    assert "a-sideways.jpg" in dialog.inner_text()
    notebook.picture("opened-dark-narrow")
    notebook.page.keyboard.press("Escape")
    assert "selected" not in explorer.locator(".explorer-foot").inner_text()


def test_rows_without_pictures_are_a_table_of_text(notebook):
    notebook.run(3)
    table = notebook.output(3).locator(".lookalike-live .explorer-textual")
    table.locator(".explorer-cell").first.wait_for()
    assert table.locator(".explorer-cell").first.inner_text() == "<b>bold</b>"
    assert table.locator(".explorer-thumbnail").count() == 0
    notebook.picture("text-dark-narrow")


def test_where_widgets_have_outputs_of_their_own_it_lives_in_one(notebook):
    notebook.run(2)
    notebook.output(2).locator(".explorer-tile img").first.wait_for()
    notebook.output(1).locator(".lookalike-tile").first.wait_for()


def test_a_page_for_mail_has_the_pictures_large_too_and_may_leave_out_names(notebook, chromium):
    notebook.run(0)
    notebook.run(1)
    notebook.run(4)
    page = chromium.new_page(viewport={"width": 900, "height": 700}, color_scheme="light")
    page.goto(f"file://{notebook.lab.folder}/page.html")
    image = page.locator(".lookalike-tile:has-text('sideways') img")
    before = image.bounding_box()["width"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # What is open lies over the others, which the Tab key does not reach then.
    assert page.locator(".lookalike-tile img:visible").count() == 1
    page.mouse.click(450, 350)
    image.click()
    assert image.bounding_box()["width"] > 1.5 * before
    page.mouse.click(450, 350)
    assert image.bounding_box()["width"] == before
    assert EVIL in page.locator("body").inner_text()
    notebook.picture_of(page, "page-for-mail")
    page.goto(f"file://{notebook.lab.folder}/nameless.html")
    assert page.locator(".lookalike-tile").count() == 4 and "sideways" not in page.content()
    page.close()


def test_converted_and_executed_by_nbconvert_it_is_the_gallery(notebook, chromium):
    # The gallery is made a little later.
    notebook.output(1).locator(".lookalike-tile").first.wait_for(state="attached")
    notebook.save()
    for source in ("odd.ipynb", notebook.lab.execute("odd.ipynb")):
        page = chromium.new_page(viewport={"width": 1000, "height": 700})
        page.goto(f"file://{notebook.lab.convert(source)}")
        page.locator(".lookalike-tile img").first.wait_for()
        assert "model not found" not in page.content()
        assert page.locator(".lookalike-tile:has-text('sideways') img").is_visible()
        notebook.picture_of(page, f"converted-{source}")
        page.close()


def test_after_a_restart_of_the_kernel_the_gallery_is_there(notebook):
    notebook.run(1)
    notebook.output(1).locator(".lookalike-live .explorer-tile img").first.wait_for()
    # The gallery is made a little later.
    notebook.output(1).locator(".lookalike-tile").first.wait_for(state="attached")
    notebook.restart_kernel()
    notebook.output(1).locator(".lookalike-tile img").first.wait_for()
    assert notebook.output(1).locator(".explorer-tile:visible").count() == 0
    notebook.picture("restarted-dark-narrow")
