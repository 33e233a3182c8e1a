"""The list of a plan as it comes back from a spreadsheet: with other separators, quotes, line ends and columns."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from itertools import zip_longest
from pathlib import Path

from dedupe.errors import DedupeError, UsageError
from dedupe.model.plans import KEEP, REMOVE, PlanRow
from dedupe.report.plans import path_cell

WORDS = {"": KEEP, KEEP: KEEP, REMOVE: REMOVE}
"""What may stand in the column Action; where it was cleared the file stays."""


SHOWN = 40
"""How much of a cell is shown; a quote that is not closed makes one of all lines that follow."""


def decisions(path: Path, rows: Sequence[PlanRow]) -> Mapping[str, str]:
    """What the list says of each row; rows that were taken out of it are kept.

    Raises UsageError for a list that has no columns Row, Action and Path, or rows that are not the plan's, DedupeError for a
    file that cannot be read.
    """
    table = _table(path)
    try:
        names = _columns(path, next(table, []))
        known, found = {row.id: row for row in rows}, dict[str, str]()
        for cells in table:
            line = dict(zip_longest(names, map(str.strip, cells[: len(names)]), fillvalue=""))
            if any(line.values()):
                _decide(line, known, found, f"{path}, line {table.line_num}")
    except csv.Error as error:
        raise UsageError(f"{path}, line {table.line_num}: it cannot be read as a list ({error}).") from None
    return dict.fromkeys(known, KEEP) | found


def is_list(path: Path) -> bool:
    """Whether a file has the columns of a list. Raises as `decisions` does for what cannot be read."""
    try:
        return bool(_columns(path, next(_table(path), [])))
    except (UsageError, csv.Error):
        return False


def _columns(path: Path, first: Sequence[str]) -> list[str]:
    """The names of the columns, in lower case. Without the paths nothing would tell whether a list belongs to a plan."""
    names = [cell.strip().lower() for cell in first]
    for name in ("Row", "Action", "Path"):
        if names.count(name.lower()) != 1:
            how = "more than one column" if name.lower() in names else "no column"
            raise UsageError(f"{path}: its first line has {how} {name}; save it with the columns that it had.")
    return names


def _decide(line: Mapping[str, str], known: Mapping[str, PlanRow], found: dict[str, str], where: str) -> None:
    """Takes a line's decision. Raises UsageError."""
    row, action = known.get(line["row"]), WORDS.get(line["action"].lower())
    if row is None:
        raise UsageError(f"{where}: the plan has no row {line['row'][:SHOWN]!r}.")
    if action is None:
        raise UsageError(f"{where}: {line['action'][:SHOWN]!r} is no action; write {KEEP} or {REMOVE}.")
    if not _is(line["path"], path_cell(row).strip()):
        raise UsageError(f"{where}: {row.id} is another file in the plan; the list does not belong to it.")
    if found.setdefault(row.id, action) != action:
        raise UsageError(f"{where}: {row.id} stands in the list twice, with different actions.")


def _table(path: Path) -> csv._reader:  # type: ignore[name-defined]
    """The lines of the list, cut into cells by whatever its first line is cut by."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DedupeError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeError:
        raise UsageError(f"{path}: it is not UTF-8; save it as text in UTF-8.") from None
    first = text.partition("\n")[0]
    separator = next((each for each in "\t;," if each in first), "\t")
    return csv.reader(StringIO(text, newline=""), delimiter=separator)


def _is(cell: str, path: str) -> bool:
    """Whether a cell is a path; a spreadsheet may take away the apostrophe that keeps it from running one, and may have taken the
    quotes around a cell for a part of it.
    """
    quoted = path.replace('"', '""')
    return cell in (path, f"'{path}", f'"{quoted}"')
