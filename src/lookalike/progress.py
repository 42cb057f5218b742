"""Progress, in one place: a bar while pictures are worked on, and one line at the end."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Iterator

if TYPE_CHECKING:
    from tqdm import tqdm

# What takes less needs no bar.
SECONDS_BEFORE_BAR = 2.0

# Is called with the pictures that are done, and with how many there are.
Watcher = Callable[[int, int], None]
_WATCHER: ContextVar[Watcher | None] = ContextVar("_WATCHER", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Call a function at every step of this thread's work; what it raises ends the work."""
    before = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(before)


class Progress:
    """Pictures done, pictures per second, time left and failures so far.

    ``total`` is the number of pictures. The bar is shown after ``delay`` seconds, if ``verbose``.
    """

    def __init__(
        self,
        total: int,
        verbose: bool,
        delay: float = SECONDS_BEFORE_BAR,
        unit: str = "pictures",
    ) -> None:
        self.total = total
        self.verbose = verbose
        self.delay = delay
        self.unit = unit
        self.start = time.perf_counter()
        self._bar: tqdm[Any] | None = None

    def __call__(self, done: int, failed: int) -> None:
        """Tell how many pictures are done, and how many of them could not be read.

        What is done at the first call counts for nothing in the rate, and so in the time left.
        """
        watcher = _WATCHER.get()
        if watcher is not None:
            watcher(done, self.total)
        if not self.verbose:
            return
        if self._bar is None:
            self._bar = self._new_bar(done)
        if failed:
            self._bar.set_postfix_str(f"{failed:,} failed", refresh=False)
        self._bar.update(done - self._bar.n)

    def _new_bar(self, done: int) -> tqdm[Any]:
        from tqdm import tqdm

        return tqdm(
            total=self.total,
            initial=done,
            unit=f" {self.unit}",
            file=sys.stdout,
            delay=self.delay,
            mininterval=0.5,
            # By itself tqdm waits for as many as came before, however slow the next ones are.
            miniters=1,
            leave=False,
            dynamic_ncols=True,
        )

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()

    def end(self, from_store: int, failed: int, network: str) -> None:
        """Print in one line how many pictures there were, from where, and how long it took."""
        self.close()
        if self.verbose:
            seconds = time.perf_counter() - self.start
            print(  # noqa: T201 - what it is for
                f"{self.total:,} pictures through {network} in {seconds:.1f} s: "
                f"{from_store:,} from the store, {failed:,} failed"
            )
