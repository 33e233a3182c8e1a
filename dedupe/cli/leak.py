"""`dedupe leak`: which test pictures are among the training pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.cli.shared import FAILED, RunOptions, SelectOptions, shared
from dedupe.cli.unique import Null, Unique, chosen


@shared("Show all groups, name the files that could not be used, and say what thresholds were measured on.")
def leak(
    train: Annotated[
        Path, typer.Argument(help="The training set, one folder a class.", parser=o.INPUT, show_default=False)
    ],
    test: Annotated[Path, typer.Argument(help="The test set, likewise.", parser=o.INPUT, show_default=False)],
    descriptor: Annotated[
        list[str] | None,
        typer.Option(
            "-d",
            "--descriptor",
            help="Descriptor that finds candidates; repeat for a union.  [default: phash, dhash]",
            metavar="NAME",
            parser=o.DESCRIBED_BY,
            show_default=False,
        ),
    ] = None,
    threshold: o.Candidates = None,
    pixels: Annotated[
        str,
        typer.Option(
            "--pixels", help="Largest distance of aligned pixels; none: descriptors decide.", metavar="X|none"
        ),
    ] = "0.25",
    turns: o.Turns = "none",
    index: o.Index = "auto",
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 5 if a test picture leaked.", show_default=False)
    ] = False,
    unique: Unique = False,
    null: Null = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Form of the result.  [default: table on a terminal, else json]",
            metavar="table|json|csv|html",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, o.json_lines("the leaked pictures")] = False,
    csv_safe: o.CsvSafe = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="File for the result; .json, .csv, .html or .txt choose the form.",
            parser=o.RESULT,
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    *,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Find test pictures that are near-duplicates of training pictures, also under another label."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.cli.reports import with_plugins
    from dedupe.console import progress
    from dedupe.leak import DESCRIPTORS
    from dedupe.leak import leak as function
    from dedupe.report import LEAKS, LEAKS_UNIQUE

    usual = with_plugins(LEAKS, "leak", format_, output, run["plugin"])
    forms = chosen(unique, null, usual, LEAKS_UNIQUE, format_, json, output)
    with result_to(output, format_, json, forms, csv_safe) as write:
        with progress() as report:
            result, unfinished = as_far_as_it_goes(
                function,
                train,
                test,
                descriptor=descriptor or DESCRIPTORS,
                threshold=threshold or [],
                aligned=_limit(pixels),
                turns=turns,
                index=index,
                **select,
                **run,
                progress=report,
            )
        write(result)
    if unfinished:
        raise unfinished
    if check and len(result.groups):
        return 5
    return FAILED if result.failures else 0


def _limit(text: str) -> float | None:
    from dedupe.errors import UsageError

    try:
        return None if text == "none" else float(text)
    except ValueError:
        raise UsageError(f"--pixels {text}: give a distance from 0 to 1, as 0.25, or none.") from None
