"""A collection before and after its first pass: what it will cost, and what is stored of it."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Sequence

from .errors import FeatureStoreWarning, MissingFileError, ToolkitError, warn_caller
from .images.failures import reason_of
from .images.folder import pictures_in
from .names import write_line
from .networks import catalogue
from .networks.extractor import FeatureExtractor
from .networks.session import open_session
from .storage import store_tables
from .storage.feature_store import is_store, store_path
from .storage.file_identity import forget_files

if TYPE_CHECKING:
    from .images.folder import Patterns
    from .networks.catalogue import AnyNetwork
    from .storage.feature_store import Cache

SAMPLE = 64
# The memory of a row beside its features: its path, its label, its image.
BYTES_A_ROW = 1024
# The disk space of a picture beside its features: hashes, stamp, what pages leave free.
BYTES_A_FILE = 600


class CollectionReport(NamedTuple):
    """What ``check`` found, in bytes and seconds; its text is a table.

    ``unreadable`` has the path and the reason of each picture of the sample that cannot be read;
    ``seconds`` is the time of the first pass, ``memory`` and ``disk`` the size of its features;
    ``remarks`` says what was passed over in the folder, and what can be done.
    """

    folder: str
    pictures: int
    formats: dict[str, int]
    bytes: int
    sampled: int
    unreadable: list[tuple[str, str]]
    network: str
    per_second: float
    seconds: float
    memory: int
    disk: int
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        formats = ", ".join(f"{count:,} {name}" for name, count in self.formats.items())
        facts = [
            ("pictures", f"{self.pictures:,} ({formats}), {_size(self.bytes)}"),
            *(("", remark) for remark in self.remarks),
            ("sampled", f"{self.sampled:,}, of which {len(self.unreadable)} cannot be read"),
            *(("", f"{path}: {reason}") for path, reason in self.unreadable),
            ("first pass", f"{_duration(self.seconds)} at {self.per_second:.0f} pictures/s"),
            ("memory", f"{_size(self.memory)} for the features"),
            ("disk", f"{_size(self.disk)} in the feature store"),
        ]
        return _table(f"{self.folder}, through {self.network}", facts)


class CacheInfo(NamedTuple):
    """Where the feature store lies, its size in bytes, and of how many files it has features.

    ``path`` is None if there is no home folder for it.
    """

    path: Path | None
    bytes: int
    files: int

    def __str__(self) -> str:
        facts = [("size", _size(self.bytes)), ("files", f"{self.files:,}")]
        return _table(str(self.path or "no cache folder"), facts)


def check(
    folder: str | os.PathLike[str],
    network: AnyNetwork = "auto",
    sample: int = SAMPLE,
    exclude: Patterns = (),
) -> CollectionReport:
    """Estimate, within seconds, what the first pass over a folder takes; print it as a table.

    Parameters
    ----------
    folder : str or path
        Where the pictures are, its subfolders included.
    network : str, path or Network
        The network, as ``tc.image_similarity.create`` takes it.
    sample : int
        How many pictures, drawn at random, are decoded and run through the network.
    exclude : str or sequence of str
        Patterns of files and folders that are left out, as ``load_images`` takes them.

    Returns
    -------
    CollectionReport
        The time is the sample's rate, on all cores, times the pictures.

    Raises
    ------
    MissingFileError
        If there is no such folder, or no picture in it.
    ToolkitError
        If there is no such network, or ``sample`` is less than 1.
    """
    from .portable.frames.image import Image

    if sample < 1:
        raise ToolkitError(f"Expected a sample of 1 picture or more; found {sample}.")
    extractor = FeatureExtractor(catalogue.find_network(network))
    found = pictures_in(folder, exclude=exclude)
    if not found.paths:
        raise found.nothing()
    endings = Counter(Path(path).suffix.lower() or "no ending" for path in found.paths)
    images = [Image.unread(path) for path in found.paths]
    chosen = random.Random(0).sample(images, min(sample, len(images)))
    # Loaded before the clock starts, since that is done once.
    open_session(extractor.network)
    start = time.perf_counter()
    failures = extractor.extract(chosen).failures
    per_second = len(chosen) / (time.perf_counter() - start)
    feature_bytes = 4 * extractor.network.num_features
    report = CollectionReport(
        folder=str(folder),
        pictures=len(images),
        formats=dict(endings.most_common()),
        bytes=sum(map(_bytes_of, found.paths)),
        sampled=len(chosen),
        unreadable=[(str(chosen[i].path), reason_of(failure)) for i, failure in failures.items()],
        network=extractor.network.name,
        per_second=per_second,
        seconds=len(images) / per_second,
        memory=len(images) * (feature_bytes + BYTES_A_ROW),
        disk=len(images) * (feature_bytes + BYTES_A_FILE),
        remarks=tuple(found.remarks()),
    )
    write_line(str(report))
    return report


def cache_info(cache: Cache = None) -> CacheInfo:
    """Return where the feature store lies, how large it is, and how many files it knows.

    Parameters
    ----------
    cache : path, optional
        Another store than that of the user's cache folder.
    """
    path = _path(cache)
    if path is None or not os.path.isfile(str(path)):
        return CacheInfo(path, 0, 0)
    try:
        with closing(sqlite3.connect(str(path))) as connection:
            files = connection.execute("SELECT count(*) FROM files").fetchone()[0]
    except sqlite3.Error:
        files = 0
    return CacheInfo(path, path.stat().st_size, files)


def clear_cache(cache: Cache = None) -> None:
    """Remove the feature store, and damaged ones beside it; features are then extracted anew.

    With the store of the user's cache folder, the remembered hashes of networks' files are removed.
    Downloaded networks stay.

    Parameters
    ----------
    cache : path, optional
        Another store than that of the user's cache folder.

    Raises
    ------
    ToolkitError
        If the file is no feature store of lookalike; nothing is removed then.
    """
    path = _path(cache)
    if path is None or not os.path.isdir(str(path.parent)):
        return
    there = os.path.lexists(str(path))
    if there and not is_store(path):
        raise ToolkitError(
            f"{str(path)!r} is no feature store that lookalike made: nothing was removed. Remove "
            "it yourself if it is not needed."
        )
    if there:
        store_tables.remove(path)
    belongings = re.compile(re.escape(path.name) + r"\.aside-\d+(-journal)?")
    for file in list(path.parent.iterdir()):
        # Another process may be clearing, too.
        with suppress(FileNotFoundError):
            if belongings.fullmatch(file.name) and file.is_file():
                file.unlink()
    if path == store_path():
        forget_files()


def _path(cache: Cache) -> Path | None:
    """Return where a store lies; None, with a warning, if there is no home folder for it."""
    try:
        return store_path(cache)
    except MissingFileError as error:
        warn_caller(f"There is no feature store: {error}", FeatureStoreWarning)
        return None


def _bytes_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _table(title: str, facts: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in facts)
    return "\n".join([title, *(f"  {name:<{width}}  {text}" for name, text in facts)])


def _size(count: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
