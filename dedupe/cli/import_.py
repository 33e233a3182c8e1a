"""`dedupe import`: copies to a library what it lacks of a card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dedupe.kit import FAILED, RunOptions, shared
from dedupe.kit import options as o


@shared("Name all copies, and the files that could not be read.")
def import_(
    card: Annotated[Path, o.argument(help="The card, or any folder.", parser=o.INPUT)],
    library: Annotated[Path, o.argument(help="The folder with your pictures.", parser=o.INPUT)],
    to: Annotated[
        str,
        o.scanned(
            "--to",
            help="Where in the library: {date:%Y} and the like are when it was taken, else written; {name} ends it.",
            metavar="PATTERN",
            show_default=True,
        ),
    ] = "{date:%Y}/{date:%Y-%m-%d}/{name}",
    all_files: Annotated[
        bool, o.scanned("--all-files", "--all", help="Copy files of other types too, as videos.")
    ] = False,
    keep: Annotated[
        str,
        o.compared(
            "--keep",
            help="Which of two re-encoded copies is the better one, as for scan; a worse one is not copied.",
            metavar="RULE,...",
        ),
    ] = "",
    yes: Annotated[bool, o.run("--yes", "-y", help="Copy; without it nothing is done.")] = False,
    json: Annotated[bool, o.json_alone("copies and the rest")] = False,
    *,
    run: RunOptions,
) -> int:
    """Copy what a library lacks of a card into folders by date; what it has already is left out, and said.

    Each copy is read again and compared before it gets its name, and no file is ever written over.
    """
    from dedupe.console import progress
    from dedupe.group.keep import listed as rules
    from dedupe.importing import import_pictures
    from dedupe.kit.output import listed
    from dedupe.report.imports import write_json, write_table

    with progress() as told:
        made = import_pictures(
            card, library, to=to, all_files=all_files, keep=rules(keep), yes=yes, **run, progress=told
        )
    listed(json, write_json, write_table, made)
    if any(each.stage == "copy" for each in made.failures):
        return 4
    return FAILED if made.failures else 0
