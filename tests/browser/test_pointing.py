"""Searching as people point: this part, these together, those copies; and finding one's way."""

from __future__ import annotations

import shutil

import pytest
from drawing import draw_kind
from PIL import Image

COUNT = 30
LEFT, RIGHT = 3, 17
CELLS = [
    """\
import lookalike
data = lookalike.load_images({folder!r})
model = lookalike.build_model(data, verbose=False)
explorer = lookalike.explore(data, model=model)""",
    "explorer = lookalike.explore(data, title='Without a model')",
    "explorer = lookalike.explore(lookalike.find_duplicates(model, verbose=False))",
    "lookalike.explore(lookalike.find_similar(model, [data[3], data[7]], k=4))",
]
ALLOWED = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of many kinds, two of them also side by side, and one file twice."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "more").mkdir()
    for kind in range(COUNT):
        draw_kind(kind * 16).save(folder / f"{kind:05}.jpg", quality=90)
    both = Image.new("RGB", (192, 72))
    both.paste(draw_kind(LEFT * 16), (0, 0))
    both.paste(draw_kind(RIGHT * 16), (96, 0))
    both.save(folder / "both.png")
    shutil.copy(folder / "00005.jpg", folder / "more" / "again.jpg")
    return folder


@pytest.fixture(scope="module")
def notebook(open_notebook, folder):
    cells = [cell.format(folder=str(folder)) for cell in CELLS]
    opened = open_notebook("pointing.ipynb", cells, permissions=ALLOWED)
    opened.run(0)
    yield opened
    assert opened.errors == []


def explored(notebook, cell: int):
    """Return a cell's explorer, when its first pictures are there."""
    explorer = notebook.output(cell).locator(".lookalike-live > .lookalike-explorer")
    if not explorer.count():
        notebook.run(cell)
    explorer.locator(".explorer-tile img").first.wait_for()
    # The gallery takes the place of the whole output a little later.
    notebook.output(cell).locator(".lookalike-tile").first.wait_for(state="attached")
    explorer.locator(".explorer-crumb").first.click()
    return explorer


@pytest.fixture
def explorer(notebook):
    found = explored(notebook, 0)
    clear = found.get_by_role("button", name="Clear")
    if clear.is_visible():
        clear.click()
    arrange(found, "", "")
    yield found
    notebook.page.keyboard.press("Escape")


def arrange(explorer, order: str, text: str) -> None:
    explorer.get_by_role("combobox", name="Order").select_option(order)
    explorer.get_by_role("searchbox", name="Filter by path").fill(text)
    explorer.page.wait_for_timeout(300)
    explorer.page.wait_for_function("!document.querySelector('.explorer-busy')")


def tile(explorer, position: int):
    return explorer.locator(f".explorer-tile[data-position='{position}']")


def named(explorer, name: str):
    return explorer.locator(".explorer-tile", has_text=name)


def names(explorer) -> list[str]:
    explorer.locator(".explorer-tile .explorer-name").first.wait_for()
    return explorer.locator(".explorer-tile .explorer-name").all_inner_texts()


def wait_for_place(explorer, name: str) -> None:
    explorer.locator(f".explorer-crumb[aria-current]:has-text('{name}')").wait_for()
    tile(explorer, 0).locator("img").wait_for()


def opened(explorer, name: str):
    """Return the dialog of a picture, with its true size."""
    arrange(explorer, "", name)
    explorer.locator(".explorer-scroller").focus()
    tile(explorer, 0).locator("img").wait_for()
    explorer.page.keyboard.press("Enter")
    dialog = explorer.locator("dialog[open]")
    dialog.locator("text=192 x 72 pixels").wait_for()
    return dialog


def check_part(explorer, notebook, how: str) -> None:
    wait_for_place(explorer, "part of both.png")
    assert tile(explorer, 0).locator(".explorer-name").inner_text() == f"{RIGHT:05}.jpg"
    query = explorer.locator(".explorer-query img")
    width, height = query.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert 1.1 < width / height < 1.6
    notebook.picture(f"part-{how}")


def test_a_box_that_is_drawn_with_the_mouse_is_searched_for(explorer, notebook):
    page, dialog = notebook.page, opened(explorer, "both")
    box = dialog.locator(".explorer-large").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])
    # Beyond the picture the box ends where it does.
    page.mouse.move(box["x"] + 1.2 * box["width"], box["y"] + 1.2 * box["height"])
    page.mouse.up()
    notebook.picture("box")
    dialog.get_by_role("button", name="Look-alikes of this part").click()
    check_part(explorer, notebook, "mouse")


