"""To look at pictures: many in the explorer or a gallery, or one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence, cast

from . import display
from .engines.asked import (
    all_rows,
    finds_itself,
    gives_all,
    matches_of,
    named,
    pictures_of,
    positions_in,
)
from .engines.choice import engine, is_real
from .engines.known_rows import KnownRows
from .errors import ToolkitError
from .kinds import kinds_of
from .queries import asked_with, queries_of
from .steps import build_model, load_images, names_folders

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from .display.session import Search
    from .portable import Image, SFrame
    from .portable.image_similarity import ImageSimilarityModel
    from .steps import Folder

# Matches that are looked for at least: as many as show what is a near copy.
LISTED = 32
# Of a collection beyond one machine, which does not give all of its pictures, so many times more.
FURTHER = 10


def explore(
    rows: SFrame | ImageSimilarityModel | Folder | Sequence[Folder] | Iterable[Mapping[str, Any]],
    title: str | None = None,
    model: ImageSimilarityModel | None = None,
    live: bool | None = None,
) -> display.Explorer:
    """Show pictures, to look through them: in the notebook, or elsewhere in the browser.

    In JupyterLab, Notebook 7 and VS Code it is an explorer of all rows; a saved notebook, and one
    that nobody watches running, has a gallery of the first ones.

    A program that was started in a terminal shows the explorer in the browser (with the extra
    ``app``), and goes on when the page is closed there, or Ctrl-C is pressed. Elsewhere, and on
    Turi Create, the gallery is a page that stays, and the program goes on at once.

    Parameters
    ----------
    rows : model, SFrame, SArray of Image, folder or list of these, or iterable of row dicts
        What to show. A model shows its pictures. A click on one shows its look-alikes, and so does
        a picture file that is dropped on the explorer. In the browser, a folder's look-alikes are
        found too, once its features are made. Rows that have a rank and a distance show them.
    title : str, optional
        A heading.
    model : ImageSimilarityModel, optional
        Shows the rows as the model's own pictures, of which they may be some.
    live : bool, optional
        Outside a notebook: True for the explorer, which waits for the person, wherever the program
        was started; False for the gallery.

    Returns
    -------
    Explorer
        ``selected`` are the rows that are selected there, as an SFrame; ``save_html(path)`` writes
        a page for mail.

    Raises
    ------
    TypeError
        If there is a model, but the rows are no SFrame.
    ToolkitError
        If rows are not the model's.
    BackendError
        If ``live`` is true, and the extra ``app`` is not installed.

    Examples
    --------
    >>> import lookalike
    >>> explorer = lookalike.explore(model)                # doctest: +SKIP
    >>> explorer.selected                                  # doctest: +SKIP
    """
    tc, prepare = engine(), None
    if is_real() and not display.in_notebook():
        # Its frames are for the main thread alone.
        live = False
    if hasattr(rows, "similarity_graph"):
        model = cast("ImageSimilarityModel", rows)
        rows = all_rows(model)
    elif names_folders(rows):
        rows = data = load_images(cast("Folder | Sequence[Folder]", rows))

        def prepare() -> Search:
            return searcher(build_model(data), data)
    elif isinstance(rows, tc.SArray):
        rows = tc.SFrame({"image": rows})
    table: Any = rows
    is_frame = isinstance(table, tc.SFrame)
    if model is not None and not is_frame and not finds_itself(table):
        raise TypeError(
            "With a model, explore takes the model's rows as an SFrame, or no rows: "
            f"explore(model); found {type(rows).__name__}."
        )
    shown: dict[str, Any] = {"title": title, "sections": asked_with(table) if is_frame else None}
    if model is None:
        return display.explore(table, live=live, prepare=prepare, **shown)
    return display.explore(table, live=live, search=searcher(model, table), **shown)


def show(
    picture: str | os.PathLike[str] | PILImage.Image | Image, title: str | None = None
) -> None:
    """Show one picture: in the notebook, or elsewhere as a page in the browser.

    Parameters
    ----------
    picture : path, PIL image or Image
        What to show; a path's file name is the title unless another is given.
    title : str, optional
        A heading.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableImageError
        If it is no picture that can be read.
    """
    if title is None and isinstance(picture, (str, os.PathLike)):
        title = Path(picture).name
    display.show(picture, title)


def searcher(model: ImageSimilarityModel, rows: SFrame) -> Search:
    """Return what finds look-alikes among rows."""
    pictures = pictures_of(model, rows)
    shown: Any = rows if finds_itself(rows) else KnownRows(rows, pictures.label)
    paths = [path for path in rows["path"] if path] if shown.has_paths else []
    if paths and all(pictures.position_of(path) is None for path in paths):
        raise ToolkitError(
            f"None of these {len(rows)} pictures is the model's, such as "
            f"{named(rows, pictures.label)}: show the model's own with explore(model)."
        )

    def search(
        query: Any, k: int, box: Sequence[float] | None = None
    ) -> list[tuple[int, float, str]]:
        queries = queries_of(pictures, model.feature, query, box)
        among: list[tuple[int, float, str]] = []
        # More than k, since the distances of others show what is a near copy.
        listed = max(k, LISTED)
        for most in (listed, None if gives_all(model) else FURTHER * listed):
            found = matches_of(model, pictures, queries, most, together=True)
            places = positions_in(shown, pictures, [match.label for match in found])
            kinds = kinds_of(model, queries[0], found) if len(queries) == 1 else [""] * len(found)
            among = [
                (at, match.distance, kind)
                for at, match, kind in zip(places, found, kinds)
                if at is not None
            ]
            if len(among) >= k or len(among) == len(found):
                break
            # The rows are some of the model's: the nearest among them come later.
        return among[:k]

    return search
