"""The READMEs, CONTRIBUTING and the pages of docs: what they show is what happens."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from conftest import PORTABLE, REPOSITORY
from differences import DIFFERENCES
from shell import install, on_terminal
from test_carry_over import HERE, IMAGE_SIMILARITY, THERE
from test_graph import ANY, Tiny

import lookalike
from lookalike.cli import arguments

READMES = ["README.md", "README.zh-CN.md"]
PAGES = [
    *READMES,
    "CONTRIBUTING.md",
    *sorted(path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("docs/**/*.md")),
]
SHOWN = pytest.mark.skipif(not PORTABLE, reason="the pages show the portable engine's output")
EACH = pytest.mark.parametrize("page_name", PAGES)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def blocks(name: str) -> list[tuple[str, str, str]]:
    """Return the language and content of a page's code blocks, and the output that is below it."""
    found = [*BLOCK.findall(text_of(name)), ("", "")]
    return [
        (language, content, output if next_language == "text" else "")
        for (language, content), (next_language, output) in zip(found, found[1:])
    ]


def pages_with(language: str, start: str = "") -> list[str]:
    return [
        name
        for name in PAGES
        if any(one == language and content.startswith(start) for one, content, _ in blocks(name))
    ]


def table_rows(text: str) -> list[str]:
    """Return the rows of the table that follows the comment on the differences."""
    lines = text[text.index("tests/differences.py. -->") :].splitlines()[2:]
    end = next(number for number, line in enumerate(lines) if not line.startswith("|"))
    return lines[2:end]


def assert_alike(printed: str, shown: str) -> None:
    """Compare without widths, and distances nearly: before 13, Pillow resized a bit differently.

    The page on how answers are measured says how much that changes.
    """
    (words, numbers), (expected, shown_numbers) = apart(printed), apart(shown)
    assert words == expected
    assert numbers == pytest.approx(shown_numbers, rel=0.03)


