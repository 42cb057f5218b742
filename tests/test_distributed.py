"""Collections beyond one machine where their packages are missing; tests/cluster has the rest."""

from __future__ import annotations

import sys

import pytest

import lookalike
from lookalike.cli import main

pytestmark = pytest.mark.portable


@pytest.fixture
def without_tables(monkeypatch):
    for name in ("pyarrow", "pyarrow.fs", "lance"):
        monkeypatch.setitem(sys.modules, name, None)


def test_without_the_packages_it_is_said_what_to_install(folder, tmp_path, without_tables):
    with pytest.raises(lookalike.BackendError, match=r'need pyarrow.*pip install "\.\[cluster\]"'):
        lookalike.extract(folder, tmp_path / "out")
    with pytest.raises(lookalike.BackendError, match=r'need pylance.*pip install "\.\[cluster\]"'):
        lookalike.open_collection(tmp_path / "out")


def test_the_command_says_it_in_one_line(folder, tmp_path, without_tables, capsys):
    assert main(["extract", str(folder), str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and '".[cluster]"' in told
