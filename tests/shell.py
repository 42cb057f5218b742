"""The command line as a shell runs it: in pipes, and on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "lookalike")


def run(*arguments: str | bytes, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run one command, with pipes for its output."""
    environment = {**os.environ, **variables}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, env=environment, check=False)


def on_terminal(*command: str, code: int = 0, **options: Any) -> str:
    """Run a command whose standard output is a terminal; return what it prints there."""
    # Not at the top: Windows has none.
    import pty

    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=slave, stderr=subprocess.DEVNULL, **options) as process:
        os.close(slave)
        printed = b"".join(iter(lambda: _read(master), b""))
    os.close(master)
    assert process.returncode == code
    return printed.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        # Linux's answer when the other end is closed.
        return b""


def install(folder: Path) -> dict[str, str]:
    """Return an environment in which a shell finds ``lookalike`` among the programs."""
    folder.mkdir()
    program = folder / "lookalike"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lookalike "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ["PATH"]])}
