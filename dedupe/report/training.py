"""What was trained, as a table with the trainer's curves."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from dedupe.console import rich_console, shown
from dedupe.model import Trained
from dedupe.model.records import reasons
from dedupe.report.grid import table
from dedupe.report.lines import failures, folded, line, unusable

BAR = 24
LISTED = 12
"""Points of a curve that a table shows."""


def write_table(result: Trained, stream: TextIO) -> None:
    """The facts, the curve, and what could not be used."""
    console = rich_console(stream)
    manifest = result.manifest
    console.print("The model is written; use it as")
    line(console, f"  -d {shown(os.fsencode(result.path))}")
    facts = [
        ("trainer", manifest.trainer),
        ("pictures", f"{manifest.pictures:,}"),
        ("dimensions", f"{manifest.dimensions:,}"),
    ]
    for name, value in manifest.details.items():
        if isinstance(value, str | int | float):
            facts.append((name.replace("_", " "), f"{value:.6g}" if isinstance(value, float) else str(value)))
    for name, value in facts:
        folded(console, f"{name}: {value}")
    if lost := unusable(reasons(result.failures)):
        folded(console, lost)
    if curves := curves_of(result):
        console.print(_figure(curves))
    failures(console, result.failures)


def curves_of(result: Trained) -> Mapping[str, Any] | None:
    """The trainer's `curves`, {"title", "x", "y", "lines": {name: values}}, if it gave some that can be drawn.

    `marks`, where it has them, are places along x that are worth a look.
    """
    curves = result.manifest.details.get("curves")
    return curves if isinstance(curves, Mapping) and any(curves.get("lines", {}).values()) else None


def _figure(curves: Mapping[str, Any]) -> Any:
    """A row for some places along the curves, with a bar for the last of them."""
    lines: Mapping[str, Sequence[float]] = curves["lines"]
    names, longest = list(lines), max(map(len, lines.values()))
    rows = table(
        curves["x"], *names, "", right=(curves["x"], *names), whole=("",), title=f"{curves['title']}: {curves['y']}"
    )
    top = max(max(line) for line in lines.values()) or 1.0
    for place in _places(longest):
        values = [f"{line[place - 1]:.4g}" if place <= len(line) else "-" for line in lines.values()]
        last = lines[names[-1]]
        bar = "━" * round(BAR * max(last[min(place, len(last)) - 1], 0) / top)
        rows.add_row(str(place), *values, bar)
    return rows


def _places(count: int) -> list[int]:
    """Up to LISTED places from 1 to count: all of few, else the powers of two and the last."""
    if count <= LISTED:
        return list(range(1, count + 1))
    return [*(1 << i for i in range(count.bit_length()) if 1 << i < count), count]
