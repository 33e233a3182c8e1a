"""`dedupe ignore`: pairs that are no duplicates, whatever they look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dedupe.kit import options as o


def ignore(
    files: Annotated[
        list[Path] | None,
        o.argument(help="Two files, or more for all pairs of them.", parser=o.INPUT),
    ] = None,
    list_: Annotated[bool, o.shown("--list", help="List the pairs.")] = False,
    remove: Annotated[bool, o.run("--remove", help="Forget the pairs of these files again.")] = False,
    json: Annotated[bool, o.json_alone("the pairs")] = False,
) -> int:
    """Remember that files are no duplicates of each other: scan, find and leak leave such pairs out from now on.

    What counts is a file's bytes, so that a moved or renamed one stays remembered, and an edited one does not.
    """
    from dedupe import ignored
    from dedupe.console import counted, say
    from dedupe.errors import UsageError
    from dedupe.kit.output import listed
    from dedupe.report.ignored import write_json, write_table

    if list_:
        if files or remove:
            raise UsageError("--list stands alone; leave out the files and --remove.")
        listed(json, write_json, write_table, ignored.pairs())
        return 0
    if remove:
        gone = ignored.remove(*files or ())
        say(f"{counted(len(gone), 'pair is', 'pairs are')} forgotten.")
        return 0
    made = ignored.add(*files or ())
    new = f"{counted(len(made), 'pair is', 'pairs are')} remembered" if made else "This was remembered already"
    say(f"{new}: dedupe ignore --list shows all, --remove forgets.")
    return 0
