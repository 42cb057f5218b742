"""Draw the sample collection: 119 cartoon cats and 80 rover robots.

``python image/draw.py [folder]`` writes all pictures, by default next to this file. Each
picture has a random generator of its own, seeded by its family and its number, so that any
one can be drawn again without the others.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any, Callable, NamedTuple

import cat_poses
import rover_poses
from cat import new_cat
from pen import INK, Pen
from PIL import Image
from props import BRIGHT, LOOSE, Pose
from rover import new_rover
from scenery import SCENES

SHAPES = (1, 4 / 3, 3 / 2, 4 / 5, 16 / 9, 5 / 4, 3 / 4, 1, 2 / 3, 7 / 5, 1.2)


class Family(NamedTuple):
    """How a family is called, drawn and stored."""

    name: str
    count: int
    new: Callable[[random.Random], Any]
    poses: list[Pose]
    endings: tuple[str, ...]


CATS = Family("cat", 119, new_cat, cat_poses.POSES, (".jpg", ".jpg", ".png", ".jpg", ".jpeg"))
ROVERS = Family("rover", 80, new_rover, rover_poses.POSES, (".png", ".jpg", ".png", ".jpeg"))


def draw_cat(number: int) -> Image.Image:
    """Draw one of the cats, numbered from 1."""
    return _draw(CATS, number)


def draw_rover(number: int) -> Image.Image:
    """Draw one of the rovers, numbered from 1."""
    return _draw(ROVERS, number)


def draw_collection(folder: Path) -> None:
    """Write all pictures to the subfolders ``cats`` and ``rovers`` of a folder."""
    for family in (CATS, ROVERS):
        home = Path(folder) / f"{family.name}s"
        home.mkdir(parents=True, exist_ok=True)
        for number in range(1, family.count + 1):
            name = f"{family.name}-{number:03}{_ending(family, number)}"
            _save(_draw(family, number), home / name)


def _ending(family: Family, number: int) -> str:
    return family.endings[number % len(family.endings)]


def _draw(family: Family, number: int) -> Image.Image:
    rng = random.Random(f"{family.name} {number}")
    # Poses and scenes take turns instead of being left to chance, so that all occur equally often.
    pose = family.poses[number % len(family.poses)]
    scene = SCENES[number * 5 % len(SCENES)]
    width, height = _size(rng, longest=520 if _ending(family, number) == ".png" else 900)
    oversize = 2 if max(width, height) > 560 else 3
    picture = Image.new("RGB", (width * oversize, height * oversize))
    pen = Pen(picture, (height * oversize, 0, 0, 0, height * oversize, 0))
    scene(pen, width / height, rng)
    _populate(pen, width / height, family, pose, rng)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _size(rng: random.Random, longest: int) -> tuple[int, int]:
    shape = rng.choice(SHAPES)
    long_side = rng.triangular(300, longest, 400)
    short_side = long_side * min(shape, 1 / shape)
    width, height = (long_side, short_side) if shape > 1 else (short_side, long_side)
    return max(200, round(width)), max(200, round(height))


def _populate(pen: Pen, wide: float, family: Family, pose: Pose, rng: random.Random) -> None:
    """Put one figure, sometimes two, and a few things into the scene."""
    if not pose.grounded:
        share = rng.uniform(0.82, 1.02)
        size = min(share * wide / pose.width, share / pose.height)
        figure = pen.at(wide * rng.uniform(0.42, 0.58), 1.0, size, rng.uniform(-10, 10))
        pose.draw(figure, family.new(rng))
        return
    pair = wide > 1.2 and rng.random() < 0.3
    room = wide / 2 if pair else wide
    ground = rng.uniform(0.87, 0.93)
    share = min(ground - 0.1, rng.choice([0.6, 0.74, 0.8, 0.86]))
    size = min(share / pose.height, (0.98 if pair else 0.9) * room / pose.width)
    free = max(0, room - size * pose.width) / 2
    _scatter(pen, wide, ground - 0.04, 0.7 * size, rng, rng.randint(0, 2))
    for i in range(2 if pair else 1):
        other = rng.choice([p for p in family.poses if p.grounded]) if i else pose
        x = room * (i + 0.5) + rng.uniform(-free, free)
        fit = min(size, 0.9 / other.height, room / other.width)
        _stand(pen.at(x, ground + rng.uniform(-0.01, 0.02), fit), family, other, rng)
    _scatter(pen, wide, min(0.97, ground + 0.06), 0.6 * size, rng, rng.randint(0, 1))


def _stand(pen: Pen, family: Family, pose: Pose, rng: random.Random) -> None:
    pen.glow(INK, 0, 0, 0.46 * pose.width, 0.2, 0.45)
    figure = pen.at(0, 0, turn=rng.uniform(-3, 3), flip=rng.random() < 0.5)
    pose.draw(figure, family.new(rng))


def _scatter(
    pen: Pen, wide: float, ground: float, size: float, rng: random.Random, count: int
) -> None:
    """Leave things on the ground, near the sides where they do not hide the figure."""
    for _ in range(count):
        x = rng.choice([rng.uniform(0.06, 0.2), rng.uniform(0.8, 0.94)]) * wide
        thing = pen.at(x, ground + rng.uniform(-0.02, 0.02), size * rng.uniform(0.8, 1.2))
        thing.glow(INK, 0, 0, 0.5, 0.1, 0.4)
        rng.choice(LOOSE)(thing, rng.choice(BRIGHT))


def _save(picture: Image.Image, path: Path) -> None:
    if path.suffix == ".png":
        # A palette is enough for a cartoon, and a third of the bytes.
        picture.quantize(256).save(path, optimize=True)
    else:
        picture.save(path, format="JPEG", quality=86, optimize=True)


if __name__ == "__main__":
    draw_collection(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
