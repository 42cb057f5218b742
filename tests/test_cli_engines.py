"""Which engine the command line runs on."""

from __future__ import annotations

import os

import pytest
from conftest import PORTABLE
from shell import run


@pytest.fixture
def broken_turicreate(tmp_path, monkeypatch):
    """A Turi Create that is installed, and cannot be imported."""
    (tmp_path / "site" / "turicreate").mkdir(parents=True)
    (tmp_path / "site" / "turicreate" / "__init__.py").write_text("raise ImportError('broken')")
    paths = (str(tmp_path / "site"), os.environ.get("PYTHONPATH", ""))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


def test_turi_create_is_not_loaded_unless_it_is_asked_for(broken_turicreate, folder, monkeypatch):
    monkeypatch.delenv("LOOKALIKE_BACKEND", raising=False)
    done = run("find", str(folder / "a.png"), str(folder))
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
    assert b"Turi Create" not in done.stderr


def test_an_engine_that_is_asked_for_and_not_there_is_an_error(broken_turicreate, folder):
    done = run("find", str(folder / "a.png"), str(folder), LOOKALIKE_BACKEND="turicreate")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Turi Create is installed but cannot be imported" in done.stderr


@pytest.mark.skipif(PORTABLE, reason="the real Turi Create is not the engine of this run")
def test_turi_create_finds_look_alikes_too(folder):
    done = run("find", str(folder / "a.png"), str(folder), "-k", "2")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
