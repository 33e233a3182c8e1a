"""What a scan, `review` and `apply` say of plans alike, and where the plan is besides the list that -o names."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import Annotated

from dedupe.console import counted, shown, unbroken
from dedupe.errors import DedupeError, SafetyError
from dedupe.kit import INPUT, options
from dedupe.report import SUFFIXES
from dedupe.whole import TEXT, refuse_other

BEGINS = b'{"type":"header","format":'
"""How the JSON lines of a result begin."""


Protect = Annotated[
    list[str] | None,
    options.scanned(
        "--protect", help="Folder in which nothing is ever removed; repeatable.", parser=INPUT, metavar="FOLDER"
    ),
]

MergeMetadata = Annotated[
    bool,
    options.run(
        "--merge-metadata",
        help="Write what only a file that goes says of itself (GPS, date, camera, rating, keywords) into an XMP file beside "
        "the one that stays.",
    ),
]


def keep_decisions(output: Path | None) -> None:
    """Raises SafetyError where a scan's result would take the place of a plan in which somebody has decided something."""
    if output is None or output.suffix.lower() not in (*SUFFIXES["tsv"], *SUFFIXES["json"]):
        return
    is_list = output.suffix.lower() in SUFFIXES["tsv"]
    lines = output.with_suffix(".jsonl") if is_list else output
    if not lines.is_file():
        return
    from dedupe.actions.plan import decided

    then = "name another file, or remove it once you have applied it or need it no more"
    try:
        count = decided(lines)
    except DedupeError as error:
        raise SafetyError(f"{error} There may be decisions of yours in it, which are not replaced: {then}.") from None
    if count:
        yours = counted(count, "decision", "decisions")
        held = output if output.is_file() else lines
        raise SafetyError(f"{held}: this plan holds {yours} of yours, which this scan would replace; {then}.")


def lines_beside(output: Path | None) -> Path | None:
    """The file of JSON lines that goes with a list for a spreadsheet, None where -o names none. Raises SafetyError where
    something stands there that no result is.
    """
    if output is None or output.suffix.lower() not in SUFFIXES["tsv"]:
        return None
    path = output.with_suffix(".jsonl")
    refuse_other(path, TEXT)
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as stream:
            if stream.read(len(BEGINS)) != BEGINS:
                raise SafetyError(f"{path}, which goes with {output.name}, is no result of dedupe; name another list.")
    return path


def next_step(output: Path) -> str:
    """What is said of a list that a scan wrote: what goes with it, and what to do with it."""
    table, lines = (shown(os.fsencode(path)) for path in (output, output.with_suffix(".jsonl")))
    return f"{unbroken(lines)} goes with it; {unbroken(f'dedupe apply {quote(table)}')} shows what would go."
