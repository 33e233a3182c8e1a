"""What `dedupe distort` made, as JSON lines and as a table."""

from __future__ import annotations

from collections import Counter
from typing import Any, TextIO

from dedupe.console import rich_console, shown
from dedupe.model.copies import Copies
from dedupe.report import path_fields, relative
from dedupe.report.grid import table
from dedupe.report.json import write_lines
from dedupe.report.records import failure, header


def write_json(made: Copies, stream: TextIO) -> None:
    """Header, one line a failure, and a summary with the path of the list of pairs and the copies by distortion."""
    write_lines((header(made.header), *map(failure, made.failures), _summary(made)), stream)


def _summary(made: Copies) -> dict[str, Any]:
    return {
        "type": "summary",
        **path_fields(made.pairs),
        "files": made.files,
        "copies": dict(made.copies),
        "failures": _reasons(made),
        "others": dict(made.others),
        "seconds": {stage: round(value, 3) for stage, value in made.seconds.items()},
    }


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
    reasons = "".join(f", {count:,} {reason.replace('_', ' ')}" for reason, count in _reasons(made).items())
    console.print(f"{made.files:,} photos{reasons}; the pairs are listed in {shown(relative(made.pairs))}.")


def _reasons(made: Copies) -> dict[str, int]:
    return dict(sorted(Counter(failure.reason for failure in made.failures).items()))
