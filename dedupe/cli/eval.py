"""`dedupe eval`: how descriptors hold up under distortions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dedupe.cli import options as o
from dedupe.config import DEFAULT_DESCRIPTOR, FILE_TIMEOUT, PIXEL_CAP
from dedupe.kit import Kind, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from dedupe.model import Evaluation


def _is_raw(path: Path) -> bool:
    from dedupe.evaluate.raw import RAW

    return RAW.holds(path)


RAW = Kind("a file of raw distances", _is_raw)

IDLE = {
    "load": ("descriptor", "distortions", "turns", "precision", "file_timeout", "max_pixels"),
    "pairs": ("distortions", "seed"),
    "calibrate": ("distortions", "turns", "precision", "seed"),
}
"""By option that says what kind of evaluation it is: those that say what to measure, and of which it takes no account."""


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
            help="Descriptor, with parameters as in phash:bits=256; repeatable.",
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
    pairs: Annotated[
        Path | None,
        typer.Option(
            help="Judge by pairs of your own: two paths and 1 or 0 a line.",
            parser=o.INPUT,
            metavar="CSV",
            show_default=False,
        ),
    ] = None,
    threshold: o.Thresholds = None,
    precision: Annotated[float, typer.Option(help="With --pairs: the precision to reach.", metavar="SHARE")] = 0.99,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Measure how near photos come to each other that have nothing to do with each other.",
            show_default=False,
        ),
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            help="With --calibrate: folder for the files.  [default: where scan finds them]",
            parser=o.INTO,
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    files_from: o.FilesFrom = None,
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
    json: o.Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="The same as --format csv.", show_default=False)] = False,
    output: o.Output = None,
    workers: o.Workers = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    cache: o.Cache = None,
    plugin: o.PluginFiles = None,
    file_timeout: o.Timeout = FILE_TIMEOUT,
    max_pixels: o.PixelCap = PIXEL_CAP,
) -> int:
    """Show how descriptors tell distorted copies of photos from other photos."""
    from dedupe.cli.output import as_far_as_it_goes, result_to
    from dedupe.console import progress, set_talk
    from dedupe.errors import UsageError

    if csv and format_ not in (None, "csv"):
        raise UsageError(f"--csv and --format {format_} contradict each other.")
    if pairs is not None and (photos or load or save or report or union):
        raise UsageError(
            "--pairs says itself which photos there are; leave out folders, --load, --save, --report, --union."
        )
    if threshold and pairs is None:
        raise UsageError("-t is for --pairs; without them thresholds are set by the false positive rates.")
    if load is not None and (photos or save):
        raise UsageError("--load takes everything from its file; leave out folders and --save.")
    if calibrate and (pairs or load or save or report or union or threshold):
        raise UsageError(
            "--calibrate only measures photos; leave out --pairs, --load, --save, --report, --union and -t."
        )
    if (into or files_from) and not calibrate:
        raise UsageError("--into and --files-from are for --calibrate.")
    _refuse_idle(ctx, {"load": load, "pairs": pairs, "calibrate": calibrate})
    set_talk(quiet, verbose)
    run = _calibration(into, files_from) if calibrate else _work(pairs, load, threshold or [], precision)
    settings: dict[str, Any] = {
        **({} if pairs or calibrate else {"union": union, "seed": seed}),
        **({} if pairs or load or calibrate else {"distortions": distortions, "save": save}),
    }
    if load is None:
        settings |= {"descriptors": descriptor, "plugin_files": plugin or []} | ({} if calibrate else {"turns": turns})
        settings |= {"workers": workers, "cache": cache, "file_timeout": file_timeout, "pixel_cap": max_pixels}
    with result_to(output, "csv" if csv else format_, json) as write:
        with _page(report) as draw:
            with progress() as tell:
                result, unfinished = as_far_as_it_goes(run, photos or [], settings, tell)
            draw(result)
        write(result)
    if unfinished:
        raise unfinished
    return 1 if result.failures else 0


def _refuse_idle(ctx: typer.Context, kinds: dict[str, Any]) -> None:
    """Raises UsageError for options on the command line that have no effect beside one of `kinds` that is given."""
    from dedupe.errors import UsageError

    for kind in (name for name, given in kinds.items() if given):
        idle = [each.opts[0] for each in ctx.command.params if each.name in IDLE[kind] and _is_given(ctx, each.name)]
        if idle:
            raise UsageError(f"{' and '.join(idle)} would have no effect with --{kind}; leave that out.")


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _calibration(into: Path | None, files_from: str | None) -> Callable[..., Any]:
    """What measures null distributions on (photos, settings, progress)."""
    from dedupe.cli.scan import listed_paths
    from dedupe.evaluate.calibrating import calibrated

    listed = None if files_from is None else listed_paths(files_from)
    return lambda photos, settings, tell: calibrated(photos, into=into, files_from=listed, **settings, progress=tell)


def _work(pairs: Path | None, load: Path | None, thresholds: list[str], precision: float) -> Callable[..., Any]:
    """What is to be done with (photos, settings, progress): the user's own pairs judged, or an evaluation, new or saved."""
    if pairs is not None:
        from dedupe.evaluate.truth import judge

        return lambda _, settings, tell: judge(
            pairs, thresholds=thresholds, precision=precision, **settings, progress=tell
        )
    from dedupe.evaluate import evaluate as anew
    from dedupe.evaluate import evaluate_saved

    if load is not None:
        return lambda _, settings, tell: evaluate_saved(load, **settings, progress=tell)
    return lambda photos, settings, tell: anew(photos, **settings, progress=tell)


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
