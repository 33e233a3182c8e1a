"""CSV: one row a file, match, comparison or descriptor; failures follow as rows of their own type."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TextIO

from dedupe.model.table_rows import all_rows

COLUMNS = (
    *(
        "type",
        "group",
        "role",
        "query",
        "a",
        "b",
        "path",
        "path_b64",
        "descriptor",
        "distance",
        "threshold",
        "match",
        "turn",
    ),
    *(
        "kind",
        "why",
        "known",
        "agree",
        "contains",
        "bytes",
        "width",
        "height",
        "format",
        "digest",
        "frames",
        "depth",
        "has",
        "taken",
        "links",
        "links_b64",
        "hex",
        "values",
        "stage",
        "reason",
        "message",
    ),
)
"""The order of the columns whose names are known."""

FORMULA = tuple("=+-@＝＋－＠\t\r\n'")
"""What a cell that a spreadsheet may run begins with; and the apostrophe, so that taking one away gives back any cell."""


def write(result: Any, stream: TextIO, safe: bool = False) -> None:
    """Writes a result as CSV with a header row; header and summary lines of the JSON form are left out.

    A scan has a row for each file, also for those in no group. `safe` is for spreadsheets, as `write_rows` has it.
    """
    write_fields(lambda: all_rows(result), stream, safe)


def write_fields(rows: Callable[[], Iterable[Mapping[str, Any]]], stream: TextIO, safe: bool = False) -> None:
    """Writes rows of named cells, with a column for each name that occurs.

    They are asked for twice, for the names and for the cells: rows of a million files would fill the memory.
    """
    names: dict[str, None] = {}
    for row in rows():
        names.update(dict.fromkeys(row))
    used = [name for name in COLUMNS if name in names] + sorted(names.keys() - {*COLUMNS})
    cells = ([row.get(name, "") for name in used] for row in rows())
    write_rows(chain([used or ["type"]], cells), stream, safe)


def write_rows(rows: Iterable[Sequence[Any]], stream: TextIO, safe: bool = False) -> None:
    """Writes rows as CSV. With `safe` an apostrophe stands before text that begins with = + - @, a tab or a line end: a
    spreadsheet runs it as a formula (OWASP, "CSV Injection").
    """
    plain = csv.writer(stream, lineterminator="\n")
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in map(harmless, rows) if safe else rows:
        # Python before 3.13 leaves a carriage return unquoted, and readers take it for the end of a line
        (quoted if any(isinstance(cell, str) and "\r" in cell for cell in row) else plain).writerow(row)


def harmless(row: Sequence[Any]) -> list[Any]:
    """A row with an apostrophe before what begins as a formula does."""
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row]
