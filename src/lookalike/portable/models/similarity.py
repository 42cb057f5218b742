"""The model of ``image_similarity``: reference pictures, ready to be searched."""

from __future__ import annotations

import array
import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar, Iterable, Sequence, Union

import numpy as np

from ...errors import NotHereError, ToolkitError
from ...search.limits import plain_k_and_radius
from ...storage import saved_folder
from ..frames.image import Image
from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from . import changes, export, matching
from .gallery import Gallery
from .inputs import ImageFeatureExtractor, Look, feature_column, labels_of, without
from .neighbors import NearestNeighborsModel
from .sgraph import SGraph
from .summary import Described, Sections

if TYPE_CHECKING:
    import os

    from PIL import Image as PILImage

    from ...storage.feature_store import Cache
    from .matching import Match, Query

    AnyArray = Union[array.array[float], np.ndarray[Any, Any]]
    AnyQuery = Union[SFrame, SArray, Image, PILImage.Image, AnyArray]


KIND = "image_similarity"


class ImageSimilarityModel(Described):
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

    _sections: ClassVar[Sections] = [
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
    num_features = 1

    def __init__(
        self,
        gallery: Gallery,
        feature_extractor: ImageFeatureExtractor,
        training_time: float,
        cache: Cache = None,
        ran_on: str = "",
    ) -> None:
        # Add, remove and refresh replace this alone, so that the model is never half new.
        self._gallery = gallery
        self.feature_extractor = feature_extractor
        self.training_time = training_time
        self.cache = cache
        self.ran_on = ran_on

    @property
    def gallery(self) -> Gallery:
        """What the model knows of its pictures; it never changes, but the model may replace it."""
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
        frame = matching.query_frame(dataset, self.feature)
        if len(frame) == 0:
            raise ToolkitError("The query has no rows: it needs at least one picture.")
        labels = labels_of(frame, label)
        k, radius = plain_k_and_radius(k, radius)
        look = self._look(verbose, batch_size)
        column = list(frame[feature_column(frame, self.feature, self.feature_extractor.network)])
        nowhere = [None] * len(column)
        found = matching.features_of_queries(self._gallery, column, nowhere, look)
        return self.similarity_model.search(
            found.matrix, without(labels, found.failures), k, radius, method
        )

    def _look(self, verbose: bool, batch_size: int = 64) -> Look:
        return Look(self.feature_extractor, verbose, batch_size, self.cache)

    # What the helpers and the explorer ask.

    def matches(
        self,
        queries: Sequence[Query],
        k: int | None,
        radius: float | None = None,
        together: bool = False,
    ) -> list[Match]:
        """Find the look-alikes of pictures, without the model's own picture that each one is.

        Parameters
        ----------
        queries : sequence of Query
            What to search with.
        k, radius
            As in ``query``.
        together : bool
            Whether one search is made, with the mean of their features as they are compared.

        Returns
        -------
        list of Match
            Query by query, nearest first; of a search together all are the first one's. A picture
            that cannot be read has none; a warning names it.

        Raises
        ------
        UnreadableImageError, MissingFileError
            If the only picture cannot be read.
        ToolkitError
            If none of several can, or features are another network's.
        """
        look = self._look(verbose=False)
        return matching.matches(self._gallery, queries, k, radius, look, together)

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the position of a file among ``references``; None if it is not one of them."""
        return self._gallery.position_of(path)

    def rows_of(self, labels: Iterable[Any]) -> SFrame:
        """Return the rows of ``references`` with these labels; ToolkitError if there is none."""
        return self._gallery.table(self._gallery.positions_of(labels))

    @property
    def references(self) -> SFrame:
        """The model's own pictures: all rows that it was made from and that were added to it.

        A loaded model has their label, ``path`` and ``image``.
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
        """Take pictures out of the model by their labels; the others keep theirs.

        ToolkitError if there is no such label, or nothing would be left.
        """
        self._gallery = changes.removed(self._gallery, labels)

    def refresh(
        self,
        folder: str | os.PathLike[str] | None = None,
        verbose: bool = True,
        exclude: Sequence[str] | None = None,
    ) -> SFrame:
        """Bring the model up to date with a folder: only what is new or changed is looked at.

        What does not exist any more leaves the model, wherever it was; a picture that moved, with
        the same content, keeps its label. A model of a folder without its subfolders stays one.

        Parameters
        ----------
        folder : str or path, optional
            Where the pictures are; by default, the folder that those of the model have in common.
        verbose : bool
            Whether to print progress, and what was added, removed and changed.
        exclude : list of str, optional
            Patterns of names to pass over; by default, those that the model was made with.

        Returns
        -------
        SFrame
            The new ``references``. Known pictures keep their labels; new ones get the next numbers,
            or their paths if the others are named so.

        Raises
        ------
        ToolkitError
            If the pictures have no folder in common and none is given, their labels are texts
            other than their paths, or none of the pictures would stay.
        """
        self._gallery, counts = changes.follow(self._gallery, folder, exclude, self._look(verbose))
        if verbose:
            print(counts)  # noqa: T201 - what it is for
        return self.references

    def save(self, location: str) -> None:
        """Write the model as a folder that ``tc.load_model`` reads; errors as ``saved_folder``."""
        facts, arrays = self._gallery.to_parts(location)
        facts.update(
            network=dataclasses.asdict(self.feature_extractor.network),
            training_time=self.training_time,
            ran_on=self.ran_on,
            cached=self.cache is not False,
        )
        saved_folder.write(location, KIND, facts, arrays)

    def export_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the whole search as one ONNX file, for ONNX Runtime on a phone or in a browser.

        Its input ``picture``, ``(1, height, width, 3) uint8``, is an RGB picture, upright and
        resized to ``input_image_shape``. Its output ``distances``, ``(1, num_examples) float32``,
        has the distance of each reference, as ``query`` returns it but for rounding in float32:
        some 0.001 of the features' length where a distance is near 0.

        The file's metadata ``labels``, JSON, name the references in the order of the distances. It
        has no pictures, and no paths unless they are labels. ONNX Runtime from 1.15 on reads it,
        unless a network of your own needs a later one.

        Parameters
        ----------
        path : str or path
            The file, such as ``look-alikes.onnx``; one that exists is replaced by the whole new
            one.

        Raises
        ------
        ToolkitError
            If the file would have more than 1.5 GB; nothing is written then.
        MissingFileError
            If the network is not on this machine, or there is no such folder.
        OSError
            If the file cannot be written.
        """
        export.export_onnx(self, path)

    def export_coreml(self, filename: str) -> None:
        """Raise ``NotHereError``, which names ``export_onnx``."""
        raise NotHereError(
            "Turi Create's export_coreml is not here, since coremltools reads no ONNX any more: "
            "model.export_onnx(path) writes the whole search for ONNX Runtime, which iPhones run "
            "too."
        )
