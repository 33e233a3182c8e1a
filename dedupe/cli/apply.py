"""`dedupe apply`: does what a plan says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TextIO

import typer

from dedupe.cli.commands import YES_NUMBER
from dedupe.cli.plans import MergeMetadata, Protect
from dedupe.console import is_terminal, warn
from dedupe.errors import SafetyError
from dedupe.kit import INPUT, Place, options, shared


def _quarantine(action: str) -> list[Path]:
    """The folder that an action names."""
    name, _, folder = action.partition("=")
    return [Path(folder).expanduser()] if name == "quarantine" and folder else []


@shared("Name all files.")
def apply(
    plan: Annotated[
        Path,
        options.argument(help="A plan: what dedupe scan -o plan.jsonl wrote, or plan.tsv.", parser=INPUT),
    ],
    action: Annotated[
        str,
        options.run(
            "--action",
            help="What is done to the files that the plan removes. quarantine moves them into a folder; hardlink, symlink and "
            "reflink take exact copies alone; nothing brings back what delete has deleted.",
            metavar="trash|quarantine=DIR|hardlink|symlink|reflink|delete",
            parser=Place(files=_quarantine),
            show_default=True,
        ),
    ] = "trash",
    select: Annotated[
        str,
        options.scanned(
            "--select",
            help="Kinds of copies that go where the plan does not say it of each file.  [default: same-bytes, same-pixels, "
            "re-encoded]",
            metavar="KIND,...",
        ),
    ] = "",
    protect: Protect = None,
    root: Annotated[
        list[Path] | None,
        options.scanned(
            "--root",
            help="Files in this folder may go too, besides those in the folders that were scanned; repeatable.",
            parser=INPUT,
            metavar="FOLDER",
        ),
    ] = None,
    merge_metadata: MergeMetadata = False,
    yes: Annotated[
        bool,
        options.run(
            "--yes",
            help="Do it; without this it is only shown. For delete, where you are not asked, with the number of files: --yes=12.",
        ),
    ] = False,
    number: Annotated[int | None, typer.Option(YES_NUMBER, hidden=True)] = None,
    plugin: options.PluginFiles = None,
    json: Annotated[bool, options.json_alone("what is done")] = False,
) -> int:
    """Do what a plan says: move duplicates to the trash, or link them."""
    from dedupe.actions import apply as function
    from dedupe.console import progress
    from dedupe.kit.output import listed
    from dedupe.report.acted import write_json, write_table

    with progress() as told:
        acted = function(
            plan,
            action=action,
            select=select,
            protect=protect or [],
            root=root or [],
            merge_metadata=merge_metadata,
            yes=yes,
            confirmed=confirming(action, number, sys.stdin),
            plugin=plugin or [],
            progress=told,
        )
    listed(json, write_json, write_table, acted)
    return code(acted)


def code(acted: object) -> int:
    """The exit code of what was done: 4 where something was refused, 3 where something failed or it was stopped."""
    from dedupe.errors import DedupeError, SafetyError
    from dedupe.model.acted import FAILED, REFUSED, Acted

    assert isinstance(acted, Acted)
    if acted.of(REFUSED):
        return SafetyError.exit_code
    return DedupeError.exit_code if acted.of(FAILED) or acted.stopped else 0


def confirming(action: str, named: int | None, stdin: TextIO) -> Callable[[int], bool] | None:
    """What is asked with the number of files: whether --yes=N named it or, on a terminal, it is typed. None for what can be
    undone.
    """
    if action != "delete":
        return None

    def confirmed(number: int) -> bool:
        if named is not None or not is_terminal(stdin):
            if named != number:
                raise SafetyError(
                    f"{number:,} files would be deleted for good, and nothing was done; to do it, give --yes={number}."
                )
            return True
        warn(f"{number:,} files are deleted for good: nothing brings them back. Type their number to do it:")
        if stdin.readline().strip() != str(number):
            raise SafetyError("That is not their number; nothing was done.")
        return True

    return confirmed
