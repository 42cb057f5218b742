"""What saved facts must look like: small checks, put together as records and lists.

A check takes a value that JSON gave, and raises ``UnfitError`` unless it is what is expected.
Whatever the value is, the message is one short sentence.
"""

from __future__ import annotations

import math
import re
import reprlib
from typing import Any, Callable, Mapping

from ..names import is_possible

Check = Callable[[Any], None]

# Whole numbers have 64 bits here, as in NumPy.
LARGEST = 2**63 - 1
NONE = type(None)


class UnfitError(ValueError):
    """A value that is not what is expected; its text says what is, and what was found."""


def short(value: Any) -> str:
    """Return a value in a few characters, whatever it is."""
    shown = reprlib.Repr()
    shown.maxstring = shown.maxother = shown.maxlong = 40
    shown.maxlevel = shown.maxlist = shown.maxdict = 2
    return shown.repr(value)


def expect(fits: bool, what: str, found: Any) -> None:
    """Raise ``UnfitError`` unless a value fits."""
    if not fits:
        raise UnfitError(f"expected {what}, found {short(found)}")


def that(fits: Callable[[Any], bool], what: str) -> Check:
    """Return the check for a value that fits; ``what`` describes such values in messages."""
    return lambda value: expect(fits(value), what, value)


def _types(value: Any) -> set[type]:
    return set(map(type, value)) if isinstance(value, list) else {object}


truth = that(lambda value: isinstance(value, bool), "true or false")
text = that(lambda value: isinstance(value, str), "a text")
path = that(lambda value: isinstance(value, str) and is_possible(value), "a path")
values = that(lambda value: isinstance(value, list), "a list")
# Lists that may be long, of texts or whole numbers, and nulls.
texts = that(lambda value: _types(value) <= {str, NONE}, "a list of texts")


def paths(value: Any) -> None:
    """Expect a list of paths and nulls."""
    texts(value)
    # All at once: a call for each would take longer than all else.
    expect(is_possible("".join(filter(None, value))), "a list of paths", value)


def wholes(value: Any) -> None:
    """Expect a list of whole numbers of 64 bits and nulls."""
    expect(_types(value) <= {int, NONE}, "a list of whole numbers", value)
    found = [one for one in value if one is not None]
    fits = not found or (min(found) >= -LARGEST - 1 and max(found) <= LARGEST)
    expect(fits, "whole numbers of 64 bits", value)


def whole(least: int = -LARGEST - 1, most: int = LARGEST) -> Check:
    """Return the check for a whole number in a range; True, a number in Python, is none."""
    return that(
        lambda value: type(value) is int and least <= value <= most,
        f"a whole number from {least} to {most}",
    )


def number(least: float = -math.inf) -> Check:
    """Return the check for a finite number of ``least`` or more."""
    return that(
        lambda value: type(value) in (int, float) and abs(value) <= LARGEST and value >= least,
        "a finite number" if least == -math.inf else f"a number from {least}",
    )


def one_of(*known: str) -> Check:
    """Return the check for one of some texts."""
    return that(
        lambda value: isinstance(value, str) and value in known, f"one of {', '.join(known)}"
    )


def matching(pattern: str, what: str) -> Check:
    """Return the check for a text that matches a pattern as a whole."""
    compiled = re.compile(pattern)
    return that(
        lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None, what
    )


sha256 = matching("[0-9a-f]{64}", "a sha256")


def either(first: Check, second: Check) -> Check:
    """Return the check for what one of two expects."""

    def check(value: Any) -> None:
        try:
            first(value)
        except UnfitError:
            second(value)

    return check


def optional(check: Check) -> Check:
    """Return the check for null, or what another expects."""
    return either(that(lambda value: value is None, "null"), check)


def list_of(check: Check, length: int | None = None) -> Check:
    """Return the check for a list, of which each value is checked."""

    def check_all(value: Any) -> None:
        fits = isinstance(value, list) and length in (None, len(value))
        expect(fits, "a list" if length is None else f"a list of {length}", value)
        for one in value:
            check(one)

    return check_all


def record(
    needed: Mapping[str, Check], others: Mapping[str, Check] | None = None, closed: bool = False
) -> Check:
    """Return the check for a dict: what it needs, and what it may have besides.

    Other names are passed over, unless it is ``closed``.
    """
    checks = {**needed, **(others or {})}

    def check(value: Any) -> None:
        expect(isinstance(value, dict), "a record", value)
        missing = [name for name in needed if name not in value]
        expect(not missing, f"{', '.join(missing)} in a record", sorted(value))
        strange = sorted(set(value) - set(checks)) if closed else []
        expect(not strange, "a record without facts that are not known here", strange)
        for name, check_value in checks.items():
            if name in value:
                try:
                    check_value(value[name])
                except UnfitError as error:
                    raise UnfitError(f"{name}: {error}") from None

    return check
