"""A collection in a Lance table, asked as a model is: nothing here grows with its rows."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Iterable, NoReturn, Sequence

import numpy as np

from ..errors import NotHereError, ToolkitError
from ..names import is_address
from ..portable.frames.image import Image
from ..portable.frames.sarray import SArray
from ..portable.frames.sframe import SFrame
from ..portable.models.deep_features import ImageFeatureExtractor
from ..portable.models.inputs import Look, report
from ..portable.models.labels import LABELS_NAMED
from ..portable.models.matching import Match
from ..portable.models.picture_files import from_here
from ..search.centre import Centre, unit_rows
from ..search.exact import ExactSearch
from ..storage.file_identity import Stamp, is_unchanged
from .places import address_of, read, read_table
from .table import CANDIDATES, Facts, index_of, nearest, vectors_of

if TYPE_CHECKING:
    from ..networks.record import NetworkRecord
    from ..portable.models.matching import Query

SHOWN = ["id", "path"]


class RemoteModel:
    """The pictures of a collection, ready to be searched; ``open_collection`` makes it.

    Distances are exact; neighbours may be missed: ``recall`` is the share of the ten nearest that
    the index found when it was measured.

    Attributes
    ----------
    label, feature : str
        ``'id'`` and ``'image'``, the columns that name and hold the pictures.
    num_examples : int
        The number of pictures that can be found.
    recall : float
        1.0 where there is no index, and each search reads all rows.
    """

    label, feature = "id", "image"

    def __init__(self, out: str, table: Any, network: NetworkRecord) -> None:
        self.location = out
        self.table = table
        self.feature_extractor = ImageFeatureExtractor(network)
        self.num_examples: int = table.count_rows()
        index = index_of(table)
        self.recall: float = index["recall"]
        self._nprobes: int | None = index["nprobes"]
        mean = Facts.of(table).mean
        self._centre = None if mean is None else Centre(np.array(mean))

    @property
    def model(self) -> str:
        """The network's name."""
        return self.feature_extractor.network.name

    @property
    def failures(self) -> SFrame:
        """The ``id``, ``path`` and ``reason`` of each picture that could not be read."""
        failed = read_table(f"{self.location}/failures.parquet")
        names = {"id": "id", "path": "path", "failure": "reason"}
        return SFrame(
            {
                new: SArray(failed[old].to_pylist(), int if new == "id" else str)
                for old, new in names.items()
            }
        )

    @property
    def references(self) -> RemoteRows:
        """The pictures that can be found, as a sequence of rows that are read when asked for."""
        return RemoteRows(self.table)

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the ``id`` of a file or an address; None if it is not in the collection."""
        found = self._rows("path", [address_of(path)], ["id"])
        return found["id"][0].as_py() if len(found) else None

    def rows_of(self, labels: Iterable[Any]) -> SFrame:
        """Return the rows of pictures by their ``id``, in this order.

        Raises
        ------
        ToolkitError
            If there is no such picture.
        """
        wanted = list(labels)
        found = {row["id"]: row for row in self._rows("id", wanted, SHOWN).to_pylist()}
        strangers = [label for label in wanted if label not in found]
        if strangers:
            raise ToolkitError(f"The collection has no pictures {strangers[:LABELS_NAMED]}.")
        return _frame([found[label] for label in wanted])

    def matches(
        self, queries: Sequence[Query], k: int | None, radius: float | None = None
    ) -> list[Match]:
        """Find the look-alikes of pictures, without the collection's own picture that each one is.

        Raises
        ------
        UnreadableImageError, MissingFileError
            If the only picture cannot be read.
        ToolkitError
            If none of several can, or ``k`` is None.
        """
        if k is None:
            raise ToolkitError(
                "All of a collection's pictures cannot be had at once, since there may be a "
                "billion: say how many, as k=100; max_distance= may be given besides."
            )
        own = [self._own(query) for query in queries]
        vectors = self._vectors(queries, own)
        answer = []
        for number, vector in sorted(vectors.items()):
            label = own[number] and own[number]["id"]
            found = nearest(self.table, vector, max(CANDIDATES, 10 * k) + 1, self._nprobes)
            found = found.sort_by("id")
            ids = found["id"].to_numpy()
            chosen = ExactSearch(vectors_of(found)).neighbors(vector[None], k + 1, radius)
            others = [
                Match(number, id, distance)
                for id, distance in zip(ids[chosen.rows].tolist(), chosen.distances.tolist())
                if id != label
            ]
            answer += others[:k]
        return answer

    def similarity_graph(self, *_: Any, **__: Any) -> NoReturn:
        """Raise ``ToolkitError``: it compares every picture with all others."""
        raise _not_here("similarity_graph")

    def __getattr__(self, name: str) -> NoReturn:
        raise _not_here(name)

    def __repr__(self) -> str:
        return f"<Collection {self.location}: {self.num_examples:,} pictures, {self.model}>"

    def _rows(self, column: str, values: Sequence[Any], columns: list[str]) -> Any:
        return _rows(self.table, column, values, columns)

    def _own(self, query: Query) -> dict[str, Any] | None:
        """Return the collection's row that a query is, by its file, or else by its ``id``."""
        columns = ["id", "path", "size", "mtime", "vector"]
        by_path = [] if query.path is None else [address_of(query.path)]
        found = self._rows("path", by_path, columns)
        if not len(found) and query.path is None and query.label is not None:
            found = self._rows("id", [query.label], columns)
        return found.slice(0, 1).to_pylist()[0] if len(found) else None

    def _vectors(self, queries: Sequence[Query], own: Sequence[Any]) -> dict[int, Any]:
        """Return queries' vectors by their numbers, as the table has them.

        Those of pictures of the collection are its own, unless their files have changed since.
        """
        held, others = {}, []
        for number, (query, row) in enumerate(zip(queries, own)):
            if row is not None and (query.picture is None or _is_as_before(row)):
                held[number] = np.array(row["vector"], np.float32)
            else:
                others.append(number)
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
        if isinstance(which, slice):
            numbers = list(range(*which.indices(len(self))))
            return _frame(self._table.take(numbers, columns=SHOWN).to_pylist())
        return self[which : which + 1 or None][0]

    def column_names(self) -> list[str]:
        """Return the names of the columns."""
        return [*SHOWN, "image"]

    def positions_of(self, labels: Sequence[int]) -> list[int]:
        """Return the numbers of rows by their ``id``."""
        rows = _rows(self._table, "id", labels, ["id"], with_row_address=True)
        places = dict(zip(rows["id"].to_pylist(), rows["_rowaddr"].to_pylist()))
        # An address is the number of a fragment, and of the row there.
        return [self._starts[places[at] >> 32] + (places[at] & 0xFFFFFFFF) for at in labels]

    @cached_property
    def _starts(self) -> dict[int, int]:
        starts, start = {}, 0
        for fragment in self._table.get_fragments():
            starts[fragment.fragment_id] = start
            start += fragment.physical_rows
        return starts


