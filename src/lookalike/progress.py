"""Progress, in one place: a bar while pictures are worked on, and one line at the end."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

# What takes less needs no bar.
SECONDS_BEFORE_BAR = 2.0


class Progress:
    """Pictures done, pictures per second, time left and failures so far.

    Parameters
    ----------
    total : int
        How many pictures there are.
    verbose : bool
        Whether anything is printed.
    delay : float
        Seconds before the bar is shown.
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
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def end(self, from_store: int, failed: int, network: str) -> None:
        """Say in one line how many pictures there were, from where, and how long it took."""
        self.close()
        if self.verbose:
            seconds = time.perf_counter() - self.start
            print(  # noqa: T201 - what it is for
                f"{self.total:,} pictures through {network} in {seconds:.1f} s: "
                f"{from_store:,} from the store, {failed:,} failed"
            )
