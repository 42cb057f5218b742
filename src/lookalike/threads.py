"""Work on many pictures at once, on all cores, with its results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Any, Callable, Generator, Iterable, TypeVar

Result = TypeVar("Result")

# How long whoever stops waits for the pictures in hand: Python waits for its threads when it ends.
SECONDS_TO_STOP = 1.0


def run_ahead(
    work: Callable[[Any], Result], items: Iterable[Any], threads: int, ahead: int, stop: Event
) -> Generator[Result, None, None]:
    """Yield ``work(item)`` of each item, in order; each thread runs ahead by so many items.

    Items are taken in the caller's thread. However it ends, it sets ``stop``, at which the work
    in hand should end early.
    """
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) > ahead * threads:
                yield pending[0].result()
                pending.popleft()
        while pending:
            yield pending[0].result()
            pending.popleft()
    finally:
        stop.set()
        wait([future for future in pending if not future.cancel()], SECONDS_TO_STOP)
        pool.shutdown(wait=False)
