"""Look-alikes of pictures, as in ``turicreate.image_similarity``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import ToolkitError
from ..networks import catalogue, provider
from .frames.image import Image
from .frames.sframe import SFrame
from .models.gallery import Gallery
from .models.inputs import ImageFeatureExtractor, Look, feature_column, labels_of, paths_of
from .models.similarity import KIND, ImageSimilarityModel

if TYPE_CHECKING:
    from ..networks.catalogue import AnyNetwork
    from ..storage.feature_store import Cache

__all__ = ["KIND", "ImageSimilarityModel", "create"]


def create(
    dataset: SFrame,
    label: str | None = None,
    feature: str | None = None,
    model: AnyNetwork = "auto",
    verbose: bool = True,
    batch_size: int = 64,
    cache: Cache = None,
    centered: bool | None = False,
) -> ImageSimilarityModel:
    """Make a model that finds the look-alikes of a picture among those of a dataset.

    Parameters
    ----------
    dataset : SFrame
        The reference pictures.
    label : str, optional
        The column (str or int) that names the pictures in results; by default, row numbers do.
    feature : str, optional
        The column of images, or of features that ``get_deep_features`` extracted; by default, the
        only one there is.
    model : str, path or Network
        What turns pictures into features: a network's name, an ONNX file of your own, or a
        ``lookalike.Network``. ``'auto'`` is ResNet-50 where it is here, else the bundled one.
    verbose : bool
        Whether progress is printed.
    batch_size : int
        How many pictures' features are put into the store at a time; it changes no result.
    cache : path or bool, optional
        The feature store, where the features of files are stored and looked up; by default, the one
        in the user's cache folder; False for none. Turi Create has no such thing.
    centered : bool, optional
        Whether the collection's mean is subtracted from features of length 1, which are then made
        of length 1 again; None to do so for images alone, as ``lookalike.build_model`` does. By
        default features are compared as the network gives them, as in Turi Create.

    Raises
    ------
    TypeError
        If the dataset is not an SFrame, or the label column holds neither int nor str.
    MissingColumnError
        If there is no such column.
    ToolkitError
        If the dataset has no rows, there is no such network, the feature column holds neither
        images nor this network's features, or features are to be centred, or none of its pictures
        can be read.
    ValueError
        If ``batch_size`` is less than 1.

    Notes
    -----
    A picture that cannot be read does not end the run, as it does in Turi Create: a warning names
    it with its reason, and the model's ``failures`` list it; the others keep their numbers.

    Examples
    --------
    >>> from lookalike import tc
    >>> data = tc.image_analysis.load_images('image')
    >>> model = tc.image_similarity.create(data, verbose=False)
    >>> similar_images = model.query(data[0:1], k=10, verbose=False)
    >>> similar_images[0]
    {'query_label': 0, 'reference_label': 0, 'distance': 0.0, 'rank': 1}
    """
    start = time.perf_counter()
    if not isinstance(dataset, SFrame):
        raise TypeError(f"Expected an SFrame as the dataset; found {type(dataset).__name__}.")
    network = catalogue.find_network(model, verbose)
    if len(dataset) == 0:
        raise ToolkitError("The dataset has no rows: a model needs at least one picture.")
    extractor = ImageFeatureExtractor(network, cache)
    look = Look(extractor, verbose, batch_size, cache)
    labels = labels_of(dataset, label)
    feature = feature_column(dataset, feature, network)
    of_images = dataset[feature].dtype is Image
    centered = of_images if centered is None else centered
    if centered and not of_images:
        raise ToolkitError(
            f"The column '{feature}' holds features, which are compared as they are given: centre "
            "them before, or build the model from images."
        )
    files, found = look.with_files(dataset[feature], paths_of(dataset, feature))
    gallery = Gallery.from_inputs(label, feature, labels, files, found, dataset, centered)
    ran_on = provider.in_words() if of_images else "nothing: features were given"
    return ImageSimilarityModel(gallery, extractor, time.perf_counter() - start, cache, ran_on)
