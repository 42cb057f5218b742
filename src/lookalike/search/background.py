"""Codes made in the background, for searches that never wait for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..runtime import IMPORTING, available_cores
from .codes import Quantized, integer_product

if TYPE_CHECKING:
    from .blocks import Matrix


class BackgroundCodes:
    """The codes of references, once they are made.

    A daemon thread makes them: it does not keep Python from ending. After a fork the child has
    no such thread, and begins one of its own.

    Parameters
    ----------
    references : (n, d) float
        What the codes are of.
    after : int
        The searches that codes could have helped, after which the thread begins.
    made : Quantized or None
        Codes that are known already.
    """

    def __init__(self, references: Matrix, after: int, made: Quantized | None) -> None:
        self.made = made
        self._references = references
        self._after = after
        self._searches = 0
        self._impossible = False
        self._beginning = threading.Lock()
        self._thread: threading.Thread | None = None

    def count_search(self) -> None:
        """Count a search that codes could have helped; after enough of them, begin to make codes.

        It never waits: where another thread is about to begin, there is nothing left to do.
        """
        if self._is_settled() or not self._beginning.acquire(blocking=False):
            return
        try:
            self._searches += 1
            working = self._thread is not None and self._thread.is_alive()
            if self._searches >= self._after and not working:
                self._thread = threading.Thread(
                    target=self._make, args=(1,), name="lookalike-codes", daemon=True
                )
                self._thread.start()
        finally:
            self._beginning.release()

    def finished(self) -> Quantized | None:
        """Return the codes, after making them or waiting for them; None if they cannot be made."""
        thread = self._thread
        if thread is not None:
            thread.join()
        if not self._is_settled():
            self._make(available_cores())
        return self.made

    def _is_settled(self) -> bool:
        return self.made is not None or self._impossible

    def _make(self, threads: int) -> None:
        try:
            made = Quantized.from_references(self._references, threads)
            if made is not None:
                # The first search by codes finds their product ready, too. The thread imports
                # nothing else, and nothing that it calls.
                with IMPORTING:
                    integer_product()
        except MemoryError:
            # They take a quarter of the references' memory: searches do without them.
            made = None
        self.made, self._impossible = made, made is None
