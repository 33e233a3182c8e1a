"""The empty table in the house style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def table(*columns: str, right: Sequence[str] = (), **settings: Any) -> Table:
    """An empty table in the house style; columns of names and values fold, those in `right` are set right."""
    from rich import box
    from rich.table import Table

    empty = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", **settings)
    for name in columns:
        wide = name in ("picture", "query", "file", "descriptor", "value")
        empty.add_column(
            name, justify="right" if name in right else "left", overflow="fold", no_wrap=not wide, ratio=None
        )
    return empty
