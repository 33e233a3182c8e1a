"""What `dedupe distort` made, as a table."""

from __future__ import annotations

from typing import TextIO

from dedupe.console import rich_console, shown
from dedupe.model.copies import Copies
from dedupe.model.records import reasons
from dedupe.report import relative
from dedupe.report.grid import table


def write_table(made: Copies, stream: TextIO) -> None:
    """One row a distortion, the failures, and where the list of pairs is."""
    console = rich_console(stream)
    rows = table("distortion", "copies", right=("copies",))
    for key, count in made.copies.items():
        rows.add_row(key, f"{count:,}")
    console.print(rows)
    if made.failures:
        failed = table("could not be used", "reason", "message")
        for one in made.failures:
            failed.add_row(shown(relative(one.path)), one.reason, one.message)
        console.print(failed)
    lost = "".join(f", {count:,} {reason.replace('_', ' ')}" for reason, count in reasons(made.failures).items())
    console.print(f"{made.files:,} photos{lost}; the pairs are listed in {shown(relative(made.pairs))}.")
