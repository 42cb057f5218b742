"""Backgrounds that both families share: the picture is one unit high and `wide` units wide."""

from __future__ import annotations

import random
from typing import Callable

from pen import INK, WHITE, Colour, Path, Pen, arc, box, ellipse, mix, smooth, star
from props import BRIGHT

Scene = Callable[[Pen, float, random.Random], None]


def _hills(rng: random.Random, wide: float, y: float, swing: float, step: float = 0.35) -> Path:
    """Outline rolling ground from edge to edge and down to the bottom."""
    count = max(3, round(wide / step))
    tops = [(wide * i / count, y + rng.uniform(-swing, swing)) for i in range(-1, count + 2)]
    return [*smooth(tops, closed=False), (wide * 1.5, 1.3), (-wide * 0.5, 1.3)]


def _land(pen: Pen, colour: Colour, path: Path) -> None:
    pen.flat(mix(colour, INK, 0.15), path)
    with pen.inside(path):
        top = min(y for _, y in path)
        for i in range(6):
            shift = [(x, y + 0.012 + 0.03 * i) for x, y in path]
            pen.flat(mix(colour, WHITE, 0.16 - 0.04 * i), shift)
        pen.glow(WHITE, 0.3, top, 0.9, 0.2, 0.12)


def _clouds(pen: Pen, wide: float, rng: random.Random, colour: Colour = WHITE) -> None:
    for _ in range(rng.randint(2, 4)):
        cloud = pen.at(rng.uniform(0, wide), rng.uniform(0.06, 0.34), rng.uniform(0.08, 0.15))
        puffs = [
            ellipse(x, y, r * 1.3, r)
            for x, y, r in ((-0.7, 0, 0.4), (0, -0.2, 0.6), (0.8, 0, 0.45))
        ]
        cloud.flat(colour, *puffs, box(-1.1, 0, 1.3, 0.45, 0.22), opacity=0.75)


def _stars(pen: Pen, wide: float, rng: random.Random, low: float = 0.6) -> None:
    for _ in range(round(40 * wide)):
        x, y, r = rng.uniform(0, wide), rng.uniform(0, low), rng.uniform(0.002, 0.006)
        pen.flat(mix((255, 240, 200), WHITE, rng.random()), ellipse(x, y, r, r))
    for _ in range(4):
        sparkle = star(rng.uniform(0, wide), rng.uniform(0, low), 0.022, 4, 0.25)
        pen.flat(WHITE, sparkle)


def _disc(pen: Pen, colour: Colour, x: float, y: float, radius: float) -> None:
    pen.glow(colour, x, y, 2.2 * radius, 2.2 * radius, 0.4)
    pen.flat(mix(colour, WHITE, 0.35), ellipse(x, y, radius, radius))


def _craters(pen: Pen, wide: float, rng: random.Random, colour: Colour, top: float) -> None:
    for _ in range(round(7 * wide)):
        y = rng.uniform(top, 0.97)
        x, r = rng.uniform(0, wide), 0.03 + 0.09 * (y - top) * rng.random()
        pen.flat(mix(colour, INK, 0.3), ellipse(x, y, 1.6 * r, 0.6 * r))
        pen.flat(mix(colour, INK, 0.12), ellipse(x, y + 0.2 * r, 1.5 * r, 0.45 * r))


# --- Outdoors ------------------------------------------------------------------------------


