"""The READMEs: what they show is what happens."""

from __future__ import annotations

import inspect
import json
import os
import re
from pathlib import Path

import pytest
from conftest import PORTABLE, REPOSITORY
from differences import DIFFERENCES
from shell import install, on_terminal
from test_carry_over import HERE, IMAGE_SIMILARITY, THERE

import lookalike

ENGLISH = (REPOSITORY / "README.md").read_text("utf-8")
CHINESE = (REPOSITORY / "README.zh-CN.md").read_text("utf-8")
BOTH = pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh-CN"])
# Of another Pillow a pixel differs by one step here and there, and ranks that are near are changed.
SAME_PILLOW = pytest.mark.skipif(
    "LOOKALIKE_OLDEST" in os.environ, reason="the README shows what the newest versions print"
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the content of each code block."""
    return BLOCK.findall(text)


def table_rows(text: str) -> list[str]:
    """Return the rows of the table that follows the comment on the differences."""
    lines = text[text.index("tests/differences.py. -->") :].splitlines()[2:]
    end = next(number for number, line in enumerate(lines) if not line.startswith("|"))
    return lines[2:end]


def apart(table: str) -> tuple[str, list[float]]:
    """Return a table without widths and distances, and the distances: each Pillow decodes anew."""
    decimal = r"\d+\.\d+"
    words = re.sub(r"[\s-]+", " ", re.sub(decimal, "", table)).strip()
    return words, [float(number) for number in re.findall(decimal, table)]


def code_in(text: str) -> set[str]:
    return set(re.findall(r"`[^`]+`", text))


@SAME_PILLOW
@pytest.mark.skipif(not PORTABLE, reason="the README shows the portable engine's output")
def test_the_code_runs_and_prints_what_is_shown_below_it(page, monkeypatch, capsys):
    monkeypatch.chdir(REPOSITORY)
    names: dict = {}
    shown = blocks(ENGLISH)
    compared = 0
    for (language, code), (next_language, output) in zip(shown, [*shown[1:], ("", "")]):
        if language == "python":
            capsys.readouterr()
            exec(code, names)
            if next_language == "text":
                printed, distances = apart(capsys.readouterr().out)
                expected, shown_distances = apart(output)
                assert printed == expected
                assert distances == pytest.approx(shown_distances, rel=0.01)
                compared += 1
    assert compared >= 2


@pytest.mark.skipif(not PORTABLE, reason="the README shows the portable engine's output")
@SAME_PILLOW
@pytest.mark.skipif(os.name == "nt", reason="Windows has neither sh nor a terminal as a file")
@BOTH
def test_the_commands_run_and_print_what_is_shown_below_them(text, tmp_path):
    shown = blocks(text)
    programs = install(tmp_path / "bin")
    compared = 0
    for (language, commands), (next_language, output) in zip(shown, [*shown[1:], ("", "")]):
        if language == "sh" and commands.startswith("lookalike "):
            printed, numbers = apart(
                on_terminal("sh", "-ec", commands, cwd=REPOSITORY, env=programs)
            )
            assert next_language == "text"
            expected, shown_numbers = apart(output)
            assert printed == expected
            assert numbers == pytest.approx(shown_numbers, rel=0.01)
            compared += 1
    assert compared >= 3


def test_the_table_that_make_tutorial_prints_is_the_notebook_s():
    notebook = json.loads((REPOSITORY / "notebooks/find_similar_images.ipynb").read_text("utf-8"))
    (cell,) = [c for c in notebook["cells"] if "result" in c["metadata"].get("tags", ())]
    assert "".join(cell["outputs"][0]["text"]).strip() in ENGLISH


def test_the_recipe_to_carry_features_over_is_the_one_that_is_tested():
    shown = [content for language, content in blocks(ENGLISH) if language == "py"]
    assert shown[-3:] == [THERE, HERE, IMAGE_SIMILARITY]


def test_every_difference_between_the_engines_is_told():
    assert table_rows(ENGLISH) == [
        f"| {row.what} | {row.turicreate} | {row.portable} | {row.why} |"
        for row in DIFFERENCES.values()
    ]


def test_the_chinese_table_of_differences_has_the_same_rows():
    assert [code_in(row) for row in table_rows(CHINESE)] == [
        code_in(row) for row in table_rows(ENGLISH)
    ]


def test_the_chinese_one_has_the_same_code_and_sections():
    commentless = [
        [re.sub(r" *#.*", "", content) for language, content in blocks(text) if language != "text"]
        for text in (ENGLISH, CHINESE)
    ]
    assert commentless[0] == commentless[1]
    headings = [
        re.findall(r"^#+", BLOCK.sub("", text), re.MULTILINE) for text in (ENGLISH, CHINESE)
    ]
    assert headings[0] == headings[1]


@BOTH
def test_every_public_function_is_told(text):
    functions = [
        name for name in lookalike.__all__ if inspect.isfunction(vars(lookalike).get(name))
    ]
    assert len(functions) > 5
    assert [name for name in functions if f"{name}(" not in text] == []


@BOTH
def test_its_links_lead_to_files(text):
    links = re.findall(r"\]\(([^)#]+)\)", text)
    here = [link for link in links if not link.startswith("http")]
    assert [link for link in here if not (REPOSITORY / link).exists()] == []


@BOTH
def test_its_commands_exist(text):
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"\bmake ([a-z][a-z-]*)", text))
    assert targets >= {"tutorial", "lab", "test", "lint"}
    assert [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []
    programs = re.findall(r"(?:python|bash) ((?:notebooks|tests)[/\\][\w/\\]+\.\w+)", text)
    assert programs
    assert all((REPOSITORY / Path(*re.split(r"[/\\]", one))).is_file() for one in programs)


@BOTH
def test_the_folders_that_it_maps_exist(text):
    (tree,) = [content for language, content in blocks(text) if "src/lookalike/" in content]
    package = False
    for line in tree.splitlines():
        indented, name = line.startswith(" "), line.split()[0]
        package = package if indented else name == "src/lookalike/"
        place = REPOSITORY / "src/lookalike" if indented and package else REPOSITORY
        assert (place / name).exists(), line


def test_its_pictures_are_small():
    pictures = list((REPOSITORY / "docs").glob("*"))
    assert pictures
    assert [one.name for one in pictures if one.stat().st_size > 300_000] == []
