"""Many small pictures, made quickly, and a few odd ones."""

from __future__ import annotations

import colorsys
import io
from pathlib import Path

from PIL import Image, ImageDraw

KINDS = 500
ORIENTATION, SIDEWAYS = 0x0112, 6
EVIL = "<img src=x onerror=alert(1)>.png"


def draw_kind(kind: int) -> Image.Image:
    """Draw a kind's picture: its colour, place and form tell it from all others."""
    color = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(kind / KINDS, 0.8, 0.85))
    picture = Image.new("RGB", (96, 72), (235 - kind % 60, 235, 200 + kind % 50))
    x, y = 10 + kind * 7 % 50, 8 + kind * 11 % 30
    brush = ImageDraw.Draw(picture)
    draw = (brush.ellipse, brush.rectangle)[kind % 2]
    draw((x, y, x + 28, y + 28), color)
    brush.text((4, 58), str(kind), fill="black")
    return picture


def draw_many(folder: Path, count: int) -> Path:
    """Write pictures as 00000.jpg, 00001.jpg, ...: KINDS of them, over and over."""
    folder.mkdir()
    encoded = []
    for kind in range(KINDS):
        file = io.BytesIO()
        draw_kind(kind).save(file, "JPEG", quality=90)
        encoded.append(file.getvalue())
    for number in range(count):
        (folder / f"{number:05}.jpg").write_bytes(encoded[number % KINDS])
    return folder


def draw_odd(folder: Path) -> Path:
    """Write a photo that lies on its side, a broken file, and one of an evil name."""
    folder.mkdir()
    photo = Image.new("RGB", (2000, 1500), "blue")
    photo.paste("red", (0, 0, 1000, 1500))
    exif = photo.getexif()
    exif[ORIENTATION] = SIDEWAYS
    photo.save(folder / "a-sideways.jpg", exif=exif)
    whole = (folder / "a-sideways.jpg").read_bytes()
    (folder / "c-broken.jpg").write_bytes(whole[: len(whole) // 2])
    draw_kind(2).save(folder / EVIL)
    return folder
