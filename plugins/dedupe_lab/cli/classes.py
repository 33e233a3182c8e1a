"""`dedupe lab classes`: how far apart pictures of one class and of different classes are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import FAILED, INPUT, OutputOptions, RunOptions, options, result_to, shared
from dedupe_lab.cli import options as o


@shared("Name the pictures that could not be used.", json="the distances", html=True)
def classes(
    folder: Annotated[Path, options.argument(help="A folder of one folder for each class.", parser=INPUT)],
    names: Annotated[
        str, typer.Option("--classes", help="Some of the classes.  [default: all]", metavar="NAME,...")
    ] = "",
    n: Annotated[int, typer.Option("-n", help="The first N pictures of each class; 0: all.", metavar="N")] = 100,
    descriptor: o.Hashes = None,
    *,
    out: OutputOptions,
    run: RunOptions,
) -> int:
    """Distances of all pairs of pictures within and between classes."""
    from dedupe_lab.bits import HASHES
    from dedupe_lab.classes import class_distances
    from dedupe_lab.classes_report import output

    with result_to(out) as write:
        found = class_distances(folder, o.listed(names), n, descriptor or HASHES, **run)
        write(output(found))
    return FAILED if found.failures else 0
