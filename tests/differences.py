"""What differs between the two engines by design: one table, for the tests and the documentation.

A test marked ``@pytest.mark.differs("key")`` states what the portable engine does, and is skipped
on the real one with the row's reason. docs/explanation/engines.md holds the same table.
"""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """One thing that is not as in Turi Create, and why."""

    what: str
    turicreate: str
    portable: str
    why: str


DIFFERENCES = {
    "networks": Difference(
        "The network",
        "ResNet-50, downloaded by the first `create`, which leaves Python where it cannot be",
        "ResNet-50 where you downloaded it, else the bundled one",
        "it works offline, and opens no connection unasked",
    ),
    "explore": Difference(
        "`explore()` and `show()`",
        "a desktop window; in a notebook 100 rows at the most, with pictures in full size",
        "a gallery in the notebook, else a page in the browser",
        "it needs no desktop, and stays in the saved notebook",
    ),
    "formats": Difference(
        "Formats",
        "JPEG and PNG",
        "WebP, GIF, BMP, TIFF, PPM, AVIF and JPEG 2000 too, HEIC and camera raw with a package "
        "more; a warning counts what is passed over",
        "folders hold them today",
    ),
    "unreadable": Difference(
        "A picture that cannot be read",
        "`load_images` drops it, or `create` ends at it; a truncated JPEG is half grey",
        "keeps its row, is left out of the model, and is named with its reason in a warning and in "
        "`model.failures`",
        "one bad file must not end a run of hours, nor vanish unseen",
    ),
    "orientation": Difference(
        "EXIF orientation and transparency",
        "pixels as stored; what is transparent turns black",
        "upright, on white",
        "as a person sees the picture",
    ),
    "bilinear": Difference(
        "`resize(resample='bilinear')`",
        "from the four pixels around each point",
        "antialiased",
        "a picture made small looks like the large one",
    ),
    "paths": Difference(
        "`path` of `load_images`",
        "absolute, in an order that changes",
        "as the folder was given, in order",
        "notebooks can be passed on, and runs repeated",
    ),
    "addresses": Difference(
        "`https://`, `s3://` and `hdfs://` addresses",
        "opened",
        "an error: download the files first",
        "it opens no connection unasked",
    ),
    "neighbors": Difference(
        "`nearest_neighbors` beyond image similarity",
        "other distances, and sums of several; a missing value is taken for the mean, NaN is "
        "compared, an unknown `output_type` is taken for `SGraph`; the cosine of a row of zeros is "
        "0",
        "Euclidean or cosine distance of one vector; anything else is an error",
        "a guess is no answer",
    ),
    "cancellation": Difference(
        "Near duplicates",
        "distances from differences of squares: 0 or NaN where features nearly agree",
        "exact to 1e-6, whatever the size of the features",
        "near duplicates are what is looked for",
    ),
    "ties": Difference(
        "Equally near ones",
        "in any order",
        "in the order of their rows",
        "runs can be repeated",
    ),
    "printing": Difference(
        "Printed tables",
        "long paths cut at the end; control characters as they are",
        "long paths cut at the front; escapes for control characters; matches (`distance` beside "
        "`path` or `image`) with four digits, in 80 columns",
        "the file's name is what is looked for, and must not steer the terminal",
    ),
    "frames": Difference(
        "SFrame and SArray",
        "a dict's columns sorted by name; a list of dicts is one column `X1`; `unique`, `groupby` "
        "and `join` give rows in any order; no `~`",
        "columns in the dict's order; a list of dicts is rows; rows in order of appearance; `~`",
        "as Python and pandas do it; runs can be repeated",
    ),
    "csv": Difference(
        "CSV",
        "floats of six digits; line breaks and backslashes with a backslash before them; types "
        "from the first 100 lines, and lines that do not fit left out",
        "floats whole; texts as they are, quoted where they must be; types that all lines have",
        "nothing is lost on the way",
    ),
    "export": Difference(
        "`export_coreml`",
        "a Core ML file, on a Mac",
        "an `AttributeError` that names `export_onnx(path)`: a file for ONNX Runtime, which phones "
        "and browsers run too",
        "coremltools reads no ONNX any more",
    ),
    "absent": Difference(
        "Everything else",
        "toolkits of other tasks, plots, and more of `SFrame`, `SArray` and `SGraph`",
        "an `AttributeError` that says what to do instead",
        "it is about look-alikes, and stays small",
    ),
}
