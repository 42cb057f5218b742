"""The table of a model's pictures that could not be read: id, path and reason."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ..frames.sarray import SArray
from ..frames.sframe import SFrame
from . import extraction
from .references import References, from_here

if TYPE_CHECKING:
    Row = Mapping[str, Any]


def table(failed: Mapping[int, Exception], labels: SArray, paths: Sequence[str | None]) -> SFrame:
    """Return the table for what failed, by its row; labels and paths are those of all rows."""
    rows = [
        {"id": labels[row], "path": paths[row], "reason": extraction.reason_of(failure)}
        for row, failure in failed.items()
    ]
    return _table_of(rows, labels.dtype)


def to_rows(failures: SFrame, references: References) -> list[Row]:
    """Return the table's rows for a file, with their paths from the root of the references."""
    root = references.root if len(failures) else None
    return [{**row, "from_root": _from_root(row["path"], root)} for row in failures]


def of_rows(rows: Sequence[Row], references: References, label_type: type) -> SFrame:
    """Return the table that ``to_rows`` told, with the pictures where the references are now."""
    root = references.root if rows else None
    paths = [row["path"] for row in rows]
    if root is not None:
        # Models that were saved before it was told have no "from_root".
        ways = [row.get("from_root") for row in rows]
        moved = [way and os.path.join(root, way.replace("/", os.sep)) for way in ways]
        paths = [new or old for new, old in zip(from_here(moved), paths)]
    return _table_of([{**row, "path": path} for row, path in zip(rows, paths)], label_type)


def _from_root(path: str | None, root: str | None) -> str | None:
    """Return a path as it is from a root; None where there is no way, as between two drives."""
    if path is None or root is None:
        return None
    try:
        return os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:
        return None


def _table_of(rows: Sequence[Row], label_type: type) -> SFrame:
    types = {"id": label_type, "path": str, "reason": str}
    return SFrame({name: SArray([row[name] for row in rows], t) for name, t in types.items()})
