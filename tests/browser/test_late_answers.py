"""What comes late or at an odd moment: answers, a connection, a key, a second click."""

from __future__ import annotations

import pytest
from drawing import draw_many
from program import EXPLORE, Program

pytest.importorskip("uvicorn", reason="the extra app is not installed")

COUNT = 60
# The page's socket is there to be held up; what it should send is kept until it is let go.
HOLD = """
window.sockets = [];
window.held = [];
window.holds = "";
window.urls = new Set();
// A frame is bytes; the words in it are those that were encoded just before.
let words = "";
const { encode } = TextEncoder.prototype;
TextEncoder.prototype.encode = function (text) {
  words = text;
  return encode.call(this, text);
};
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (frame) {
  sockets.push(this);
  if (holds && words.includes(`"${holds}"`)) held.push(() => send.call(this, frame));
  else send.call(this, frame);
};
const { createObjectURL, revokeObjectURL } = URL;
URL.createObjectURL = (blob) => {
  const url = createObjectURL.call(URL, blob);
  urls.add(url);
  return url;
};
URL.revokeObjectURL = (url) => {
  urls.delete(url);
  revokeObjectURL.call(URL, url);
};
"""
HOLDS = "kind => { holds = kind; }"
LET_GO = """() => {
  holds = "";
  if (!held.length) throw new Error("nothing was held");
  for (const go of held.splice(0)) go();
}"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = draw_many(tmp_path_factory.mktemp("pictures") / "some", COUNT)
    with Program(*EXPLORE, folder, cache=tmp_path_factory.mktemp("cache")) as shown:
        yield shown


@pytest.fixture
def page(chromium, program):
    """A page that can search, with the rows in focus and nothing selected."""
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    opened, complaints = context.new_page(), []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.add_init_script(HOLD)
    # The token is for one browser alone.
    opened.goto(program.address)
    opened.get_by_role("button", name="Search with a file …").and_(
        opened.locator(":enabled")
    ).wait_for(timeout=60_000)
    tile(opened, 0).locator("img").wait_for()
    clear = opened.get_by_role("button", name="Clear")
    if clear.is_visible():
        clear.click()
    opened.locator(".explorer-scroller").focus()
    yield opened
    context.close()
    assert complaints == []


def tile(page, position: int):
    return page.locator(f".explorer-tile[data-position='{position}']")


def crumbs(page) -> int:
    return page.locator(".explorer-crumb").count()


def find(page, position: int) -> None:
    before = crumbs(page)
    tile(page, position).click()
    page.locator(".explorer-crumb").nth(before).wait_for()
    tile(page, 0).locator("img").wait_for()


def dialog_of_active(page):
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    dialog.locator("text=96 x 72 pixels").wait_for()
    return dialog


def test_a_search_that_was_under_way_when_the_connection_was_lost_is_answered_later(page):
    page.evaluate(HOLDS, "search")
    tile(page, 3).click()
    page.locator(".explorer-busy").wait_for()
    page.evaluate("() => { holds = ''; sockets[0].close(); }")
    # Meanwhile there is nobody to tell, and nothing fails.
    tile(page, 1).click(modifiers=["Control"])
    page.locator("text=1 selected").wait_for()
    page.locator(".explorer-crumb >> text=00003.jpg").wait_for()
    page.locator(".explorer-busy").wait_for(state="detached")


def test_an_original_that_comes_after_the_dialog_was_closed_is_not_shown(page):
    dialog = dialog_of_active(page)
    page.evaluate(HOLDS, "original")
    page.keyboard.press("o")
    dialog.locator("[aria-pressed=true]").wait_for()
    page.keyboard.press("Escape")
    before = page.evaluate("urls.size")
    page.evaluate(LET_GO)
    dialog_of_active(page)
    page.wait_for_timeout(500)
    assert dialog.locator("[aria-pressed=true]").count() == 0
    assert page.evaluate("urls.size") == before


def test_a_box_is_not_on_an_original_that_comes_later(page):
    dialog = dialog_of_active(page)
    page.evaluate(HOLDS, "original")
    page.keyboard.press("o")
    page.keyboard.press("b")
    page.evaluate(LET_GO)
    page.wait_for_timeout(500)
    assert dialog.locator(".explorer-box").is_visible()
    assert dialog.locator("[aria-pressed=true]").count() == 0


def test_look_alikes_that_come_while_a_picture_is_open_close_it(page):
    page.evaluate(HOLDS, "search")
    page.keyboard.press("l")
    dialog = dialog_of_active(page)
    page.evaluate(LET_GO)
    page.locator(".explorer-crumb").nth(1).wait_for()
    dialog.wait_for(state="hidden")


def test_the_arrow_keys_go_on_past_tiles_that_are_not_there_yet(page):
    page.evaluate(HOLDS, "tiles")
    dialog = dialog_of_active(page)
    dialog.get_by_role("button", name="Copy path").focus()
    for _ in range(COUNT):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(10)
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.evaluate(LET_GO)
    dialog.locator("text=00059.jpg").first.wait_for()


def test_the_second_of_two_clicks_searches_for_nothing(page):
    tile(page, 3).dblclick(delay=50)
    page.locator(".explorer-crumb").nth(1).wait_for()
    page.wait_for_timeout(500)
    assert crumbs(page) == 2
    assert page.locator("dialog[open]").count() == 0


def test_the_address_of_a_part_is_given_up_with_its_place(page):
    dialog_of_active(page)
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.locator(".explorer-crumb >> text=part of").wait_for()
    part = page.locator(".explorer-query img").get_attribute("src")
    assert page.evaluate("url => urls.has(url)", part)
    page.keyboard.press("Escape")
    assert not page.evaluate("url => urls.has(url)", part)


def test_enter_that_ends_a_word_of_an_input_method_leaves_the_filter_its_focus(page):
    page.keyboard.press("/")
    page.keyboard.type("0001")
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
    )
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "explorer-scroller"


def test_where_nothing_is_left_those_that_are_selected_are_still_searched_for_together(page):
    for position in (2, 9):
        tile(page, position).click(modifiers=["Control"])
    page.keyboard.press("/")
    page.keyboard.type("nothing")
    page.locator("text=0 of 60 pictures").wait_for()
    page.keyboard.press("Enter")
    for key in ("Control+a", " ", "l", "c", "Enter", "End"):
        page.keyboard.press(key)
    page.locator("text=2 selected").wait_for()
    page.keyboard.press("m")
    page.locator(".explorer-crumb >> text=2 pictures together").wait_for()


def test_what_was_copied_is_not_said_of_the_next_picture(page):
    page.context.grant_permissions(["clipboard-write"])
    dialog = dialog_of_active(page)
    page.keyboard.press("c")
    dialog.locator("text=Copied").wait_for()
    page.keyboard.press("ArrowRight")
    dialog.locator("text=Copied").wait_for(state="detached")


def test_all_rows_are_where_they_were_although_the_matches_became_a_table(page):
    page.locator(".explorer-scroller").evaluate("node => (node.scrollTop = 1200)")
    tile(page, 40).locator("img").wait_for()
    active = page.locator(".explorer-scroller").evaluate(
        "node => Math.max(...[...node.querySelectorAll('.explorer-tile')].map(t =>"
        " t.getBoundingClientRect().top < 300 ? Number(t.dataset.position) : 0))"
    )
    find(page, active)
    page.get_by_role("button", name="Table").click()
    page.keyboard.press("Escape")
    tile(page, active).locator("img").wait_for()
    top = tile(page, active).bounding_box()["y"]
    assert 0 < top < 700
