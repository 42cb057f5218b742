"""How many neighbours, and how far away: checked before anything is searched."""

from __future__ import annotations

import math
import numbers
import sys


def plain_k_and_radius(
    k: int | None, radius: float | None, name: str = "radius"
) -> tuple[int | None, float | None]:
    """Return k and the radius as Python's own numbers: NumPy's small ones overflow in use.

    Raises
    ------
    ValueError
        If one of them makes no sense.
    """
    if k is not None and (not isinstance(k, numbers.Integral) or k <= 0):
        raise ValueError(f"Expected k to be a whole number from 1 on, or None; found {k!r}.")
    if k is not None and k > sys.maxsize:
        raise ValueError(
            f"Expected k to be at most {sys.maxsize}, since no machine counts more rows, or None "
            "for all of them; found a larger number."
        )
    if radius is not None and (not isinstance(radius, numbers.Real) or not radius >= 0):
        raise ValueError(f"Expected {name} to be a number of 0 or more, or None; found {radius!r}.")
    return None if k is None else int(k), None if radius is None else _float(radius)


def _float(radius: float) -> float:
    try:
        return float(radius)
    except OverflowError:
        # A whole number beyond the largest float: all is inside.
        return math.inf
