"""`dedupe leak`: which test pictures are among the training pictures, or which pictures one set holds twice."""

from __future__ import annotations

from typing import Annotated

from dedupe.cli.baselines import Baseline, any_new
from dedupe.cli.unique import Null, Unique, chosen
from dedupe.kit import FAILED, OutputOptions, RunOptions, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit import proposing as by
from dedupe.kit.output import carry_out


@shared(
    "Show all groups, name the files that could not be used, and say what thresholds were measured on.",
    json="the leaked pictures",
    html=True,
    groups=True,
)
def leak(
    train: Annotated[str, o.argument(help="The training set, one folder a class.", parser=o.INPUT)],
    test: Annotated[
        str | None,
        o.argument(help="The test set, likewise; without it the training set alone is looked through.", parser=o.INPUT),
    ] = None,
    descriptor: Annotated[
        list[str] | None,
        o.described_by(
            "Descriptor that proposes pairs; repeat for a union.  [default: phash, dhash, and copy256 up to 5,000 pictures]"
        ),
    ] = None,
    label: o.Label = "",
    follow_rows: o.FollowRows = False,
    threshold: o.Candidates = None,
    fast: by.Fast = False,
    thorough: Annotated[
        bool,
        o.compared("--thorough", help="Propose pairs by the neural network, too, however many pictures."),
    ] = False,
    turns: o.Turns = "none",
    index: o.Index = "auto",
    judge: Annotated[
        bool,
        o.compared(
            "--judge/--no-judge",
            help="Look at both pictures of each pair before it is called a leak; with --no-judge distances decide.",
            show_default=True,
        ),
    ] = True,
    kind: o.Kinds = None,
    check: Annotated[bool, o.run("--check", help="Exit with 5 if anything is found.")] = False,
    baseline: Baseline = None,
    unique: Unique = False,
    null: Null = False,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Find test pictures that are near-duplicates of training pictures, or near-duplicates in one set, also under two labels."""
    from dedupe.cli.reports import with_pictures, with_plugins
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
            descriptor=descriptor or [],
            threshold=threshold or [],
            fast=fast,
            thorough=thorough,
            turns=turns,
            label=label,
            follow_rows=follow_rows,
            index=index,
            judge=judge,
            kind=kind or [],
            baseline=baseline,
            **select,
            **run,
            progress=told,
        ),
    )
    if check and any_new(result):
        return 5
    return FAILED if result.failures else 0
