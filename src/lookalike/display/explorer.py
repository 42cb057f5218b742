"""The explorer: rows to look through in a notebook, of which some may be selected.

Its output in the notebook is the static gallery, and nothing else, so that it is still there when
the notebook is reopened, converted or put on GitHub. Where a kernel and a person are there too, the
live explorer takes the gallery's place within it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence
from uuid import uuid4

from ..errors import BackendError, install_hint
from ..names import expanded
from ..storage.whole_files import written
from . import notebook
from .gallery import MAX_TILES, gallery_html
from .markup import in_frame
from .rows import Row, Rows, Section
from .show import page_of, present

if TYPE_CHECKING:
    from .page import Page, Prepare
    from .session import Search
    from .widget import ExplorerWidget

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
        What finds look-alikes among the rows: ``session.Search`` says how it is called.
    prepare : callable, optional
        Makes ``search`` while a page of the browser is looked at.
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
        prepare: Prepare | None = None,
        sections: Sequence[Section] | None = None,
    ) -> None:
        self._rows = Rows(rows, sections)
        self._head_start = head_start
        self._total = len(self._rows) if total is None else total
        self._title = title
        self._search, self._prepare = search, prepare
        self._page: Page | None = None
        self._html: str | None = None
        self._shown_in: int | None = None
        self.widget: ExplorerWidget | None = None

    @property
    def selected(self) -> Any:
        """The rows that are selected, in their order: an SFrame where the rows are one."""
        return self._rows.choose(self._selection)

    @property
    def _selection(self) -> list[list[int]]:
        live = self.widget or self._page
        return live.selection if live else []

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

    def show(self, live: bool | None = None) -> None:
        """Show the rows: in the notebook, or elsewhere as a page in the browser.

        Parameters
        ----------
        live : bool, optional
            Outside a notebook, whether all rows can be looked through there, as ``serve`` shows
            them, or the gallery of the first ones is there to stay. By default, they can where
            somebody sits at a terminal, and the extra ``app`` is installed.

        Raises
        ------
        BackendError
            As ``serve``, if ``live`` is true.
        """
        self._shown_in = notebook.cell_number()
        if notebook.in_notebook():
            if len(self._rows) and notebook.is_watched() and _has_anywidget():
                return self._show_live()
        elif len(self._rows) and (live or (live is None and _is_terminal())):
            try:
                return self.serve()
            except BackendError as error:
                if live:
                    raise
                print(error)  # noqa: T201 - what it is for
        present(self._gallery(self._rows.first(MAX_TILES)), self._heading)
        return None

    def serve(
        self, host: str = "127.0.0.1", port: int = 0, opens: bool = True, stays: bool = False
    ) -> None:
        """Show all rows live in a page of the browser, until it is closed or Ctrl-C is pressed.

        Parameters
        ----------
        host, port : str, int
            Where it listens: to this machine alone unless told otherwise; 0 is any free port.
        opens : bool
            Whether the desktop's browser opens it; its address is printed either way.
        stays : bool
            Whether it goes on when it is closed in the browser, until Ctrl-C.

        Raises
        ------
        BackendError
            If the extra ``app`` is not installed.
        OSError
            If nobody can listen there.
        """
        try:
            # Loaded with Starlette and uvicorn, which need not be installed.
            module = importlib.import_module(f"{__package__}.page")
        except ImportError as error:
            raise BackendError(
                f"To look through all rows in the browser: {install_hint('app')}"
            ) from error
        if self._page is None:
            self._page = module.Page(self._rows, self._title or "", self._search, self._prepare)
        self._page.serve(host, port, opens, stays)

    def _show_live(self) -> None:
        if self.widget is None:
            # Loaded with anywidget, which need not be installed.
            module = importlib.import_module(f"{__package__}.widget")
            self.widget = module.ExplorerWidget(self._rows, self._title or "", self._search)
        output = uuid4().hex
        bundle: dict[str, Any] = {"text/plain": self._heading}
        start = f'<div class="lookalike-output" data-explorer="{self.widget.token}">'
        if not notebook.is_jupyterlab():
            # There, a widget's own output would be an error message when it is reopened.
            view = {"model_id": self.widget.model_id, "version_major": 2, "version_minor": 0}
            bundle[WIDGET_VIEW] = view

        def put(html: str, update: bool = False) -> None:
            notebook.display({**bundle, "text/html": f"{start}{html}</div>"}, output, update=update)

        put(self._html or OPENING)
        if self._html is None:
            # The gallery takes seconds, in which the person must not wait for the first screen.
            first = self._rows.first(MAX_TILES)
            later = threading.Timer(self._head_start, lambda: put(self._gallery(first), True))
            later.daemon = True
            later.start()

    def _gallery(self, first: list[Row]) -> str:
        if self._html is None:
            sections = self._rows.sections
            self._html = gallery_html(first, self._total, self._title, sections=sections)
        return self._html

    @property
    def _heading(self) -> str:
        return self._title or ("1 row" if self._total == 1 else f"{self._total} rows")

    def _ipython_display_(self) -> None:
        """Show the rows, unless it is the value of the cell that has shown them."""
        if notebook.cell_number() != self._shown_in:
            self.show(live=False)

    def __repr__(self) -> str:
        selected = sum(last - first + 1 for first, last in self._selection)
        return f"<Explorer: {len(self._rows)} rows, {selected} selected>"


def _is_terminal() -> bool:
    """Return whether somebody sits at a terminal: not a pipe, a service or a CI."""
    return sys.stdin is not None and sys.stdin.isatty() and not os.environ.get("CI")


def _has_anywidget() -> bool:
    """Return whether anywidget is installed; once, print what to do if it is not."""
    if importlib.util.find_spec("anywidget"):
        return True
    anywidget_hint()
    return False


@lru_cache(maxsize=None)
def anywidget_hint() -> None:
    """Print, once in a session, what the explorer needs in a notebook."""
    print(f"To look through all rows in the notebook: {install_hint('notebook')}")  # noqa: T201
