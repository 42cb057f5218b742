"""What a notebook shows: rows in, thumbnails and a gallery out.

A row is a dict from column name to value, of either engine; a picture in it is an engine's Image or
a PIL image. The HTML that comes out needs no JavaScript and no other file, and everything in it
that came from a user is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

from .explorer import Explorer
from .gallery import gallery_html, picture_html, pictures_html, titled_picture
from .markup import MAX_BYTES
from .notebook import in_notebook
from .rows import Section
from .show import present
from .table import table_html
from .thumbnails import data_uri, is_picture, plain_picture, thumbnail

if TYPE_CHECKING:
    from .page import Prepare
    from .session import Search

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
    rows: Iterable[Mapping[str, Any]],
    total: int | None = None,
    title: str | None = None,
    search: Search | None = None,
    prepare: Prepare | None = None,
    live: bool | None = False,
    sections: Sequence[Section] | None = None,
) -> Explorer:
    """Show rows: in the notebook to look through them, or elsewhere as a page in the browser.

    Parameters
    ----------
    rows : iterable of row dicts
        An SFrame of either engine, a list, or any other iterable.
    total : int, optional
        How many rows there are; ``len(rows)`` unless given.
    title : str, optional
        A heading.
    search : callable, optional
        What finds look-alikes among the rows: ``session.Search`` says how it is called.
    prepare : callable, optional
        Makes ``search`` while a page of the browser is looked at.
    live : bool, optional
        As ``Explorer.show`` takes it; by default the program goes on, as it does in Turi Create.
    sections : sequence of Section, optional
        Rows that belong together; by default, groups of copies and matches of several queries.

    Returns
    -------
    Explorer
        Whose ``selected`` are the rows that are selected there.
    """
    explorer = Explorer(rows, total, title, search, prepare=prepare, sections=sections)
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
