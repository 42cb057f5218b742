"""The table of what differs by design, held to the tests that state it."""

from __future__ import annotations

import re

import pytest
from conftest import REPOSITORY
from differences import DIFFERENCES

MARK = re.compile(r"^ *@pytest\.mark\.differs\(\"([a-z]+)\"\)", re.MULTILINE)


def test_every_difference_is_stated_by_a_test_and_no_test_by_none():
    tests = (REPOSITORY / "tests").rglob("test_*.py")
    marked = {key for path in tests for key in MARK.findall(path.read_text("utf-8"))}
    assert marked == set(DIFFERENCES)


@pytest.mark.differs("networks")
def test_no_network_is_downloaded_unasked(tc, folder):
    data = tc.image_analysis.load_images(str(folder))
    assert tc.image_similarity.create(data, verbose=False).model == "efficientnet-lite2"


@pytest.mark.differs("explore")
def test_explore_needs_no_desktop(tc, folder, page, tmp_path, capsys):
    tc.image_analysis.load_images(str(folder)).explore()
    (written,) = tmp_path.rglob("lookalike-*.html")
    assert str(written) in capsys.readouterr().out
