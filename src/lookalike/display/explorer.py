"""The explorer: rows to look through in a notebook, of which some may be selected.

Its output in the notebook is the static gallery, and nothing else, so that it is still there when
the notebook is reopened, converted or put on GitHub. Where a kernel and a person are there too, the
live explorer takes the gallery's place within it.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence
from uuid import uuid4

from ..names import expanded
from ..storage.whole_files import written
from . import notebook
from .gallery import MAX_TILES, gallery_html
from .markup import in_frame
from .rows import Row, Rows, Section
from .show import page_of, present

if TYPE_CHECKING:
    from .widget import ExplorerWidget, Search

HEAD_START = 1.0
# What a page for mail may have; a notebook's output has less.
PAGE_TILES, PAGE_BYTES = 1000, 5_000_000
OPENING = in_frame("<p>Opening … The pictures are there in a moment.</p>")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Explorer:
    """Rows that are looked through; ``explore`` makes one and shows it.

    Parameters
    ----------
    rows : SFrame, sequence or iterable of row dicts
        What to look through.
    total : int, optional
        How many rows there are in truth, where ``rows`` are the first of more.
    title : str, optional
        A heading.
    search : callable, optional
        What finds look-alikes among the rows: ``widget.Search`` says how it is called.
    head_start : float
        Seconds that the live explorer has the processor for itself before the gallery is made.
    sections : sequence of Section, optional
        Rows that belong together, as ``Rows`` takes them.

    Examples
    --------
    >>> explorer = Explorer([{"id": 0}, {"id": 1}])
    >>> explorer
    <Explorer: 2 rows, 0 selected>
    >>> explorer.selected
    []
    """

    def __init__(
        self,
        rows: Any,
        total: int | None = None,
        title: str | None = None,
        search: Search | None = None,
        head_start: float = HEAD_START,
        sections: Sequence[Section] | None = None,
    ) -> None:
        self._rows = Rows(rows, sections)
        self._head_start = head_start
        self._total = len(self._rows) if total is None else total
        self._title = title
        self._search = search
        self._html: str | None = None
        self._shown_in: int | None = None
        self.widget: ExplorerWidget | None = None

    @property
    def selected(self) -> Any:
        """The rows that are selected, in their order: an SFrame where the rows are one."""
        return self._rows.choose(self._selection)

    @property
    def _selection(self) -> list[list[int]]:
        return self.widget.selection if self.widget else []

    def save_html(self, path: str | os.PathLike[str], names: bool = True) -> None:
        """Write the gallery as one page that needs no other file, to be kept or mailed.

        It has the first 1,000 rows at the most, within 5 MB.

        Parameters
        ----------
        path : str or path
            The file to write; one that exists is replaced, once the new one is whole.
        names : bool
            Whether file names are shown; folders never are. Without them, no column is shown that
            holds texts, since these may be paths or names: neither labels nor titles of pictures.

        Raises
        ------
        OSError
            If it cannot be written: the old one stays.
        """
        first, sections = self._rows.first(PAGE_TILES), self._rows.sections
        html = gallery_html(
            first, self._total, self._title, names, PAGE_TILES, PAGE_BYTES, sections
        )
        page = page_of(html, self._heading)
        with written(Path(expanded(path))) as file:
            file.write_text(page, "utf-8", errors="replace")

    def show(self) -> None:
        """Show the rows: in the notebook, or elsewhere as a page in the browser."""
        self._shown_in = notebook.cell_number()
        if len(self._rows) and notebook.is_watched() and _has_anywidget():
            self._show_live()
        else:
            present(self._gallery(self._rows.first(MAX_TILES)), self._heading)

    def _show_live(self) -> None:
        if self.widget is None:
            # Loaded with anywidget, which need not be installed.
            module = importlib.import_module(f"{__package__}.widget")
            self.widget = module.ExplorerWidget(self._rows, self._title or "", self._search)
        output, bundle = uuid4().hex, self._bundle()
        if self._html is None:
            # The gallery takes seconds, in which the person must not wait for the first screen.
            notebook.display({**bundle, "text/html": self._in_place(OPENING)}, output)
            first = self._rows.first(MAX_TILES)
            later = threading.Timer(self._head_start, self._put_gallery, (first, output, bundle))
            later.daemon = True
            later.start()
        else:
            notebook.display({**bundle, "text/html": self._in_place(self._html)}, output)

    def _put_gallery(self, first: list[Row], output: str, bundle: dict[str, Any]) -> None:
        html = self._in_place(self._gallery(first))
        notebook.display({**bundle, "text/html": html}, output, update=True)

    def _bundle(self) -> dict[str, Any]:
        """Return what the output has beside the HTML."""
        if self.widget is None or notebook.is_jupyterlab():
            # A widget's own output would be an error message when the notebook is reopened.
            return {"text/plain": self._heading}
        view = {"model_id": self.widget.model_id, "version_major": 2, "version_minor": 0}
        return {WIDGET_VIEW: view, "text/plain": self._heading}

    def _in_place(self, html: str) -> str:
        token = self.widget.token if self.widget else ""
        return f'<div class="lookalike-output" data-explorer="{token}">{html}</div>'

    def _gallery(self, first: list[Row]) -> str:
        if self._html is None:
            sections = self._rows.sections
            self._html = gallery_html(first, self._total, self._title, sections=sections)
        return self._html

    @property
    def _heading(self) -> str:
        return self._title or f"{self._total} rows"

    def _ipython_display_(self) -> None:
        """Show the rows, unless it is the value of the cell that has shown them."""
        if notebook.cell_number() != self._shown_in:
            self.show()

    def __repr__(self) -> str:
        selected = sum(last - first + 1 for first, last in self._selection)
        return f"<Explorer: {len(self._rows)} rows, {selected} selected>"


def _has_anywidget() -> bool:
    """Return whether anywidget is installed; once, print what to do if it is not."""
    if importlib.util.find_spec("anywidget"):
        return True
    anywidget_hint()
    return False


@lru_cache(maxsize=None)
def anywidget_hint() -> None:
    """Print, once in a session, what the explorer needs in a notebook."""
    print("To look through all rows in the notebook: pip install 'lookalike[notebook]'")  # noqa: T201
