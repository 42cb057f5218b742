"""ONNX Runtime, imported in one place, and kept from reporting to anybody."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

# Since 1.29 its packages for Linux and macOS send what machine this is and which models are loaded
# to Microsoft, unless this is set before they are imported.
VARIABLE = "ORT_DISABLE_TELEMETRY"
# ONNX Runtime warns of what it repairs by itself in older files.
ERRORS_ALONE = 3


@lru_cache(maxsize=None)
def onnx_runtime() -> Any:
    """Import ONNX Runtime with its telemetry off.

    Where a program has imported it before, and so let it start reporting, this ends that.
    """
    os.environ[VARIABLE] = "1"
    import onnxruntime

    # On Windows the variable does nothing.
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def available_cores() -> int:
    """Return how many cores this process may use (fewer than the machine's in a container)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