class BucketImage(Image):
    """A picture in a bucket, read when something of it is asked for."""

    __slots__ = ("_address",)

    @classmethod
    def unread_at(cls, address: str) -> BucketImage:
        """Return the picture of an address."""
        image = cls()
        image._address, image._encoded, image._header = address, None, None
        return image

    @property
    def _source(self) -> bytes:
        if self._encoded is None:
            self._encoded = read(self._address)
        return self._encoded

    @property
    def _image_data(self) -> bytes:
        return self._source if self._box is None else super()._image_data


def _frame(rows: Sequence[dict[str, Any]]) -> SFrame:
    """Return rows as ``id``, ``path`` and ``image``, as ``load_images`` does."""
    paths = from_here(row["path"] for row in rows)
    images = [
        BucketImage.unread_at(path) if is_address(path) else Image.unread(path) for path in paths
    ]
    return SFrame(
        {
            "id": SArray([row["id"] for row in rows], int),
            "path": SArray(paths, str),
            "image": SArray(images, Image),
        }
    )


def _rows(
    table: Any, column: str, values: Sequence[Any], columns: list[str], **options: Any
) -> Any:
    """Return the rows that have one of some values, by the column's index."""
    quoted = ", ".join("'" + v.replace("'", "''") + "'" if isinstance(v, str) else str(int(v)) for v in values)
    wanted = f"{column} IN ({quoted})" if values else "false"
    return table.scanner(columns=columns, filter=wanted, **options).to_table()


def _is_as_before(row: dict[str, Any]) -> bool:
    known = Stamp(row["size"], row["mtime"])
    return is_address(row["path"]) or is_unchanged(row["path"], known)


def _not_here(name: str) -> NotHereError:
    return NotHereError(
        f"A collection of extract has no {name!r}: it answers find_similar and explore. What holds "
        "all pictures in memory, or compares each with all others (find_duplicates, "
        "similarity_graph, k=None, save), needs a model of build_model; for copies, the table has "
        "the column 'hash'."
    )
