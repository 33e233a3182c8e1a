"""What an import copies and what it need not, as JSON lines and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from dedupe.console import counted, rich_console, shown, shown_rows
from dedupe.model.imports import COMPANION, OTHER, PICTURE, Copy, Import
from dedupe.model.paths import path_fields
from dedupe.model.records import failure
from dedupe.report import own_text, size_text
from dedupe.report.json import write_lines
from dedupe.report.lines import failures, folded, left_out, path_line, rest

if TYPE_CHECKING:
    from rich.console import Console

NOUNS = {
    PICTURE: ("picture", "pictures"),
    COMPANION: ("companion", "companions"),
    OTHER: ("other file", "other files"),
}


def write_json(made: Import, stream: TextIO) -> None:
    """One line a copy, a file that the library has, a likeness and a failure; the summary last."""
    write_lines(_records(made), stream)


def _records(made: Import) -> Iterator[dict[str, Any]]:
    done = None if made.done is None else set(made.done)
    for copy in made.copies:
        names = path_fields(copy.source) | path_fields(copy.target, "to")
        about = {"what": copy.what, "bytes": copy.size, "digest": copy.digest}
        yield {"type": "copy", **names, **about, "done": done is not None and copy in done}
    for one in made.held:
        yield {"type": "held", **path_fields(one.path), **path_fields(one.place, "place"), "kind": one.kind}
    for like in made.likenesses:
        names = path_fields(like.path) | path_fields(like.place, "place")
        yield {"type": "likeness", **names, "kind": like.kind, "why": like.why}
    yield from map(failure, (*made.unread, *made.failures))
    yield {
        "type": "summary",
        **path_fields(made.card, "card"),
        **path_fields(made.library, "library"),
        "copies": len(made.copies),
        "bytes": sum(copy.size for copy in made.copies),
        "done": None if made.done is None else len(made.done),
        "held": len(made.held),
        "left": dict(made.left),
        "others": dict(made.others),
        "complete": made.complete,
        "journal": made.journal,
        "own_calibrations": list(made.own_calibrations),
    }


def write_table(made: Import, stream: TextIO) -> None:
    """What is copied where, what the library has, what is only like one of its pictures; at last whether all is there."""
    console = rich_console(stream)
    copies = made.copies if made.done is None else made.done
    _copies(console, copies, made.done is not None)
    if made.held:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in Counter(each.kind for each in made.held).items())
        folded(console, f"The library has {counted(len(made.held), 'file', 'files')} of the card already: {kinds}.")
    _likenesses(console, made)
    if made.unread:
        what = counted(len(made.unread), "picture", "pictures")
        folded(
            console,
            f"{what} could not be read or compared, and {'is' if len(made.unread) == 1 else 'are'} copied as any.",
        )
    if own := own_text(made.own_calibrations):
        folded(console, f"calibration: {own}")
    failures(console, made.failures)
    console.print()
    for sentence in last_words(made):
        folded(console, sentence)


def _copies(console: Console, copies: Sequence[Copy], done: bool) -> None:
    kinds = Counter(copy.what for copy in copies)
    what = ", ".join(counted(kinds[kind], *NOUNS[kind]) for kind in NOUNS if kinds[kind])
    size = size_text(sum(copy.size for copy in copies))
    head = f"{what}; {size}" if copies else "nothing"
    console.print(f"{'copied' if done else 'to copy'}: {head}", style="bold")
    for copy in copies[: shown_rows(len(copies))]:
        path_line(console, copy.source, "  ")
        path_line(console, copy.target, "    to ")
    rest(console, len(copies), "copies")


def _likenesses(console: Console, made: Import) -> None:
    if not made.likenesses:
        return
    folded(
        console, f"{counted(len(made.likenesses), 'picture is', 'pictures are')} like one of the library, and copied:"
    )
    for like in made.likenesses[: shown_rows(len(made.likenesses))]:
        path_line(console, like.path, "  ")
        path_line(console, like.place, f"    {like.kind}{f', {like.why}' if like.why else ''}: ")
    rest(console, len(made.likenesses), "likenesses")


def last_words(made: Import) -> list[str]:
    """What is not copied, what to do next, and whether everything on the card is in the library."""
    card, library = shown(made.card), shown(made.library)
    left = left_out({"other files": sum(made.left.values()), **made.others}, made.left).removeprefix("not scanned: ")
    how = "; --all-files copies files of other types" if made.left else ""
    words = [f"not copied: {left}{how}."] if left else []
    if made.done is None and made.copies:
        words.append("Nothing was copied yet: --yes does it.")
        return [*words, f"Then {'' if made.complete else 'not '}everything on {card} is in {library}."]
    if made.journal:
        words.append(f"dedupe undo {made.journal} takes it back.")
    return [*words, f"{'E' if made.complete else 'Not e'}verything on {card} is in {library}."]
