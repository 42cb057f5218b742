"""The notebook that this runs in, if it does, without loading IPython to find out."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Mapping


def in_notebook() -> bool:
    """Tell whether this runs in a Jupyter kernel."""
    return getattr(_shell(), "kernel", None) is not None


def is_watched() -> bool:
    """Tell whether a person runs this notebook: nbconvert and papermill answer no questions."""
    return in_notebook() and _request("content").get("allow_stdin", True) is not False


def is_jupyterlab() -> bool:
    """Tell whether the front end is JupyterLab or Notebook 7, by what only they send with a cell.

    In both, a widget may live in an output of plain HTML; elsewhere it must have one of its own.
    """
    return in_notebook() and "deletedCells" in _request("metadata")


def cell_number() -> int | None:
    """Return the number of the running cell, ``In [n]``; None where there are no cells."""
    return getattr(_shell(), "execution_count", None)


def display(bundle: Mapping[str, Any], output: str | None = None, update: bool = False) -> None:
    """Display one output, by media type, below the running cell.

    Parameters
    ----------
    bundle : dict from media type to content
        The same output in several forms, of which a front end takes one.
    output : str, optional
        A name for the output, by which it is found again.
    update : bool
        Whether to replace the output of that name, wherever it is.
    """
    # As a name, since IPython need not be installed where this is type-checked.
    ipython = importlib.import_module("IPython.display")
    ipython.display(dict(bundle), raw=True, display_id=output, update=update)


def _shell() -> Any:
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython() if get_ipython is not None else None


def _request(part: str) -> Mapping[str, Any]:
    """Return a part of the message that the kernel is answering; empty where there is none."""
    message: Mapping[str, Any] = getattr(_shell().kernel, "get_parent", dict)()
    return message.get(part) or {}
