"""Features of changed pictures: as many rows as wanted, with the structure that real ones have.

Mixtures of random vectors make it easy for an index to find all neighbours; these rows come from
pictures, each cut, turned and coloured anew, that went through a bundled network. A million rows
are to be had in an hour of one core: the network is the smaller one, on pictures of 144 pixels.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import onnx
from PIL import Image, ImageFilter

from lookalike.images import decode
from lookalike.networks.catalogue import find_network
from lookalike.runtime import onnx_runtime

# Pixels of what the network sees, and of the longer side of the picture that is changed.
SIDE, LONGER = 144, 256
# BLOCK is a whole number of parts of a collection.
AT_ONCE, BLOCK = 8, 20_000
GREY, MIDDLE = (0.299, 0.587, 0.114), 127.5


def changed_features(folder: Path, count: int, kept: Path) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the features of changed pictures in blocks of rows, ``(BLOCK, d) float32``.

    Blocks are kept as files. A row is the same whatever the count is.
    """
    kept.mkdir(parents=True, exist_ok=True)
    pictures: list[Image.Image] = []
    session: Any = None
    for start in range(0, count, BLOCK):
        file = kept / f"changed-{start:09}.npy"
        if not file.exists():
            session = session or _session()
            pictures = pictures or [_small(p) for p in sorted(folder.rglob("*.*")) if _is_one(p)]
            unfinished = file.with_suffix(".unfinished.npy")
            np.save(str(unfinished), _features(session, pictures, range(start, start + BLOCK)))
            unfinished.replace(file)
        yield np.load(str(file), mmap_mode="r")[: count - start]


def _session() -> Any:
    """Return the smaller bundled network for smaller pictures than its own."""
    model = onnx.load(find_network("efficientnet-lite0", verbose=False).place)
    for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.dim_value = SIDE
    del model.graph.value_info[:]
    options = onnx_runtime().SessionOptions()
    options.intra_op_num_threads = 1
    return onnx_runtime().InferenceSession(model.SerializeToString(), options)


def _is_one(path: Path) -> bool:
    return bool(decode.format_of(str(path)))


def _small(path: Path) -> Image.Image:
    picture = decode.on_white(decode.read(str(path), at_least=LONGER))
    picture.thumbnail((LONGER, LONGER))
    return picture


def _features(session: Any, pictures: list[Image.Image], numbers: range) -> Any:
    found = []
    for start in range(0, len(numbers), AT_ONCE):
        few = numbers[start : start + AT_ONCE]
        batch = [_changed(pictures[n % len(pictures)], random.Random(n)) for n in few]
        found += session.run(None, {"image": np.array(batch).transpose(0, 3, 1, 2)})
    return np.concatenate(found)


def _changed(picture: Image.Image, rng: random.Random) -> Any:
    """Return a picture cut, mirrored, turned, blurred and coloured, as the network takes it."""
    share, angle = rng.uniform(0.5, 1), math.radians(rng.uniform(-15, 15))
    across, down = (share * side / SIDE for side in picture.size)
    x, y = ((rng.uniform(0, 1 - share) + share / 2) * side for side in picture.size)
    mirrored = rng.choice((1, -1)) * across
    a, b = mirrored * math.cos(angle), -across * math.sin(angle)
    c, d = mirrored / across * down * math.sin(angle), down * math.cos(angle)
    half = SIDE / 2
    mapping = (a, b, x - (a + b) * half, c, d, y - (c + d) * half)
    options = Image.Transform.AFFINE, mapping, Image.Resampling.BILINEAR
    changed = picture.transform((SIDE, SIDE), *options)
    blurred = rng.choice((0, 0, 1, 2)) / 2
    if blurred:
        changed = changed.filter(ImageFilter.BoxBlur(blurred))
    brightness, contrast, colour = (rng.uniform(0.5, 1.5) for _ in range(3))
    pixels = np.asarray(changed, np.float32)
    # Each mixes a pixel with its grey, or with the mean: together they are one matrix.
    mixed = colour * np.eye(3) + (1 - colour) * np.array(GREY)[:, None]
    mean = float(pixels.mean(axis=(0, 1)) @ GREY)
    mixed = pixels @ (brightness * contrast * mixed).astype(np.float32)
    mixed += brightness * (1 - contrast) * mean - MIDDLE
    mixed /= MIDDLE
    return mixed.clip(-1, 1, out=mixed)
