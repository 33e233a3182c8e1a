"""`dedupe leak`: which test pictures are among the training pictures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from dedupe.cli import options as o
from dedupe.config import FILE_TIMEOUT, PIXEL_CAP

if TYPE_CHECKING:
    from dedupe.model.leaks import Leaks


def leak(
    train: Annotated[Path, typer.Argument(help="The training set, one folder a class.", show_default=False)],
    test: Annotated[Path, typer.Argument(help="The test set, likewise.", show_default=False)],
    descriptor: Annotated[
        list[str] | None,
        typer.Option(
            "-d",
            "--descriptor",
            help="Descriptor that finds candidates; repeat for a union.  [default: phash, dhash]",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    threshold: o.Thresholds = None,
    pixels: Annotated[
        str,
        typer.Option(
            "--pixels", help="Largest distance of aligned pixels; none: descriptors decide.", metavar="X|none"
        ),
    ] = "0.25",
    turns: o.Turns = "none",
    exclude: o.Exclude = None,
    all_files: o.AllFiles = False,
    index: o.Index = "auto",
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 5 if a test picture leaked.", show_default=False)
    ] = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Form of the result.  [default: table on a terminal, else json]",
            metavar="table|json|csv|html",
            show_default=False,
        ),
    ] = None,
    json: o.Json = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="File for the result; .json, .csv, .html or .txt choose the form.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    workers: o.Workers = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    cache: o.Cache = None,
    plugin: o.PluginFiles = None,
    file_timeout: o.Timeout = FILE_TIMEOUT,
    max_pixels: o.PixelCap = PIXEL_CAP,
) -> int:
    """Find test pictures that are near-duplicates of training pictures, also under another label."""
    from dedupe.console import progress, set_talk
    from dedupe.leak import DESCRIPTORS
    from dedupe.leak import leak as run
    from dedupe.walk import WalkOptions

    set_talk(quiet, verbose)
    with _result_to(output, format_, json) as write:
        with progress() as report:
            result = run(
                train,
                test,
                descriptors=descriptor or DESCRIPTORS,
                thresholds=threshold or [],
                aligned=_limit(pixels),
                turns=turns,
                index=index,
                plugin_files=plugin or [],
                options=WalkOptions(tuple(exclude or ()), 0, True, all_files),
                workers=workers,
                cache=cache,
                file_timeout=file_timeout,
                pixel_cap=max_pixels,
                progress=report,
            )
        write(result)
    if check and len(result.groups):
        return 5
    return 1 if result.failures else 0


def _limit(text: str) -> float | None:
    from dedupe.errors import UsageError

    try:
        return None if text == "none" else float(text)
    except ValueError:
        raise UsageError(f"--pixels {text}: give a distance from 0 to 1, as 0.25, or none.") from None


@contextmanager
def _result_to(output: Path | None, asked: str | None, json: bool) -> Iterator[Callable[[Leaks], None]]:
    """As `dedupe.cli.output.result_to`, with pages too."""
    from dedupe.cli.output import replacing
    from dedupe.errors import UsageError
    from dedupe.report.leaks import write_summary

    if json and asked not in (None, "json"):
        raise UsageError(f"--json and --format {asked} contradict each other.")
    write = _writer("json" if json else asked, output)
    if output is None:
        yield lambda result: _to_stdout(write, result)
        return
    with replacing(output) as stream:

        def both(result: Leaks) -> None:
            write(result, stream)
            write_summary(result, sys.stdout)

        yield both


def _to_stdout(write: Callable[[Leaks, TextIO], None], result: Leaks) -> None:
    from dedupe.errors import OutputClosed

    try:
        write(result, sys.stdout)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich makes the one into the other
        raise OutputClosed from None


def _writer(asked: str | None, output: Path | None) -> Callable[[Leaks, TextIO], None]:
    from dedupe.console import is_terminal
    from dedupe.report import format_for, leaks, leaks_page

    if asked == "html" or (asked is None and output is not None and output.suffix.lower() in (".html", ".htm")):
        return leaks_page.write
    form = format_for(asked, output, is_terminal(sys.stdout))
    return {"json": leaks.write_json, "csv": leaks.write_csv, "table": leaks.write_table}[form]
