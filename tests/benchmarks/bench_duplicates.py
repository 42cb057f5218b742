"""How well copies are found: recall for each change of a picture, and pictures paired falsely.

``LOOKALIKE_COLLECTIONS=folder python tests/benchmarks/bench_duplicates.py [network ...]`` takes the
folders of labelled folders in that folder, or the sample pictures where the variable is unset.
Some pictures of each collection are changed in every way; ``find_duplicates(changed,
among=collection)`` is to find the one that each was. Falsely paired are the collection's own
pictures that stand in a group with one of another label.
"""

from __future__ import annotations

import io
import os
import random
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

import lookalike

SAMPLES = Path(__file__).parent.parent.parent / "image"
# Pictures of each collection that are changed.
CHANGED = 56
KINDS = ("same file", "same picture", "near copy")


def encoded(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def cut(picture: Image.Image, share: float) -> Image.Image:
    """Keep a share of the area, off the middle, as people cut pictures."""
    width, height = (side * share**0.5 for side in picture.size)
    left, top = (picture.width - width) * 0.3, (picture.height - height) * 0.6
    return picture.crop((round(left), round(top), round(left + width), round(top + height)))


def turned(picture: Image.Image) -> Image.Image:
    return picture.rotate(5, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def labelled(picture: Image.Image) -> Image.Image:
    picture = picture.copy()
    draw, (width, height) = ImageDraw.Draw(picture), picture.size
    size = max(8, height // 10)
    draw.rectangle((0, height - 2 * size, width, height), fill="black")
    draw.text((size, height - 1.7 * size), "A SUNNY DAY", fill="white", font_size=size)
    return picture


def framed(picture: Image.Image) -> Image.Image:
    return ImageOps.expand(picture, round(0.06 * max(picture.size)), "black")


def hue(picture: Image.Image) -> Image.Image:
    bands = list(picture.convert("HSV").split())
    bands[0] = bands[0].point(lambda value: (value + 25) % 256)
    return Image.merge("HSV", bands).convert("RGB")


def screenshot(picture: Image.Image) -> Image.Image:
    """Show the picture in the middle of a phone's screen, with bars above and below."""
    screen = Image.new("RGB", (540, 960), "white")
    shown = ImageOps.contain(picture, (540, 620))
    screen.paste(shown, ((540 - shown.width) // 2, 150))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 540, 90), fill="navy")
    draw.rectangle((0, 880, 540, 960), fill="lightgrey")
    draw.text((30, 820), "12 people like this", fill="black", font_size=24)
    return screen


def smaller(picture: Image.Image) -> Image.Image:
    return picture.resize(tuple(max(8, side // 4) for side in picture.size))


# DESIGN.md's two groups of easier changes, and the others.
QUALITY = {
    "JPEG q20": lambda picture: encoded(picture, 20),
    "JPEG q5": lambda picture: encoded(picture, 5),
    "quarter size": smaller,
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.4),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
    "contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(1.5),
    "grey": lambda picture: picture.convert("L"),
    "blur": lambda picture: picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 150)),
}
GEOMETRY = {
    "cut to 90%": lambda picture: cut(picture, 0.9),
    "cut to 80%": lambda picture: cut(picture, 0.8),
    "mirrored": ImageOps.mirror,
    "border": framed,
    "text": labelled,
    "5 degrees": turned,
}
OTHERS = {
    "hue": hue,
    "cut to 70%": lambda picture: cut(picture, 0.7),
    "cut to 60%": lambda picture: cut(picture, 0.6),
    "cut to 50%": lambda picture: cut(picture, 0.5),
    "90 degrees": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "180 degrees": lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
    "screenshot": screenshot,
}
CHANGES = {
    "no change": lambda picture: picture,
    **QUALITY,
    **GEOMETRY,
    **OTHERS,
}


def write_changed(originals: list[str], folder: Path) -> None:
    """Write each original changed in every way, into a folder for each change."""
    for number, path in enumerate(originals):
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        for name, change in CHANGES.items():
            place = folder / name
            place.mkdir(parents=True, exist_ok=True)
            if name == "no change":
                (place / f"{number:04}{Path(path).suffix}").write_bytes(Path(path).read_bytes())
            else:
                change(picture).convert("RGB").save(place / f"{number:04}.jpg", quality=85)


def paired_falsely(model: lookalike.tc.image_similarity.ImageSimilarityModel, kind: str) -> int:
    """Return how many of a collection's own pictures stand in a group with another label."""
    copies = lookalike.find_duplicates(model, kind, verbose=False)
    labels = defaultdict(set)
    for group, path in zip(copies["group"], copies["path"]):
        labels[group].add(Path(path).parent.name)
    return sum(len(labels[group]) > 1 for group in copies["group"])


def measure(collection: Path, network: str | None, scratch: Path) -> dict[str, dict[str, float]]:
    """Return, for each kind, how many of which changes were found, and what was paired falsely."""
    data = lookalike.load_images(collection)
    model = lookalike.build_model(data, network, verbose=False)
    paths = list(data["path"])
    originals = random.Random(0).sample(paths, min(CHANGED, len(paths)))
    write_changed(originals, scratch)
    figures: dict[str, dict[str, float]] = {kind: {"pictures": len(paths)} for kind in KINDS}
    for kind in KINDS:
        figures[kind]["falsely paired"] = paired_falsely(model, kind)
    for name in CHANGES:
        changed = lookalike.build_model(str(scratch / name), network, verbose=False)
        for kind in KINDS:
            found = lookalike.find_duplicates(changed, kind, among=model, verbose=False)
            right = sum(
                originals[int(Path(path).stem)] == of
                for path, of in zip(found["path"], found["among_path"])
            )
            figures[kind][name] = right
            figures[kind]["changed"] = len(originals)
    return figures


def print_table(totals: dict[str, dict[str, float]]) -> None:
    def row(title: str, names: list[str], of: str, digits: int = 0) -> None:
        shares = [
            sum(totals[kind][name] for name in names) / (totals[kind][of] * len(names))
            for kind in KINDS
        ]
        cells = "".join(f"{share:>14.{digits}%}" for share in shares)
        print(f"{title:<24}{cells}")

    print(f"{'found, of each change':<24}" + "".join(f"{kind:>14}" for kind in KINDS))
    for name in CHANGES:
        row(f"  {name}", [name], "changed")
    row("changes of quality", list(QUALITY), "changed", 1)
    row("changes of geometry", list(GEOMETRY), "changed", 1)
    row("both", [*QUALITY, *GEOMETRY], "changed", 1)
    row("falsely paired", ["falsely paired"], "pictures", 2)


def main(networks: list[str | None]) -> None:
    warnings.simplefilter("ignore")
    given = os.environ.get("LOOKALIKE_COLLECTIONS")
    folders = sorted(path for path in Path(given).iterdir() if path.is_dir()) if given else []
    if not folders:
        print("LOOKALIKE_COLLECTIONS names no folder of collections: the sample pictures serve.")
    for network in networks:
        start = time.perf_counter()
        totals: dict[str, dict[str, float]] = {kind: defaultdict(float) for kind in KINDS}
        name = getattr(network, "name", network) or "the default network"
        for folder in folders or [SAMPLES]:
            with tempfile.TemporaryDirectory() as scratch:
                figures = measure(folder, network, Path(scratch))
            for kind in KINDS:
                for key, value in figures[kind].items():
                    totals[kind][key] += value
            false = figures["near copy"]["falsely paired"] / figures["near copy"]["pictures"]
            print(f"{folder.name}: {false:.2%} paired falsely as near copies")
        print(f"\n{name}, {totals['near copy']['changed']:.0f} pictures changed")
        print_table(totals)
        print(f"in {time.perf_counter() - start:.0f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:] or [None])
