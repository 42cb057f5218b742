"""Names of Turi Create's that the portable engine lacks: each says what to do instead."""

from __future__ import annotations

import copy
import pickle

import pytest
from conftest import PORTABLE

from lookalike import portable
from lookalike.errors import NotHereError
from lookalike.portable.frames.absent import INSTEAD

GRAPH = portable.SGraph(portable.SFrame({"__id": [1]}), portable.SFrame())
OWNERS = {
    "SFrame": portable.SFrame({"a": [1]}),
    "SArray": portable.SArray([1]),
    "SGraph": GRAPH,
    "tc.aggregate": portable.aggregate,
    "tc": portable,
}
NAMES = [
    (owner, name)
    for owner, hints in INSTEAD.items()
    for names in hints.values()
    for name in names.split()
]


@pytest.mark.differs("absent")
@pytest.mark.parametrize(
    ("owner", "name", "instead"),
    [
        ("SFrame", "unpack", "pandas"),
        ("SArray", "cumulative_sum", "NumPy"),
        ("SGraph", "get_neighborhood", "networkx"),
        ("tc.aggregate", "STD", "pandas"),
        ("tc", "pagerank", "networkx"),
        ("tc", "kmeans", "Turi Create has it"),
    ],
)
def test_a_name_that_is_not_here_says_what_to_do_instead(owner, name, instead):
    with pytest.raises(AttributeError, match=rf"{owner}\.{name} is not here: .*{instead}.*\.$"):
        getattr(OWNERS[owner], name)


@pytest.mark.portable
@pytest.mark.parametrize(("owner", "name"), NAMES)
def test_no_name_is_said_to_be_missing_that_is_there(owner, name):
    places = [OWNERS[owner]]
    places += [] if owner.startswith("tc") else [type(OWNERS[owner])]
    for place in places:
        assert not hasattr(place, name)
        with pytest.raises(NotHereError):
            getattr(place, name)


@pytest.mark.portable
def test_names_that_turi_create_lacks_too_are_plain_attribute_errors():
    for owner in (*OWNERS.values(), portable.SFrame, portable.SArray, portable.SGraph):
        with pytest.raises(AttributeError, match="has no attribute 'nonsense'") as caught:
            owner.nonsense  # noqa: B018 - it raises
        assert not isinstance(caught.value, NotHereError)


@pytest.mark.portable
def test_a_subclass_lacks_the_same_names():
    class Photos(portable.SFrame):
        pass

    for owner in (Photos, Photos()):
        with pytest.raises(NotHereError, match=r"SFrame\.stack is not here"):
            owner.stack  # noqa: B018 - it raises


@pytest.mark.portable
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_frames_arrays_and_graphs_can_be_copied_and_pickled(again):
    assert list(again(OWNERS["SFrame"])) == [{"a": 1}]
    assert list(again(OWNERS["SArray"])) == [1]
    assert list(again(GRAPH).vertices["__id"]) == [1]


@pytest.mark.skipif(PORTABLE, reason="about the names of the real Turi Create")
def test_every_public_name_of_turi_create_is_here_or_says_what_to_do_instead(tc):
    modules = {"tc": tc, "tc.aggregate": tc.aggregate}
    classes = {name: getattr(tc, name) for name in ("SFrame", "SArray", "SGraph")}
    for owner, real in {**modules, **classes}.items():
        public = {name for name in dir(real) if not name.startswith("_")} - {"turicreate", "meta"}
        said = {name for place, name in NAMES if place == owner}
        here = {name for name in public if hasattr(OWNERS[owner], name)}
        assert public - here == said
