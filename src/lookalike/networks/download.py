"""The one place that opens connections: networks, and the archives of other files, on request."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, NamedTuple

from ..errors import DownloadError, ToolkitError
from ..storage import cache_folder, file_identity
from ..storage.whole_files import PREFIX, beside, sweep
from .catalogue import NETWORKS
from .record import NetworkRecord, downloads

if TYPE_CHECKING:
    import requests

ENDPOINT = "https://huggingface.co"
ENDPOINT_VARIABLE = "HF_ENDPOINT"
OFFLINE_VARIABLE = "LOOKALIKE_OFFLINE"

CHUNK = 1 << 14
# Seconds between two looks at how far it is.
TICK = 0.1


class Limits(NamedTuple):
    """What a download may take before it is given up."""

    # Seconds to wait for a connection, and then for each piece.
    connect: float = 5
    wait: float = 20
    # The fewest bytes per second, once ``wait`` seconds are over, and the most bytes.
    rate: float = 5000
    size: int = 1_000_000_000


USUAL = Limits()


def download(name: str, verbose: bool = True) -> NetworkRecord:
    """Download a network, once; if its file is on this machine already, check it.

    The file comes from Hugging Face, or the mirror that ``HF_ENDPOINT`` names, through the proxies
    of the environment, into the user's cache folder, which ``LOOKALIKE_CACHE`` moves. It is kept
    only if its size and hash are right. ``LOOKALIKE_OFFLINE=1`` forbids all downloads.

    Parameters
    ----------
    name : str
        As in ``available_networks``.
    verbose : bool
        Whether it shows what it does.

    Returns
    -------
    NetworkRecord
        ``build_model(data, network=...)`` takes it, or the name.

    Raises
    ------
    ToolkitError
        If there is no such network, or its file cannot be written.
    DownloadError
        If it could not be fetched; the message says what else can be done.
    MissingFileError
        If it is bundled, and the installed package lacks its file.

    Examples
    --------
    >>> import lookalike
    >>> lookalike.download('resnet-50')    # doctest: +SKIP
    <Network resnet-50: 2048 features, 102.6 MB>
    """
    if name not in NETWORKS:
        raise ToolkitError(
            f"{name!r} is not a network that can be downloaded; expected one of: "
            f"{', '.join(known.name for known in NETWORKS.values() if known.url)}."
        )
    network = NETWORKS[name]
    if network.bundled:
        where = network.path
        _say(verbose, f"{name} is a part of lookalike, and not downloaded: it is {where}.")
        return network
    if network.is_here and file_identity.has_sha256(network.place, network.sha256):
        _say(verbose, f"{name} is on this machine already.")
        return network
    endpoint = os.environ.get(ENDPOINT_VARIABLE) or ENDPOINT
    url = f"{endpoint.rstrip('/')}/{network.url}"
    limits = Limits(size=network.size)
    with _filed(network) as file:
        remedy = f"Try again, name a mirror with {ENDPOINT_VARIABLE}, or {network.by_hand}."
        fetch(url, file, f"{name}, {network.megabytes} MB", remedy, verbose, limits)
        _check(network, file, url, remedy)
    return network


def add_network_file(path: str | os.PathLike[str]) -> NetworkRecord:
    """Check a network's file that was carried over by hand, and copy it to the cache folder.

    Parameters
    ----------
    path : str or path
        A copy of the file, under any name; it stays where it is.

    Returns
    -------
    NetworkRecord
        The network whose file it is.

    Raises
    ------
    MissingFileError
        If there is no such file.
    ToolkitError
        If it is no known network's file, or cannot be written.
    """
    source = file_identity.find_file(path)
    known = {network.sha256: network for network in NETWORKS.values() if network.url}
    found = file_identity.read_sha256(source)
    if found not in known:
        expected = "; ".join(
            f"{n.file}, {n.size:,} bytes, sha256 {n.sha256}" for n in known.values()
        )
        raise ToolkitError(
            f"{path} is no file of a known network: it has {source.stat().st_size:,} bytes and the "
            f"sha256 {found}; expected one of: {expected}. A network of your own needs no adding: "
            "give its path as the model."
        )
    with _filed(known[found]) as file:
        shutil.copyfile(str(source), str(file))
    return known[found]


def fetch(
    url: str, file: Path, what: str, remedy: str, verbose: bool, limits: Limits = USUAL
) -> None:
    """Download a URL into a file.

    Messages name ``what`` it is, and the ``remedy`` if it cannot be downloaded. Once the server has
    answered, a bar is shown if ``verbose``.

    Raises
    ------
    DownloadError
        If there is no connection or no such file, or it breaks off, is too large or too slow; or,
        before a connection is opened, if ``LOOKALIKE_OFFLINE`` is set.
    """
    if os.environ.get(OFFLINE_VARIABLE, "0") not in ("", "0"):
        raise DownloadError(url, f"{OFFLINE_VARIABLE} is set: no connection is opened", remedy)
    import requests
    from tqdm import tqdm

    try:
        waiting = (limits.connect, limits.wait)
        with requests.get(url, stream=True, timeout=waiting) as response, file.open("wb") as out:
            response.raise_for_status()
            _say(verbose, f"Downloading {what}, from {url}")
            size = int(response.headers.get("Content-Length", 0)) or None
            form = {"unit": "B", "unit_scale": True, "leave": False, "dynamic_ncols": True}
            with tqdm(total=size, file=sys.stdout, disable=not verbose, **form) as bar:
                for chunk in _pieces(response, limits):
                    out.write(chunk)
                    bar.update(len(chunk))
    except (OSError, ValueError) as error:
        raise DownloadError(url, _reason(error), remedy) from error


def _pieces(response: requests.Response, limits: Limits) -> Iterator[bytes]:
    """Yield a body piece by piece; raises ValueError if it is too large or too slow."""
    with _Guard(response, limits) as guard:
        try:
            for piece in response.iter_content(CHUNK):
                guard.received += len(piece)
                if guard.received > limits.size:
                    raise ValueError(f"expected {limits.size:,} bytes, found more")
                yield piece
        except OSError:
            # That is how a connection ends that was shut down.
            if not guard.too_slow:
                raise
        if guard.too_slow:
            raise ValueError(f"it came too slowly: {guard.received:,} bytes, and then hardly any")


class _Guard(threading.Thread):
    """Shuts a connection down when its body comes too slowly: a byte a second is no time-out.

    The limit for what was ``received`` is the time-out, and the time that it takes at the lowest
    rate.
    """

    def __init__(self, response: requests.Response, limits: Limits) -> None:
        super().__init__(daemon=True)
        self.received = 0
        self.too_slow = False
        self._response = response
        self._limits = limits
        self._done = threading.Event()

    def __enter__(self) -> _Guard:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        """Check the speed until the body has come."""
        begin = time.monotonic()
        while not self._done.wait(TICK):
            if time.monotonic() - begin > self._limits.wait + self.received / self._limits.rate:
                self.too_slow = True
                with suppress(OSError, ValueError, AttributeError):
                    # The response may be at its end by now, and have no connection any more.
                    number = self._response.raw.fileno()
                    with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as connection:
                        connection.shutdown(socket.SHUT_RDWR)
                return


@contextmanager
def _filed(network: NetworkRecord) -> Iterator[Path]:
    """Yield a file to write. It becomes the network's file when the block is done.

    Two at once do no harm: each writes its own, and the later one replaces the same bytes.
    """
    folder = downloads()
    with ExitStack() as stack:
        try:
            cache_folder.make_folder(folder)
            sweep(folder, PREFIX)
            file = stack.enter_context(beside(network.place))
        except OSError as error:
            raise ToolkitError(
                f"Cannot write to the cache folder {folder}: {error}. "
                f"{cache_folder.VARIABLE} names another."
            ) from error
        yield file
        cache_folder.keep_private(file)
        file.replace(network.place)


def _check(network: NetworkRecord, file: Path, url: str, remedy: str) -> None:
    size, sha256 = file.stat().st_size, file_identity.read_sha256(file)
    if size != network.size:
        reason = f"expected {network.size:,} bytes, found {size:,}"
    elif sha256 != network.sha256:
        reason = f"expected the sha256 {network.sha256}, found {sha256}"
    else:
        return
    raise DownloadError(url, reason, remedy)


def _reason(error: Exception) -> str:
    """Return what went wrong in one line: of nested errors, what the innermost says."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if not isinstance(error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        return str(error)
    to = "to the proxy " if isinstance(error, requests.exceptions.ProxyError) else ""
    inner: BaseException = error
    while inner.__context__ is not None:
        inner = inner.__context__
    return f"the connection {to}failed: {inner}"


def _say(verbose: bool, text: str) -> None:
    if verbose:
        print(text)  # noqa: T201 - what it is for
