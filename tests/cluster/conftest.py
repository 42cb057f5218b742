"""Pictures, a Ray cluster and an object store on this machine: what `make test-cluster` needs."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import stores
from PIL import Image, ImageDraw

import lookalike

BROKEN = ("broken-1.jpg", "broken-2.png", "part-3/broken-3.jpg")


def pytest_configure(config: pytest.Config) -> None:
    # Ray forks only to start programs of its own.
    config.addinivalue_line("filterwarnings", "ignore:lance is not fork-safe")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.timeout(300))


def draw(path: Path, seed: int) -> Path:
    """Draw a small picture that no other seed gives."""
    rng = random.Random(seed)

    def colour():
        return tuple(rng.randrange(256) for _ in range(3))

    image = Image.new("RGB", (rng.randint(80, 120), rng.randint(60, 100)), colour())
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        left, top = rng.randint(0, 80), rng.randint(0, 60)
        box = (left, top, left + rng.randint(8, 60), top + rng.randint(8, 60))
        rng.choice((pen.ellipse, pen.rectangle))(box, fill=colour())
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def draw_folder(folder: Path, count: int) -> Path:
    """Draw a folder of pictures, a fifth of them in each subfolder."""
    for seed in range(count):
        ending = "png" if seed % 7 == 0 else "jpg"
        draw(folder / f"part-{seed % 5}" / f"picture-{seed:04}.{ending}", seed)
    return folder


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A feature store of these tests alone."""
    os.environ["LOOKALIKE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Six hundred pictures, three of them broken."""
    folder = draw_folder(tmp_path_factory.mktemp("photos"), 597)
    for name in BROKEN:
        (folder / name).write_bytes(b"\xff\xd8\xff no picture" * 9)
    return folder


@pytest.fixture(scope="session")
def built(photos, cache):
    """The model that one machine makes of them."""
    with pytest.warns(lookalike.UnreadableImageWarning):
        return lookalike.build_model(photos, verbose=False)


@pytest.fixture(scope="session")
def collection(photos, tmp_path_factory):
    """The collection that one machine makes of them, in six parts."""
    out = tmp_path_factory.mktemp("features")
    lookalike.extract(photos, out, rows=100, verbose=False)
    return out


@pytest.fixture(scope="session")
def store():
    """An object store that speaks S3, on this machine."""
    with stores.Store() as running:
        yield running


@pytest.fixture(scope="session")
def cluster(store):
    """A Ray cluster of one node; its workers know the object store."""
    ray = pytest.importorskip("ray", reason="ray is not installed")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_AUTH_MODE"] = "disabled"
    # It would take the machine's own address, which no sandbox need have.
    options = {"address": "local", "_node_ip_address": "127.0.0.1", "log_to_driver": False}
    ray.init(num_cpus=2, include_dashboard=False, **options)
    yield ray
    ray.shutdown()