def test_a_box_is_drawn_and_searched_for_with_keys_alone(explorer, notebook):
    dialog = opened(explorer, "both")
    presses = ["b", *["ArrowRight"] * 13, *["ArrowUp"] * 13, *["Shift+ArrowDown"] * 25]
    for key in presses:
        notebook.page.keyboard.press(key)
    box, whole = (dialog.locator(at).bounding_box() for at in (".explorer-box", ".explorer-large"))
    assert box["width"] == pytest.approx(whole["width"] / 2, abs=2)
    assert box["height"] == pytest.approx(whole["height"], abs=2)
    notebook.page.keyboard.press("Enter")
    check_part(explorer, notebook, "keys")


def test_escape_takes_the_box_away_first_and_then_closes(explorer, notebook):
    dialog = opened(explorer, "both")
    notebook.page.keyboard.press("b")
    dialog.locator("text=Enter searches").wait_for()
    notebook.page.keyboard.press("Escape")
    dialog.locator(".explorer-box").wait_for(state="hidden")
    assert dialog.is_visible()
    notebook.page.keyboard.press("Escape")
    explorer.locator("dialog[open]").wait_for(state="detached")


def test_several_that_are_selected_are_searched_for_together(explorer, notebook):
    for position in (2, 9):
        tile(explorer, position).click(modifiers=["Control"])
    explorer.locator("text=2 selected").wait_for()
    explorer.locator(".explorer-scroller").focus()
    notebook.page.keyboard.press("m")
    wait_for_place(explorer, "2 pictures together")
    explorer.locator(".explorer-query img").nth(1).wait_for()
    assert {"00002.jpg", "00009.jpg"}.isdisjoint(names(explorer))
    notebook.picture("together")
    explorer.locator(".explorer-crumb").first.click()
    explorer.get_by_role("button", name="More like these").click()
    wait_for_place(explorer, "2 pictures together")


def test_the_query_is_beside_its_matches_and_its_copies_say_so(explorer, notebook):
    tile(explorer, 5).click()
    wait_for_place(explorer, "00005.jpg")
    query, match = explorer.locator(".explorer-query"), explorer.locator(".explorer-pane > div img")
    assert query.inner_text() == "Look-alikes of 00005.jpg"
    heights = [at.bounding_box()["height"] for at in (query.locator("img"), match)]
    assert heights[0] > 150 and heights[0] == pytest.approx(heights[1], abs=2)
    assert tile(explorer, 0).locator(".explorer-kind").inner_text() == "same file"
    assert "same file" in tile(explorer, 0).get_attribute("aria-label")
    assert tile(explorer, 9).locator(".explorer-kind").count() == 0
    notebook.picture("query")


def test_the_distance_runs_from_the_nearest_to_the_farthest_that_is_shown(explorer, notebook):
    tile(explorer, 5).click()
    wait_for_place(explorer, "00005.jpg")
    slider = explorer.get_by_role("slider", name="Distance")
    assert slider.get_attribute("aria-valuetext").startswith("24 of 24 within ")
    named(explorer, "#20 ·").hover()
    slider.focus()
    notebook.page.keyboard.press("Home")
    explorer.locator("text=/^one picture$/").wait_for()
    assert slider.get_attribute("aria-valuetext") == "1 of 24 within 0"
    assert explorer.locator(".explorer-pane b").inner_text() == "again.jpg"


def test_rows_are_in_the_order_and_of_the_names_that_are_asked_for(explorer, notebook):
    arrange(explorer, "-name", "")
    assert names(explorer)[:3] == ["both.png", "again.jpg", "00029.jpg"]
    arrange(explorer, "folder", "")
    assert names(explorer)[0] == "00000.jpg"
    arrange(explorer, "name", "MORE/")
    assert names(explorer) == ["again.jpg"]
    explorer.locator("text=1 of 32 pictures").wait_for()
    notebook.picture("filtered")
    # What is shown is what is searched for.
    tile(explorer, 0).click()
    wait_for_place(explorer, "again.jpg")
    assert tile(explorer, 0).locator(".explorer-name").inner_text() == "00005.jpg"


def test_keys_alone_filter_and_go_to_what_is_left(explorer, notebook):
    keyboard = notebook.page.keyboard
    explorer.locator(".explorer-scroller").focus()
    keyboard.press("/")
    keyboard.type("nothing")
    explorer.locator("text=0 of 32 pictures").wait_for()
    assert explorer.locator(".explorer-pane img:visible").count() == 0
    keyboard.press("Escape")
    explorer.locator("text=/^32 pictures/").wait_for()
    keyboard.press("/")
    keyboard.type("both")
    explorer.locator("text=1 of 32 pictures").wait_for()
    keyboard.press("Enter")
    keyboard.press("l")
    wait_for_place(explorer, "both.png")


def test_the_path_is_copied_and_the_original_is_shown(explorer, notebook, folder):
    dialog = opened(explorer, "both")
    notebook.page.keyboard.press("c")
    dialog.locator("text=Copied").wait_for()
    assert notebook.page.evaluate("navigator.clipboard.readText()") == str(folder / "both.png")
    notebook.page.keyboard.press("o")
    dialog.locator("[aria-pressed=true]").wait_for()
    notebook.page.wait_for_function(
        "document.querySelector('dialog[open] img').getBoundingClientRect().width === 192"
    )
    # No box is drawn on it, so none is promised.
    assert "Draw a box" not in dialog.inner_text()
    notebook.page.keyboard.press("o")
    notebook.page.keyboard.press("Escape")


