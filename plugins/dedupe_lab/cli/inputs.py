"""`dedupe lab inputs`: what a network survives, by what it is fed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe_lab.cli import options as o


def inputs(
    data: o.Data,
    names: o.Classes = "cat,dog",
    seeds: Annotated[int, typer.Option(help="Networks of each kind.", metavar="N", min=1)] = 3,
    steps: o.Steps = 10_000,
    distortions: Annotated[
        str, typer.Option(help="Distortions and sets, as for dedupe distort.", metavar="NAME,...")
    ] = "seed,s2",
    out: o.Trainings = Path("classify"),
    so_far: o.SoFar = False,
    report: o.Report = None,
    smoke: o.Smoke = False,
    threads: o.Threads = None,
    json: o.Json = False,
    form: o.Form = None,
    quiet: o.Quiet = False,
    strict: o.Strict = False,
    workers: o.Workers = None,
    cache: o.Cache = None,
) -> int:
    """Accuracy on distorted pictures of networks fed pictures, their hashes, and a trained network's features."""
    from dedupe import DedupeError
    from dedupe_lab.classify import survival_report as shown
    from dedupe_lab.classify.data import split
    from dedupe_lab.classify.plan import Diverged
    from dedupe_lab.classify.report import SMOKE_PICTURES, SMOKE_STEPS, told
    from dedupe_lab.classify.survival import survival
    from dedupe_lab.output import check_output, for_people, lines, progress, replace, set_quiet, table

    set_quiet(quiet)
    people = for_people(json, form)
    check_output(report, [".html"])
    parts = split(data, o.listed(names), SMOKE_PICTURES if smoke else None)
    told(*parts)
    failed: list[Diverged] = []
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
    if report:
        replace(report, shown.written(found).encode())
    if people:
        table(shown.HEADS, shown.rows(found))
        table(shown.DUPLICATES, shown.duplicates(found))
    else:
        lines(shown.records(found))
    if failed:
        raise DedupeError(" ".join(map(str, failed)))
    return 1 if strict and any(part.unreadable for part in parts) else 0
