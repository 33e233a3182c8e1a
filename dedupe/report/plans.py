"""A scan as a list for a spreadsheet: one row a file, with what is to be done with it, which a person edits."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from dedupe.console import shown
from dedupe.model import Scan
from dedupe.model.plans import PlanRow, rows_of
from dedupe.report.csv import harmless

COLUMNS = ("Row", "Action", "Why", "Kind", "Path")


def write(result: Scan, stream: TextIO) -> None:
    """Writes the rows of all groups, separated by tabs; `dedupe apply` reads all else from the JSON lines beside it."""
    rows = (row for number, group in enumerate(result.groups, 1) for row in rows_of(number, group))
    write_rows(rows, stream)


def write_rows(rows: Iterator[PlanRow], stream: TextIO) -> None:
    """Writes rows with a header row."""
    to = csv.writer(stream, "excel-tab", lineterminator="\n")
    to.writerow(COLUMNS)
    for row in rows:
        to.writerow(harmless([row.id, row.action, row.why, row.kind or "", path_cell(row)]))


def path_cell(row: PlanRow) -> str:
    """A row's path on one line, whatever bytes it has."""
    return shown(row.file.path)
