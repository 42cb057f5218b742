"""Where ``show`` and ``explore`` show things, as in ``turicreate.visualization``."""

from __future__ import annotations

TARGETS = ("auto", "browser", "gui", "none")


def set_target(target: str = "auto") -> None:
    """Do nothing: pictures are shown in the notebook, elsewhere as a page in the browser.

    ValueError if the target is none of ``'auto'``, ``'browser'``, ``'gui'`` and ``'none'``.
    """
    if target not in TARGETS:
        raise ValueError(f"Expected the target to be one of {TARGETS}; found {target!r}.")