def test_the_trail_is_one_line_however_long_and_ends_in_sight(explorer, notebook):
    before = explorer.locator(".explorer-trail").bounding_box()["height"]
    for number in range(8):
        name = tile(explorer, 3).locator(".explorer-name").inner_text()
        tile(explorer, 3).click()
        explorer.locator(".explorer-crumb").nth(number + 1).wait_for()
        wait_for_place(explorer, name)
    trail = explorer.locator(".explorer-trail").bounding_box()
    # However wide a picture is, its crumb has room for its name.
    assert explorer.locator(".explorer-crumb img").last.bounding_box()["width"] == 24
    assert trail["height"] < 1.5 * before
    last = explorer.locator(".explorer-crumb").last.bounding_box()
    assert last["x"] + last["width"] <= trail["x"] + trail["width"] + 1
    # The first one stays in sight too, and can be gone back to.
    notebook.picture("trail")
    explorer.locator(".explorer-crumb").first.click()
    explorer.locator(".explorer-crumb").nth(1).wait_for(state="detached")


def test_the_pane_stays_on_the_tile_that_was_clicked(notebook):
    explorer = explored(notebook, 1)
    name = explorer.locator(".explorer-pane b")
    tile(explorer, 4).hover()
    name.locator("text=00004.jpg").wait_for()
    tile(explorer, 2).click()
    tile(explorer, 7).hover()
    notebook.page.wait_for_timeout(300)
    assert name.inner_text() == "00002.jpg"


def test_copies_are_group_by_group_with_the_one_to_keep_first(notebook):
    explorer = explored(notebook, 2)
    first = explorer.locator(".explorer-tile[data-heading]").first
    first.wait_for()
    heading = first.get_attribute("data-heading")
    assert heading.startswith("Group 1 · ") and heading.endswith(" pictures")
    kinds = [tile(explorer, at).locator(".explorer-kind").inner_text() for at in (0, 1)]
    assert kinds[0] == "to keep" and kinds[1] in ("same file", "same picture", "near copy")
    notebook.picture("copies")
    explorer.get_by_role("button", name="Table").click()
    tile(explorer, 0).locator("text=to keep").wait_for()
    explorer.get_by_role("button", name="Grid").click()


def test_matches_of_several_queries_come_query_by_query_each_after_its_picture(notebook):
    explorer = explored(notebook, 3)
    tile(explorer, 9).locator(".explorer-name").wait_for()
    headings = explorer.locator("[data-heading]").evaluate_all("all => all.map(at => at.dataset)")
    told = [(at["position"], at["heading"]) for at in headings]
    assert told == [("0", "query · 00003.jpg"), ("5", "query · 00007.jpg")]
    assert tile(explorer, 5).locator(".explorer-kind").inner_text() == "query"
    explorer.locator("text=/^8 pictures$/").wait_for()
    # Beside each match is what it was found with.
    tile(explorer, 7).click()
    explorer.locator("text=Look-alikes of 00007.jpg").wait_for()
    notebook.picture("queries")
    tile(explorer, 5).click()
    explorer.locator(".explorer-query").wait_for(state="hidden")


def test_in_a_chinese_browser_the_explorer_speaks_chinese(open_notebook, folder):
    cells = [cell.format(folder=str(folder)) for cell in CELLS[:1]]
    notebook = open_notebook("chinese.ipynb", cells, theme="dark", width=1000, locale="zh-CN")
    notebook.run(0)
    explorer = notebook.page.locator(".lookalike-live > .lookalike-explorer")
    explorer.locator(".explorer-tile img").first.wait_for()
    notebook.output(0).locator(".lookalike-tile").first.wait_for(state="attached")
    assert explorer.get_attribute("lang") == "zh-Hans"
    tile(explorer, 5).click()
    explorer.locator("text=与 00005.jpg 相似").wait_for()
    assert tile(explorer, 0).locator(".explorer-kind").inner_text() == "相同文件"
    explorer.locator(".explorer-query img").wait_for()
    explorer.locator(".explorer-details >> text=/96 . 72 像素/").first.wait_for()
    notebook.picture("chinese")
    explorer.locator(".explorer-scroller").focus()
    notebook.page.keyboard.press("Enter")
    explorer.locator("dialog[open] >> text=在图上拖动或按 B 键框选").wait_for()
    notebook.picture("chinese-dialog")
    told = explorer.inner_text().replace("00005.jpg", "")
    assert not set(told.split()) & {"pictures", "Look-alikes", "Close", "Distance"}
    assert notebook.errors == []
