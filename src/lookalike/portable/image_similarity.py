"""Look-alikes of pictures, as in ``turicreate.image_similarity``."""

from __future__ import annotations

import array
import dataclasses
import time
from typing import TYPE_CHECKING, Any, Iterable, Sequence, Union

import numpy as np

from ..errors import MissingNetworkWarning, NotHereError, ToolkitError, warn_caller
from ..networks import catalogue, provider
from ..networks.network import restore
from ..search.limits import plain_k_and_radius
from ..storage import saved_folder
from .frames.image import Image, is_pixels
from .frames.sarray import SArray
from .frames.sframe import SFrame
from .models import changes, export, matching, summary
from .models.comparison import Comparison
from .models.deep_features import ImageFeatureExtractor
from .models.gallery import Gallery
from .models.inputs import FEATURES, Look, feature_column, paths_of, report, without
from .models.labels import LABEL_TYPES, label_column, row_numbers
from .models.picture_files import PictureFiles
from .models.sgraph import SGraph
from .nearest_neighbors import NearestNeighborsModel

if TYPE_CHECKING:
    import os

    from PIL import Image as PILImage

    from ..networks.catalogue import AnyNetwork
    from ..storage.feature_store import Cache
    from ..storage.saved_folder import Saved
    from .models.matching import Match, Query

    AnyArray = Union[array.array[float], np.ndarray[Any, Any]]
    AnyQuery = Union[SFrame, SArray, Image, PILImage.Image, AnyArray]

KIND = "image_similarity"


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
        The feature store, where the features of files are kept and looked up; by default, the one
        in the user's cache folder; False for none. Turi Create has no such thing.
    centered : bool, optional
        Whether features are made of length 1, less the collection's mean, and of length 1 again,
        before they are compared; None for those of images alone, as ``lookalike.build_model`` has
        it. By default they are compared as the network gives them, as in Turi Create.

    Raises
    ------
    TypeError
        If the dataset is not an SFrame, or the label column holds neither int nor str.
    MissingColumnError
        If there is no such column.
    ToolkitError
        If the dataset has no rows, there is no such network, the feature column holds neither
        images nor this network's features, or features that are to be centred, or none of its
        pictures can be read.
    ValueError
        If ``batch_size`` is less than 1.

    Notes
    -----
    A picture that cannot be read does not end the run, as it does in Turi Create: a warning names
    it, with its reason, and it stands in the model's ``failures``; the others keep their numbers.

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
    labels = row_numbers(len(dataset)) if label is None else label_column(dataset, label)
    feature = feature_column(dataset, feature, network)
    of_images = dataset[feature].dtype is Image
    centered = of_images if centered is None else centered
    if centered and not of_images:
        raise ToolkitError(
            f"The column '{feature}' holds features, which are compared as they are given: centre "
            "them before, or build the model from images."
        )
    # Before the pictures are looked at: what is changed meanwhile is then seen by refresh.
    paths = paths_of(dataset, feature)
    files = PictureFiles.from_paths(paths)
    found = look(dataset[feature])
    report(found.failures, paths, verbose)
    gallery = Gallery.from_inputs(label, feature, labels, files, found, dataset, centered)
    ran_on = provider.in_words() if of_images else "nothing: features were given"
    return ImageSimilarityModel(gallery, extractor, time.perf_counter() - start, cache, ran_on)


