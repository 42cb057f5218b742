"""The explorer's conversation: what it answers while somebody looks through rows.

The front end asks for the tiles that are in sight, for a large picture, for look-alikes; each
question has a number, and what it asked before is dropped. Rows are taken from their frame on the
thread that receives, pictures decoded and sent on others. How messages travel is none of its
business: the notebook's widget and the local page each bring a way of their own.
"""

from __future__ import annotations

from array import array
from functools import partial
from typing import Any, Callable, Dict, Protocol, Sequence
from uuid import uuid4

from ..images import decode
from .arrangement import Arrangement
from .markup import text_of
from .rows import Row, Rows
from .table import MAX_COLUMNS
from .tiles import Thumbnails, large_picture, pool, tile

Message = Dict[str, Any]
# Sends a message with its buffers to the front end; may be called from any thread.
Send = Callable[[Message, "list[bytes]"], None]

# Tiles that are decoded and sent together.
BATCH = 6


class Search(Protocol):
    """What finds look-alikes among the rows."""

    def __call__(
        self, query: Any, k: int, box: Sequence[float] | None = None
    ) -> Sequence[tuple[int, float, str]]:
        """Return the ``k`` nearest rows without the query's: number, distance, kind of copy or ''.

        The query is a row, a PIL image, or rows that are one by the mean of their features. ``box``
        is the part that is meant of one picture, as ``find_similar`` takes it. Whatever an engine
        raises is shown; a bad box is a TypeError or a ValueError.
        """


class Session:
    """The rows that a front end looks through, and the answers to its questions.

    Parameters
    ----------
    rows : Rows
        What is looked through.
    title : str
        A heading, or nothing.
    search : callable, optional
        What finds look-alikes.
    send : callable
        Sends a message and its buffers to the front end.

    Attributes
    ----------
    facts : dict
        What the front end knows from the start: ``token``, which marks the places where this
        explorer lives; ``title``; ``total``, the number of rows; ``columns``, the names of the
        cells of each tile; ``has_pictures``; ``searches``, whether look-alikes can be found;
        ``progress``, how many features are made by now and will be in the end, or nothing;
        ``sections``, whether rows belong together. Their pinned ones are those from ``total`` on.
    """

    def __init__(self, rows: Rows, title: str, search: Search | None, send: Send) -> None:
        # Before threads decode: those that answer, and the one that makes the gallery.
        decode.prepare()
        self._rows, self._search, self._send = rows, search, send
        self._columns = rows.columns[:MAX_COLUMNS]
        self._thumbnails = Thumbnails()
        self._arrangement: Arrangement | None = None
        self._latest: dict[str, int] = {}
        self.facts: dict[str, Any] = {
            "token": uuid4().hex,
            "title": title,
            "total": len(rows),
            "columns": [text_of(name) for name in self._columns],
            "has_pictures": rows.has_pictures,
            "searches": search is not None,
            "progress": [],
            "sections": bool(rows.sections),
        }

    def receive(self, message: Message, buffers: Sequence[bytes | memoryview]) -> None:
        """Answer a question of the front end, now or from another thread."""
        answers = {
            "tiles": self._tiles,
            "picture": self._picture,
            "original": self._picture,
            "search": self._matches,
            "arrange": self._arrange,
        }
        self._latest[message["kind"]] = message["number"]
        self._attempt(message, lambda: answers[message["kind"]](message, buffers))

    def _attempt(self, message: Message, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            # Whatever an engine or a row's value raises: the explorer shows it, and goes on.
            self._answer(message, {"error": str(error) or type(error).__name__})

    def _later(self, message: Message, work: Callable[[], None]) -> None:
        """Work in another thread, unless something newer is asked by then."""

        def work_if_wanted() -> None:
            if self._latest[message["kind"]] == message["number"]:
                self._attempt(message, work)

        pool().submit(work_if_wanted)

    def _tiles(self, message: Message, _: Any) -> None:
        numbers = message["rows"]
        # Where there are no rows at all, that is the answer.
        for start in range(0, max(1, len(numbers)), BATCH):
            batch = numbers[start : start + BATCH]
            self._later(message, partial(self._send_tiles, message, batch, self._rows.at(batch)))

    def _send_tiles(self, message: Message, numbers: Sequence[int], rows: Sequence[Row]) -> None:
        tiles = [
            tile(number, row, self._columns, self._thumbnails) for number, row in zip(numbers, rows)
        ]
        for words, _ in tiles:
            words["mark"] = self._rows.mark_of(words["row"])
        self._answer(message, {"tiles": [words for words, _ in tiles]}, [jpeg for _, jpeg in tiles])

    def _picture(self, message: Message, _: Any) -> None:
        (row,) = self._rows.at([message["row"]])
        self._later(message, partial(self._send_picture, message, row))

    def _send_picture(self, message: Message, row: Row) -> None:
        words, jpeg = large_picture(row, message["kind"] == "original")
        self._answer(message, words, [jpeg])

    def _matches(self, message: Message, buffers: Sequence[bytes | memoryview]) -> None:
        if self._search is None:
            raise ValueError("Searching needs a model: lookalike.explore(data, model=model).")
        if buffers:
            query: Any = decode.read(bytes(buffers[0]))
        elif message.get("rows"):
            query = self._rows.at(message["rows"])
        else:
            (query,) = self._rows.at([message["row"]])
        found = self._search(query, message["k"], message.get("box"))
        self._answer(
            message,
            {
                "rows": [number for number, _, _ in found],
                "distances": [distance for _, distance, _ in found],
                "figures": [f"#{n} · {text_of(d)}" for n, (_, d, _) in enumerate(found, 1)],
                "kinds": [kind for _, _, kind in found],
            },
        )

    def _arrange(self, message: Message, _: Any) -> None:
        if self._arrangement is None:
            self._arrangement = Arrangement(self._rows)
        self._later(message, partial(self._send_order, message, self._arrangement))

    def _send_order(self, message: Message, arrangement: Arrangement) -> None:
        by = message["by"]
        numbers = arrangement.rows(by, message["descending"], message["text"])
        sections = self._rows.sections and not by
        parts = arrangement.in_sections(numbers) if sections else (numbers, [])
        buffers = [array("I", part).tobytes() for part in parts]
        self._answer(message, {"count": len(numbers)}, buffers)

    def _answer(self, message: Message, content: Message, buffers: Sequence[bytes] = ()) -> None:
        self._send({"kind": message["kind"], "number": message["number"], **content}, list(buffers))
