"""One part of a collection: its pictures' features, in one Parquet file. It knows no engine."""

from __future__ import annotations

import errno
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
from ..portable.models.inputs import all_but
from ..portable.models.picture_facts import FLAT
from ..runtime import available_cores
from ..search.centre import unit_rows
from ..storage.feature_store import RECIPE
from .manifest import PARTS
from .places import hash_of, located, part_address, read, read_table, required, write_table

if TYPE_CHECKING:
    from ..networks.record import NetworkRecord

SHARDS = "shards"
# Threads for each core where pictures come from a bucket: most of them wait for it.
THREADS_THAT_WAIT = 4
# What a network drive raises that may be there again in a moment. Of a bucket, all else does.
PASSING = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ECONNRESET, errno.EHOSTDOWN)
# Features of length 1 as fixed point: sums of 2 ** 31 rows fit 64 bits, in any order.
FIXED_POINT = 2.0**32


class Outcome(NamedTuple):
    """A shard that is there."""

    number: int
    # Those with features, and those without.
    pictures: int
    failures: int
    # A hash of what the content depends on: network, recipe and manifest.
    key: str
    # Of the features, in fixed point.
    sums: list[int]
    skipped: bool = False


def extract_shard(number: int, out: str, network: NetworkRecord) -> Outcome:
    """Write one shard, unless it is there already. It may run twice, at once or again.

    OSError if pictures cannot be had now, and perhaps later: nothing is written then.
    """
    part, place = read_table(part_address(out, PARTS, number)), part_address(out, SHARDS, number)
    key = hash_of([network.fingerprint, RECIPE, part.to_pydict()])
    known = _outcome(place)
    if known is not None and known.key == key:
        return known._replace(skipped=True)
    paths = part["path"].to_pylist()
    pictures = [_Picture(path) for path in paths]
    waiting = THREADS_THAT_WAIT if any(map(is_address, paths)) else 1
    found = FeatureExtractor(network, waiting * available_cores()).extract(pictures)
    features = unit_rows(found.features)
    sums = np.rint(features.astype(np.float64) * FIXED_POINT).astype(np.int64).sum(axis=0)
    outcome = Outcome(number, len(features), len(found.failures), key, sums.tolist())
    # Zeros where there are none: older versions of pyarrow do not read a missing list.
    every = np.zeros((len(part), features.shape[1]), np.float32)
    every[all_but(found.failures, len(part))] = features
    reasons = {row: reason_of(failure) for row, failure in found.failures.items()}
    pa = required("pyarrow")
    columns = {
        "features": pa.FixedSizeListArray.from_arrays(every.ravel(), every.shape[1]),
        "hash": pa.array([picture.hash for picture in pictures], "u8"),
        "failure": pa.array([reasons.get(row) for row in range(len(part))], "str"),
    }
    for name, values in columns.items():
        part = part.append_column(name, values)
    about = {"lookalike": json.dumps(outcome), "network": network.name}
    write_table(place, part.replace_schema_metadata(about))
    return outcome


def _outcome(address: str) -> Outcome | None:
    """Return what a shard says of itself; None if it is not there."""
    system, path = located(address)
    try:
        schema = required("pyarrow.parquet").read_schema(path, filesystem=system)
    except FileNotFoundError:
        return None
    return Outcome(*json.loads(schema.metadata[b"lookalike"]))


class _Picture:
    """A picture that the extractor asks for its pixels; its hash is made of them on the way."""

    # The extractor looks no picture up that has no path: shards are what is kept.
    path = None

    def __init__(self, address: str) -> None:
        self.address = address
        self.hash: int | None = None

    def to_network_input(self, height: int, width: int, **sizing: Any) -> Any:
        try:
            image = image_at(self.address)
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


class BucketImage(Image):
    """A picture in a bucket, read when something of it is first used."""

    __slots__ = ("_address",)

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address, self._header = address, None

    @property
    def path(self) -> str:
        """The address."""
        return self._address

    @property
    def _source(self) -> bytes:
        try:
            self._encoded = self._encoded or read(self._address)
        except FileNotFoundError as error:
            reason = f"The picture {self._address} does not exist."
            raise MissingFileError(self._address, reason) from error
        return self._encoded

    _image_data = _source


def image_at(address: str) -> Image:
    """Return the picture of a file or an address, which is read when something of it is used."""
    return BucketImage(address) if is_address(address) else Image.unread(address)
