"""The explorer's page as a person uses it: twenty thousand pictures, without Jupyter."""

from __future__ import annotations

import time

import pytest
from conftest import ARTEFACTS
from drawing import KINDS, draw_many, draw_odd
from program import EXPLORE, WITH_MODEL, Program

pytest.importorskip("uvicorn", reason="the extra app is not installed")

from lookalike.display.page import unpacked

COUNT = 20_000
WAIT = 120_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return draw_many(tmp_path_factory.mktemp("pictures") / "many", COUNT)


@pytest.fixture
def opened(chromium):
    """Open a program's page; whatever the browser complains of is an error."""
    pages, complaints = [], []

    def open_page(program: Program, wait: bool = True, **options):
        page = chromium.new_page(**{"viewport": {"width": 1300, "height": 900}, **options})
        pages.append(page)
        page.set_default_timeout(WAIT)
        page.frames_received = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda one: page.frames_received.append(one)),
        )
        page.goto(program.address)
        if wait:
            page.wait_for_selector(".explorer-tile img")
        return page

    yield open_page
    assert complaints == []
    for page in pages:
        page.close()


def keep(page, name: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"page-{name}.png")


def crumbs(page) -> list[str]:
    return [text.strip() for text in page.locator(".explorer-crumb").all_inner_texts()]


def kind_of(frame: bytes) -> str:
    """Return what a message is: of what changes, the progress matters."""
    message, _ = unpacked(frame)
    values = message.get("values", {})
    if values.get("searches"):
        return "search"
    return "features" if any(values.get("progress", [])[:1]) else message["kind"]


def kinds_until(page, kind: str) -> list[str]:
    """Wait for a message of a kind, and return the kinds of all until then."""
    deadline = time.monotonic() + WAIT / 1000
    while kind not in map(kind_of, page.frames_received):
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    return list(map(kind_of, page.frames_received))


def test_tiles_come_before_any_feature_is_made_and_ctrl_c_ends_it_then(opened, folder, tmp_path):
    with Program(*EXPLORE, folder, cache=tmp_path) as program:
        page = opened(program)
        keep(page, "first-screen")
        assert crumbs(page) == ["many · 20,000"]
        assert "token" not in page.url
        page.wait_for_function("document.querySelectorAll('.explorer-tile img').length > 20")
        kinds = kinds_until(page, "features")
        assert kinds.index("tiles") < kinds.index("features")
        keep(page, "features-are-made")
        assert program.end() == 0
        assert "Traceback" not in program.errors
        page.locator("#ended").wait_for()
        keep(page, "ended")


@pytest.fixture(scope="module")
def many(folder, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with Program("-c", WITH_MODEL, folder, KINDS, "stays", cache=cache) as program:
        yield program


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 390])
def test_a_click_finds_look_alikes(opened, many, scheme, width):
    page = opened(many, color_scheme=scheme, viewport={"width": width, "height": 800})
    keep(page, f"{scheme}-{width}")
    page.locator(".explorer-tile[data-position='2'] img").click()
    page.locator(".explorer-crumb").nth(1).wait_for()
    page.wait_for_function("!document.querySelector('.explorer-busy')")
    page.locator(".explorer-tile[data-position='5'] img").wait_for()
    keep(page, f"look-alikes-{scheme}-{width}")
    assert crumbs(page) == ["Many · 20,000", "00002.jpg"]
    figures = page.locator(".explorer-tile[data-position='0'] .explorer-figures").inner_text()
    assert "0.000" in figures
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_scrolling_to_the_end_brings_the_last_pictures(opened, many):
    page = opened(many)
    page.locator(".explorer-scroller").evaluate("node => (node.scrollTop = node.scrollHeight)")
    page.locator(f".explorer-tile[data-position='{COUNT - 1}'] img").wait_for()


def test_a_picture_that_is_dropped_is_searched_with(opened, many, folder):
    page = opened(many)
    page.locator("input[type=file]").set_input_files(folder / "00007.jpg")
    page.locator(".explorer-crumb").nth(1).wait_for()
    assert crumbs(page)[1] == "00007.jpg"


def test_what_was_selected_is_selected_after_a_reload(opened, many):
    page = opened(many)
    for position in (1, 3):
        page.locator(f".explorer-tile[data-position='{position}'] img").click(modifiers=["Control"])
    page.locator("text=2 selected").wait_for()
    page.reload()
    page.locator("text=2 selected").wait_for()
    page.get_by_role("button", name="Clear").click()


def test_a_program_goes_on_with_what_is_selected_when_the_page_is_closed(
    opened, chromium, tmp_path
):
    folder = draw_many(tmp_path / "some", KINDS)
    with Program("-c", WITH_MODEL, folder, KINDS, "goes", cache=tmp_path) as program:
        page = opened(program)
        page.locator(".explorer-tile[data-position='4'] img").click(modifiers=["Control"])
        page.locator("text=1 selected").wait_for()
        page.close()
        program.wait()
        assert program.printed == "selected [4]\n"


def test_search_turns_on_when_features_are_made_and_a_broken_picture_says_why(opened, tmp_path):
    folder = draw_odd(tmp_path / "odd")
    with Program(*EXPLORE, folder, cache=tmp_path) as program:
        page = opened(program)
        reason = page.locator(".explorer-tile:has-text('c-broken') .explorer-reason")
        assert reason.inner_text()
        kinds_until(page, "search")
        page.locator(".explorer-tile:has-text('sideways') img").click()
        page.locator(".explorer-crumb").nth(1).wait_for()
        keep(page, "odd")


def test_without_the_token_there_is_no_page(chromium, many):
    # Another browser, which has no cookie.
    context = chromium.new_context()
    page = context.new_page()
    answer = page.goto(many.address.split("?")[0])
    assert answer.status == 403
    assert "needs the whole address" in page.locator("body").inner_text()
    context.close()
