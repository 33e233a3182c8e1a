"""A scan or a leak check as one self-contained page: groups side by side, to look at and to decide."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from dedupe.console import counted, progress, shown
from dedupe.describe.gather import load_plugins
from dedupe.model import Failure, File, Group, Run, Scan
from dedupe.model.judgement import REMOVED
from dedupe.model.leaks import LeakGroup, Leaks
from dedupe.model.plans import rows_of
from dedupe.pages import page, plain_rows
from dedupe.previews import Preview, previews
from dedupe.report import leaks, relative
from dedupe.report import lines as words
from dedupe.report.groups_shown import groups_shown, plan_shown

HERE = Path(__file__).parent
TEMPLATE = HERE / "groups_page.html.jinja"
STYLE = HERE / "groups_page.css"

GROUPS = 10_000
"""Most groups shown."""

FOLDERS = 8
"""Most folders that are named as scanned."""

FAILURES = 1_000
"""Most failures that are named."""


def write_scan(result: Scan, stream: TextIO, run: Run = Run()) -> None:  # noqa: B008 - it is frozen
    """Writes the page of a scan. Raises Interrupted, and DedupeError if no child can be started that makes small pictures."""
    groups = result.groups[:GROUPS]
    made = result.summary
    facts = [
        ("folders", _folders(result.header.roots)),
        ("pictures", words.pictures(made)),
        ("threshold", words.limits(result.header)),
        ("left out", words.left_out(made.others, made.suffixes).removeprefix("not scanned: ")),
        ("could not be used", words.unusable(made.failures).partition("; -v")[0]),
        ("scanned", _when(result)),
    ]
    _write(result, groups, "Duplicate pictures", _found(result), facts, stream, run)


def write_leaks(result: Leaks, stream: TextIO, run: Run = Run()) -> None:  # noqa: B008 - it is frozen
    """Writes the page of a leak check, groups with another label first. Raises as `write_scan` does."""
    groups = sorted(result.groups, key=lambda group: not _crosses(group))[:GROUPS]
    (_, found), *facts = leaks.facts(result)
    title = "Duplicates in a set of pictures" if result.one_set else "Leaked test pictures"
    _write(result, groups, title, f"{found}.", [*facts, ("checked", _when(result))], stream, run)


def _folders(roots: Sequence[bytes]) -> str:
    """The first of the folders that were scanned, and how many more: of a list of files there may be many."""
    named = ", ".join(shown(relative(each)) for each in roots[:FOLDERS])
    return f"{named} and {len(roots) - FOLDERS:,} more" if len(roots) > FOLDERS else named


def _crosses(group: LeakGroup) -> bool:
    return any(one.label != group.label for one in group.members if one.label and group.label)


def _found(result: Scan) -> str:
    counts = result.summary
    if not counts.groups:
        return f"No duplicates among {counted(counts.files, 'picture', 'pictures')}."
    found = counted(counts.groups, "group", "groups"), counted(counts.duplicates, "duplicate", "duplicates")
    return f"{' with '.join(found)}{words.freeing(result, 'them all')}."


def _when(result: Scan | Leaks) -> str:
    made = result.header
    return f"{made.time}, dedupe {made.version}" if made.time else ""


def _write(
    result: Scan | Leaks,
    groups: Sequence[Group | LeakGroup],
    title: str,
    found: str,
    facts: Sequence[tuple[str, str]],
    stream: TextIO,
    run: Run,
) -> None:
    with progress() as told:
        seen = _previews(groups, replace(run, progress=told))
    if isinstance(result, Scan):
        data = scan_shown(result, seen, _proposed(result)) | {"plan": plan_shown(result, result.groups[:GROUPS])}
    else:
        shown_ = groups_shown(groups, result.header, seen, {})
        data = {"command": "leak", "oneSet": result.one_set, "groups": shown_}
    values = {
        "found": found,
        "facts": plain_rows((name, value) for name, value in facts if value),
        "notes": result.header.notes,
        "failures": _failures(result.failures),
        "leak": isinstance(result, Leaks),
        "review": False,
        "any": bool(groups),
        "more": left_out(len(result.groups)),
        "pictures": [b64encode(one.jpeg).decode("ascii") for one in seen.values()],
    }
    stream.write(page(TEMPLATE, title, data, values, (STYLE, *scripts("embedded"))))


def scan_shown(result: Scan, seen: Mapping[str, Preview], actions: Mapping[str, str]) -> dict[str, Any]:
    """What the script of a scan's page is given: of the previews that the page has by digest, what is decided by row."""
    groups = groups_shown(result.groups[:GROUPS], result.header, seen, actions)
    return {"command": "scan", "removed": REMOVED, "groups": groups}


def left_out(groups: int) -> list[str]:
    """What to say of groups that a page has no room for."""
    return [f"… and {groups - GROUPS:,} more groups, which a page has no room for."] if groups > GROUPS else []


def review_page(nonce: str) -> str:
    """The page that a review is served on, with nothing of the plan in it: the script asks for that."""
    empty: dict[str, Any] = dict.fromkeys(("found", "facts", "notes", "failures", "pictures"), ())
    values = {**empty, "leak": False, "review": True, "any": True, "more": ()}
    return page(TEMPLATE, "Review of duplicates", None, values, (STYLE, *scripts("served")), nonce=nonce)


def scripts(source: str) -> list[Path]:
    """The parts of the page's script, where pictures come from a source of that name."""
    names = ["words", source, "choices", "cards", "list", "zoom", "page"] + ["apply"] * (source == "served")
    return [HERE / f"groups_{name}.js" for name in names]


def _proposed(result: Scan) -> dict[str, str]:
    groups = enumerate(result.groups[:GROUPS], 1)
    return {row.id: row.action for number, group in groups for row in rows_of(number, group)}


def _previews(groups: Iterable[Group | LeakGroup], run: Run) -> dict[str, Preview]:
    files: list[File] = [file for group in groups for file in (group.kept, *(one.file for one in group.members))]
    loaded = load_plugins(run)
    return previews(files, loaded.decoders, run, loaded.openers) if files else {}


def _failures(failed: Sequence[Failure]) -> list[str]:
    named = [f"{shown(relative(os.fsencode(one.path)))}: {one.message}" for one in islice(failed, FAILURES)]
    return [*named, *([f"… and {len(failed) - FAILURES:,} more"] if len(failed) > FAILURES else [])]