class ImageSimilarityModel:
    """Reference pictures, ready to be searched; made by ``create``.

    Attributes
    ----------
    feature_extractor : ImageFeatureExtractor
        What turns pictures into features; ``extract_features(frame, column)`` gives those of any.
    training_time : float
        Seconds.
    num_features : int
        Feature columns: 1.
    ran_on : str
        Where the network ran, in words.
    cache : path, bool or None
        The feature store that queries use too, as given to ``create``; False alone is saved.
    """

    num_features = 1

    def __init__(
        self,
        gallery: Gallery,
        feature_extractor: ImageFeatureExtractor,
        training_time: float,
        cache: Cache = None,
        ran_on: str = "",
    ) -> None:
        # All that add, remove and refresh change, so that the model is never half new.
        self._gallery = gallery
        self.feature_extractor = feature_extractor
        self.training_time = training_time
        self.cache = cache
        self.ran_on = ran_on

    @property
    def gallery(self) -> Gallery:
        """What the model knows of its pictures; it never changes, the model takes another one."""
        return self._gallery

    @property
    def label(self) -> str | None:
        """The column that names the pictures; None where row numbers do."""
        return self._gallery.label

    @property
    def feature(self) -> str:
        """The column of images or features."""
        return self._gallery.feature

    @property
    def failures(self) -> SFrame:
        """The ``id`` (label), ``path`` and ``reason`` of each picture that could not be read."""
        return self._gallery.failures

    @property
    def similarity_model(self) -> NearestNeighborsModel:
        """What searches the pictures' features."""
        return self._gallery.search

    @property
    def model(self) -> str:
        """The network's name."""
        return self.feature_extractor.network.name

    @property
    def comparison(self) -> str:
        """How features are compared, in words."""
        return str(self.similarity_model.comparison)

    @property
    def num_examples(self) -> int:
        """The number of pictures that can be found."""
        return self.similarity_model.num_examples

    @property
    def input_image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width in pixels of what the network takes."""
        return self.feature_extractor.network.input_shape

    def query(
        self,
        dataset: AnyQuery,
        label: str | None = None,
        k: int | None = 5,
        radius: float | None = None,
        verbose: bool = True,
        batch_size: int = 64,
        method: str = "exact",
    ) -> SFrame:
        """Find the look-alikes of pictures, which may be new to the model.

        Parameters
        ----------
        dataset : SFrame, SArray of Image or array, Image, PIL image, or array
            Pictures, or features that this model's network extracted before. An SFrame has them in
            the column that the model was made from. An array is pixels,
            ``(height, width[, channels]) uint8``, or the features of one picture.
        label : str, optional
            The SFrame's column that names the queries in the result; by default, row numbers do.
        k : int or None
            How many look-alikes at the most; None for all (within ``radius``).
        radius : float, optional
            The largest distance that counts.
        verbose : bool
            Whether progress is printed.
        batch_size : int
            How many pictures are handed out at a time; it changes no result.
        method : {'exact', 'approximate'}
            ``'approximate'`` uses the index that ``similarity_model.build_index()`` built.

        Returns
        -------
        SFrame
            ``query_label``, ``reference_label``, ``distance`` (Euclidean, of features as
            ``summary()`` says they are compared) and ``rank`` (from 1), query by query, nearest
            first. A query that cannot be read has no rows; a warning names it.

        Raises
        ------
        TypeError
            If the dataset is none of these.
        MissingColumnError
            If a column is missing.
        ToolkitError
            If there are no rows, none of the pictures can be read, an array is neither pixels nor
            features, or features are another network's, by name or length.
        MissingFileError
            If the network is not on this machine; pictures that the model holds need none.
        ValueError
            If k or ``batch_size`` is not a positive whole number, or the radius is negative.
        """
        frame = self._query_frame(dataset)
        if len(frame) == 0:
            raise ToolkitError("The query has no rows: it needs at least one picture.")
        labels = row_numbers(len(frame)) if label is None else label_column(frame, label)
        k, radius = plain_k_and_radius(k, radius)
        look = self._look(verbose, batch_size)
        column = frame[feature_column(frame, self.feature, self.feature_extractor.network)]
        nowhere = [None] * len(column)
        found = matching.features_of_queries(self._gallery, list(column), nowhere, look)
        return self.similarity_model.search(
            found.matrix, without(labels, found.failures), k, radius, method
        )

    def _query_frame(self, dataset: Any) -> SFrame:
        if isinstance(dataset, SFrame):
            return dataset
        if isinstance(dataset, SArray):
            return SFrame({self.feature: dataset})
        is_vector = isinstance(dataset, np.ndarray) and dataset.ndim == 1
        if is_pixels(type(dataset)) and not is_vector:
            dataset = Image(dataset)
        if is_vector or isinstance(dataset, (Image, array.array)):
            return SFrame({self.feature: [dataset]})
        raise TypeError(
            "Expected an SFrame, an SArray, an Image, a PIL image, or an array of pixels or "
            f"features as the query; found {type(dataset).__name__}. Of a file, tc.Image(path) is "
            "the Image."
        )

    def _look(self, verbose: bool, batch_size: int = 64) -> Look:
        return Look(self.feature_extractor, verbose, batch_size, self.cache)

    # What the helpers and the explorer ask.

    def matches(
        self, queries: Sequence[Query], k: int | None, radius: float | None = None
    ) -> list[Match]:
        """Find the look-alikes of pictures, without the model's own picture that each one is.

        Parameters
        ----------
        queries : sequence of Query
            What to search with.
        k, radius
            As in ``query``.

        Returns
        -------
        list of Match
            Query by query, nearest first. A picture that cannot be read has none; a warning names
            it.

        Raises
        ------
        UnreadableImageError, MissingFileError
            If the only picture cannot be read.
        ToolkitError
            If none of several can, or features are another network's.
        """
        return matching.matches(self._gallery, queries, k, radius, self._look(verbose=False))

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the position of a file among ``references``; None if it is not one of them."""
        return self._gallery.position_of(path)

    def rows_of(self, labels: Iterable[Any]) -> SFrame:
        """Return the rows of pictures by their labels, in this order: those of ``references``.

        Raises
        ------
        ToolkitError
            If there is no such label.
        """
        return self._gallery.table(self._gallery.positions_of(labels))

    @property
    def references(self) -> SFrame:
        """The model's own pictures, those that failed included.

        They are the rows that the model was made from, and those that were added; a loaded model
        has their label, ``path`` and ``image``.
        """
        return self._gallery.table()

    def similarity_graph(
        self,
        k: int | None = 5,
        radius: float | None = None,
        include_self_edges: bool = False,
        output_type: str = "SGraph",
        verbose: bool = True,
    ) -> SGraph | SFrame:
        """Find the look-alikes of each reference picture among the others.

        Parameters, results and errors are those of ``NearestNeighborsModel.similarity_graph``.
        """
        return self.similarity_model.similarity_graph(
            k, radius, include_self_edges, output_type, verbose
        )

    def add(self, rows: SFrame, verbose: bool = True, batch_size: int = 64) -> None:
        """Add pictures to the model; those that it has are left alone.

        Parameters
        ----------
        rows : SFrame
            With the model's column of images or features, and its label column if it has one.
            Without, the new pictures are numbered on from the greatest label.
        verbose, batch_size
            As in ``create``.

        Raises
        ------
        TypeError
            If they are no SFrame.
        ToolkitError
            If there are no rows, or a label is taken, missing or of another type.
        MissingColumnError
            If a column is missing.
        """
        if not isinstance(rows, SFrame):
            raise TypeError(
                "Expected an SFrame of pictures to add, as load_images returns it; found "
                f"{rows!r} ({type(rows).__name__})."
            )
        if len(rows) == 0:
            raise ToolkitError("There are no rows to add.")
        feature = feature_column(rows, self.feature, self.feature_extractor.network)
        look = self._look(verbose, batch_size)
        self._gallery = changes.added(self._gallery, rows, feature, look)

    def remove(self, labels: Iterable[Any]) -> None:
        """Take pictures out of the model, by their labels; the others keep theirs.

        Raises
        ------
        ToolkitError
            If there is no such label, or nothing would be left.
        """
        self._gallery = changes.removed(self._gallery, labels)

    def refresh(
        self,
        folder: str | os.PathLike[str] | None = None,
        verbose: bool = True,
        exclude: Sequence[str] | None = None,
    ) -> SFrame:
        """Bring the model up to date with a folder: only what is new or changed is looked at.

        What does not exist any more leaves the model, wherever it was; a picture that is found
        elsewhere with the same content keeps its label. A model of a folder without its subfolders
        stays one.

        Parameters
        ----------
        folder : str or path, optional
            Where the pictures are; by default, the folder that those of the model have in common.
        verbose : bool
            Whether progress, and what was added, removed and changed, is printed.
        exclude : list of str, optional
            Patterns of names to pass over; by default, those that the model was made with.

        Returns
        -------
        SFrame
            ``references`` as they are then: pictures that stay keep their labels, new ones are
            numbered on, or named by their paths where the others are.

        Raises
        ------
        ToolkitError
            If the pictures have no folder in common and none is given, their labels are texts
            other than their paths, or none of the pictures would stay.
        """
        self._gallery, told = changes.follow(self._gallery, folder, exclude, self._look(verbose))
        if verbose:
            print(told)  # noqa: T201 - what it is for
        return self.references

    def summary(self, output: str | None = None) -> Any:
        """Print the model's facts, or return them with ``output='str'`` or ``'dict'``."""
        return summary.summary(self, SECTIONS, output)

    def __repr__(self) -> str:
        return summary.model_text(self, SECTIONS, WIDTH)

    def save(self, location: str) -> None:
        """Write the model as a folder that ``tc.load_model`` reads; errors as ``saved_folder``."""
        facts, arrays = self._gallery.to_parts(location)
        compared, mean = self.similarity_model.comparison.to_parts()
        arrays.update(mean)
        facts.update(
            comparison=compared,
            network=dataclasses.asdict(self.feature_extractor.network),
            training_time=self.training_time,
            ran_on=self.ran_on,
            cached=self.cache is not False,
        )
        arrays.update(self.similarity_model.to_arrays())
        saved_folder.write(location, KIND, facts, arrays)

    def export_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the whole search as one ONNX file, for ONNX Runtime on a phone or in a browser.

        Its input ``picture``, ``(1, height, width, 3) uint8``, is an RGB picture, upright and
        resized to ``input_image_shape``. Its output ``distances``, ``(1, num_examples) float32``,
        has the distance of each reference, as ``query`` gives it but for what products in float32
        round: some 0.001 of the features' length where a distance is near 0.

        The file's metadata name the references, in the order of the distances: ``labels`` is JSON.
        It has no pictures and no paths, unless labels are such.

        Parameters
        ----------
        path : str or path
            The file, such as ``look-alikes.onnx``. One that exists is replaced, once the new one is
            whole.

        Raises
        ------
        ToolkitError
            If the file would have more than 1.5 GB; nothing is written then.
        MissingFileError
            If the network is not on this machine, or there is no such folder.
        OSError
            If the file cannot be written.

        Notes
        -----
        ONNX Runtime from 1.15 on reads it, unless a network of your own needs a later one.

        Examples
        --------
        >>> model.export_onnx('look-alikes.onnx')                          # doctest: +SKIP
        """
        export.export_onnx(self, path)

    def export_coreml(self, filename: str) -> None:
        """Raise ``NotHereError``, which names ``export_onnx``."""
        raise NotHereError(
            "Turi Create's export_coreml is not here, since coremltools reads no ONNX any more: "
            "model.export_onnx(path) writes the whole search for ONNX Runtime, which iPhones run "
            "too."
        )

    @classmethod
    def from_saved(cls, saved: Saved) -> ImageSimilarityModel:
        """Return the model that was saved; ``tc.load_model`` calls it."""
        facts = saved.facts
        network = restore(facts["network"])
        if not network.is_here:
            warn_caller(
                f"The model {saved.location} can be queried with the pictures that it holds, but "
                f"not with others. {network.missing}",
                MissingNetworkWarning,
            )
        labels = SArray(facts["labels"], LABEL_TYPES[facts["label_type"]])
        named = without(labels, [position for position, _ in facts["reasons"]])
        search = NearestNeighborsModel(
            saved.arrays["matrix"],
            named,
            facts["label"],
            [FEATURES],
            saved=saved,
            comparison=Comparison.from_parts(facts["comparison"], saved.arrays),
        )
        cache = None if facts["cached"] else False
        return cls(
            Gallery.from_saved(saved, labels, search),
            ImageFeatureExtractor(network, cache),
            facts["training_time"],
            cache,
            facts["ran_on"],
        )


WIDTH = 40
SECTIONS: summary.Sections = [
    (
        "Schema",
        [
            ("Number of examples", "num_examples"),
            ("Number of feature columns", "num_features"),
            ("Network", "model"),
            ("Network ran on", "ran_on"),
            ("Network's features are compared", "comparison"),
            ("Input image shape", "input_image_shape"),
        ],
    ),
    ("Training summary", [("Training time (sec)", "training_time")]),
]
