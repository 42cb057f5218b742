"""The ways a rover can be, on six wheels and under solar panels."""

from __future__ import annotations

from pen import INK, WHITE, Colour, Path, Pen, Point, arc, box, ellipse, limb, mix, star
from props import Pose, crate, rock
from rover import STEEL, Rover, head, rod

TYRE: Colour = (74, 70, 84)
CELLS: Colour = (58, 84, 150)

# --- Parts of the body ---------------------------------------------------------------------


def _wheel(pen: Pen, rover: Rover, x: float, y: float, far: bool = False, flat: float = 1) -> None:
    """Draw a knobbly wheel; `flat` below 1 shows it turned away from us."""
    rim, tyre = (mix(c, INK, 0.35 if far else 0) for c in (rover.trim, TYRE))
    knobs = [(x + a * flat, y + b) for a, b in star(0, 0, 0.48, 14, 0.88)]
    pen.solid(tyre, knobs, line=0.03)
    pen.solid(rim, ellipse(x, y, 0.28 * flat, 0.28), line=0.03)
    for a, b in star(0, 0, 0.26, rover.spokes)[::2] if rover.spokes else []:
        pen.stroke(mix(rim, INK, 0.5), [(x, y), (x + a * flat, y + b)], 0.05)
    pen.solid(STEEL, ellipse(x, y, 0.1 * flat, 0.1), line=0.025)


def _upright_wheel(pen: Pen, x: float, bottom: float, size: float = 1) -> None:
    """Draw a wheel as one sees it from the front."""
    wheel = box(x - 0.22 * size, bottom - 0.95 * size, x + 0.22 * size, bottom, 0.14)
    pen.solid(mix(TYRE, INK, 1 - size), wheel, line=0.04)
    for k in range(1, 6):
        y = bottom - 0.95 * size * k / 6
        pen.stroke(mix(TYRE, INK, 0.6), [(x - 0.16 * size, y), (x + 0.16 * size, y)], 0.05)


def _panel(pen: Pen, corners: Path, columns: int = 5) -> None:
    """Draw a solar panel between four corners, from the top left clockwise."""
    a, b, c, d = corners
    pen.solid(CELLS, corners, line=0.06, depth=0.7)

    def between(p: Point, q: Point, share: float) -> Point:
        return p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share

    for k in range(1, columns):
        share = k / columns
        pen.stroke((150, 180, 226), [between(a, b, share), between(d, c, share)], 0.025)
    pen.stroke((150, 180, 226), [between(a, d, 0.5), between(b, c, 0.5)], 0.025)
    shine = [between(a, b, 0.1), between(a, b, 0.3), between(d, c, 0.2), between(d, c, 0.0)]
    pen.flat(WHITE, shine, opacity=0.2)


def _wing(pen: Pen, side: int) -> None:
    """Spread a solar panel to one side."""
    corners = [(0.8, -1.72), (2.25, -2.1), (2.45, -1.6), (0.8, -1.22)]
    _panel(pen, [(side * x, y) for x, y in corners])


def _claw(pen: Pen, x: float, y: float, turn: float = 0) -> None:
    hand = pen.at(x, y, turn=turn)
    for side in (-1, 1):
        finger = [(side * 0.02, 0), (side * 0.22, -0.12), (side * 0.2, -0.3), (side * 0.08, -0.36)]
        hand.solid(STEEL, limb(finger, 0.07, 0.04), line=0.035)
    hand.solid(mix(STEEL, INK, 0.2), ellipse(0, 0.02, 0.14, 0.14), line=0.035)


def _dish(pen: Pen, x: float, y: float) -> None:
    rod(pen, (x, y), (x, y - 0.5), width=0.06)
    pen.at(x, y - 0.6, turn=30).solid(
        mix(STEEL, WHITE, 0.55), arc(0, 0, 0.42, 0.3, 0, 180), ellipse(0, 0, 0.42, 0.1), line=0.04
    )
    rod(pen, (x, y - 0.6), (x + 0.14, y - 0.86), width=0.03)


def _hull(pen: Pen, rover: Rover, left: float, top: float, right: float, bottom: float) -> None:
    """Draw the box of the body, with a stripe, a lamp and rivets."""
    hull = box(left, top, right, bottom, 0.16)
    pen.solid(rover.paint, hull)
    with pen.inside(hull):
        middle = (top + bottom) / 2
        pen.flat(rover.trim, box(left, middle - 0.02, right, middle + 0.16, 0))
    for x in (left + 0.14, right - 0.14):
        for y in (top + 0.14, bottom - 0.14):
            pen.flat(mix(rover.paint, INK, 0.5), ellipse(x, y, 0.045, 0.045))


def _neck(pen: Pen, rover: Rover) -> None:
    if rover.outfit.neck:
        rover.outfit.neck(pen.at(0, 0, 0.75))


