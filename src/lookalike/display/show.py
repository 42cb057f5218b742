"""Where HTML is shown: in the running notebook, or else as a page in the browser."""

from __future__ import annotations

import html as markup
import os
import sys
from pathlib import Path

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
<style>body {{ font: 14px/1.4 system-ui, sans-serif; margin: 24px; }}</style>
</head>
<body>
{body}
</body>
</html>
"""

# They would take over the terminal that the program runs in.
TEXT_BROWSERS = {"www-browser", "links", "elinks", "lynx", "w3m", "browsh"}


def present(html: str, title: str) -> None:
    """Display HTML at once: below the running cell, or else as a page in the browser.

    Outside a notebook the page is written to a temporary file that only its user can read, and
    that stays; the browser opens it where there is a desktop, and where the page lies is printed.

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

    # mkstemp, not a name of our own: nobody else can read it, or have put it there before.
    handle, name = tempfile.mkstemp(prefix="lookalike-", suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(page)
    return Path(name)


def open_browser(address: str) -> bool:
    """Open a page in the desktop's browser, and tell whether there was one."""
    desktop = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if not desktop:
        return False
    import webbrowser

    try:
        browser = webbrowser.get()
        if Path(getattr(browser, "name", "")).name in TEXT_BROWSERS:
            return False
        return bool(browser.open(address))
    except (webbrowser.Error, OSError):
        return False
