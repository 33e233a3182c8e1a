"""The pairs that are no duplicates, as JSON lines and for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from dedupe.console import counted, rich_console
from dedupe.model.paths import texts
from dedupe.report.json import write_lines
from dedupe.report.lines import path_line

if TYPE_CHECKING:
    from dedupe.ignored import IgnoredPair


def write_json(pairs: Sequence[IgnoredPair], stream: TextIO) -> None:
    """One line {"type":"ignored",...} a pair."""
    write_lines(({"type": "ignored", **asdict(pair), "paths": texts(pair.paths)} for pair in pairs), stream)


def write_table(pairs: Sequence[IgnoredPair], stream: TextIO) -> None:
    """The pairs with the day on which each was put there, and where the files stood then."""
    console = rich_console(stream)
    console.print(f"{counted(len(pairs), 'pair', 'pairs')} that you said are no duplicates")
    for pair in pairs:
        console.print(f"\n{pair.date[:10]}")
        for path in pair.paths:
            path_line(console, path, "  ")
