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
    return SGraph.from_neighbors(SArray(["d", "a", "b", "c", "a"]), neighbors)


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
    graph = SGraph.from_neighbors(SArray(["a", "b"]), nothing)
    assert graph.summary() == {"num_edges": 0, "num_vertices": 0}


def edges(frame):
    return [(row["__src_id"], row["__dst_id"]) for row in frame]


@pytest.fixture
def triangle():
    columns = {"query_label": [1, 1, 2], "reference_label": [2, 3, 3], "rank": [1, 2, 1]}
    return SGraph.from_neighbors(SArray([1, 2, 3]), SFrame(columns))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [(1, 2), (1, 3), (2, 3)]),
        ({"src_ids": [1]}, [(1, 2), (1, 3)]),
        ({"src_ids": 1}, [(1, 2), (1, 3)]),
        ({"dst_ids": [3, 3]}, [(1, 3), (2, 3)]),
        ({"src_ids": [1], "dst_ids": [3]}, [(1, 3)]),
        ({"src_ids": [1, None], "dst_ids": [2, 3]}, [(1, 2), (1, 3), (2, 3)]),
        ({"src_ids": SArray([2, 9])}, [(2, 3)]),
        ({"src_ids": ["1"]}, []),
    ],
)
def test_edges_are_found_by_their_ends(triangle, asked, found):
    assert edges(triangle.get_edges(**asked)) == found


def test_as_many_edges_must_begin_as_end(triangle):
    with pytest.raises(RuntimeError, match="2 and 1"):
        triangle.get_edges(src_ids=[1, 2], dst_ids=[3])


@pytest.mark.parametrize(
    ("ids", "found"),
    [([], [1, 2, 3]), ([1, 3], [1, 3]), (2, [2]), (SArray([2]), [2]), ([9], []), (["1"], [])],
)
def test_vertices_are_found_by_their_ids(triangle, ids, found):
    assert list(triangle.get_vertices(ids=ids)["__id"]) == found
