"""`dedupe eval`: how descriptors hold up under distortions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dedupe.config import DEFAULT_DESCRIPTOR, LEARNED_DESCRIPTOR
from dedupe.kit import FAILED, Kind, OutputOptions, Place, RunOptions, SelectOptions, page_file, result_to, shared
from dedupe.kit import options as o
from dedupe.kit.values import listed_paths


def _is_raw(path: Path) -> bool:
    from dedupe.evaluate.raw import RAW

    return RAW.holds(path)


RAW = Kind("a file of raw distances", _is_raw)

IDLE = ("descriptor", "distortions", "turns", "judge", "file_timeout", "max_pixels", "device")
"""Options that say what to measure, of which --load takes no account."""


@shared("Name the files that could not be used.", json="all figures")
def evaluate(
    ctx: typer.Context,
    photos: Annotated[
        list[Path] | None,
        o.argument(help="Folders and photos.  [default: the photos that come with dedupe]", parser=o.INPUT),
    ] = None,
    descriptor: Annotated[
        list[str] | None,
        o.described_by(
            f"{o.NAMED}; repeatable.  [default: {DEFAULT_DESCRIPTOR}; with --judge also {LEARNED_DESCRIPTOR}, as in a scan]"
        ),
    ] = None,
    distortions: o.Distortions = "seed",
    turns: o.Turns = "none",
    union: Annotated[
        bool,
        o.compared("--union", help="Also what all descriptors find together at the same rates."),
    ] = False,
    judge: Annotated[
        bool,
        o.compared(
            "--judge", help="Also what a scan by all of them would report: the copies that it would look at are judged."
        ),
    ] = False,
    report: o.Report = None,
    save: Annotated[Path | None, o.shown(help="Keep the raw distances.", parser=Place(RAW), metavar="FILE.npz")] = None,
    load: Annotated[
        Path | None,
        o.scanned(help="Take raw distances kept before, and no photos.", parser=o.INPUT, metavar="FILE.npz"),
    ] = None,
    files_from: o.FilesFrom = None,
    seed: Annotated[int, o.compared(help="For what is drawn at random.", metavar="N", min=0, show_default=True)] = 0,
    csv: Annotated[bool, o.shown("--csv", help="The same as --format csv.")] = False,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Show how descriptors tell distorted copies of photos from other photos."""
    from dedupe.console import progress
    from dedupe.errors import UsageError
    from dedupe.evaluate import evaluate as anew
    from dedupe.evaluate import evaluate_saved
    from dedupe.kit.output import as_far_as_it_goes
    from dedupe.report import RESULTS
    from dedupe.report.evaluation_page import write as write_page

    if csv and out.asked not in (None, "csv"):
        raise UsageError(f"--csv and --format {out.asked} contradict each other.")
    if load is not None:
        if photos or files_from or save:
            raise UsageError("--load takes everything from its file; leave out folders, --files-from and --save.")
        _refuse_idle(ctx)
    with result_to(replace(out, form="csv") if csv else out, RESULTS) as write:
        with page_file(report) as page:
            with progress() as tell:
                if load is None:
                    result, unfinished = as_far_as_it_goes(
                        anew,
                        photos or [],
                        descriptor=descriptor or (),
                        distortions=distortions,
                        turns=turns,
                        union=union,
                        judge=judge,
                        seed=seed,
                        save=save,
                        files_from=listed_paths(files_from),
                        **select,
                        **run,
                        progress=tell,
                    )
                else:
                    result, unfinished = evaluate_saved(load, union=union, seed=seed, progress=tell), None
            if page is not None:
                write_page(result, page)
        write(result)
    if unfinished:
        raise unfinished
    return FAILED if result.failures else 0


def _refuse_idle(ctx: typer.Context) -> None:
    """Raises UsageError for options on the command line that have no effect beside --load."""
    from dedupe.errors import UsageError

    idle = [each.opts[0] for each in ctx.command.params if each.name in IDLE and _is_given(ctx, each.name)]
    if idle:
        raise UsageError(f"{' and '.join(idle)} would have no effect with --load; leave that out.")


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
