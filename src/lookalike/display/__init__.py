"""What a notebook shows: rows in, thumbnails and a gallery out.

A row is a dict from column name to value, of either engine; a picture in it is an engine's Image or
a PIL image. The HTML that comes out needs no JavaScript and no other file, and everything in it
that came from a user is escaped.
"""

from __future__ import annotations

from typing import Any

from .explorer import Explorer
from .gallery import gallery_html, picture_html, pictures_html, titled_picture
from .markup import MAX_BYTES
from .notebook import in_notebook
from .rows import Section
from .show import present
from .table import table_html
from .thumbnails import data_uri, is_picture, plain_picture, thumbnail

__all__ = [
    "MAX_BYTES",
    "Explorer",
    "Section",
    "data_uri",
    "explore",
    "gallery_html",
    "in_notebook",
    "is_picture",
    "picture_html",
    "pictures_html",
    "plain_picture",
    "present",
    "show",
    "table_html",
    "thumbnail",
]


def explore(
    rows: Any, total: int | None = None, live: bool | None = False, **facts: Any
) -> Explorer:
    """Show rows as ``Explorer`` takes them, ``live`` as its ``show`` takes it; return the explorer.

    By default a page in the browser is the gallery, and the program goes on, as in Turi Create.
    """
    explorer = Explorer(rows, total, **facts)
    explorer.show(live)
    return explorer


def show(picture: Any, title: str | None = None) -> None:
    """Show one picture: in the notebook, or elsewhere as a page in the browser.

    Parameters
    ----------
    picture : Image, PIL image, array, path or bytes
        What ``thumbnail`` takes.
    title : str, optional
        A heading.

    Raises
    ------
    UnreadableImageError, MissingFileError
        If there is no picture to show.
    """
    present(titled_picture(picture, title), title or "Picture")
