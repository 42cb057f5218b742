"""What this process runs on: ONNX Runtime, kept from reporting to anybody, and how many cores."""

from __future__ import annotations

import atexit
import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Iterator

from .errors import ToolkitError

# Since 1.29 its packages for Linux and macOS send what machine this is and which models are loaded
# to Microsoft, unless this is set before they are imported.
VARIABLE = "ORT_DISABLE_TELEMETRY"
THREADS_VARIABLE = "LOOKALIKE_THREADS"

# ONNX Runtime's levels of logging: it warns of what it repairs by itself in older files, and says
# an error that is raised as well.
ERRORS_ALONE, FATAL_ALONE = 3, 4


# Held while ONNX Runtime is imported: a child forked in between could never import it.
IMPORTING = threading.RLock()
# Taken for good when Python ends, which would abort if it stopped a thread in ONNX Runtime.
atexit.register(IMPORTING.acquire)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=IMPORTING.acquire,
        after_in_parent=IMPORTING.release,
        after_in_child=IMPORTING.release,
    )


@lru_cache(maxsize=None)
def onnx_runtime() -> Any:
    """Import ONNX Runtime with its telemetry off.

    Where a program has imported it before, and so let it start reporting, this ends that.
    """
    os.environ[VARIABLE] = "1"
    # In a thread, which Ctrl-C does not reach: within the import it would be an ImportError.
    with IMPORTING, ThreadPoolExecutor(1) as importing:
        onnxruntime = importing.submit(import_module, "onnxruntime").result()
        # On Windows the variable does nothing.
        onnxruntime.disable_telemetry_events()
    return onnxruntime


def session_options(threads: int) -> Any:
    """Return ONNX Runtime's options for a session that runs on so many threads.

    Its own choice is all of the machine's cores, each thread bound to one, which not every
    container allows.
    """
    options = onnx_runtime().SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ALONE
    return options


def available_cores(root: Path = Path("/")) -> int:
    """Return on how many threads to decode, to run networks and to search.

    It is the number that ``LOOKALIKE_THREADS`` names, else that of the cores that this process may
    use: its affinity has them, and the quota of its control groups allows for their time.

    Parameters
    ----------
    root : Path
        Where the system's files are.

    Raises
    ------
    ToolkitError
        If the variable names no number of threads.
    """
    wanted = os.environ.get(THREADS_VARIABLE, "").strip()
    if wanted:
        if not wanted.isdecimal() or int(wanted) < 1:
            raise ToolkitError(
                f"{THREADS_VARIABLE}={wanted!r} is no number of threads: expected a whole number "
                "from 1 on, or nothing for one thread on each core."
            )
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, math.ceil(min([cores, *_quotas(root)])))


def _quotas(root: Path) -> Iterator[float]:
    """Yield how many cores' time this process's control groups allow, and the groups above them.

    See https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max, for version 2, and
    https://docs.kernel.org/scheduler/sched-bwc.html for version 1. In a container the path may be
    that of the machine, where what is mounted is the container's own group: the walk ends there.
    """
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        for mount in {controllers, "cpu"} if controllers else {""}:
            folder = root / "sys/fs/cgroup" / mount
            for name in ("", *path.split("/")):
                if name != "..":
                    folder /= name
                    yield _quota(folder)


def _quota(folder: Path) -> float:
    """Return how many cores' time a control group allows; infinity where it has no quota."""
    numbers = _read(folder / "cpu.max").split() or [
        _read(folder / "cpu.cfs_quota_us"),
        _read(folder / "cpu.cfs_period_us"),
    ]
    try:
        quota, period = map(int, numbers)
    except ValueError:
        # "max", or no such files.
        return math.inf
    return quota / period if quota > 0 and period > 0 else math.inf


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
