"""The explorer as a person uses it: twenty thousand pictures in JupyterLab."""

from __future__ import annotations

import base64
import re

import pytest
from drawing import KINDS, draw_many

COUNT = 20_000

CELLS = [
    """\
import lookalike
from lookalike import tc
data = lookalike.load_images({folder!r})
kinds = tc.image_analysis.get_deep_features(data[:{kinds}]['image'], 'auto', verbose=False)
data['features'] = list(kinds) * (len(data) // {kinds})
model = tc.image_similarity.create(data, label='id', feature='features', verbose=False)""",
    "explorer = lookalike.explore(data, title='Twenty thousand', model=model)",
    "print(list(explorer.selected['id']), type(explorer.selected).__name__)",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return draw_many(tmp_path_factory.mktemp("pictures") / "many", COUNT)


@pytest.fixture(scope="module")
def notebook(open_notebook, folder):
    first = CELLS[0].format(folder=str(folder), kinds=KINDS)
    opened = open_notebook("many.ipynb", [first, *CELLS[1:]])
    opened.run(0)
    opened.run(1, wait=False)
    # How long that takes, tests/benchmarks/bench_explorer.py prints.
    opened.page.wait_for_selector(".lookalike-live .explorer-tile img")
    opened.picture("first-screen")
    # The gallery, which is made a little later, takes the place of the whole output.
    opened.page.locator(".lookalike-tile").first.wait_for(state="attached")
    yield opened
    assert opened.errors == []


@pytest.fixture
def page(notebook):
    """The page, with the explorer at its start: all rows, as a grid, scrolled to the top."""
    page = notebook.page
    page.mouse.move(5, 5)
    page.locator(".explorer-crumb").first.click()
    clear = page.get_by_role("button", name="Clear")
    if clear.is_visible():
        clear.click()
    scroll(page, 0)
    page.locator(".explorer-tile[data-position='0'] img").wait_for()
    return page


def scroll(page, top: int) -> None:
    page.locator(".explorer-scroller").evaluate("(node, top) => (node.scrollTop = top)", top)
    # A frame or two, in which the tiles are exchanged.
    page.wait_for_timeout(100)


def tile(page, position: int):
    return page.locator(f".explorer-tile[data-position='{position}']")


def crumbs(page) -> list[str]:
    return [text.strip() for text in page.locator(".explorer-crumb").all_inner_texts()]


def wait_for_crumbs(page, count: int) -> None:
    page.locator(".explorer-crumb").nth(count - 1).wait_for()
    page.wait_for_function("!document.querySelector('.explorer-busy')")
    tile(page, 0).locator("img").wait_for()


def number_of(text: str) -> int:
    return int(re.search(r"(\d{5})\.jpg", text).group(1))


def shown_numbers(page) -> list[int]:
    page.locator(".explorer-tile .explorer-name").first.wait_for()
    return [
        number_of(name) for name in page.locator(".explorer-tile .explorer-name").all_inner_texts()
    ]


def focused(page) -> str:
    """Return the accessible name of what has the focus."""
    return page.evaluate(
        "() => { const node = document.activeElement;"
        " return node.getAttribute('aria-label') || node.textContent.trim(); }"
    )


def selected(notebook) -> str:
    notebook.run(2)
    return notebook.output(2).inner_text()


def test_it_says_how_many_rows_there_are(page):
    assert crumbs(page) == ["Twenty thousand · 20,000"]
    assert page.locator(".explorer-foot [role=status]").inner_text().startswith("20,000 pictures")


def test_scrolling_brings_the_pictures_that_come_into_sight(page, notebook):
    scroll(page, 200_000)
    page.wait_for_selector(".explorer-tile img")
    middle = shown_numbers(page)
    assert min(middle) > 3_000 and max(middle) < COUNT
    notebook.picture("scrolled")
    scroll(page, 10_000_000)
    tile(page, COUNT - 1).locator("img").wait_for()
    assert tile(page, COUNT - 1).inner_text().endswith("19999.jpg")


def test_only_what_is_in_sight_is_in_the_page(page):
    for top in range(0, 100_000, 5_000):
        scroll(page, top)
    page.wait_for_timeout(200)
    assert 0 < page.locator(".explorer-tile").count() < 150


def test_hovering_shows_the_large_picture_with_name_size_and_columns(page, notebook):
    tile(page, 4).hover()
    pane = page.locator(".explorer-body .explorer-details")
    pane.locator("text=96 x 72 pixels").wait_for()
    told = pane.inner_text()
    assert "00004.jpg" in told and re.search(r"pixels · \d\.\d kB", told)
    assert re.search(r"id\s+4\b", told) and re.search(r"features\s+\[.*1280 values\]", told)
    width = pane.locator("img").evaluate("image => image.naturalWidth")
    assert width == 96
    notebook.picture("hover")


def test_two_generations_of_lookalikes_and_the_way_back(page, notebook):
    scroll(page, 3_000)
    page.wait_for_timeout(300)
    first = page.locator(".explorer-tile img").nth(12)
    name = first.locator("xpath=..").locator(".explorer-name").inner_text()
    first.click()
    wait_for_crumbs(page, 2)
    copies = shown_numbers(page)
    assert {number % KINDS for number in copies} == {number_of(name) % KINDS}
    assert number_of(name) not in copies
    assert tile(page, 0).locator(".explorer-figures").inner_text() == "#1 · 0.000"
    notebook.picture("look-alikes")

    second = tile(page, 2).locator(".explorer-name").inner_text()
    tile(page, 2).click()
    wait_for_crumbs(page, 3)
    assert crumbs(page)[1:] == [name, second]
    notebook.picture("second-generation")

    page.locator(".explorer-crumb").nth(1).click()
    assert crumbs(page)[1:] == [name] and tile(page, 2).inner_text().endswith(second)
    page.locator(".explorer-crumb").first.click()
    page.wait_for_timeout(200)
    # The click itself brings a tile wholly into sight.
    assert abs(page.locator(".explorer-scroller").evaluate("node => node.scrollTop") - 3_000) < 200


def test_a_slider_asks_for_more_lookalikes_and_one_for_nearer_ones_alone(page, notebook):
    tile(page, 3).click()
    wait_for_crumbs(page, 2)
    k = page.get_by_role("slider", name="Look-alikes")
    k.focus()
    page.keyboard.press("End")
    page.locator("text=200 pictures").wait_for()
    assert len(crumbs(page)) == 2 and focused(page) == "Look-alikes"
    scroll(page, 100_000)
    last = tile(page, 199).locator(".explorer-figures").inner_text()
    assert last.startswith("#200 · ") and "0.000" not in last

    radius = page.get_by_role("slider", name="Distance")
    radius.focus()
    page.keyboard.press("Home")
    page.locator(f"text={COUNT // KINDS - 1} pictures").wait_for()
    notebook.picture("radius")


def test_arrow_keys_move_and_enter_opens_and_escape_closes(page, notebook):
    page.locator(".explorer-scroller").focus()
    page.keyboard.press("Home")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    position = int(page.locator(".explorer-active").get_attribute("data-position"))
    # A column to the right, and a line of several down.
    assert 4 <= position <= 12
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    assert f"{position:05}.jpg" in dialog.inner_text()
    page.keyboard.press("ArrowRight")
    dialog.locator(f"text={position + 1:05}.jpg").first.wait_for()
    notebook.picture("opened")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.keyboard.press("End")
    tile(page, COUNT - 1).locator("img").wait_for()


def test_the_keyboard_finds_lookalikes_and_goes_back(page):
    page.locator(".explorer-scroller").focus()
    page.keyboard.press("Home")
    tile(page, 0).locator("img").wait_for()
    page.keyboard.press("l")
    wait_for_crumbs(page, 2)
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert len(crumbs(page)) == 1


def test_the_keyboard_reaches_everything_visibly_and_by_name(page):
    tile(page, 0).click()
    wait_for_crumbs(page, 2)
    page.locator(".explorer-crumb").nth(1).focus()
    page.keyboard.press("Shift+Tab")
    names = []
    for _ in range(7):
        names.append(focused(page))
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert re.search(r"solid 2px", outline), f"no visible focus on {names[-1]!r}: {outline}"
        page.keyboard.press("Tab")
    assert names[2:] == [
        "Look-alikes",
        "Distance",
        "Search with a file …",
        "Table",
        "Twenty thousand",
    ]
    option = page.get_by_role("option", name=re.compile(r"^\d{5}\.jpg, #1 · 0\.000, near copy$"))
    assert option.get_attribute("aria-selected") == "false"


def test_shift_ctrl_and_the_tick_select_for_the_next_cell_and_a_click_does_not(page, notebook):
    tile(page, 2).click()
    wait_for_crumbs(page, 2)
    page.locator(".explorer-crumb").first.click()
    tile(page, 5).click(modifiers=["Shift"])
    tile(page, 8).click(modifiers=["Control"])
    tile(page, 3).click(modifiers=["Control"])
    tile(page, 1).hover()
    tile(page, 1).locator(".explorer-check").click()
    notebook.picture("selected")
    assert "5 selected" in page.locator(".explorer-foot").inner_text()
    assert selected(notebook) == "[1, 2, 4, 5, 8] SFrame\n"


def test_the_keyboard_selects_too(page, notebook):
    page.locator(".explorer-scroller").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert selected(notebook) == "[0, 1, 2, 3] SFrame\n"
    page.locator(".explorer-scroller").focus()
    page.keyboard.press("Control+a")
    page.locator("text=20,000 selected").wait_for()


def test_a_dropped_picture_is_searched_for(page, notebook, folder):
    content = base64.b64encode((folder / "00123.jpg").read_bytes()).decode()
    page.evaluate(
        """(content) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], "mine.jpg", { type: "image/jpeg" }));
            const target = document.querySelector(".explorer-scroller");
            for (const kind of ["dragenter", "dragover", "drop"]) {
                const options = { bubbles: true, cancelable: true, dataTransfer };
                target.dispatchEvent(new DragEvent(kind, options));
            }
        }""",
        content,
    )
    wait_for_crumbs(page, 2)
    assert crumbs(page)[1] == "mine.jpg"
    assert {number % KINDS for number in shown_numbers(page)[:10]} == {123}
    notebook.picture("dropped")


def test_a_file_that_is_no_picture_is_told(page):
    page.locator(".explorer-controls input[type=file]").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    )
    page.locator("text=notes.txt is no picture that this browser can read").wait_for()


