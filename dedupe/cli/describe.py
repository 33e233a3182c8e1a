"""`dedupe describe`: the descriptors of pictures."""

from __future__ import annotations

from typing import Annotated

import typer

from dedupe.config import DEFAULT_DESCRIPTOR
from dedupe.kit import FAILED, OutputOptions, RunOptions, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit.output import carry_out


@shared("Name the files that could not be used.", json="the descriptors")
def describe(
    pictures: Annotated[list[str], typer.Argument(help="Pictures and folders.", parser=o.INPUT, show_default=False)],
    descriptor: o.Descriptors = [DEFAULT_DESCRIPTOR],  # noqa: B006 - typer copies it
    turns: o.Turns = "none",
    follow_rows: o.FollowRows = False,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Print the descriptors of pictures: bits as hex, floats as values."""
    from dedupe.cli.reports import with_plugins
    from dedupe.query import describe as function
    from dedupe.report import RESULTS

    result = carry_out(
        out,
        with_plugins(RESULTS, "describe", out, run["plugin"]),
        lambda told: function(
            pictures,
            descriptor=descriptor,
            turns=turns,
            follow_rows=follow_rows,
            **select,
            **run,
            progress=told,
        ),
    )
    return FAILED if result.failures else 0
