"""What works through shards: this process, Ray, or any callable of your own.

A runner takes ``work`` and the numbers of shards. It yields, in any order, what ``attempt(work,
number)`` returns for each; a number of which it yields nothing counts as failed.
"""

from __future__ import annotations

import os
import time
from itertools import islice
from typing import Any, Callable, Iterable, Iterator, NamedTuple

from .places import required

Work = Callable[[int], Any]
Runner = Callable[[Work, Iterable[int]], Iterator[Any]]

TRIES = 4
# Tasks that Ray knows of at a time: enough for it to see that more machines are wanted.
AT_ONCE = 1000


class Failed(NamedTuple):
    """A shard that failed as often as it was tried, and why."""

    number: int
    reason: str

    @classmethod
    def from_error(cls, number: int, error: Exception) -> Failed:
        """Return it with an error's last line: of one of Ray's, the others are a traceback."""
        return cls(number, (str(error).strip() or type(error).__name__).splitlines()[-1])


def attempt(work: Work, number: int, seconds: float = 1.0, passing: Any = OSError) -> Any:
    """Return what ``work`` returns of a shard, or ``Failed`` after four tries."""
    for again in reversed(range(TRIES)):
        try:
            return work(number)
        except passing as error:
            failed = Failed.from_error(number, error)
            time.sleep(seconds if again else 0)
            seconds *= 2
    return failed


def local(work: Work, numbers: Iterable[int]) -> Iterator[Any]:
    """Work through shards in this process, one by one, each on all cores."""
    return (attempt(work, number) for number in numbers)


def ray(work: Work, numbers: Iterable[int]) -> Iterator[Any]:
    """Work through shards as tasks of Ray, a core each, on the cluster that is connected."""
    ray = required("ray", "ray")
    # It would send its figures to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not ray.is_initialized():
        ray.init()
    one_core = {"env_vars": {"LOOKALIKE_THREADS": "1"}}
    options = {"max_retries": TRIES - 1, "retry_exceptions": True, "runtime_env": one_core}
    task, waiting = ray.remote(**options)(lambda number: work(number)), iter(numbers)
    running: dict[Any, int] = {}
    while True:
        for number in islice(waiting, AT_ONCE - len(running)):
            running[task.remote(number)] = number
        if not running:
            return
        (done,), _ = ray.wait(list(running))
        number = running.pop(done)
        try:
            yield ray.get(done)
        except ray.exceptions.RayError as error:
            yield Failed.from_error(number, error)


RUNNERS: dict[str, Runner] = {"local": local, "ray": ray}
