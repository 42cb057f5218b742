"""Who may read the cache folder."""

from __future__ import annotations

import os
import sys

import pytest
from conftest import draw

from lookalike import portable
from lookalike.storage import cache_folder, file_identity
from lookalike.storage.store_tables import connect

pytestmark = [
    pytest.mark.portable,
    pytest.mark.skipif(sys.platform != "linux", reason="it is about POSIX, in XDG's folders"),
]


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.delenv(cache_folder.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    return tmp_path / "home"


@pytest.fixture
def usual_mask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def fill(folder):
    """Have everything written that is kept in a cache folder."""
    rows = portable.image_analysis.load_images(folder)
    model = portable.image_similarity.create(rows, verbose=False)
    assert len(model.references)
    file = draw(folder.parent / "other" / "x.png")
    assert file_identity.has_sha256(file, file_identity.read_sha256(file))


def modes(folder):
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


def test_the_cache_folder_is_its_users_alone(home, usual_mask, folder):
    fill(folder)
    found = modes(home / ".cache" / "lookalike")
    assert found.pop("lookalike") == 0o700
    assert set(found) >= {"features.sqlite", "known-files.json"}
    assert set(found.values()) == {0o600}


def test_a_folder_that_groups_share_keeps_its_modes(monkeypatch, usual_mask, folder, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o775)
    monkeypatch.setenv(cache_folder.VARIABLE, str(tmp_path / "shared"))
    fill(folder)
    found = modes(tmp_path / "shared")
    assert found.pop("shared") == 0o775
    assert set(found.values()) == {0o644}


def test_a_store_elsewhere_has_the_usual_modes(home, usual_mask, tmp_path):
    connect(tmp_path / "mine.sqlite").close()
    assert (tmp_path / "mine.sqlite").stat().st_mode & 0o777 == 0o644
