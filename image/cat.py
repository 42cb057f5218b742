"""Round cartoon cats: their coats and faces."""

from __future__ import annotations

import random
from typing import NamedTuple

from pen import (
    INK,
    WHITE,
    Colour,
    Path,
    Pen,
    arc,
    bounds,
    box,
    ellipse,
    limb,
    mirrored,
    mix,
    smooth,
)
from props import Outfit, dress

COATS: list[Colour] = [
    (240, 150, 70),
    (250, 224, 184),
    (150, 152, 166),
    (70, 66, 84),
    (150, 104, 76),
    (244, 240, 236),
    (118, 190, 170),
    (184, 156, 214),
    (236, 156, 164),
    (196, 180, 150),
]
PATTERNS = ("plain", "tabby", "patched", "masked", "pointed", "spotted")
EYES = ("open", "open", "wide", "happy", "wink", "shut", "sleepy", "dots")
MOUTHS = ("smile", "smile", "open", "small")
PINK: Colour = (242, 150, 158)


class Cat(NamedTuple):
    """One cat: its fur, its face and what it wears."""

    fur: Colour
    pale: Colour
    mark: Colour
    iris: Colour
    pattern: str
    eyes: str
    mouth: str
    turn: float
    outfit: Outfit


def new_cat(rng: random.Random) -> Cat:
    """Make up a cat."""
    fur = rng.choice(COATS)
    dark = sum(fur) < 300
    mark = mix(fur, WHITE, 0.35) if dark else mix(fur, rng.choice([INK, (120, 60, 40)]), 0.5)
    iris = rng.choice([(120, 190, 90), (240, 190, 60), (90, 170, 220), (210, 140, 60)])
    return Cat(
        fur,
        mix(fur, (255, 250, 240), 0.75),
        mark,
        iris,
        rng.choice(PATTERNS),
        rng.choice(EYES),
        rng.choice(MOUTHS),
        rng.uniform(-1, 1),
        dress(rng),
    )


# --- The head ------------------------------------------------------------------------------

SKULL = mirrored([(0, -0.84), (0.55, -0.76), (0.96, -0.34), (1.12, 0.2), (0.78, 0.68), (0, 0.84)])


def _ear(side: int) -> Path:
    points = [(0.96, -0.2), (1.02, -0.8), (0.9, -1.34), (0.52, -1.06), (0.18, -0.72)]
    return smooth([(side * x, y) for x, y in points])


def _inner_ear(side: int) -> Path:
    points = [(0.9, -0.62), (0.93, -0.9), (0.85, -1.17), (0.62, -0.99), (0.5, -0.86)]
    return smooth([(side * x, y) for x, y in points])


def head(pen: Pen, cat: Cat, facing: bool = True) -> None:
    """Draw a head around the origin, about one unit to each side."""
    ears = [_ear(-1), _ear(1)]
    pen.solid(cat.fur, *ears, SKULL)
    if cat.pattern == "pointed":
        with pen.inside(*ears):
            pen.flat(cat.mark, ellipse(-0.95, -1.3, 0.42, 0.5), ellipse(0.95, -1.3, 0.42, 0.5))
    if facing:
        pen.solid(PINK, _inner_ear(-1), _inner_ear(1), line=0)
        with pen.inside(SKULL):
            _face_markings(pen, cat)
        _face(pen.at(0.2 * cat.turn, 0.02), cat)
    else:
        with pen.inside(SKULL):
            coat(pen, cat, SKULL)
        _whiskers(pen, cat)
        for side in (-1, 1):
            fold = smooth([(side * 0.45, -0.82), (side * 0.7, -0.62), (side * 0.9, -0.5)], False)
            pen.stroke(mix(cat.fur, INK, 0.4), fold, 0.035)
    if cat.outfit.hat:
        cat.outfit.hat(pen.at(0.08 * cat.turn, -0.74))


def _face_markings(pen: Pen, cat: Cat) -> None:
    x = 0.2 * cat.turn
    if cat.pattern == "tabby":
        for dx, low in ((-0.26, -0.5), (0, -0.38), (0.26, -0.5)):
            pen.flat(cat.mark, limb([(x + dx * 1.2, -0.95), (x + dx, low)], 0.1, 0.04))
        for side in (-1, 1):
            for y in (0.1, 0.36):
                pen.flat(cat.mark, limb([(side * 1.2, y), (side * 0.82, y + 0.04)], 0.08, 0.03))
    elif cat.pattern == "patched":
        pen.flat(cat.mark, ellipse(x - 0.6, -0.3, 0.52, 0.62, 20))
        pen.flat(mix(cat.mark, cat.fur, 0.5), ellipse(x + 0.85, -0.7, 0.4, 0.42))
    elif cat.pattern == "masked":
        blaze = [(x, -0.9), (x + 0.16, -0.2), (x + 0.75, 0.45), (x, 1.1), (x - 0.75, 0.45)]
        pen.flat(cat.pale, smooth([*blaze, (x - 0.16, -0.2)]))
    elif cat.pattern == "pointed":
        pen.glow(cat.mark, x, 0.2, 0.7, 0.62, 0.85)
    elif cat.pattern == "spotted":
        for dx, y in ((-0.2, -0.66), (0.12, -0.58), (0.38, -0.72), (-0.95, 0.1), (0.95, 0.15)):
            pen.flat(cat.mark, ellipse(x + dx, y, 0.09, 0.08))


