"""The explorer's conversation: what it answers while somebody looks through rows.

The front end asks for the tiles that are in sight, for a large picture, for look-alikes; each
question has a number, and what it asked before is dropped. Rows are taken from their frame on the
thread that receives, pictures decoded and sent on others. How messages travel is none of its
business: the notebook's widget and the local page each bring a way of their own.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, Sequence
from uuid import uuid4

from ..images import decode
from .markup import text_of
from .rows import Row, Rows
from .table import MAX_COLUMNS
from .tiles import Thumbnails, large_picture, pool, tile

# From a row, or a picture that is new to them, and a number k to the nearest rows: (number,
# distance), nearest first.
Search = Callable[[Any, int], Sequence["tuple[int, float]"]]
Message = Dict[str, Any]
# Sends a message with its buffers to the front end; may be called from any thread.
Send = Callable[[Message, "list[bytes]"], None]

# Tiles that are decoded and sent together.
BATCH = 6


class Session:
    """The rows that a front end looks through, and the answers to its questions.

    Parameters
    ----------
    rows : Rows
        What is looked through.
    title : str
        A heading, or nothing.
    search : callable, optional
        From a row or a new picture, and a number k, to the nearest rows.
    send : callable
        Sends a message and its buffers to the front end.

    Attributes
    ----------
    facts : dict
        What the front end knows from the start: ``token``, which marks the places where this
        explorer lives; ``title``; ``total``, the number of rows; ``columns``, the names of the
        cells of each tile; ``has_pictures`` and ``searches``, whether look-alikes can be found.
    """

    def __init__(self, rows: Rows, title: str, search: Search | None, send: Send) -> None:
        # Before threads decode: those that answer, and the one that makes the gallery.
        decode.prepare()
        self._rows, self._search, self._send = rows, search, send
        self._columns = rows.columns[:MAX_COLUMNS]
        self._thumbnails = Thumbnails()
        self._latest: dict[str, int] = {}
        self.facts: dict[str, Any] = {
            "token": uuid4().hex,
            "title": title,
            "total": len(rows),
            "columns": [text_of(name) for name in self._columns],
            "has_pictures": rows.has_pictures,
            "searches": search is not None,
        }

    def receive(self, message: Message, buffers: Sequence[bytes | memoryview]) -> None:
        """Answer a question of the front end, now or from another thread."""
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

    def _matches(self, message: Message, buffers: Sequence[bytes | memoryview]) -> None:
        if self._search is None:
            raise ValueError("Searching needs a model: lookalike.explore(data, model=model).")
        query = decode.read(bytes(buffers[0])) if buffers else self._rows.at([message["row"]])[0]
        found = self._search(query, message["k"])
        self._answer(
            message,
            {
                "rows": [number for number, _ in found],
                "distances": [distance for _, distance in found],
                "figures": [f"#{n} · {text_of(d)}" for n, (_, d) in enumerate(found, 1)],
            },
        )

    def _answer(self, message: Message, content: Message, buffers: Sequence[bytes] = ()) -> None:
        self._send({"kind": message["kind"], "number": message["number"], **content}, list(buffers))
