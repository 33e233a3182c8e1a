"""Tables for people, by rich."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

from dedupe import model
from dedupe.console import rich_console, shown, shown_notes, shown_rows
from dedupe.model.records import descriptor
from dedupe.report import distance_text, own_text, relative, size_text
from dedupe.report.grid import table

if TYPE_CHECKING:
    from typing import TypeAlias

    from rich.console import Console

    from dedupe.model import (
        Calibrated,
        Compared,
        Described,
        Evaluation,
        Failure,
        File,
        Found,
        Group,
        Judged,
        Member,
        Scan,
        Summary,
    )

    Result: TypeAlias = Scan | Found | Compared | Described | Evaluation | Judged | Calibrated

BESIDE = 56
"""Characters that a table of pictures needs beside the distances."""

__all__ = ["distance_columns", "table", "write", "write_failures", "write_summary"]


def write(result: Result, stream: TextIO) -> None:
    """Writes a result as tables; of a scan with many groups those that free most."""
    console = rich_console(stream)
    match result:
        case model.Scan():
            _groups(console, result.groups)
        case model.Found():
            _matches(console, result)
        case model.Compared():
            _comparisons(console, result)
        case model.Described():
            _descriptions(console, result)
        case _:
            from dedupe.report.evaluation_table import write_evaluated

            write_evaluated(result, console)
    write_summary(result, stream)


def write_summary(result: Result, stream: TextIO) -> None:
    """Writes what the table ends with, and what stdout gets when the result goes to a file."""
    console = rich_console(stream)
    write_failures(console, result.failures)
    for note in shown_notes(result.header.notes):
        console.print(note, style="yellow")
    if isinstance(result, model.Scan):
        _totals(console, result)
        return
    if own := own_text(result.header.own_calibrations):
        console.print(f"calibration: {own}")
    if isinstance(result, model.Evaluation):
        from dedupe.report.evaluation_table import write_outcome

        write_outcome(result, console)


def _groups(console: Console, groups: Sequence[Group]) -> None:
    if not len(groups):
        return
    most = shown_rows(len(groups))
    names = list(
        dict.fromkeys(name for group in islice(groups, most) for one in group.members for name in one.distance)
    )
    heads, distances = distance_columns(console, names)
    rows = table("group", "picture", "size", "pixels", *heads, "note", right=("group", "size", "pixels", *names))
    for number, group in enumerate(islice(groups, most), 1):
        rows.add_row(str(number), *_file(group.kept), *("" for _ in heads), _note(group.kept, "keep"), style="green")
        for member in group.members:
            rows.add_row("", *_file(member.file), *distances(member.distance), _note(member.file, _how(member)))
        rows.add_section()
    console.print(rows)
    if len(groups) > most:
        console.print(f"… and {len(groups) - most:,} more groups that free less; -v shows them all.\n")


def _file(file: File) -> tuple[str, str, str]:
    return shown(relative(file.path)), size_text(file.size), f"{file.width}x{file.height}"


def distance_columns(
    console: Console, names: Sequence[str]
) -> tuple[Sequence[str], Callable[[Mapping[str, float]], list[str]]]:
    """The heads of the columns for the distances by these descriptors, and what fills them: a column each where there is
    room beside the picture, else one for all.
    """
    if sum(len(name) + 2 for name in names) <= console.width - BESIDE:
        return names, lambda far: [distance_text(far[name]) if name in far else "-" for name in names]
    return ["distances"], lambda far: ["\n".join(f"{name} {distance_text(far[name])}" for name in names if name in far)]


def _how(member: Member) -> str:
    return ", ".join(word for word in (member.kind, member.turn if member.turn != "none" else None) if word)


def _note(file: File, word: str) -> str:
    links = f"{len(file.links)} hard link{'s' if len(file.links) > 1 else ''}" if file.links else ""
    return ", ".join(part for part in (word, links) if part)


def _matches(console: Console, result: Found) -> None:
    if not result.matches:
        console.print("No picture within the threshold.")
        return
    names = list(dict.fromkeys(name for match in result.matches for name in match.distance))
    heads, distances = distance_columns(console, names)
    rows = table("picture", "size", "pixels", *heads, "note", right=("size", "pixels", *names))
    for match in result.matches:
        one = model.Member(match.file, match.distance, match.turn)
        rows.add_row(*_file(match.file), *distances(match.distance), _note(match.file, _how(one)))
    console.print(rows)


def _comparisons(console: Console, result: Compared) -> None:
    rows = table("descriptor", "distance", "threshold", "match", "note", right=("distance", "threshold"))
    for one in result.comparisons:
        distance = "undefined" if one.distance != one.distance else distance_text(one.distance)
        turn = "" if one.turn == "none" else one.turn
        rows.add_row(one.descriptor, distance, distance_text(one.threshold), "yes" if one.match else "no", turn)
    console.print(rows)


def _descriptions(console: Console, result: Described) -> None:
    rows = table("picture", "descriptor", "value")
    for one in result.descriptions:
        record = descriptor(one)
        value = record["hex"] if "hex" in record else " ".join(f"{number:.4g}" for number in one.values[:8]) + " …"
        rows.add_row(shown(relative(one.path)), one.name, value)
    console.print(rows)


def write_failures(console: Console, failures: Sequence[Failure]) -> None:
    """Writes the files that could not be used, if there are any."""
    if not failures:
        return
    most = shown_rows(len(failures))
    rows = table("could not be used", "reason", "message")
    for failure in islice(failures, most):
        rows.add_row(shown(relative(failure.path)), failure.reason, failure.message)
    console.print(rows)
    if len(failures) > most:
        console.print(f"… and {len(failures) - most:,} more; -v shows them all.\n")


def _totals(console: Console, result: Scan) -> None:
    summary = result.summary
    used = ", ".join(f"{name} <= {distance_text(value)}" for name, value in result.header.thresholds.items())
    rows = table("summary", "", show_header=False)
    false = result.header.expected_false_pairs
    expected = "not known" if false is None else f"{false:.2g}"
    own = own_text(result.header.own_calibrations)
    last = [("near means", used), ("false pairs expected", expected), *([("calibration", own)] if own else [])]
    for name, value in [*_summary_rows(summary), *last]:
        rows.add_row(name, value)
    console.print(rows)


def _summary_rows(summary: Summary) -> list[tuple[str, str]]:
    def counts(found: Any) -> str:
        return ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in sorted(found.items()))

    found = f"{summary.groups:,} with {summary.duplicates:,} duplicates; they take {size_text(summary.freeable)}"
    rows = [
        ("files", f"{summary.files:,} ({summary.contents:,} contents, {summary.described:,} described now)"),
        ("groups", found if summary.groups else "none"),
        ("failures", counts(summary.failures)),
        ("left out", counts(summary.others)),
        ("seconds", ", ".join(f"{stage} {value:.2f}" for stage, value in summary.seconds.items())),
    ]
    return [(name, value) for name, value in rows if value]
