"""A collection in a Lance table, asked as a model is: nothing here grows with its rows."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Iterable, NoReturn, Sequence

import numpy as np

from ..errors import NotHereError, ToolkitError
from ..names import is_address
from ..networks.extractor import FeatureExtractor
from ..portable.frames.image import Image
from ..portable.frames.sarray import SArray
from ..portable.frames.sframe import SFrame
from ..portable.models.inputs import Look, report
from ..portable.models.matching import Match
from ..portable.models.picture_files import from_here
from ..search.centre import Centre, unit_rows
from ..search.exact import ExactSearch
from ..storage.file_identity import Stamp, is_unchanged
from .places import address_of, read, read_table, required
from .table import CANDIDATES, Facts, Index, nearest, vectors_of

if TYPE_CHECKING:
    from ..networks.record import NetworkRecord
    from ..portable.models.matching import Query

NAMED = 5
SHOWN = ["id", "path"]
KNOWN = ["id", "path", "size", "mtime", "vector"]


class RemoteModel:
    """The pictures of a collection, ready to be searched; ``open_collection`` makes it.

    Attributes
    ----------
    label, feature : str
        The columns that name the pictures and hold them: ``'id'`` and ``'image'``.
    num_examples : int
        How many pictures can be found.
    recall : float
        The share of the ten nearest that the index found when it was measured; 1.0 without one.
    """

    label, feature = "id", "image"

    def __init__(self, out: str, table: Any, network: NetworkRecord) -> None:
        mean = Facts.from_table(table).mean
        self.location, self.table = out, table
        self.feature_extractor = FeatureExtractor(network)
        self.num_examples: int = table.count_rows()
        self._index = Index.from_table(table)
        self.recall = self._index.recall
        self._centre = None if mean is None else Centre(np.array(mean))

    @property
    def model(self) -> str:
        """The network's name."""
        return self.feature_extractor.network.name

    @property
    def failures(self) -> SFrame:
        """The ``id``, ``path`` and ``reason`` of each picture that could not be read."""
        failed = read_table(f"{self.location}/failures.parquet").to_pydict()
        return SFrame({name: SArray(failed[name], int if name == "id" else str) for name in failed})

    @property
    def references(self) -> RemoteRows:
        """The pictures that can be found, as a sequence of rows that are read when asked for."""
        return RemoteRows(self.table)

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the ``id`` of a file or an address; None if it is not in the collection."""
        found = _rows(self.table, "path", [address_of(path)], ["id"])
        return found["id"][0].as_py() if len(found) else None

    def rows_of(self, labels: Iterable[Any]) -> SFrame:
        """Return the rows of pictures by their ``id``, in this order; errors as a model's."""
        wanted = list(labels)
        found = {row["id"]: row for row in _rows(self.table, "id", wanted, SHOWN).to_pylist()}
        strangers = [label for label in wanted if label not in found]
        if strangers:
            raise ToolkitError(f"The collection has no pictures {strangers[:NAMED]}.")
        return _frame([found[label] for label in wanted])

    def matches(
        self,
        queries: Sequence[Query],
        k: int | None,
        radius: float | None = None,
        together: bool = False,
    ) -> list[Match]:
        """Find look-alikes as ``ImageSimilarityModel.matches``; ``ToolkitError`` without a k."""
        if k is None:
            raise ToolkitError(
                "All of a collection's pictures cannot be had at once, since there may be a "
                "billion: say how many, as k=100; max_distance= may be given besides."
            )
        own = [self._own(query) for query in queries]
        itself = [set() if row is None else {row["id"]} for row in own]
        vectors = self._vectors(queries, own)
        asked = [(number, vectors[number], itself[number]) for number in sorted(vectors)]
        if together and len(queries) > 1:
            mean = np.array(list(vectors.values()), np.float64).mean(axis=0, keepdims=True)
            asked = [(0, unit_rows(mean).astype(np.float32)[0], set().union(*itself))]
        return [match for one in asked for match in self._nearest(*one, k, radius)]

    def _nearest(
        self, number: int, vector: Any, left_out: set[int], k: int, radius: float | None
    ) -> list[Match]:
        most = k + len(left_out)
        count = max(CANDIDATES, 10 * k) + len(left_out)
        # By number, so that of equally near ones the first comes first.
        found = nearest(self.table, vector, count, self._index).sort_by("id")
        chosen = ExactSearch(vectors_of(found)).neighbors(vector[None], most, radius)
        labels = found["id"].to_numpy()[chosen.rows].tolist()
        pairs = zip(labels, chosen.distances.tolist())
        return [Match(number, *pair) for pair in pairs if pair[0] not in left_out][:k]

    def similarity_graph(self, *_: Any, **__: Any) -> NoReturn:
        """Raise ``NotHereError``: it compares every picture with all others."""
        self.__getattr__("similarity_graph")

    def __getattr__(self, name: str) -> NoReturn:
        raise NotHereError(
            f"A collection has no {name!r}: it answers find_similar and explore. What holds all "
            "pictures in memory, or compares each with all others (find_duplicates, "
            "similarity_graph, save), needs a model of build_model. To look for copies with "
            "another engine, the table has the column 'hash'."
        )

    def __repr__(self) -> str:
        return f"<Collection {self.location}: {self.num_examples:,} pictures, {self.model}>"

    def _own(self, query: Query) -> dict[str, Any] | None:
        """Return the collection's row that a query is, by its file, or else by its ``id``."""
        column, values = "path", [] if query.path is None else [address_of(query.path)]
        if query.path is None and query.label is not None:
            column, values = "id", [query.label]
        rows: list[dict[str, Any]] = _rows(self.table, column, values, KNOWN).to_pylist()
        return rows[0] if rows else None

    def _vectors(self, queries: Sequence[Query], own: Sequence[Any]) -> dict[int, Any]:
        """Return queries' vectors by their numbers, as the table has them.

        Those of pictures of the collection are its own, unless their files have changed since.
        """
        held = {
            number: np.array(row["vector"], np.float32)
            for number, (query, row) in enumerate(zip(queries, own))
            if row is not None and _is_as_before(query.picture, row)
        }
        others = [number for number in range(len(queries)) if number not in held]
        if not others:
            return held
        looked_at = Look(self.feature_extractor)(SArray([queries[n].picture for n in others]))
        failures = {others[row]: failure for row, failure in looked_at.failures.items()}
        report(failures, [query.path for query in queries])
        matrix = unit_rows(looked_at.matrix)
        if self._centre is not None:
            matrix = self._centre.centred(matrix)
        # Rounded as the table's own, from which a copy then has the distance 0.
        readable = [number for number in others if number not in failures]
        return {**held, **dict(zip(readable, matrix.astype(np.float32)))}


