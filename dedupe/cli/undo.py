"""`dedupe undo`: takes back what was done to files."""

from __future__ import annotations

from typing import Annotated

from dedupe.cli.apply import code
from dedupe.kit import options, shared


@shared("Name all files.")
def undo(
    journal: Annotated[
        str | None,
        options.argument(help="The run to take back.  [default: the last]", metavar="[JOURNAL]"),
    ] = None,
    list_: Annotated[bool, options.shown("--list", help="List all runs.")] = False,
    plugin: options.PluginFiles = None,
    json: Annotated[bool, options.json_alone("what is brought back")] = False,
) -> int:
    """Take back what dedupe apply or import did."""
    from dedupe.console import progress
    from dedupe.kit.output import listed
    from dedupe.report import acted as outcomes
    from dedupe.report import journals as runs

    if list_:
        from dedupe.actions.journal import readable

        listed(json, runs.write_json, runs.write_table, list(readable()))
        return 0
    from dedupe.actions import undo as function

    with progress() as told:
        acted = function(journal, plugin=plugin or [], progress=told)
    listed(json, outcomes.write_json, outcomes.write_table, acted)
    return code(acted)
