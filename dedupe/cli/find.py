"""`dedupe find`: the pictures nearest to one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.cli.shared import FAILED, RunOptions, SelectOptions, shared
from dedupe.config import DEFAULT_DESCRIPTOR


@shared("Show all matches, name the files that could not be used, and say what thresholds were measured on.")
def find(
    picture: Annotated[Path, typer.Argument(help="The picture to look for.", parser=o.INPUT, show_default=False)],
    folders: Annotated[list[Path], typer.Argument(help="Folders to look in.", parser=o.INPUT, show_default=False)],
    descriptor: o.Descriptors = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    threshold: o.Thresholds = None,
    nearest: Annotated[
        int | None, typer.Option("-n", "--nearest", help="The N nearest, however far.", metavar="N", show_default=False)
    ] = None,
    turns: o.Turns = "none",
    index: o.Index = "auto",
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 5 if something is found.", show_default=False)
    ] = False,
    format_: o.Format = None,
    json: Annotated[bool, o.json_lines("the matches")] = False,
    csv_safe: o.CsvSafe = False,
    output: o.Output = None,
    *,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Find the pictures in folders that look like one picture, nearest first."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.cli.reports import with_plugins
    from dedupe.console import progress
    from dedupe.query import find as function
    from dedupe.report import RESULTS

    forms = with_plugins(RESULTS, "find", format_, output, run["plugin"])
    with result_to(output, format_, json, forms, csv_safe) as write:
        with progress() as report:
            result, unfinished = as_far_as_it_goes(
                function,
                picture,
                folders,
                descriptor=descriptor,
                threshold=threshold or [],
                nearest=nearest,
                turns=turns,
                index=index,
                **select,
                **run,
                progress=report,
            )
        write(result)
    if unfinished:
        raise unfinished
    if check and result.matches:
        return 5
    return FAILED if result.failures else 0
