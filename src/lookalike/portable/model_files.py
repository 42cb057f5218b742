"""Models and frames on disk: a folder with the facts as JSON and the arrays as ``.npy``.

Nothing in it can run code when it is read. A folder is written beside its place and renamed, so
that what stood there is whole until the new one is.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from ..errors import MissingFileError, ToolkitError

FACTS = "lookalike.json"
VERSION = 1


def write(
    location: str, kind: str, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]
) -> None:
    """Write a folder of this kind, in place of one that lookalike wrote before.

    Raises
    ------
    ToolkitError
        If something else stands at ``location``; it is left alone.
    """
    place = Path(location).expanduser().absolute()
    if place.exists() and not (place / FACTS).is_file() and not _is_empty_folder(place):
        raise ToolkitError(
            f"{location} exists and is not a folder that lookalike saved: choose another name."
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=str(place.parent)) as scratch:
        fresh, old = Path(scratch, "fresh"), Path(scratch, "old")
        fresh.mkdir()
        for name, values in arrays.items():
            np.save(fresh / f"{name}.npy", values, allow_pickle=False)
        shapes = {name: list(values.shape) for name, values in arrays.items()}
        document = {"kind": kind, "version": VERSION, "arrays": shapes, "facts": facts}
        (fresh / FACTS).write_text(json.dumps(document, indent=1), encoding="utf-8")
        if place.exists():
            place.rename(old)
        fresh.rename(place)


def read(location: str, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """Read a folder of this kind: its facts and its arrays.

    Raises
    ------
    MissingFileError
        If there is nothing at ``location``.
    ToolkitError
        If it is something else, of another version, or damaged.
    """
    place = Path(location).expanduser()
    document = _document(place)
    if document["kind"] != kind:
        raise ToolkitError(f"{location} holds a {document['kind']}; expected a {kind}.")
    arrays = {}
    for name, shape in document["arrays"].items():
        try:
            arrays[name] = np.load(place / f"{name}.npy", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise ToolkitError(f"{location} is damaged: {name}.npy cannot be read.") from error
        if list(arrays[name].shape) != shape:
            found = list(arrays[name].shape)
            raise ToolkitError(
                f"{location} is damaged: {name}.npy has the shape {found}, expected {shape}."
            )
    return document["facts"], arrays


def kind_of(location: str) -> str:
    """Return what kind of thing was saved in a folder; errors as ``read``."""
    return str(_document(Path(location).expanduser())["kind"])


def _document(place: Path) -> dict[str, Any]:
    if not place.exists():
        raise MissingFileError(place, f"There is no saved model or frame at {place}.")
    try:
        document: dict[str, Any] = json.loads((place / FACTS).read_text(encoding="utf-8"))
        version = document["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolkitError(
            f"{place} is not a model or frame that lookalike saved, or it is damaged: "
            f"its {FACTS} cannot be read."
        ) from error
    if version != VERSION:
        raise ToolkitError(
            f"{place} is of version {version}; this lookalike reads version {VERSION}: "
            "save it anew."
        )
    return document


def _is_empty_folder(place: Path) -> bool:
    return place.is_dir() and not any(place.iterdir())
