"""The explorer in JupyterLab and Chromium: how soon it stands, scrolls, and shows look-alikes.

``python tests/benchmarks/bench_explorer.py [ROWS ...]``, by default 1000, 20000 and 100000 rows,
prints a table. It needs Chromium, as ``make test-browser`` does.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from drawing import KINDS, draw_many
from lab import Lab, Notebook, find_chromium

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


def measure(notebook: Notebook) -> list[str]:
    """Open the explorer and use it; return the cells of a row of the table, in milliseconds."""
    page = notebook.page
    notebook.run(0)
    start = time.perf_counter()
    notebook.run(1, wait=False)
    page.wait_for_selector(".lookalike-live .explorer-tile img")
    first = time.perf_counter() - start
    # The gallery for the saved notebook is made after that.
    page.locator(".lookalike-tile").first.wait_for(state="attached")
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
    figures = [
        1000 * first,
        statistics.median(frames),
        frames[int(0.95 * len(frames))],
        1000 * statistics.median(jumps),
        1000 * clicked,
    ]
    return [f"{figure:.1f} ms" if figure < 100 else f"{figure:.0f} ms" for figure in figures]


def main(counts: list[int]) -> None:
    chromium = find_chromium()
    if chromium is None:
        print("Not measured: Chromium is not installed. CHROMIUM=/path/to/it names one elsewhere.")
        return
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(
            f"Chromium {browser.version}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}\n\n"
            "| rows | first pictures | frame while scrolling | 95 of 100 frames | after a jump | "
            "look-alikes |\n| ---: | ---: | ---: | ---: | ---: | ---: |"
        )
        with Lab(Path(scratch)) as lab:
            for count in counts:
                folder = draw_many(Path(scratch, str(count)), count)
                page = browser.new_page(viewport={"width": 1300, "height": 950})
                cells = [CELLS[0].format(folder=str(folder), kinds=KINDS), *CELLS[1:]]
                lab.write(f"{count}.ipynb", cells)
                row = measure(Notebook(lab, page, f"{count}.ipynb", Path(scratch)))
                print(f"| {count:,} | " + " | ".join(row) + " |", flush=True)
                page.close()
                lab.shut_down_kernels()
        browser.close()


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(ROWS))
