"""Settings, as in ``turicreate.config``."""

from __future__ import annotations

from ..errors import BackendError
from ..networks import provider


def set_num_gpus(num_gpus: int) -> None:
    """Run networks on an accelerator, or on the CPU.

    Unlike Turi Create's, networks run on the CPU until this or ``LOOKALIKE_PROVIDER`` says
    otherwise, and what cannot be had is an error at once.

    Parameters
    ----------
    num_gpus : {0, 1, -1}
        0 for the CPU, on all cores; 1 for an accelerator (CUDA, CoreML or DirectML, whichever the
        installed ONNX Runtime has; ``LOOKALIKE_PROVIDER`` chooses among several); -1 for one where
        there is one.

    Raises
    ------
    ValueError
        If it is another number.
    BackendError
        If an accelerator is asked for and the installed ONNX Runtime knows none; it names the
        package to install.
    """
    if num_gpus < -1:
        raise ValueError(
            f"Expected num_gpus to be 0 or 1, or -1 for what is there; found {num_gpus}."
        )
    try:
        provider.use_accelerators(min(abs(num_gpus), 1))
    except BackendError:
        if num_gpus > 0:
            raise
        provider.use_accelerators(0)


def get_num_gpus() -> int:
    """Return 1 where networks run on an accelerator now, else 0."""
    return int(provider.chosen_provider() is not provider.PROVIDERS["cpu"])
