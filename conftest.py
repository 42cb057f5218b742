"""What the tests and the examples in docstrings share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what is extracted out of the user's cache folder."""
    os.environ["LOOKALIKE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
