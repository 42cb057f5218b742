"""A collection in a Lance table, asked as a model is: nothing here grows with its rows."""

from __future__ import annotations

import os
from functools import cached_property
from itertools import repeat
from numbers import Integral
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
from .places import address_of, read_table, required
from .shard import image_at
from .table import CANDIDATES, Facts, Index, nearest, vectors_of

if TYPE_CHECKING:
    from ..networks.record import NetworkRecord
    from ..portable.models.matching import Query

NAMED = 5
COLUMNS = ["id", "path", "image"]
STORED = COLUMNS[:2]


class RemoteModel:
    """The pictures of a collection, ready to be searched; ``open_collection`` makes it.

    ``num_examples`` pictures can be found, the rows of ``references``. ``recall`` is the share of
    the ten nearest that the index found when it was measured; ``model`` is the network's name.
    """

    # The columns that name the pictures and hold them.
    label, feature = "id", "image"

    def __init__(self, out: str, table: Any, network: NetworkRecord) -> None:
        mean = Facts.from_table(table).mean
        self.location, self.table, self.model = out, table, network.name
        self.feature_extractor = FeatureExtractor(network)
        self.references = RemoteRows(table)
        self.num_examples = len(self.references)
        self._index = Index.from_table(table)
        self.recall = self._index.recall
        self._centre = None if mean is None else Centre(np.array(mean))

    @property
    def failures(self) -> SFrame:
        """The ``id``, ``path`` and ``reason`` of each picture that could not be read."""
        failed = read_table(f"{self.location}/failures.parquet").to_pydict()
        return SFrame({name: SArray(failed[name], int if name == "id" else str) for name in failed})

    def position_of(self, path: str | os.PathLike[str]) -> int | None:
        """Return the ``id`` of a file or an address; None if it is not in the collection."""
        found = _rows(self.table, "path", [address_of(path)], ["id"])
        return found["id"][0].as_py() if len(found) else None

    def rows_of(self, labels: Iterable[Any]) -> SFrame:
        """Return the rows of pictures by their ``id``, in this order; errors as a model's."""
        wanted = list(labels)
        found = {row["id"]: row for row in _rows(self.table, "id", wanted, STORED).to_pylist()}
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
        itself = [{row["id"]} if row else set() for row in own]
        vectors = self._vectors(queries, own)
        asked = [(number, vectors[number], itself[number]) for number in sorted(vectors)]
        if together and len(queries) > 1:
            mean = np.array(list(vectors.values()), np.float64).mean(axis=0, keepdims=True)
            asked = [(0, unit_rows(mean).astype(np.float32)[0], set().union(*itself))]
        return [match for one in asked for match in self._nearest(*one, k, radius)]

    def _nearest(
        self, number: int, vector: Any, left_out: set[int], k: int, radius: float | None
    ) -> list[Match]:
        count = max(CANDIDATES, 10 * k) + len(left_out)
        # By number, so that of equally near ones the first comes first.
        found = nearest(self.table, vector, count, self._index).sort_by("id")
        search = ExactSearch(vectors_of(found))
        chosen = search.neighbors(vector[None], k + len(left_out), radius)
        labels = found["id"].to_numpy()[chosen.rows].tolist()
        every = map(Match, repeat(number), labels, chosen.distances.tolist())
        return [match for match in every if match.label not in left_out][:k]

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

    def _own(self, query: Query) -> dict[str, Any]:
        """Return the row that a query is, by its file, or else by its ``id``; empty for others."""
        column, value = "id", query.label
        if query.path is not None:
            column, value = "path", address_of(query.path)
        rows = _rows(self.table, column, [value], ["id", "size", "mtime", "vector"]).to_pylist()
        return rows[0] if rows else {}

    def _vectors(self, queries: Sequence[Query], own: Sequence[Any]) -> dict[int, Any]:
        """Return vectors by the numbers of queries: the table's own, or those of new pictures."""
        held = {
            number: np.array(row["vector"], np.float32)
            for number, row in enumerate(own)
            if row and _is_as_before(queries[number].picture, row)
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
    """The rows of a table by their numbers, as the explorer takes them: read when asked for."""

    has_paths = False

    def __init__(self, table: Any) -> None:
        self._table = table

    def __len__(self) -> int:
        return int(self._table.count_rows())

    def __getitem__(self, which: int | slice | str) -> Any:
        if isinstance(which, str):
            raise NotHereError(
                f"A collection's {which!r} of all pictures cannot be had at once, since there may "
                "be a billion: they are looked through in the order of their numbers, not sorted "
                "or filtered. model.table is the Lance table, which can be asked."
            )
        if not isinstance(which, slice):
            return self[which : which + 1 or None][0]
        numbers = list(range(*which.indices(len(self))))
        return _frame(self._table.take(numbers, columns=STORED).to_pylist())

    def column_names(self) -> list[str]:
        """Return the names of the columns."""
        return list(COLUMNS)

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


def _frame(rows: Sequence[dict[str, Any]]) -> SFrame:
    """Return rows as ``id``, ``path`` and ``image``, as ``load_images`` does."""
    paths = from_here(row["path"] for row in rows)
    labels, images = [row["id"] for row in rows], [image_at(str(path)) for path in paths]
    columns = (labels, int), (paths, str), (images, Image)
    return SFrame(dict(zip(COLUMNS, (SArray(*column) for column in columns))))


def _rows(table: Any, column: str, values: Sequence[Any], columns: Any, **options: Any) -> Any:
    """Return the rows that have one of some values, by the column's index."""
    # Rows of other data may be named by texts.
    some = [value for value in values if isinstance(value, str if column == "path" else Integral)]
    wanted = required("pyarrow").array(some, table.schema.field(column).type)
    chosen = required("pyarrow.compute").field(column).isin(wanted)
    return table.scanner(columns=columns, filter=chosen, **options).to_table()


def _is_as_before(picture: Any, row: dict[str, Any]) -> bool:
    """Return whether a row has the features of a query's picture; those of a part it has not."""
    path = getattr(picture, "path", None)
    if picture is None or path is None:
        return picture is None
    # What is not on this machine cannot have changed here.
    stamp = Stamp(row["size"], row["mtime"])
    return is_address(path) or not os.path.exists(path) or is_unchanged(path, stamp)
