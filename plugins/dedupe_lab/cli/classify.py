"""`dedupe lab classify`: a small network on pictures as they are, distorted, and made into hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import FAILED, OutputOptions, options, page_file, progress, result_to, say, shared, write_page
from dedupe_lab.cli import options as o

NAMES = (
    "original, elu, tanh, cross-entropy, hinge, epoch-100, epoch-128, gradient-descent, adagrad, filter-size, 4-layers, "
    "xavier, uniform"
)
"""The variants; written out, since a help that asked the plans would import numpy."""


@shared(json="the trainings")
def classify(
    data: o.Data,
    names: o.Classes = "cat,dog",
    kind: Annotated[
        str | None,
        typer.Option(
            "--input",
            help="What the network is fed.  [default: original]",
            metavar="original|distorted|hash|phash|features",
            show_default=False,
        ),
    ] = None,
    variant: Annotated[
        str | None, typer.Option(help=f"The network: {NAMES}.  [default: original]", metavar="NAME", show_default=False)
    ] = None,
    steps: o.Steps = 10_000,
    seed: Annotated[
        int | None,
        typer.Option(help="For weights and order.  [default: 0]", metavar="N", min=0, show_default=False),
    ] = None,
    out: o.Trainings = Path("classify"),
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="All that was published: three inputs with 3 seeds, all variants.", show_default=False
        ),
    ] = False,
    as_published: Annotated[
        bool, typer.Option("--as-published", help="Repeat the mistakes of what was published.", show_default=False)
    ] = False,
    so_far: o.SoFar = False,
    report: options.Report = None,
    smoke: o.Smoke = False,
    threads: o.Threads = None,
    form: o.Form = None,
    json: Annotated[bool, options.json_lines("the trainings")] = False,
    cache: options.Cache = None,
) -> int:
    """Train a small classifier on pictures or their hashes; one that was stopped goes on."""
    from dedupe import DedupeError, UsageError
    from dedupe_lab.classify import report as shown
    from dedupe_lab.classify.data import split
    from dedupe_lab.classify.page import output
    from dedupe_lab.classify.plan import Diverged, plan, with_mistakes
    from dedupe_lab.classify.plan import everything as every_plan
    from dedupe_lab.classify.run import finished, run

    alone = {"--input": kind, "--variant": variant, "--seed": seed}
    if everything and (given := [f"{name} {value}" for name, value in alone.items() if value is not None]):
        raise UsageError(f"--all trains inputs, variants and seeds of its own: leave {', '.join(given)} or --all away.")
    plans = (
        every_plan(steps, seeds=1 if smoke else 3, published=as_published)
        if everything
        else [plan(kind or "original", variant or "original", steps=steps, seed=seed or 0, published=as_published)]
    )
    failed: list[Diverged] = []
    with result_to(OutputOptions(form, json)) as write:
        with page_file(report) as page:
            parts = split(data, o.listed(names), shown.SMOKE_PICTURES if smoke else None)
            shown.told(*parts)
            plans = shown.short(plans) if smoke else plans
            if so_far:
                results = finished(plans, *parts, out)
                say(f"{len(results)} of {len(plans)} trainings are finished.")
            else:
                with progress() as tell:
                    results = run(plans, *parts, out, threads, tell, cache, failed)
            if page is not None:
                write_page(output([*results, *finished(with_mistakes(plans), *parts, out)], out), page)
        write(output(results, out))
    if failed:
        raise DedupeError(" ".join(map(str, failed)))
    return FAILED if any(part.unreadable for part in parts) else 0
