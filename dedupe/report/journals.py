"""The journals of what was done to files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from dedupe.console import counted
from dedupe.report.json import write_lines

STATES = {"intent": "not ended", "commit": "not ended", "undoing": "not ended"}
"""States of files that a killed run has left, in words."""


def write_json(records: Sequence[Any], stream: TextIO) -> None:
    """Writes a line a journal, the newest first."""
    write_lines(({"type": "journal", **_facts(one)} for one in records), stream)


def write_table(records: Sequence[Any], stream: TextIO) -> None:
    """Writes a line a journal, the newest first."""
    if not records:
        stream.write("Nothing was done to files yet.\n")
    for one in records:
        facts = _facts(one)
        files = ", ".join(f"{counted(count, 'file', 'files')} {state}" for state, count in facts["files"].items())
        stream.write(f"{facts['journal']}  {one.command}, {one.action}: {files or 'nothing was done'}\n")


def _facts(one: Any) -> dict[str, Any]:
    found: dict[str, int] = {}
    for state in one.states.values():
        word = STATES.get(state, state)
        found[word] = found.get(word, 0) + 1
    return {"journal": one.path.stem, "time": one.time, "command": one.command, "action": one.action, "files": found}
