"""Results on standard output: a table for people, or lines, JSON, CSV and paths for programs."""

from __future__ import annotations

import json
import os
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any, Dict, List

from ..errors import visible
from ..exports import csv_of

if TYPE_CHECKING:
    from argparse import Namespace

    Columns = Dict[str, List[Any]]


def print_results(columns: Columns, options: Namespace) -> None:
    """Print columns, of which one is ``path``, in the form that the options name."""
    names, rows = list(columns), list(zip(*columns.values()))
    if options.paths:
        _print_paths(columns["path"], "\0" if options.null else "\n")
    elif options.json:
        # In ASCII, so that names that are no UTF-8 survive, too.
        print(json.dumps([dict(zip(names, row)) for row in rows], indent=2))
    elif options.csv:
        shown = ([visible(v) if isinstance(v, str) else v for v in row] for row in rows)
        sys.stdout.buffer.write(csv_of([names, *shown]))
    elif not sys.stdout.isatty():
        for row in rows:
            print(*(_text(value, 6) for value in row), sep="\t")
    elif "query" in names:
        for query, matches in groupby(rows, key=lambda row: row[0]):
            print(f"{visible(query)}:")
            _print_table(names[1:], [row[1:] for row in matches])
    elif rows:
        _print_table(names, rows)


def _print_paths(paths: list[str], end: str) -> None:
    if sys.stdout.isatty():
        print("".join(f"{visible(path)}\n" for path in paths), end="")
    elif os.name == "nt" and end == "\n":
        print("".join(f"{path}\n" for path in paths), end="")
    else:
        # The bytes of the file system, whatever the encoding of the output.
        sys.stdout.buffer.write(b"".join(os.fsencode(path + end) for path in paths))


def _print_table(names: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Print aligned columns without borders, since lines are marked and copied."""
    from prettytable import PrettyTable

    table = PrettyTable(names, border=False, left_padding_width=0, right_padding_width=1)
    for name, value in zip(names, rows[0]):
        table.align[name] = "l" if isinstance(value, str) else "r"
    for row in rows:
        table.add_row([_text(value, 4) for value in row])
    print(*(line.rstrip() for line in str(table).splitlines()), sep="\n")


def _text(value: Any, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, float) else visible(str(value))
