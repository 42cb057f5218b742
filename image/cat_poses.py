"""The ways a cat can be: sitting, strolling, leaping, asleep or in a box."""

from __future__ import annotations

from cat import Cat, coat, head
from pen import INK, Path, Pen, Point, box, ellipse, limb, mirrored, mix, smooth
from props import Pose, crate

# --- Parts of the body ---------------------------------------------------------------------


def _body(pen: Pen, cat: Cat, path: Path, *others: Path) -> None:
    pen.solid(cat.fur, path, *others)
    with pen.inside(path):
        coat(pen, cat, path)


def _leg(pen: Pen, cat: Cat, *points: Point, far: bool = False) -> None:
    """Draw a leg with a paw at its end; the far ones lie in the shade."""
    fur = mix(cat.fur, INK, 0.25) if far else cat.fur
    sock = {"masked": cat.pale, "pointed": cat.mark}.get(cat.pattern, fur)
    shape = limb(points, 0.23, 0.2)
    x, y = points[-1]
    paw = ellipse(x, y, 0.28, 0.21)
    pen.solid(fur, shape, paw)
    if sock != fur:
        pen.solid(mix(sock, INK, 0.25) if far else sock, paw, line=0)
    for dx in (-0.08, 0.08):
        pen.stroke(mix(sock, INK, 0.6), [(x + dx, y + 0.08), (x + dx, y + 0.17)], 0.03)


def _tail(pen: Pen, cat: Cat, *points: Point) -> None:
    shape = limb(points, 0.2, 0.15)
    pen.solid(cat.fur, shape)
    tip_x, tip_y = points[-1]
    with pen.inside(shape):
        if cat.pattern in ("masked", "pointed"):
            colour = cat.pale if cat.pattern == "masked" else cat.mark
            pen.flat(colour, ellipse(tip_x, tip_y, 0.45, 0.45))
        elif cat.pattern == "tabby":
            for x, y in smooth(points, closed=False, steps=3)[2::2]:
                pen.flat(cat.mark, ellipse(x, y, 0.3, 0.07), ellipse(x, y, 0.07, 0.12))


def _collar(pen: Pen, cat: Cat) -> None:
    if cat.outfit.neck:
        cat.outfit.neck(pen)


# --- Poses: feet on the line y = 0 -----------------------------------------------------------

PEAR = mirrored([(0, -1.85), (0.55, -1.6), (0.82, -0.95), (1.02, -0.35), (0.7, -0.02), (0, 0)])


def sit(pen: Pen, cat: Cat) -> None:
    """Sit and look at us."""
    _tail(pen, cat, (0.6, -0.25), (1.35, -0.18), (1.72, -0.6), (1.5, -1.15), (1.66, -1.5))
    feet = [ellipse(side * 0.74, -0.14, 0.4, 0.2) for side in (-1, 1)]
    _body(pen, cat, PEAR, *feet)
    with pen.inside(PEAR):
        pen.flat(cat.pale, ellipse(0, -0.85, 0.48, 0.75))
    for side in (-1, 1):
        _leg(pen, cat, (side * 0.3, -1.05), (side * 0.31, -0.2))
    _collar(pen.at(0, -1.6), cat)
    head(pen.at(0, -2.3), cat)


def upright(pen: Pen, cat: Cat) -> None:
    """Stand on two legs, one arm up: to wave, or to hold something."""
    _tail(pen, cat, (0.4, -0.7), (1.1, -0.45), (1.5, -0.75), (1.45, -1.2))
    for side in (-1, 1):
        _leg(pen, cat, (side * 0.4, -0.7), (side * 0.44, -0.2))
    trunk = ellipse(0, -1.2, 0.78, 0.92)
    _leg(pen, cat, (-0.55, -1.62), (-1.0, -1.3), (-0.98, -0.95))
    if cat.outfit.held:
        cat.outfit.held(pen.at(1.5, -2.1, turn=16))
    _body(pen, cat, trunk)
    with pen.inside(trunk):
        pen.flat(cat.pale, ellipse(0, -1.05, 0.5, 0.68))
    _leg(pen, cat, (0.52, -1.6), (1.1, -1.6), (1.48, -2.05))
    _collar(pen.at(0, -1.95), cat)
    head(pen.at(0, -2.7), cat)


def walk(pen: Pen, cat: Cat) -> None:
    """Stroll to the left, tail up."""
    _tail(pen, cat, (1.1, -1.3), (1.75, -1.6), (1.6, -2.3), (1.95, -2.75))
    _leg(pen, cat, (-0.6, -0.9), (-0.35, -0.2), far=True)
    _leg(pen, cat, (0.8, -0.9), (0.6, -0.2), far=True)
    spine = [(-1.2, -1.3), (-0.5, -1.62), (0.6, -1.68), (1.3, -1.35)]
    belly = [(1.28, -0.8), (0.5, -0.55), (-0.6, -0.52), (-1.2, -0.8)]
    _leg(pen, cat, (-0.85, -0.85), (-1.1, -0.2))
    _leg(pen, cat, (1.0, -0.85), (1.25, -0.5), (1.2, -0.2))
    _body(pen, cat, smooth([*spine, *belly]))
    _collar(pen.at(-1.0, -1.3, turn=35), cat)
    head(pen.at(-1.3, -1.85, 0.92, -4), cat)


