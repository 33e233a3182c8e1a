"""`dedupe describe`: the descriptors of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.cli.shared import FAILED, RunOptions, SelectOptions, shared
from dedupe.config import DEFAULT_DESCRIPTOR


@shared("Name the files that could not be used.")
def describe(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures and folders.", parser=o.INPUT, show_default=False)],
    descriptor: o.Descriptors = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    turns: o.Turns = "none",
    format_: o.Format = None,
    json: Annotated[bool, o.json_lines("the descriptors")] = False,
    csv_safe: o.CsvSafe = False,
    output: o.Output = None,
    *,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Print the descriptors of pictures: bits as hex, floats as values."""
    from dedupe.cli.output import result_to
    from dedupe.cli.reports import with_plugins
    from dedupe.console import progress
    from dedupe.query import describe as function
    from dedupe.report import RESULTS

    forms = with_plugins(RESULTS, "describe", format_, output, run["plugin"])
    with result_to(output, format_, json, forms, csv_safe) as write:
        with progress() as report:
            result = function(
                pictures,
                descriptor=descriptor,
                turns=turns,
                **select,
                **run,
                progress=report,
            )
        write(result)
    return FAILED if result.failures else 0
