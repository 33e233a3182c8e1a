"""The list of plugins and what the kit says of one, as JSON lines and as tables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from dedupe.console import rich_console, visible
from dedupe.model import Checked, Plugin
from dedupe.report.grid import table
from dedupe.report.json import write_lines
from dedupe.report.lines import folded, line, path_line


def write_json(listing: Sequence[Plugin], stream: TextIO) -> None:
    """One line {"type":"plugin",...} a plugin."""
    write_lines(({"type": "plugin", **asdict(one)} for one in listing), stream)


def write_table(listing: Sequence[Plugin], stream: TextIO) -> None:
    """What each plugin provides and where it is from; of a failed one the error stands where others have what they provide."""
    console = rich_console(stream)
    for one in listing:
        style = "red" if one.error else ""
        console.print(
            f"{one.name}: {one.status} ({one.distribution} {one.version}".strip() + ")", style="bold " + style
        )
        if Path(one.origin).is_absolute():
            path_line(console, os.fsencode(one.origin), "  ", style)
        elif one.origin:
            line(console, f"  {one.origin}", style)
        provided = [f"{kind}: {', '.join(names)}" for kind, names in one.provides.items() if names]
        for text in [one.error] if one.error else [*provided, *(f"without {hook}" for hook in one.unknown)]:
            folded(console, visible(text), "    ", style)


def write_checks_json(results: Sequence[Checked], stream: TextIO) -> None:
    """One line {"type":"check",...} a check."""
    write_lines(({"type": "check", **asdict(one)} for one in results), stream)


def write_checks_table(results: Sequence[Checked], stream: TextIO) -> None:
    """One row a check."""
    shown = table("kind", "name", "check", "outcome", "why")
    for one in results:
        row = (one.kind, one.name, one.check, one.outcome, one.message)
        shown.add_row(*map(visible, row), style="red" if one.outcome == "failed" else None)
    rich_console(stream).print(shown)
