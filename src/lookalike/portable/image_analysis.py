"""Many pictures at once, as in ``turicreate.image_analysis``: load, resize, extract features."""

from __future__ import annotations

import array
import os
import random
from pathlib import Path
from typing import Any, Iterator

from .. import pictures
from ..errors import MissingFileError, ToolkitError
from ..networks import catalogue
from ..networks.extractor import FeatureExtractor
from . import extraction
from .image import MODES, Image
from .sarray import SArray
from .sframe import SFrame

# What ``format`` takes, and the picture format that it keeps.
FORMATS = {"auto": None, "JPG": "JPEG", "PNG": "PNG"}


def load_images(
    url: str | os.PathLike[str],
    format: str = "auto",
    with_path: bool = True,
    recursive: bool = True,
    ignore_failure: bool = True,
    random_order: bool = False,
) -> SFrame:
    """Find the pictures of a folder; none is opened before it is needed.

    Parameters
    ----------
    url : str or path
        A folder, or one picture.
    format : {'auto', 'JPG', 'PNG'}
        Whether to keep the pictures of one format only.
    with_path : bool
        Whether there is a column ``path``.
    recursive : bool
        Whether to look into subfolders.
    ignore_failure : bool
        Whether a picture that cannot be read keeps its row; it is then left out of models, with a
        warning. If False, each picture's first bytes are read, and the first that is none raises.
    random_order : bool
        Whether the rows are shuffled; else they are in the order of their paths.

    Returns
    -------
    SFrame
        ``path`` (str) and ``image`` (Image).

    Raises
    ------
    MissingFileError
        If there is no such folder.
    UnreadableImageError
        If a picture cannot be read and ``ignore_failure`` is off.
    ToolkitError
        If ``format`` is none of the three.

    Notes
    -----
    Unlike Turi Create's, it knows WebP, GIF, BMP, TIFF, PPM and AVIF too, passes over hidden and
    other files in silence, gives the same order every time, and leaves paths as they were given
    (``image/cats/cat-001.jpg`` for ``load_images('image')``) instead of making them absolute.

    Examples
    --------
    >>> from lookalike import tc
    >>> data = tc.image_analysis.load_images('image')    # doctest: +SKIP
    >>> data.shape                                       # doctest: +SKIP
    (199, 2)
    """
    if format not in FORMATS:
        raise ToolkitError(f"Expected format to be one of {', '.join(FORMATS)}; found {format!r}.")
    place = Path(url).expanduser()
    if not place.exists():
        raise MissingFileError(
            url, f"There is no folder or picture {str(url)!r}: {place.absolute()}"
        )
    paths = [str(path) for path in (_walk(place, recursive) if place.is_dir() else [place])]
    wanted = FORMATS[format]
    formats = ((path, pictures.format_of(Path(path))) for path in sorted(paths))
    paths = [path for path, found in formats if found and wanted in (None, found)]
    if random_order:
        random.shuffle(paths)
    images = [Image.unread(path) if ignore_failure else Image(path) for path in paths]
    columns = {"path": SArray(paths, str)} if with_path else {}
    return SFrame({**columns, "image": SArray(images, Image)})


def _walk(folder: Path, recursive: bool) -> Iterator[Path]:
    """Give a folder's files, but neither hidden ones nor any twice where links make a circle."""
    seen = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        seen.add(os.path.realpath(root))
        folders[:] = [
            name
            for name in folders
            if recursive
            and not name.startswith(".")
            and os.path.realpath(os.path.join(root, name)) not in seen  # noqa: PTH118 - as fast
        ]
        yield from (Path(root, name) for name in names if not name.startswith("."))


def resize(
    image: Image | SArray,
    width: int,
    height: int,
    channels: int | None = None,
    decode: bool = False,
    resample: str = "nearest",
) -> Any:
    """Return an image, or an SArray of images, in another size; the aspect is not kept.

    Parameters
    ----------
    image : Image or SArray of Image
        What to resize.
    width, height : int
        Pixels, at least 1.
    channels : {1, 3, 4}, optional
        Grey, colour, or colour with transparency; by default as before, in an SArray 3.
    decode : bool
        Whether to keep raw pixels, which take more memory and no time to decode; else PNG.
    resample : {'nearest', 'bilinear'}
        ``'bilinear'`` is antialiased.

    Raises
    ------
    ValueError
        If it is no image or SArray, a size is not positive, or ``resample`` is unknown.
    ToolkitError
        If there is no such number of channels.
    UnreadableImageError
        If the image cannot be decoded.
    """
    if min(width, height) < 1:
        raise ValueError(f"Expected a width and a height of 1 or more; found {width} x {height}.")
    if resample not in ("nearest", "bilinear"):
        raise ValueError(f"Expected resample 'nearest' or 'bilinear'; found {resample!r}.")
    if isinstance(image, SArray):
        count = 3 if channels is None else channels
        return image.apply(lambda one: resize(one, width, height, count, decode, resample), Image)
    if not isinstance(image, Image):
        raise ValueError(f"Expected an Image or an SArray of them; found {type(image).__name__}.")
    count = image.channels if channels is None else channels
    if count not in MODES:
        raise ToolkitError(f"Expected 1, 3 or 4 channels; found {count}.")
    return image.resized(width, height, MODES[count], resample == "bilinear", encode=not decode)


def get_deep_features(
    images: SArray, model_name: str, batch_size: int = 64, verbose: bool = True
) -> SArray:
    """Turn images into features, which ``image_similarity.create`` and ``query`` take too.

    Parameters
    ----------
    images : SArray of Image
        What to look at.
    model_name : str
        The network, or ``'auto'``.
    batch_size : int
        How many pictures are handed out at a time; it changes no result.
    verbose : bool
        Whether progress is printed.

    Returns
    -------
    SArray of array
        ``(num_features,) float32`` each; None for a picture that cannot be read, which a warning
        names with its reason.

    Raises
    ------
    TypeError
        If ``images`` is not an SArray of images.
    ToolkitError
        If it is empty, no picture can be read, or there is no such network.
    ValueError
        If ``batch_size`` is less than 1.
    """
    if not isinstance(images, SArray) or images.dtype is not Image:
        found = images.dtype if isinstance(images, SArray) else type(images)
        raise TypeError(f"Expected an SArray of images; found {found.__name__}.")
    if len(images) == 0:
        raise ToolkitError("There are no images to extract features from.")
    network = FeatureExtractor(catalogue.find_network(model_name))
    features, failures = extraction.extract(network, images, batch_size, verbose)
    rows = iter(features)
    return SArray([None if i in failures else next(rows) for i in range(len(images))], array.array)
