"""Groups of vertices that edges connect, as in ``turicreate.connected_components``."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import numpy as np

from ..search.components import components
from .frames.sarray import SArray
from .frames.sframe import SFrame
from .models.sgraph import SGraph
from .models.summary import Described, Sections

FIELDS = ("component_id", "component_size", "graph", "training_time")


def create(graph: SGraph, verbose: bool = True) -> ConnectedComponentsModel:
    """Find which vertices of a graph are connected, whatever the direction of its edges.

    Parameters
    ----------
    graph : SGraph
        As ``similarity_graph`` returns it; TypeError for anything else.
    verbose : bool
        Accepted for Turi Create's sake.

    Examples
    --------
    >>> from lookalike import tc
    >>> model = tc.image_similarity.create(tc.image_analysis.load_images('image'), verbose=False)
    >>> graph = model.similarity_graph(k=10, radius=0.5, verbose=False)
    >>> groups = tc.connected_components.create(graph, verbose=False).component_id
    >>> groups.column_names()
    ['__id', 'component_id']
    """
    if not isinstance(graph, SGraph):
        raise TypeError(f"Expected an SGraph as the graph; found {type(graph).__name__}.")
    start = time.perf_counter()
    rows = {vertex: row for row, vertex in enumerate(graph.vertices["__id"])}
    ends = zip(graph.edges["__src_id"], graph.edges["__dst_id"])
    pairs = np.array([(rows[source], rows[target]) for source, target in ends], np.intp)
    firsts = components(len(rows), pairs.reshape(-1, 2))
    numbers = np.unique(firsts, return_inverse=True)[1].reshape(-1)
    vertices = SFrame(graph.vertices)
    vertices["component_id"] = SArray(numbers.tolist(), int)
    return ConnectedComponentsModel(SGraph(vertices, graph.edges), time.perf_counter() - start)


class ConnectedComponentsModel(Described):
    """The components of a graph; made by ``create``.

    Attributes
    ----------
    graph : SGraph
        The graph, whose vertices have a ``component_id``.
    training_time : float
        Seconds.
    """

    _sections: ClassVar[Sections] = [
        ("Graph", [("graph", "graph")]),
        ("Results", [("number of connected components", "num_components")]),
        ("Metrics", [("training time (secs)", "training_time")]),
    ]

    def __init__(self, graph: SGraph, training_time: float) -> None:
        self.graph = graph
        self.training_time = training_time

    @property
    def component_id(self) -> SFrame:
        """``__id`` and ``component_id`` (from 0, in the order of the first vertices) of each."""
        return self.graph.vertices[["__id", "component_id"]]

    @property
    def component_size(self) -> SFrame:
        """``component_id`` and ``Count``, the number of its vertices."""
        counts = np.bincount(np.array(self.graph.vertices["component_id"], np.intp)).tolist()
        return SFrame(
            {"component_id": SArray(list(range(len(counts))), int), "Count": SArray(counts, int)}
        )

    @property
    def num_components(self) -> int:
        """How many there are."""
        return len(self.component_size)

    def __getitem__(self, field: str) -> Any:
        """Return a field by its name, as Turi Create's models do."""
        if field not in FIELDS:
            raise KeyError(f"Expected one of {', '.join(FIELDS)}; found {field!r}.")
        return getattr(self, field)
