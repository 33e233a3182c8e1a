"""`dedupe lab images`: a table of labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.kit import INPUT, Place
from dedupe_lab.cli import options as o
from dedupe_lab.kinds import TABLE


def images(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="Folder or zip archive of class folders to add to the table.", parser=INPUT, show_default=False
        ),
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
    json: o.Json = False,
    form: o.Form = None,
    quiet: o.Quiet = False,
    strict: o.Strict = False,
    plugin: o.PluginFiles = None,
    workers: o.Workers = None,
    cache: o.Cache = None,
) -> int:
    """A table of labelled pictures with their hashes, and questions to it."""
    from dedupe import UsageError
    from dedupe_lab import lookup
    from dedupe_lab.images import build
    from dedupe_lab.output import for_people, lines, set_quiet, table

    set_quiet(quiet)
    people = for_people(json, form)
    if source is None and not (where or near):
        raise UsageError("Name a folder to add, or ask with --where or --near.")
    code = 0
    if source is not None:
        built = build(
            source, database, descriptor or ["phash"], base_url, workers=workers, cache=cache, plugin=plugin or []
        )
        failed = _told(source, built)
        code = 1 if failed and strict else 0
        if not (where or near):
            lines([{"type": "summary", "images": sum(built.labels.values()), "labels": built.labels}])
            return code
    found = (
        lookup.nearest(
            database,
            near,
            descriptor[0] if descriptor else None,
            where,
            n,
            workers=workers,
            cache=cache,
            plugin=plugin or [],
        )
        if near
        else list(lookup.rows(database, where, n))
    )
    if people and found:
        cells = [["-" if value is None else str(value) for value in row.values()] for row in found]
        table(list(found[0]), cells, left=list(found[0]), folded=("LabelName", "ImageAddr", "digest"))
    else:
        lines({"type": "image", **row} for row in found)
    return code


def _told(source: Path, built: Any) -> bool:
    """Says what was left out, and what has no type; whether some pictures could not be used."""
    from dedupe_lab.output import failed, note, warn

    failed(built.failures)
    if built.untyped:
        every = sum(built.labels.values())
        note(
            f"{source} has no folder named train or test: the column Type is empty for all {every:,} pictures."
            if built.untyped == every
            else f"{source}: {built.untyped:,} of {every:,} pictures lie in no folder named train or test; their Type is empty."
        )
    for reason, count in sorted(built.left_out.items()):
        warn(f"left out of the archive: {count} ({reason})")
    return bool(built.failures or set(built.left_out) - {"other file"})
