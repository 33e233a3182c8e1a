"""The list of plugins and what the kit says of one, as JSON lines and as tables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from dedupe.console import rich_console, visible
from dedupe.console import shown as shown_path
from dedupe.model import Checked, Plugin
from dedupe.report import relative
from dedupe.report.json import write_lines


def write_json(listing: Sequence[Plugin], stream: TextIO) -> None:
    """One line {"type":"plugin",...} a plugin."""
    write_lines(({"type": "plugin", **asdict(one)} for one in listing), stream)


def write_table(listing: Sequence[Plugin], stream: TextIO) -> None:
    """One row a plugin: of a failed one the error stands where others have what they provide."""
    from dedupe.report.table import table

    shown = table("plugin", "status", "from", "provides")
    for one in listing:
        provided = [f"{kind}: {', '.join(names)}" for kind, names in one.provides.items() if names]
        provides = "; ".join([*provided, *(f"without {hook}" for hook in one.unknown)])
        style = "red" if one.error else None
        row = (one.name, one.status, _origin(one), one.error or provides)
        shown.add_row(*map(visible, row), style=style)
    rich_console(stream).print(shown)


def write_checks_json(results: Sequence[Checked], stream: TextIO) -> None:
    """One line {"type":"check",...} a check."""
    write_lines(({"type": "check", **asdict(one)} for one in results), stream)


def write_checks_table(results: Sequence[Checked], stream: TextIO) -> None:
    """One row a check."""
    from dedupe.report.table import table

    shown = table("kind", "name", "check", "outcome", "why")
    for one in results:
        row = (one.kind, one.name, one.check, one.outcome, one.message)
        shown.add_row(*map(visible, row), style="red" if one.outcome == "failed" else None)
    rich_console(stream).print(shown)


def _origin(one: Plugin) -> str:
    """Distribution and version, and the file where that is known."""
    file = shown_path(relative(os.fsencode(one.origin))) if Path(one.origin).is_absolute() else one.origin
    return "\n".join(filter(None, (f"{one.distribution} {one.version}".strip(), file)))
