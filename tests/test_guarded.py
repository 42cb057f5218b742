"""What guards the real Turi Create; on the portable engine there is nothing to guard."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import PORTABLE, draw
from PIL import Image
from test_choice import run

import lookalike
from lookalike.engines import guarded

pytestmark = pytest.mark.skipif(PORTABLE, reason="about the real Turi Create")

BUILD = """
    import warnings
    import lookalike
    warnings.simplefilter("error", lookalike.UnreadableImageWarning)
    data = lookalike.load_images({folder!r})
    {before}
    try:
        lookalike.build_model(data, verbose=False)
    except BaseException as error:
        print(type(error).__name__, error)
"""


def without_network_file(code: str, cache: Path) -> str:
    """Run code where Turi Create's cache is empty, and every download fails at once."""
    nowhere = "http://127.0.0.1:9"
    return run(code, TURI_CACHE_FILE_LOCATIONS=str(cache), HTTPS_PROXY=nowhere, https_proxy=nowhere)


def test_a_network_that_cannot_be_downloaded_is_an_error_that_says_what_to_do(folder, tmp_path):
    (folder / "broken.png").write_bytes(b"no picture")
    cache = tmp_path / "cache"
    cache.mkdir()
    # If pictures were read first, the broken one would be named.
    message = without_network_file(BUILD.format(folder=str(folder), before=""), cache)
    assert message.startswith("BackendError Turi Create cannot download its network resnet-50")
    assert f"resnet-50-TuriCreate-6.0.h5 into {cache / 'model_cache'}" in message
    assert "LOOKALIKE_BACKEND=portable" in message
    assert not list(cache.rglob("*.h5"))


def test_a_download_that_is_interrupted_stays_an_interrupt(folder, tmp_path):
    interrupt = "import _thread, requests;requests.get = lambda *_, **__: _thread.interrupt_main()"
    code = BUILD.format(folder=str(folder), before=interrupt)
    assert without_network_file(code, tmp_path).startswith("KeyboardInterrupt")


def test_turi_create_s_own_progress_is_printed_if_it_is_wanted(folder, capfd):
    lookalike.build_model(lookalike.load_images(folder), verbose=True)
    assert "4/4" in capfd.readouterr().out


def test_a_format_that_turi_create_does_not_know_is_handed_over_as_png(tmp_path, tc):
    Image.new("RGBA", (7, 5), (10, 20, 30, 40)).save(tmp_path / "a.webp", lossless=True)
    image = guarded.read_image(str(tmp_path / "a.webp"))
    assert isinstance(image, tc.Image) and image._format_enum == guarded.PNG
    assert image.pixel_data.shape == (5, 7, 4)
    assert tuple(image.pixel_data[0, 0]) == (10, 20, 30, 40)


def test_a_file_that_turi_create_knows_is_kept_as_it_is(tmp_path):
    path = draw(tmp_path / "a.jpg")
    assert bytes(guarded.read_image(str(path))._image_data) == path.read_bytes()


def test_its_features_are_turi_create_s_own(tc, folder):
    ours = lookalike.load_images(folder)
    theirs = tc.image_analysis.load_images(str(folder)).sort("path")
    features = [
        tc.image_analysis.get_deep_features(data["image"], "resnet-50", verbose=False)
        for data in (ours, theirs)
    ]
    assert list(features[0]) == list(features[1])
