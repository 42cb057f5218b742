"""Imports run downwards through the layers of the house, and never in a circle."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

import lookalike

pytestmark = pytest.mark.portable

SOURCE = Path(lookalike.__file__).parent
# From the top down; a module may import those of its own layer and of lower ones.
LAYERS = (
    {"__init__", "__main__", "cli", "report"},
    {"exploring", "steps", "duplicates", "kinds", "exports", "queries"},
    {"principle", "tutorial_images"},
    {"engines"},
    {"distributed"},
    {"portable"},
    {"display"},
    {"search"},
    {"networks"},
    {"storage"},
    {"images"},
    {"names", "runtime", "threads", "progress", "errors", "locks"},
)


def modules() -> dict[str, Path]:
    """Return all modules by their names within the package; a package itself ends in __init__."""
    paths = {path.relative_to(SOURCE).with_suffix("").parts: path for path in SOURCE.rglob("*.py")}
    return {".".join(parts): path for parts, path in paths.items()}


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through what runs, at once or later, but not through what is for type checkers."""
    for child in ast.iter_child_nodes(node):
        if not is_for_types(child):
            yield child
            yield from walk(child)


def imports(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules of the package that a module imports, lazily too."""
    found = set()
    package = name.split(".")[:-1]
    for node in walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
        base = [part for part in base if part]
        for alias in node.names:
            names = [*base, alias.name]
            for parts in (names, [*names, "__init__"], base, [*base, "__init__"]):
                if ".".join(parts) in known:
                    found.add(".".join(parts))
                    break
    return found - {name}


def layer(name: str) -> int:
    room = name.split(".")[0]
    (number,) = (number for number, rooms in enumerate(LAYERS) if room in rooms)
    return number


def test_every_module_stands_in_a_layer():
    rooms = set().union(*LAYERS)
    assert {name for name in modules() if name.split(".")[0] not in rooms} == set()


def test_imports_run_downwards_only():
    known = modules()
    upwards = [
        f"{name} imports {other}"
        for name, path in known.items()
        for other in imports(name, path, known)
        if layer(other) < layer(name)
    ]
    assert upwards == []


def test_there_are_no_circles():
    known = modules()
    graph = {name: imports(name, path, known) for name, path in known.items()}
    # What imports nothing that is left is taken away; what remains at the end stands in circles.
    while True:
        done = [name for name, others in graph.items() if not others & graph.keys()]
        if not done:
            break
        for name in done:
            del graph[name]
    assert sorted(graph) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from . import b", {"room.b"}),
        ("from .b import c", {"room.b"}),
        ("from .. import top", {"top"}),
        ("def f():\n    from ..top import x", {"top"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import b", set()),
    ],
)
def test_lazy_imports_count_and_those_for_types_do_not(tmp_path, code, expected):
    (tmp_path / "a.py").write_text(code)
    known = dict.fromkeys(("room.a", "room.b", "top"), tmp_path)
    assert imports("room.a", tmp_path / "a.py", known) == expected
