"""What a notebook shows: rows in, thumbnails and a gallery out.

A row is a dict from column name to value, of either engine; a picture in it is an engine's Image or
a PIL image. The HTML that comes out needs no JavaScript and no other file, and everything in it
that came from a user is escaped.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sized

from .gallery import gallery_html, picture_html, pictures_html, titled_picture
from .markup import MAX_BYTES
from .show import in_notebook, present
from .table import table_html
from .thumbnails import data_uri, is_picture, thumbnail

__all__ = [
    "MAX_BYTES",
    "data_uri",
    "explore",
    "gallery_html",
    "in_notebook",
    "is_picture",
    "picture_html",
    "pictures_html",
    "present",
    "show",
    "table_html",
    "thumbnail",
]


def explore(
    rows: Iterable[Mapping[str, Any]], total: int | None = None, title: str | None = None
) -> None:
    """Show rows as a gallery of thumbnails: in the notebook, or elsewhere as a page in the browser.

    Parameters
    ----------
    rows : iterable of row dicts
        An SFrame of either engine, or any other iterable; only what is shown is taken from it.
    total : int, optional
        How many rows there are; ``len(rows)`` unless given.
    title : str, optional
        A heading.
    """
    if total is None:
        rows = rows if isinstance(rows, Sized) else list(rows)
        total = len(rows)
    present(gallery_html(rows, total, title), title or f"{total} rows")


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
