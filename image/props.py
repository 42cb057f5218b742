"""Things that both families wear, hold and find lying about."""

from __future__ import annotations

import random
from functools import partial
from typing import Callable, NamedTuple

from pen import INK, WHITE, Colour, Pen, arc, box, ellipse, limb, mix, smooth, star

Prop = Callable[[Pen], None]

BRIGHT: list[Colour] = [
    (232, 80, 82),
    (246, 160, 60),
    (250, 206, 80),
    (104, 186, 110),
    (72, 168, 190),
    (88, 120, 206),
    (158, 110, 200),
    (240, 130, 170),
]


class Outfit(NamedTuple):
    """What a figure wears and holds, each drawn by a pen put in the right place."""

    hat: Prop | None = None
    neck: Prop | None = None
    held: Prop | None = None


class Pose(NamedTuple):
    """A way to draw a figure, standing on y = 0, and the room that it takes."""

    draw: Callable[..., None]
    width: float
    height: float
    grounded: bool = True


def dress(rng: random.Random) -> Outfit:
    """Pick an outfit; often there is no hat or scarf, but the hand is seldom empty."""
    hat, neck, held = (
        partial(rng.choice(kinds), colour=rng.choice(BRIGHT)) for kinds in (HATS, NECKS, HELD)
    )
    return Outfit(
        hat if rng.random() < 0.35 else None,
        neck if rng.random() < 0.45 else None,
        held if rng.random() < 0.8 else None,
    )


# --- Worn: the origin is the top of the head, or the middle of the neck ----------------------


def party_hat(pen: Pen, colour: Colour) -> None:
    """Draw a cone with stripes and a pompom."""
    cone = [(-0.05, -0.85), (0.05, -0.85), *arc(0, 0.04, 0.42, 0.13, 0, 180, 12)]
    pen.solid(colour, cone)
    with pen.inside(cone):
        for y in (-0.45, -0.1):
            pen.stroke(mix(colour, WHITE, 0.7), [(-0.5, y + 0.12), (0.5, y - 0.12)], 0.12)
    pen.solid(WHITE, ellipse(0, -0.88, 0.15, 0.15), line=0.03, depth=0.5)


def beanie(pen: Pen, colour: Colour) -> None:
    """Draw a knitted hat."""
    pen.solid(colour, arc(0, 0.05, 0.68, 0.6, 180, 360))
    for x in (-0.35, 0, 0.35):
        pen.stroke(mix(colour, INK, 0.25), [(x, -0.02), (x * 0.6, -0.42)], 0.05)
    pen.solid(mix(colour, WHITE, 0.55), box(-0.74, -0.1, 0.74, 0.18, 0.13))
    pen.solid(mix(colour, WHITE, 0.55), ellipse(0, -0.6, 0.18, 0.17))


def straw_hat(pen: Pen, colour: Colour) -> None:
    """Draw a summer hat with a ribbon."""
    straw = (240, 210, 140)
    pen.solid(straw, ellipse(0, 0.06, 1.05, 0.2))
    crown = smooth([(-0.58, 0.0), (-0.5, -0.42), (0, -0.56), (0.5, -0.42), (0.58, 0.0), (0, 0.12)])
    pen.solid(straw, crown)
    with pen.inside(crown):
        pen.stroke(colour, arc(0, -0.16, 0.64, 0.14, 0, 180), 0.18)


def crown(pen: Pen, colour: Colour) -> None:
    """Draw a small golden crown with jewels."""
    points = [(-0.5, 0.1), (-0.56, -0.42), (-0.26, -0.16), (0, -0.52), (0.26, -0.16)]
    pen.solid((250, 204, 70), [*points, (0.56, -0.42), (0.5, 0.1)])
    for x, y in ((-0.56, -0.45), (0, -0.55), (0.56, -0.45), (0, -0.03), (-0.28, 0), (0.28, 0)):
        pen.solid(colour, ellipse(x, y, 0.08, 0.08), line=0.02)


def sprout(pen: Pen, colour: Colour) -> None:
    """Draw a flower growing on top."""
    pen.stroke((70, 130, 70), smooth([(0, 0.05), (-0.05, -0.2), (0.05, -0.45)], False), 0.07)
    flower(pen.at(0.05, -0.5, 0.55), colour, stem=False)


def scarf(pen: Pen, colour: Colour) -> None:
    """Draw a woollen scarf with a loose end."""
    pen.solid(colour, limb([(0.32, 0.08), (0.42, 0.45), (0.36, 0.75)], 0.14, 0.18))
    for y in (0.4, 0.62):
        pen.stroke(mix(colour, WHITE, 0.6), [(0.24, y), (0.56, y)], 0.07)
    pen.solid(colour, limb([(-0.58, -0.08), (0, 0.1), (0.58, -0.08)], 0.17, 0.17))


