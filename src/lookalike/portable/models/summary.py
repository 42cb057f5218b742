"""What a model says of itself, in Turi Create's layout."""

from __future__ import annotations

from typing import Any, List, Tuple

from ...errors import ToolkitError, visible

# Title, and (text, attribute of the model) for each line.
Sections = List[Tuple[str, List[Tuple[str, str]]]]


# Of image_similarity: the lines, and the width of what stands before their colons.
IMAGE_SIMILARITY_WIDTH = 40
IMAGE_SIMILARITY: Sections = [
    (
        "Schema",
        [
            ("Number of examples", "num_examples"),
            ("Number of feature columns", "num_features"),
            ("Network", "model"),
            ("Network ran on", "ran_on"),
            ("Network's features are compared", "comparison"),
            ("Input image shape", "input_image_shape"),
        ],
    ),
    ("Training summary", [("Training time (sec)", "training_time")]),
]


def summary(model: object, sections: Sections, output: str | None) -> Any:
    """Print a model's facts, or return them as a string or a dict.

    Raises
    ------
    ToolkitError
        If ``output`` is none of None, 'stdout', 'str' and 'dict'.
    """
    if output in (None, "stdout"):
        print(repr(model))  # noqa: T201 - what it is for
        return None
    if output == "str":
        return repr(model)
    if output == "dict":
        return {
            "sections": [
                [(text, _value(model, attribute)) for text, attribute in lines]
                for _, lines in sections
            ],
            "section_titles": [title for title, _ in sections],
        }
    raise ToolkitError(f"Expected output None, 'stdout', 'str' or 'dict'; found {output!r}.")


def model_text(model: object, sections: Sections, width: int) -> str:
    """Return a model's facts as lines, their names padded to a width."""
    lines = [f"{'Class':<{width}} : {type(model).__name__}", ""]
    for title, facts in sections:
        lines += [title, "-" * len(title)]
        for text, attribute in facts:
            # A network may be named by a file, and a label by a column.
            lines.append(f"{text:<{width}} : {visible(str(_value(model, attribute)))}")
        lines.append("")
    return "\n".join(lines)


def _value(model: object, attribute: str) -> Any:
    value = getattr(model, attribute)
    return round(value, 4) if isinstance(value, float) else value
