"""Why it works, in drawings: what a network sees in pictures, and how near they lie to each other.

Every drawing is a matplotlib ``Figure`` without a window: a notebook shows it as a cell's result, a
program writes it with ``savefig``. Features are those of ``get_deep_features``, one row for each
picture. Without matplotlib, which the extra ``notebook`` brings, each function that draws raises
ImportError.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Sequence

import numpy as np

from . import display
from .errors import install_hint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Numbers = np.ndarray[Any, Any]

# Inches.
FEATURES_SIZE, DISTANCES_SIZE, MAP_SIZE = (9, 1.7), (9, 3.2), (9, 6.6)
# Dots per inch.
DPI = 130
# Pixels of a picture beside its features, and of one on the map.
SIDE, MAP_SIDE = 200, 60
OWN, OTHER, MARK = "#1976d2", "#ef8a17", "#d81b60"
BINS = 60


def draw_features(
    pictures: Iterable[Any], features: Sequence[Sequence[float]], count: int = 80
) -> Figure:
    """Draw pictures, each beside the features in which the first one is strongest.

    Parameters
    ----------
    pictures : iterable of Image, PIL image, array or path
        The n pictures; the others are compared with the first.
    features : (n, d) float
        Their features.
    count : int
        How many features to draw, the first picture's strongest before its others.

    Returns
    -------
    Figure
        One row for each picture; its title is the Euclidean distance from the first, over all d
        features. The outline in each row is the first picture's features.
    """
    vectors = np.asarray(features, np.float64)
    shown = np.argsort(-vectors[0], kind="stable")[:count]
    pictures = list(pictures)
    figure = _figure(FEATURES_SIZE, lines=len(pictures))
    axes = figure.subplots(len(pictures), 2, squeeze=False, gridspec_kw={"width_ratios": (1, 6)})
    for (left, right), picture, vector in zip(axes, pictures, vectors):
        left.imshow(_pixels(picture, SIDE))
        left.axis("off")
        right.bar(range(len(shown)), vector[shown], width=1.0, color=OWN)
        right.step(range(len(shown)), vectors[0][shown], where="mid", color="0.4", linewidth=1)
        right.margins(x=0)
        right.set_ylim(0, vectors[:, shown].max() * 1.05)
        right.set_title(f"distance {np.linalg.norm(vector - vectors[0]):.2f}", fontsize=9)
        _plain(right)
    return figure


def draw_distances(features: Sequence[Sequence[float]], families: Sequence[Hashable]) -> Figure:
    """Draw how many pairs of pictures have which distance, within families and between them.

    Parameters
    ----------
    features : (n, d) float
        One row for each picture.
    families : sequence of n values
        The same value for pictures of the same family.

    Returns
    -------
    Figure
        Two histograms of Euclidean distances, each pair counted once.
    """
    vectors = np.asarray(features)
    numbers = np.unique(np.asarray(families), return_inverse=True)[1]
    pairs = np.triu_indices(len(vectors), k=1)
    # Row by row, since all differences at once would be n * n * d numbers.
    apart = np.array([np.linalg.norm(vectors - vector, axis=1) for vector in vectors])[pairs]
    same = (numbers[:, None] == numbers)[pairs]
    figure = _figure(DISTANCES_SIZE)
    axes = figure.subplots()
    bins = np.linspace(apart.min(), apart.max(), BINS).tolist()
    for chosen, color, name in ((same, OWN, "same family"), (~same, OTHER, "different families")):
        axes.hist(apart[chosen], bins, color=color, alpha=0.65, label=name)
    axes.set_xlabel("distance")
    axes.set_ylabel("pairs of pictures")
    axes.legend(frameon=False)
    _plain(axes, ticks=True)
    return figure


def draw_map(
    pictures: Iterable[Any],
    features: Sequence[Sequence[float]],
    marked: Iterable[int] = (),
) -> Figure:
    """Draw a collection as a map, on which pictures with similar features lie close together.

    Parameters
    ----------
    pictures : iterable of Image, PIL image, array or path
        The collection, n pictures, at most some hundreds.
    features : (n, d) float
        Their features.
    marked : iterable of int
        The positions of pictures that get a frame and lie on top.

    Returns
    -------
    Figure
        The pictures at their ``map_positions``.
    """
    figure = _figure(MAP_SIZE)
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    axes = figure.subplots()
    positions = map_positions(features)
    axes.scatter(positions[:, 0], positions[:, 1], s=0)
    framed = set(marked)
    frame = {"edgecolor": MARK, "linewidth": 2, "boxstyle": "square,pad=0.1"}
    for number, (picture, position) in enumerate(zip(pictures, positions)):
        box = AnnotationBbox(
            OffsetImage(_pixels(picture, MAP_SIDE), zoom=72 / DPI),
            position,
            frameon=number in framed,
            bboxprops=frame if number in framed else None,
            zorder=4 if number in framed else 3,
        )
        axes.add_artist(box)
    axes.margins(0.06)
    axes.axis("off")
    return figure


def map_positions(features: Sequence[Sequence[float]]) -> Numbers:
    """Return positions on a plane that show as much as possible of the features' differences.

    Parameters
    ----------
    features : (n, d) float
        One row for each picture; n and d are 2 or more.

    Returns
    -------
    (n, 2) float
        The first two principal components: the two directions in which the features vary most.

    Examples
    --------
    >>> map_positions([[0, 0, 0], [4, 0, 0], [4, 2, 0], [0, 2, 0]]).round(3).tolist()
    [[-2.0, -1.0], [2.0, -1.0], [2.0, 1.0], [-2.0, 1.0]]
    """
    centred = np.asarray(features, np.float64)
    centred = centred - centred.mean(axis=0)
    left, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    # A component has no sign of its own: without a rule, machines would draw mirrored maps.
    strongest = np.abs(directions[:2]).argmax(axis=1)
    signs = np.sign(directions[[0, 1], strongest])
    return left[:, :2] * sizes[:2] * signs


def _figure(size: tuple[float, float], lines: int = 1) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            f"Drawings need matplotlib, which is not installed: {install_hint('notebook')}."
        ) from error
    return Figure(figsize=(size[0], size[1] * lines), dpi=DPI, layout="constrained")


def _plain(axes: Axes, ticks: bool = False) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    if not ticks:
        axes.set_xticks([])
    axes.tick_params(labelsize=8)


def _pixels(picture: Any, side: int) -> Numbers:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(display.thumbnail(picture, side))))