def bow_tie(pen: Pen, colour: Colour) -> None:
    """Draw a bow tie."""
    for side in (-1, 1):
        pen.solid(colour, smooth([(0, 0.1), (side * 0.42, -0.12), (side * 0.42, 0.32)], steps=5))
    pen.solid(mix(colour, WHITE, 0.2), box(-0.1, 0.0, 0.1, 0.22, 0.06))


# --- Held: the origin is the hand -----------------------------------------------------------


def balloon(pen: Pen, colour: Colour) -> None:
    """Draw a balloon on a string."""
    pen.stroke(INK, smooth([(0, 0.1), (0.08, -0.3), (-0.04, -0.6), (0, -0.9)], False), 0.025)
    knot = [(-0.1, -0.82), (0.1, -0.82), (0, -0.96)]
    pen.solid(colour, knot, ellipse(0, -1.4, 0.44, 0.52))
    pen.flat(WHITE, ellipse(-0.18, -1.6, 0.07, 0.14, 25), opacity=0.7)


def umbrella(pen: Pen, colour: Colour) -> None:
    """Draw an umbrella in two tones."""
    pen.stroke(INK, [(0, 0.3), (0, -1.1)], 0.07)
    pen.stroke(INK, arc(0.1, 0.3, 0.1, 0.12, 0, 180), 0.07)
    scallops = [p for x in (0.6, 0, -0.6) for p in arc(x, -0.82, 0.3, 0.12, 0, -180, 9)]
    dome = arc(0, -0.8, 0.9, 0.82, 180, 360) + scallops
    pen.solid(colour, dome)
    with pen.inside(dome):
        pen.flat(WHITE, ellipse(0, -0.8, 0.3, 0.95), opacity=0.45)
    pen.stroke(INK, [(0, -1.62), (0, -1.75)], 0.07)


def flag(pen: Pen, colour: Colour) -> None:
    """Draw a waving flag with a spot."""
    pen.stroke((120, 88, 70), [(0, 0.5), (0, -1.45)], 0.08)
    cloth = smooth(
        [(0.03, -1.4), (0.5, -1.5), (1.05, -1.3), (1.0, -0.8), (0.5, -0.95), (0.03, -0.8)]
    )
    pen.solid(colour, cloth)
    pen.flat(mix(colour, WHITE, 0.8), ellipse(0.5, -1.16, 0.16, 0.16))


def flower(pen: Pen, colour: Colour, stem: bool = True) -> None:
    """Draw a flower with five petals."""
    if stem:
        pen.stroke((70, 130, 70), smooth([(0, 0.2), (0.05, -0.2), (0, -0.6)], False), 0.07)
        pen.solid((96, 168, 90), ellipse(0.17, -0.16, 0.17, 0.08, -30), line=0.03)
    y = -0.7 if stem else 0
    petals = [ellipse(px, py, 0.17, 0.17) for px, py in star(0, y, 0.24, 5)[::2]]
    pen.solid(colour, *petals, line=0.035)
    pen.solid((252, 214, 90), ellipse(0, y, 0.13, 0.13), line=0.02)


def wand(pen: Pen, colour: Colour) -> None:
    """Draw a star on a stick."""
    pen.stroke((120, 88, 70), [(0, 0.3), (0, -0.6)], 0.08)
    pen.solid(mix(colour, (255, 214, 90), 0.8), star(0, -0.85, 0.42))


# --- On the ground: the origin is where it stands -------------------------------------------


def ball(pen: Pen, colour: Colour) -> None:
    """Draw a ball with a bright band and a star."""
    round_ = ellipse(0, -0.5, 0.5, 0.5)
    pen.solid(colour, round_)
    with pen.inside(round_):
        band = smooth([(-0.6, -0.35), (0, -0.2), (0.6, -0.45)], False)
        pen.stroke(mix(colour, WHITE, 0.75), band, 0.15)
        pen.flat(mix(colour, WHITE, 0.75), star(0.02, -0.66, 0.17))
    pen.flat(WHITE, ellipse(-0.2, -0.74, 0.09, 0.06, -35), opacity=0.75)


def fish(pen: Pen, colour: Colour) -> None:
    """Draw a fish lying on its belly."""
    tail = smooth([(0.4, -0.26), (0.85, -0.52), (0.75, -0.25), (0.85, 0.0)], steps=5)
    pen.solid(mix(colour, INK, 0.15), tail, smooth([(-0.1, -0.45), (0.1, -0.72), (0.3, -0.4)]))
    body = smooth([(-0.68, -0.24), (-0.2, -0.52), (0.5, -0.26), (-0.2, 0.0)])
    pen.solid(colour, body)
    for x in (-0.05, 0.15):
        pen.stroke(mix(colour, INK, 0.35), arc(x, -0.26, 0.1, 0.13, -60, 60), 0.03)
    pen.flat(WHITE, ellipse(-0.42, -0.3, 0.08, 0.08))
    pen.flat(INK, ellipse(-0.43, -0.3, 0.045, 0.045))


