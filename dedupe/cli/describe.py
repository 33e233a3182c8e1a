"""`dedupe describe`: the descriptors of pictures."""

from __future__ import annotations

from typing import Annotated

from dedupe.config import DEFAULT_DESCRIPTOR
from dedupe.kit import FAILED, OutputOptions, RunOptions, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit.output import carry_out
from dedupe.kit.values import listed_paths


@shared("Name the files that could not be used.", json="the descriptors")
def describe(
    pictures: Annotated[list[str] | None, o.argument(help="Pictures and folders.", parser=o.INPUT)] = None,
    descriptor: o.Descriptors = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    turns: o.Turns = "none",
    files_from: o.FilesFrom = None,
    follow_rows: o.FollowRows = False,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Print the descriptors of pictures: bits as hex, floats as values."""
    from dedupe.cli.reports import with_plugins
    from dedupe.errors import UsageError
    from dedupe.query import describe as function
    from dedupe.report import RESULTS

    if not pictures and files_from is None:
        raise UsageError("Nothing to describe; name a picture, as in: dedupe describe cat.jpg -d phash")
    result = carry_out(
        out,
        with_plugins(RESULTS, "describe", out, run["plugin"]),
        lambda told: function(
            pictures or [],
            descriptor=descriptor,
            turns=turns,
            files_from=listed_paths(files_from),
            follow_rows=follow_rows,
            **select,
            **run,
            progress=told,
        ),
    )
    return FAILED if result.failures else 0
