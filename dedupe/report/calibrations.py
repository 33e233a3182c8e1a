"""Null distributions that were measured, as JSON lines and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from dedupe.console import rich_console
from dedupe.console import shown as shown_path
from dedupe.model import Null
from dedupe.model.evaluation import RATES
from dedupe.model.evaluation_records import calibration
from dedupe.report import distance_text
from dedupe.report.grid import table
from dedupe.report.json import write_lines

if TYPE_CHECKING:
    from rich.table import Table


def rows(made: Sequence[Null]) -> Table:
    """One row a calibration: what it was measured on, and the distances for some shares of unrelated pairs."""
    names = ("descriptor", "pictures", "pairs", "checked to", *(f"t {rate}" for rate in RATES))
    found = table(*names, "key", "file", right=names[1:])
    for one in made:
        counts = f"{one.pictures:,}", f"{one.pairs:,}", f"{one.checked:.1g}"
        near = [distance_text(one.distance[rate]) for rate in RATES]
        found.add_row(one.label, *counts, *near, one.key, shown_path(one.path))
    return found


def write_json(made: Sequence[Null], stream: TextIO) -> None:
    """One line a calibration."""
    write_lines(map(calibration, made), stream)


def write_table(made: Sequence[Null], stream: TextIO) -> None:
    """The rows, or that there are none."""
    console = rich_console(stream)
    console.print(
        rows(made) if made else "You have made no calibrations; those that ship with dedupe and its plugins are used."
    )
