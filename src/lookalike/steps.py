"""The helpers: the tutorial's steps, on either engine, each in one call.

They call only what both engines have. A *row* is a dict from column name to value, as ``data[0]``
gives it; ``SFrame``, ``Image`` and the models are those of ``lookalike.tc``.
"""

from __future__ import annotations

import array
import numbers
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Mapping, NamedTuple, Sequence

from . import display
from .engines import guarded
from .engines.choice import engine, is_real
from .errors import MissingFileError, ToolkitError
from .queries import Query, queries_of

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from .networks.catalogue import AnyNetwork
    from .portable import Image, SFrame
    from .portable.image_similarity import ImageSimilarityModel
    from .queries import Source

# What of a model's answer is looked at.
FOUND = ("query_label", "reference_label", "distance")


def load_images(folder: str | os.PathLike[str], recursive: bool = True) -> SFrame:
    """Load the pictures of a folder, numbered in the order of their paths.

    Parameters
    ----------
    folder : str or path
        Where they are. Files that are no pictures are passed over.
    recursive : bool
        Whether to look into subfolders.

    Returns
    -------
    SFrame
        ``id`` (int, from 0), ``path`` (str) and ``image`` (Image).

    Raises
    ------
    MissingFileError
        If there is no such folder, or no picture in it.

    Examples
    --------
    >>> import lookalike
    >>> data = lookalike.load_images('image')      # doctest: +SKIP
    >>> data.column_names()                        # doctest: +SKIP
    ['id', 'path', 'image']
    """
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise MissingFileError(folder, f"There is no folder {str(folder)!r} ({place.absolute()}).")
    load = guarded.load_images if is_real() else engine().image_analysis.load_images
    data = load(str(place), recursive=recursive)
    if len(data) == 0:
        raise MissingFileError(
            folder, f"There are no pictures in the folder {str(folder)!r} ({place.absolute()})."
        )
    return data.add_row_number("id")


def build_model(
    data: SFrame, network: AnyNetwork | None = None, verbose: bool = True
) -> ImageSimilarityModel:
    """Make a model that finds look-alikes among the pictures of ``data``.

    Parameters
    ----------
    data : SFrame
        As ``load_images`` returns it, or any with a column of images.
    network : str, optional
        The network that turns pictures into features; by default, the engine's own choice. The
        portable engine takes an ONNX file of your own (its path, or a ``lookalike.Network``) too.
    verbose : bool
        Whether progress is printed.

    Returns
    -------
    ImageSimilarityModel
        It names pictures by ``data['id']`` where there is one, else by their row number.

    Raises
    ------
    TypeError
        If ``data`` is no SFrame.
    ToolkitError
        If it has no rows or no column of images, there is no such network, or none of the
        pictures can be read.
    BackendError
        If Turi Create's network is not on this machine and cannot be downloaded.

    Warns
    -----
    UnreadableImageWarning
        Names the pictures that cannot be read, with the reason; the model leaves them out, and
        the portable engine's keeps them in ``model.failures``.
    """
    if not isinstance(data, engine().SFrame):
        raise TypeError(
            f"Expected an SFrame, as load_images returns it; found {type(data).__name__}."
        )
    if "id" not in data.column_names():
        data = data.add_row_number("id")
    create = guarded.create if is_real() else engine().image_similarity.create
    options: dict[str, Any] = {} if network is None else {"model": network}
    return create(data, label="id", verbose=verbose, **options)


def find_similar(
    model: ImageSimilarityModel, data: SFrame, query: Source, k: int | None = 10
) -> SFrame:
    """Find the k pictures of ``data`` that look most like a query, without the query itself.

    Parameters
    ----------
    model : ImageSimilarityModel
        As ``build_model(data)`` returns it.
    data : SFrame
        What the model was built from.
    query : row, SFrame, path, PIL image or Image
        A row of ``data``, several (a slice), a picture's file, or a picture, which may be new to
        the collection. A row of ``data`` (known by its ``path`` or else its ``id``) and a file
        that is in it are left out of their own matches, by their place and not by their distance:
        a true copy of the query is found. A picture given without its file has no place in
        ``data``, so nothing is left out.
    k : int or None
        How many matches for each query; None for all.

    Returns
    -------
    SFrame
        ``rank`` (from 1), ``distance`` (Euclidean, on the raw features) and the columns of
        ``data``, nearest first. For several queries, ``query_id`` (the row's ``id``, or its number
        in the slice) stands before them.

    Raises
    ------
    MissingFileError
        If the query is a path without a file.
    UnreadableImageError
        If it is a picture that cannot be read; of several queries, a warning names those.
    ToolkitError
        If the model holds rows that ``data`` has not, ids are not unique, or the query has no
        rows.
    TypeError
        If the query is none of these.
    ValueError
        If k is not a positive whole number.

    Examples
    --------
    >>> import lookalike
    >>> matches = lookalike.find_similar(model, data, data[0], k=3)    # doctest: +SKIP
    >>> list(matches['rank'])                                          # doctest: +SKIP
    [1, 2, 3]
    """
    if k is not None and (not isinstance(k, numbers.Integral) or k < 1):
        raise ValueError(f"Expected k to be a whole number from 1 on, or None; found {k!r}.")
    queries = queries_of(model, data, query)
    return _match_table(data, _matches(model, data, queries, k), several=len(queries) > 1)


