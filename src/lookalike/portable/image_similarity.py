"""Look-alikes of pictures, as in ``turicreate.image_similarity``."""

from __future__ import annotations

import array
import dataclasses
import time
import warnings
from typing import TYPE_CHECKING, Any, Iterable

from ..errors import MissingFileError, MissingNetworkWarning, ToolkitError
from ..networks import catalogue
from ..networks.extractor import FeatureExtractor
from ..networks.network import restore
from ..search.exact import plain_k_and_radius
from ..storage import saved_folder
from .frames.image import Image
from .frames.sarray import SArray
from .frames.sframe import SFrame
from .models import extraction, summary, unreadable, upkeep
from .models.feature_columns import FEATURES, feature_column, features_of, without
from .models.references import References, frame_of, paths_of
from .models.sgraph import SGraph
from .models.vectors import label_column, row_numbers
from .nearest_neighbors import NearestNeighborsModel

if TYPE_CHECKING:
    from ..networks.catalogue import AnyNetwork
    from ..search.blocks import Matrix
    from ..storage.feature_store import Cache
    from ..storage.saved_folder import Saved

KIND = "image_similarity"


def create(
    dataset: SFrame,
    label: str | None = None,
    feature: str | None = None,
    model: AnyNetwork = "auto",
    verbose: bool = True,
    batch_size: int = 64,
    cache: Cache = None,
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

    Raises
    ------
    TypeError
        If the dataset is not an SFrame, or the label column holds neither int nor str.
    MissingColumnError
        If there is no such column.
    ToolkitError
        If the dataset has no rows, there is no such network, the feature column holds neither
        images nor this network's features, or none of its pictures can be read.
    ValueError
        If ``batch_size`` is less than 1.

    Notes
    -----
    A picture that cannot be read does not end the run, as it does in Turi Create: a warning names
    it, with its reason, and it stands in the model's ``failures``; the others keep their numbers.

    Examples
    --------
    >>> from lookalike import tc
    >>> data = tc.image_analysis.load_images('image')                  # doctest: +SKIP
    >>> model = tc.image_similarity.create(data)                       # doctest: +SKIP
    >>> similar_images = model.query(data[0:1], k=10)                  # doctest: +SKIP
    """
    start = time.perf_counter()
    if not isinstance(dataset, SFrame):
        raise TypeError(f"Expected an SFrame as the dataset; found {type(dataset).__name__}.")
    network = catalogue.find_network(model, verbose)
    if len(dataset) == 0:
        raise ToolkitError("The dataset has no rows: a model needs at least one picture.")
    extraction.check_batch_size(batch_size)
    labels = row_numbers(len(dataset)) if label is None else label_column(dataset, label)
    feature = feature_column(dataset, feature, network)
    extractor = FeatureExtractor(network)
    paths = paths_of(dataset, feature)
    # Before the pictures are looked at: what is changed meanwhile is then seen by refresh.
    references = References.of(paths)
    matrix, failed = features_of(dataset[feature], extractor, verbose, batch_size, cache)
    return ImageSimilarityModel(
        NearestNeighborsModel(matrix, without(labels, failed), label, [FEATURES]),
        extractor,
        label,
        feature,
        unreadable.table(failed, labels, paths),
        references.take([row for row in range(len(paths)) if row not in failed]),
        training_time=time.perf_counter() - start,
        cache=cache,
    )


class ImageSimilarityModel:
    """Reference pictures, ready to be searched; made by ``create``.

    Attributes
    ----------
    label : str or None
        The column that names the pictures.
    feature : str
        The column of images or features.
    failures : SFrame
        ``id`` (the label), ``path`` and ``reason`` of each picture that could not be read.
    num_features : int
        Feature columns: 1.
    training_time : float
        Seconds.
    feature_extractor : FeatureExtractor
        What turns pictures into features.
    similarity_model : NearestNeighborsModel
        What searches them.
    cache : path, bool or None
        The feature store that queries use too, as given to ``create``; False alone is saved.
    """

    num_features = 1

    def __init__(
        self,
        similarity_model: NearestNeighborsModel,
        feature_extractor: FeatureExtractor,
        label: str | None,
        feature: str,
        failures: SFrame,
        references: References,
        training_time: float,
        cache: Cache = None,
    ) -> None:
        self.similarity_model = similarity_model
        self.feature_extractor = feature_extractor
        self.label = label
        self.feature = feature
        self.failures = failures
        self._references = references
        self.training_time = training_time
        self.cache = cache

    @property
    def model(self) -> str:
        """The network's name."""
        return self.feature_extractor.network.name

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
        dataset: SFrame | SArray | Image | array.array[float],
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
        dataset : SFrame, SArray of Image or array, Image, or array
            Pictures, or features that this model's network extracted before. An SFrame has them in
            the column that the model was made from.
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
            ``query_label``, ``reference_label``, ``distance`` (Euclidean, on the raw features) and
            ``rank`` (from 1), query by query, nearest first. A query that cannot be read has no
            rows; a warning names it.

        Raises
        ------
        TypeError
            If the dataset is none of these.
        MissingColumnError
            If a column is missing.
        ToolkitError
            If there are no rows, none of the pictures can be read, or features are another
            network's, by name or length.
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
        extraction.check_batch_size(batch_size)
        column = frame[feature_column(frame, self.feature, self.feature_extractor.network)]
        matrix, failed = self._features(column, verbose, batch_size)
        return self.similarity_model.search(matrix, without(labels, failed), k, radius, method)

    def _features(
        self, column: SArray, verbose: bool, batch_size: int
    ) -> tuple[Matrix, dict[int, Exception]]:
        try:
            return features_of(column, self.feature_extractor, verbose, batch_size, self.cache)
        except MissingFileError:
            # The network's: that a picture is missing is told among the failures.
            rows = self._references.rows_of([extraction.path_of(image) for image in column])
            if rows is None:
                raise
            return self.similarity_model.matrix[rows], {}

    def _query_frame(self, dataset: Any) -> SFrame:
        if isinstance(dataset, SFrame):
            return dataset
        if isinstance(dataset, SArray):
            return SFrame({self.feature: dataset})
        if isinstance(dataset, (Image, array.array)):
            return SFrame({self.feature: [dataset]})
        found = type(dataset).__name__
        raise TypeError(f"Expected an SFrame, an SArray or an Image as the query; found {found}.")

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

    @property
    def references(self) -> SFrame:
        """The model's own pictures, those that failed included: label, ``path`` and ``image``.

        It stands in for the SFrame that the model was made from, after ``load_model`` or a change:
        ``lookalike.find_similar(model, model.references, query)``.
        """
        labels = self.similarity_model.labels.append(self.failures["id"])
        paths = self._references.paths + list(self.failures["path"])
        rows = labels.order()
        return frame_of(labels.take(rows), [paths[row] for row in rows], self.label or "id")

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
        ToolkitError
            If there are no rows, or a label is taken.
        MissingColumnError
            If a column is missing.
        """
        upkeep.add(self, rows, verbose, batch_size)

    def remove(self, labels: Iterable[Any]) -> None:
        """Take pictures out of the model, by their labels; the others keep theirs.

        Raises
        ------
        ToolkitError
            If there is no such label, or nothing would be left.
        """
        upkeep.remove(self, labels)

    def refresh(self, folder: str | None = None, verbose: bool = True) -> SFrame:
        """Bring the model up to date with a folder: only what is new or changed is looked at.

        Parameters
        ----------
        folder : str, optional
            Where the pictures are; by default, the folder that those of the model have in common.
        verbose : bool
            Whether progress, and what was added, removed and changed, is printed.

        Returns
        -------
        SFrame
            ``references`` as they are then: pictures that stay keep their labels, new ones are
            numbered on.

        Raises
        ------
        ToolkitError
            If the pictures have no folder in common and none is given, their labels are texts
            other than their paths, or none of the pictures would stay.
        """
        upkeep.refresh(self, folder, verbose)
        return self.references

    def summary(self, output: str | None = None) -> Any:
        """Print the model's facts, or return them with ``output='str'`` or ``'dict'``."""
        return summary.summary(self, SECTIONS, output)

    def __repr__(self) -> str:
        return summary.model_text(self, SECTIONS, WIDTH)

    def save(self, location: str) -> None:
        """Write the model as a folder, which ``tc.load_model`` reads; errors as ``saved_folder``."""
        facts, arrays = self.similarity_model.to_parts()
        facts.update(
            network=dataclasses.asdict(self.feature_extractor.network),
            feature=self.feature,
            failures=unreadable.to_rows(self.failures, self._references),
            references=self._references.to_facts(location),
            training_time=self.training_time,
            cached=self.cache is not False,
        )
        saved_folder.write(location, KIND, facts, {**arrays, "stamps": self._references.stamps})

    @classmethod
    def of_saved(cls, saved: Saved) -> ImageSimilarityModel:
        """Return the model that was saved; ``tc.load_model`` calls it."""
        facts = saved.facts
        network = restore(facts["network"])
        if not network.is_here:
            warnings.warn(
                f"The model {saved.location} can be queried with the pictures that it holds, but "
                f"not with others. {network.missing}",
                MissingNetworkWarning,
                stacklevel=3,
            )
        neighbors, stamps = NearestNeighborsModel.of_saved(saved), saved.arrays["stamps"]
        references = References.from_facts(facts["references"], stamps, saved.location)
        return cls(
            neighbors,
            FeatureExtractor(network),
            facts["label"],
            facts["feature"],
            unreadable.of_rows(facts["failures"], references, neighbors.labels.dtype),
            references,
            facts["training_time"],
            None if facts.get("cached", True) else False,
        )


WIDTH = 40
SECTIONS: summary.Sections = [
    (
        "Schema",
        [
            ("Number of examples", "num_examples"),
            ("Number of feature columns", "num_features"),
            ("Network", "model"),
            ("Input image shape", "input_image_shape"),
        ],
    ),
    ("Training summary", [("Training time (sec)", "training_time")]),
]
