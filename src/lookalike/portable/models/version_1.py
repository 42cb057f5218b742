"""Models as lookalike 0.1 saved them, in today's form."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...storage.file_identity import NEVER
from ...storage.saved_folder import VERSION, Saved
from .comparison import Comparison

# The kinds of NumPy's types in which labels were saved.
LABEL_TYPES = {"i": "int", "U": "str"}


def renewed(saved: Saved) -> Saved:
    """Return a saved model as it would be saved today; one that was is returned itself."""
    if saved.version != 1:
        return saved
    facts = dict(saved.facts)
    if "labels" in saved.arrays:
        facts["labels"] = saved.arrays["labels"].tolist()
        facts["label_type"] = LABEL_TYPES[saved.arrays["labels"].dtype.kind]
    if "network" not in facts:
        return saved._replace(version=VERSION, facts=facts)
    failures, files, stamps = facts["failures"], facts["references"], saved.arrays["stamps"]
    paths = [*files["paths"], *(_path(failure, files) for failure in failures)]
    count = len(facts["labels"])
    unknown = np.full((len(failures), 2), NEVER, np.int64)
    facts.update(
        # Features that were given have no files that were looked at.
        is_of_images=bool((stamps >= 0).any()),
        labels=[*facts["labels"], *(failure["id"] for failure in failures)],
        reasons=[[count + at, failure["reason"]] for at, failure in enumerate(failures)],
        files={**files, "paths": paths},
        walk=None,
        comparison=Comparison().to_parts()[0],
        cached=facts.get("cached", True),
        ran_on="",
    )
    arrays = {**saved.arrays, "stamps": np.concatenate([stamps, unknown])}
    return saved._replace(version=VERSION, facts=facts, arrays=arrays)


def _path(failure: dict[str, Any], files: dict[str, Any]) -> str | None:
    """Return a failure's path as the other paths are given: from their root, where there is one."""
    if files["root"] is None:
        return failure["path"]
    # Models that were saved before there was a "from_root" do not know it.
    return failure.get("from_root")
