"""`dedupe compare`: how far apart two pictures are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.config import FILE_TIMEOUT, PIXEL_CAP


def compare(
    a: Annotated[Path, typer.Argument(help="A picture.", parser=o.INPUT, show_default=False)],
    b: Annotated[Path, typer.Argument(help="Another one.", parser=o.INPUT, show_default=False)],
    descriptor: o.AnyDescriptors = None,
    threshold: o.Thresholds = None,
    turns: o.Turns = "none",
    check: Annotated[bool, typer.Option("--check", help="Exit with 5 if they match.", show_default=False)] = False,
    format_: o.Format = None,
    json: o.Json = False,
    csv_safe: o.CsvSafe = False,
    output: o.Output = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    cache: o.Cache = None,
    plugin: o.PluginFiles = None,
    file_timeout: o.Timeout = FILE_TIMEOUT,
    max_pixels: o.PixelCap = PIXEL_CAP,
) -> int:
    """Show the distance of two pictures by every descriptor, and whether they would match."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.console import set_talk
    from dedupe.query import compare as run

    set_talk(quiet, verbose)
    with result_to(output, format_, json, csv_safe=csv_safe) as write:
        result, unfinished = as_far_as_it_goes(
            run,
            a,
            b,
            descriptors=descriptor or [],
            thresholds=threshold or [],
            turns=turns,
            plugin_files=plugin or [],
            cache=cache,
            file_timeout=file_timeout,
            pixel_cap=max_pixels,
        )
        write(result)
    if unfinished:
        raise unfinished
    if check and any(one.match for one in result.comparisons):
        return 5
    return 1 if result.failures else 0
