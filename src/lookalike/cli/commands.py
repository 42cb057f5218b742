"""What each command does; it returns 1 if it finds nothing."""

from __future__ import annotations

import glob
import os
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import lookalike

from ..display import Explorer
from ..engines.choice import is_real
from ..errors import ToolkitError
from ..exploring import searcher
from ..names import expanded
from ..networks.catalogue import find_network
from ..queries import check_query
from ..search.limits import plain_k_and_radius
from .results import print_results

if TYPE_CHECKING:
    from argparse import Namespace

    from ..portable import SFrame
    from ..portable.image_similarity import ImageSimilarityModel


def find(options: Namespace) -> int:
    """Find the pictures of a folder that look most like a picture, which may lie there too."""
    *pictures, folder = options.places
    # Both are checked before a picture of the folder is read.
    plain_k_and_radius(options.k, options.max_distance, "--max-distance")
    check_query(pictures)
    model = _build(_load(folder, options), options)
    query = pictures if len(pictures) > 1 else pictures[0]
    with redirect_stdout(sys.stderr):
        matches = lookalike.find_similar(model, query, options.k, options.max_distance)
    columns = {name: list(matches[name]) for name in ("rank", "distance", "path")}
    if len(pictures) > 1:
        columns = {"query": [pictures[number] for number in matches["query_id"]], **columns}
    print_results(columns, options)
    return _finish(matches, options)


def duplicates(options: Namespace) -> int:
    """Group the copies in a folder, or find which of its pictures an archive has already."""
    folder, *archive = options.places
    data, files = _once(_load(folder, options), set())
    others = _once(_load(archive[0], options), files)[0] if archive else None
    if others is not None and len(others) == 0:
        raise ToolkitError(f"{archive[0]!r} has no other pictures than {folder!r}.")
    model = _build(data, options)
    among = None if others is None else _build(others, options)
    with redirect_stdout(sys.stderr):
        copies = lookalike.find_duplicates(model, options.kind.replace("-", " "), among)
    if options.paths:
        # Only what may go: in each group, the picture to keep has no kind.
        copies = copies[copies["kind"] != ""]
    columns = {name: list(copies[name]) for name in ("group", "kind", "distance", "path")}
    if archive:
        columns["archive"] = list(copies["among_path"])
    print_results(columns, options)
    return _finish(copies, options)


def check(options: Namespace) -> None:
    """Say how many pictures a folder has, which cannot be read, and how long a first run takes."""
    lookalike.check(options.folder, options.network)


def explore(options: Namespace) -> int:
    """Look through the pictures of a folder in the browser, and click one for its look-alikes."""
    if not is_real():
        find_network(options.network)
    data = _load(options.folder, options)
    name = Path(options.folder).resolve().name
    explorer = Explorer(data, title=name, prepare=lambda: searcher(_build(data, options), data))
    if is_real():
        explorer.show(live=False)
    else:
        explorer.serve(options.host, options.port, options.opens, stays=True)
    return 0


def extract(options: Namespace) -> None:
    """Extract the features of any number of pictures, part by part, into a collection."""
    jobs = {"shard": options.shard, "of": options.of}
    network = find_network(options.network)
    with redirect_stdout(sys.stderr):
        lookalike.extract(options.source, options.out, options.runner, network, **jobs)


def list_networks(options: Namespace) -> None:
    """Show the networks, and which of them are on this machine."""
    print(lookalike.available_networks())


def download_network(options: Namespace) -> None:
    """Download a network, once, and print where its file is."""
    with redirect_stdout(sys.stderr):
        network = lookalike.download(options.name)
    print(network.place)


def add_network(options: Namespace) -> None:
    """Take in a copy of a network's file that was carried over by hand."""
    print(lookalike.add_network_file(options.file).place)


def show_cache(options: Namespace) -> None:
    """Show where the features of pictures are kept, and how large that file is."""
    print(lookalike.cache_info())


def clear_cache(options: Namespace) -> None:
    """Remove the features that were kept; the pictures are looked at anew."""
    files = lookalike.cache_info().files
    lookalike.clear_cache()
    print(f"Removed the features of {files:,} files.")


def _load(folder: str, options: Namespace) -> SFrame:
    """Return the pictures of a folder, without those that an earlier run has copied into it."""
    exclude = options.exclude
    if getattr(options, "copy_to", None):
        # Of two drives of Windows, neither is in the other.
        with suppress(ValueError):
            places = map(os.path.realpath, map(expanded, (options.copy_to, folder)))
            inside = os.path.relpath(*places).replace(os.sep, "/")
            if inside == ".":
                raise ToolkitError(
                    f"Copies in {folder!r} would be found the next time: name another folder, "
                    "which may be in it, after --copy-to."
                )
            exclude = [*exclude, f"{glob.escape(inside)}/*"]
    return lookalike.load_images(folder, exclude=exclude)


def _once(data: SFrame, taken: set[str]) -> tuple[SFrame, set[str]]:
    """Return the rows of files that are not taken, each file once, and the files of all rows.

    A link is no copy of its file, and a picture in both folders is no copy of itself: who deletes
    copies would lose the picture.
    """
    paths: dict[str, str] = {}
    for path in sorted(data["path"], key=os.path.islink):
        paths.setdefault(os.path.realpath(path), path)
    kept = {path for file, path in paths.items() if file not in taken}
    return data[data["path"].apply(lambda path: int(path in kept))], set(paths)


def _build(data: SFrame, options: Namespace) -> ImageSimilarityModel:
    """Return a model of pictures; its progress goes to standard error."""
    network: Any = None
    if not is_real():
        # A record, since a model without one prints how Python gets another network.
        network = find_network(options.network)
    elif options.network != "auto":
        # Which Turi Create has no name for.
        network = options.network
    with redirect_stdout(sys.stderr), catch_warnings():
        # Progress names the pictures that cannot be read.
        simplefilter("ignore", lookalike.UnreadableImageWarning)
        return lookalike.build_model(data, network)


def _finish(rows: SFrame, options: Namespace) -> int:
    """Copy and open what was found, if the options say so."""
    if len(rows) == 0:
        print("Nothing was found.", file=sys.stderr)
        return 1
    with redirect_stdout(sys.stderr):
        if options.copy_to is not None:
            lookalike.copy_files(rows, options.copy_to)
        if options.open:
            lookalike.explore(rows, live=False)
    return 0
