"""What this process runs on: ONNX Runtime without its telemetry, and how many cores."""

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

# From 1.29 on, its packages for Linux and macOS send Microsoft facts of the machine and the loaded
# models, unless this is set before they are imported.
VARIABLE = "ORT_DISABLE_TELEMETRY"
THREADS_VARIABLE = "LOOKALIKE_THREADS"

# ONNX Runtime's levels of logging: lower ones warn of what it repairs in older files; errors are
# raised, too.
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
    """Import ONNX Runtime with its telemetry off, even if a program has imported it before."""
    os.environ[VARIABLE] = "1"
    with IMPORTING:
        if threading.current_thread() is threading.main_thread():
            # In a thread, which Ctrl-C does not reach: in the import it would be an ImportError.
            with ThreadPoolExecutor(1) as importing:
                onnxruntime = importing.submit(import_module, "onnxruntime").result()
        else:
            onnxruntime = import_module("onnxruntime")
        # On Windows the variable does nothing.
        onnxruntime.disable_telemetry_events()
    return onnxruntime


def session_options(threads: int) -> Any:
    """Return ONNX Runtime's options for a session that runs on so many threads.

    By default it binds a thread to each of the machine's cores, which not every container allows.
    """
    options = onnx_runtime().SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ALONE
    return options


def available_cores(root: Path = Path("/")) -> int:
    """Return on how many threads to decode, to run networks and to search.

    It is ``LOOKALIKE_THREADS``, else the number of cores that this process may use: the least of
    its affinity and the quotas of its control groups. ``root`` is where the system's files are.

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
    """Yield how many cores this process's control groups allow, and the groups above them.

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
    """Return how many cores a control group allows; infinity if it has no quota."""
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