class RemoteRows:
    """The rows of a table by their numbers, for the explorer: read when they are asked for."""

    has_paths = False

    def __init__(self, table: Any) -> None:
        self._table = table

    def __len__(self) -> int:
        count: int = self._table.count_rows()
        return count

    def __getitem__(self, which: int | slice) -> Any:
        if not isinstance(which, slice):
            return self[which : which + 1 or None][0]
        numbers = list(range(*which.indices(len(self))))
        return _frame(self._table.take(numbers, columns=SHOWN).to_pylist())

    def column_names(self) -> list[str]:
        """Return the names of the columns."""
        return [*SHOWN, "image"]

    def positions_of(self, labels: Sequence[int]) -> list[int]:
        """Return the numbers of rows by their ``id``."""
        rows = _rows(self._table, "id", labels, ["id"], with_row_address=True)
        places = dict(zip(rows["id"].to_pylist(), rows["_rowaddr"].to_pylist()))
        # An address is the number of a fragment, and of the row there.
        return [self._starts[places[at] >> 32] + places[at] % 2**32 for at in labels]

    @cached_property
    def _starts(self) -> dict[int, int]:
        fragments = self._table.get_fragments()
        starts = np.cumsum([0, *(fragment.physical_rows for fragment in fragments)]).tolist()
        return dict(zip((fragment.fragment_id for fragment in fragments), starts))


class BucketImage(Image):
    """A picture in a bucket, read when something of it is asked for."""

    __slots__ = ("_address",)
    _address: str

    @classmethod
    def unread(cls, path: str, walk: Any = None) -> BucketImage:
        """Return the picture of an address."""
        image = cls()
        image._address, image._encoded, image._header, image.walk = path, None, None, walk
        return image

    @property
    def path(self) -> str:
        """The address."""
        return self._address

    @property
    def _source(self) -> bytes:
        if self._encoded is None:
            self._encoded = read(self._address)
        return self._encoded

    @property
    def _image_data(self) -> bytes:
        return self._source


def _frame(rows: Sequence[dict[str, Any]]) -> SFrame:
    """Return rows as ``id``, ``path`` and ``image``, as ``load_images`` does."""
    paths = [path or "" for path in from_here(row["path"] for row in rows)]
    images = [(BucketImage if is_address(path) else Image).unread(path) for path in paths]
    columns: dict[str, Any] = {"id": SArray([row["id"] for row in rows], int)}
    return SFrame({**columns, "path": SArray(paths, str), "image": SArray(images, Image)})


def _rows(table: Any, column: str, values: Sequence[Any], columns: Any, **options: Any) -> Any:
    """Return the rows that have one of some values, by the column's index."""
    wanted = required("pyarrow").array(values, table.schema.field(column).type)
    chosen = required("pyarrow.compute").field(column).isin(wanted)
    return table.scanner(columns=columns, filter=chosen, **options).to_table()


def _is_as_before(picture: Any, row: dict[str, Any]) -> bool:
    """Return whether a row has the features of its picture, of which a part has no path.

    So it is of a file that is not on this machine.
    """
    path: str | None = None if picture is None else getattr(picture, "path", None)
    if picture is None or path is None:
        return picture is None
    stamp = Stamp(row["size"], row["mtime"])
    return is_address(path) or not os.path.exists(path) or is_unchanged(path, stamp)
