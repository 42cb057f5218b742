"""Arrays as ``.npy`` files: written, and opened without trust in what they hold."""

from __future__ import annotations

import hashlib
import io
import os
import re
from pathlib import Path
from typing import IO, Any, Iterator, Mapping, NamedTuple

import numpy as np

from ..images.decode import open_file
from .schema import Check, UnfitError, expect, list_of, matching, record, sha256, that, whole

Values = np.ndarray

# How ``write`` names arrays, and files of arrays. A document may come from anybody: others are
# never touched.
ARRAY_NAME = "[a-z][a-z0-9_-]{0,60}"
ARRAY_FILE = ARRAY_NAME + r"-[0-9a-f]{8}\.npy"
# The types that are kept: truths, numbers and texts. None of them can run code.
TYPE = re.compile("[<>|][biuf][0-9]{1,2}|[<>]U[0-9]{1,6}")
# Bytes that are written or hashed at a time, after which Ctrl-C is heard.
CHUNK = 1 << 24
# NumPy's own headers have some 100 bytes.
LONGEST_HEADER = 10_000
MAGIC, VERSIONS = b"\x93NUMPY", (b"\1\0", b"\2\0", b"\3\0")


def _is_type(value: Any) -> bool:
    try:
        known = isinstance(value, str) and TYPE.fullmatch(value) is not None
        return known and np.dtype(value).str == value
    except TypeError:
        return False


# How a document describes an array.
DESCRIBED: Check = record(
    {
        "file": matching(ARRAY_FILE, "the name of an array's file"),
        "shape": list_of(whole(0)),
        "dtype": that(_is_type, "a type of numbers or texts"),
        "sha256": sha256,
    }
)


class Opened(NamedTuple):
    """An array of a file, read or mapped. Of a mapped one: the file, and its status back then."""

    values: Values[Any, Any]
    file: Path | None
    status: os.stat_result | None

    def is_unchanged(self) -> bool:
        """Return whether a mapped file is as it was; true of what was read."""
        if self.file is None or self.status is None:
            return True
        try:
            now, then = os.stat(str(self.file)), self.status
        except OSError:
            # Removed, as saving over it does: what is mapped stays.
            return True
        replaced = (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino)
        return replaced or (now.st_size, now.st_mtime_ns) == (then.st_size, then.st_mtime_ns)


def write(file: Path, values: Values[Any, Any]) -> dict[str, Any]:
    """Write an array and return its description."""
    values = np.ascontiguousarray(values)
    with file.open("wb") as stream:
        if values.dtype.hasobject:
            raise ValueError("Expected numbers or texts; found objects, which allow_pickle is for.")
        header = {"descr": values.dtype.str, "fortran_order": False, "shape": values.shape}
        np.lib.format.write_array_header_1_0(stream, header)
        digest = hashlib.sha256()
        for block in _blocks(values):
            stream.write(block.data)
            digest.update(block.data)
        stream.flush()
        os.fsync(stream.fileno())
    return {
        "file": file.name,
        "shape": list(values.shape),
        "dtype": values.dtype.str,
        "sha256": digest.hexdigest(),
    }


def open_array(place: Path, described: Mapping[str, Any], keep: int) -> Opened:
    """Open an array that is as described: read if it has up to ``keep`` bytes, otherwise mapped.

    Raises
    ------
    UnfitError
        If it cannot be read, or its length, shape or type is another.
    """
    shape, dtype = tuple(described["shape"]), np.dtype(described["dtype"])
    count, extent = 1, dtype.itemsize
    for length in shape:
        count *= length
        extent *= max(length, 1)
    expect(extent < 2**62 and len(shape) <= 32, "a shape that fits into memory", shape)
    size = count * dtype.itemsize
    name = described["file"]
    try:
        with open_file(place / name, follow=False) as file:
            start = _skip_header(file, name, shape, dtype)
            status = os.fstat(file.fileno())
            tail = status.st_size - start - size
            if tail:
                fault = "cannot be read" if tail < 0 else f"is {tail} bytes too long"
                raise UnfitError(f"{name} {fault}")
            if not size:
                return Opened(np.empty(shape, dtype), None, None)
            if size > keep:
                mapped = np.memmap(file, dtype, "r", start, shape)
                return Opened(np.asarray(mapped), place / name, status)
            content = file.read(size)
    except OSError as error:
        raise UnfitError(f"{name} cannot be read") from error
    if len(content) < size:
        raise UnfitError(f"{name} cannot be read")
    return Opened(np.frombuffer(content, dtype).reshape(shape), None, None)


def verify(described: Mapping[str, Any], values: Values[Any, Any], finite: bool) -> None:
    """Raise ``UnfitError`` if an array differs from its hash, or has a NaN or an infinity."""
    digest, all_finite = hashlib.sha256(), True
    for block in _blocks(values):
        digest.update(block.data)
        if finite and values.dtype.kind == "f":
            all_finite &= bool(np.isfinite(block).all())
    if digest.hexdigest() != described["sha256"]:
        raise UnfitError(f"{described['file']} holds other numbers than were saved")
    if not all_finite:
        raise UnfitError(f"{described['file']} holds numbers that are not finite")


def _skip_header(file: IO[bytes], name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Return where the numbers begin. The header is not parsed: NumPy must write the same one."""
    start = file.read(12)
    wide = start[6:7] != b"\x01"
    length = int.from_bytes(start[8 : 12 if wide else 10], "little")
    known = start[:6] == MAGIC and start[6:8] in VERSIONS and len(start) == 12
    if not known or length > LONGEST_HEADER:
        raise UnfitError(f"{name} cannot be read")
    end = (12 if wide else 10) + length
    file.seek(end - length)
    written = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        written, {"descr": dtype.str, "fortran_order": False, "shape": shape}
    )
    found, expected = file.read(length), written.getvalue()[10:]
    if len(found) < length or b"|O" in found:
        raise UnfitError(f"{name} cannot be read")
    if found.strip() != expected.strip():
        raise UnfitError(f"{name} is another array: expected {dtype.str} of shape {shape}")
    return end


def _blocks(values: Values[Any, Any]) -> Iterator[Values[Any, Any]]:
    flat = values.reshape(-1)
    step = max(1, CHUNK // max(1, values.dtype.itemsize))
    return (flat[start : start + step] for start in range(0, flat.size, step))
