"""What tables for people say in lines: paths, the figures of a picture, and the totals of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dedupe.console import counted, fitting, shown, shown_notes, shown_rows, unbroken, wants_details
from dedupe.errors import install_hint
from dedupe.magic import CAMERA_RAW
from dedupe.model.judgement import CHANGED, COPIES, REMOVED
from dedupe.model.lists import AWAY, OUTSIDE
from dedupe.model.paths import path_of
from dedupe.report import distance_text, own_text, relative, size_text

if TYPE_CHECKING:
    from rich.console import Console

    from dedupe.model import Failure, File, Header, Member, Scan, Summary
    from dedupe.model.leaks import Leaked, Leaks, LeakSummary

LEFT_OUT = {
    "other files": ("file of another type", "files of other types"),
    "skipped folders": ("thumbnail or system folder", "thumbnail and system folders"),
    "symlinks": ("symbolic link", "symbolic links"),
    "special files": ("special file", "special files"),
    "folders not entered": ("subfolder", "subfolders"),
    "folders": ("listed folder", "listed folders"),
    "archives not opened": ("archive, which opens if it is named", "archives, which open if they are named"),
    "links": ("link in an archive", "links in archives"),
    "sparse files": ("sparse file in an archive", "sparse files in archives"),
    "rows without a picture": ("row without a picture", "rows without a picture"),
    "excluded": ("excluded file or folder", "excluded files and folders"),
    "too small": ("small file", "small files"),
    "too few pixels": ("small picture", "small pictures"),
}
"""What a walk leaves out, in words: reason -> one, several."""

NAMED = 8
"""Suffixes of files of other types that are named, the most frequent ones."""

FOLDERS = 3
"""Folders that are named of which another one has all pictures."""

SMALL = 2
"""Findings up to which a mirrored copy may be what is missing."""


def path_line(console: Console, path: bytes, indent: str = "", style: str = "") -> None:
    """A path on a line of its own, shortened in the middle where it would not fit."""
    line(console, indent + shortened(shown(relative(path)), console.width - len(indent)), style)


def line(console: Console, text: str, style: str = "") -> None:
    """Text that stays one line, however long."""
    console.print(text, style=style, soft_wrap=True)


def folded(console: Console, text: str, indent: str = "", style: str = "", hanging: str = "") -> None:
    """Text that is folded between words, with indents as `console.fitting` has them."""
    for each in fitting(text, max(20, console.width), indent, hanging):
        line(console, each, style)


def shortened(text: str, width: int) -> str:
    """Text without its middle where it is wider than a terminal has room for; of a path the end says most."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, width // 3).rstrip()
    tail = text
    while cell_len(tail) > width - cell_len(head) - 3:
        tail = tail[1:]
    return f"{head}...{tail}"


def picture(
    console: Console, file: File, notes: Iterable[str], style: str = "", why: str = "", spare: str = ""
) -> None:
    """A picture's path, and below it its size, its pixels and what else is to be said of it; with -v, or where the line has
    room, also why it is kept or not, if need be in place of the note `spare`, or at least what it is.
    """
    path_line(console, file.path, "  ", style)
    links = counted(len(file.links), "hard link", "hard links") if file.links else ""
    pixels = f"{file.width}x{file.height}"
    said = [note for note in (*notes, "protected" if file.protected else "", links) if note]
    text, short = (
        f"{size_text(file.size):>11}  {pixels:>12}  {', '.join(some)}".rstrip()
        for some in (said, [note for note in said if note != spare])
    )
    first = why.partition("; ")[0]
    whole = [f"{some}, {words}" for words in (why, first) for some in (text, short)] if why else []
    fit = whole if wants_details() else [one for one in whole if len(one) <= console.width]
    folded(console, (fit or [text])[0], "", style)


def distances(by_name: Mapping[str, float]) -> str:
    """The distances of a match: pdq 8, phash 2."""
    return ", ".join(f"{name} {distance_text(value)}" for name, value in by_name.items())


def how(distance: Mapping[str, float], kind: str | None, turn: str) -> Sequence[str]:
    """What is said of a match: its kind, its distances, and its turn, which of a copy that was looked at its reason says."""
    return (
        kind or "",
        "" if kind == "same-bytes" else distances(distance),
        "" if turn == "none" or kind in COPIES else turn,
    )


