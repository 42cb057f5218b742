"""To look at pictures: many in the explorer or a gallery, or one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping, cast

from . import display
from .engines.asked import all_rows, finds_itself, matches_of, named, pictures_of, positions_in
from .engines.choice import engine
from .engines.known_rows import KnownRows
from .errors import ToolkitError
from .queries import queries_of
from .steps import load_images

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from .portable import Image, SFrame
    from .portable.image_similarity import ImageSimilarityModel
    from .steps import Folder


def explore(
    rows: SFrame | ImageSimilarityModel | Folder | Iterable[Mapping[str, Any]],
    title: str | None = None,
    model: ImageSimilarityModel | None = None,
) -> display.Explorer:
    """Show pictures: in the notebook to look through them, or elsewhere as a page in the browser.

    In JupyterLab, Notebook 7 and VS Code it is an explorer of all rows; a saved notebook, and one
    that nobody watches running, has a gallery of the first ones.

    Parameters
    ----------
    rows : model, SFrame, SArray of Image, folder, or iterable of row dicts
        What to show. A model shows its pictures, and a click on one shows its look-alikes; so does
        a picture file that is dropped on the explorer. Rank and distance stand on rows that have
        them.
    title : str, optional
        A heading.
    model : ImageSimilarityModel, optional
        Shows the rows as the model's own pictures, of which they may be some.

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

    Examples
    --------
    >>> import lookalike
    >>> explorer = lookalike.explore(model)                # doctest: +SKIP
    >>> explorer.selected                                  # doctest: +SKIP
    """
    tc = engine()
    if hasattr(rows, "similarity_graph"):
        model = cast("ImageSimilarityModel", rows)
        rows = all_rows(model)
    elif isinstance(rows, (str, os.PathLike)):
        rows = load_images(rows)
    elif isinstance(rows, tc.SArray):
        rows = tc.SFrame({"image": rows})
    if model is None:
        return display.explore(cast("Iterable[Mapping[str, Any]]", rows), title=title)
    if not isinstance(rows, tc.SFrame) and not finds_itself(rows):
        raise TypeError(
            "With a model, explore takes the model's rows as an SFrame, or no rows: "
            f"explore(model); found {type(rows).__name__}."
        )
    own = cast("SFrame", rows)
    return display.explore(own, title=title, search=_searcher(model, own))


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


def _searcher(
    model: ImageSimilarityModel, rows: SFrame
) -> Callable[[Any, int], list[tuple[int, float]]]:
    """Return what finds look-alikes among rows: from a row or a picture and a k."""
    pictures = pictures_of(model, rows)
    shown: Any = rows if finds_itself(rows) else KnownRows(rows, pictures.label)
    if shown.has_paths and all(pictures.position_of(path) is None for path in rows["path"] if path):
        raise ToolkitError(
            f"None of these {len(rows)} pictures is the model's, such as "
            f"{named(rows, pictures.label)}: show the model's own with explore(model)."
        )

    def search(query: Any, k: int) -> list[tuple[int, float]]:
        queries = queries_of(pictures, model.feature, query)
        among: list[tuple[int, float]] = []
        for most in (k, None):
            found = matches_of(model, pictures, queries, most)
            places = positions_in(shown, pictures, [match.label for match in found])
            among = [(at, match.distance) for at, match in zip(places, found) if at is not None]
            if len(among) == len(found):
                break
            # The rows are some of the model's: the nearest among them come later.
        return among[:k]

    return search
