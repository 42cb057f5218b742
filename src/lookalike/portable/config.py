"""Settings, as in ``turicreate.config``."""

from __future__ import annotations

from ..errors import BackendError, BackendWarning, ToolkitError, warn_caller
from ..networks import provider


def set_num_gpus(num_gpus: int) -> None:
    """Run networks on an accelerator, or on the CPU.

    Unlike Turi Create's, networks run on the CPU until this or ``LOOKALIKE_PROVIDER`` says
    otherwise. If the installed ONNX Runtime knows no accelerator, a warning names the package
    to install, and networks run on the CPU.

    Parameters
    ----------
    num_gpus : {0, 1, -1}
        0 for the CPU, on all cores; 1 for an accelerator (CUDA, CoreML or DirectML, whichever the
        installed ONNX Runtime has; ``LOOKALIKE_PROVIDER`` chooses among several); -1 for one if
        there is one; ValueError for another number.
    """
    if num_gpus < -1:
        raise ValueError(
            f"Expected num_gpus to be 0 or 1, or -1 for what is there; found {num_gpus}."
        )
    try:
        provider.use_accelerators(min(abs(num_gpus), 1))
    except BackendError as error:
        if num_gpus > 0:
            warn_caller(f"{error} Networks run on the CPU.", BackendWarning)
        provider.use_accelerators(0)


def set_runtime_config(name: str, value: object) -> None:
    """Do nothing, but for ``TURI_NUM_GPUS``: other variables are about Turi Create's own workers.

    ToolkitError if the name does not begin with ``TURI_``.
    """
    if not str(name).startswith("TURI_"):
        raise ToolkitError(f"There is no configuration variable {name!r}: all begin with 'TURI_'.")
    if name == "TURI_NUM_GPUS":
        set_num_gpus(int(str(value)))


def get_runtime_config() -> dict[str, int]:
    """Return the variables that mean something here: ``TURI_NUM_GPUS``, as ``get_num_gpus``."""
    return {"TURI_NUM_GPUS": get_num_gpus()}


def get_num_gpus() -> int:
    """Return 1 where networks run on an accelerator now, else 0."""
    return int(provider.chosen_provider() is not provider.PROVIDERS["cpu"])