def rock(pen: Pen, colour: Colour) -> None:
    """Draw a few stones in the colour of earth."""
    grey = mix(colour, (140, 126, 122), 0.8)
    pen.solid(
        mix(grey, INK, 0.15), smooth([(0.2, 0), (0.3, -0.42), (0.7, -0.45), (0.85, 0)], steps=4)
    )
    big = smooth([(-0.75, 0), (-0.6, -0.5), (-0.15, -0.8), (0.35, -0.5), (0.5, 0)], steps=4)
    pen.solid(grey, big)
    pen.stroke(mix(grey, INK, 0.4), [(-0.2, -0.55), (-0.05, -0.4), (-0.1, -0.2)], 0.04)


def plant(pen: Pen, colour: Colour) -> None:
    """Draw a plant in a pot."""
    green = (92, 164, 96)
    for x, y, turn in ((0.32, -0.96, 120), (0.15, -1.26, 100)):
        for side in (-1, 1):
            pen.stroke(mix(green, INK, 0.4), [(0, -0.5), (side * x, y)], 0.05)
            pen.solid(green, ellipse(side * x, y, 0.34, 0.15, side * turn), line=0.035)
    pen.solid(colour, [(-0.36, -0.55), (0.36, -0.55), (0.26, 0), (-0.26, 0)])
    pen.solid(mix(colour, WHITE, 0.25), box(-0.42, -0.64, 0.42, -0.46, 0.06))


def crate(pen: Pen, colour: Colour, opened: bool = False) -> None:
    """Draw a cardboard box, or with `opened` the flaps and the inside behind who sits in it."""
    if opened:
        for side in (-1, 1):
            flap = [(1.15, -1.3), (1.75, -1.1), (1.8, -0.75), (1.15, -1.0)]
            pen.solid(mix(colour, WHITE, 0.15), [(side * x, y) for x, y in flap])
        pen.solid(mix(colour, INK, 0.45), [(-1.2, -1.25), (-1, -1.6), (1, -1.6), (1.2, -1.25)])
        return
    pen.solid(colour, [(-1.2, -1.3), (1.2, -1.3), (1.12, 0), (-1.12, 0)])
    pen.flat(mix(colour, WHITE, 0.35), box(-0.2, -1.28, 0.2, -0.85, 0.02))
    pen.stroke(mix(colour, INK, 0.3), [(-0.9, -0.25), (-0.5, -0.25)], 0.05)
    pen.stroke(mix(colour, INK, 0.3), [(-0.9, -0.4), (-0.6, -0.4)], 0.05)


def parcel(pen: Pen, colour: Colour) -> None:
    """Draw a present with a ribbon."""
    ribbon = mix(colour, WHITE, 0.75)
    pen.solid(colour, box(-0.5, -0.8, 0.5, 0, 0.06))
    pen.flat(ribbon, box(-0.1, -0.8, 0.1, 0, 0))
    for side in (-1, 1):
        pen.solid(ribbon, ellipse(side * 0.18, -0.92, 0.19, 0.11, side * -25), line=0.03)


def butterfly(pen: Pen, colour: Colour) -> None:
    """Draw a butterfly, fluttering above the ground."""
    air = pen.at(0, -1.9, 0.8, 14)
    for side in (-1, 1):
        wings = (
            ellipse(side * 0.27, -0.16, 0.28, 0.2, side * -35),
            ellipse(side * 0.2, 0.17, 0.2, 0.15),
        )
        air.solid(colour, *wings, line=0.035)
        air.flat(mix(colour, WHITE, 0.65), ellipse(side * 0.29, -0.18, 0.1, 0.08))
        air.stroke(INK, [(0, -0.2), (side * 0.12, -0.42)], 0.03)
    air.solid(INK, ellipse(0, 0, 0.06, 0.27), line=0.01)


def tied_balloon(pen: Pen, colour: Colour) -> None:
    """Draw a balloon tied to a stone."""
    balloon(pen.at(0, -0.2, 1.2), colour)
    rock(pen.at(0, 0, 0.4), colour)


HATS = [party_hat, beanie, straw_hat, crown, sprout]
NECKS = [scarf, scarf, bow_tie]
HELD = [balloon, umbrella, flag, flower, wand]
LOOSE = [ball, fish, rock, plant, parcel, butterfly, tied_balloon, ball, flower]
