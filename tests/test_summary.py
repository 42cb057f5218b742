"""What a model says of itself."""

from __future__ import annotations

from typing import ClassVar

import pytest

from lookalike.errors import ToolkitError
from lookalike.portable.models.summary import Described

pytestmark = pytest.mark.portable


class Toy(Described):
    _sections: ClassVar = [
        ("Schema", [("Rows", "rows")]),
        ("Training", [("Time (sec)", "seconds")]),
    ]
    _width = 12
    rows = 3
    seconds = 1.23456


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
    assert Toy().summary(output) is None
    assert capsys.readouterr().out == TEXT + "\n"


def test_a_summary_is_returned_as_text_or_dict():
    assert Toy().summary("str") == TEXT
    assert Toy().summary("dict") == {
        "section_titles": ["Schema", "Training"],
        "sections": [[("Rows", 3)], [("Time (sec)", 1.2346)]],
    }


def test_no_other_summary_is_made():
    with pytest.raises(ToolkitError, match="'stdout', 'str' or 'dict'; found 'html'"):
        Toy().summary("html")


def test_a_name_that_would_steer_a_terminal_is_printed_with_its_escapes():
    toy = Toy()
    toy.rows = "\x1b[31mnetwork\udcff.onnx"
    assert r"Rows         : \x1b[31mnetwork\udcff.onnx" in repr(toy)
