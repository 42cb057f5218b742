"""The features of a column of images, as Turi Create's feature extractors give them."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING

from ...errors import MissingColumnError, ToolkitError
from ...networks.extractor import FeatureExtractor
from ..frames.image import Image
from ..frames.sarray import SArray
from .inputs import Look, NamedFeatures, report

if TYPE_CHECKING:
    from ...networks.record import NetworkRecord
    from ...storage.feature_store import Cache
    from ..frames.sframe import SFrame


class ImageFeatureExtractor(FeatureExtractor):
    """A network that extracts the features of frames' images, too.

    Parameters
    ----------
    network : NetworkRecord
        Which one.
    cache : path or bool, optional
        The feature store, as ``image_similarity.create`` takes it.
    """

    def __init__(self, network: NetworkRecord, cache: Cache = None) -> None:
        super().__init__(network)
        self.cache = cache

    def extract_features(
        self, dataset: SFrame, feature: str, batch_size: int = 64, verbose: bool = False
    ) -> SArray:
        """Return the features of a frame's images.

        Parameters
        ----------
        dataset : SFrame
            The pictures.
        feature : str
            The column of images.
        batch_size : int
            How many pictures' features are put into the store at a time; it changes no result.
        verbose : bool
            Whether progress is printed.

        Returns
        -------
        SArray of array
            ``(num_features,) float32`` each; None for a picture that cannot be read, which a
            warning names with its reason.

        Raises
        ------
        MissingColumnError
            If there is no such column.
        ToolkitError
            If it is empty or holds no images, or no picture can be read.
        ValueError
            If ``batch_size`` is less than 1.
        """
        if feature not in dataset.column_names():
            raise MissingColumnError(feature, dataset.column_names(), role="image feature column")
        return self.features_of(dataset[feature], batch_size, verbose)

    def features_of(self, images: SArray, batch_size: int, verbose: bool) -> SArray:
        """Return the features of a column; results and errors are those of ``extract_features``."""
        if len(images) == 0:
            raise ToolkitError("There are no images to extract features from.")
        if images.dtype is not Image:
            raise ToolkitError(
                f"Expected a column of images; found one of {images.dtype.__name__}."
            )
        found = Look(self, verbose, batch_size, self.cache)(images)
        report(found.failures, [image and image.path for image in images], verbose)
        rows = iter(NamedFeatures.from_features(found.matrix, self.network))
        every = range(len(images))
        return SArray([None if row in found.failures else next(rows) for row in every], array.array)
