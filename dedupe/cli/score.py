"""`dedupe score`: how descriptors agree with what a user says of pairs of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.config import DEFAULT_DESCRIPTOR, FILE_TIMEOUT, PIXEL_CAP


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
            help="Descriptor, with parameters as in phash:bits=256; repeatable.",
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
    json: o.Json = False,
    csv_safe: o.CsvSafe = False,
    output: o.Output = None,
    workers: o.Workers = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    cache: o.Cache = None,
    plugin: o.PluginFiles = None,
    file_timeout: o.Timeout = FILE_TIMEOUT,
    max_pixels: o.PixelCap = PIXEL_CAP,
) -> int:
    """Show how often descriptors are right about pairs of pictures that you know."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.console import progress, set_talk
    from dedupe.evaluate.scoring import score as run

    set_talk(quiet, verbose)
    with result_to(output, format_, json, csv_safe=csv_safe) as write:
        with progress() as report:
            result, unfinished = as_far_as_it_goes(
                run,
                pairs,
                descriptors=descriptor,
                thresholds=threshold or [],
                precision=precision,
                turns=turns,
                plugin_files=plugin or [],
                workers=workers,
                cache=cache,
                file_timeout=file_timeout,
                pixel_cap=max_pixels,
                progress=report,
            )
        write(result)
    if unfinished:
        raise unfinished
    return 1 if result.failures else 0