def test_the_table_shows_the_other_columns(page, notebook):
    scroll(page, 30_000)
    before = shown_numbers(page)
    page.get_by_role("button", name="Table").focus()
    page.keyboard.press("Enter")
    page.locator(".explorer-table .explorer-cell").first.wait_for()
    assert page.locator(".explorer-header").inner_text().split() == ["id", "path", "features"]
    first = int(page.locator(".explorer-tile .explorer-cell").first.inner_text())
    assert min(before) <= first <= max(before)
    assert focused(page) == "Grid"
    notebook.picture("table")
    page.get_by_role("button", name="Grid").click()


def test_a_saved_notebook_holds_the_gallery_alone(notebook, page):
    # The notebook's own shortcuts work from within the explorer too.
    page.locator(".explorer-scroller").focus()
    saved = notebook.save()
    (output,) = saved.cells[1].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert 20_000 < len(output.data["text/html"].encode()) < 400_500
    assert "Showing the first" in output.data["text/html"] and "widgets" not in saved.metadata


def test_reloading_the_page_brings_the_explorer_back(notebook):
    notebook.save()
    notebook.open()
    notebook.page.wait_for_selector(".lookalike-live .explorer-tile img")
    assert crumbs(notebook.page) == ["Twenty thousand · 20,000"]


def test_reopened_with_the_kernel_shut_down_it_is_the_gallery(notebook):
    notebook.save()
    notebook.page.goto("about:blank")
    notebook.lab.shut_down_kernels()
    notebook.open()
    page = notebook.page
    page.locator(".lookalike-tile img").first.wait_for()
    page.wait_for_timeout(3_000)
    text = page.locator(".jp-Notebook").inner_text()
    assert "Showing the first" in text and "00000.jpg" in text
    assert "widget" not in text.lower() and page.locator(".explorer-tile").count() == 0
    page.locator(".lookalike-tile").nth(3).hover()
    notebook.picture("kernel-shut-down")
