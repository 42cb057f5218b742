"""The helpers: the tutorial's steps, on either engine, each in one call.

They call only what both engines have. A *row* is a dict from column name to value, as ``data[0]``
gives it; ``SFrame``, ``Image`` and the models are those of ``lookalike.tc``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Mapping, NamedTuple, Union

from . import display
from .backend import engine, image_of
from .errors import MissingColumnError, MissingFileError, ToolkitError

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from .portable import Image, SFrame
    from .portable.image_similarity import ImageSimilarityModel

    Query = Union[Mapping[str, Any], SFrame, str, "os.PathLike[str]", PILImage.Image, Image]

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
    data = engine().image_analysis.load_images(str(place), recursive=recursive)
    if len(data) == 0:
        raise MissingFileError(
            folder, f"There are no pictures in the folder {str(folder)!r} ({place.absolute()})."
        )
    return data.sort("path").add_row_number("id")


def build_model(
    data: SFrame, network: str | None = None, verbose: bool = True
) -> ImageSimilarityModel:
    """Make a model that finds look-alikes among the pictures of ``data``.

    Parameters
    ----------
    data : SFrame
        As ``load_images`` returns it, or any with a column of images.
    network : str, optional
        The network that turns pictures into features; by default, the engine's own choice.
    verbose : bool
        Whether progress is printed.

    Returns
    -------
    ImageSimilarityModel
        It names pictures by ``data['id']`` where there is one, else by their row number.

    Raises
    ------
    ToolkitError
        If ``data`` has no rows or no column of images, there is no such network, or none of the
        pictures can be read. Single pictures that cannot be read are named in a warning and in
        ``model.failures``, and left out.
    """
    label = "id" if "id" in data.column_names() else None
    options = {} if network is None else {"model": network}
    return engine().image_similarity.create(data, label=label, verbose=verbose, **options)


def find_similar(
    model: ImageSimilarityModel, data: SFrame, query: Query, k: int | None = 10
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
        the collection. A row of ``data`` and a file that is in it are left out of their own
        matches by their place, not by their distance: a true copy of the query is found. A picture
        given without its file has no place in ``data``, so nothing is left out.
    k : int or None
        How many matches for each query; None for all.

    Returns
    -------
    SFrame
        ``rank`` (from 1), ``distance`` (Euclidean, on the raw features) and the columns of
        ``data``, nearest first. For several queries, ``query_id`` stands before them.

    Raises
    ------
    MissingFileError
        If the query is a path without a file.
    UnreadableImageError
        If it is a picture that cannot be read.
    ToolkitError
        If the model holds rows that ``data`` has not, or the query has no rows.
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
    queries = _queries(model, data, query)
    pictures_ = engine().SArray([one.picture for one in queries])
    # One more, since a picture of the collection finds itself.
    found = model.query(pictures_, k=None if k is None else k + 1, verbose=False)
    labels = range(len(data)) if model.label is None else data[model.label]
    places = {label: place for place, label in enumerate(labels)}
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
    return _match_table(data, matches, several=len(queries) > 1)


def find_in_folder(
    folder: str | os.PathLike[str],
    query: Query,
    k: int | None = 10,
    network: str | None = None,
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


def explore(rows: SFrame | Iterable[Mapping[str, Any]], title: str | None = None) -> None:
    """Show rows as a gallery: in the notebook, or elsewhere as a page in the browser.

    Parameters
    ----------
    rows : SFrame, SArray of Image, or iterable of row dicts
        What to show, of either engine; rank and distance stand on the pictures that have them.
    title : str, optional
        A heading.
    """
    if isinstance(rows, engine().SArray):
        rows = engine().SFrame({"image": rows})
    display.explore(rows, title=title)


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


class _Query(NamedTuple):
    """A picture to search with: its name in the result, and its row in the data if it is there."""

    picture: Any
    name: Any
    place: int | None


class _Match(NamedTuple):
    query: Any
    rank: int
    distance: float
    place: int


def _queries(model: ImageSimilarityModel, data: SFrame, query: Any) -> list[_Query]:
    tc = engine()
    if isinstance(query, tc.SFrame):
        if len(query) == 0:
            raise ToolkitError("The query has no rows: it needs at least one picture.")
        return [_row_query(model, data, row, number) for number, row in enumerate(query)]
    if isinstance(query, Mapping):
        return [_row_query(model, data, query, 0)]
    if isinstance(query, (str, os.PathLike)):
        place = _place_of_file(data, query)
        picture = image_of(query) if place is None else data[place][model.feature]
        return [_Query(picture, 0, place)]
    if display.is_picture(query):
        return [_Query(query if isinstance(query, tc.Image) else image_of(query), 0, None)]
    raise TypeError(
        "Expected a row of the data, a slice, a path, a PIL image or a tc.Image as the query; "
        f"found {type(query).__name__}."
    )


def _row_query(
    model: ImageSimilarityModel, data: SFrame, row: Mapping[str, Any], number: int
) -> _Query:
    if model.feature not in row:
        raise MissingColumnError(model.feature, row, role="query's column")
    if row[model.feature] is None:
        raise ToolkitError(f"The query's row {dict(row)} has no picture in '{model.feature}'.")
    return _Query(row[model.feature], row.get("id", number), _place_of_row(data, row))


def _place_of_row(data: SFrame, row: Mapping[str, Any]) -> int | None:
    """Return where a row stands in the data, by its path or else its id; None if nowhere."""
    for name in ("path", "id"):
        if name in row and name in data.column_names():
            values = list(data[name])
            return values.index(row[name]) if row[name] in values else None
    return None


def _place_of_file(data: SFrame, file: str | os.PathLike[str]) -> int | None:
    """Return where a file stands in the data, however its path is written; None if nowhere."""
    if "path" not in data.column_names():
        return None
    wanted = _same_path(file)
    return next((i for i, path in enumerate(data["path"]) if _same_path(path) == wanted), None)


def _same_path(path: str | os.PathLike[str]) -> str:
    return os.path.normcase(Path(path).expanduser().absolute())


def _match_table(data: SFrame, matches: list[_Match], several: bool) -> SFrame:
    tc = engine()
    columns: dict[str, Any] = {}
    if several:
        columns["query_id"] = tc.SArray([match.query for match in matches])
    columns["rank"] = tc.SArray([match.rank for match in matches], dtype=int)
    columns["distance"] = tc.SArray([match.distance for match in matches], dtype=float)
    rows = [data[match.place] for match in matches]
    for name, kind in zip(data.column_names(), data.column_types()):
        if name not in columns:
            columns[name] = tc.SArray([row[name] for row in rows], dtype=kind)
    table = tc.SFrame()
    for name, values in columns.items():
        table = table.add_column(values, name)
    return table
