"""ONNX Runtime, imported in one place, and kept from reporting to anybody."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

# Since 1.29 its packages for Linux and macOS send what machine this is and which models are loaded
# to Microsoft, unless this is set before they are imported.
VARIABLE = "ORT_DISABLE_TELEMETRY"


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
