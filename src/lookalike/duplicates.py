"""Which pictures of a model are the same: copies in groups, and how sure that is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

from .display.markup import KINDS
from .engines.asked import frame_with
from .engines.choice import engine, is_real
from .errors import ToolkitError
from .progress import Progress

if TYPE_CHECKING:
    import numpy as np

    from .engines.known_pictures import KnownPictures
    from .portable import SFrame
    from .portable.image_similarity import ImageSimilarityModel
    from .portable.models.picture_facts import PictureFacts
    from .search.near_copies import Search

    Rows = np.ndarray[Any, np.dtype[np.intp]]

SAME_FILE, _, NEAR_COPY = KINDS
# So many of the other model's copies of a picture, the best, may be the one that it is nearest to.
LOOKED_AT = 100


def find_duplicates(
    model: ImageSimilarityModel,
    kind: str = NEAR_COPY,
    among: ImageSimilarityModel | None = None,
    verbose: bool = True,
) -> SFrame:
    """Find the pictures of a model that are copies of each other. No file is changed or deleted.

    Parameters
    ----------
    model : ImageSimilarityModel
        As ``build_model`` returns it, or ``tc.load_model``.
    kind : {'near copy', 'same picture', 'same file'}
        How far copies may differ. ``'same file'``: they hold the same bytes. ``'same picture'``: or
        their perceptual hashes differ in at most 4 of 64 bits, as those of other sizes and
        qualities do; the hash of a flat picture (its greys deviate by less than 4 of 255) shows
        nothing. ``'near copy'``: or their features are much nearer than those of others, as those
        of cut, mirrored or labelled pictures are: the squared distance is at most half the mean of
        that of the picture's ranks 2 to 11. Below 12 pictures nothing is a near copy.
    among : ImageSimilarityModel, optional
        Asks which pictures of the model have copies in this other one, as a new card's in an
        archive. Both are of the same network.
    verbose : bool
        Whether progress is printed.

    Returns
    -------
    SFrame
        One row for each picture that has copies: ``group`` (int, from 1, in the order of the
        groups' first pictures), ``kind``, ``distance`` and the columns of the model's rows. The
        group's first picture is the best: it has the most pixels, then the most bytes, then the
        oldest file. Its ``kind`` is ``''``; that of others is the closest relation to a picture
        before them in their group, so that one of each remains if all of a kind are put aside.
        ``distance`` is to the best one: Euclidean, of features of length 1, not centred (of
        Turi Create's own models: of features as they are).

        With ``among``, the rows are those of the model alone that have copies in the other one.
        ``among_id`` and ``among_path`` are the label and the file of the surest and nearest one
        there, to which ``kind`` and ``distance`` are; copies of each other have one ``group``.

    Raises
    ------
    TypeError
        If the model, or the other one, is none.
    ValueError
        If there is no such kind.
    ToolkitError
        If the two models are of different networks, or are the same, or a model of Turi Create's
        does not know its pictures.

    Notes
    -----
    Hashes are made with the features, and lie in the feature store; the first call makes those that
    are missing. Of a hundred changed pictures, ``'near copy'`` finds some 98 of other quality and
    geometry (cut to 80%, mirrored, framed), and of a thousand it pairs up to five falsely, more
    among documents that look alike: look at them before you put any aside.
    ``tests/benchmarks/bench_duplicates.py`` prints both, change by change.

    Examples
    --------
    >>> import lookalike
    >>> model = lookalike.build_model('image', verbose=False)
    >>> copies = lookalike.find_duplicates(model, verbose=False)
    >>> copies.column_names()
    ['group', 'kind', 'distance', 'id', 'path', 'image']
    >>> lookalike.explore(copies)                                      # doctest: +SKIP
    """
    start = time.perf_counter()
    _check(model, kind, among)
    from .engines.known_pictures import known_pictures

    pictures = known_pictures(model)
    others = None if among is None else known_pictures(among)
    hashes = kind != SAME_FILE
    facts = pictures.facts(verbose, hashes)
    if others is not None:
        facts = facts.and_more(others.facts(verbose, hashes))
    progress = Progress(len(pictures.files.paths), verbose)
    try:
        search = pictures.search(others, lambda done: progress(done, 0))
        levels = grouped(facts, kind, search)
    finally:
        progress.close()
    found = _Copies(facts, levels, search)
    table = found.within(pictures) if others is None else found.among(pictures, others)
    if verbose:
        _print_line(table, search.asked, among is not None, time.perf_counter() - start)
    return table


def grouped(facts: PictureFacts, kind: str, search: Search) -> list[Rows]:
    """Return for each kind, from the surest on to this one, each picture's group of copies.

    A group is known by its first picture.
    """
    from .search.near_copies import near_copies

    levels = [_same_files(facts)]
    if kind != SAME_FILE:
        levels.append(_same_pictures(facts, levels[0]))
    if kind == NEAR_COPY:
        levels.append(near_copies(search, levels[1]))
    return levels


def _same_files(facts: PictureFacts) -> Rows:
    """Return for each picture the first one whose file has the same content."""
    import numpy as np

    firsts: dict[bytes, int] = {}
    return np.array(
        [
            row if content is None else firsts.setdefault(content, row)
            for row, content in enumerate(facts.contents)
        ],
        np.intp,
    )


def _same_pictures(facts: PictureFacts, groups: Rows) -> Rows:
    """Return groups that pictures with near hashes have joined."""
    import numpy as np

    from .search.hashes import near_hashes
    from .search.near_copies import joined_by

    telling = np.flatnonzero(facts.telling)
    return joined_by(groups, telling[near_hashes(facts.hashes[telling])])


class _Copies(NamedTuple):
    """What was found: of each row its group, by each kind from the surest on."""

    facts: PictureFacts
    levels: list[Rows]
    search: Search

    def within(self, pictures: KnownPictures) -> SFrame:
        """Return the table of a model's copies."""
        import numpy as np

        groups = self.levels[-1]
        members = np.flatnonzero(np.bincount(groups, minlength=len(groups))[groups] > 1)
        rows, numbers = self._in_order(members)
        starts = np.flatnonzero(np.diff(numbers, prepend=0))
        kinds = np.full(len(rows), len(self.levels) - 1)
        for number in reversed(range(len(self.levels))):
            again = np.ones(len(rows), bool)
            again[np.unique(self.levels[number][rows], return_index=True)[1]] = False
            kinds[again] = number
        names = np.array([*KINDS, ""])
        kinds[starts] = len(KINDS)
        bests = rows[starts][numbers - 1] if len(rows) else rows
        distances = np.zeros(len(rows))
        rest = rows != bests
        distances[rest] = self.search.distances(rows[rest], bests[rest])
        return _table(numbers, names[kinds], distances, pictures.rows_of(rows))

    def among(self, pictures: KnownPictures, others: KnownPictures) -> SFrame:
        """Return the table of a model's pictures that have copies in another."""
        import numpy as np

        from .portable.models.picture_files import from_here

        first, groups = self.search.first, self.levels[-1]
        rows, numbers = self._in_order(np.flatnonzero(np.isin(groups[:first], groups[first:])))
        kinds = np.full(len(rows), len(self.levels) - 1)
        for number, level in reversed(list(enumerate(self.levels))):
            kinds[np.isin(level[rows], level[first:])] = number
        copied, distances = self._copied(rows, kinds)
        table = _table(numbers, np.array(KINDS)[kinds], distances, pictures.rows_of(rows))
        table = _with(
            table, "among_id", [others.labels[at] for at in copied - first], others.labels
        )
        if any(others.files.paths):
            paths = from_here(others.files.paths[at] for at in copied - first)
            table = _with(table, "among_path", paths, [""])
        return table

    def _copied(self, rows: Rows, kinds: Rows) -> tuple[Rows, Any]:
        """Return of which of the others each row is the copy, and the distances.

        It is the nearest of those of the surest kind, and the best of equally near ones.
        """
        import numpy as np

        first = self.search.first
        theirs, _ = self._in_order(np.arange(first, self.search.count))
        members: list[dict[int, list[int]]] = []
        for level in self.levels:
            members.append({})
            for other in theirs.tolist():
                members[-1].setdefault(int(level[other]), []).append(other)
        found = [
            members[kind][int(self.levels[kind][row])][:LOOKED_AT]
            for row, kind in zip(rows.tolist(), kinds.tolist())
        ]
        counts = np.array([len(others) for others in found], np.intp)
        pairs = (
            np.repeat(rows, counts),
            np.array([one for others in found for one in others], np.intp),
        )
        distances = self.search.distances(*pairs)
        order = np.lexsort((distances, np.repeat(np.arange(len(rows)), counts)))
        nearest = order[np.cumsum(counts) - counts]
        return pairs[1][nearest], distances[nearest]

    def _in_order(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return rows group by group, the best first, and the numbers of their groups, from 1."""
        import numpy as np

        # A row of another model is none that a group begins with.
        numbers = np.unique(self.levels[-1][rows], return_inverse=True)[1].reshape(-1) + 1
        facts = self.facts.sized(rows.tolist())
        order = np.lexsort(
            (rows, facts.times[rows], -facts.bytes[rows], -facts.pixels[rows], numbers)
        )
        return rows[order], numbers[order]


def _table(numbers: Rows, kinds: Any, distances: Any, rows: SFrame) -> SFrame:
    tc = engine()
    columns = {
        "group": tc.SArray(numbers.tolist(), dtype=int),
        "kind": tc.SArray(kinds.tolist(), dtype=str),
        "distance": tc.SArray(distances.tolist(), dtype=float),
    }
    return frame_with(columns, rows)


def _with(table: SFrame, name: str, values: list[Any], samples: Sequence[Any]) -> SFrame:
    """Return a table with one more column, of the type of samples."""
    return table.add_column(engine().SArray(values, dtype=type(samples[0])), name)


def _check(model: Any, kind: Any, among: Any) -> None:
    for one in [model] if among is None else [model, among]:
        if not hasattr(one, "similarity_graph") or not hasattr(one, "feature"):
            raise TypeError(
                "Expected a model of pictures, as build_model returns it; found "
                f"{type(one).__name__}."
            )
    if kind not in KINDS:
        raise ValueError(
            f"Expected kind to be one of {', '.join(map(repr, KINDS))}; found {kind!r}."
        )
    if among is None:
        return
    if among is model:
        raise ToolkitError(
            "Every picture of a model is in the model itself: leave among= out to find copies "
            "within it, or give another model."
        )
    if _network_of(model) != _network_of(among):
        raise ToolkitError(
            f"The two models are of different networks ({model.model} and {among.model}, or two "
            "versions of one), whose features cannot be compared: build one of them again, with "
            "the other's network."
        )


def _network_of(model: ImageSimilarityModel) -> str:
    return model.model if is_real() else model.feature_extractor.network.fingerprint


def _print_line(table: SFrame, count: int, among: bool, seconds: float) -> None:
    groups = len(set(table["group"]))
    in_groups = f"{len(table):,} in {groups:,} {'group' if groups == 1 else 'groups'} of copies"
    found = f"{len(table):,} are among the others" if among else in_groups
    print(f"{count:,} pictures: {found} ({seconds:.1f} s)")  # noqa: T201 - what it is for
