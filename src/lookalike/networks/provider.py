"""Where networks run: the CPU, or an accelerator that the installed ONNX Runtime knows."""

from __future__ import annotations

import os
from typing import NamedTuple

from ..errors import BackendError
from ..runtime import onnx_runtime

VARIABLE = "LOOKALIKE_PROVIDER"


class Provider(NamedTuple):
    """What runs a network: ONNX Runtime's name for it, the package that brings it, and for what."""

    name: str
    package: str
    machine: str


PROVIDERS = {
    "cpu": Provider("CPUExecutionProvider", "onnxruntime", "any machine"),
    "cuda": Provider("CUDAExecutionProvider", "onnxruntime-gpu", "an NVIDIA GPU"),
    "coreml": Provider("CoreMLExecutionProvider", "onnxruntime", "a Mac"),
    "directml": Provider("DmlExecutionProvider", "onnxruntime-directml", "Windows"),
}
ACCELERATORS = ("cuda", "coreml", "directml")

# How many accelerators the program wants; None leaves it to the variable.
_wanted: int | None = None


def use_accelerators(count: int | None) -> None:
    """Run networks on an accelerator (1) or the CPU (0); None leaves it to the variable.

    Raises
    ------
    BackendError
        If the installed ONNX Runtime knows none; then nothing changes.
    """
    global _wanted
    before, _wanted = _wanted, count
    if count is None:
        return
    try:
        chosen_provider()
    except BackendError:
        _wanted = before
        raise


def chosen_provider() -> Provider:
    """Return where networks run now: by ``use_accelerators``, else the variable, else the CPU.

    Raises
    ------
    BackendError
        If the variable names no provider, or the chosen one is not there.
    """
    named = os.environ.get(VARIABLE, "").lower() or None
    if named is not None and named not in PROVIDERS:
        raise BackendError(
            f"{VARIABLE}={named!r} is not a provider: expected one of {', '.join(PROVIDERS)}."
        )
    if _wanted == 0:
        return PROVIDERS["cpu"]
    if _wanted is None or named in ACCELERATORS:
        name = named or "cpu"
        if PROVIDERS[name].name not in _installed():
            raise BackendError(f"{PROVIDERS[name].name} is not here. {_remedy(name)}")
        return PROVIDERS[name]
    found = [name for name in ACCELERATORS if PROVIDERS[name].name in _installed()]
    if not found:
        raise BackendError(f"There is no accelerator for networks here. {_remedy(*ACCELERATORS)}")
    return PROVIDERS[found[0]]


def in_words() -> str:
    """Return where networks run now, for people; errors as ``chosen_provider``."""
    chosen = chosen_provider()
    (name,) = (name for name, known in PROVIDERS.items() if known is chosen)
    return "CPU" if name == "cpu" else f"{name}, and on the CPU what that cannot run"


def unusable(provider: Provider) -> BackendError:
    """Return the error for a provider that is installed and does not start."""
    return BackendError(
        f"{provider.name} is installed and does not start: its driver or libraries are missing, or "
        f"there is no device. ONNX Runtime's own words stand above. {VARIABLE}=cpu, or "
        "tc.config.set_num_gpus(0), goes on without it."
    )


def _installed() -> list[str]:
    names: list[str] = onnx_runtime().get_available_providers()
    return names


def _remedy(*names: str) -> str:
    ways = "; or ".join(
        f"on {PROVIDERS[name].machine}: pip install {PROVIDERS[name].package}" for name in names
    )
    return (
        f"The installed ONNX Runtime {onnx_runtime().__version__} has {', '.join(_installed())}. "
        f"Remove it (pip uninstall onnxruntime), then, {ways}."
    )
