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
    """

    def __init__(self, total: int, verbose: bool) -> None:
        self.total = total
        self.verbose = verbose
        self.start = time.perf_counter()
        self._bar: tqdm[Any] | None = None
        if verbose:
            from tqdm import tqdm

            self._bar = tqdm(
                total=total,
                unit=" pictures",
                file=sys.stdout,
                delay=SECONDS_BEFORE_BAR,
                mininterval=0.5,
                leave=False,
                dynamic_ncols=True,
            )

    def __call__(self, done: int, failed: int) -> None:
        """Tell how many pictures are done, and how many of them could not be read."""
        if self._bar is not None:
            if failed:
                self._bar.set_postfix_str(f"{failed} failed", refresh=False)
            self._bar.update(done - self._bar.n)

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
                f"{self.total} pictures through {network} in {seconds:.1f} s: "
                f"{from_store} from the store, {failed} failed"
            )
