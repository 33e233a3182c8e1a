"""`dedupe lab images`: a table of labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dedupe.kit import (
    FAILED,
    INPUT,
    Output,
    OutputOptions,
    Place,
    RunOptions,
    Table,
    options,
    result_to,
    say,
    shared,
    warn,
)
from dedupe_lab.kinds import TABLE

if TYPE_CHECKING:
    from dedupe_lab.images import Built


@shared("Name the pictures that could not be used.", json="the rows", html=True)
def images(
    source: Annotated[
        Path | None,
        options.argument(help="Folder or zip archive of class folders to add to the table.", parser=INPUT),
    ] = None,
    database: Annotated[
        Path, typer.Option("--db", help="The SQLite file.", metavar="FILE", parser=Place(TABLE))
    ] = Path("images.sqlite"),
    descriptor: Annotated[
        list[str] | None,
        typer.Option(
            "-d",
            "--descriptor",
            help="Column; repeat for several.  [default: phash]",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    base_url: Annotated[
        str,
        typer.Option(
            help="Addresses are this and the path below the folder.  [default: absolute paths]",
            metavar="URL",
            show_default=False,
        ),
    ] = "",
    where: Annotated[
        str, typer.Option("--where", help="Rows to show, as \"LabelName = 'cat'\".", metavar="SQL", show_default=False)
    ] = "",
    near: Annotated[
        Path | None,
        typer.Option(
            "--near",
            help="Show the rows nearest to this picture.",
            metavar="PICTURE",
            parser=INPUT,
            show_default=False,
        ),
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Rows to show.", metavar="N", min=1)] = 10,
    *,
    out: OutputOptions,
    run: RunOptions,
) -> int:
    """A table of labelled pictures with their hashes, and questions to it."""
    from dedupe import UsageError
    from dedupe_lab import lookup
    from dedupe_lab.images import build

    if source is None and not (where or near):
        raise UsageError("Name a folder to add, or ask with --where or --near.")
    built = None
    with result_to(out) as write:
        if source is not None:
            built = build(source, database, descriptor or ["phash"], base_url, **run)
            _tell(source, built)
            if not (where or near):
                write(_counts(built))
        if near:
            write(_found(lookup.nearest(database, near, descriptor[0] if descriptor else None, where, n, **run), built))
        elif where:
            write(_found(list(lookup.rows(database, where, n)), built))
    return FAILED if built and (built.failures or set(built.left_out) - {"other file"}) else 0


def _found(rows: list[dict[str, Any]], built: Built | None) -> Output:
    """The rows that were asked for."""
    names = list(rows[0]) if rows else ["ImageID"]
    cells = [["-" if value is None else str(value) for value in row.values()] for row in rows]
    shown = Table(names, cells, left=names, folded=("LabelName", "ImageAddr", "digest"))
    totals = [f"{len(rows):,} row{'s' * (len(rows) != 1)}"]
    return Output([{"type": "image", **row} for row in rows], [shown], totals, built.failures if built else ())


def _counts(built: Built) -> Output:
    """What was added."""
    count = sum(built.labels.values())
    shown = Table(("label", "pictures"), [(label, f"{number:,}") for label, number in built.labels.items()])
    records = [{"type": "summary", "images": count, "labels": built.labels}]
    return Output(records, [shown], [f"{count:,} picture{'s' * (count != 1)} in the table"], built.failures)


def _tell(source: Path, built: Built) -> None:
    """Says what was left out, and what has no type."""
    if built.untyped:
        every = sum(built.labels.values())
        say(
            f"{source} has no folder named train or test: the column Type is empty for all {every:,} pictures."
            if built.untyped == every
            else f"{source}: {built.untyped:,} of {every:,} pictures lie in no folder named train or test; their Type is empty."
        )
    for reason, count in sorted(built.left_out.items()):
        warn(f"left out of the archive: {count} ({reason})")
