"""The real Turi Create, guarded, for the helpers.

By itself, Turi Create drops pictures that it cannot open, ends the extraction of features at one
that it cannot decode (and reads a truncated JPEG as half grey), leaves Python when its network
cannot be downloaded, and prints with ``verbose=False``. Here, as with the portable engine, a
warning names such pictures, they are left out, and the rest is an error that says what to do.
"""

from __future__ import annotations

import importlib
import io
import sys
from array import array
from contextlib import nullcontext, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ContextManager, Iterable, Sequence, Union, cast
from weakref import WeakKeyDictionary

from ..errors import BackendError, MissingFileError, ToolkitError, UnreadableImageError
from ..images import decode
from .choice import turicreate
from .known_rows import KnownRows

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from ..portable import Image, SFrame
    from ..portable.image_similarity import ImageSimilarityModel
    from ..portable.models.matching import Match, Query

    # What the helpers ask about a model's pictures.
    KnowsPictures = Union[ImageSimilarityModel, KnownRows]

# Turi Create's names and numbers for the formats that it reads, and for raw pixels.
READS = {"JPEG": "JPG", "PNG": "PNG"}
PNG, RAW = 1, 2

QUERY = "__query__"

# The rows that models were made from: a model of Turi Create's does not know them.
_rows_of_models: WeakKeyDictionary[Any, KnownRows] = WeakKeyDictionary()


def load_images(folder: str, recursive: bool = True, exclude: Sequence[str] = ()) -> SFrame:
    """Return the ``path`` and ``image`` of a folder's pictures; None for what cannot be opened.

    Files, paths and order are those of the portable engine.
    """
    from .. import portable

    tc = turicreate()
    paths = list(
        portable.image_analysis.load_images(folder, recursive=recursive, exclude=exclude)["path"]
    )
    # It spills to the disk, where a list of all pictures would fill the memory.
    images = tc.SArrayBuilder(tc.Image)
    for path in paths:
        image = None
        with suppress(UnreadableImageError, MissingFileError):
            image = read_image(path)
        images.append(image)
    # One by one: Turi Create orders the columns of a dict by their names.
    return tc.SFrame({"path": tc.SArray(paths, str)}).add_column(images.close(), "image")


def read_image(path: str) -> Image:
    """Return a file as Turi Create's Image; a format that it does not know is converted to PNG.

    MissingFileError or UnreadableImageError if there is no such file, or it cannot be read.
    """
    name = READS.get(decode.read_header(path).format)
    if name is not None:
        # It raises for CMYK, and for grey with transparency.
        with suppress(RuntimeError):
            return turicreate().Image(path, format=name)
    return _as_png(decode.read(path))


def create(
    data: SFrame, label: str, verbose: bool = True, model: str = "resnet-50"
) -> ImageSimilarityModel:
    """Make Turi Create's model of the pictures that can be read; a warning names the others.

    BackendError if the network's file cannot be downloaded; ToolkitError if no picture can be read;
    other errors as in Turi Create.
    """
    tc = turicreate()
    with silence(verbose):
        # First of all, since looking at all pictures takes its time.
        _fetch(model)
        columns = zip(data.column_names(), data.column_types())
        images = [name for name, kind in columns if kind is tc.Image]
        readable = data
        if len(images) == 1:
            paths = data["path"] if "path" in data.column_names() else [None] * len(data)
            rows = _readable(data[images[0]], list(paths), verbose)
            if len(rows) < len(data):
                good = set(rows)
                readable = data[tc.SArray([int(row in good) for row in range(len(data))])]
        made = tc.image_similarity.create(readable, label=label, model=model, verbose=verbose)
    _rows_of_models[made] = KnownRows(data, label)
    return made


def known_rows(model: ImageSimilarityModel, data: SFrame | None) -> KnownRows:
    """Return the rows that a model of Turi Create's was made from, or those that are given.

    ToolkitError if ``create`` did not make it in this session, and no data are given.
    """
    if model in _rows_of_models:
        return _rows_of_models[model]
    if data is None:
        raise ToolkitError(
            "This model of Turi Create's does not know its pictures, since it was loaded, or made "
            "without lookalike.build_model: give the rows that it was made from, with data=..."
        )
    return KnownRows(data, model.label)


