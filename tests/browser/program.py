"""A program that shows the explorer's page, as a person starts it in a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

SECONDS = 120
EXPLORE = ("-m", "lookalike", "explore", "--no-open")
# Features are of some pictures alone, over and over: to make them all would take minutes.
WITH_MODEL = """
import sys, lookalike
from lookalike import tc
from lookalike.display import Explorer
from lookalike.exploring import searcher
data, kinds = lookalike.load_images(sys.argv[1]), int(sys.argv[2])
found = tc.image_analysis.get_deep_features(data[:kinds]['image'], 'auto', verbose=False)
data['features'] = list(found) * (len(data) // kinds)
model = tc.image_similarity.create(data, label='id', feature='features', verbose=False)
# The first search makes codes of the features.
model.query(data[:1], verbose=False)
shown = Explorer(data, title='Many', search=searcher(model, data))
shown.serve(stays=sys.argv[3] == 'stays')
print('selected', list(shown.selected['id']))
"""


class Program:
    """A program with arguments of Python; a context that ends with Ctrl-C.

    Attributes
    ----------
    address : str
        Where its page is.
    printed : str
        What it printed after that, once it has ended; ``errors`` likewise.
    """

    def __init__(self, *arguments: object, cache: Path) -> None:
        self._command = [sys.executable, *map(str, arguments)]
        self._cache = cache

    def __enter__(self) -> Program:
        desktop = ("DISPLAY", "WAYLAND_DISPLAY")
        environment = {name: os.environ[name] for name in os.environ if name not in desktop}
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, "LOOKALIKE_CACHE": str(self._cache)},
            start_new_session=True,
        )
        for line in self._process.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                self.address = found.group()
                return self
        raise RuntimeError(f"It shows no page:\n{self._process.stderr.read()}")

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> int:
        """Press Ctrl-C, wait until it has ended, and return its exit code."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            self.wait()
        return self._process.returncode

    def wait(self) -> None:
        """Wait until it ends by itself."""
        try:
            self.printed, self.errors = self._process.communicate(timeout=SECONDS)
        finally:
            self._process.kill()
