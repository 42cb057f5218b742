"""Boxy rover robots: their paint, and the screen that is their face."""

from __future__ import annotations

import random
from typing import NamedTuple

from pen import INK, WHITE, Colour, Path, Pen, Point, arc, box, ellipse, mix, smooth, star
from props import Outfit, dress

PAINTS: list[Colour] = [
    (236, 132, 76),
    (250, 228, 190),
    (156, 160, 176),
    (86, 84, 104),
    (150, 110, 86),
    (240, 240, 238),
    (118, 190, 170),
    (176, 152, 210),
    (232, 150, 160),
    (196, 182, 154),
]
GLOWS: list[Colour] = [(120, 240, 230), (190, 246, 120), (255, 206, 110), (255, 170, 200), WHITE]
SHAPES = ("box", "capsule", "pot", "wide")
EYES = ("round", "round", "tall", "square", "happy", "wink", "shut", "stars")
MOUTHS = ("smile", "smile", "open", "line", "none")
STEEL: Colour = (150, 154, 168)


class Rover(NamedTuple):
    """One rover: its paint, its parts and its face."""

    paint: Colour
    trim: Colour
    glow: Colour
    shape: str
    eyes: str
    mouth: str
    spokes: int
    dish: bool
    turn: float
    outfit: Outfit


def new_rover(rng: random.Random) -> Rover:
    """Make up a rover."""
    paint = rng.choice(PAINTS)
    return Rover(
        paint,
        rng.choice([colour for colour in PAINTS if colour != paint]),
        rng.choice(GLOWS),
        rng.choice(SHAPES),
        rng.choice(EYES),
        rng.choice(MOUTHS),
        rng.choice([0, 5, 6, 8]),
        rng.random() < 0.6,
        rng.uniform(-1, 1),
        dress(rng),
    )


# --- The head ------------------------------------------------------------------------------


def _shell(shape: str) -> Path:
    if shape == "capsule":
        return box(-0.98, -0.6, 0.98, 0.6, 0.42)
    if shape == "pot":
        return smooth(
            [(-0.75, -0.62), (0.75, -0.62), (0.98, 0.0), (0.85, 0.6), (-0.85, 0.6), (-0.98, 0)],
            steps=6,
        )
    wide = 1.12 if shape == "wide" else 0.9
    return box(-wide, -0.64, wide, 0.64, 0.2)


def head(pen: Pen, rover: Rover, facing: bool = True) -> None:
    """Draw a screen on its neck joint, about one unit to each side of the origin."""
    shell = _shell(rover.shape)
    reach = max(x for x, _ in shell)
    rod(pen, (0.5, -0.5), (0.62, -1.05), width=0.04)
    pen.solid(rover.glow, ellipse(0.63, -1.1, 0.11, 0.11), line=0.03)
    for side in (-1, 1):
        pen.solid(STEEL, box(side * reach - 0.14, -0.22, side * reach + 0.14, 0.22, 0.07))
    pen.solid(rover.paint, shell)
    if facing:
        screen = [(0.84 * x + 0.03 * rover.turn, 0.78 * y) for x, y in shell]
        pen.solid((34, 40, 62), screen, line=0.03, depth=0.7)
        with pen.inside(screen):
            _face(pen.at(0.14 * rover.turn, 0), rover)
            pen.flat(WHITE, [(-1.1, 0.2), (-0.2, -0.7), (0.1, -0.7), (-0.9, 0.5)], opacity=0.1)
    else:
        for y in (-0.2, 0, 0.2):
            pen.stroke(mix(rover.paint, INK, 0.5), [(-0.4, y), (0.4, y)], 0.07)
    if rover.outfit.hat:
        rover.outfit.hat(pen.at(-0.06, -0.62))


def _face(pen: Pen, rover: Rover) -> None:
    for side in (-1, 1):
        pen.glow(rover.glow, side * 0.36, -0.08, 0.26, 0.26, 0.3)
        _eye(pen.at(side * 0.36, -0.08), rover, side)
    if rover.mouth == "smile":
        pen.stroke(rover.glow, arc(0, 0.16, 0.17, 0.13, 20, 160), 0.06)
    elif rover.mouth == "line":
        pen.stroke(rover.glow, [(-0.13, 0.27), (0.13, 0.27)], 0.06)
    elif rover.mouth == "open":
        pen.flat(rover.glow, arc(0, 0.18, 0.15, 0.18, 0, 180))


def _eye(pen: Pen, rover: Rover, side: int) -> None:
    kind = rover.eyes
    if kind == "wink":
        kind = "shut" if side > 0 else "round"
    if kind == "happy":
        pen.stroke(rover.glow, arc(0, 0.08, 0.17, 0.2, 195, 345), 0.08)
    elif kind == "shut":
        pen.stroke(rover.glow, [(-0.16, 0.02), (0.16, 0.02)], 0.07)
    elif kind == "stars":
        pen.flat(rover.glow, star(0, 0, 0.24))
    else:
        shapes = {
            "round": ellipse(0, 0, 0.18, 0.18),
            "tall": ellipse(0, 0, 0.12, 0.23),
            "square": box(-0.16, -0.17, 0.16, 0.17, 0.05),
        }
        pen.flat(rover.glow, shapes[kind])
        pen.flat(WHITE, ellipse(-0.05, -0.07, 0.05, 0.05))


def rod(pen: Pen, *points: Point, width: float = 0.1) -> None:
    """Draw a bent steel rod with round joints."""
    pen.stroke(mix(STEEL, INK, 0.75), list(points), width + 0.09)
    pen.stroke(STEEL, list(points), width)
    for x, y in points[1:-1]:
        pen.solid(mix(STEEL, WHITE, 0.2), ellipse(x, y, 0.13, 0.13), line=0.03)