def lie(pen: Pen, cat: Cat) -> None:
    """Lie like a loaf, paws in front."""
    spine = [(-1.5, -0.3), (-1.2, -1.0), (-0.2, -1.3), (1.0, -1.2), (1.7, -0.65)]
    belly = [(1.6, -0.08), (0, 0.0), (-1.3, -0.04)]
    _tail(pen, cat, (1.4, -0.5), (2.1, -0.3), (1.9, -0.12), (0.9, -0.1))
    _body(pen, cat, smooth([*spine, *belly]))
    _tail(pen, cat, (1.72, -0.35), (1.6, -0.14), (0.9, -0.12), (0.45, -0.18))
    for x in (-1.15, -0.5):
        _leg(pen, cat, (x + 0.1, -0.5), (x, -0.16))
    _collar(pen.at(-0.75, -0.75), cat)
    head(pen.at(-0.8, -1.35, 0.95, -5), cat)


def sleep(pen: Pen, cat: Cat) -> None:
    """Curl up and sleep."""
    asleep = cat._replace(eyes="shut", mouth="small")
    spine = [(-1.5, -0.4), (-0.9, -1.15), (0.3, -1.45), (1.4, -1.05), (1.65, -0.4)]
    curl = smooth([*spine, (0.9, -0.02), (-0.9, -0.02)])
    _body(pen, asleep, curl)
    _tail(pen, asleep, (1.5, -0.5), (1.3, -0.16), (0.5, -0.12), (-0.3, -0.18))
    head(pen.at(-0.75, -0.72, 0.85, -14), asleep)


def jump(pen: Pen, cat: Cat) -> None:
    """Leap to the left, high above the ground."""
    air = pen.at(0, -1.3, turn=12)
    _tail(air, cat, (1.1, -0.7), (1.8, -0.8), (2.2, -0.5), (2.6, -0.75))
    _leg(air, cat, (-0.7, -0.5), (-1.3, -0.25), (-1.75, -0.4), far=True)
    _leg(air, cat, (0.9, -0.4), (1.45, -0.1), (1.95, -0.05), far=True)
    trunk = limb([(-0.8, -0.75), (0.1, -0.85), (0.95, -0.6)], 0.5, 0.55)
    _leg(air, cat, (-0.6, -0.4), (-1.15, 0.05), (-1.6, 0.05))
    _leg(air, cat, (0.9, -0.3), (1.3, 0.2), (1.75, 0.35))
    _body(air, cat, trunk)
    _collar(air.at(-0.85, -0.9, turn=40), cat)
    head(air.at(-1.2, -1.3, 0.9, -12), cat)


def back(pen: Pen, cat: Cat) -> None:
    """Sit with the back to us and look into the distance."""
    feet = [ellipse(side * 0.8, -0.12, 0.36, 0.17) for side in (-1, 1)]
    _body(pen, cat, PEAR, *feet)
    _collar(pen.at(0, -1.65), cat)
    head(pen.at(0, -2.3, turn=6 * cat.turn), cat, facing=False)
    _tail(pen, cat, (0, -0.3), (0.7, -0.12), (1.5, -0.25), (1.75, -0.8), (1.5, -1.3))


def peek(pen: Pen, cat: Cat) -> None:
    """Look out of a box."""
    crate(pen.at(0, 0), (206, 160, 112), opened=True)
    with pen.inside(box(-3, -6, 3, -1.25, 0)):
        _body(pen, cat, ellipse(0, -1.0, 0.8, 0.9))
    _collar(pen.at(0, -1.5), cat)
    head(pen.at(0, -2.1), cat)
    crate(pen.at(0, 0), (206, 160, 112))
    for side in (-1, 1):
        _leg(pen, cat, (side * 0.7, -1.4), (side * 0.7, -1.12))


def portrait(pen: Pen, cat: Cat) -> None:
    """Show head and shoulders; what is below the line y = 0 is out of the picture."""
    shoulders = mirrored([(0.6, -0.6), (1.15, 0.2), (1.2, 1.2)])
    _body(pen, cat, shoulders)
    with pen.inside(shoulders):
        pen.flat(cat.pale, ellipse(0, 0.35, 0.55, 0.75))
    _collar(pen.at(0, -0.42), cat)
    head(pen.at(0, -1.12), cat)


POSES = [
    Pose(sit, 3.6, 3.75),
    Pose(portrait, 2.9, 2.8, grounded=False),
    Pose(walk, 4.9, 3.3),
    Pose(upright, 3.6, 4.2),
    Pose(lie, 4.6, 2.8),
    Pose(jump, 5.4, 4.0),
    Pose(sleep, 3.6, 2.0),
    Pose(peek, 3.2, 3.5),
    Pose(back, 3.6, 3.75),
]
