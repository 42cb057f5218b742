"""Both engines on the same pictures: how far they agree, and how long each takes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple

from ..errors import MissingFileError, ToolkitError
from ..names import expanded
from . import guarded
from .choice import turicreate

if TYPE_CHECKING:
    from ..portable import SFrame
    from ..portable.image_similarity import ImageSimilarityModel

Neighbors = Mapping[str, "list[str]"]


class EngineRun(NamedTuple):
    """One engine's work on a folder.

    Attributes
    ----------
    engine, network : str
        The names of the engine and of its network.
    load, create, search : float
        Seconds to load the folder, to build the model (with the loading of its network), and to
        find the neighbours of all pictures.
    neighbors : dict of str to list of str
        The paths of the nearest pictures by each picture's path, nearest first.
    same_folder : float or None
        The share of neighbours in their picture's own folder: if a folder holds one kind of
        picture, the share that is right. None if all pictures are in one folder.
    """

    engine: str
    network: str
    load: float
    create: float
    search: float
    neighbors: Neighbors
    same_folder: float | None


class EngineComparison(NamedTuple):
    """Two engines' work on the same pictures; printed, a table.

    Attributes
    ----------
    k : int
        How many neighbours of each picture were compared.
    turicreate, portable : EngineRun
        The work of each engine.
    shared : dict of str to float
        The share of neighbours that both engines found, 0 to 1, by each picture's path.
    overlap : float
        Its mean.
    """

    k: int
    turicreate: EngineRun
    portable: EngineRun
    shared: Mapping[str, float]
    overlap: float

    def __str__(self) -> str:
        runs = (self.turicreate, self.portable)
        lines = [
            f"{len(self.shared)} pictures, the {self.k} nearest of each",
            _line("", *(run.engine for run in runs)),
            _line("network", *(run.network for run in runs)),
            _line("load", *(f"{run.load:.2f} s" for run in runs)),
            _line("create", *(f"{run.create:.2f} s" for run in runs)),
            _line("search all", *(f"{run.search:.3f} s" for run in runs)),
        ]
        shares = [run.same_folder for run in runs if run.same_folder is not None]
        if len(shares) == len(runs):
            lines.append(_line("in the same folder", *(f"{share:.3f}" for share in shares)))
        lines.append(f"{self.overlap:.0%} of the neighbours are the same.")
        return "\n".join(lines)


def compare_engines(
    folder: str | os.PathLike[str], k: int = 9, network: str = "auto", verbose: bool = True
) -> EngineComparison:
    """Run both engines on a folder's pictures; print how they compare, and return it by picture.

    Parameters
    ----------
    folder : str or path
        Where the pictures are, its subfolders included.
    k : int
        How many neighbours of each picture to compare.
    network : str
        The portable engine's network; Turi Create takes its ResNet-50.
    verbose : bool
        Whether progress and the table are printed.

    Raises
    ------
    BackendError
        If Turi Create, or its network's file, is not here.
    MissingFileError
        If there is no such folder.
    ToolkitError
        If fewer than two pictures can be read.

    Examples
    --------
    >>> import lookalike
    >>> comparison = lookalike.compare_engines('image')            # doctest: +SKIP
    >>> min(comparison.shared, key=comparison.shared.get)          # doctest: +SKIP
    'image/cats/cat-017.png'
    """
    from .. import portable as tc

    turicreate()
    place = expanded(folder)
    if not os.path.isdir(place):
        raise MissingFileError(
            folder, f"There is no folder {str(folder)!r} ({os.path.abspath(place)})."
        )
    real = _run(
        "turicreate",
        lambda: guarded.load_images(place),
        lambda data: guarded.create(data.add_row_number("id"), label="id", verbose=verbose),
        k,
    )
    create = tc.image_similarity.create
    portable = _run(
        "portable",
        lambda: tc.image_analysis.load_images(place),
        # Without the store: features from another day would be no measure.
        lambda data: create(data, model=network, verbose=verbose, cache=False),
        k,
    )
    shared = {
        path: len(set(found) & set(portable.neighbors[path])) / len(found)
        for path, found in real.neighbors.items()
        if path in portable.neighbors
    }
    if not shared:
        raise ToolkitError(f"Two pictures or more are needed in {str(folder)!r} to compare.")
    overlap = sum(shared.values()) / len(shared)
    comparison = EngineComparison(k, real, portable, shared, overlap)
    if verbose:
        print(comparison)  # noqa: T201 - what it is for
    return comparison


def _run(
    engine: str, load: Callable[[], SFrame], create: Callable[[SFrame], Any], k: int
) -> EngineRun:
    start = time.perf_counter()
    data = load()
    loaded = time.perf_counter()
    model: ImageSimilarityModel = create(data)
    created = time.perf_counter()
    edges: Any = model.similarity_graph(k=k, output_type="SFrame", verbose=False)
    paths = list(data["path"])
    neighbors: dict[str, list[str]] = {}
    for query, reference in zip(edges["query_label"], edges["reference_label"]):
        neighbors.setdefault(paths[query], []).append(paths[reference])
    search = time.perf_counter() - created
    same = _same_folder(neighbors)
    return EngineRun(engine, model.model, loaded - start, created - loaded, search, neighbors, same)


def _same_folder(neighbors: Neighbors) -> float | None:
    if len({Path(path).parent for path in neighbors}) < 2:
        return None
    pairs = [(path, other) for path, found in neighbors.items() for other in found]
    return sum(Path(path).parent == Path(other).parent for path, other in pairs) / len(pairs)


def _line(name: str, turicreate: str, portable: str) -> str:
    return f"{name:<20}{turicreate:>18}{portable:>20}"
