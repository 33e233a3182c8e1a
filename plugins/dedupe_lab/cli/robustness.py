"""`dedupe lab robustness`: how far the hashes of one picture move."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import INPUT, Place
from dedupe_lab.cli import options as o
from dedupe_lab.kinds import SHEET


def robustness(
    picture: Annotated[Path, typer.Argument(help="The picture.", parser=INPUT, show_default=False)],
    other: Annotated[
        Path | None,
        typer.Option(
            "--other",
            help="The unrelated picture.  [default: a shipped photo]",
            metavar="FILE",
            parser=INPUT,
            show_default=False,
        ),
    ] = None,
    descriptor: o.Hashes = None,
    distortions: Annotated[
        str, typer.Option(help="Distortions and sets, as for dedupe distort.", metavar="NAME,...")
    ] = "s2",
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            help="Sheet as a page or picture; repeatable.",
            metavar="FILE.html|FILE.png",
            parser=Place(SHEET),
            show_default=False,
        ),
    ] = None,
    json: o.Json = False,
    form: o.Form = None,
    quiet: o.Quiet = False,
    plugin: o.PluginFiles = None,
    cache: o.Cache = None,
) -> int:
    """How far the hashes of a picture move when it is crystallised, swirled, made noisy."""
    from dedupe_lab import robustness_report as report
    from dedupe_lab.bits import HASHES
    from dedupe_lab.output import check_output, for_people, lines, replace, set_quiet, table

    set_quiet(quiet)
    people = for_people(json, form)
    from dedupe_lab.robustness import robustness as run

    for path in output or []:
        check_output(path, [".html", ".png"])
    versions = run(picture, other, descriptor or HASHES, distortions, cache=cache, plugin=plugin or [])
    for path in output or []:
        page = path.suffix.lower() == ".html"
        replace(path, report.written(versions).encode() if page else report.figure(versions), over=SHEET)
    if people:
        table(report.LIST, report.listed(versions), left=("hash", "hex"), keys=2)
    else:
        lines(report.records(versions))
    return 0
