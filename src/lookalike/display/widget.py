"""The explorer's live half: what runs in the kernel while somebody looks through rows.

The front end asks for the tiles that are in sight, for a large picture, for look-alikes; each
question has a number, and what it asked before is dropped. Rows are taken from their frame on the
kernel's main thread, pictures decoded and sent on others. anywidget is loaded with this module.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Protocol, Sequence
from uuid import uuid4

import anywidget
import traitlets

from ..images import decode
from .markup import text_of
from .rows import Row, Rows
from .table import MAX_COLUMNS
from .tiles import Thumbnails, large_picture, pool, tile

Message = Dict[str, Any]

FOLDER = Path(__file__).parent
# Tiles that are decoded and sent together.
BATCH = 6


class Search(Protocol):
    """What finds look-alikes among the rows."""

    def __call__(
        self, query: Any, k: int, box: Sequence[float] | None = None
    ) -> Sequence[tuple[int, float, str]]:
        """Return the nearest rows, nearest first: number, distance, kind.

        Parameters
        ----------
        query : row, PIL image, or list of rows
            What to search with; several rows by the mean of their features.
        k : int
            How many rows at the most, without those of the query.
        box : sequence of four numbers, optional
            The part that is meant of a single picture: left, top, right, bottom in pixels of the
            upright picture.

        Returns
        -------
        sequence of (int, float, str)
            The kind is ``'same file'``, ``'same picture'`` or ``'near copy'`` of the query; ``''``
            where it is none, or that is not known.

        Raises
        ------
        Exception
            Whatever an engine raises; a bad box is a TypeError or a ValueError.
        """


class ExplorerWidget(anywidget.AnyWidget):
    """The state that front end and kernel share, and the answers to the front end's questions.

    Attributes
    ----------
    token : str
        What marks the notebook outputs in which this explorer lives.
    total : int
        The number of rows.
    columns : list of str
        The names of the cells of each tile.
    has_pictures, searches : bool
        Whether the rows have pictures, and whether look-alikes can be searched.
    selection : list of [int, int]
        First and last number of each run of selected rows, in order.
    """

    _esm = FOLDER / "explorer.mjs"
    # Not anywidget's `_css`, which older versions load with a widget's own output alone.
    css = traitlets.Unicode((FOLDER / "explorer.css").read_text("utf-8")).tag(sync=True)
    token = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    has_pictures = traitlets.Bool().tag(sync=True)
    searches = traitlets.Bool().tag(sync=True)
    selection: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, rows: Rows, title: str, search: Search | None) -> None:
        # Before threads decode: those that answer, and the one that makes the gallery.
        decode.prepare()
        self._rows, self._search = rows, search
        self._columns = rows.columns[:MAX_COLUMNS]
        self._thumbnails = Thumbnails()
        self._latest: dict[str, int] = {}
        super().__init__(
            token=uuid4().hex,
            title=title,
            total=len(rows),
            columns=[text_of(name) for name in self._columns],
            has_pictures=rows.has_pictures,
            searches=search is not None,
        )
        self.on_msg(self._receive)

    def _receive(self, _: Any, message: Message, buffers: Sequence[memoryview]) -> None:
        answers = {"tiles": self._tiles, "picture": self._picture, "search": self._matches}
        self._latest[message["kind"]] = message["number"]
        self._attempt(message, lambda: answers[message["kind"]](message, buffers))

    def _attempt(self, message: Message, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            # Whatever an engine or a row's value raises: the explorer tells it, and goes on.
            self._answer(message, {"error": str(error) or type(error).__name__})

    def _later(self, message: Message, work: Callable[[], None]) -> None:
        """Work in another thread, unless something newer is asked by then."""

        def work_if_wanted() -> None:
            if self._latest[message["kind"]] == message["number"]:
                self._attempt(message, work)

        pool().submit(work_if_wanted)

    def _tiles(self, message: Message, _: Any) -> None:
        numbers = message["rows"]
        for start in range(0, len(numbers), BATCH):
            batch = numbers[start : start + BATCH]
            self._later(message, partial(self._send_tiles, message, batch, self._rows.at(batch)))

    def _send_tiles(self, message: Message, numbers: Sequence[int], rows: Sequence[Row]) -> None:
        tiles = [
            tile(number, row, self._columns, self._thumbnails) for number, row in zip(numbers, rows)
        ]
        self._answer(message, {"tiles": [words for words, _ in tiles]}, [jpeg for _, jpeg in tiles])

    def _picture(self, message: Message, _: Any) -> None:
        (row,) = self._rows.at([message["row"]])
        self._later(message, partial(self._send_picture, message, row))

    def _send_picture(self, message: Message, row: Row) -> None:
        words, jpeg = large_picture(row)
        self._answer(message, words, [jpeg])

    def _matches(self, message: Message, buffers: Sequence[memoryview]) -> None:
        if self._search is None:
            raise ValueError("Searching needs a model: lookalike.explore(data, model=model).")
        query = decode.read(bytes(buffers[0])) if buffers else self._rows.at([message["row"]])[0]
        found = self._search(query, message["k"], message.get("box"))
        self._answer(
            message,
            {
                "rows": [number for number, _, _ in found],
                "distances": [distance for _, distance, _ in found],
                "kinds": [kind for _, _, kind in found],
                "figures": [f"#{n} · {text_of(d)}" for n, (_, d, _) in enumerate(found, 1)],
            },
        )

    def _answer(self, message: Message, content: Message, buffers: Sequence[bytes] = ()) -> None:
        self.send({"kind": message["kind"], "number": message["number"], **content}, list(buffers))
