"""A small vector pen on top of Pillow: smooth shapes, soft shading, outlines and shadows."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import Iterator, List, Sequence, Tuple

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Colour = Tuple[int, int, int]
Point = Tuple[float, float]
Path = List[Point]

WHITE: Colour = (255, 255, 255)
INK: Colour = (44, 32, 54)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours: `share` 0 is all `one`, 1 is all `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other))
    return red, green, blue


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0) -> Path:
    """Outline an ellipse, turned by degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    around = arc(0, 0, rx, ry, 0, 354, 60)
    return [(x + a * cos - b * sin, y + a * sin + b * cos) for a, b in around]


def arc(
    x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 20
) -> Path:
    """Follow an ellipse from one angle to another, in degrees, clockwise from the right."""
    angles = [math.radians(start + (end - start) * i / (steps - 1)) for i in range(steps)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def box(left: float, top: float, right: float, bottom: float, radius: float = 0.1) -> Path:
    """Outline a box with rounded corners."""
    r = min(radius, (right - left) / 2, (bottom - top) / 2)
    corners = [
        (right - r, bottom - r, 0),
        (left + r, bottom - r, 90),
        (left + r, top + r, 180),
        (right - r, top + r, 270),
    ]
    return [p for x, y, angle in corners for p in arc(x, y, r, r, angle, angle + 90, 8)]


def star(x: float, y: float, radius: float, spikes: int = 5, inner: float = 0.45) -> Path:
    """Outline a star, or with `inner` near 1 a blunt polygon."""
    path = []
    for i in range(2 * spikes):
        r, angle = radius * (inner if i % 2 else 1), math.pi * i / spikes - math.pi / 2
        path.append((x + r * math.cos(angle), y + r * math.sin(angle)))
    return path


def smooth(points: Sequence[Point], closed: bool = True, steps: int = 8) -> Path:
    """Bend a soft curve (Catmull-Rom) through points."""
    last = len(points) - 1
    path = []
    for i in range(len(points) if closed else last):
        at = (i - 1, i, i + 1, i + 2)
        a, b, c, d = (points[k % (last + 1) if closed else min(max(k, 0), last)] for k in at)
        for step in range(steps):
            t = step / steps
            path.append((_bend(a[0], b[0], c[0], d[0], t), _bend(a[1], b[1], c[1], d[1], t)))
    return path if closed else [*path, points[-1]]


def _bend(a: float, b: float, c: float, d: float, t: float) -> float:
    cubic, square = 3 * b - a - 3 * c + d, 2 * a - 5 * b + 4 * c - d
    return b + 0.5 * t * (c - a + t * (square + t * cubic))


def mirrored(half: Sequence[Point]) -> Path:
    """Bend a soft outline that is the same on both sides, given its right half from the top."""
    left = [(-x, y) for x, y in reversed(half) if x]
    return smooth([*half, *left])


def limb(points: Sequence[Point], start: float, end: float) -> Path:
    """Outline a soft, round-ended limb along points, from one radius to another."""
    middle = smooth(points, closed=False)
    left, right = [], []
    for i, (x, y) in enumerate(middle):
        before, after = middle[max(i - 1, 0)], middle[min(i + 1, len(middle) - 1)]
        angle = math.atan2(after[1] - before[1], after[0] - before[0])
        radius = start + (end - start) * i / (len(middle) - 1)
        dx, dy = radius * math.sin(angle), -radius * math.cos(angle)
        left.append((x + dx, y + dy))
        right.append((x - dx, y - dy))
    tip = math.degrees(angle)
    (x0, y0), (x1, y1) = middle[:2]
    tail = math.degrees(math.atan2(y1 - y0, x1 - x0))
    end_cap = arc(*middle[-1], end, end, tip - 90, tip + 90, 12)
    start_cap = arc(x0, y0, start, start, tail + 90, tail + 270, 12)
    return left + end_cap + right[::-1] + start_cap


def bounds(path: Path) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a path."""
    xs, ys = zip(*path)
    return min(xs), min(ys), max(xs), max(ys)


class Pen:
    """Draws on a picture in units of its own, wherever and however large it was put.

    Parameters
    ----------
    picture : PIL.Image.Image
        What is drawn on, in mode RGB.
    matrix : tuple of float
        How a point in the pen's units becomes a pixel: ``(a, b, c, d, e, f)`` for
        ``a*x + b*y + c`` and ``d*x + e*y + f``.
    """

    def __init__(self, picture: Image.Image, matrix: tuple[float, ...] = (1, 0, 0, 0, 1, 0)):
        self.picture = picture
        self.matrix = matrix
        self.scale = math.hypot(matrix[0], matrix[3])

    def at(self, x: float, y: float, size: float = 1, turn: float = 0, flip: bool = False) -> Pen:
        """Give a pen whose origin lies here, scaled, turned by degrees, perhaps mirrored."""
        a, b, c, d, e, f = self.matrix
        cos, sin = size * math.cos(math.radians(turn)), size * math.sin(math.radians(turn))
        side = -1 if flip else 1
        across = (side * (a * cos + b * sin), side * (d * cos + e * sin))
        down = (b * cos - a * sin, e * cos - d * sin)
        origin = (a * x + b * y + c, d * x + e * y + f)
        matrix = (across[0], down[0], origin[0], across[1], down[1], origin[1])
        return Pen(self.picture, matrix)

    def gradient(self, *colours: Colour) -> None:
        """Cover the whole picture from the first colour at the top to the last below."""
        top, *middle, bottom = colours
        ramp = Image.linear_gradient("L").resize(self.picture.size)
        self.picture.paste(ImageOps.colorize(ramp, top, bottom, *middle[:1]))

    def flat(self, colour: Colour, *paths: Path, opacity: float = 1) -> None:
        """Fill shapes with one colour, without an outline."""
        if opacity >= 1:
            draw = ImageDraw.Draw(self.picture)
            for path in paths:
                draw.polygon(self._pixels(path), fill=colour)
            return
        pixels = [self._pixels(path) for path in paths]
        area = self._area(pixels, 1)
        if area:
            self.picture.paste(colour, area, _mask(pixels, area, fill=round(255 * opacity)))

    def stroke(self, colour: Colour, path: Path, width: float) -> None:
        """Draw an open line with round ends."""
        pixels, pixel_width = self._pixels(path), max(1, round(width * self.scale))
        draw = ImageDraw.Draw(self.picture)
        draw.line(pixels, fill=colour, width=pixel_width, joint="curve")
        r = pixel_width / 2
        for x, y in (pixels[0], pixels[-1]):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def solid(self, colour: Colour, *paths: Path, line: float = 0.05, depth: float = 1) -> None:
        """Fill shapes as one body: a single outline around all, lit softly from above left."""
        pixels = [self._pixels(path) for path in paths]
        area = self._area(pixels, 2)
        if not area:
            return
        draw, width = ImageDraw.Draw(self.picture), round(2 * line * self.scale)
        edge = mix(colour, INK, 0.72)
        for path in pixels if width else []:
            draw.line([*path, *path[:2]], fill=edge, width=width, joint="curve")
        light = mix(colour, WHITE, 0.22 * depth)
        shade = mix(colour, INK, 0.36 * depth)
        lit = ImageOps.colorize(_light(pixels, area), shade, light)
        self.picture.paste(lit, area, _mask(pixels, area))

    def glow(
        self, colour: Colour, x: float, y: float, rx: float, ry: float, opacity: float = 0.5
    ) -> None:
        """Lay down a blurred ellipse: a shadow, a blush, a halo."""
        pixels = [self._pixels(ellipse(x, y, rx, ry))]
        reach = self._pixels(ellipse(x, y, 1.6 * rx, 1.6 * ry))
        area = self._area([reach], 1)
        if area:
            blurred = _soft(pixels, area, 0, 0.12, _extent([reach]))
            faded = blurred.point(lambda level: round(level * opacity))
            self.picture.paste(colour, area, faded)

    @contextmanager
    def inside(self, *paths: Path) -> Iterator[None]:
        """Keep whatever is drawn meanwhile inside the shapes."""
        pixels = [self._pixels(path) for path in paths]
        area = self._area(pixels, 0) or (0, 0, 1, 1)
        before = self.picture.copy()
        yield
        after = self.picture.crop(area)
        self.picture.paste(before)
        self.picture.paste(after, area, _mask(pixels, area))

    def _pixels(self, path: Path) -> Path:
        a, b, c, d, e, f = self.matrix
        return [(a * x + b * y + c, d * x + e * y + f) for x, y in path]

    def _area(self, pixels: list[Path], margin: int) -> tuple[int, int, int, int] | None:
        left, top, right, bottom = bounds([p for path in pixels for p in path])
        width, height = self.picture.size
        area = (
            max(0, int(left) - margin),
            max(0, int(top) - margin),
            min(width, int(right) + margin + 1),
            min(height, int(bottom) + margin + 1),
        )
        return area if area[0] < area[2] and area[1] < area[3] else None


def _extent(pixels: list[Path]) -> float:
    left, top, right, bottom = bounds([p for path in pixels for p in path])
    return min(right - left, bottom - top)


def _mask(pixels: list[Path], area: tuple[int, int, int, int], fill: int = 255) -> Image.Image:
    left, top, right, bottom = area
    mask = Image.new("L", (right - left, bottom - top))
    draw = ImageDraw.Draw(mask)
    for path in pixels:
        draw.polygon([(x - left, y - top) for x, y in path], fill=fill)
    return mask


def _light(pixels: list[Path], area: tuple[int, int, int, int]) -> Image.Image:
    return _soft(pixels, area, -0.11, 0.09, _extent(pixels))


def _soft(
    pixels: list[Path],
    area: tuple[int, int, int, int],
    shift: float,
    blur: float,
    extent: float,
) -> Image.Image:
    """Blur a mask, moved by a share of its extent; on a small copy, for the sake of speed."""
    left, top, right, bottom = area
    factor = max(1.0, extent / 60)
    # Beyond the area too, lest the blur darken where a shape is cut by the picture's edge.
    pad = math.ceil(3 * blur * extent / factor) + 1
    size = math.ceil((right - left) / factor), math.ceil((bottom - top) / factor)
    small = Image.new("L", (size[0] + 2 * pad, size[1] + 2 * pad))
    draw, move = ImageDraw.Draw(small), shift * extent
    for path in pixels:
        draw.polygon(
            [((x - left + move) / factor + pad, (y - top + move) / factor + pad) for x, y in path],
            fill=255,
        )
    small = small.filter(ImageFilter.GaussianBlur(blur * extent / factor))
    inner = small.crop((pad, pad, pad + size[0], pad + size[1]))
    return inner.resize((right - left, bottom - top), Image.Resampling.BICUBIC)
