"""A graph of neighbours: the part of Turi Create's ``SGraph`` that image similarity uses."""

from __future__ import annotations

from typing import Any, Iterable

from ...errors import ToolkitError
from ..frames import absent
from ..frames.sarray import SArray
from ..frames.sframe import SFrame


class SGraph(absent.Incomplete):
    """Vertices and the edges between them.

    Attributes
    ----------
    vertices : SFrame
        ``__id``: the labels of the rows that have an edge, each once.
    edges : SFrame
        ``__src_id``, ``__dst_id``, ``distance`` and ``rank``: from each row to its neighbours.
    """

    def __init__(self, vertices: SFrame, edges: SFrame) -> None:
        self.vertices = vertices
        self.edges = edges

    @classmethod
    def from_neighbors(cls, labels: SArray, neighbors: SFrame) -> SGraph:
        """Make the graph of a table of neighbours, as ``query`` returns it."""
        edges = neighbors.rename({"query_label": "__src_id", "reference_label": "__dst_id"})
        ends = edges["__src_id"].append(edges["__dst_id"])
        return cls(SFrame({"__id": labels.unique()}).filter_by(ends, "__id"), edges)

    def get_vertices(self, ids: Any = ()) -> SFrame:
        """Return the vertices, or those of one or several ids."""
        wanted = _several(ids)
        return self.vertices[self.vertices["__id"].is_in(wanted)] if wanted else self.vertices

    def get_edges(self, src_ids: Any = (), dst_ids: Any = ()) -> SFrame:
        """Return the edges, or those from some ids to others, pair by pair.

        None, and what is not given, is any id: ``src_ids=[1, 2]`` are the edges from 1 and from 2.
        ToolkitError if both are given and differ in length.
        """
        sources, targets = _several(src_ids), _several(dst_ids)
        if sources and targets and len(sources) != len(targets):
            raise ToolkitError(
                "Expected as many src_ids as dst_ids, since they are pairs; found "
                f"{len(sources)} and {len(targets)}."
            )
        if not (sources or targets):
            return self.edges
        anywhere = [None] * (len(sources) or len(targets))
        wanted = set(zip(sources or anywhere, targets or anywhere))
        ends = zip(self.edges["__src_id"], self.edges["__dst_id"])
        found = [bool({(a, b), (a, None), (None, b), (None, None)} & wanted) for a, b in ends]
        return self.edges[SArray(found, int)]

    def summary(self) -> dict[str, int]:
        """Return the number of vertices and of edges."""
        return {"num_edges": len(self.edges), "num_vertices": len(self.vertices)}

    def __repr__(self) -> str:
        return (
            f"SGraph({self.summary()})\nVertex Fields:{self.vertices.column_names()}\n"
            f"Edge Fields:{self.edges.column_names()}"
        )

    def __str__(self) -> str:
        return f"SGraph({self.summary()})"


def _several(ids: Any) -> list[Any]:
    return list(ids) if isinstance(ids, Iterable) and not isinstance(ids, str) else [ids]
