"""The explorer in Chromium: how soon it stands, scrolls, and shows look-alikes.

``python tests/benchmarks/bench_explorer.py [ROWS ...]``, by default 1000, 20000 and 100000 rows,
prints a table of JupyterLab's and one of the page's. It needs Chromium, as ``make test-browser``.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from drawing import KINDS, draw_many
from lab import Lab, Notebook, find_chromium
from program import EXPLORE, WITH_MODEL, Program

ROWS = (1000, 20_000, 100_000)
# The pictures are of KINDS kinds, over and over; so are their features.
CELLS = [
    """\
import lookalike
from lookalike import tc
data = lookalike.load_images({folder!r})
kinds = tc.image_analysis.get_deep_features(data[:{kinds}]['image'], 'auto', verbose=False)
data['features'] = list(kinds) * (len(data) // {kinds})
model = tc.image_similarity.create(data, label='id', feature='features', verbose=False)
# The first search makes codes of the features.
model.query(data[:1], verbose=False)""",
    "explorer = lookalike.explore(data, model=model)",
]
FRAMES = 300
# Each frame goes on by this many pixels, about as fast as a hand turns a wheel.
PIXELS = 40
JUMPS = 5
# The durations of frames, in milliseconds, while it scrolls.
SCROLL = """
([frames, pixels]) => new Promise((resolve) => {
  const scroller = document.querySelector(".explorer-scroller");
  const times = [];
  const step = (now) => {
    times.push(now);
    scroller.scrollTop += pixels;
    if (times.length <= frames) requestAnimationFrame(step);
    else resolve(times.slice(1).map((time, index) => time - times[index]));
  };
  requestAnimationFrame(step);
})
"""
JUMP = """
(share) => {
  const scroller = document.querySelector(".explorer-scroller");
  scroller.scrollTop = share * scroller.scrollHeight;
}
"""
# All tiles in sight have their pictures.
ALL_THERE = """
() => {
  const sight = document.querySelector(".explorer-scroller").getBoundingClientRect();
  const tiles = [...document.querySelectorAll(".explorer-tile")].filter((tile) => {
    const box = tile.getBoundingClientRect();
    return box.bottom > sight.top && box.top < sight.bottom;
  });
  return tiles.length > 0 && tiles.every((tile) => tile.querySelector("img")?.complete);
}
"""


HEAD = (
    "| rows | first pictures | frame while scrolling | 95 of 100 frames | after a jump | "
    "look-alikes |"
)


def in_notebook(notebook: Notebook) -> list[str]:
    """Open the explorer in a notebook and use it; return the cells of a row of the table."""
    page = notebook.page
    notebook.run(0)
    start = time.perf_counter()
    notebook.run(1, wait=False)
    page.wait_for_selector(".lookalike-live .explorer-tile img")
    first = time.perf_counter() - start
    # The gallery for the saved notebook is made after that.
    page.locator(".lookalike-tile").first.wait_for(state="attached")
    return in_words(first, *measure(page))


def in_page(browser: Browser, folder: Path, scratch: Path) -> list[str]:
    """Do the same in the page; at last, measure from the command on, before features are made."""
    with Program("-c", WITH_MODEL, folder, KINDS, "stays", cache=scratch) as program:
        page = browser.new_page(viewport={"width": 1300, "height": 950})
        start = time.perf_counter()
        page.goto(program.address)
        page.wait_for_selector(".explorer-tile img")
        measured = time.perf_counter() - start, *measure(page)
        page.close()
    start = time.perf_counter()
    with Program(*EXPLORE, folder, cache=scratch / "none") as program:
        page = browser.new_page(viewport={"width": 1300, "height": 950})
        page.goto(program.address)
        page.wait_for_selector(".explorer-tile img")
        command = time.perf_counter() - start
        page.close()
    return in_words(*measured, command)


def measure(page: Page) -> tuple[float, float, float, float]:
    """Use the explorer; return the seconds of frames, after a jump, and after a click."""
    frames = sorted(page.evaluate(SCROLL, [FRAMES, PIXELS]))
    jumps = []
    for number in range(1, JUMPS + 1):
        start = time.perf_counter()
        page.evaluate(JUMP, number / (JUMPS + 1))
        # A frame, in which the tiles are exchanged.
        page.evaluate("() => new Promise(requestAnimationFrame)")
        page.wait_for_function(ALL_THERE)
        jumps.append(time.perf_counter() - start)
    start = time.perf_counter()
    page.locator(".explorer-tile").first.click()
    page.locator(".explorer-crumb").nth(1).wait_for()
    page.wait_for_function("!document.querySelector('.explorer-busy')")
    page.wait_for_function(ALL_THERE)
    clicked = time.perf_counter() - start
    often = frames[int(0.95 * len(frames))]
    return statistics.median(frames) / 1000, often / 1000, statistics.median(jumps), clicked


def in_words(*seconds: float) -> list[str]:
    """Return seconds as milliseconds."""
    figures = [1000 * figure for figure in seconds]
    return [f"{figure:.1f} ms" if figure < 100 else f"{figure:.0f} ms" for figure in figures]


def main(counts: list[int]) -> None:
    chromium = find_chromium()
    if chromium is None:
        print("Not measured: Chromium is not installed. CHROMIUM=/path/to/it names one elsewhere.")
        return
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        scratch = Path(name)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(
            f"Chromium {browser.version}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}\n\nIn JupyterLab:\n\n{HEAD}\n|{' ---: |' * 6}"
        )
        folders = {count: draw_many(scratch / str(count), count) for count in counts}
        with Lab(scratch) as lab:
            for count, folder in folders.items():
                page = browser.new_page(viewport={"width": 1300, "height": 950})
                cells = [CELLS[0].format(folder=str(folder), kinds=KINDS), *CELLS[1:]]
                lab.write(f"{count}.ipynb", cells)
                row = in_notebook(Notebook(lab, page, f"{count}.ipynb", scratch))
                print(f"| {count:,} | {' | '.join(row)} |", flush=True)
                page.close()
                lab.shut_down_kernels()
        print(f"\nIn the page:\n\n{HEAD} from the command |\n|{' ---: |' * 7}")
        for count, folder in folders.items():
            row = in_page(browser, folder, scratch)
            print(f"| {count:,} | {' | '.join(row)} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(ROWS))
