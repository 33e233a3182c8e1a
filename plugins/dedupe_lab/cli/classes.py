"""`dedupe lab classes`: how far apart pictures of one class and of different classes are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import INPUT, TEXT, Place
from dedupe_lab.cli import options as o


def classes(
    folder: Annotated[
        Path, typer.Argument(help="A folder of one folder for each class.", parser=INPUT, show_default=False)
    ],
    names: Annotated[
        str, typer.Option("--classes", help="Some of the classes.  [default: all]", metavar="NAME,...")
    ] = "",
    n: Annotated[int, typer.Option("-n", help="The first N pictures of each class; 0: all.", metavar="N")] = 100,
    descriptor: o.Hashes = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Page with the figures.", metavar="FILE.html", parser=Place(TEXT), show_default=False
        ),
    ] = None,
    json: o.Json = False,
    form: o.Form = None,
    quiet: o.Quiet = False,
    strict: o.Strict = False,
    plugin: o.PluginFiles = None,
    workers: o.Workers = None,
    cache: o.Cache = None,
) -> int:
    """Distances of all pairs of pictures within and between classes."""
    from dedupe_lab import classes_report as report
    from dedupe_lab.bits import HASHES
    from dedupe_lab.classes import class_distances
    from dedupe_lab.output import check_output, failed, for_people, lines, replace, set_quiet, table

    set_quiet(quiet)
    people = for_people(json, form)
    check_output(output, [".html"])
    found = class_distances(
        folder, o.listed(names), n, descriptor or HASHES, workers=workers, cache=cache, plugin=plugin or []
    )
    failed(found.failures)
    if output:
        replace(output, report.written(found).encode("utf-8", "backslashreplace"))
    made = list(report.records(found))
    if people:
        table(report.HEADS, report.rows(made), left=("classes",), keys=2)
        table(("hash", "area (ROC)"), report.areas(made))
    else:
        lines(made)
    return 1 if strict and found.failures else 0
