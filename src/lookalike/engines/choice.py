"""Which engine ``lookalike.tc`` is: the real Turi Create, or the portable one."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import re
from functools import lru_cache
from types import ModuleType
from typing import NamedTuple

from ..errors import BackendError, BackendWarning, install_hint, warn_caller

VARIABLE = "LOOKALIKE_BACKEND"
BACKENDS = ("auto", "portable", "turicreate")


class Limit(NamedTuple):
    """A package's first version that is too new for Turi Create 6.4.1, and what then fails."""

    package: str
    too_new: tuple[int, ...]
    fails: str


LIMITS = (
    Limit("numpy", (1, 24), "create() fails"),
    Limit("pandas", (2,), "explore() fails in a notebook"),
    Limit("protobuf", (3, 21), "export_coreml() fails"),
)


@lru_cache(maxsize=None)
def engine() -> ModuleType:
    """Return the engine, chosen once by ``LOOKALIKE_BACKEND``: a module with Turi Create's names.

    ``auto``, the default, is the real Turi Create if it is installed and sound, else the portable
    engine; a ``BackendWarning`` says what is wrong with a Turi Create that is not. BackendError if
    the variable names no engine, or one that cannot be imported.
    """
    wanted = os.environ.get(VARIABLE, "auto")
    if wanted not in BACKENDS:
        raise BackendError(
            f"{VARIABLE}={wanted!r} is not an engine: expected one of {', '.join(BACKENDS)}."
        )
    if wanted == "portable" or (wanted == "auto" and not _is_installed()):
        return _portable()
    problem = _problem()
    if wanted == "turicreate":
        real = turicreate()
        if problem:
            end = f"It is used all the same, since {VARIABLE} asks for it."
            warn_caller(f"{problem} {end}", BackendWarning)
        return real
    try:
        if not problem:
            return turicreate()
    except BackendError as error:
        problem = str(error)
    warn_caller(f"{problem} The portable engine serves until then.", BackendWarning)
    return _portable()


def backend_name() -> str:
    """Return which engine ``lookalike.tc`` is: ``'turicreate'`` or ``'portable'``.

    Examples
    --------
    >>> backend_name() in ('turicreate', 'portable')
    True
    """
    return engine().__name__.rpartition(".")[2]


def is_real() -> bool:
    """Return whether ``lookalike.tc`` is the real Turi Create."""
    return backend_name() == "turicreate"


def turicreate() -> ModuleType:
    """Return the real Turi Create; BackendError if it is not installed or cannot be imported."""
    if not _is_installed():
        raise BackendError(
            "Turi Create is not installed. It needs Python 3.8 on an x86-64 machine with Linux, "
            f"macOS or WSL (this is Python {platform.python_version()} on {platform.machine()}); "
            f"there, install lookalike with its extra: {install_hint('turicreate')}. "
            f"Without it the portable engine serves, unless {VARIABLE} asks for this one."
        )
    try:
        return importlib.import_module("turicreate")
    except Exception as error:
        # Besides ImportError: binary modules that do not fit raise nearly anything.
        raise BackendError(
            f"Turi Create is installed but cannot be imported ({type(error).__name__}: {error}). "
            f"{_mend()}"
        ) from error


def _is_installed() -> bool:
    spec = importlib.util.find_spec("turicreate")
    # A mere folder of this name, which Python takes for a package, has no origin.
    return spec is not None and spec.origin is not None


def _portable() -> ModuleType:
    return importlib.import_module("lookalike.portable")


def _problem() -> str | None:
    """Return what is wrong with the packages beside Turi Create and what mends it, or None.

    Only versions are compared: most failures come when the work is half done.
    """
    wrong = [
        f"{limit.package} {version} is too new ({limit.fails})"
        for limit in LIMITS
        for version in [_version_of(limit.package)]
        if version and _numbers(version) >= limit.too_new
    ]
    if importlib.util.find_spec("tensorflow") is None:
        wrong.append("TensorFlow is missing (create() fails)")
    return f"Turi Create is installed, but {'; '.join(wrong)}. {_mend()}" if wrong else None


def _mend() -> str:
    limits = " ".join(f"'{limit.package}<{'.'.join(map(str, limit.too_new))}'" for limit in LIMITS)
    return f"To mend it: pip install {limits} 'tensorflow<2.14'"


def _version_of(package: str) -> str | None:
    # Not at the top: a third of the time that importing lookalike takes.
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
