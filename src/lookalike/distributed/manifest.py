"""Which pictures a collection has: numbered, in parts of about 10,000 that are worked on alone.

A picture keeps its number and its part as long as it is there. New ones are numbered on from the
greatest number that was ever given, and fill the last part before new parts begin.
"""

from __future__ import annotations

import json
import os
import posixpath
from typing import Any, Iterator, NamedTuple

from ..errors import MissingFileError, warn_caller, UnreadableImageWarning
from ..images.folder import NOT_PICTURES, pictures_in
from ..images.formats import ENDINGS, FORMATS, ending_of, remedy
from ..names import is_address
from ..storage.file_identity import NEVER, stamp_of
from .places import located, read, read_table, required, write, write_table

ROWS = 10_000
HEAD = "manifest.json"


class Found(NamedTuple):
    """A picture's file: its address, its bytes, and when it was changed (ns; -1 if unknown)."""

    path: str
    size: int
    mtime: int


def part_address(out: str, number: int) -> str:
    """Return where a part of the manifest is."""
    return f"{out}/manifest/{number:06}.parquet"


def head_of(out: str) -> dict[str, Any] | None:
    """Return how many ``parts`` a collection's manifest has, and others; None if there is none."""
    try:
        return dict(json.loads(read(f"{out}/{HEAD}")))
    except FileNotFoundError:
        return None


def plan(source: str, out: str, rows: int = ROWS) -> int:
    """Bring a collection's manifest up to date with its source; return the number of parts.

    Parameters
    ----------
    source : str
        A folder, an address of one in a bucket, or a Parquet file with the column ``path``, and
        perhaps ``size`` and ``mtime``: without these, changed pictures are not noticed.
    out : str
        The collection. Its manifest's head is written last: with it, the manifest is whole.
    rows : int
        Pictures in a part.

    Raises
    ------
    MissingFileError
        If there are no pictures.
    """
    pa = required("pyarrow")
    found = _listed(source)
    head = head_of(out) or {"parts": 0, "next": 0}
    parts = [read_table(part_address(out, number)) for number in range(head["parts"])]
    known = pa.concat_tables(
        part.select(["id", "path"]).append_column("part", pa.array([number] * len(part), "i4"))
        for number, part in enumerate([*parts, _schema(pa).empty_table()])
    )
    kept = known.join(found, "path", join_type="inner")
    fresh = found.join(known.select(["path"]), "path", join_type="left anti").sort_by("path")
    last = max(0, head["parts"] - 1)
    held = kept["part"].to_numpy()
    places = range((held == last).sum(), (held == last).sum() + len(fresh))
    numbers = pa.array(range(head["next"], head["next"] + len(fresh)), "i8")
    fresh = fresh.append_column("id", numbers).append_column(
        "part", pa.array([last + place // rows for place in places], "i4")
    )
    order = ["id", "path", "size", "mtime", "part"]
    every = pa.concat_tables([kept.select(order), fresh.select(order)]).sort_by(
        [("part", "ascending"), ("id", "ascending")]
    )
    count = max(head["parts"], 1 + (every["part"][-1].as_py() if len(every) else 0))
    starts = every["part"].to_numpy().searchsorted(range(count + 1))
    for number in range(count):
        part = every.slice(starts[number], starts[number + 1] - starts[number])
        part = part.drop_columns(["part"]).cast(_schema(pa)).combine_chunks()
        if number >= len(parts) or not part.equals(parts[number]):
            write_table(part_address(out, number), part)
    head = {"source": source, "parts": count, "next": head["next"] + len(fresh)}
    write(f"{out}/{HEAD}", json.dumps(head).encode())
    return count


def _schema(pa: Any) -> Any:
    return pa.schema([("id", "i8"), ("path", "str"), ("size", "i8"), ("mtime", "i8")])


def _listed(source: str) -> Any:
    """Return the source's pictures as a table, in no order."""
    pa = required("pyarrow")
    if source.endswith(".parquet"):
        listed: Any = _in_list(source)
    else:
        listed = _in_bucket(source) if is_address(source) else _in_folder(source)
    columns: Any = list(zip(*listed))
    if not columns:
        raise MissingFileError(source, f"There are no pictures in {source!r}.")
    return pa.table(dict(zip(Found._fields, columns)))


def _in_folder(folder: str) -> Iterator[Found]:
    for path in pictures_in(folder).paths:
        try:
            path.encode()
        except UnicodeEncodeError:
            warn_caller(
                f"{path!r} is left out: tables hold names in UTF-8 alone; rename the file.",
                UnreadableImageWarning,
            )
            continue
        try:
            yield Found(path, *stamp_of(path))
        except OSError:
            # Whoever reads it says why it cannot be read.
            yield Found(path, *NEVER)


def _in_bucket(address: str) -> Iterator[Found]:
    """Yield the pictures of a bucket's folder, by their endings: nothing is opened.

    Those of cameras (raw) are not among them: without a file they are not known for what they are.
    """
    fs = required("pyarrow.fs")
    system, root = located(address)
    formats = {name for name in FORMATS if name != "RAW" and not remedy(name)}
    folders = [root]
    while folders:
        for info in system.get_file_info(fs.FileSelector(folders.pop())):
            if info.base_name.startswith(".") or info.base_name.lower() in NOT_PICTURES:
                continue
            if info.type == fs.FileType.Directory:
                folders.append(info.path)
            elif ENDINGS.get(ending_of(info.base_name)) in formats:
                yield Found(address + info.path[len(root) :], info.size, info.mtime_ns)


def _in_list(address: str) -> Iterator[Found]:
    table = read_table(address)
    folder = posixpath.dirname(address)
    unknown = [-1] * len(table)
    sizes, times = (
        table[name].to_pylist() if name in table.column_names else unknown
        for name in Found._fields[1:]
    )
    seen: set[str] = set()
    for path, size, mtime in zip(table["path"].to_pylist(), sizes, times):
        place = path if is_address(path) or os.path.isabs(path) else f"{folder}/{path}"
        if place not in seen:
            seen.add(place)
            yield Found(place, size, mtime)
