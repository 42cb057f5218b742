"""The explorer as the first thing that happens in a kernel, and tiles that fail at first."""

from __future__ import annotations

import re

import pytest
from drawing import draw_many
from lab import SECONDS

COUNT = 120
TEN_LINES = """\
from lookalike import tc

data = tc.image_analysis.load_images('./image/')
data = data.add_row_number()
data.explore()
model = tc.image_similarity.create(data)
similar_images = model.query(data[0:1], k=10)
similar_image_index = similar_images['reference_label'][1:]
filtered_index = data['id'].apply(lambda x: x in similar_image_index)
data[filtered_index].explore()"""
FIRST_THING = "import lookalike\nlookalike.explore(lookalike.load_images('./image/'))"
PATHS_ALONE = """\
import glob, lookalike
lookalike.explore([{'path': path} for path in sorted(glob.glob('image/*.jpg'))])"""
WITH_MODEL = """\
import lookalike
data = lookalike.load_images('./image/')
model = lookalike.build_model(data)
lookalike.explore(data, model=model)"""
WAYS = {
    "ten-lines": (TEN_LINES, 2),
    "first-thing": (FIRST_THING, 1),
    "paths-alone": (PATHS_ALONE, 1),
    "with-model": (WITH_MODEL, 1),
}
# Whether all explorers are there, and no tile of theirs waits for anything.
FILLED = """(count) => {
    const live = [...document.querySelectorAll('.lookalike-live > .lookalike-explorer')];
    const tiles = live.map((node) => [...node.querySelectorAll('.explorer-tile')]);
    const filled = (tile) => tile.querySelector('img, .explorer-reason');
    return live.length === count && tiles.every((each) => each.length && each.every(filled));
}"""
FAILING = """\
import lookalike
class Odd:
    said = 0
    def __init__(self, failures): self.failures = failures
    def __str__(self):
        Odd.said += 1
        self.failures -= 1
        if self.failures >= 0: raise ValueError('no words yet')
        return 'fine'
rows = [{'path': f'image/{n:05}.jpg', 'odd': Odd({0: 2, 1: 1000}.get(n, 0))} for n in range(6)]
lookalike.explore(rows)"""


@pytest.fixture(scope="module")
def folder(lab):
    """A folder of pictures beside the notebooks, whose features are in the store."""
    draw_many(lab.folder / "image", COUNT)
    lab.write("before.ipynb", [WITH_MODEL])
    lab.execute("before.ipynb")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("again", ["", "-again"])
@pytest.mark.parametrize("way", list(WAYS))
def test_in_a_fresh_kernel_every_tile_is_filled(open_notebook, way, again):
    cell, explorers = WAYS[way]
    notebook = open_notebook(f"{way}{again}.ipynb", [cell])
    notebook.run(0)
    notebook.page.wait_for_function(FILLED, arg=explorers, timeout=1000 * SECONDS)
    assert notebook.page.locator(".explorer-tile .explorer-reason").count() == 0
    for told in notebook.page.locator(".explorer-foot [role=status]").all_inner_texts():
        assert re.fullmatch(rf"({COUNT}|9) pictures", told)
    assert notebook.errors == []
    notebook.picture(f"fresh-{way}")
    notebook.lab.shut_down_kernels()


@pytest.mark.usefixtures("folder")
def test_a_tile_that_fails_is_asked_for_again_and_given_up_after_a_while(open_notebook):
    notebook = open_notebook("failing.ipynb", [FAILING, "print(Odd.said)"])
    notebook.run(0)
    page = notebook.page
    page.wait_for_function(FILLED, arg=1, timeout=1000 * SECONDS)
    assert page.locator(".explorer-tile img").count() == 5
    failed = page.locator(".explorer-tile[data-position='1']")
    assert failed.inner_text() == "no words yet\n00001.jpg"
    notebook.picture("failing")
    notebook.run(1)
    said = notebook.output(1).inner_text()
    page.wait_for_timeout(1_500)
    notebook.run(1)
    assert notebook.output(1).inner_text() == said
