"""`dedupe find`: the pictures nearest to one."""

from __future__ import annotations

from typing import Annotated

from dedupe.kit import FAILED, OutputOptions, RunOptions, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit import proposing as by
from dedupe.kit.output import carry_out
from dedupe.kit.values import listed_paths


@shared(
    "Show all matches, name the files that could not be used, and say what thresholds were measured on.",
    json="the matches",
)
def find(
    picture: Annotated[str, o.argument(help="The picture to look for.", parser=o.INPUT)],
    folders: Annotated[list[str] | None, o.argument(help="Folders to look in.", parser=o.INPUT)] = None,
    descriptor: by.UsualDescriptors = None,
    threshold: o.ScanThresholds = None,
    fast: by.Fast = False,
    thorough: by.Thorough = False,
    regions: by.Regions = False,
    nearest: Annotated[
        int | None,
        o.compared("-n", "--nearest", help="The N nearest, however far and of any kind.", metavar="N"),
    ] = None,
    turns: o.Turns = "none",
    files_from: o.FilesFrom = None,
    follow_rows: o.FollowRows = False,
    index: o.Index = "auto",
    judge: Annotated[
        bool,
        o.compared(
            "--judge/--no-judge",
            help="Look at each picture beside the one looked for before it is called a match; with --no-judge distances decide.",
            show_default=True,
        ),
    ] = True,
    kind: o.Kinds = None,
    check: Annotated[bool, o.run("--check", help="Exit with 5 if something is found.")] = False,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Find the pictures in folders that look like one picture, nearest first."""
    from dedupe.cli.reports import with_plugins
    from dedupe.errors import UsageError
    from dedupe.query import find as function
    from dedupe.report import RESULTS

    if not folders and files_from is None:
        raise UsageError("Nowhere to look; name a folder, as in: dedupe find cat.jpg ~/Pictures")
    result = carry_out(
        out,
        with_plugins(RESULTS, "find", out, run["plugin"]),
        lambda told: function(
            picture,
            folders or [],
            descriptor=descriptor or [],
            threshold=threshold or [],
            fast=fast,
            thorough=thorough,
            regions=regions,
            nearest=nearest,
            turns=turns,
            files_from=listed_paths(files_from),
            follow_rows=follow_rows,
            index=index,
            judge=judge,
            kind=kind or [],
            **select,
            **run,
            progress=told,
        ),
    )
    if check and result.matches:
        return 5
    return FAILED if result.failures else 0
