"""`dedupe leak`: which test pictures are among the training pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.unique import Null, Unique, chosen
from dedupe.kit import FAILED, OutputOptions, RunOptions, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit.output import carry_out


@shared(
    "Show all groups, name the files that could not be used, and say what thresholds were measured on.",
    json="the leaked pictures",
    html=True,
)
def leak(
    train: Annotated[
        Path, typer.Argument(help="The training set, one folder a class.", parser=o.INPUT, show_default=False)
    ],
    test: Annotated[Path, typer.Argument(help="The test set, likewise.", parser=o.INPUT, show_default=False)],
    descriptor: Annotated[
        list[str] | None,
        o.compared(
            "-d",
            "--descriptor",
            help="Descriptor that finds candidates; repeat for a union.  [default: phash, dhash]",
            metavar="NAME",
            parser=o.DESCRIBED_BY,
            show_default=False,
        ),
    ] = None,
    threshold: o.Candidates = None,
    pixels: Annotated[
        str,
        o.compared("--pixels", help="Largest distance of aligned pixels; none: descriptors decide.", metavar="X|none"),
    ] = "0.25",
    turns: o.Turns = "none",
    index: o.Index = "auto",
    check: Annotated[bool, o.run("--check", help="Exit with 5 if a test picture leaked.", show_default=False)] = False,
    unique: Unique = False,
    null: Null = False,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Find test pictures that are near-duplicates of training pictures, also under another label."""
    from dedupe.cli.reports import with_pictures, with_plugins
    from dedupe.leak import DESCRIPTORS
    from dedupe.leak import leak as function
    from dedupe.report import LEAKS, LEAKS_UNIQUE

    usual = with_plugins(with_pictures(LEAKS, "html", run), "leak", out, run["plugin"])
    forms = chosen(unique, null, usual, LEAKS_UNIQUE, out)
    result = carry_out(
        out,
        forms,
        lambda told: function(
            train,
            test,
            descriptor=descriptor or DESCRIPTORS,
            threshold=threshold or [],
            aligned=_limit(pixels),
            turns=turns,
            index=index,
            **select,
            **run,
            progress=told,
        ),
    )
    if check and len(result.groups):
        return 5
    return FAILED if result.failures else 0


def _limit(text: str) -> float | None:
    from dedupe.errors import UsageError

    try:
        return None if text == "none" else float(text)
    except ValueError:
        raise UsageError(f"--pixels {text}: give a distance from 0 to 1, as 0.25, or none.") from None
