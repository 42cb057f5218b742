"""Many pictures at once, as in ``turicreate.image_analysis``: load, resize, extract features."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

from ..errors import (
    MissingFileError,
    ToolkitError,
    UnreadableImageError,
    UnreadableImageWarning,
    visible,
    warn_caller,
)
from ..images.folder import pictures_in
from ..networks import catalogue
from .frames.image import MODES, Image, Walk
from .frames.sarray import SArray
from .frames.sframe import SFrame
from .models import inputs
from .models.inputs import ImageFeatureExtractor

if TYPE_CHECKING:
    from ..images.folder import Patterns
    from ..networks.catalogue import AnyNetwork

# The values of ``format``, and the picture format that each selects.
FORMATS = {"auto": None, "JPG": "JPEG", "PNG": "PNG"}
RESAMPLES = ("nearest", "bilinear")


def load_images(
    url: str | os.PathLike[str],
    format: str = "auto",
    with_path: bool = True,
    recursive: bool = True,
    ignore_failure: bool = True,
    random_order: bool = False,
    exclude: Patterns = (),
) -> SFrame:
    """Return the ``path`` (str) and ``image`` (Image) of a folder's pictures.

    Each is opened when it is first used.

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
        Whether a picture that cannot be read has a row; models leave it out, with a warning. If
        False, the first bytes of each are read now, and the first failure is raised.
    random_order : bool
        Whether the rows are shuffled; else they are in the order of their paths.
    exclude : str or sequence of str
        Patterns of files and folders that are left out: of names (``*.gif``, ``drafts``), or of
        paths from the folder on (``2019/*``). Turi Create has no such argument.

    Raises
    ------
    MissingFileError
        If there is no such folder, or all in it is unreadable: files of other formats, folders
        without permission.
    UnreadableImageError
        If a picture cannot be read and ``ignore_failure`` is off.
    ToolkitError
        If ``format`` is none of the three.

    Notes
    -----
    Unlike Turi Create's, it reads WebP, GIF, BMP, TIFF, PPM, AVIF and JPEG 2000 too, and with a
    package for them HEIC and camera raw files; it passes over hidden files and those of systems. A
    warning counts the files of known formats that it cannot read, and says what to install. The
    order is the same every time, and paths start as the folder was given
    (``image/cats/cat-001.jpg`` for ``load_images('image')``) instead of being absolute.

    Examples
    --------
    >>> from lookalike import tc
    >>> data = tc.image_analysis.load_images('image')
    >>> data.shape
    (199, 2)
    """
    if format not in FORMATS:
        raise ToolkitError(f"Expected format to be one of {', '.join(FORMATS)}; found {format!r}.")
    found = pictures_in(url, recursive, exclude, FORMATS[format])
    paths = found.paths
    if not paths and found.remarks():
        raise found.nothing()
    for remark in found.remarks():
        warn_caller(visible(remark), UnreadableImageWarning)
    if random_order:
        random.shuffle(paths)
    walk = Walk(recursive, tuple(exclude))
    images = [Image.unread(path, walk) if ignore_failure else Image(path) for path in paths]
    columns = {"path": SArray(paths, str)} if with_path else {}
    return SFrame({**columns, "image": SArray(images, Image)})


def resize(
    image: Image | SArray,
    width: int,
    height: int,
    channels: int | None = None,
    decode: bool = False,
    resample: str = "nearest",
) -> Any:
    """Return an image, or an SArray of images, in another size; the aspect may change.

    Parameters
    ----------
    image : Image or SArray of Image
        What to resize.
    width, height : int
        Pixels, at least 1.
    channels : {1, 3, 4}, optional
        Grey, colour, or colour with transparency; by default as before, in an SArray 3.
    decode : bool
        Whether the result is raw pixels, which take more memory and no time to decode; else PNG.
    resample : {'nearest', 'bilinear'}
        ``'nearest'`` takes the pixels that Turi Create takes; ``'bilinear'``, unlike there, is
        antialiased.

    Returns
    -------
    Image or SArray of Image
        In an SArray, None for what is missing or cannot be read; a warning names the latter.

    Raises
    ------
    ValueError
        If it is no image or SArray, a size or ``channels`` is not positive, or ``resample`` is
        unknown.
    ToolkitError
        If there is no such number of channels.
    UnreadableImageError, MissingFileError
        If the one image cannot be decoded.
    """
    if min(width, height) < 1:
        raise ValueError(f"Expected a width and a height of 1 or more; found {width} x {height}.")
    if resample not in RESAMPLES:
        raise ValueError(f"Expected resample to be one of {RESAMPLES}; found {resample!r}.")
    if isinstance(image, SArray):
        count = 3 if channels is None else channels
        return _resize_all(image, width, height, count, decode, resample)
    if not isinstance(image, Image):
        raise ValueError(f"Expected an Image or an SArray of them; found {type(image).__name__}.")
    count = image.channels if channels is None else channels
    if count not in MODES:
        kind = ValueError if count < 1 else ToolkitError
        raise kind(f"Expected 1, 3 or 4 channels; found {count}.")
    return image.resized(width, height, MODES[count], resample == "bilinear", encode=not decode)


def _resize_all(images: SArray, *how: Any) -> SArray:
    resized: list[Image | None] = []
    failures: dict[int, Exception] = {}
    for row, image in enumerate(images):
        try:
            resized.append(None if image is None else resize(image, *how))
        except (UnreadableImageError, MissingFileError) as error:
            resized.append(None)
            failures[row] = error
    paths = [image and image.path for image in images] if failures else []
    inputs.report(failures, paths, all_may_fail=True)
    return SArray(resized, Image)


def get_deep_features(
    images: SArray, model_name: AnyNetwork, batch_size: int = 64, verbose: bool = True
) -> SArray:
    """Return the features of images, which ``image_similarity.create`` and ``query`` take too.

    Parameters
    ----------
    images : SArray of Image
        The pictures.
    model_name, batch_size, verbose
        As ``model``, ``batch_size`` and ``verbose`` of ``image_similarity.create``.

    Returns
    -------
    SArray of array
        ``(num_features,) float32`` each; None for a picture that cannot be read, which a warning
        names with its reason. Until they are saved, they know their network.

    Raises
    ------
    TypeError
        If ``images`` is no SArray.
    ToolkitError
        If it is empty or holds no images, no picture can be read, or there is no such network.
    ValueError
        If ``batch_size`` is less than 1.
    """
    if not isinstance(images, SArray):
        raise TypeError(f"Expected an SArray of images; found {type(images).__name__}.")
    network = catalogue.find_network(model_name, verbose)
    return ImageFeatureExtractor(network).features_of(images, batch_size, verbose)
