"""`dedupe describe`: the descriptors of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.config import DEFAULT_DESCRIPTOR, FILE_TIMEOUT, PIXEL_CAP


def describe(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures and folders.", parser=o.INPUT, show_default=False)],
    descriptor: o.Descriptors = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
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
    """Print the descriptors of pictures: bits as hex, floats as values."""
    from dedupe.cli.output import result_to
    from dedupe.console import progress, set_talk
    from dedupe.query import describe as run

    set_talk(quiet, verbose)
    with result_to(output, format_, json, csv_safe=csv_safe) as write:
        with progress() as report:
            result = run(
                pictures,
                descriptors=descriptor,
                turns=turns,
                plugin_files=plugin or [],
                workers=workers,
                cache=cache,
                file_timeout=file_timeout,
                pixel_cap=max_pixels,
                progress=report,
            )
        write(result)
    return 1 if result.failures else 0
