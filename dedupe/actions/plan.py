"""Plans: the JSON lines of a scan with what is decided of each file, and the list for a spreadsheet beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from dedupe.actions.listed import decisions, is_list
from dedupe.errors import DedupeError, UsageError
from dedupe.model.judgement import REMOVED
from dedupe.model.plans import KEEP, REMOVE, PlanRow, proposed, rows_of
from dedupe.model.reading import read as read_result
from dedupe.model.records import encoded
from dedupe.model.results import Header, Scan
from dedupe.whole import text_file

LISTS = (".tsv", ".csv")
"""How the name of a list for a spreadsheet ends, as it was written or as it was saved."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions on a scan's files: `rows` in groups, the kept file of each first. `path` is the file of JSON lines and
    `text` what it held, `header` says how the scan was made, `list` is the spreadsheet's file where that was read.
    """

    path: Path
    header: Header
    rows: tuple[PlanRow, ...]
    text: str = ""
    list: Path | None = None

    def groups(self) -> Iterator[Sequence[PlanRow]]:
        """The rows of each group, the kept file's first."""
        start = 0
        for at in range(1, len(self.rows) + 1):
            if at == len(self.rows) or self.rows[at].is_kept_one:
                yield self.rows[start:at]
                start = at

    def decided(self, actions: Mapping[str, str]) -> Plan:
        """The plan with other decisions, KEEP or REMOVE by row id; raises UsageError for an unknown row or decision."""
        unknown = actions.keys() - {row.id for row in self.rows}
        if unknown:
            raise UsageError(f"{self.path}: it has no row {min(unknown)}.")
        for action in actions.values():
            if action not in (KEEP, REMOVE):
                raise UsageError(f"{action!r} cannot be decided of a file; choose {KEEP} or {REMOVE}.")
        rows = (replace(row, action=actions[row.id], asked=True) if row.id in actions else row for row in self.rows)
        return replace(self, rows=tuple(rows))

    def selected(self, kinds: Sequence[str]) -> Plan:
        """The plan in which members of these kinds are to go, and no other, where nobody has said otherwise."""
        rows = (row if row.asked else replace(row, action=proposed(row.file, row.kind, kinds)) for row in self.rows)
        return replace(self, rows=tuple(rows))


def read(source: str | os.PathLike[str]) -> Plan:
    """The plan in a file: JSON lines that a scan wrote or, with a name that ends with .tsv or .csv, the list beside them.

    Raises UsageError for what is no plan, DedupeError for what cannot be read.
    """
    path = Path(source)
    if path.suffix.lower() not in LISTS:
        return _read_lines(path)
    if not path.exists():
        raise UsageError(f"{path}: there is no such file.")
    beside = path.with_suffix(".jsonl")
    if not beside.exists():
        raise UsageError(f"{path}: {beside.name}, which was written with it, is not beside it; bring both together.")
    plan = _read_lines(beside)
    said, stood = decisions(path, plan.rows), {row.id: row.action for row in plan.rows}
    older = [row.id for row in plan.rows if row.asked and row.action == KEEP and said[row.id] == REMOVE]
    if older:
        raise UsageError(
            f"{path}: it removes {older[0]}, of which {beside.name} says since a review that it stays. Apply {beside.name}, or "
            f"write {KEEP} there."
        )
    return replace(plan.decided({row: action for row, action in said.items() if action != stood[row]}), list=path)


def decided(lines: Path) -> int:
    """How many decisions somebody took in a plan's JSON lines, or in lists beside them; 0 for what is no plan.

    Raises UsageError, DedupeError for a list that cannot be read as that plan's.
    """
    try:
        plan = _read_lines(lines)
    except DedupeError:
        return 0
    found = {row.id for row in plan.rows if row.asked}
    for table in (lines.with_suffix(each) for each in LISTS if lines.suffix == ".jsonl"):
        if table.is_file() and (table.suffix == LISTS[0] or is_list(table)):  # what a scan wrote as CSV is none
            said = decisions(table, plan.rows)
            found |= {row.id for row in plan.rows if said[row.id] != row.action}
    return len(found)


def write(plan: Plan, path: Path | None = None) -> Plan:
    """Writes the decisions that somebody took into the plan's file of JSON lines, or a copy of it, and nothing else anew: all
    that it has besides stays. The plan as it stands there now.

    Raises SafetyError where no text stands, DedupeError where it cannot be written, or was changed since it was read.
    """
    check_unchanged(plan)
    asked = {row.id: row.action for row in plan.rows if row.asked}
    text = "".join(encoded(_with(line, asked)) for line in _lines(plan.text))
    with text_file(path or plan.path) as stream:
        stream.write(text)
    return replace(plan, path=path or plan.path, text=text)


def check_unchanged(plan: Plan) -> None:
    """Raises DedupeError where the plan's file no longer holds what was read: its rows may be other files by now."""
    if _text(plan.path) != plan.text:
        raise DedupeError(f"{plan.path}: another program has changed it meanwhile; open it again.")


def _with(line: dict[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    if line["type"] != "group":
        return line
    return {
        **line,
        "keep": _said(line["keep"], asked.get(f"g{line['id']}")),
        "members": [_said(one, asked.get(f"g{line['id']}m{at}")) for at, one in enumerate(line["members"], 1)],
    }


def _said(file: dict[str, Any], action: str | None) -> dict[str, Any]:
    rest = {name: value for name, value in file.items() if name != "action"}
    return rest if action is None else {**rest, "action": action}


def _read_lines(path: Path) -> Plan:
    text = _text(path)
    result = read_result(_Named(text, path))
    if not isinstance(result, Scan):
        raise UsageError(f"{path}: this is a {type(result).__name__}, no plan; dedupe scan -o plan.jsonl writes one.")
    rows: list[PlanRow] = []
    groups = [line for line in _lines(text) if line["type"] == "group"]
    for number, (line, group) in enumerate(zip(groups, result.groups, strict=True), 1):
        if line.get("id") != number:
            raise UsageError(f"{path}: its groups are not numbered from 1 on; write it again.")
        said = [line["keep"].get("action"), *(one.get("action") for one in line["members"])]
        rows += [_row(path, row, action) for row, action in zip(rows_of(number, group), said, strict=True)]
    places = [
        result.header.folder,
        *result.header.references,
        *result.header.protected,
        *(row.file.path for row in rows if not row.file.no_file),
    ]
    if any(b"\0" in place for place in places):
        raise UsageError(f"{path}: a path in it has a NUL, which no file's has; write it again.")
    return Plan(path, result.header, tuple(rows), text)


def _row(path: Path, row: PlanRow, action: Any) -> PlanRow:
    if action is None:
        return row
    if action not in (KEEP, REMOVE):
        raise UsageError(f"{path}: the action of {row.id} is {action!r}; it must be {KEEP} or {REMOVE}.")
    return replace(row, action=action, asked=True)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise DedupeError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    except UnicodeError:
        raise UsageError(f"{path}: this is no text in UTF-8, and no plan.") from None


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in StringIO(text)]  # str.splitlines cuts where JSON does not end


class _Named(StringIO):
    """Text that knows which file it is from."""

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self.name = path


__all__ = ["KEEP", "LISTS", "REMOVE", "REMOVED", "Plan", "PlanRow", "check_unchanged", "decided", "read", "write"]
