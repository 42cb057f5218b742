"""What may be written on the command line, and the help that says so."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Callable, NoReturn, Sequence

from .. import __version__
from ..display.markup import KINDS
from . import commands

# Python's words for a wrong value, and ours, which say what was expected.
AS_EXPECTED = {
    "invalid int value:": "expected a whole number; found",
    "invalid float value:": "expected a number; found",
    "expected one argument": "expected a value after it, which does not begin with -",
}
EPILOG = """Nothing is ever deleted, moved or sent anywhere.
Exit codes: 0 found or done, 1 nothing found, 2 an error."""


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self.set_defaults(parser=self, run=_show_help)

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and where help is, and end with 2."""
        for python, ours in AS_EXPECTED.items():
            message = message.replace(python, ours)
        self.exit(2, f"lookalike: {message} (see `{self.prog} --help`)\n")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; ``run`` is the command's function.

    Raises
    ------
    SystemExit
        With 2 if it cannot be done, with 0 after ``--help`` and ``--version``.
    """
    options, rest = _parser().parse_known_args(arguments)
    # Options may come between the places; argparse leaves over the places behind them.
    before = rest[: rest.index("--")] if "--" in rest else rest
    if rest and ("places" not in options or any(one.startswith("-") for one in before)):
        options.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if "places" in options:
        options.places += before + rest[len(before) + 1 :]
        if len(options.places) not in options.counts:
            found = " ".join(options.places)
            options.parser.error(f"expected {options.expected}; found {found}")
        if options.null and not options.paths:
            options.parser.error("-0 belongs to --paths")
    for value in vars(options).values():
        # It is a variable of the shell's that is not set, which would mean this folder or any host.
        if value == "" or (isinstance(value, list) and "" in value):
            options.parser.error("expected no empty text among the arguments; found ''")
    return options


def _show_help(options: argparse.Namespace) -> int:
    options.parser.print_help(sys.stderr)
    return 2


def _parser() -> Parser:
    parser = Parser(
        prog="lookalike",
        description="Find pictures that look alike.",
        epilog=f"example: lookalike find photos/cat.jpg photos\n\n{EPILOG}",
    )
    parser.add_argument("--version", action="version", version=f"lookalike {__version__}")
    add = _adder(parser)
    _add_find(add)
    _add_duplicates(add)
    check = add("check", commands.check, "check photos")
    _add_network(check)
    explore = add("explore", commands.explore, "explore photos")
    _add_page(explore)
    for command in (check, explore):
        command.add_argument("folder", metavar="FOLDER", help="it, and its subfolders")
    extract = add("extract", commands.extract, "extract s3://bucket/photos s3://bucket/features")
    about = "a folder, an address, or a Parquet file with the column path"
    extract.add_argument("source", metavar="SOURCE", help=about)
    extract.add_argument("out", metavar="OUT", help="a folder or an address for the collection")
    extract.add_argument("--runner", metavar="NAME", default="local", help="local, or ray")
    extract.add_argument(
        "--shard", type=int, metavar="N", help="of an array of jobs, this one's part"
    )
    extract.add_argument("--of", type=int, metavar="M", help="how many jobs there are, from 0 on")
    _add_network(extract)
    about = "Show or fetch the networks that turn pictures into features."
    inner = _adder(add("networks", _show_help, "networks list", about))
    inner("list", commands.list_networks, "networks list")
    fetch = inner("download", commands.download_network, "networks download resnet-50")
    fetch.add_argument("name", metavar="NAME", help="as `lookalike networks list` shows it")
    carry = inner("add", commands.add_network, "networks add resnet50-v1-12.onnx")
    carry.add_argument("file", metavar="FILE", help="the file, under any name")
    about = "Show or clear what is kept of pictures that were seen before."
    inner = _adder(add("cache", _show_help, "cache show", about))
    inner("show", commands.show_cache, "cache show")
    inner("clear", commands.clear_cache, "cache clear")
    return parser


def _adder(parser: Parser) -> Callable[..., Parser]:
    """Return what adds a command; its help is the function's docstring, and an example."""
    group = parser.add_subparsers(metavar="COMMAND", title="commands")

    def add(
        name: str, run: Any, example: str, about: str = "", places: str = "", **defaults: Any
    ) -> Parser:
        about = about or run.__doc__ or ""
        command: Parser = group.add_parser(
            name,
            help=about[:1].lower() + about[1:].rstrip("."),
            usage=f"lookalike {name} {places} [options]" if places else None,
            description=about,
            epilog=f"example: lookalike {example}",
        )
        command.set_defaults(run=run, **defaults)
        return command

    return add


def _add_find(add: Callable[..., Parser]) -> None:
    places, example = "PICTURE... FOLDER", "find holiday/beach.jpg photos -k 20 --open"
    expected = {"counts": range(2, sys.maxsize), "expected": "pictures and then a folder"}
    find = add("find", commands.find, example, places=places, **expected)
    find.add_argument("places", nargs="+", metavar=places, help="what to search with, and where")
    find.add_argument("-k", type=int, default=10, help="how many for each picture; 10 by default")
    find.add_argument("--max-distance", type=float, metavar="D", help="none farther away than this")
    _add_output(find)


def _add_duplicates(add: Callable[..., Parser]) -> None:
    places, example = "FOLDER [ARCHIVE]", "duplicates photos --kind same-picture"
    expected = {"counts": range(1, 3), "expected": "a folder, or a folder and an archive"}
    duplicates = add("duplicates", commands.duplicates, example, places=places, **expected)
    duplicates.add_argument("places", nargs="+", metavar=places, help="where to look")
    duplicates.add_argument(
        "--kind",
        type=lambda kind: kind.replace(" ", "-"),
        choices=[kind.replace(" ", "-") for kind in KINDS],
        default="near-copy",
        metavar="KIND",
        help="same-file, same-picture (with the former), or near-copy (with both), the default",
    )
    _add_output(duplicates)


def _add_page(parser: Parser) -> None:
    _add_pictures(parser)
    about = "only print the page's address"
    parser.add_argument("--no-open", dest="opens", action="store_false", help=about)
    parser.add_argument("--port", type=int, default=0, help="where it listens; any by default")
    about = "an address of this machine, such as 0.0.0.0, to let others look, too"
    parser.add_argument("--host", default="127.0.0.1", help=about)


def _add_output(parser: Parser) -> None:
    _add_pictures(parser)
    about = "By default a table on a terminal, and in a pipe lines with tabs between the fields."
    output = parser.add_argument_group("output", about)
    form = output.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="an array of objects")
    form.add_argument("--csv", action="store_true", help="a table for a spreadsheet")
    form.add_argument("--paths", action="store_true", help="paths alone; of copies, no originals")
    output.add_argument("-0", dest="null", action="store_true", help="NUL after each, for xargs -0")
    output.add_argument("--open", action="store_true", help="show them in the browser too")
    output.add_argument("--copy-to", metavar="FOLDER", help="copy the pictures there too")


def _add_pictures(parser: Parser) -> None:
    _add_network(parser)
    about = "pass over names or paths, as '*.png' or 'drafts/*'; may be repeated"
    parser.add_argument("--exclude", action="append", default=[], metavar="PATTERN", help=about)


def _add_network(parser: Parser) -> None:
    about = "as in `lookalike networks list`, or an .onnx file"
    parser.add_argument("--network", metavar="NAME", default="auto", help=about)
