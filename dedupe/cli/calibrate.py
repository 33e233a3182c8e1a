"""`dedupe calibrate`: null distributions measured on a user's own pictures, listed and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o
from dedupe.cli.shared import FAILED, RunOptions, SelectOptions, shared
from dedupe.config import DEFAULT_DESCRIPTOR


@shared("Name the files that could not be used, and all near-duplicates.")
def calibrate(
    folders: o.Paths = None,
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
    without_duplicates: Annotated[
        bool,
        typer.Option(
            "--without-duplicates",
            help="Leave out all but one of pictures that are near-duplicates.",
            show_default=False,
        ),
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the files, as plugins ship them.  [default: where your scans find them]",
            parser=o.INTO,
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Show the calibrations that you have made.", show_default=False)
    ] = False,
    remove: Annotated[
        str | None,
        typer.Option(
            help="Remove one that you have made: a descriptor, as pdq, or the key that --list shows.",
            metavar="KEY",
            show_default=False,
        ),
    ] = None,
    files_from: o.FilesFrom = None,
    format_: o.Format = None,
    json: Annotated[bool, o.json_lines("the distances measured")] = False,
    csv_safe: o.CsvSafe = False,
    output: o.Output = None,
    *,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Measure distances between unrelated photos of yours, to set thresholds.

    The photos must contain no duplicates and no bursts; 1,000 are the least. Your later scans use what was measured in place
    of what ships with dedupe, until you remove it.
    """
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.console import progress
    from dedupe.errors import UsageError
    from dedupe.evaluate.calibrating import calibrate as function

    if list_ or remove is not None:
        if folders or files_from or into or output or format_ or (list_ and remove is not None):
            raise UsageError(
                "--list and --remove stand alone; leave out folders, --files-from, --into, --format and -o."
            )
        return _list(json) if remove is None else _remove(remove)
    with result_to(output, format_, json, csv_safe=csv_safe) as write:
        with progress() as report:
            result, unfinished = as_far_as_it_goes(
                function,
                folders or [],
                descriptor=descriptor,
                without_duplicates=without_duplicates,
                into=into,
                files_from=None if files_from is None else o.listed_paths(files_from),
                **select,
                **run,
                progress=report,
            )
        write(result)
    if unfinished:
        raise unfinished
    return FAILED if result.failures else 0


def _list(json: bool) -> int:
    from dedupe.cli.output import listed
    from dedupe.evaluate.calibrating import own_calibrations
    from dedupe.report.calibrations import write_json, write_table

    listed(json, write_json, write_table, own_calibrations())
    return 0


def _remove(key: str) -> int:
    import os

    from dedupe.calibrate import remove
    from dedupe.console import say, shown

    say(f"Removed {shown(os.fsencode(remove(key)))}.")
    return 0