def matches(
    model: ImageSimilarityModel,
    rows: KnownRows,
    queries: Sequence[Query],
    k: int | None,
    radius: float | None,
    together: bool = False,
) -> list[Match]:
    """Ask Turi Create's model for the look-alikes of pictures, without the pictures themselves.

    One that cannot be read has none; a warning names it. Together, they are asked with as the mean
    of their features.
    """
    import numpy as np

    from ..portable.models.inputs import FEATURES
    from ..portable.models.matching import Match

    tc, real = turicreate(), cast("Any", model)
    own = [rows.own_position(query.path, query.label) for query in queries]
    images = [
        rows.frame[position][model.feature] if query.picture is None and position is not None
        else query.picture
        for query, position in zip(queries, own)
    ]  # fmt: skip
    readable = _readable(images, [query.path for query in queries])
    # A picture of the model finds itself.
    left_out = [set() if at is None else {rows.label_at(at)} for at in own]
    with silence(verbose=False):
        column = tc.SArray([images[number] for number in readable])
        asked = real._extract_features(tc.SFrame({model.feature: column}))
        if together and len(queries) > 1:
            mean = np.mean([list(one) for one in asked[FEATURES]], axis=0)
            asked, readable = tc.SFrame({FEATURES: tc.SArray([mean.tolist()], array)}), [0]
            left_out = [set.union(*left_out)]
        asked[QUERY] = tc.SArray(readable, int)
        most = None if k is None else k + max(map(len, left_out), default=0)
        found = model.similarity_model.query(asked, QUERY, most, radius, verbose=False)
    columns = (found[name] for name in ("query_label", "reference_label", "distance"))
    counts = [0] * len(queries)
    answer = []
    for match in map(Match, *columns):
        if match.label not in left_out[match.query] and (k is None or counts[match.query] < k):
            counts[match.query] += 1
            answer.append(match)
    return answer


def _readable(
    images: Iterable[Any], paths: Sequence[str | None], verbose: bool = False
) -> list[int]:
    """Return the rows whose pictures can be read, and warn about the others."""
    from ..portable.models.inputs import report

    failures: dict[int, Exception] = {}
    for row, (image, path) in enumerate(zip(images, paths)):
        try:
            _check(image, path)
        except (UnreadableImageError, MissingFileError) as error:
            failures[row] = error
    report(failures, paths, verbose)
    return [row for row in range(len(paths)) if row not in failures]


def _check(image: Any, path: str | None) -> None:
    if image is None:
        if path is not None:
            decode.read(path)
        raise UnreadableImageError(path, "the row has no picture (a missing value)")
    # Features that were extracted before, and raw pixels, have nothing to decode.
    if getattr(image, "_format_enum", RAW) != RAW:
        try:
            # At an eighth of its size a JPEG is decoded fastest, and as far as its end.
            decode.read(bytes(image._image_data), at_least=1)
        except UnreadableImageError as error:
            raise UnreadableImageError(path, error.reason) from error


def _as_png(image: PILImage.Image) -> Image:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return turicreate().Image(
        _image_data=bytearray(file.getvalue()),
        _width=image.width,
        _height=image.height,
        _channels=len(image.getbands()),
        _format_enum=PNG,
        _image_data_size=file.tell(),
    )


def _fetch(network: str) -> None:
    """Let Turi Create download its network if it is missing.

    BackendError if it cannot: Turi Create itself leaves Python then.
    """
    pre_trained = importlib.import_module("turicreate.toolkits._pre_trained_models")
    # On macOS it takes another file, by another way.
    if sys.platform != "linux" or network not in pre_trained.IMAGE_MODELS:
        return
    try:
        pre_trained.IMAGE_MODELS[network]().get_model_path("tensorflow")
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        cache = turicreate().config.get_runtime_config()["TURI_CACHE_FILE_LOCATIONS"]
        raise BackendError(
            f"Turi Create cannot download its network {network} ({error.__context__}). Either put "
            f"its file {network}-TuriCreate-6.0.h5 into {Path(cache, 'model_cache')} (from a "
            f"machine where Turi Create ran before, or from {pre_trained.MODELS_URL_ROOT}), or set "
            "LOOKALIKE_BACKEND=portable: the portable engine brings its network along."
        ) from error


def silence(verbose: bool) -> ContextManager[object]:
    """Return a block in which nothing is printed, unless ``verbose``: Keras always prints bars."""
    return nullcontext() if verbose else redirect_stdout(io.StringIO())
