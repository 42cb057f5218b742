"""Files on this machine and in buckets, read and written alike; and the packages that do it."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import BackendError, install_hint
from ..names import expanded, is_address
from ..storage.whole_files import written


def required(module: str, extra: str = "cluster") -> Any:
    """Return an optional module; ``BackendError``, which says what to install, if it is missing."""
    # Lance warns of each table that does not exist yet.
    os.environ.setdefault("LANCE_LOG", "error")
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = {"lance": "pylance"}.get(module, module.partition(".")[0])
        raise BackendError(
            f"Collections beyond one machine need {package}, which is not installed: "
            f"{install_hint(extra)}."
        ) from error


def address_of(place: str | os.PathLike[str]) -> str:
    """Return where something is: an address as it is, or an absolute path."""
    given = os.fspath(place)
    given = given[len("file://") :] if given.startswith("file://") else given
    return given.rstrip("/") if is_address(given) else os.path.abspath(expanded(given))


def located(address: str) -> tuple[Any, str]:
    """Return the ``pyarrow.fs`` file system of an address or a path, and the path there."""
    if not is_address(address):
        return required("pyarrow.fs").LocalFileSystem(), address
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    # What is small is put by one request then, instead of three.
    options = "?allow_delayed_open=true" if scheme == "s3" else ""
    system, root = _bucket(f"{scheme}://{bucket}/{options}")
    return system, f"{root.rstrip('/')}/{key}"


@lru_cache(maxsize=None)
def _bucket(address: str) -> Any:
    return required("pyarrow.fs").FileSystem.from_uri(address)


def part_address(out: str, folder: str, number: int) -> str:
    """Return where a part of a collection is, of its manifest or of its features."""
    return f"{out}/{folder}/{number:06}.parquet"


def read(address: str) -> bytes:
    """Return a file's content; ``FileNotFoundError`` if there is none."""
    system, path = located(address)
    with system.open_input_stream(path) as stream:
        return bytes(stream.read())


def write(address: str, content: bytes) -> None:
    """Write a file that is whole or not there: beside and renamed, or by one call to a bucket."""
    system, path = located(address)
    if is_address(address):
        with system.open_output_stream(path) as stream:
            stream.write(content)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with written(Path(path)) as file:
        file.write_bytes(content)


def read_json(address: str) -> Any:
    """Return what a file holds; None if there is none."""
    try:
        return json.loads(read(address))
    except FileNotFoundError:
        return None


def hash_of(content: Any) -> str:
    """Return a hash of what JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def read_table(address: str) -> Any:
    """Return a Parquet file as a table; errors as ``read``."""
    system, path = located(address)
    # A file in a folder "part=3" has no column of that name.
    return required("pyarrow.parquet").read_table(path, filesystem=system, partitioning=None)


def write_table(address: str, table: Any) -> None:
    """Write a table as a Parquet file that is whole or not there."""
    buffer = io.BytesIO()
    # A dictionary of features would hold each of them once, and their numbers besides.
    required("pyarrow.parquet").write_table(table, buffer, use_dictionary=False)
    write(address, buffer.getvalue())
