"""Perceptual hashes: near for the same picture, far for others."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from lookalike.images.picture_hash import perceptual_hash

pytestmark = pytest.mark.portable


def picture(seed: int, size: tuple[int, int] = (240, 160)) -> Image.Image:
    """Return soft blotches of colour, as photographs have."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def differences(first: Image.Image, second: Image.Image) -> int:
    return bin(perceptual_hash(first).bits ^ perceptual_hash(second).bits).count("1")


def as_jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=15)
    return Image.open(file)


@pytest.mark.parametrize(
    "change",
    [
        as_jpeg,
        lambda image: image.resize((60, 40)),
        lambda image: image.resize((700, 700)),
        lambda image: image.convert("L").convert("RGB"),
        lambda image: ImageEnhance.Brightness(image).enhance(0.7),
    ],
    ids=["JPEG", "smaller", "another aspect", "grey", "darker"],
)
def test_another_quality_of_a_picture_has_nearly_the_same_hash(change):
    assert max(differences(picture(seed), change(picture(seed))) for seed in range(10)) <= 4


def test_other_pictures_have_other_hashes():
    rng = random.Random(0)
    pairs = [rng.sample(range(100), 2) for _ in range(50)]
    assert min(differences(picture(a), picture(b)) for a, b in pairs) > 8


def test_pixels_have_the_hash_of_their_picture():
    image = picture(3, (224, 224))
    assert perceptual_hash(np.asarray(image)) == perceptual_hash(image)


@pytest.mark.parametrize("side", [96, 260, 384])
def test_other_sizes_of_networks_make_nearly_the_same_hash(side):
    pixels = [np.asarray(picture(seed).resize((side, side))) for seed in range(10)]
    hashes = [perceptual_hash(one).bits for one in pixels]
    others = [perceptual_hash(picture(seed)).bits for seed in range(10)]
    assert max(bin(one ^ other).count("1") for one, other in zip(hashes, others)) <= 4


def test_the_deviation_says_how_flat_a_picture_is():
    assert perceptual_hash(Image.new("RGB", (50, 50), "red")).deviation < 0.01
    halves = Image.new("RGB", (64, 64))
    halves.paste((200, 200, 200), (0, 0, 32, 64))
    assert perceptual_hash(halves).deviation == pytest.approx(100, abs=5)


def test_the_smallest_pictures_have_a_hash():
    assert 0 <= perceptual_hash(Image.new("RGB", (1, 1), "red")).bits < 2**64
    assert 0 <= perceptual_hash(Image.new("RGB", (1, 5000), "teal")).bits < 2**64
