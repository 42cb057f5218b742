"""Where HTML is shown: in the running notebook, or else as a page in the browser."""

from __future__ import annotations

import html as markup
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import notebook

# A page holds its pictures and its style, and needs nothing else: so nothing else is loaded or run.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{ --lookalike-most: calc(100vh - 96px); }}
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 24px; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""

# What mkstemp calls a page, and how many stay.
NAME = re.compile(r"lookalike-\w{8}\.html")
PAGES_KEPT = 20
# A program that opens an address, and cannot, ends within this time.
SECONDS_TO_FAIL = 2.0
# They would take over the terminal that the program runs in.
TEXT_BROWSERS = {"www-browser", "links", "elinks", "lynx", "w3m", "browsh"}


def present(html: str, title: str) -> None:
    """Display HTML at once: below the running cell, or else as a page in the browser.

    Outside a notebook the page is written to a file that only its user can read. It lies with the
    last 20 pages in one temporary folder: older ones are removed. The browser opens it where there
    is a desktop, and where the page lies is printed.

    Parameters
    ----------
    html : str
        The content of the page's body.
    title : str
        Plain text: the page's title, and what a notebook without HTML shows.
    """
    if notebook.in_notebook():
        notebook.display({"text/html": html, "text/plain": title})
        return
    file = _write_page(page_of(html, title))
    opened = open_browser(file.as_uri())
    print(f"{title}: {'opened' if opened else 'open'} {file} in your browser")  # noqa: T201 - what it is for


def page_of(html: str, title: str) -> str:
    """Return a whole page, with HTML as its body and a title in plain text."""
    return PAGE.format(title=markup.escape(title), body=html)


def _write_page(page: str) -> Path:
    import tempfile

    folder = _pages_folder(tempfile.gettempdir())
    # mkstemp, not a name of our own: nobody else can read it, or have put it there before.
    handle, name = tempfile.mkstemp(prefix="lookalike-", suffix=".html", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(page)
    if folder is not None:
        _tidy(folder)
    return Path(name)


def _pages_folder(temporary: str) -> str | None:
    """Return the folder of this user's pages; None if what has its name is somebody else's."""
    user = os.getuid() if hasattr(os, "getuid") else None
    name = "lookalike-pages" if user is None else f"lookalike-pages-{user}"
    folder = os.path.join(temporary, name)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    # A link is none: what it leads to may be anything.
    found = os.lstat(folder)
    own = user is None or (found.st_uid == user and not found.st_mode & 0o077)
    return folder if stat.S_ISDIR(found.st_mode) and own else None


def _tidy(folder: str) -> None:
    """Remove the oldest pages of a folder, and nothing that is not a page."""
    # Another process may be tidying, too.
    with suppress(OSError):
        pages = [
            file
            for file in os.scandir(folder)
            if NAME.fullmatch(file.name) and file.is_file(follow_symlinks=False)
        ]
        pages.sort(key=lambda file: file.stat(follow_symlinks=False).st_mtime_ns)
        for file in pages[:-PAGES_KEPT]:
            os.unlink(file.path)


def open_browser(address: str) -> bool:
    """Open a page in the desktop's browser, and return whether one took it."""
    seats = map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))
    if sys.platform not in ("win32", "darwin") and not any(seats):
        return False
    import webbrowser

    try:
        browser = webbrowser.get()
        if Path(getattr(browser, "name", "")).name in TEXT_BROWSERS:
            return False
        if type(browser) is webbrowser.BackgroundBrowser:
            return _takes([browser.name, *browser.args], address)
        return bool(browser.open(address))
    except (webbrowser.Error, OSError):
        return False


def _takes(command: list[str], address: str) -> bool:
    """Run what opens addresses, as xdg-open, and return whether it found a browser."""
    import subprocess

    command = [part.replace("%s", address) for part in command]
    silent: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    started = subprocess.Popen(command, start_new_session=True, **silent)
    try:
        return started.wait(SECONDS_TO_FAIL) == 0
    except subprocess.TimeoutExpired:
        # It is the browser itself.
        return True
