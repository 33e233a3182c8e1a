"""`dedupe plugins`: what is loaded, from where, and what failed."""

from __future__ import annotations

from typing import Annotated

import typer

from dedupe.cli import options as o


def plugins(
    json: o.Json = False,
    plugin: o.PluginFiles = None,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Say what is forbidden to workers.", show_default=False)
    ] = False,
) -> int:
    """List the plugins: what each provides, where it comes from, and why it failed."""
    from dedupe.cli.output import listed
    from dedupe.console import say
    from dedupe.describe.gather import load_plugins
    from dedupe.model import Run
    from dedupe.plugins import commands
    from dedupe.processes.sandbox import described
    from dedupe.report.listing import write_json, write_table

    listing = sorted(
        [*load_plugins(Run(plugin=tuple(plugin or ()))).listing, *commands()],
        key=lambda one: (one.name, one.distribution),
    )
    listed(json, write_json, write_table, listing)
    if verbose:
        say(described(bool(plugin)))
    return 1 if any(one.error for one in listing) else 0
