"""Groups of the vertices of a graph, on either engine."""

from __future__ import annotations

import pytest


@pytest.fixture
def graph(tc):
    points = [[0.0, 0], [0.0, 0.1], [5.0, 5], [9.0, 1], [5.0, 5.1], [0.0, 0.2]]
    frame = tc.SFrame({"point": points, "name": list("abcdef")})
    model = tc.nearest_neighbors.create(frame, label="name", features=["point"], verbose=False)
    return model.similarity_graph(k=1, radius=1, verbose=False)


def groups(ids) -> list[list[str]]:
    """Return the vertices of each component."""
    found: dict[int, list[str]] = {}
    for row in ids.sort("__id"):
        found.setdefault(row["component_id"], []).append(row["__id"])
    return sorted(found.values())


def test_vertices_that_edges_connect_are_one_component(tc, graph):
    model = tc.connected_components.create(graph, verbose=False)
    assert model.component_id.column_names() == ["__id", "component_id"]
    assert groups(model.component_id) == [["a", "b", "f"], ["c", "e"]]
    assert groups(model["component_id"]) == groups(model.component_id)


def test_components_have_their_sizes(tc, graph):
    sizes = tc.connected_components.create(graph, verbose=False).component_size
    assert sizes.column_names() == ["component_id", "Count"]
    assert sorted(sizes["Count"]) == [2, 3]


def test_the_graph_has_the_components_of_its_vertices(tc, graph):
    model = tc.connected_components.create(graph, verbose=False)
    vertices = model["graph"].get_vertices(ids=["c", "e"])
    assert len(set(vertices["component_id"])) == 1
    assert len(model.graph.get_edges(src_ids=["c"])) == 1
    assert "component_id" not in graph.get_vertices().column_names()


def test_what_is_no_graph_is_refused(tc):
    with pytest.raises(TypeError, match="SGraph"):
        tc.connected_components.create(tc.SFrame({"a": [1]}))


@pytest.mark.portable
def test_components_are_numbered_in_the_order_of_their_vertices():
    from lookalike import portable

    frame = portable.SFrame({"point": [[5.0], [0.0], [5.1], [0.1]]})
    graph = portable.nearest_neighbors.create(frame).similarity_graph(k=1)
    model = portable.connected_components.create(graph)
    assert list(model.component_id["component_id"]) == [0, 1, 0, 1]
    assert "connected components" in model.summary("str")
    with pytest.raises(KeyError, match="Expected one of component_id"):
        model["component"]


@pytest.mark.portable
def test_a_graph_without_edges_has_no_components():
    from lookalike import portable

    frame = portable.SFrame({"point": [[5.0], [0.0]]})
    graph = portable.nearest_neighbors.create(frame).similarity_graph(k=1, radius=0.5)
    model = portable.connected_components.create(graph)
    assert (len(model.component_id), len(model.component_size)) == (0, 0)
