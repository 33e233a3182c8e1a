"""`dedupe compare`: how far apart two pictures are."""

from __future__ import annotations

from typing import Annotated

from dedupe.kit import FAILED, OutputOptions, RunOptions, shared
from dedupe.kit import options as o
from dedupe.kit.output import carry_out


@shared(
    "Show the evidence, and the distances by all descriptors.",
    json="what the two are to each other, the evidence, and the distances",
    drawn=True,
)
def compare(
    a: Annotated[str, o.argument(help="A picture.", parser=o.INPUT)],
    b: Annotated[str, o.argument(help="Another one.", parser=o.INPUT)],
    descriptor: o.AnyDescriptors = None,
    threshold: o.Thresholds = None,
    turns: o.Turns = "none",
    check: Annotated[bool, o.run("--check", help="Exit with 5 if they are one picture.")] = False,
    *,
    out: OutputOptions,
    run: RunOptions,
) -> int:
    """Say what two pictures are to each other, and show how far apart descriptors find them."""
    from dedupe.cli.reports import with_pictures, with_plugins
    from dedupe.console import wants_details
    from dedupe.model.judgement import COPIES
    from dedupe.query import compare as function
    from dedupe.report import COMPARED, DRAWN

    result = carry_out(
        out,
        with_plugins(with_pictures(COMPARED, DRAWN, run), "compare", out, run["plugin"]),
        lambda _: function(
            a,
            b,
            descriptor=descriptor or (["all"] if wants_details() else []),
            threshold=threshold or [],
            turns=turns,
            **run,
        ),
    )
    if check and result.judgement is not None and result.judgement.kind in COPIES:
        return 5
    return FAILED if result.failures else 0
