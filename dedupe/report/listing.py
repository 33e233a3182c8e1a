"""The list of plugins, as JSON lines and as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TextIO

from dedupe.console import rich_console, visible
from dedupe.model import Plugin


def write_json(listing: Sequence[Plugin], stream: TextIO) -> None:
    """One line {"type":"plugin",...} a plugin."""
    for one in listing:
        stream.write(json.dumps({"type": "plugin", **asdict(one)}, ensure_ascii=False) + "\n")


def write_table(listing: Sequence[Plugin], stream: TextIO) -> None:
    """One row a plugin, its error below what it provides."""
    from dedupe.report.table import table

    shown = table("plugin", "distribution", "status", "provides")
    for one in listing:
        provides = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in one.provides.items() if names)
        style = "red" if one.error else None
        row = (one.name, f"{one.distribution} {one.version}".strip(), one.status, one.error or provides)
        shown.add_row(*map(visible, row), style=style)
    rich_console(stream).print(shown)
