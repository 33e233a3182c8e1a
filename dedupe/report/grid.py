"""The empty table in the house style."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.table import Table

WORDS = ("reason", "status", "match", "distances")
"""Columns of single words or short lines, which do not fold."""

LEAST = 8
"""Characters that a column of text keeps; where they are not there everything folds."""


def table(*columns: str, right: Sequence[str] = (), whole: Sequence[str] = WORDS, **settings: Any) -> Table:
    """An empty table in the house style: text folds; the columns in `right` are set right, and those and the ones in `whole`
    keep their width as long as the others have room.
    """
    from rich import box

    empty: Table = _folding()(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", **settings)
    for name in columns:
        kept = name in right or name in whole
        word = max(map(len, name.split()), default=1)
        empty.add_column(
            name, justify="right" if name in right else "left", overflow="fold", no_wrap=kept, min_width=word
        )
    return empty


@cache
def _folding() -> type[Table]:
    """A table that would rather fold than cut; made when the first is, for rich takes its time to import."""
    from rich.table import Table

    class Folding(Table):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Any]:
            if self._too_narrow(console, options):
                for column in self.columns:
                    column.no_wrap, column.min_width = False, None
            return super().__rich_console__(console, options)

        def _too_narrow(self, console: Console, options: ConsoleOptions) -> bool:
            wide = options.update_width(4096)
            natural = [self._measure_column(console, wide, column).maximum for column in self.columns]
            least = [
                width if column.no_wrap else min(width, LEAST)
                for width, column in zip(natural, self.columns, strict=True)
            ]
            return sum(least) + self._extra_width > options.max_width

    return Folding