def _face(pen: Pen, cat: Cat) -> None:
    pen.flat(cat.pale, ellipse(-0.19, 0.4, 0.32, 0.25), ellipse(0.19, 0.4, 0.32, 0.25))
    for side in (-1, 1):
        pen.glow((246, 110, 120), side * 0.72, 0.36, 0.2, 0.13, 0.5)
        _eye(pen.at(side * 0.46, -0.02, flip=side < 0), cat, side)
    _whiskers(pen, cat, 0.6)
    _mouth(pen, cat)
    pen.solid((226, 112, 124), smooth([(-0.13, 0.17), (0.13, 0.17), (0, 0.31)]), line=0.02)
    pen.flat(WHITE, ellipse(-0.035, 0.19, 0.035, 0.018), opacity=0.8)


def _whiskers(pen: Pen, cat: Cat, root: float = 1.02) -> None:
    for side in (-1, 1):
        for rise, lift in ((0.16, -0.1), (0.4, 0.0), (0.64, 0.12)):
            middle = ((root + 1.42) / 2 * side, 0.3 + lift)
            hair = smooth([(side * root, 0.36 + lift / 2), middle, (side * 1.42, rise)], False)
            pen.stroke(_ink(cat), hair, 0.022)


def _ink(cat: Cat) -> Colour:
    # A dark cat's whiskers would drown in its fur.
    return mix(cat.fur, WHITE, 0.75) if sum(cat.fur) < 300 else mix(cat.fur, INK, 0.85)


def _eye(pen: Pen, cat: Cat, side: int) -> None:
    kind = cat.eyes
    if kind == "wink":
        kind = "happy" if side > 0 else "open"
    if kind == "happy":
        pen.stroke(_ink(cat), arc(0, 0.08, 0.2, 0.2, 195, 345), 0.07)
    elif kind == "shut":
        pen.stroke(_ink(cat), arc(0, -0.06, 0.2, 0.16, 15, 165), 0.06)
    elif kind == "dots":
        pen.solid(INK, ellipse(0, 0, 0.15, 0.2), line=0)
        pen.flat(WHITE, ellipse(-0.04, -0.08, 0.06, 0.06))
    else:
        _open_eye(pen, cat, 1.18 if kind == "wide" else 1, 0.55 if kind == "sleepy" else 0)


def _open_eye(pen: Pen, cat: Cat, size: float, lid: float) -> None:
    ball = ellipse(0, 0, 0.22 * size, 0.27 * size)
    pen.solid(WHITE, ball, line=0.03, depth=0.3)
    with pen.inside(ball):
        pen.solid(cat.iris, ellipse(-0.01, 0.02, 0.19 * size, 0.24 * size), line=0)
        pen.flat(INK, ellipse(-0.01, 0.02, 0.11 * size, 0.19 * size))
        pen.flat(WHITE, ellipse(-0.06, -0.08, 0.065, 0.075), ellipse(0.06, 0.12, 0.03, 0.035))
        if lid:
            pen.flat(mix(cat.fur, INK, 0.2), box(-0.4, -0.5, 0.4, -0.27 + 0.54 * lid, 0.02))
            pen.stroke(INK, [(-0.4, -0.27 + 0.54 * lid), (0.4, -0.27 + 0.54 * lid)], 0.05)


def _mouth(pen: Pen, cat: Cat) -> None:
    ink = mix(cat.pale, INK, 0.85)
    if cat.mouth == "open":
        lips = smooth([(-0.2, 0.42), (0, 0.46), (0.2, 0.42), (0.12, 0.66), (-0.12, 0.66)])
        pen.solid((130, 40, 60), lips, line=0.025, depth=0.4)
        with pen.inside(lips):
            pen.flat((246, 130, 140), ellipse(0, 0.68, 0.13, 0.11))
    reach = 0.12 if cat.mouth == "small" else 0.18
    for side in (-1, 1):
        curve = arc(side * reach, 0.38, reach, 0.11, 180 if side > 0 else 0, 90 + side * 60)
        pen.stroke(ink, curve, 0.04)
    pen.stroke(ink, [(0, 0.28), (0, 0.38)], 0.035)


def coat(pen: Pen, cat: Cat, path: Path) -> None:
    """Lay the coat's pattern on a body."""
    left, top, right, bottom = bounds(path)
    wide, high = right - left, bottom - top
    if cat.pattern == "tabby" and wide > high:
        for share in (0.2, 0.38, 0.56, 0.74, 0.9):
            x = left + share * wide
            pen.flat(cat.mark, limb([(x, top - 0.1), (x + 0.08, top + 0.5 * high)], 0.1, 0.03))
    elif cat.pattern == "tabby":
        for share in (0.35, 0.55, 0.75):
            y = top + share * high
            pen.flat(cat.mark, limb([(left - 0.1, y - 0.08), (left + 0.3 * wide, y)], 0.1, 0.03))
            pen.flat(cat.mark, limb([(right + 0.1, y - 0.08), (right - 0.3 * wide, y)], 0.1, 0.03))
    elif cat.pattern == "patched":
        pen.flat(cat.mark, ellipse(left + 0.2 * wide, top + 0.6 * high, 0.28 * wide, 0.3 * high))
        other = mix(cat.mark, cat.fur, 0.5)
        pen.flat(other, ellipse(left + 0.85 * wide, top + 0.25 * high, 0.25 * wide, 0.3 * high))
    elif cat.pattern == "spotted":
        for i in range(12):
            # Steps of the golden ratio keep the spots apart.
            x, y = left + wide * (i * 0.618 % 1), top + high * (i + 0.5) / 12
            pen.flat(cat.mark, ellipse(x, y, 0.12, 0.09))
