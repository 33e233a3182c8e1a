"""What `dedupe distort` made, as a table."""

from __future__ import annotations

from typing import TextIO

from dedupe.console import rich_console
from dedupe.model.copies import Copies
from dedupe.model.records import reasons
from dedupe.report.grid import table
from dedupe.report.lines import failures, folded, path_line, unusable


def write_table(made: Copies, stream: TextIO) -> None:
    """Where the list of pairs is, one row a distortion, the failures."""
    console = rich_console(stream)
    console.print(f"{made.files:,} photos; the pairs of photos and copies are listed in")
    path_line(console, made.pairs, "  ")
    if lost := unusable(reasons(made.failures)):
        folded(console, lost)
    rows = table("distortion", "copies", right=("copies",))
    for key, count in made.copies.items():
        rows.add_row(key, f"{count:,}")
    console.print(rows)
    failures(console, made.failures)
