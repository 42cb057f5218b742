"""Where lookalike keeps what it would otherwise fetch or compute again, and hashes of files."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

VARIABLE = "LOOKALIKE_CACHE"

# Files whose content is known: path -> [size, modification time in ns, sha256].
KNOWN_FILES = "known-files.json"

CHUNK = 1 << 20


def cache_folder() -> Path:
    """Return the user's cache folder, which ``LOOKALIKE_CACHE`` moves; it need not exist."""
    import platformdirs

    moved = os.environ.get(VARIABLE)
    return Path(moved).expanduser() if moved else Path(platformdirs.user_cache_dir("lookalike"))


def sha256_of(path: Path) -> str:
    """Return a file's sha256; the content is read again where size or time have changed.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    place = path.resolve()
    stat = place.stat()
    known = _known_files()
    size, time, sha256 = known.get(str(place), (None, None, ""))
    if (size, time) != (stat.st_size, stat.st_mtime_ns):
        sha256 = read_sha256(place)
        _remember({**known, str(place): [stat.st_size, stat.st_mtime_ns, sha256]})
    return str(sha256)


def read_sha256(path: Path) -> str:
    """Return a file's sha256 from its content, whatever is known of it; errors as ``sha256_of``."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _known_files() -> dict[str, list[object]]:
    try:
        known = json.loads((cache_folder() / KNOWN_FILES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(known: dict[str, list[object]]) -> None:
    """Keep what is known of files; without a place to write, they are hashed every time."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=str(folder)) as scratch:
            fresh = Path(scratch, KNOWN_FILES)
            fresh.write_text(json.dumps(known, indent=1), encoding="utf-8")
            fresh.replace(folder / KNOWN_FILES)
    except OSError:
        return