def find_in_folder(
    folder: str | os.PathLike[str],
    query: Source,
    k: int | None = 10,
    network: AnyNetwork | None = None,
    verbose: bool = True,
) -> SFrame:
    """Find the k pictures of a folder that look most like a query: all steps in one call.

    Parameters
    ----------
    folder : str or path
        Where the pictures are, its subfolders included.
    query : path, PIL image or Image
        A picture of the folder, which is left out of its own matches, or any other.
    k, network, verbose
        As in ``find_similar`` and ``build_model``.

    Returns
    -------
    SFrame
        ``rank``, ``distance``, ``id``, ``path`` and ``image``, nearest first.

    Raises
    ------
    LookalikeError, TypeError, ValueError
        As the three steps do.

    Examples
    --------
    >>> import lookalike
    >>> matches = lookalike.find_in_folder('image', 'image/cats/cat-001.jpg')    # doctest: +SKIP
    """
    data = load_images(folder)
    return find_similar(build_model(data, network, verbose), data, query, k)


def explore(
    rows: SFrame | Iterable[Mapping[str, Any]],
    title: str | None = None,
    model: ImageSimilarityModel | None = None,
) -> display.Explorer:
    """Show rows: in the notebook to look through them, or elsewhere as a page in the browser.

    In JupyterLab, Notebook 7 and VS Code it is an explorer of all rows; a saved notebook, and one
    that nobody watches running, has a gallery of the first ones.

    Parameters
    ----------
    rows : SFrame, SArray of Image, or iterable of row dicts
        What to show, of either engine; rank and distance stand on the pictures that have them.
    title : str, optional
        A heading.
    model : ImageSimilarityModel, optional
        As ``build_model(rows)`` returns it: then a click on a picture shows its look-alikes, and
        so does a picture file that is dropped on the explorer.

    Returns
    -------
    Explorer
        ``selected`` are the rows that are selected there, as an SFrame; ``save_html(path)`` writes
        a page for mail.

    Raises
    ------
    TypeError
        If there is a model, but the rows are no SFrame.

    Examples
    --------
    >>> import lookalike
    >>> explorer = lookalike.explore(data, model=model)    # doctest: +SKIP
    >>> explorer.selected                                  # doctest: +SKIP
    """
    tc = engine()
    if isinstance(rows, tc.SArray):
        rows = tc.SFrame({"image": rows})
    if model is None:
        return display.explore(rows, title=title)
    if not isinstance(rows, tc.SFrame):
        raise TypeError(
            "With a model, explore takes the SFrame that the model was built from; found "
            f"{type(rows).__name__}."
        )
    return display.explore(rows, title=title, search=partial(_nearest, model, rows))


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


class _Match(NamedTuple):
    query: Any
    rank: int
    distance: float
    place: int


def _answers(model: ImageSimilarityModel, queries: Sequence[Query], k: int | None) -> SFrame:
    """Return what the model finds; its ``query_label`` is the query's position."""
    images = [query.picture for query in queries]
    if is_real():
        return guarded.query(model, images, [query.path for query in queries], k)
    features = isinstance(images[0], array.array)
    column = engine().SArray(images, array.array if features else engine().Image)
    return model.query(column, k=k, verbose=False)


def _matches(
    model: ImageSimilarityModel, data: SFrame, queries: Sequence[Query], k: int | None
) -> list[_Match]:
    """Return the k nearest rows of each query, without the query itself."""
    # One more, since a picture of the collection finds itself.
    found = _answers(model, queries, None if k is None else int(k) + 1)
    places = _places_of_labels(model, data)
    ranks = [0] * len(queries)
    matches = []
    for number, label, distance in zip(*(found[name] for name in FOUND)):
        if label not in places:
            raise ToolkitError(
                f"The model holds a picture {label!r} that the data do not have: give the data "
                "that the model was built from, or build it anew."
            )
        if places[label] == queries[number].place or ranks[number] == k:
            continue
        ranks[number] += 1
        matches.append(_Match(queries[number].name, ranks[number], distance, places[label]))
    return matches


def _nearest(
    model: ImageSimilarityModel, data: SFrame, query: Source, k: int
) -> list[tuple[int, float]]:
    """Return the k nearest rows of one query: their numbers and distances."""
    matches = _matches(model, data, queries_of(model, data, query), k)
    return [(match.place, match.distance) for match in matches]


def _places_of_labels(model: ImageSimilarityModel, data: SFrame) -> dict[Any, int]:
    """Return in which row of the data each of the model's labels stands."""
    labels = data[model.label] if model.label in data.column_names() else range(len(data))
    places = {label: place for place, label in enumerate(labels)}
    if len(places) < len(data):
        raise ToolkitError(
            f"The column '{model.label}' names several rows alike, so they cannot be told apart: "
            "number them anew and build the model again."
        )
    return places


def _match_table(data: SFrame, matches: Sequence[_Match], several: bool) -> SFrame:
    tc = engine()
    columns: dict[str, Any] = {}
    if several:
        columns["query_id"] = tc.SArray([match.query for match in matches])
    columns["rank"] = tc.SArray([match.rank for match in matches], dtype=int)
    columns["distance"] = tc.SArray([match.distance for match in matches], dtype=float)
    # In their order, since Turi Create reads rows in blocks.
    rows = {place: data[place] for place in sorted({match.place for match in matches})}
    for name, kind in zip(data.column_names(), data.column_types()):
        if name not in columns:
            columns[name] = tc.SArray([rows[match.place][name] for match in matches], dtype=kind)
    table = tc.SFrame()
    for name, values in columns.items():
        table = table.add_column(values, name)
    return table
