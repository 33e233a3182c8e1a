"""`dedupe review`: a plan in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dedupe.cli.plans import MergeMetadata
from dedupe.kit import RunOptions, shared
from dedupe.kit import options as o


@shared()
def review(
    plan: Annotated[
        Path,
        o.argument(help="The plan, as dedupe scan -o plan.jsonl wrote it.", parser=o.INPUT, metavar="PLAN.jsonl"),
    ],
    browser: Annotated[
        bool, o.run("--browser/--no-browser", help="Open it in a browser, or only say where it is.", show_default=True)
    ] = True,
    merge_metadata: MergeMetadata = False,
    *,
    run: RunOptions,
) -> int:
    """Look at a scan's groups in a browser and decide; the plan keeps decisions, and files go only once you type how many."""
    import webbrowser
    from threading import Thread

    from dedupe.console import say, shown, unbroken, warn
    from dedupe.describe.several import asked
    from dedupe.model.asked import silent
    from dedupe.review import apply_command
    from dedupe.review import review as function

    def started(door: str) -> None:
        warn(f"The review is at {door} (for you alone); Ctrl-C ends it.")
        if browser:
            Thread(target=webbrowser.open, args=[door], daemon=True).start()

    function(plan, asked(**run, progress=silent), started=started, merge_metadata=merge_metadata)
    then = unbroken(apply_command(plan, merge_metadata))
    say(f"Your decisions are in {unbroken(shown(bytes(plan)))}. {then} shows what it would do.")
    return 0
