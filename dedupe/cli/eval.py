"""`dedupe eval`: how descriptors hold up under distortions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dedupe.cli import options as o
from dedupe.cli.shared import FAILED, RunOptions, SelectOptions, shared
from dedupe.config import DEFAULT_DESCRIPTOR
from dedupe.kit import Kind, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from dedupe.model import Evaluation


def _is_raw(path: Path) -> bool:
    from dedupe.evaluate.raw import RAW

    return RAW.holds(path)


RAW = Kind("a file of raw distances", _is_raw)

IDLE = ("descriptor", "distortions", "turns", "file_timeout", "max_pixels")
"""Options that say what to measure, of which --load takes no account."""


@shared("Name the files that could not be used.")
def evaluate(
    ctx: typer.Context,
    photos: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders and photos.  [default: the photos that come with dedupe]", parser=o.INPUT, show_default=False
        ),
    ] = None,
    descriptor: Annotated[
        list[str],
        typer.Option(
            "-d",
            "--descriptor",
            help=f"{o.NAMED}; repeatable.",
            metavar="NAME",
            parser=o.DESCRIBED_BY,
        ),
    ] = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    distortions: Annotated[
        str, typer.Option(help="Sets and distortions, as seed or blur:sigma=2,crop.", metavar="seed|hard|s2|NAME,...")
    ] = "seed",
    turns: o.Turns = "none",
    union: Annotated[
        bool,
        typer.Option("--union", help="Also what all descriptors find together at the same rates.", show_default=False),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a page with figures.", parser=o.RESULT, metavar="FILE.html", show_default=False),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="Keep the raw distances.", parser=Place(RAW), metavar="FILE.npz", show_default=False),
    ] = None,
    load: Annotated[
        Path | None,
        typer.Option(
            help="Take raw distances kept before, and no photos.",
            parser=o.INPUT,
            metavar="FILE.npz",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="For what is drawn at random.", metavar="N", min=0)] = 0,
    format_: o.Format = None,
    json: Annotated[bool, o.json_lines("all figures")] = False,
    csv_safe: o.CsvSafe = False,
    csv: Annotated[bool, typer.Option("--csv", help="The same as --format csv.", show_default=False)] = False,
    output: o.Output = None,
    calibrate: Annotated[bool, typer.Option("--calibrate", hidden=True)] = False,
    pairs: Annotated[str | None, typer.Option("--pairs", hidden=True)] = None,
    *,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Show how descriptors tell distorted copies of photos from other photos."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.console import progress
    from dedupe.errors import UsageError
    from dedupe.evaluate import evaluate as anew
    from dedupe.evaluate import evaluate_saved

    if calibrate:
        raise UsageError("--calibrate is a command of its own: dedupe calibrate FOLDER -d NAME")
    if pairs is not None:
        raise UsageError(f"--pairs is a command of its own: dedupe score {pairs} -d NAME")
    if csv and format_ not in (None, "csv"):
        raise UsageError(f"--csv and --format {format_} contradict each other.")
    if load is not None:
        if photos or save:
            raise UsageError("--load takes everything from its file; leave out folders and --save.")
        _refuse_idle(ctx)
    with result_to(output, "csv" if csv else format_, json, csv_safe=csv_safe) as write:
        with _page(report) as draw:
            with progress() as tell:
                if load is None:
                    result, unfinished = as_far_as_it_goes(
                        anew,
                        photos or [],
                        descriptor=descriptor,
                        distortions=distortions,
                        turns=turns,
                        union=union,
                        seed=seed,
                        save=save,
                        **select,
                        **run,
                        progress=tell,
                    )
                else:
                    result, unfinished = evaluate_saved(load, union=union, seed=seed, progress=tell), None
            draw(result)
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


@contextmanager
def _page(path: Path | None) -> Iterator[Callable[[Evaluation], None]]:
    """What writes the page with figures; its file is opened before the work and replaced when the block ends well."""
    if path is None:
        yield lambda _: None
        return
    from dedupe.cli.output import page_file

    with page_file(path) as stream:

        def draw(result: Evaluation) -> None:
            from dedupe.report.evaluation_page import write

            write(result, stream)

        yield draw
