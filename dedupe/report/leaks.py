"""A leak check as CSV and as tables."""

from __future__ import annotations

from itertools import islice
from typing import TextIO

from dedupe.console import rich_console, shown, shown_notes, shown_rows
from dedupe.model.leaks import Leaked, LeakGroup, Leaks
from dedupe.model.numbers import number
from dedupe.model.paths import path_fields
from dedupe.report import distance_text, own_text, relative
from dedupe.report.csv import write_rows
from dedupe.report.grid import table
from dedupe.report.table import distance_columns, write_failures


def write_csv(result: Leaks, stream: TextIO, safe: bool = False) -> None:
    """One row a pair of a training and a test picture; a path that is not UTF-8 has `train_b64` or `test_b64` too.

    `safe` as in `csv.write_rows`.
    """
    distances = [f"distance:{name}" for name in result.header.thresholds]
    columns = ["train", "train_b64", "train_label", "test", "test_b64", "test_label", *distances, "kind", "turn"]
    rows = [_row(group, one) for group in result.groups for one in group.members]
    used = [name for name in columns if not name.endswith("_b64") or any(name in row for row in rows)]
    write_rows([used, *([row.get(name, "") for name in used] for row in rows)], stream, safe)


def _row(group: LeakGroup, one: Leaked) -> dict[str, object]:
    far = {f"distance:{name}": number(value) for name, value in one.distance.items()}
    labels = {"train_label": group.label or "", "test_label": one.label or ""}
    paths = {**path_fields(group.kept.path, "train"), **path_fields(one.file.path, "test")}
    return {**paths, **labels, **far, "kind": one.kind or "", "turn": one.turn}


def write_table(result: Leaks, stream: TextIO) -> None:
    """The groups, then what a page or file is summed up by."""
    console = rich_console(stream)
    names = list(result.header.thresholds)
    if len(result.groups):
        most = shown_rows(len(result.groups))
        heads, far = distance_columns(console, names)
        rows = table("group", "picture", "label", *heads, "note", right=("group", *names))
        for id_, group in enumerate(islice(result.groups, most), 1):
            kept = shown(relative(group.kept.path))
            rows.add_row(str(id_), kept, group.label or "", *("" for _ in heads), "train", style="green")
            for one in group.members:
                rows.add_row("", shown(relative(one.file.path)), one.label or "", *far(one.distance), note(group, one))
            rows.add_section()
        console.print(rows)
        if len(result.groups) > most:
            console.print(f"… and {len(result.groups) - most:,} more groups; -v shows them all.\n")
    write_summary(result, stream)


def note(group: LeakGroup, one: Leaked) -> str:
    """What else is to be said of a match: its kind, its turn, another label."""
    other = "other label" if one.label and group.label and one.label != group.label else ""
    return ", ".join(filter(None, (one.kind or "", "" if one.turn == "none" else one.turn, other)))


def write_summary(result: Leaks, stream: TextIO) -> None:
    """Failures, notes and counts as tables."""
    console = rich_console(stream)
    write_failures(console, result.failures)
    for text in shown_notes(result.header.notes):
        console.print(text, style="yellow")
    rows = table("summary", "", show_header=False)
    for name, value in facts(result):
        rows.add_row(name, value)
    console.print(rows)


def facts(result: Leaks) -> list[tuple[str, str]]:
    """The counts in words."""
    made = result.summary
    share = f" ({made.leaked / made.test:.2%})" if made.test else ""
    found = (
        f"{made.leaked:,} of {made.test:,} test pictures{share} match {made.groups:,} of {made.train:,} for training"
    )
    labels = ", ".join(f"{name} {count:,}" for name, count in made.labels.items())
    limits = ", ".join(f"{name} <= {distance_text(value)}" for name, value in result.header.thresholds.items())
    expected = result.header.expected_false_pairs
    rows = [
        ("leaked", found if made.leaked else f"none of {made.test:,} test pictures"),
        ("by label", labels),
        ("under another label", f"{made.cross_label:,}" if made.labels else ""),
        ("near means", limits),
        ("false pairs expected", "" if expected is None else f"{expected:.2g}"),
        ("calibration", own_text(result.header.own_calibrations)),
        ("failures", ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in made.failures.items())),
        ("seconds", ", ".join(f"{stage} {value:.2f}" for stage, value in made.seconds.items())),
    ]
    return [(name, value) for name, value in rows if value]