def _held(pen: Pen, rover: Rover, x: float, y: float, turn: float = 8) -> None:
    if rover.outfit.held:
        rover.outfit.held(pen.at(x, y, turn=turn))


# --- Poses: wheels on the line y = 0 ---------------------------------------------------------


def roll(pen: Pen, rover: Rover, drop: float = 0, arm: bool = True) -> None:
    """Roll to the left, seen from the side; `drop` lets the outer wheels hang lower."""
    outer = -0.48 + drop
    for x, y in ((-1.0, outer), (0.2, -0.56), (1.4, outer)):
        _wheel(pen, rover, x, y - 0.12, far=True)
    if rover.dish:
        _dish(pen, 1.0, -1.7)
    _hull(pen, rover, -1.3, -1.75, 1.3, -0.85)
    rod(pen, (-1.2, outer), (-0.6, -0.95), (0.05, -0.48))
    rod(pen, (0.3, -1.15), (-0.6, -0.95))
    rod(pen, (1.2, outer), (0.3, -1.15))
    for x, y in ((-1.2, outer), (0.0, -0.48), (1.2, outer)):
        _wheel(pen, rover, x, y)
    _panel(pen, [(-1.25, -2.05), (1.75, -2.05), (1.5, -1.75), (-1.5, -1.75)], 7)
    if arm:
        rod(pen, (-1.25, -1.2), (-1.85, -1.55), (-2.05, -0.85))
        _claw(pen, -2.05, -0.75, 180)
    rod(pen, (-0.7, -1.9), (-0.7, -2.6), width=0.16)
    _neck(pen.at(-0.7, -2.3), rover)
    head(pen.at(-0.7, -3.0, 0.85), rover)


def front(pen: Pen, rover: Rover) -> None:
    """Face us, panels spread, one arm up to wave or to hold something."""
    for side in (-1, 1):
        _upright_wheel(pen, side * 0.75, -0.2, 0.8)
        _upright_wheel(pen, side * 0.95, -0.1, 0.9)
        _wing(pen, side)
    rod(pen, (-1.2, -0.5), (1.2, -0.5), width=0.14)
    _hull(pen, rover, -1.0, -1.65, 1.0, -0.5)
    for side in (-1, 1):
        _upright_wheel(pen, side * 1.22, 0, 1.1)
        pen.glow(rover.glow, side * 0.55, -0.75, 0.22, 0.22, 0.5)
        pen.solid(mix(rover.glow, WHITE, 0.5), ellipse(side * 0.55, -0.75, 0.13, 0.13), line=0.03)
    rod(pen, (0, -1.65), (0, -2.3), width=0.18)
    _neck(pen.at(0, -2.0), rover)
    rod(pen, (-0.9, -1.2), (-1.65, -0.95), (-1.75, -0.45))
    _claw(pen, -1.75, -0.38, 180)
    _held(pen, rover, 1.8, -2.5, 14)
    rod(pen, (0.9, -1.2), (1.6, -1.45), (1.8, -2.25))
    _claw(pen, 1.8, -2.3, 10)
    head(pen.at(0, -2.7, 0.9, 4 * rover.turn), rover)


def corner(pen: Pen, rover: Rover) -> None:
    """Stand half turned, so that the front and one side are seen."""
    for x, y in ((-1.45, -0.62), (-0.4, -0.85)):
        _wheel(pen, rover, x, y, far=True, flat=0.6)
    side = [(0.1, -1.55), (1.6, -2.0), (1.6, -1.1), (0.1, -0.5)]
    face = [(-1.5, -1.75), (0.1, -1.55), (0.1, -0.5), (-1.5, -0.75)]
    pen.solid(mix(rover.paint, INK, 0.2), side)
    pen.solid(rover.paint, face)
    pen.flat(rover.trim, [(-1.5, -1.2), (0.1, -0.98), (0.1, -0.8), (-1.5, -1.03)])
    pen.flat(mix(rover.trim, INK, 0.25), [(0.1, -0.98), (1.6, -1.52), (1.6, -1.37), (0.1, -0.8)])
    for x in (-1.15, -0.3):
        pen.solid(
            mix(rover.glow, WHITE, 0.4), ellipse(x, -1.48 + 0.1 * (x + 1.15), 0.12, 0.13), line=0.03
        )
    rod(pen, (0.15, -0.5), (0.9, -1.0), (1.55, -0.85))
    for x, y in ((1.65, -0.8), (0.95, -0.64), (0.15, -0.48)):
        _wheel(pen, rover, x, y, flat=0.75)
    if rover.dish:
        _dish(pen, 1.25, -1.95)
    _panel(pen, [(-0.1, -2.35), (1.95, -2.2), (0.35, -1.6), (-1.85, -1.85)], 6)
    _held(pen, rover, -2.1, -2.05, -10)
    rod(pen, (-1.4, -1.2), (-2.0, -1.3), (-2.1, -1.85))
    _claw(pen, -2.1, -1.9, -8)
    rod(pen, (-0.6, -1.9), (-0.6, -2.7), width=0.18)
    _neck(pen.at(-0.6, -2.35), rover)
    head(pen.at(-0.6, -3.1, 0.9, -4), rover)


