"""One part of a collection: its pictures' features, in one Parquet file. It knows no engine."""

from __future__ import annotations

import errno
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import MissingFileError, UnreadableImageError
from ..images import decode
from ..images.failures import reason_of
from ..images.picture_hash import SIDE, perceptual_hash
from ..names import is_address
from ..networks.extractor import FeatureExtractor
from ..portable.frames.image import Image
from ..portable.models.picture_facts import FLAT
from ..runtime import available_cores
from ..search.centre import unit_rows
from ..storage.feature_store import RECIPE
from .manifest import part_address
from .places import located, read, read_table, required, write_table

if TYPE_CHECKING:
    from ..networks.record import NetworkRecord

    Features = np.ndarray[Any, np.dtype[np.float32]]

# Threads for each core where pictures come from a bucket: most of them wait for it.
THREADS_THAT_WAIT = 4
# What a network drive raises that may be there again in a moment. Of a bucket, all else does.
PASSING = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ECONNRESET, errno.EHOSTDOWN)
# Features of length 1 as fixed point: sums of 2 ** 31 rows fit 64 bits, in any order.
FIXED_POINT = 2.0**32


class Outcome(NamedTuple):
    """A shard that is there.

    ``pictures`` of it have features. ``key`` is a hash of what its content depends on: network,
    recipe and manifest. ``sums`` are those of its features, in fixed point.
    """

    number: int
    pictures: int
    failures: int
    key: str
    sums: list[int]
    skipped: bool = False


def shard_address(out: str, number: int) -> str:
    """Return where a shard is."""
    return f"{out}/shards/{number:06}.parquet"


def extract_shard(number: int, out: str, network: NetworkRecord) -> Outcome:
    """Write one shard, unless it is there already. It may run twice, at once or again.

    Parameters
    ----------
    number : int
        Which part of the manifest.
    out : str
        The collection, whose manifest has the addresses of the pictures.
    network : NetworkRecord
        What extracts the features; they are made of length 1.

    Raises
    ------
    OSError
        If pictures cannot be had now, and perhaps later: nothing is written then.
    """
    part = read_table(part_address(out, number))
    facts = [network.fingerprint, RECIPE, part.to_pydict()]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    known = _outcome(shard_address(out, number))
    if known is not None and known.key == key:
        return known._replace(skipped=True)
    pictures = [_Picture(path) for path in part["path"].to_pylist()]
    threads = available_cores()
    if any(is_address(picture.address) for picture in pictures):
        threads *= THREADS_THAT_WAIT
    found = FeatureExtractor(network, threads).extract(pictures)
    features = unit_rows(found.features)
    sums = np.rint(features.astype(np.float64) * FIXED_POINT).astype(np.int64).sum(axis=0)
    outcome = Outcome(number, len(features), len(found.failures), key, sums.tolist())
    reasons = {row: reason_of(failure) for row, failure in found.failures.items()}
    table = _table(part, features, reasons, [picture.hash for picture in pictures])
    about = {"lookalike": json.dumps(outcome), "network": network.name}
    write_table(shard_address(out, number), table.replace_schema_metadata(about))
    return outcome


def _outcome(address: str) -> Outcome | None:
    """Return what a shard says of itself; None if it is not there."""
    system, path = located(address)
    try:
        schema = required("pyarrow.parquet").read_schema(path, filesystem=system)
    except FileNotFoundError:
        return None
    return Outcome(*json.loads(schema.metadata[b"lookalike"]))


def _table(part: Any, features: Features, reasons: dict[int, str], hashes: list[Any]) -> Any:
    """Return a row for each picture: with its features, or zeros and why it has none."""
    pa = required("pyarrow")
    failed = np.isin(np.arange(len(part)), list(reasons))
    every = np.zeros((len(part), features.shape[1]), np.float32)
    every[~failed] = features
    # Older versions of pyarrow do not read what they write where such a list is missing.
    rows = pa.FixedSizeListArray.from_arrays(every.ravel(), every.shape[1])
    told = pa.array([reasons.get(row) for row in range(len(part))], "str")
    for name, values in (("features", rows), ("hash", pa.array(hashes, "u8")), ("failure", told)):
        part = part.append_column(name, values)
    return part


class _Picture:
    """A picture that the extractor asks for its pixels; its hash is made of them on the way."""

    # The extractor looks no picture up that has no path: shards are what is kept.
    path = None

    def __init__(self, address: str) -> None:
        self.address = address
        self.hash: int | None = None

    def to_network_input(self, height: int, width: int, **sizing: Any) -> Any:
        try:
            image = _image_at(self.address)
            pixels = image.to_network_input(height, width, **sizing)
            whole = sizing.get("resize", "squash") == "squash" and min(height, width) >= SIDE
            shown = pixels if whole else decode.on_white(image.to_pil(SIDE))
        except UnreadableImageError as error:
            cause = error.__cause__
            if isinstance(cause, OSError) and cause.errno in PASSING:
                raise cause from None
            raise
        bits, deviation = perceptual_hash(shown)
        self.hash = bits if deviation >= FLAT else None
        return pixels


def _image_at(address: str) -> Image:
    """Return the picture of a file, or of an object of a bucket, which is read at once."""
    if not is_address(address):
        return Image.unread(address)
    try:
        return Image(read(address))
    except FileNotFoundError as error:
        raise MissingFileError(address, f"The picture {address} does not exist.") from error
