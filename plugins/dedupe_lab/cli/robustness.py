"""`dedupe lab robustness`: how far the hashes of one picture move."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import INPUT, OutputOptions, Place, RunOptions, options, result_to, shared, whole_file
from dedupe_lab.cli import options as o
from dedupe_lab.kinds import SHEET


@shared(json="the distances", html=True)
def robustness(
    picture: Annotated[Path, options.argument(help="The picture.", parser=INPUT)],
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
    distortions: options.Distortions = "s2",
    sheet: Annotated[
        Path | None,
        options.shown(help="Also draw a sheet of all versions.", metavar="FILE.png", parser=Place(SHEET)),
    ] = None,
    *,
    out: OutputOptions,
    run: RunOptions,
) -> int:
    """How far the hashes of a picture move when it is crystallised, swirled, made noisy."""
    from dedupe_lab.bits import HASHES
    from dedupe_lab.robustness import robustness as measured
    from dedupe_lab.robustness_report import figure, output

    with result_to(out) as write, ExitStack() as opened:
        drawing = None if sheet is None else opened.enter_context(whole_file(sheet, SHEET))
        versions = measured(picture, other, descriptor or HASHES, distortions, **run)
        if drawing is not None:
            drawing.write(figure(versions))
        write(output(versions))
    return 0
