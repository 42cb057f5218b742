"""What a model says of itself, in Turi Create's layout."""

from __future__ import annotations

from typing import Any, ClassVar, List, Tuple

from ...errors import ToolkitError, visible

# Title, and (text, attribute of the model) for each line.
Sections = List[Tuple[str, List[Tuple[str, str]]]]


class Described:
    """A model that prints the facts of ``_sections``, their names ``_width`` characters wide."""

    _sections: ClassVar[Sections]
    _width: ClassVar[int] = 40

    def summary(self, output: str | None = None) -> Any:
        """Print the model's facts, or return them with ``output='str'`` or ``'dict'``.

        ToolkitError for other outputs than these, None and ``'stdout'``.
        """
        if output in (None, "stdout"):
            print(repr(self))  # noqa: T201 - what it is for
            return None
        if output == "str":
            return repr(self)
        if output == "dict":
            return {
                "sections": [
                    [(text, self._fact(attribute)) for text, attribute in lines]
                    for _, lines in self._sections
                ],
                "section_titles": [title for title, _ in self._sections],
            }
        raise ToolkitError(f"Expected output None, 'stdout', 'str' or 'dict'; found {output!r}.")

    def __repr__(self) -> str:
        lines = [f"{'Class':<{self._width}} : {type(self).__name__}", ""]
        for title, facts in self._sections:
            lines += [title, "-" * len(title)]
            for text, attribute in facts:
                # A network may be named by a file, and a label by a column.
                lines.append(f"{text:<{self._width}} : {visible(str(self._fact(attribute)))}")
            lines.append("")
        return "\n".join(lines)

    def _fact(self, attribute: str) -> Any:
        value = getattr(self, attribute)
        return round(value, 4) if isinstance(value, float) else value