def climb(pen: Pen, rover: Rover) -> None:
    """Climb over a stone."""
    rock(pen.at(-0.9, 0, 1.5), rover.trim)
    roll(pen.at(0.15, -0.28, turn=17), rover, drop=0.1)
    rock(pen.at(-1.3, 0.05, 0.5), rover.trim)


def hop(pen: Pen, rover: Rover) -> None:
    """Fly off a bump, wheels hanging."""
    for x in (-0.9, 0.2, 1.3):
        pen.flat(WHITE, ellipse(x, -0.12, 0.3, 0.13), opacity=0.5)
    roll(pen.at(0, -1.1, 0.95, 9), rover, drop=0.2)


def doze(pen: Pen, rover: Rover) -> None:
    """Sleep with the mast folded and the screen dimmed."""
    asleep = rover._replace(eyes="shut", mouth="none", glow=mix(rover.glow, CELLS, 0.4))
    for x in (-1.0, 0.2, 1.4):
        _wheel(pen, rover, x, -0.6, far=True)
    _hull(pen, rover, -1.3, -1.55, 1.3, -0.65)
    for x in (-1.2, 0.0, 1.2):
        _wheel(pen, rover, x, -0.48)
    _panel(pen, [(0.1, -2.5), (1.55, -2.15), (1.35, -1.55), (0.1, -1.75)], 4)
    rod(pen, (0.2, -1.5), (-0.4, -1.75), (-0.75, -1.5))
    head(pen.at(-0.75, -1.45, 0.85, -8), asleep)


def behind(pen: Pen, rover: Rover) -> None:
    """Drive away from us."""
    for side in (-1, 1):
        _upright_wheel(pen, side * 0.85, -0.15, 0.85)
        _wing(pen, side)
    rod(pen, (0.2, -1.65), (0.2, -2.4), width=0.18)
    head(pen.at(0.2, -2.8, 0.85, 5 * rover.turn), rover, facing=False)
    _neck(pen.at(0.2, -2.1), rover)
    _hull(pen, rover, -1.0, -1.75, 1.0, -0.5)
    if rover.dish:
        _dish(pen, -0.6, -1.7)
    for x in (-0.5, 0, 0.5):
        pen.solid(TYRE, box(x - 0.17, -1.55, x + 0.17, -1.25, 0.05), line=0.03)
    for side in (-1, 1):
        pen.solid((232, 80, 82), ellipse(side * 0.7, -0.72, 0.12, 0.12), line=0.03)
        _upright_wheel(pen, side * 1.22, 0, 1.1)


def unpack(pen: Pen, rover: Rover) -> None:
    """Look out of a box."""
    crate(pen.at(0, 0, 1.05), (206, 160, 112), opened=True)
    for side in (-1, 1):
        _wing(pen.at(0, -0.55), side)
    _hull(pen, rover, -0.95, -2.0, 0.95, -1.0)
    crate(pen.at(0, 0, 1.05), (206, 160, 112))
    if rover.dish:
        _dish(pen, 0.65, -1.95)
    for side in (-1, 1):
        rod(pen, (side * 0.7, -1.5), (side * 1.25, -1.6), (side * 1.2, -1.3))
        _claw(pen, side * 1.2, -1.25, 180)
    rod(pen, (-0.15, -1.95), (-0.15, -2.6), width=0.18)
    _neck(pen.at(-0.15, -2.3), rover)
    head(pen.at(-0.15, -2.95, 0.85, 5 * rover.turn), rover)


def portrait(pen: Pen, rover: Rover) -> None:
    """Show head and deck; what is below the line y = 0 is out of the picture."""
    if rover.dish:
        _dish(pen, -1.45, -0.5)
    _hull(pen, rover, -1.7, -0.3, 1.7, 1.2)
    _panel(pen, [(-1.7, -0.75), (1.7, -0.75), (2.1, -0.25), (-2.1, -0.25)], 8)
    rod(pen, (0, -0.5), (0, -1.2), width=0.2)
    _neck(pen.at(0, -0.8, 1.2), rover)
    head(pen.at(0, -1.65, 1.05, 3 * rover.turn), rover)


POSES = [
    Pose(roll, 4.6, 3.9),
    Pose(portrait, 3.4, 3.1, grounded=False),
    Pose(front, 5.0, 4.1),
    Pose(corner, 5.0, 4.2),
    Pose(climb, 5.0, 4.4),
    Pose(hop, 5.0, 5.1),
    Pose(doze, 3.8, 2.7),
    Pose(unpack, 4.6, 3.9),
    Pose(behind, 5.0, 3.8),
]
