"""`dedupe lab inputs`: what a network survives, by what it is fed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import FAILED, OutputOptions, options, page_file, progress, result_to, shared, write_page
from dedupe_lab.cli import options as o


@shared("Say what thresholds were measured on.", json="the accuracies")
def inputs(
    data: o.Data,
    names: o.Classes = "cat,dog",
    seeds: Annotated[int, typer.Option(help="Networks of each kind.", metavar="N", min=1)] = 3,
    steps: o.Steps = 10_000,
    distortions: options.Distortions = "seed,s2",
    out: o.Trainings = Path("classify"),
    so_far: o.SoFar = False,
    report: options.Report = None,
    smoke: o.Smoke = False,
    threads: o.Threads = None,
    form: o.Form = None,
    json: Annotated[bool, options.json_lines("the accuracies")] = False,
    workers: options.Workers = None,
    cache: options.Cache = None,
) -> int:
    """Accuracy on distorted pictures of networks fed pictures, their hashes, and a trained network's features."""
    from dedupe import DedupeError
    from dedupe_lab.classify.data import split
    from dedupe_lab.classify.plan import Diverged
    from dedupe_lab.classify.report import SMOKE_PICTURES, SMOKE_STEPS, told
    from dedupe_lab.classify.survival import survival
    from dedupe_lab.classify.survival_report import output

    failed: list[Diverged] = []
    with result_to(OutputOptions(form, json)) as write:
        with page_file(report) as page:
            parts = split(data, o.listed(names), SMOKE_PICTURES if smoke else None)
            told(*parts)
            with progress() as tell:
                found = survival(
                    data,
                    parts,
                    out,
                    seeds=1 if smoke else seeds,
                    steps=min(steps, SMOKE_STEPS) if smoke else steps,
                    distortions=distortions,
                    so_far=so_far,
                    threads=threads,
                    workers=workers,
                    cache=cache,
                    progress=tell,
                    failed=failed,
                )
            if page is not None:
                write_page(output(found), page)
        write(output(found))
    if failed:
        raise DedupeError(" ".join(map(str, failed)))
    return FAILED if any(part.unreadable for part in parts) else 0
