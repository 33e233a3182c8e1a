"""A leak check as CSV and as tables."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TextIO

from dedupe.console import counted, rich_console, shown_rows
from dedupe.model.judgement import COPIES, kinds
from dedupe.model.leaks import Leaked, LeakGroup, Leaks
from dedupe.model.numbers import number
from dedupe.model.paths import path_fields
from dedupe.report import lines
from dedupe.report.csv import write_rows

if TYPE_CHECKING:
    from rich.console import Console

    from dedupe.model import File


def write_csv(result: Leaks, stream: TextIO, safe: bool = False) -> None:
    """One row a pair of a training and a test picture; a path that is not UTF-8 has `train_b64` or `test_b64` too.

    `safe` as in `csv.write_rows`.
    """
    distances = [f"distance:{name}" for name in result.header.thresholds]
    columns = [
        "train",
        "train_b64",
        "train_label",
        "test",
        "test_b64",
        "test_label",
        *distances,
        "kind",
        "why",
        "turn",
        "other_label",
        *([] if result.summary.new is None else ["known"]),
    ]
    rows = [_row(group, one) for group in result.groups for one in group.members]
    used = [name for name in columns if not name.endswith("_b64") or any(name in row for row in rows)]
    write_rows([used, *([row.get(name, "") for name in used] for row in rows)], stream, safe)


def _row(group: LeakGroup, one: Leaked) -> dict[str, object]:
    far = {f"distance:{name}": number(value) for name, value in one.distance.items()}
    labels = {"train_label": group.label or "", "test_label": one.label or ""}
    paths = {**path_fields(group.kept.path, "train"), **path_fields(one.file.path, "test")}
    return {
        **paths,
        **labels,
        **far,
        "kind": one.kind or "",
        "why": one.why,
        "turn": one.turn,
        "other_label": group.crosses(one),
        "known": one.known,
    }


def write_table(result: Leaks, stream: TextIO) -> None:
    """What a page or file is summed up by, then the groups."""
    console = rich_console(stream)
    write_summary(result, stream)
    count, groups = lines.numbered(result)
    for id_, group in islice(groups, shown_rows(count)):
        console.print(f"\ngroup {id_}", style="bold")
        _picture(console, group.kept, group.label, "kept" if result.one_set else "training", "green")
        for one in group.members:
            new = lines.new_or_known(one, result.summary)
            said = ", ".join(
                filter(None, (new, *lines.how(one.distance, one.kind, one.turn), one.why, _note(group, one)))
            )
            _picture(console, one.file, one.label, said)
    lines.rest(console, count, "groups")


def _picture(console: Console, file: File, label: str | None, said: str, style: str = "") -> None:
    lines.path_line(console, file.path, "  ", style)
    lines.folded(console, f"{label}: {said}" if label else said, "      ", style)


def _note(group: LeakGroup, one: Leaked) -> str:
    """Where a match stands under another label."""
    return "other label" if group.crosses(one) else ""


def write_summary(result: Leaks, stream: TextIO) -> None:
    """The counts, and what has to be said of them."""
    console = rich_console(stream)
    for name, value in facts(result):
        lines.folded(console, f"{name}: {value}")
    if turned := lines.turned(result.header, result.summary.groups):
        lines.folded(console, turned)
    lines.notes(console, result.header)
    lines.failures(console, result.failures)


def facts(result: Leaks) -> list[tuple[str, str]]:
    """The counts in words."""
    made, header = result.summary, result.header
    labels = ", ".join(f"{name} {count:,}" for name, count in made.labels.items())
    false, most = header.expected_false_pairs, "at most " if header.expected_at_most else ""
    rows = [
        ("found" if result.one_set else "leaked", _found(result)),
        ("beside the baseline", lines.beside_baseline(made)),
        ("by label", labels),
        ("under another label", f"{made.cross_label:,}" if made.labels else ""),
        ("besides", "; ".join(lines.refused(made, kinds(header.options.get("kind", ()))))),
        ("pairs looked at" if header.judged else "threshold", lines.limits(header)),
        ("false matches expected", "" if false is None else f"{most}{false:.2g}"),
        ("left out", lines.left_out(made.others, made.suffixes).removeprefix("not scanned: ")),
        ("failures", lines.unusable(made.failures)),
        ("seconds", ", ".join(f"{stage} {value:.2f}" for stage, value in made.seconds.items())),
    ]
    return [(name, value) for name, value in rows if value]


def _found(result: Leaks) -> str:
    made = result.summary
    if result.one_set:
        copies = set(kinds(result.header.options.get("kind", ()))) <= set(COPIES)
        words = ("duplicate", "duplicates") if copies else ("match", "matches")
        found = (
            f"{counted(made.leaked, *words)} in {counted(made.groups, 'group', 'groups')}"
            if made.leaked
            else f"no {words[1]}"
        )
        return f"{found} among {counted(made.train, 'picture', 'pictures')}"
    share = f" ({made.leaked / made.test:.2%})"
    found = (
        f"{made.leaked:,} of {made.test:,} test pictures{share} match {made.groups:,} of {made.train:,} for training"
    )
    return found if made.leaked else f"none of {made.test:,} test pictures"
