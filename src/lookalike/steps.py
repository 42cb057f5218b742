"""The helpers: the tutorial's steps, on either engine, each in one call.

They call only what both engines have. A *row* is a dict from column name to value, as ``data[0]``
gives it; ``SFrame``, ``Image`` and the models are those of ``lookalike.tc``.
"""

from __future__ import annotations

import os
from functools import wraps
from typing import TYPE_CHECKING, Any, Callable, Sequence, TypeVar, Union, cast

from .engines import guarded
from .engines.asked import (
    NEW_FORM,
    frame_with,
    matches_of,
    pictures_of,
    rows_of_data,
)
from .engines.choice import engine, is_real
from .errors import MissingFileError, ToolkitError
from .names import expanded
from .queries import check_query, queries_of, remember, shown_as
from .search.limits import plain_k_and_radius

if TYPE_CHECKING:
    from .networks.catalogue import AnyNetwork
    from .portable import SFrame
    from .portable.image_similarity import ImageSimilarityModel
    from .portable.models.matching import Match, Query
    from .queries import Source

    Folder = Union[str, os.PathLike[str]]

Call = TypeVar("Call", bound=Callable[..., Any])


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
        besides = ", but for what is excluded" if exclude else ""
        raise MissingFileError(
            folder,
            f"There are no pictures in the folder {str(folder)!r} ({os.path.abspath(place)})"
            f"{besides}.",
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
        If it has no rows or no column of images, an id is there twice, there is no such network,
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


def names_folders(data: Any) -> bool:
    """Return whether this is a folder's path, or a list of these."""
    folders = data if isinstance(data, (list, tuple)) else [data]
    return bool(folders) and all(isinstance(one, (str, os.PathLike)) for one in folders)


def _frame_of(data: Any) -> SFrame:
    """Return the rows that a user means: an SFrame as it is, or the pictures of folders."""
    if isinstance(data, engine().SFrame):
        return data
    if names_folders(data):
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
    box: Sequence[float] | None = None,
    together: bool = False,
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
    box : sequence of four numbers, optional
        The part of a single query that is searched with: left, top, right, bottom, in pixels of
        the upright picture. The part is decoded as large as the network needs it. The picture that
        it is a part of is left out as before.
    together : bool
        Whether several queries are one: they are searched with by the mean of their features, as
        the model compares them (of length 1 again, where features have that). All of them are left
        out of the matches.

    Returns
    -------
    SFrame
        ``rank`` (from 1), ``distance`` (Euclidean, of features of length 1 from which the
        collection's mean was subtracted, made of length 1 again, so from 0 to 2; as the network
        gives them where the model is not centred) and the columns of the model's rows, nearest
        first. For several queries that are not together, ``query_id`` (the row's ``id``, or its
        number among them) comes before them. ``explore`` shows it query by query, with the
        queries' pictures.

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
        If the model or the query is none of these, or the box is not four numbers.
    ValueError
        If k is not a positive whole number, the distance is negative, the box is empty or not
        within the picture, or there is a box of several pictures.

    Examples
    --------
    >>> import lookalike
    >>> model = lookalike.build_model('image', verbose=False)
    >>> matches = lookalike.find_similar(model, 'image/cats/cat-001.jpg', k=3)
    >>> list(matches['rank'])
    [1, 2, 3]
    >>> part = lookalike.find_similar(model, 'image/cats/cat-001.jpg', box=(20, 20, 200, 200))
    >>> both = ['image/cats/cat-001.jpg', 'image/cats/cat-002.png']
    >>> like_both = lookalike.find_similar(model, both, together=True)
    """
    k, max_distance = plain_k_and_radius(k, max_distance, "max_distance")
    pictures = pictures_of(model, data)
    queries = queries_of(pictures, model.feature, query, box)
    found = matches_of(model, pictures, queries, k, max_distance, together)
    labels = [match.label for match in found]
    rows = pictures.rows_of(labels) if data is None else rows_of_data(data, pictures, labels)
    table = _match_table(rows, found, [] if together else queries)
    remember(table, [match.query for match in found], shown_as(pictures, queries), together)
    return table


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
    if isinstance(query, (str, os.PathLike)) and os.path.isdir(query) and os.path.isfile(folder):
        raise TypeError(
            f"The folder comes first: find_in_folder({os.fspath(query)!r}, {os.fspath(folder)!r})."
        )
    check_query(query)
    model = build_model(load_images(folder, exclude=exclude), network, verbose)
    return find_similar(model, query, k)


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
    return frame_with(columns, rows)
