"""The graph that ``similarity_graph`` returns."""

from __future__ import annotations

import pytest

from lookalike.portable import SArray, SFrame, SGraph

pytestmark = pytest.mark.portable


@pytest.fixture
def graph():
    neighbors = SFrame(
        {
            "query_label": ["a", "c"],
            "reference_label": ["c", "d"],
            "distance": [1.0, 2.0],
            "rank": [1, 1],
        }
    )
    return SGraph.of_neighbors(SArray(["d", "a", "b", "c", "a"]), neighbors)


def test_vertices_are_the_labels_with_an_edge_in_the_order_of_the_rows(graph):
    assert list(graph.vertices["__id"]) == ["d", "a", "c"]
    assert graph.get_vertices() is graph.vertices


def test_edges_go_from_each_row_to_its_neighbors(graph):
    assert graph.edges.column_names() == ["__src_id", "__dst_id", "distance", "rank"]
    assert list(graph.edges[0].values()) == ["a", "c", 1.0, 1]
    assert graph.get_edges() is graph.edges


def test_a_graph_tells_its_size(graph):
    assert graph.summary() == {"num_edges": 2, "num_vertices": 3}
    assert str(graph) == "SGraph({'num_edges': 2, 'num_vertices': 3})"


def test_a_graph_may_have_no_edges():
    columns = {"query_label": str, "reference_label": str, "distance": float, "rank": int}
    nothing = SFrame({name: SArray([], kind) for name, kind in columns.items()})
    graph = SGraph.of_neighbors(SArray(["a", "b"]), nothing)
    assert graph.summary() == {"num_edges": 0, "num_vertices": 0}
