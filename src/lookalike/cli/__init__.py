"""The command line: ``lookalike find``, ``duplicates``, ``check``, ``explore`` and others.

Results go to standard output, everything else to standard error. The exit code is 0 if something
was found or done, 1 if nothing was found, 2 after an error, and 130 after Ctrl-C.
"""

from __future__ import annotations

import io
import os
import re
import sys
import traceback
import warnings
from functools import lru_cache
from typing import Sequence

from ..engines import choice
from ..errors import LookalikeError, visible
from .arguments import parse

FOUND, ERROR, INTERRUPTED = 0, 2, 130
# Python's calls in error messages, and the commands in their place.
AS_COMMANDS = {
    r"Call lookalike\.download\('([^']*)'\)": r"Run `lookalike networks download \1`",
    r"call lookalike\.add_network_file\(path\)": "run `lookalike networks add FILE`",
    r", or None( for all of them)?(?=;)": "",
    r"give its path as the model": "give its path after --network",
    r"cache=PATH, or the variable (\w+),": r"The variable \1",
    r"\[(Errno|WinError) -?\d+\] ": "",
    r" \(model='auto'\)|, or a lookalike\.Network\b|; to search with a.*find_similar.* path": "",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an error is one line, without a traceback."""
    # Turi Create takes seconds to start, and looks at all pictures every time.
    os.environ.setdefault(choice.VARIABLE, "portable")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # The shell has closed it: what is printed there must not come out of the other.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        if isinstance(getattr(sys, name), io.TextIOWrapper):
            # A name that the console's encoding lacks must not stop the output.
            getattr(sys, name).reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            say_once = lru_cache(maxsize=None)(_say)
            warnings.showwarning = lambda message, *place, **options: say_once(str(message))
            options = parse(arguments)
            code: int = options.run(options) or FOUND
            sys.stdout.flush()
            return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has enough, as `head` does. Python flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except (LookalikeError, OSError, ValueError) as error:
        _say(str(error))
    except Exception:
        # Python's own exit code would be that of "nothing found".
        traceback.print_exc()
    return ERROR


def _say(message: str) -> None:
    """Print an error or a warning on one line, with commands in the place of Python's calls."""
    text = "; ".join(line.strip() for line in message.splitlines()).replace(":; ", ": ")
    for python, command in AS_COMMANDS.items():
        text = re.sub(python, command, text)
    print(f"lookalike: {visible(text)}", file=sys.stderr)
