"""Results for people: totals first, then what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from dedupe import model
from dedupe.console import counted, rich_console, shown_rows, wants_details
from dedupe.model.judgement import COPIES, kinds
from dedupe.model.records import descriptor
from dedupe.report import distance_text, lines, pair, size_text
from dedupe.report.grid import table

if TYPE_CHECKING:
    from typing import TypeAlias

    from rich.console import Console

    from dedupe.model import Calibrated, Compared, Comparison, Described, Evaluation, Found, Group, Judged, Scan

    Result: TypeAlias = Scan | Found | Compared | Described | Evaluation | Judged | Calibrated


OTHERS = {"variant": ("variant", "variants"), "similar": ("other shot", "other shots")}
"""Members that are no duplicates, by kind: one, several."""


def write(result: Result, stream: TextIO) -> None:
    """Writes a result for people: what it comes to, then what was found; of many groups those that free most."""
    console = rich_console(stream)
    if isinstance(result, model.Compared):
        _compared(console, result)
        return
    write_summary(result, stream)
    match result:
        case model.Scan():
            _groups(console, result)
        case model.Found():
            _matches(console, result)
        case model.Described():
            _descriptions(console, result)
        case _:
            from dedupe.report.evaluation_table import write_evaluated

            write_evaluated(result, console)


def write_summary(result: Result, stream: TextIO) -> None:
    """Writes what a result begins with, and what stdout gets when the result goes to a file."""
    console = rich_console(stream)
    match result:
        case model.Scan():
            lines.totals(console, _found(result), result.header, result.summary)
        case model.Found():
            lines.totals(console, _matching(result), result.header, result.summary)
        case model.Compared():
            lines.folded(console, pair.sentence(result))
            lines.folded(console, verdict(result.comparisons))
            lines.notes(console, result.header)
        case model.Evaluation():
            from dedupe.report.evaluation_table import write_outcome

            write_outcome(result, console)
            lines.notes(console, result.header)
        case _:
            lines.totals(console, [], result.header, result.summary)
    lines.failures(console, result.failures)


def _found(result: Scan) -> Sequence[str]:
    counts, listed = result.summary, kinds(result.header.options.get("kind", ()))
    beside = [_beside(name, counts.kinds.get(name, 0)) for name in OTHERS if name in listed]
    if counts.groups:
        groups = (
            counted(counts.groups, "group", "groups"),
            counted(counts.duplicates, "duplicate", "duplicates"),
            *beside,
        )
        them = "the duplicates" if any(beside) else "them"
        found = f"{', '.join(filter(None, groups))}{lines.freeing(result, them)}"
    else:
        found = f"no {_sought(listed)} among {counted(counts.files, 'picture', 'pictures')}" if counts.files else ""
    turned = lines.turned(result.header, counts.groups) if counts.files > 1 else ""
    beside_it = lines.beside_baseline(counts)
    beside_it = beside_it and f"beside the baseline: {beside_it}"
    return found, lines.planned(counts), *lines.whole_folders(counts), beside_it, *lines.refused(counts, listed), turned


def _sought(listed: Collection[str]) -> str:
    """What a scan that found none of it was to list."""
    copies = [f"{kind} copies" for kind in COPIES if kind in listed]
    words = ["duplicates"] if len(copies) == len(COPIES) else copies
    return " or ".join([*words, *(several for kind, (_, several) in OTHERS.items() if kind in listed)])


def _beside(kind: str, count: int) -> str:
    """So many pictures of a kind that is none of copies."""
    return counted(count, *OTHERS[kind]) if count else ""


def _matching(result: Found) -> Sequence[str]:
    count, searched = len(result.matches), result.summary.files
    among = f"among {counted(searched, 'picture', 'pictures')}"
    asked = result.header.options
    if count and asked.get("nearest") and not asked.get("kind"):
        copies = sum(one.kind in COPIES for one in result.matches)
        which = f"{copies} of them {'a copy' if copies == 1 else 'copies'}" if copies else "none of them a copy"
        nearest = "nearest" if count == 1 else f"{count:,} nearest"
        found = (
            f"the {nearest} of {counted(searched, 'picture', 'pictures')}{f'; {which}' if result.header.judged else ''}"
        )
    elif count:
        found = f"{counted(count, 'match', 'matches')} {among}"
    else:
        hint = "" if result.header.options.get("nearest") else "; -n 5 shows the nearest, however far"
        found = f"no match {among}{hint}" if searched else "no match"
    return found, lines.turned(result.header, count) if searched else ""


def _groups(console: Console, result: Scan) -> None:
    count, groups = lines.numbered(result)
    for number, group in islice(groups, shown_rows(count)):
        console.print(f"\ngroup {number}: {_size(group)}", style="bold")
        lines.picture(console, group.kept, ["kept"], "green", group.why)
        for one in group.members:
            said = [lines.new_or_known(one, result.summary), *lines.how(one.distance, one.kind, one.turn)]
            lines.picture(console, one.file, said, why=one.why, spare=lines.distances(one.distance))
    lines.rest(console, count, "groups, which free less")


def _size(group: Group) -> str:
    """How many members a group has, and what removing its duplicates frees."""
    numbers = Counter(member.kind if member.kind in OTHERS else "" for member in group.members)
    copies = [member.file for member in group.members if member.kind not in OTHERS]
    size = sum(file.frees for file in copies)
    said = [counted(len(copies), "duplicate", "duplicates"), size_text(size) if size else ""] if copies else []
    return ", ".join(filter(None, [*said, *(_beside(kind, numbers[kind]) for kind in OTHERS)]))


def _matches(console: Console, result: Found) -> None:
    if result.matches:
        console.print()
    asked = "nearest" in result.header.options  # then there are as many as were asked for
    for one in result.matches if asked else islice(result.matches, shown_rows(len(result.matches))):
        said = lines.how(one.distance, one.kind, one.turn)
        lines.picture(console, one.file, said, why=one.why, spare=lines.distances(one.distance))
    if not asked:
        lines.rest(console, len(result.matches), "matches, which are farther")


def verdict(comparisons: Sequence[Comparison]) -> str:
    """Whether two pictures match by what descriptors say of each, in one sentence."""
    matching = [one.descriptor for one in comparisons if one.match]
    if len(comparisons) == 1:
        (one,) = comparisons
        how = f"distance {_distance(one)}, threshold {distance_text(one.threshold)}"
        return f"By {one.descriptor} alone they {'match' if one.match else 'do not match'}: {how}."
    several = f"{len(comparisons)} descriptors"
    if not matching:
        return f"By distance alone they match by {'neither descriptor' if len(comparisons) == 2 else f'none of {several}'}."
    if len(matching) == len(comparisons):
        return (
            f"By distance alone they match by {'both' if len(matching) == 2 else f'all {len(matching)}'} descriptors."
        )
    few = f" ({', '.join(matching)})" if len(matching) < 4 else ""
    return f"By distance alone they match by {len(matching)} of {several}{few}."


def _distance(one: Comparison) -> str:
    return "undefined" if one.distance != one.distance else distance_text(one.distance)


def _compared(console: Console, result: Compared) -> None:
    """What two pictures are to each other, under -v what the judge saw, then what descriptors say, and notes on these."""
    lines.folded(console, pair.sentence(result))
    _evidence(console, result)
    lines.folded(console, verdict(result.comparisons))
    _comparisons(console, result)
    lines.notes(console, result.header)
    lines.failures(console, result.failures)


def _evidence(console: Console, result: Compared) -> None:
    """Under -v: what the judge saw."""
    if result.judgement is None or not wants_details():
        return
    rows = table("evidence", "", whole=("evidence",))
    for row in pair.evidence(result):
        rows.add_row(*row)
    console.print(rows)


def _comparisons(console: Console, result: Compared) -> None:
    turned = any(one.turn != "none" for one in result.comparisons)
    names = ("descriptor", "distance", "threshold", "match", *(["turn"] if turned else []))
    rows = table(*names, right=("distance", "threshold"))
    for one in result.comparisons:
        figures = _distance(one), distance_text(one.threshold), "yes" if one.match else "no"
        rows.add_row(one.descriptor, *figures, *(["" if one.turn == "none" else one.turn] if turned else []))
    console.print(rows)


def _descriptions(console: Console, result: Described) -> None:
    last = None
    for one in result.descriptions:
        if one.path != last:
            console.print()
            lines.path_line(console, one.path)
        last = one.path
        record = descriptor(one)
        value = record["hex"] if "hex" in record else " ".join(f"{number:.4g}" for number in one.values[:8]) + " ..."
        lines.line(console, f"  {one.name}  {value}")
