"""Where lookalike keeps what it would otherwise fetch or compute again."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "LOOKALIKE_CACHE"


def cache_folder() -> Path:
    """Return the user's cache folder, which ``LOOKALIKE_CACHE`` moves; it need not exist."""
    import platformdirs

    moved = os.environ.get(VARIABLE)
    return Path(moved).expanduser() if moved else Path(platformdirs.user_cache_dir("lookalike"))
