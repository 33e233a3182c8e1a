"""`dedupe score`: how descriptors agree with what a user says of pairs of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.cli.shared import FAILED, RunOptions, shared
from dedupe.config import DEFAULT_DESCRIPTOR


@shared("Name the files that could not be used, and say what thresholds were measured on.")
def score(
    pairs: Annotated[
        Path,
        typer.Argument(
            help="A file of pairs: two paths and 1 (the same picture) or 0 (another one) a line.",
            parser=o.INPUT,
            metavar="PAIRS.csv",
            show_default=False,
        ),
    ],
    descriptor: Annotated[
        list[str],
        typer.Option(
            "-d",
            "--descriptor",
            help=f"{o.NAMED}; repeatable.",
            metavar="NAME",
            parser=o.DESCRIBED_BY,
        ),
    ] = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    threshold: o.Thresholds = None,
    precision: Annotated[
        float, typer.Option(help="The precision for which to look up the distance.", metavar="SHARE")
    ] = 0.99,
    turns: o.Turns = "none",
    format_: o.Format = None,
    json: Annotated[bool, o.json_lines("the figures")] = False,
    csv_safe: o.CsvSafe = False,
    output: o.Output = None,
    *,
    run: RunOptions,
) -> int:
    """Show how often descriptors are right about pairs of pictures that you know."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.console import progress
    from dedupe.evaluate.scoring import score as function

    with result_to(output, format_, json, csv_safe=csv_safe) as write:
        with progress() as report:
            result, unfinished = as_far_as_it_goes(
                function,
                pairs,
                descriptor=descriptor,
                threshold=threshold or [],
                precision=precision,
                turns=turns,
                **run,
                progress=report,
            )
        write(result)
    if unfinished:
        raise unfinished
    return FAILED if result.failures else 0
