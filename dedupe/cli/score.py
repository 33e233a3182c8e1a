"""`dedupe score`: how descriptors agree with what a user says of pairs of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dedupe.config import DEFAULT_DESCRIPTOR
from dedupe.kit import FAILED, OutputOptions, RunOptions, shared
from dedupe.kit import options as o
from dedupe.kit.output import carry_out


@shared("Name the files that could not be used, and say what thresholds were measured on.", json="the figures")
def score(
    pairs: Annotated[
        Path,
        o.argument(
            help="A file of pairs: two paths and 1 (the same picture) or 0 (another one) a line.",
            parser=o.INPUT,
            metavar="PAIRS.csv",
        ),
    ],
    descriptor: o.MeasuredDescriptors = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    threshold: o.Thresholds = None,
    precision: Annotated[
        float, o.compared(help="The precision for which to look up the distance.", metavar="SHARE", show_default=True)
    ] = 0.99,
    turns: o.Turns = "none",
    *,
    out: OutputOptions,
    run: RunOptions,
) -> int:
    """Show how often descriptors are right about pairs of pictures that you know."""
    from dedupe.evaluate.scoring import score as function
    from dedupe.report import RESULTS

    result = carry_out(
        out,
        RESULTS,
        lambda told: function(
            pairs,
            descriptor=descriptor,
            threshold=threshold or [],
            precision=precision,
            turns=turns,
            **run,
            progress=told,
        ),
    )
    return FAILED if result.failures else 0
