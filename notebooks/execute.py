"""Executes the notebooks beside this file from top to bottom, and writes what comes out to build/.

    python notebooks/execute.py                   all of them
    python notebooks/execute.py --tutorial        the tutorial alone; prints the pictures it found
    python notebooks/execute.py --update NAME ... also puts the outputs into the notebooks

Each becomes ``build/NAME.ipynb`` and ``build/NAME.html``. With ``--update`` they are executed as on
a machine that never ran lookalike, and what differs from one run to the next is left out. None of
them opens a connection.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Iterator

import nbformat
from jinja2 import DictLoader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
TUTORIAL = HERE / "find_similar_images.ipynb"
# The tutorial's cell that prints the pictures it found.
RESULT = "result"
SECONDS_A_CELL = 600
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# nbconvert's page, without the scripts that it fetches from the web.
PAGE = """{% extends "lab/index.html.j2" %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
"""

Notebook = Any  # nbformat's dicts with attributes, which come without types


def main(
    arguments: list[str] | None = None, tutorial: Path = TUTORIAL, build: Path = BUILD
) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Format)
    parser.add_argument("notebooks", nargs="*", type=Path, help="all of them unless named")
    parser.add_argument("--tutorial", action="store_true", help="only the tutorial, and its result")
    parser.add_argument("--update", action="store_true", help="also renew the notebooks' outputs")
    options = parser.parse_args(arguments)
    paths = [tutorial] if options.tutorial else options.notebooks or sorted(HERE.glob("*.ipynb"))
    for path in paths:
        try:
            with _first_run() if options.update else nullcontext():
                notebook = run(path, build)
        except CellExecutionError as error:
            sys.exit(f"{path.name} failed: {error}")
        if options.update:
            nbformat.write(tidy(notebook), path)
        if options.tutorial:
            print(printed(notebook, RESULT).rstrip(), end="\n\n")
        print(f"Executed {path.name}:")
        for ending in (".ipynb", ".html"):
            print(f"  {_short(build / (path.stem + ending))}")


def run(path: Path, build: Path) -> Notebook:
    """Execute a notebook in its own folder; write it and its HTML page to a build folder.

    Both are written also when a cell fails, with the cell's error in them.

    Raises
    ------
    CellExecutionError
        If a cell fails: its message has the cell and the traceback.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        coalesce_streams=True,
        # Errors alone: the kernel's own log is not what the notebook prints.
        extra_arguments=["--log-level=40"],
        # A page without a kernel shows the galleries, not the widgets.
        store_widget_state=False,
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    try:
        client.execute(env={**os.environ, "LOOKALIKE_OFFLINE": "1"})
    finally:
        build.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, build / path.name)
        page = html_of(notebook, path)
        (build / f"{path.stem}.html").write_text(page, encoding="utf-8")
    return notebook


def html_of(notebook: Notebook, path: Path) -> str:
    """Return a notebook as a page of its own, which fetches nothing from the web."""
    language = "zh-CN" if path.stem.endswith(".zh-CN") else "en"
    exporter = HTMLExporter(
        extra_loaders=[DictLoader({"page": PAGE})], template_file="page", language_code=language
    )
    return exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})[0]


def tidy(notebook: Notebook) -> Notebook:
    """Return a notebook as the repository holds it: without what differs from run to run."""
    notebook = nbformat.from_dict({**notebook, "metadata": METADATA})
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in ("tags",) if name in cell.metadata}
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = {}
    return notebook


def printed(notebook: Notebook, tag: str) -> str:
    """Return what the cell with a tag has printed."""
    return "".join(
        output.text
        for cell in notebook.cells
        if tag in cell.metadata.get("tags", ())
        for output in cell.outputs
        if output.output_type == "stream"
    )


@contextmanager
def _first_run() -> Iterator[None]:
    """Give the kernels that start meanwhile the portable engine and an empty cache folder."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update(LOOKALIKE_BACKEND="portable", LOOKALIKE_CACHE=cache)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _short(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


class _Format(argparse.RawDescriptionHelpFormatter):
    """Leaves the description as it is written."""


if __name__ == "__main__":
    main()
