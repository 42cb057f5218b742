"""Which pictures a collection has: numbered, in parts of about 10,000 that are worked on alone.

A picture keeps its number and its part as long as it is there. New ones are numbered on from the
greatest number that was ever given, and fill the last part before new parts begin.
"""

from __future__ import annotations

import json
import posixpath
from itertools import islice
from typing import Any, Iterator, NamedTuple, Tuple

from ..errors import MissingFileError, ToolkitError, UnreadableImageWarning, warn_caller
from ..images.folder import NOT_PICTURES, pictures_in
from ..images.formats import ENDINGS, FORMATS, ending_of, remedy
from ..names import is_address
from ..storage.file_identity import NEVER, stamp_of
from .places import located, part_address, read_json, read_table, required, write, write_table

# A picture's address, its bytes, and when it was changed, in ns; -1 if unknown.
Found = Tuple[str, int, int]

ROWS, BLOCK = 10_000, 100_000
HEAD, PARTS = "manifest.json", "manifest"
FACTS = ("path", "size", "mtime")
TYPES = (("id", "i8"), ("path", "str"), ("size", "i8"), ("mtime", "i8"))


class Head(NamedTuple):
    """How many parts a manifest has, and the next number."""

    parts: int = 0
    next: int = 0


def plan(source: str, out: str, rows: int) -> int:
    """Bring a manifest up to date with its source; return how many parts of ``rows`` it has.

    Its head is written last: with one, it is whole.
    """
    pa = required("pyarrow")
    head = head_of(out)
    known = [read_table(part_address(out, PARTS, number)) for number in range(head.parts)]
    every = _numbered(known, _listed(source), head.next, rows)
    parts = every["part"].to_numpy()
    count = max(len(known), 1 + int(parts.max(initial=0)))
    starts = parts.searchsorted(range(count + 1)).tolist()
    for number, (start, end) in enumerate(zip(starts, starts[1:])):
        part = every.slice(start, end - start).drop_columns(["part"]).cast(pa.schema(TYPES))
        if number >= len(known) or not part.equals(known[number]):
            write_table(part_address(out, PARTS, number), part)
    following = max(head.next, 1 + int(every["id"].to_numpy().max(initial=-1)))
    write(f"{out}/{HEAD}", json.dumps(Head(count, following)._asdict()).encode())
    return count


def head_of(out: str) -> Head:
    """Return the head of a collection's manifest; ``ToolkitError`` if it is something else."""
    try:
        return Head(**(read_json(f"{out}/{HEAD}") or {}))
    except (TypeError, ValueError, NotADirectoryError) as error:
        raise ToolkitError(
            f"Expected {out!r} to be a collection or not to be there; found another file, or "
            f"another program's {HEAD}: name another place."
        ) from error


def _numbered(parts: list[Any], found: Any, following: int, rows: int) -> Any:
    """Return what was found in the order of parts and numbers: those it has, or the next ones."""
    # Not at the top: `import lookalike` does not load it.
    import numpy as np

    pa = required("pyarrow")
    known = pa.concat_tables(
        part.select(["id", "path"]).append_column("part", pa.array([number] * len(part), "i4"))
        for number, part in enumerate(parts or [pa.schema(TYPES).empty_table()])
    )
    # A call that was stopped may have given numbers that the head does not know of.
    following = max(following, 1 + int(known["id"].to_numpy().max(initial=-1)))
    kept = known.join(found, "path", join_type="inner")
    fresh = found.join(known.select(["path"]), "path", join_type="left anti").sort_by("path")
    last = max(0, len(parts) - 1)
    first = int((kept["part"].to_numpy() == last).sum())
    places = np.arange(len(fresh))
    fresh = fresh.append_column("id", pa.array(following + places, "i8"))
    fresh = fresh.append_column("part", pa.array(last + (first + places) // rows, "i4"))
    fresh = fresh.select(["id", *FACTS, "part"])
    every = pa.concat_tables([kept.select(fresh.column_names), fresh])
    return every.sort_by([("part", "ascending"), ("id", "ascending")])


def _listed(source: str) -> Any:
    """Return the pictures of a folder, a bucket or a Parquet list as a table, in no order."""
    if source.endswith(".parquet"):
        return _in_list(source)
    pa = required("pyarrow")
    listed = _in_bucket(source) if is_address(source) else _in_folder(source)
    # Block by block: Python's own numbers and tuples take several times as much memory.
    blocks = iter(lambda: list(islice(listed, BLOCK)), [])
    tables = [pa.table(dict(zip(FACTS, zip(*block)))) for block in blocks]
    if not tables:
        raise MissingFileError(source, f"There are no pictures in {source!r}.")
    return pa.concat_tables(tables)


def _in_folder(folder: str) -> Iterator[Found]:
    for path in pictures_in(folder).paths:
        if path.encode(errors="replace").decode() != path:
            about = f"{path!r} is left out: tables hold names in UTF-8. Rename the file."
            warn_caller(about, UnreadableImageWarning)
            continue
        try:
            yield (path, *stamp_of(path))
        except OSError:
            # Whoever reads it says why it cannot be read.
            yield (path, *NEVER)


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
                yield address + info.path[len(root) :], info.size, info.mtime_ns


def _in_list(address: str) -> Any:
    """Return each path of a list once; without ``size`` and ``mtime``, changes are not noticed."""
    pa, pc = required("pyarrow"), required("pyarrow.compute")
    table = read_table(address)
    if "path" not in table.column_names or table["path"].null_count:
        raise ToolkitError(
            f"Expected {address!r} to have a column 'path', with a path in each row."
        )
    whole = pc.match_substring_regex(table["path"], r"^(/|\w+:)")
    beside = pc.binary_join_element_wise(posixpath.dirname(address), table["path"], "/")
    unknown = pa.repeat(pa.scalar(-1, "i8"), len(table))
    columns = [table[name] if name in table.column_names else unknown for name in FACTS[1:]]
    listed = pa.table([pc.if_else(whole, table["path"], beside), *columns], FACTS).group_by("path")
    return listed.aggregate([("size", "max"), ("mtime", "max")]).rename_columns(FACTS)
