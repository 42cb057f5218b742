"""The table of a model's pictures that could not be read: id, path and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

import numpy as np

from . import extraction
from .references import References, from_here
from .sarray import SArray
from .sframe import SFrame

if TYPE_CHECKING:
    Row = Mapping[str, Any]


def table(failed: Mapping[int, Exception], labels: SArray, paths: Sequence[str | None]) -> SFrame:
    """Return the table for what failed, by its row; labels and paths are those of all rows."""
    rows = [
        {"id": labels[row], "path": paths[row], "reason": extraction.reason_of(failure)}
        for row, failure in failed.items()
    ]
    return _table_of(rows, labels.dtype)


def to_facts(failures: SFrame, location: str) -> dict[str, Any]:
    """Return the table for a file, its paths as ``References.to_facts`` tells them."""
    files = References.of(failures["path"]).to_facts(location)
    return {"failures": list(failures), "failed_files": files}


def from_facts(facts: Mapping[str, Any], location: str, label_type: type) -> SFrame:
    """Return what ``to_facts`` told, with the pictures where they are now."""
    rows = facts["failures"]
    # Models that were saved before this was told have none.
    if "failed_files" in facts:
        files = References.from_facts(facts["failed_files"], np.empty((0, 2), np.int64), location)
        rows = [{**row, "path": path} for row, path in zip(rows, from_here(files.paths))]
    return _table_of(rows, label_type)


def _table_of(rows: Sequence[Row], label_type: type) -> SFrame:
    types = {"id": label_type, "path": str, "reason": str}
    return SFrame({name: SArray([row[name] for row in rows], t) for name, t in types.items()})
