"""What selects and what does not, and whose the keys are: the explorer's or the notebook's."""

from __future__ import annotations

import pytest
from drawing import draw_many

COUNT = 60
CELLS = [
    """\
import lookalike
data = lookalike.load_images({folder!r})
model = lookalike.build_model(data, verbose=False)
explorer = lookalike.explore(data, model=model)""",
    "print(list(explorer.selected['id']))",
]
WITHOUT_MODEL = [
    "import lookalike\nexplorer = lookalike.explore(lookalike.load_images({folder!r}))",
    CELLS[1],
]
# Each would change the notebook: insert, cut, delete, retype a cell, restart the kernel.
SHORTCUTS = ("a", "b", "x", "d", "d", "m", "r", "0", "0", "Shift+b")
SLIDERS = ("Look-alikes", "Distance")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(draw_many(tmp_path_factory.mktemp("pictures") / "some", COUNT))


@pytest.fixture(scope="module", params=[CELLS, WITHOUT_MODEL], ids=["model", "no-model"])
def either(open_notebook, folder, request):
    """An explorer in a notebook, with a model and without."""
    yield from explored(open_notebook, folder, request.param)


@pytest.fixture(scope="module")
def notebook(open_notebook, folder):
    """An explorer with a model."""
    yield from explored(open_notebook, folder, CELLS)


def explored(open_notebook, folder, cells):
    opened = open_notebook(
        f"keys-{len(cells[0])}.ipynb", [at.format(folder=folder) for at in cells]
    )
    opened.run(0)
    opened.page.wait_for_selector(".lookalike-live .explorer-tile img")
    opened.page.locator(".lookalike-tile").first.wait_for(state="attached")
    yield opened
    assert opened.errors == []


def start_again(notebook):
    """Go back to all rows, with nothing selected, and return the page."""
    page = notebook.page
    page.mouse.move(5, 5)
    page.locator(".explorer-crumb").first.click()
    if clear(page).is_visible():
        clear(page).click()
        clear(page).wait_for(state="hidden")
    return page


def tile(page, position: int):
    return page.locator(f".explorer-tile[data-position='{position}']")


def clear(page):
    return page.get_by_role("button", name="Clear")


def status(page) -> str:
    return page.locator(".explorer-foot [role=status]").inner_text()


def selected(notebook) -> str:
    notebook.run(1)
    return notebook.output(1).inner_text().strip()


def find_look_alikes(page, position: int) -> None:
    tile(page, position).click()
    page.get_by_role("slider", name="Look-alikes").wait_for()
    page.wait_for_function("!document.querySelector('.explorer-busy')")


def test_a_click_leaves_what_is_selected_as_it_is(either):
    page = start_again(either)
    tile(page, 2).hover()
    tile(page, 2).locator(".explorer-check").click()
    tile(page, 4).click()
    page.wait_for_timeout(500)
    assert status(page).endswith("1 selected")
    if page.locator(".explorer-crumb").count() == 1:
        page.mouse.move(5, 5)
        page.locator(".explorer-tile[data-position='4'].explorer-active").wait_for()
        page.locator(".explorer-body .explorer-details b:text-is('00004.jpg')").wait_for()
    assert selected(either) == "[2]"


@pytest.mark.parametrize("how", ["tick", "Control", "Meta", "Shift", "Space"])
def test_a_tick_a_click_with_a_key_and_the_space_bar_select(either, how):
    page = start_again(either)
    if how == "tick":
        tile(page, 0).hover()
        tile(page, 0).locator(".explorer-check").click()
    elif how == "Space":
        page.locator(".explorer-scroller").focus()
        page.keyboard.press("Home")
        page.keyboard.press(" ")
    else:
        page.locator(".explorer-scroller").focus()
        page.keyboard.press("Home")
        tile(page, 0).click(modifiers=[how])
    page.locator("text=1 selected").wait_for()
    assert page.locator(".explorer-crumb").count() == 1
    assert selected(either) == "[0]"


def test_a_range_is_added_to_what_is_selected_and_may_become_shorter(notebook):
    page = start_again(notebook)
    tile(page, 9).click(modifiers=["Control"])
    tile(page, 2).click(modifiers=["Control"])
    tile(page, 6).click(modifiers=["Shift"])
    tile(page, 4).click(modifiers=["Shift"])
    page.locator("text=4 selected").wait_for()
    assert selected(notebook) == "[2, 3, 4, 9]"


def test_what_is_selected_in_several_places_comes_together(notebook):
    page = start_again(notebook)
    tile(page, 5).click(modifiers=["Control"])
    find_look_alikes(page, 5)
    # All 24 of them; the picture itself is none.
    page.locator(".explorer-scroller").focus()
    page.keyboard.press("Control+a")
    page.locator("text=25 selected").wait_for()


