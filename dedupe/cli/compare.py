"""`dedupe compare`: how far apart two pictures are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.cli.shared import FAILED, RunOptions, shared


@shared("Say what thresholds were measured on.")
def compare(
    a: Annotated[Path, typer.Argument(help="A picture.", parser=o.INPUT, show_default=False)],
    b: Annotated[Path, typer.Argument(help="Another one.", parser=o.INPUT, show_default=False)],
    descriptor: o.AnyDescriptors = None,
    threshold: o.Thresholds = None,
    turns: o.Turns = "none",
    check: Annotated[bool, typer.Option("--check", help="Exit with 5 if they match.", show_default=False)] = False,
    format_: o.Format = None,
    json: Annotated[bool, o.json_lines("the distances")] = False,
    csv_safe: o.CsvSafe = False,
    output: o.Output = None,
    *,
    run: RunOptions,
) -> int:
    """Show the distance of two pictures by every descriptor, and whether they would match."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.cli.reports import with_plugins
    from dedupe.query import compare as function
    from dedupe.report import RESULTS

    forms = with_plugins(RESULTS, "compare", format_, output, run["plugin"])
    with result_to(output, format_, json, forms, csv_safe) as write:
        result, unfinished = as_far_as_it_goes(
            function,
            a,
            b,
            descriptor=descriptor or [],
            threshold=threshold or [],
            turns=turns,
            **run,
        )
        write(result)
    if unfinished:
        raise unfinished
    if check and any(one.match for one in result.comparisons):
        return 5
    return FAILED if result.failures else 0