def rest(console: Console, count: int, what: str) -> None:
    """How to see what a table does not show."""
    if count > shown_rows(count):
        console.print(f"\n{count - shown_rows(count):,} more {what}; -v shows them all.")


def freeing(result: Scan, them: str = "them") -> str:
    """What removing the duplicates frees, in words that go on after their number; nothing where there are none."""
    counts = result.summary
    protected, rest = counts.protected, counts.duplicates - counts.protected
    if not counts.duplicates:
        return ""
    if not rest:
        return ", protected" if protected == 1 else ", all protected"
    of = f", {protected:,} of them protected" if protected else ""
    if not counts.freeable and any(one.file.within for group in result.groups for one in group.members):
        return f"{of}, in archives, which dedupe does not change"
    which = "the other" if of and rest == 1 else "the others" if of else "it" if rest == 1 else them
    if not counts.freeable and any(one.file.links for group in result.groups for one in group.members):
        return f"{of}; removing {which} frees nothing, for hard links go on naming the same bytes"
    return f"{of}; removing {which} frees {size_text(counts.freeable)}"


def planned(counts: Summary) -> str:
    """How many of the duplicates a plan keeps, since they are no equals; nothing where there are none, or not all are listed."""
    changed, equal = (sum(counts.kinds.get(kind, 0) for kind in kinds) for kinds in (CHANGED, REMOVED))
    if not changed or changed + equal != counts.duplicates:
        return ""
    if not equal:
        return "adjusted or edited, so that a plan keeps " + ("it" if changed == 1 else "them all")
    of = f"{changed:,} of the {counts.duplicates:,}"
    return (
        f"{of} is adjusted or edited; a plan keeps it"
        if changed == 1
        else f"{of} are adjusted or edited; a plan keeps them"
    )


def whole_folders(counts: Summary) -> Iterator[str]:
    """The first folders of which another one has all pictures, a line each."""
    for one in (counts.folders or ())[:FOLDERS]:
        names = [unbroken(f"{shown(relative(path_of(one, name)) or b'.')}/") for name in ("path", "in")]
        yield f"All {one['pictures']:,} pictures in {names[0]} are also in {names[1]}"


def pictures(summary: Summary) -> str:
    """How many pictures there were, and how many were analysed now."""
    copies = summary.files - summary.contents
    same = f" ({counted(copies, 'exact copy', 'exact copies')})" if copies else ""
    new = summary.described
    if not summary.files:
        return "no pictures"
    some = f"{new:,} newly analysed, the rest from the cache" if new else "all from the cache"
    known = "all newly analysed" if new >= summary.contents else some
    return f"{counted(summary.files, 'picture', 'pictures')}{same}; {known}"


def left_out(others: Mapping[str, int], suffixes: Mapping[str, int]) -> str:
    """What was not scanned, in words, files of other types by suffix; nothing where all was."""
    by_count = sorted(suffixes.items(), key=lambda each: (-each[1], each[0]))[:NAMED]
    words = [f"{count:,} {suffix}" for suffix, count in by_count]
    rest = {**others, "other files": others.get("other files", 0) - sum(count for _, count in by_count)}
    words += [counted(count, *LEFT_OUT.get(why, (why, why))) for why, count in sorted(rest.items()) if count > 0]
    return f"not scanned: {', '.join(words)}" if words else ""


def unread(suffixes: Mapping[str, int]) -> str:
    """What to install where there are cameras' RAW files; nothing where there are none."""
    found = sorted(CAMERA_RAW & suffixes.keys())
    return f"To scan the previews in {', '.join(found)}: {install_hint('raw')}." if found else ""


def unusable(reasons: Mapping[str, int]) -> str:
    """How many files could not be used, and why; nothing where all could."""
    count = sum(reasons.values())
    why = ", ".join(f"{number:,} {reason.replace('_', ' ')}" for reason, number in sorted(reasons.items()))
    how_to = "" if wants_details() else "; -v names them" if count > 1 else "; -v names it"
    return f"{counted(count, 'file', 'files')} could not be used ({why}){how_to}" if count else ""


def limits(header: Header) -> str:
    """The distances used: pdq distance 85 of 256 or less; nothing where none was used."""
    of = {name: f" of {bits}" for name, bits in header.bits.items()}
    used = [f"{name} distance {distance_text(value)}{of.get(name, '')}" for name, value in header.thresholds.items()]
    return f"{', '.join(used)} or less" if used else ""


