"""The helpers: the tutorial's steps, on either engine, each in one call.

They call only what both engines have. A *row* is a dict from column name to value, as ``data[0]``
gives it; ``SFrame``, ``Image`` and the models are those of ``lookalike.tc``.
"""

from __future__ import annotations

import os
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping, Sequence, TypeVar, Union, cast

from . import display
from .engines import guarded
from .engines.choice import engine, is_real
from .engines.known_rows import KnownRows
from .errors import MissingFileError, ToolkitError
from .names import expanded
from .queries import check_query, queries_of
from .search.limits import plain_k_and_radius

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from .engines.guarded import KnowsPictures
    from .networks.catalogue import AnyNetwork
    from .portable import Image, SFrame
    from .portable.image_similarity import ImageSimilarityModel
    from .portable.models.matching import Match, Query
    from .queries import Source

    Folder = Union[str, os.PathLike[str]]

Call = TypeVar("Call", bound=Callable[..., Any])

NEW_FORM = "find_similar(model, query, k=10): the model knows its pictures, so no data are given"
PATHS_NAMED = 3


def load_images(
    folder: Folder | Sequence[Folder], recursive: bool = True, exclude: Sequence[str] = ()
) -> SFrame:
    """Load the pictures of a folder, numbered in the order of their paths.

    Parameters
    ----------
    folder : str, path, or list of these
        Where they are. Of several folders, the pictures come one folder after another; one that
        lies in two of them comes once. Files that are no pictures are passed over.
    recursive : bool
        Whether to look into subfolders.
    exclude : list of str
        Patterns (as ``*.png`` or ``drafts/*``) of names and paths to pass over.

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
    >>> data = lookalike.load_images('image')
    >>> data.column_names()
    ['id', 'path', 'image']
    """
    folders = [folder] if isinstance(folder, (str, os.PathLike)) else list(folder)
    if not folders:
        raise MissingFileError("", "There is no folder in the list: name one or more.")
    parts = [_load_folder(one, recursive, exclude) for one in folders]
    data, seen = parts[0], set(map(os.path.abspath, parts[0]["path"]))
    for part in parts[1:]:
        data = data.append(part[part["path"].apply(lambda path: os.path.abspath(path) not in seen)])
        seen.update(map(os.path.abspath, part["path"]))
    return data.add_row_number("id")


def _load_folder(folder: Folder, recursive: bool, exclude: Sequence[str]) -> SFrame:
    place = expanded(folder)
    if os.path.isfile(place):
        raise MissingFileError(
            folder,
            f"Expected a folder; {str(folder)!r} is a file. Give the folder that it lies in; to "
            "search with a picture, find_similar(model, picture) takes its path.",
        )
    if not os.path.isdir(place):
        raise MissingFileError(
            folder, f"There is no folder {str(folder)!r} ({os.path.abspath(place)})."
        )
    load = guarded.load_images if is_real() else engine().image_analysis.load_images
    data = load(place, recursive=recursive, exclude=exclude)
    if len(data) == 0:
        raise MissingFileError(
            folder,
            f"There are no pictures in the folder {str(folder)!r} ({os.path.abspath(place)}).",
        )
    return data


def build_model(
    data: SFrame | Folder | Sequence[Folder],
    network: AnyNetwork | None = None,
    verbose: bool = True,
    centered: bool | None = None,
) -> ImageSimilarityModel:
    """Make a model that finds look-alikes among pictures.

    Parameters
    ----------
    data : SFrame, or folder
        As ``load_images`` returns it, any with a column of images, or what ``load_images`` takes.
    network : str, optional
        The network that turns pictures into features; by default, the engine's own choice. The
        portable engine takes an ONNX file of your own (its path, or a ``lookalike.Network``) too.
    verbose : bool
        Whether progress is printed.
    centered : bool, optional
        Whether features are made of length 1, less the collection's mean, and of length 1 again:
        what all pictures of a collection share then counts for nothing, and more of the nearest
        are of the same kind. Distances are from 0 to 2 then. By default, features of pictures are
        on the portable engine, and others are not.

    Returns
    -------
    ImageSimilarityModel
        It knows its pictures, and names them by ``data['id']`` where there is one, else by their
        row number.

    Raises
    ------
    TypeError
        If ``data`` is no SFrame and no folder.
    MissingFileError
        If there is no such folder, or no picture in it.
    ToolkitError
        If it has no rows or no column of images, an id stands twice, there is no such network,
        features that are given (or Turi Create's) are to be centred, or none of the pictures can
        be read.
    BackendError
        If Turi Create's network is not on this machine and cannot be downloaded.

    Warns
    -----
    UnreadableImageWarning
        Names the pictures that cannot be read, with the reason; the model leaves them out, and
        the portable engine's keeps them in ``model.failures``.
    """
    data = _frame_of(data)
    if "id" not in data.column_names():
        data = data.add_row_number("id")
    ids = list(data["id"])
    if len(set(ids)) < len(ids):
        raise ToolkitError(
            f"The column 'id' names several of the {len(ids)} rows alike, as when two frames are "
            "appended, so they cannot be told apart. Number them anew: "
            "data.remove_column('id').add_row_number(); or load both folders in one: "
            "load_images([folder, other])."
        )
    options: dict[str, Any] = {} if network is None else {"model": network}
    if not is_real():
        options["centered"] = centered
    elif centered:
        raise ToolkitError("Turi Create compares features as they are: it cannot centre them.")
    create = guarded.create if is_real() else engine().image_similarity.create
    return create(data, label="id", verbose=verbose, **options)


