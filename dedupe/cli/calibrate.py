"""`dedupe calibrate`: null distributions measured on a user's own pictures, listed and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dedupe.config import DEFAULT_DESCRIPTOR
from dedupe.kit import FAILED, OutputOptions, RunOptions, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit.output import carry_out
from dedupe.kit.values import listed_paths


@shared("Name the files that could not be used, and all near-duplicates.", json="the distances measured")
def calibrate(
    folders: o.Paths = None,
    descriptor: o.MeasuredDescriptors = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    without_duplicates: Annotated[
        bool,
        o.scanned("--without-duplicates", help="Leave out all but one of pictures that are near-duplicates."),
    ] = False,
    into: Annotated[
        Path | None,
        o.shown(
            help="Folder for the files, as plugins ship them.  [default: where your scans find them]",
            parser=o.INTO,
            metavar="DIR",
        ),
    ] = None,
    list_: Annotated[bool, o.shown("--list", help="Show the calibrations that you have made.")] = False,
    remove: Annotated[
        str | None,
        o.shown(
            help="Remove one that you have made: a descriptor, as pdq, or the key that --list shows.", metavar="KEY"
        ),
    ] = None,
    files_from: o.FilesFrom = None,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Measure distances between unrelated photos of yours, to set thresholds.

    The photos must contain no duplicates and no bursts; 1,000 are the least. Your later scans use what was measured in place
    of what ships with dedupe, until you remove it.
    """
    from dedupe.errors import UsageError
    from dedupe.evaluate.calibrating import calibrate as function
    from dedupe.report import RESULTS

    if list_ or remove is not None:
        if folders or files_from or into or out.file or out.form or (list_ and remove is not None):
            raise UsageError(
                "--list and --remove stand alone; leave out folders, --files-from, --into, --format and -o."
            )
        return _list(out.json) if remove is None else _remove(remove)
    result = carry_out(
        out,
        RESULTS,
        lambda told: function(
            folders or [],
            descriptor=descriptor,
            without_duplicates=without_duplicates,
            into=into,
            files_from=listed_paths(files_from),
            **select,
            **run,
            progress=told,
        ),
    )
    return FAILED if result.failures else 0


def _list(json: bool) -> int:
    from dedupe.evaluate.calibrating import own_calibrations
    from dedupe.kit.output import listed
    from dedupe.report.calibrations import write_json, write_table

    listed(json, write_json, write_table, own_calibrations())
    return 0


def _remove(key: str) -> int:
    import os

    from dedupe.calibrate import remove
    from dedupe.console import say, shown

    say(f"Removed {shown(os.fsencode(remove(key)))}.")
    return 0