def apart(table: str) -> tuple[str, list[float]]:
    decimal = r"\d+\.\d+"
    words = re.sub(r"[\s-]+", " ", re.sub(decimal, "", table)).strip()
    return words, [float(number) for number in re.findall(decimal, table)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a reader is: the sample pictures are there, and a network of the reader's own."""
    place = tmp_path_factory.mktemp("reader")
    shutil.copytree(REPOSITORY / "image", place / "image")
    tiny = Tiny()
    tiny.node("Softmax", [tiny.dense(tiny.flat())], "scores")
    tiny.save(place, ANY, ["N", 5]).rename(place / "my.onnx")
    return place


@SHOWN
@pytest.mark.parametrize("page_name", pages_with("python"))
def test_the_code_runs_and_prints_what_is_shown_below_it(
    page_name, page, folder, monkeypatch, capsys
):
    monkeypatch.chdir(folder)
    names: dict = {}
    for language, code, output in blocks(page_name):
        if language == "python":
            capsys.readouterr()
            exec(code, names)
            if output:
                assert_alike(capsys.readouterr().out, output)


@SHOWN
@pytest.mark.skipif(os.name == "nt", reason="Windows has neither sh nor a terminal as a file")
@pytest.mark.parametrize("page_name", pages_with("sh", "lookalike "))
def test_the_commands_run_and_print_what_is_shown_below_them(page_name, folder, tmp_path):
    programs = install(tmp_path / "bin")
    for language, commands, output in blocks(page_name):
        if language == "sh" and commands.startswith("lookalike "):
            if output:
                printed = on_terminal("sh", "-ec", commands, cwd=folder, env=programs)
                assert_alike(printed, output)
            else:
                for line in commands.splitlines():
                    assert arguments.parse(shlex.split(line, comments=True)[1:]).run


@EACH
def test_every_block_is_of_a_kind_that_is_tested(page_name):
    for language, content, _ in blocks(page_name):
        assert language in {"python", "py", "sh", "bat", "text"}
        if language == "py":
            # For another machine, or with another package.
            ast.parse(content)


def test_the_table_that_make_tutorial_prints_is_the_notebook_s():
    notebook = json.loads(text_of("notebooks/find_similar_images.ipynb"))
    (cell,) = [c for c in notebook["cells"] if "result" in c["metadata"].get("tags", ())]
    assert "".join(cell["outputs"][0]["text"]).strip() in text_of("README.md")


def test_the_recipe_to_carry_features_over_is_the_one_that_is_tested():
    shown = [code for language, code, _ in blocks("docs/how-to/turi-create.md") if language == "py"]
    assert shown == [THERE, HERE, IMAGE_SIMILARITY]


def test_every_difference_between_the_engines_is_told():
    assert table_rows(text_of("docs/explanation/engines.md")) == [
        f"| {row.what} | {row.turicreate} | {row.portable} | {row.why} |"
        for row in DIFFERENCES.values()
    ]


def test_the_chinese_readme_has_the_same_code_and_sections():
    def commentless(name):
        return [re.sub(r" *#.*", "", content) for _, content, _ in blocks(name)]

    def headings(name):
        return re.findall(r"^#+", BLOCK.sub("", text_of(name)), re.MULTILINE)

    english, chinese = READMES
    assert commentless(english) == commentless(chinese)
    assert headings(english) == headings(chinese)


def test_the_chinese_readme_has_the_words_that_people_search_for():
    for word in ("以图搜图", "相似图片", "近似图片", "图片去重"):
        assert word in text_of("README.zh-CN.md")


def test_the_readme_is_short():
    assert len(text_of("README.md").split()) <= 1200


def test_every_public_function_is_told_and_in_the_reference():
    functions = [
        name for name in lookalike.__all__ if inspect.isfunction(vars(lookalike).get(name))
    ]
    assert len(functions) > 5
    for page_name, form in (
        ("docs/how-to/own-photos.md", "`{}("),
        ("docs/reference/helpers.md", "::: lookalike.{}\n"),
    ):
        assert [name for name in functions if form.format(name) not in text_of(page_name)] == []


@EACH
def test_its_links_lead_to_files(page_name):
    links = re.findall(r"\]\(([^)#]+)", text_of(page_name))
    here = [link for link in links if not link.startswith("http")]
    folder = (REPOSITORY / page_name).parent
    assert [link for link in here if not (folder / link).exists()] == []


@EACH
def test_its_commands_exist(page_name):
    text, makefile = text_of(page_name), text_of("Makefile")
    targets = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []
    programs = re.findall(r"(?:python|bash) ((?:notebooks|tests)[/\\][\w/\\]+\.\w+)", text)
    assert all((REPOSITORY / Path(*re.split(r"[/\\]", one))).is_file() for one in programs)


def test_the_house_that_contributing_maps_is_the_one_that_is_there():
    (tree,) = [
        content for _, content, _ in blocks("CONTRIBUTING.md") if "src/lookalike/" in content
    ]
    package, told = False, set()
    for line in tree.splitlines():
        indented, name = line.startswith(" "), line.split()[0]
        package = package if indented else name == "src/lookalike/"
        inside = indented and package
        assert (REPOSITORY / ("src/lookalike" if inside else "") / name).exists(), line
        if inside:
            told.add(name.rstrip("/"))
    there = {
        one.name for one in (REPOSITORY / "src/lookalike").iterdir() if one.suffix != ".sha256"
    }
    assert there - told - {"__pycache__", "py.typed", "__main__.py"} == set()


def test_the_changelog_the_citation_and_the_package_have_the_same_version():
    released = re.search(r"^## (\d\S+) - (\S+)$", text_of("CHANGELOG.md"), re.MULTILINE)
    cited = dict(re.findall(r"^([a-z-]+): (\S+)$", text_of("CITATION.cff"), re.MULTILINE))
    assert released.groups() == (cited["version"], cited["date-released"])
    assert released[1] == lookalike.__version__


def test_its_pictures_are_small():
    pictures = list((REPOSITORY / "docs/images").glob("*"))
    assert pictures
    assert [one.name for one in pictures if one.stat().st_size > 300_000] == []
