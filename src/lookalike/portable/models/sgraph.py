"""A graph of neighbours, as Turi Create's ``SGraph``, as far as ``similarity_graph`` returns it."""

from __future__ import annotations

from ..frames.sarray import SArray
from ..frames.sframe import SFrame


class SGraph:
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
    def of_neighbors(cls, labels: SArray, neighbors: SFrame) -> SGraph:
        """Make the graph of a table of neighbours, as ``query`` returns it."""
        edges = neighbors.rename({"query_label": "__src_id", "reference_label": "__dst_id"})
        ends = edges["__src_id"].append(edges["__dst_id"])
        return cls(SFrame({"__id": labels.unique()}).filter_by(ends, "__id"), edges)

    def get_vertices(self) -> SFrame:
        """Return the vertices."""
        return self.vertices

    def get_edges(self) -> SFrame:
        """Return the edges."""
        return self.edges

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
