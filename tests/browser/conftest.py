"""A real JupyterLab with a real kernel, in a real browser: what `make test-browser` needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab, Notebook, find_chromium

ARTEFACTS = Path(__file__).parents[2] / "build" / "browser"


@pytest.fixture(scope="session")
def chromium():
    """The browser, headless; CHROMIUM names it where it is not on the path."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = find_chromium()
    if found is None:
        pytest.skip("Chromium is not installed; CHROMIUM=/path/to/it names one elsewhere")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab that knows nothing of its user's settings, and needs no network."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    with Lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture(scope="module")
def open_notebook(lab, chromium):
    """Open cells as a notebook: ``open_notebook(name, cells, theme=..., width=...)``."""
    pages = []

    def opened(
        name: str, cells: list[str], theme: str = "light", width: int = 1300, **options: str
    ) -> Notebook:
        page = chromium.new_page(viewport={"width": width, "height": 950}, **options)
        pages.append(page)
        lab.set_theme(theme)
        lab.write(name, cells)
        return Notebook(lab, page, name, ARTEFACTS)

    yield opened
    for page in pages:
        page.close()
