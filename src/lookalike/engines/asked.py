"""The pictures and look-alikes of a model of either engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ..errors import ToolkitError
from . import guarded
from .choice import engine, is_real
from .known_rows import KnownRows

if TYPE_CHECKING:
    from ..portable import SFrame
    from ..portable.image_similarity import ImageSimilarityModel
    from ..portable.models.matching import Match, Query
    from .guarded import KnowsPictures

NEW_FORM = "find_similar(model, query, k=10): the model knows its pictures, so no data are given"
PATHS_NAMED = 3


def pictures_of(model: ImageSimilarityModel, data: SFrame | None) -> KnowsPictures:
    """Return what knows a model's pictures: the model, or for Turi Create's, the rows of it."""
    if not hasattr(model, "similarity_graph"):
        raise TypeError(
            f"Expected a model, as build_model returns it; found {type(model).__name__}. The order "
            f"is {NEW_FORM}."
        )
    return guarded.known_rows(model, data) if is_real() else model


def all_rows(model: ImageSimilarityModel) -> SFrame:
    """Return the rows of all of a model's pictures."""
    return guarded.known_rows(model, None).frame if is_real() else model.references


def matches_of(
    model: ImageSimilarityModel,
    pictures: KnowsPictures,
    queries: Sequence[Query],
    k: int | None,
    radius: float | None = None,
    together: bool = False,
) -> list[Match]:
    """Return the look-alikes of queries, each without itself: see the model's ``matches``."""
    if isinstance(pictures, KnownRows):
        return guarded.matches(model, pictures, queries, k, radius, together)
    return model.matches(queries, k, radius, together)


def rows_of_data(data: SFrame, pictures: KnowsPictures, labels: Sequence[Any]) -> SFrame:
    """Return the rows of a user's own data: by path where both have paths, else by label."""
    known = KnownRows(data, pictures.label)
    positions = positions_in(known, pictures, labels)
    if None in positions:
        strangers = pictures.rows_of([label for label, at in zip(labels, positions) if at is None])
        raise ToolkitError(
            f"The data lack {len(strangers)} of the pictures that were found: "
            f"{named(strangers, pictures.label)}. They are of another folder, or the folder has "
            "changed since: load it anew, or leave data= out, since the model knows its pictures."
        )
    return known.at([position for position in positions if position is not None])


def positions_in(rows: Any, pictures: KnowsPictures, labels: Sequence[Any]) -> list[int | None]:
    """Return the positions of a model's pictures in other rows: by path if both have paths."""
    if finds_itself(rows):
        return rows.positions_of(labels)
    if rows.has_paths and labels:
        own = pictures.rows_of(labels)
        if "path" in own.column_names() and any(own["path"]):
            return [None if path is None else rows.position_of(path) for path in own["path"]]
    return [rows.position_of_label(label) for label in labels]


def finds_itself(rows: Any) -> bool:
    """Return whether rows find their positions by themselves, as those of a collection do."""
    return hasattr(rows, "positions_of")


def gives_all(model: ImageSimilarityModel) -> bool:
    """Return whether all of a model's pictures can be had: not of a collection's, on a cluster."""
    return is_real() or hasattr(model, "gallery")


def named(rows: SFrame, label: str | None) -> str:
    """Return the paths or labels of the first rows, for a message."""
    column = rows["path" if "path" in rows.column_names() else label or "id"]
    return ", ".join(map(repr, list(column)[:PATHS_NAMED]))


def frame_with(columns: Mapping[str, Any], rows: SFrame) -> SFrame:
    """Return a frame of columns, and then of those columns of rows that have other names."""
    added = {name: rows[name] for name in rows.column_names() if name not in columns}
    frame = engine().SFrame()
    # One by one: Turi Create orders the columns of a dict by their names.
    for name, values in {**columns, **added}.items():
        frame = frame.add_column(values, name)
    return frame
