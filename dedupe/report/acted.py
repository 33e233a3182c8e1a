"""What came of applying a plan, or of taking it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from dedupe.console import counted, rich_console, shown, shown_rows, unbroken, visible
from dedupe.model.acted import ALREADY, DONE, FAILED, REFUSED, WOULD, Acted, Outcome
from dedupe.model.paths import path_fields
from dedupe.report import relative, size_text
from dedupe.report.json import write_lines
from dedupe.report.lines import folded

if TYPE_CHECKING:
    from rich.console import Console

FORMAT = 1
WORDS = {"gps": "GPS"}

FEW = 10
"""Files of a kind that are named unless all are asked for."""


def write_json(acted: Acted, stream: TextIO) -> None:
    """Writes a line a file, and the counts last."""
    write_lines(_records(acted), stream)


def _records(acted: Acted) -> Iterator[dict[str, Any]]:
    about = {"command": acted.command, "action": acted.action, "dry_run": acted.dry}
    yield {"type": "header", "format": FORMAT, **about}
    for one in acted.outcomes:
        others = (("kept", one.kept), ("sidecar", one.sidecar))
        names = path_fields(one.path) | {
            k: v for name, path in others if path for k, v in path_fields(path, name).items()
        }
        facts = {"kind": one.kind, "companions": one.companions, "bytes": one.size, "only": list(one.only)}
        yield {"type": "outcome", "state": one.state, **names, **facts, "reason": one.reason, "message": one.message}
    yield {
        "type": "summary",
        "done": len(acted.of(DONE, WOULD)),
        "already_done": len(acted.of(ALREADY)),
        "refused": dict(Counter(one.reason for one in acted.of(REFUSED))),
        "failed": dict(Counter(one.reason for one in acted.of(FAILED))),
        "bytes": _size(acted),
        "freed": 0 if acted.dry or acted.frees == "later" or acted.command == "undo" else _size(acted),
        "stopped": acted.stopped,
        "journal": acted.journal,
        "undo": undo_command(acted),
    }


def write_table(acted: Acted, stream: TextIO) -> None:
    """Writes what is done or would be, what is left and why, of each the first few, and what it comes to."""
    console = rich_console(stream)
    done = acted.of(DONE, WOULD)
    for one in done[: shown_rows(len(done), FEW)]:
        about = "" if acted.command == "undo" else _about(one)
        folded(console, f"{acted.sentence.format(_name(one.path))}{about}", hanging="    ")
    _rest(console, len(done), "files", f"{_name(acted.at)} names" if acted.at else "-v names")
    left = acted.of(REFUSED, FAILED)
    for one in left[: shown_rows(len(left), FEW)]:
        folded(console, f"left: {_name(one.path)}: {_text(one.message)}", hanging="    ")
    again = acted.command == "apply" and not acted.dry
    _rest(console, len(left), "files are left", "dedupe apply -v without --yes names" if again else "-v names")
    console.print()
    for text in _summary(acted):
        folded(console, text)


def _rest(console: Console, count: int, what: str, how: str) -> None:
    if more := count - shown_rows(count, FEW):
        folded(console, f"... {more:,} more {what}; {how} them all", hanging="    ")


def _summary(acted: Acted) -> Iterator[str]:
    """The counts, and what to do next."""
    done = acted.of(DONE, WOULD)
    yield _what(acted, len(done) + sum(one.companions for one in done))
    if already := acted.of(ALREADY):
        yield f"{counted(len(already), 'file is', 'files are')} done already"
    reasons = Counter(f"{one.reason}" for one in acted.of(REFUSED, FAILED))
    if reasons:
        yield f"left as they are: {', '.join(f'{count:,} {why}' for why, count in reasons.most_common())}"
    if acted.stopped:
        yield f"It was stopped: {acted.stopped}"
    if acted.dry and any(one.only and not one.sidecar for one in done):
        yield "what only they have (date, GPS, ...) goes with them; --merge-metadata saves it beside what stays"
    if undo_command(acted):
        yield f"to take it back: {unbroken(undo_command(acted))}"


def undo_command(acted: Acted) -> str:
    """The command that takes back what was done, nothing where there is none."""
    if acted.command != "apply" or acted.dry or not acted.undoable or not acted.of(DONE):
        return ""
    return f"dedupe undo {acted.journal}"


def _what(acted: Acted, files: int) -> str:
    if not files:
        return "Nothing was brought back." if acted.command == "undo" else "Nothing is done."
    them = f"{counted(files, 'file', 'files')}, {size_text(_size(acted))}"
    if acted.command == "undo":
        return f"{them}: {'the copies are in the trash' if acted.action == 'import' else 'brought back'}"
    said = acted.sentence.replace(" {}", "")
    if acted.dry:
        return f"{them}: {said}. Nothing was done yet; add --yes to do it."
    if acted.action == "trash":
        return f"{them}: in the trash; emptying it frees them."
    freed = "this freed them." if acted.frees == "now" else "nothing is freed before that is emptied."
    return f"{them}: {said}, done; {freed}"


def _size(acted: Acted) -> int:
    return sum(one.size for one in acted.of(DONE, WOULD))


def _about(one: Outcome) -> str:
    """What stays for it, and what goes along."""
    if one.kept is None:
        return ""
    along = f", with {counted(one.companions, 'companion', 'companions')}" if one.companions else ""
    to = f", written to {_name(one.sidecar)}" if one.sidecar else ""
    only = f"; only it has: {', '.join(WORDS.get(word, word) for word in one.only)}{to}" if one.only else ""
    return f"; {_name(one.kept)} stays ({one.kind or 'by hand'}{along}){only}"


def _name(path: bytes) -> str:
    """A path that is never broken."""
    return unbroken(shown(relative(path)))


def _text(message: str) -> str:
    """A message on one line; it may have a file's name in it."""
    return visible(message).replace("\n", "\\x0a")


__all__ = ["write_json", "write_table"]