def sunset(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint hills before a setting sun."""
    high = rng.choice([(92, 70, 140), (70, 110, 150), (150, 76, 120), (240, 150, 120)])
    pen.gradient(high, mix(high, (250, 140, 110), 0.75), (255, 214, 130))
    _disc(pen, (255, 220, 120), rng.uniform(0.2, 0.8) * wide, 0.52, 0.13)
    land = mix(high, (110, 70, 90), 0.6)
    _land(pen, mix(land, (255, 150, 110), 0.25), _hills(rng, wide, 0.6, 0.05))
    _land(pen, land, _hills(rng, wide, 0.72, 0.03))


def night(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint a starry night with a moon."""
    dark = rng.choice([(24, 26, 66), (46, 26, 74), (16, 48, 74)])
    pen.gradient(dark, mix(dark, (120, 120, 190), 0.3), mix(dark, (190, 170, 200), 0.55))
    _stars(pen, wide, rng)
    _disc(pen, (250, 240, 200), rng.choice([0.15, 0.85]) * wide, 0.18, 0.09)
    land = rng.choice([(44, 88, 92), (84, 76, 118), (64, 92, 76)])
    _land(pen, mix(land, dark, 0.4), _hills(rng, wide, 0.66, 0.05))
    _land(pen, land, _hills(rng, wide, 0.76, 0.02))


def meadow(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint a meadow with flowers."""
    pen.gradient((126, 196, 236), (214, 238, 246), (240, 248, 230))
    _clouds(pen, wide, rng)
    grass = rng.choice([(124, 190, 96), (124, 190, 96), (214, 176, 90), (164, 150, 206)])
    _land(pen, mix(grass, (190, 210, 220), 0.4), _hills(rng, wide, 0.56, 0.05))
    _land(pen, grass, _hills(rng, wide, 0.68, 0.02))
    for _ in range(round(26 * wide)):
        y = rng.uniform(0.74, 1)
        dot = pen.at(rng.uniform(0, wide), y, 0.022 * (y - 0.3))
        colour = rng.choice([*BRIGHT, WHITE])
        dot.stroke((84, 150, 76), [(0, 0), (0, 1.4)], 0.25)
        dot.flat(colour, *(ellipse(a, b, 0.55, 0.55) for a, b in star(0, 0, 0.7)[::2]))
        dot.flat((250, 220, 110), ellipse(0, 0, 0.4, 0.4))


def beach(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint sand, sea and a sail."""
    pen.gradient((110, 190, 236), (190, 228, 244), (250, 240, 214))
    _disc(pen, (255, 236, 160), rng.choice([0.12, 0.88]) * wide, 0.15, 0.08)
    _clouds(pen, wide, rng)
    pen.flat((64, 150, 190), box(-0.1, 0.46, wide + 0.1, 0.8, 0))
    for y in (0.5, 0.54, 0.59, 0.64):
        x = rng.uniform(0, wide)
        pen.stroke((170, 220, 232), [(x, y), (x + 0.25, y)], 0.006)
    sail = pen.at(rng.uniform(0.2, 0.8) * wide, 0.47, 0.1)
    sail.flat(WHITE, [(0, -0.1), (0, -1.3), (0.7, -0.1)])
    sail.flat(rng.choice(BRIGHT), [(-0.6, 0), (0.8, 0), (0.5, 0.25), (-0.4, 0.25)])
    shore = _hills(rng, wide, 0.71, 0.02)
    pen.flat((236, 248, 248), [(x, y - 0.02) for x, y in shore])
    _land(pen, (240, 212, 160), shore)


def mars(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint the red planet."""
    pen.gradient((206, 150, 120), (236, 186, 150), (250, 222, 190))
    _disc(pen, (255, 244, 220), rng.uniform(0.1, 0.9) * wide, 0.14, 0.04)
    _land(pen, (200, 124, 90), _hills(rng, wide, 0.55, 0.07, 0.22))
    _land(pen, (206, 112, 74), _hills(rng, wide, 0.67, 0.02))
    _craters(pen, wide, rng, (206, 112, 74), 0.72)


def moon(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint a grey moon with a planet in its sky."""
    pen.gradient((14, 14, 34), (30, 32, 62), (60, 62, 90))
    _stars(pen, wide, rng, 0.65)
    x, y = rng.choice([0.16, 0.84]) * wide, 0.2
    planet = ellipse(x, y, 0.13, 0.13)
    pen.glow((120, 180, 240), x, y, 0.2, 0.2, 0.5)
    pen.solid(rng.choice([(84, 150, 220), (230, 170, 120), (190, 140, 210)]), planet, line=0)
    with pen.inside(planet):
        pen.flat(
            (110, 180, 120),
            ellipse(x - 0.05, y - 0.03, 0.06, 0.045),
            ellipse(x + 0.07, y + 0.06, 0.05, 0.04),
        )
    _land(pen, (150, 150, 164), _hills(rng, wide, 0.64, 0.03))
    _craters(pen, wide, rng, (150, 150, 164), 0.7)


def snow(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint a wood in the snow."""
    pen.gradient((150, 176, 214), (204, 218, 236), (240, 240, 246))
    _land(pen, (206, 220, 238), _hills(rng, wide, 0.58, 0.04))
    for i in range(round(5 * wide)):
        tree = pen.at((i + rng.random()) / 5, rng.uniform(0.62, 0.7), rng.uniform(0.2, 0.34))
        tree.flat((104, 84, 84), box(-0.06, -0.2, 0.06, 0.05, 0))
        for y, r in ((-0.15, 0.34), (-0.42, 0.27), (-0.68, 0.19)):
            tree.flat((78, 128, 122), [(-r, y), (r, y), (0, y - 0.45)])
            tree.flat(
                WHITE, [(-r * 0.35, y - 0.3), (r * 0.35, y - 0.3), (0, y - 0.45)], opacity=0.8
            )
    _land(pen, (240, 244, 250), _hills(rng, wide, 0.7, 0.02))
    for _ in range(round(45 * wide)):
        r = rng.uniform(0.003, 0.009)
        pen.flat(WHITE, ellipse(rng.uniform(0, wide), rng.random(), r, r), opacity=0.8)


def city(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint a street in front of a skyline."""
    sky = rng.choice([(250, 196, 176), (150, 206, 236), (66, 70, 120), (190, 226, 206)])
    pen.gradient(sky, mix(sky, WHITE, 0.5))
    for shade, low, high in ((0.3, 0.15, 0.35), (0.55, 0.3, 0.5)):
        tone = mix(sky, (110, 96, 160), shade)
        x = -0.05
        while x < wide:
            width, top = rng.uniform(0.1, 0.2), rng.uniform(low, high)
            pen.flat(tone, box(x, top, x + width, 0.8, 0))
            for k in range(12):
                wx, wy = x + width * (0.2 + 0.35 * (k % 3 / 1.6)), top + 0.05 + 0.08 * (k // 3)
                pen.flat(mix(tone, (255, 236, 170), 0.7), box(wx, wy, wx + 0.018, wy + 0.03, 0))
            x += width + 0.01
    pen.flat((190, 186, 196), box(-0.1, 0.74, wide + 0.1, 1.1, 0))
    pen.flat((150, 150, 164), box(-0.1, 0.78, wide + 0.1, 1.1, 0))
    for i in range(round(4 * wide) + 1):
        pen.flat((230, 226, 220), box(i / 4, 0.96, i / 4 + 0.13, 0.98, 0))


# --- Indoors and out of this world -----------------------------------------------------------


def room(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint a room with a window, a frame and a rug."""
    wall = mix(rng.choice(BRIGHT), (250, 240, 226), 0.68)
    pen.gradient(mix(wall, WHITE, 0.25), wall)
    for i in range(round(wide * 12) + 1):
        pen.flat(mix(wall, WHITE, 0.25), box(i / 12, 0, i / 12 + 0.03, 0.7, 0))
    _window(pen.at(rng.choice([0.2, 0.8]) * wide, 0.28, 0.2), rng)
    frame = pen.at(0.52 * wide, 0.22, 0.12)
    frame.solid((160, 116, 84), box(-0.8, -0.6, 0.8, 0.6, 0.05), line=0.03)
    frame.flat(mix(rng.choice(BRIGHT), WHITE, 0.4), box(-0.65, -0.45, 0.65, 0.45, 0))
    frame.flat((250, 230, 160), ellipse(0.25, -0.12, 0.18, 0.18))
    floor = (196, 146, 106)
    pen.flat(floor, box(-0.1, 0.7, wide + 0.1, 1.1, 0))
    for y in (0.76, 0.84, 0.94):
        pen.stroke(mix(floor, INK, 0.2), [(-0.1, y), (wide + 0.1, y)], 0.004)
    pen.flat(WHITE, box(-0.1, 0.68, wide + 0.1, 0.705, 0))
    rug = rng.choice(BRIGHT)
    for grow, tone in ((1, 0.1), (0.85, 0.5), (0.75, 0.25)):
        pen.flat(mix(rug, WHITE, tone), ellipse(wide / 2, 0.89, 0.42 * wide * grow, 0.09 * grow))


def _window(pen: Pen, rng: random.Random) -> None:
    pane = box(-0.7, -0.9, 0.7, 0.9, 0.05)
    pen.flat(rng.choice([(150, 206, 240), (60, 66, 120), (250, 190, 140)]), pane)
    with pen.inside(pane):
        pen.flat((130, 180, 120), ellipse(0.2, 1.1, 1.2, 0.7))
        pen.flat(WHITE, [(-0.7, 0.2), (0.1, -0.9), (0.4, -0.9), (-0.7, 0.6)], opacity=0.25)
    for line in ([(0, -0.9), (0, 0.9)], [(-0.7, 0), (0.7, 0)], [*pane, pane[0]]):
        pen.stroke((252, 248, 240), line, 0.1)
    cloth, hem = rng.choice(BRIGHT), [(0.5, -1.1), (1.1, -1.1), (1.0, 0), (1.15, 1.1), (0.8, 1.1)]
    for side in (-1, 1):
        pen.solid(cloth, smooth([(side * x, y) for x, y in hem]), line=0.02)
    pen.stroke((130, 96, 76), [(-1.3, -1.08), (1.3, -1.08)], 0.09)


def plain(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint one soft colour, lighter in the middle."""
    tone = mix(rng.choice(BRIGHT), WHITE, rng.uniform(0.3, 0.8))
    pen.gradient(mix(tone, WHITE, 0.2), mix(tone, INK, 0.12))
    pen.glow(WHITE, wide / 2, 0.5, 0.45 * wide, 0.45, 0.4)


def dots(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint rows of polka dots or stars."""
    tone = mix(rng.choice(BRIGHT), WHITE, 0.45)
    pen.gradient(tone, mix(tone, INK, 0.1))
    sharp, light = rng.random() < 0.4, mix(tone, WHITE, 0.45)
    for row in range(9):
        for column in range(round(8 * wide) + 2):
            x, y = (column + 0.5 * (row % 2)) / 8, row / 8
            pen.flat(light, star(x, y, 0.04) if sharp else ellipse(x, y, 0.03, 0.03))


def rays(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint rays like those of a comic."""
    tone = mix(rng.choice(BRIGHT), WHITE, rng.uniform(0.2, 0.5))
    pen.gradient(tone, tone)
    for i in range(12):
        slice_ = arc(wide / 2, 0.55, 2, 2, 30 * i, 30 * i + 15, 3)
        pen.flat(mix(tone, WHITE, 0.3), [(wide / 2, 0.55), *slice_])
    pen.glow(WHITE, wide / 2, 0.55, 0.4, 0.4, 0.5)


def stripes(pen: Pen, wide: float, rng: random.Random) -> None:
    """Paint upright or slanting stripes."""
    one, two = (mix(rng.choice(BRIGHT), WHITE, share) for share in (0.65, 0.5))
    pen.gradient(one, mix(one, two, 0.3))
    lean = rng.choice([0, 0.4, -0.4])
    for i in range(-4, round(wide * 6) + 5):
        x = i / 6
        pen.flat(two, [(x, -0.1), (x + 0.08, -0.1), (x + 0.08 + lean, 1.1), (x + lean, 1.1)])


SCENES: list[Scene] = [
    meadow,
    plain,
    sunset,
    room,
    dots,
    mars,
    night,
    beach,
    stripes,
    moon,
    snow,
    rays,
    city,
]
