"""Found rows: copies of their files, or a table of them."""

from __future__ import annotations

import array
import csv
import io
import os
import shutil
from filecmp import cmp
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Union

from .display.rows import path_of
from .display.thumbnails import is_picture
from .engines.choice import engine
from .errors import MissingFileError, ToolkitError
from .names import expanded
from .storage.whole_files import PREFIX, beside, naming, sweep, written

if TYPE_CHECKING:
    from .portable import SFrame

    Path_ = Union[str, "os.PathLike[str]"]
    Rows = Union[SFrame, Mapping[str, Any], Iterable[Mapping[str, Any]]]

# A spreadsheet takes texts that begin so for formulas, which may start a program.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FILES_NAMED = 3
# Digits of a number before a name, and bytes that a name may have.
DIGITS = 3
LONGEST_NAME = 255


def copy_files(rows: Rows, folder: Path_) -> list[str]:
    """Copy the files of rows into a folder, named and numbered in the order of the rows.

    The files themselves stay as they are. No file in the folder is overwritten: one with a copy's
    name and content counts as the copy, so that the call can be repeated; beside one with other
    content the copy is ``001-name-2.jpg``.

    Parameters
    ----------
    rows : SFrame, row, or iterable of row dicts
        With a ``path``, or an image of a file, such as ``find_similar`` returns.
    folder : str or path
        It is made if it is not there.

    Returns
    -------
    list of str
        The copies' paths, ``folder/001-name.jpg`` and so on, in the order of the rows.

    Raises
    ------
    MissingFileError
        If files do not exist any more; it names them, and nothing is copied.
    ToolkitError
        If a row has no file, or the folder is a file.
    OSError
        If a file cannot be read or written; it names the file. Finished copies stay.

    Examples
    --------
    >>> import lookalike
    >>> lookalike.copy_files(matches, 'found')                         # doctest: +SKIP
    ['found/001-cat.jpg', 'found/002-kitten.jpg']
    """
    files = [_file_of(row, number) for number, row in enumerate(_rows_of(rows))]
    missing = [file for file in files if not os.path.isfile(file)]
    if missing:
        more = f" and {len(missing) - FILES_NAMED} more" if len(missing) > FILES_NAMED else ""
        raise MissingFileError(
            missing[0],
            f"{len(missing)} of the {len(files)} files do not exist, and nothing was copied: "
            f"{', '.join(map(repr, missing[:FILES_NAMED]))}{more}. Leave those rows out, or bring "
            "the model up to date with model.refresh().",
        )
    place = Path(expanded(folder))
    if place.exists() and not place.is_dir():
        raise ToolkitError(f"Expected a folder to copy to; {str(folder)!r} is a file.")
    with naming(place):
        place.mkdir(parents=True, exist_ok=True)
    sweep(place, PREFIX)
    digits = max(DIGITS, len(str(len(files))))
    return [
        _copied(Path(file), place, f"{number:0{digits}}-") for number, file in enumerate(files, 1)
    ]


def write_table(rows: Rows, path: Path_) -> None:
    """Write rows as a table for a spreadsheet: a CSV file, one line for each row.

    Columns of images and of vectors are left out. Texts that a spreadsheet would take for formulas
    get a ``'`` before them, and line breaks within texts become spaces.

    Parameters
    ----------
    rows : SFrame, row, or iterable of row dicts
        What to write.
    path : str or path
        The file, such as ``found.csv``. An older one is replaced when the new one is whole.

    Raises
    ------
    MissingFileError
        If its folder does not exist.
    OSError
        If it cannot be written, for example because it is open in Excel or the disk is full. The
        old one stays.

    Examples
    --------
    >>> import lookalike
    >>> lookalike.write_table(matches, 'found.csv')                    # doctest: +SKIP
    """
    place = Path(expanded(path))
    if not place.parent.is_dir():
        raise MissingFileError(path, f"There is no folder {str(place.parent)!r} to write to.")
    found = list(_rows_of(rows))
    shown = [
        name for name in _names(rows, found) if not any(_is_large(row.get(name)) for row in found)
    ]
    content = csv_of([shown, *([row.get(name) for name in shown] for row in found)])
    with written(place) as file:
        file.write_bytes(content)


def csv_of(lines: Iterable[Iterable[Any]]) -> bytes:
    """Return lines of values as CSV, in UTF-8 with the mark by which Excel knows the encoding."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(map(_cell, line) for line in lines)
    return text.getvalue().encode("utf-8-sig", "replace")


def _names(rows: Any, found: list[Mapping[str, Any]]) -> list[str]:
    """Return the columns of rows; without those of images and vectors if types are known."""
    if not hasattr(rows, "column_types"):
        return list(dict.fromkeys(chain.from_iterable(found)))
    large = (engine().Image, array.array)
    return [n for n, kind in zip(rows.column_names(), rows.column_types()) if kind not in large]


def _rows_of(rows: Any) -> Iterable[Mapping[str, Any]]:
    found = [rows] if isinstance(rows, Mapping) else rows
    strange = hasattr(rows, "similarity_graph") or isinstance(rows, (str, os.PathLike))
    if strange or not hasattr(found, "__iter__"):
        raise TypeError(
            "Expected rows, as find_similar and find_duplicates return them; found "
            f"{type(rows).__name__}."
        )
    return found


def _file_of(row: Mapping[str, Any], number: int) -> str:
    path = path_of(row)
    if path is None:
        raise ToolkitError(
            f"The row {number} has no file to copy: it has no 'path', and its image is of no file."
        )
    return os.fspath(path)


def _copied(file: Path, folder: Path, prefix: str) -> str:
    """Copy a file into a folder; return the copy's path."""
    place = folder / _copys_name(file, prefix, 1)
    with naming(place, file), beside(place) as scratch:
        # With its times, which show which of two pictures is older.
        shutil.copy2(str(file), str(scratch))
        for number in count(1):
            place = folder / _copys_name(file, prefix, number)
            try:
                # Fails if the file exists, so that nothing is ever overwritten.
                place.touch(exist_ok=False)
            except FileExistsError:
                if place.is_file() and cmp(str(file), str(place), shallow=False):
                    break
                continue
            try:
                os.replace(str(scratch), str(place))
            except OSError:
                place.unlink()
                raise
            break
    return str(place)


def _copys_name(file: Path, prefix: str, number: int) -> str:
    """Return a copy's name, shortened as far as file systems need it."""
    name = prefix + file.stem
    ending = f"-{number}{file.suffix}" if number > 1 else file.suffix
    while len(os.fsencode(name + ending)) > LONGEST_NAME:
        name = name[:-1]
    return name + ending


def _is_large(value: Any) -> bool:
    """Return whether a value is a picture or a vector."""
    return is_picture(value) or hasattr(value, "typecode") or getattr(value, "ndim", 0) > 0


def _cell(value: Any) -> Any:
    """Return a value for a spreadsheet: numbers as they are, texts on one line."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    text = str(value)
    line = " ".join(text.splitlines())
    return f"'{line}" if text.startswith(FORMULA) else line
