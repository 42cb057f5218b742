"""What ``SFrame.groupby`` can compute, as in ``turicreate.aggregate``: the count of rows."""

from __future__ import annotations


class COUNT:
    """The number of rows in each group."""

    def __repr__(self) -> str:
        return "COUNT()"
