"""What a model says of itself."""

from __future__ import annotations

import pytest

from lookalike.errors import ToolkitError
from lookalike.portable.models import summary

pytestmark = pytest.mark.portable

SECTIONS = [("Schema", [("Rows", "rows")]), ("Training", [("Time (sec)", "seconds")])]


class Toy:
    rows = 3
    seconds = 1.23456

    def __repr__(self):
        return summary.model_text(self, SECTIONS, 12)


TEXT = """\
Class        : Toy

Schema
------
Rows         : 3

Training
--------
Time (sec)   : 1.2346
"""


def test_a_model_is_told_in_sections_with_its_numbers_rounded():
    assert repr(Toy()) == TEXT


@pytest.mark.parametrize("output", [None, "stdout"])
def test_a_summary_is_printed(capsys, output):
    assert summary.summary(Toy(), SECTIONS, output) is None
    assert capsys.readouterr().out == TEXT + "\n"


def test_a_summary_is_returned_as_text_or_dict():
    assert summary.summary(Toy(), SECTIONS, "str") == TEXT
    assert summary.summary(Toy(), SECTIONS, "dict") == {
        "section_titles": ["Schema", "Training"],
        "sections": [[("Rows", 3)], [("Time (sec)", 1.2346)]],
    }


def test_no_other_summary_is_made():
    with pytest.raises(ToolkitError, match="'stdout', 'str' or 'dict'; found 'html'"):
        summary.summary(Toy(), SECTIONS, "html")


def test_a_name_that_would_steer_a_terminal_is_printed_with_its_escapes():
    toy = Toy()
    toy.rows = "\x1b[31mnetwork\udcff.onnx"
    assert r"Rows         : \x1b[31mnetwork\udcff.onnx" in repr(toy)
