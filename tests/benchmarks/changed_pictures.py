"""Features of changed pictures: as many rows as wanted, with the structure that real ones have.

Mixtures of random vectors make it easy for an index to find all neighbours; these rows come from
pictures, each cut, turned and coloured anew, that went through the default network.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from lookalike.images import decode
from lookalike.networks.catalogue import find_network
from lookalike.networks.session import open_session
from lookalike.runtime import available_cores

# Pixels of the picture that is changed: more than the network takes.
SIDE = 400


def changed_features(folder: Path, count: int, kept: Path) -> np.ndarray[Any, Any]:
    """Return the features of changed pictures, ``(count, d) float32``; they are kept in a file."""
    file = kept / f"changed-{count}.npy"
    if not file.exists():
        originals = sorted(p for p in folder.rglob("*.*") if decode.format_of(str(p)))
        session = open_session(find_network("auto", verbose=False))
        shares = [range(number, count, len(originals)) for number in range(len(originals))]
        rows: Any = None
        with ThreadPoolExecutor(available_cores()) as pool:
            work = pool.map(lambda one: _features(session, *one), zip(originals, shares))
            for share, features in zip(shares, work):
                rows = np.empty((count, features.shape[1]), np.float32) if rows is None else rows
                rows[share.start :: share.step] = features
        kept.mkdir(parents=True, exist_ok=True)
        np.save(str(kept / "unfinished.npy"), rows)
        os.replace(str(kept / "unfinished.npy"), str(file))
    return np.load(str(file), mmap_mode="r")


def _features(session: Any, path: Path, numbers: range) -> np.ndarray[Any, Any]:
    picture = decode.on_white(decode.read(str(path), at_least=SIDE))
    picture.thumbnail((2 * SIDE, 2 * SIDE))
    _, height, width = session.input_shape
    found = []
    for number in numbers:
        changed = _changed(picture, random.Random(number)).resize((width, height))
        found.append(session.features(np.asarray(changed)[None])[0])
    return np.array(found)


def _changed(picture: Image.Image, rng: random.Random) -> Image.Image:
    share = rng.uniform(0.5, 1)
    width, height = (max(1, round(share * side)) for side in picture.size)
    left, top = (rng.randint(0, whole - part) for whole, part in zip(picture.size, (width, height)))
    changed = picture.crop((left, top, left + width, top + height))
    if rng.random() < 0.5:
        changed = ImageOps.mirror(changed)
    changed = changed.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        changed = enhance(changed).enhance(rng.uniform(0.5, 1.5))
    return changed.filter(ImageFilter.GaussianBlur(rng.choice((0, 0, 1, 2))))
