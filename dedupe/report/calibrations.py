"""Null distributions that were measured, as JSON lines and for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from dedupe.console import rich_console
from dedupe.model import Null
from dedupe.model.evaluation import RATES
from dedupe.model.evaluation_records import calibration
from dedupe.report import distance_text, lines
from dedupe.report.json import write_lines
from dedupe.statistics import one_in

if TYPE_CHECKING:
    from rich.console import Console


def show(made: Sequence[Null], console: Console) -> None:
    """What each calibration was measured on, and the distances for some false-match rates."""
    for one in made:
        console.print(f"\n{one.label}", style="bold")
        counts = (
            f"{one.pictures:,} pictures, {one.pairs:,} pairs; false-match rates measured down to {one_in(one.checked)}"
        )
        lines.folded(console, counts, "  ")
        near = "; ".join(f"{distance_text(one.distance[rate])} for {one_in(share)}" for rate, share in RATES.items())
        lines.folded(console, f"distance by false-match rate: {near}", "  ")
        lines.line(console, f"  key {one.key}")
        lines.path_line(console, one.path, "  ")


def write_json(made: Sequence[Null], stream: TextIO) -> None:
    """One line a calibration."""
    write_lines(map(calibration, made), stream)


def write_table(made: Sequence[Null], stream: TextIO) -> None:
    """The calibrations, or that there are none."""
    console = rich_console(stream)
    if made:
        show(made, console)
    else:
        lines.folded(console, "You have made no calibrations; those that ship with dedupe and its plugins are used.")