@pytest.mark.parametrize("by", ["click", "keyboard"])
def test_clear_selects_nothing_in_the_kernel_too(either, by):
    page = start_again(either)
    assert not clear(page).is_visible()
    tile(page, 3).click(modifiers=["Control"])
    tile(page, 4).click(modifiers=["Control"])
    clear(page).wait_for()
    either.picture(f"clear-{by}")
    if by == "click":
        clear(page).click()
    else:
        page.locator(".explorer-scroller").focus()
        for _ in range(5):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "Clear":
                break
        page.keyboard.press("Enter")
    clear(page).wait_for(state="hidden")
    assert status(page) == f"{COUNT} pictures"
    assert page.locator(".explorer-tile[aria-selected=true]").count() == 0
    assert page.evaluate("document.activeElement.className") == "explorer-scroller"
    assert selected(either) == "[]"


def controls(page) -> dict:
    """Return what can have the focus, by name; the large picture is opened last."""
    named = {
        name: page.get_by_role(role, name=name)
        for role, names in {
            "listbox": ["All"],
            "button": ["Search with a file …", "Table", "Clear"],
            "slider": SLIDERS,
        }.items()
        for name in names
    }
    return {**named, "trail": page.locator(".explorer-crumb").last}


def cells(page) -> list[str]:
    return page.locator(".jp-Cell").evaluate_all("all => all.map(node => node.className)")


def press_shortcuts(page) -> None:
    for key in SHORTCUTS:
        page.keyboard.press(key)
    page.wait_for_timeout(100)


def test_no_key_reaches_the_notebook_while_a_control_has_the_focus(notebook):
    page = start_again(notebook)
    tile(page, 3).click(modifiers=["Control"])
    find_look_alikes(page, 2)
    page.mouse.move(5, 5)
    before = cells(page)
    for name, control in controls(page).items():
        control.focus()
        press_shortcuts(page)
        assert cells(page) == before, name
        assert not page.locator(".jp-Dialog").is_visible(), name


def test_no_key_reaches_the_notebook_from_the_large_picture_or_beside_the_controls(notebook):
    page = start_again(notebook)
    before = cells(page)
    page.locator(".explorer-body .explorer-words").click()
    press_shortcuts(page)
    assert cells(page) == before
    page.keyboard.press("Enter")
    for name in ("Look-alikes", "Original size", "Close"):
        page.locator("dialog[open]").get_by_role("button", name=name).focus()
        press_shortcuts(page)
        assert cells(page) == before
    # B has begun a box, which goes first.
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="hidden")


def test_the_notebooks_own_keys_with_ctrl_work_from_every_control(notebook):
    page = start_again(notebook)
    tile(page, 3).click(modifiers=["Control"])
    find_look_alikes(page, 2)
    # A key that was the explorer's is nothing to those that follow.
    page.locator(".explorer-body .explorer-words").click()
    page.keyboard.press("b")
    side = page.locator("#jp-left-stack")
    for control in controls(page).values():
        control.focus()
        page.keyboard.press("Control+b")
        side.wait_for()
        page.keyboard.press("Control+b")
        side.wait_for(state="hidden")
    page.get_by_role("slider", name="Look-alikes").focus()
    notebook.save()


@pytest.mark.parametrize("name", SLIDERS)
@pytest.mark.parametrize(("key", "other"), [("ArrowLeft", "ArrowRight"), ("ArrowDown", "ArrowUp")])
def test_the_arrow_keys_move_the_sliders(notebook, name, key, other):
    page = start_again(notebook)
    find_look_alikes(page, 2)
    slider = page.get_by_role("slider", name=name)
    slider.focus()
    before = int(slider.input_value())
    page.keyboard.press(key)
    page.wait_for_function("!document.querySelector('.explorer-busy')")
    assert int(slider.input_value()) == before - 1
    page.keyboard.press(other)
    page.wait_for_function("!document.querySelector('.explorer-busy')")
    assert int(slider.input_value()) == before


def test_escape_goes_back_from_every_control(notebook):
    page = start_again(notebook)
    for name in ("Look-alikes", "Table", "trail"):
        find_look_alikes(page, 2)
        controls(page)[name].focus()
        page.keyboard.press("Escape")
        page.get_by_role("slider", name="Look-alikes").wait_for(state="detached")


def test_the_help_promises_the_keys_that_work_where_the_focus_is(either):
    page = start_again(either)
    help_ = page.locator(".explorer-keys")
    help_.locator("text=Arrows move · Enter opens · Space selects").wait_for()
    has_model = page.get_by_role("button", name="Search with a file …").count() > 0
    assert ("L look-alikes" in help_.inner_text()) == has_model
    assert "Esc" not in help_.inner_text()
    page.keyboard.press("/")
    help_.locator("text=/^Enter goes to the pictures · Esc shows all$/").wait_for()
    page.get_by_role("button", name="Table").focus()
    page.wait_for_function("!document.querySelector('.explorer-keys').textContent")
    if has_model:
        find_look_alikes(page, 2)
        page.get_by_role("slider", name="Distance").focus()
        help_.locator("text=/^Esc goes back$/").wait_for()