def _frame_of(data: Any) -> SFrame:
    """Return the rows that a user means: an SFrame as it is, or the pictures of folders."""
    if isinstance(data, engine().SFrame):
        return data
    folders = data if isinstance(data, (list, tuple)) else [data]
    if folders and all(isinstance(one, (str, os.PathLike)) for one in folders):
        return load_images(data)
    raise TypeError(
        f"Expected an SFrame, as load_images returns it, or a folder; found {type(data).__name__}."
    )


def _old_order_refused(function: Call) -> Call:
    """Make a call of ``find_similar`` with the data in second place say what is new."""

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        third = args[2] if len(args) > 2 else named.get("query")
        if len(args) > 1 and isinstance(args[1], engine().SFrame) and not _may_be_k(third):
            raise TypeError(
                f"The data no longer stand between model and query. Write {NEW_FORM}; to attach "
                "other columns, add data=data."
            )
        return function(*args, **named)

    return cast(Call, call)


def _may_be_k(value: Any) -> bool:
    return value is None or hasattr(value, "__index__") or isinstance(value, float)


@_old_order_refused
def find_similar(
    model: ImageSimilarityModel,
    query: Source,
    k: int | None = 10,
    max_distance: float | None = None,
    data: SFrame | None = None,
) -> SFrame:
    """Find the k pictures that look most like a query, without the query itself.

    Parameters
    ----------
    model : ImageSimilarityModel
        As ``build_model`` returns it, or ``tc.load_model``.
    query : row, SFrame, path, PIL image, array or Image, or a list of these
        A row of the model's pictures, several (a slice), a picture's file, or a picture, which may
        be new to the model: a PIL image, or pixels ``(height, width, 3) uint8``. A row (known by
        its ``path`` or else its ``id``) and a file that the model has are left out of their own
        matches, by their place and not by their distance: a true copy of the query is found. A
        picture given without its file has no place, so nothing is left out.
    k : int or None
        How many matches for each query; None for all (within ``max_distance``).
    max_distance : float, optional
        The largest distance that counts.
    data : SFrame, optional
        Rows whose columns the result has, instead of those that the model knows: to attach other
        columns, or for a model of Turi Create's that was loaded. They are matched by ``path``
        where both have paths, else by the model's label column; they may be more than the model's.

    Returns
    -------
    SFrame
        ``rank`` (from 1), ``distance`` (Euclidean, of features of length 1 from which the
        collection's mean was subtracted, made of length 1 again, so from 0 to 2; as the network
        gives them where the model is not centred) and the columns of the model's rows, nearest
        first. For several queries, ``query_id`` (the row's ``id``, or its number among them)
        stands before them.

    Raises
    ------
    MissingFileError
        If the query is a path without a file.
    UnreadableImageError
        If it is a picture that cannot be read; of several queries, a warning names those.
    ToolkitError
        If the query has no rows, the data lack a picture that was found, or a model of Turi
        Create's does not know its pictures and no data are given.
    TypeError
        If the model or the query is none of these.
    ValueError
        If k is not a positive whole number, or the distance is negative.

    Examples
    --------
    >>> import lookalike
    >>> model = lookalike.build_model('image', verbose=False)
    >>> matches = lookalike.find_similar(model, 'image/cats/cat-001.jpg', k=3)
    >>> list(matches['rank'])
    [1, 2, 3]
    """
    k, max_distance = plain_k_and_radius(k, max_distance, "max_distance")
    pictures = _pictures_of(model, data)
    queries = queries_of(pictures, model.feature, query)
    found = _matches(model, pictures, queries, k, max_distance)
    labels = [match.label for match in found]
    rows = pictures.rows_of(labels) if data is None else _rows_of_data(data, pictures, labels)
    return _match_table(rows, found, queries)


