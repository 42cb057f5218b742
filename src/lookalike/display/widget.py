"""The explorer's session in a notebook, whose messages anywidget carries; it is loaded here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Sequence

import anywidget
import traitlets

from .rows import Rows
from .session import Message, Search, Session

FOLDER = Path(__file__).parent
# The explorer's modules; those of the local page, which have it too, are called otherwise.
MODULES = [file for file in sorted(FOLDER.glob("*.mjs")) if not file.name.startswith("page")]
BETWEEN_MODULES = re.compile(r'^import [^;]*? from "\./\w+\.mjs";\n|^export (?!default\b)', re.M)


def joined_modules() -> str:
    """Return the explorer's modules as one module, since anywidget takes no more than one."""
    return BETWEEN_MODULES.sub("", "\n".join(file.read_text("utf-8") for file in MODULES))


class ExplorerWidget(anywidget.AnyWidget):
    """The facts of a session that front end and kernel share, and its messages.

    Attributes
    ----------
    selection : list of [int, int]
        First and last number of each run of selected rows, in order.
    """

    _esm = joined_modules()
    # Not anywidget's `_css`, which older versions load with a widget's own output alone.
    css = traitlets.Unicode((FOLDER / "explorer.css").read_text("utf-8")).tag(sync=True)
    token = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    has_pictures = traitlets.Bool().tag(sync=True)
    searches = traitlets.Bool().tag(sync=True)
    sections = traitlets.Bool().tag(sync=True)
    progress: traitlets.List[Any] = traitlets.List().tag(sync=True)
    selection: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, rows: Rows, title: str, search: Search | None) -> None:
        session = Session(rows, title, search, self.send)
        super().__init__(**session.facts)

        def receive(_: Any, message: Message, buffers: Sequence[memoryview]) -> None:
            session.receive(message, buffers)

        self.on_msg(receive)
