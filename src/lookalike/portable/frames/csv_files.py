"""Columns as CSV: what ``SFrame.export_csv`` writes and ``SFrame.read_csv`` reads.

Unlike Turi Create's, floats have all their digits, and texts are written as they are.
"""

from __future__ import annotations

import array
import csv
import datetime
import gzip
import json
import re
from itertools import islice
from pathlib import Path
from typing import IO, Any, Callable, Mapping, Sequence

import numpy as np

from ...errors import MissingFileError, ToolkitError
from ...names import expanded
from ...storage.whole_files import written
from . import printing
from .relations import free_name
from .sarray import SArray

ENDINGS = (".csv", ".csv.gz")
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


def export_csv(
    columns: Mapping[str, SArray],
    filename: str,
    delimiter: str = ",",
    line_terminator: str = "\n",
    header: bool = True,
    quote_char: str = '"',
    na_rep: str = "",
) -> None:
    """Write columns: ``na_rep`` for missing values, and texts in quotes where they must be.

    Vectors become ``[1.0 2.0]``, lists and dicts JSON, and pictures the text of their size.
    """
    place = Path(expanded(filename))
    with written(place) as fresh, _open(filename, "wt", "utf-8", str(fresh)) as file:
        # What a line may end with, anywhere, is quoted within texts.
        ends = "\r\n" + line_terminator
        lines = _Lines(file, ends, line_terminator)
        writer = csv.writer(lines, delimiter=delimiter, lineterminator=ends, quotechar=quote_char)
        writer.writerows([columns] if header else [])
        for row in zip(*columns.values()):
            writer.writerow([na_rep if value is None else _text_of(value) for value in row])


def read_csv(
    filename: str,
    delimiter: str = ",",
    header: bool = True,
    error_bad_lines: bool = False,
    quote_char: str = '"',
    column_type_hints: Any = None,
    na_values: Sequence[str] = ("NA",),
    usecols: Sequence[str] = (),
    nrows: int | None = None,
    skiprows: int = 0,
    verbose: bool = True,
) -> dict[str, SArray]:
    """Return the columns of a file, by their names: see ``SFrame.read_csv``."""
    try:
        with _open(filename, "rt", "utf-8-sig") as file:
            rest = islice(file, skiprows, None)
            given = csv.reader(
                rest, delimiter=delimiter, quotechar=quote_char, skipinitialspace=True
            )
            lines = [line for line in given if line]
    except MissingFileError:
        raise
    except FileNotFoundError as error:
        raise MissingFileError(filename, f"There is no file {filename!r}.") from error
    except (csv.Error, OSError, UnicodeError) as error:
        raise ToolkitError(f"Cannot read {filename!r} as CSV: {error}.") from error
    names: list[str] = []
    for number, name in enumerate(lines[0] if lines else ()):
        names.append(free_name(name if header and name else f"X{number + 1}", names))
    rows = [line for line in lines[header:] if len(line) == len(names)]
    bad = len(lines[header:]) - len(rows)
    if bad and error_bad_lines:
        raise ToolkitError(f"{bad} lines of {filename!r} have not one value for each of {names}.")
    if bad and verbose:
        print(f"Left out {bad} lines that have not {len(names)} values each.")  # noqa: T201
    hints = column_type_hints
    if not isinstance(hints, Mapping):
        hints = dict(zip(names, hints if isinstance(hints, list) else [hints] * len(names)))
    values = zip(*rows[:nrows]) if rows[:nrows] else [()] * len(names)
    columns = {n: _column(n, texts, hints.get(n), na_values) for n, texts in zip(names, values)}
    return {name: columns[name] for name in columns if name in usecols or not usecols}


class _Lines:
    """A file to write lines to, whose ends are replaced."""

    def __init__(self, file: IO[str], ends: str, terminator: str) -> None:
        self._file, self._ends, self._terminator = file, len(ends), terminator

    def write(self, line: str) -> int:
        return self._file.write(line[: -self._ends] + self._terminator)


def _open(filename: str, mode: str, encoding: str, place: str | None = None) -> IO[str]:
    """Open a file, or the place where it is written first; a name that ends with .gz is packed."""
    opened: Callable[..., IO[str]] = gzip.open if filename.endswith(".gz") else open
    # File names that are no UTF-8 come back as they were.
    return opened(
        place or expanded(filename), mode, encoding=encoding, errors="surrogateescape", newline=""
    )


def _text_of(value: Any) -> str:
    if isinstance(value, array.array):
        return f"[{' '.join(map(repr, value))}]"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=printing.text_of)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y%m%dT%H%M%S")
    return printing.text_of(value)


def _column(name: str, texts: Sequence[str], hint: Any, na_values: Sequence[str]) -> SArray:
    """Return texts as values of the type given, or else of the first that fits all."""
    known = [None if text in na_values else text for text in texts]
    for kind in [hint] if hint else PARSERS if any(known) else [str]:
        if kind is str:
            break
        try:
            return SArray([PARSERS[kind](text) if text else None for text in known], kind)
        except ValueError as error:
            if hint:
                raise ToolkitError(
                    f"The column '{name}' holds what is no {kind.__name__}: {error}."
                ) from error
    return SArray(known, str)


def _whole(text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text.strip()):
        raise ValueError(repr(text))
    return int(text)


def _real(text: str) -> float:
    # Python takes 1_000 for a number.
    return float(text.replace("_", "?"))


def _vector(text: str) -> np.ndarray[Any, Any]:
    if text[:1] + text[-1:] != "[]":
        raise ValueError(repr(text))
    return np.array([_real(number) for number in text[1:-1].replace(",", " ").split()], float)


def _json(text: str, kind: type) -> Any:
    value = json.loads(text)
    if not isinstance(value, kind):
        raise ValueError(repr(text))
    return value


# In the order in which they are tried; JSON's errors are ValueErrors too.
PARSERS: dict[type, Callable[[str], Any]] = {
    int: _whole,
    float: _real,
    array.array: _vector,
    list: lambda text: _json(text, list),
    dict: lambda text: _json(text, dict),
}