def find_in_folder(
    folder: Folder,
    query: Source,
    k: int | None = 10,
    network: AnyNetwork | None = None,
    verbose: bool = True,
    exclude: Sequence[str] = (),
) -> SFrame:
    """Find the k pictures of a folder that look most like a query: all steps in one call.

    Parameters
    ----------
    folder : str or path
        Where the pictures are, its subfolders included.
    query : path, PIL image, array or Image, or a list of these
        A picture of the folder, which is left out of its own matches, or any other.
    k, network, verbose, exclude
        As in ``find_similar``, ``build_model`` and ``load_images``.

    Returns
    -------
    SFrame
        ``rank``, ``distance``, ``id``, ``path`` and ``image``, nearest first.

    Raises
    ------
    LookalikeError, TypeError, ValueError
        As the three steps do; for k and the query, before the first picture is looked at.

    Examples
    --------
    >>> import lookalike
    >>> matches = lookalike.find_in_folder('image', 'image/cats/cat-001.jpg', k=3, verbose=False)
    >>> matches.column_names()
    ['rank', 'distance', 'id', 'path', 'image']
    """
    plain_k_and_radius(k, None)
    check_query(query)
    model = build_model(load_images(folder, exclude=exclude), network, verbose)
    return find_similar(model, query, k)


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
        rows = _all_rows(model)
    elif isinstance(rows, (str, os.PathLike)):
        rows = load_images(rows)
    elif isinstance(rows, tc.SArray):
        rows = tc.SFrame({"image": rows})
    if model is None:
        return display.explore(cast("Iterable[Mapping[str, Any]]", rows), title=title)
    if not isinstance(rows, tc.SFrame):
        raise TypeError(
            "With a model, explore takes the model's rows as an SFrame, or no rows: "
            f"explore(model); found {type(rows).__name__}."
        )
    return display.explore(rows, title=title, search=_searcher(model, rows))


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


# How a model, of either engine, is asked.


def _pictures_of(model: ImageSimilarityModel, data: SFrame | None) -> KnowsPictures:
    """Return what knows a model's pictures: itself, or the rows that are kept for it."""
    if not hasattr(model, "similarity_graph"):
        raise TypeError(
            f"Expected a model, as build_model returns it; found {type(model).__name__}. The order "
            f"is {NEW_FORM}."
        )
    return guarded.known_rows(model, data) if is_real() else model


def _all_rows(model: ImageSimilarityModel) -> SFrame:
    return guarded.known_rows(model, None).frame if is_real() else model.references


def _matches(
    model: ImageSimilarityModel,
    pictures: KnowsPictures,
    queries: Sequence[Query],
    k: int | None,
    radius: float | None = None,
) -> list[Match]:
    if isinstance(pictures, KnownRows):
        return guarded.matches(model, pictures, queries, k, radius)
    return model.matches(queries, k, radius)


def _rows_of_data(data: SFrame, pictures: KnowsPictures, labels: Sequence[Any]) -> SFrame:
    """Return the rows of a user's own data: by path where both have paths, else by label."""
    known = KnownRows(data, pictures.label)
    positions = _positions_in(known, pictures, labels)
    if None in positions:
        strangers = pictures.rows_of([label for label, at in zip(labels, positions) if at is None])
        raise ToolkitError(
            f"The data lack {len(strangers)} of the pictures that were found: "
            f"{_named(strangers, pictures.label)}. They are of another folder, or the folder has "
            "changed since: load it anew, or leave data= out, since the model knows its pictures."
        )
    return known.at([position for position in positions if position is not None])


def _positions_in(
    rows: KnownRows, pictures: KnowsPictures, labels: Sequence[Any]
) -> list[int | None]:
    """Return where a model's pictures stand in other rows: by path if both have paths."""
    if rows.has_paths and labels:
        own = pictures.rows_of(labels)
        if "path" in own.column_names() and any(own["path"]):
            return [None if path is None else rows.position_of(path) for path in own["path"]]
    return [rows.position_of_label(label) for label in labels]


def _named(rows: SFrame, label: str | None) -> str:
    column = rows["path" if "path" in rows.column_names() else label or "id"]
    return ", ".join(map(repr, list(column)[:PATHS_NAMED]))


def _match_table(rows: SFrame, matches: Sequence[Match], queries: Sequence[Query]) -> SFrame:
    tc = engine()
    ranks: list[int] = []
    for match, before in zip(matches, [None, *matches]):
        ranks.append(ranks[-1] + 1 if before and before.query == match.query else 1)
    columns: dict[str, Any] = {}
    if len(queries) > 1:
        columns["query_id"] = tc.SArray([queries[match.query].name for match in matches])
    columns["rank"] = tc.SArray(ranks, dtype=int)
    columns["distance"] = tc.SArray([match.distance for match in matches], dtype=float)
    for name in rows.column_names():
        columns.setdefault(name, rows[name])
    table = tc.SFrame()
    for name, values in columns.items():
        table = table.add_column(values, name)
    return table


def _searcher(
    model: ImageSimilarityModel, rows: SFrame
) -> Callable[[Any, int], list[tuple[int, float]]]:
    """Return what finds look-alikes among rows: from a row or a picture and a k."""
    pictures = _pictures_of(model, rows)
    shown = KnownRows(rows, pictures.label)
    if shown.has_paths and all(pictures.position_of(path) is None for path in rows["path"] if path):
        raise ToolkitError(
            f"None of these {len(rows)} pictures is the model's, such as "
            f"{_named(rows, pictures.label)}: show the model's own with explore(model)."
        )

    def search(query: Any, k: int) -> list[tuple[int, float]]:
        queries = queries_of(pictures, model.feature, query)
        among: list[tuple[int, float]] = []
        for most in (k, None):
            found = _matches(model, pictures, queries, most)
            places = _positions_in(shown, pictures, [match.label for match in found])
            among = [(at, match.distance) for at, match in zip(places, found) if at is not None]
            if len(among) == len(found):
                break
            # The rows are some of the model's: the nearest among them come later.
        return among[:k]

    return search
