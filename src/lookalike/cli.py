"""The command line: ``lookalike networks list``, ``download NAME`` and ``add FILE``."""

from __future__ import annotations

import argparse
import sys
from typing import Sequence

from .errors import LookalikeError
from .networks.catalogue import available_networks
from .networks.download import add_network_file, download


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 after an error, which is printed."""
    options = _parser().parse_args(arguments)
    try:
        if options.action == "list":
            print(available_networks())
        elif options.action == "download":
            print(download(options.name).place)
        else:
            print(add_network_file(options.file).place)
    except LookalikeError as error:
        print(f"lookalike: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lookalike", description="Find pictures that look alike.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    networks = commands.add_parser("networks", help="what turns pictures into features")
    actions = networks.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="show the networks, and which of them are on this machine")
    fetch = actions.add_parser("download", help="download a network, once")
    fetch.add_argument("name", metavar="NAME", help="as `list` shows it")
    add = actions.add_parser("add", help="take a network's file that was carried over by hand")
    add.add_argument("file", metavar="FILE", help="the file, under any name")
    return parser