def threshold(header: Header) -> str:
    """The distances used, and how many false matches are expected; nothing where none was used."""
    used = limits(header)
    if not used:
        return ""
    false, most = header.expected_false_pairs, "at most " if header.expected_at_most else ""
    many = "false matches expected: " + ("not known" if false is None else f"{most}{false:.2g}")
    return f"{'pairs looked at' if header.judged else 'threshold'}: {used}; {many}"


def turned(header: Header, found: int) -> str:
    """How to look for mirrored copies, where little was found without: those that a network proposes are found."""
    asked = header.options.get("turns", "none") != "none" or (header.judged and header.thresholds.keys() - header.bits)
    return "" if asked or found > SMALL else "Mirrored copies were not looked for; --turns=flips finds them."


def refused(summary: Summary | LeakSummary, listed: Collection[str]) -> Iterator[str]:
    """What a judge was asked about and does not call a duplicate, a line each; not the kinds that are `listed`."""
    if (count := summary.kinds.get("variant", 0)) and "variant" not in listed:
        what = counted(count, "picture shares its layout", "pictures share one layout")
        rest = "with another and differs" if count == 1 else "and differ"
        yield f"{what} {rest} in content: not listed (--kind variant lists {'it' if count == 1 else 'them'})"
    if (count := summary.kinds.get("similar", 0)) and "similar" not in listed:
        what = counted(count, "picture is another shot", "pictures are other shots")
        yield f"{what} of a scene: not listed (--kind similar lists {'it' if count == 1 else 'them'})"
    if summary.not_judged:
        yield f"{counted(summary.not_judged, 'picture', 'pictures')} could not be read again to be looked at: not listed"


def beside_baseline(summary: Summary | LeakSummary) -> str:
    """How many of what was found a baseline has not; nothing without one."""
    return "" if summary.new is None else f"{summary.new:,} new, {summary.known:,} known"


def numbered(result: Scan | Leaks) -> tuple[int, Iterator[tuple[int, Any]]]:
    """How many groups a table may list, and these with their numbers: beside a baseline those with something new, with -v all."""
    groups: Iterator[tuple[int, Any]] = enumerate(result.groups, 1)
    if result.summary.new is None or wants_details():
        return len(result.groups), groups
    new = [(number, group) for number, group in groups if not all(one.known for one in group.members)]
    return len(new), iter(new)


def new_or_known(one: Member | Leaked, summary: Summary | LeakSummary) -> str:
    """What a table says of a member beside a baseline."""
    return "" if summary.new is None else "known" if one.known else "new"


def totals(console: Console, first: Sequence[str], header: Header, summary: Summary) -> None:
    """The lines that a result begins with: what was found, in what, within which distance; then notes."""
    lines = [*first, pictures(summary), left_out(summary.others, summary.suffixes), unread(summary.suffixes)]
    lines += [unusable(summary.failures), threshold(header) if summary.files else ""]
    for text in filter(None, [*lines, seconds(summary.seconds)]):
        folded(console, text)
    notes(console, header)


def seconds(by_stage: Mapping[str, float]) -> str:
    """The time that each stage took."""
    return "seconds: " + ", ".join(f"{stage} {value:.2f}" for stage, value in by_stage.items()) if by_stage else ""


def notes(console: Console, header: Header) -> None:
    """What has to be said of how a result came about."""
    if own := own_text(header.own_calibrations):
        folded(console, f"calibration: {own}")
    for note in shown_notes(header.notes):
        folded(console, note, style="yellow")


def failures(console: Console, failed: Sequence[Failure]) -> None:
    """Under -v: the files that could not be used, and why; without it, how to have those used that a list alone leads to."""
    left = sum(one.message in (OUTSIDE, AWAY) for one in failed)
    if left and not wants_details():
        lead = counted(left, "row of a list leads", "rows of a list lead")
        folded(console, f"{lead} out of its folder; --follow-rows follows {'it' if left == 1 else 'them'}")
    if failed and wants_details():
        console.print("\ncould not be used", style="bold")
        for one in failed:
            path_line(console, one.path, "  ")
            folded(console, f"{one.reason.replace('_', ' ')}: {one.message}", "      ")
