"""`dedupe plugins`: what is loaded, from where, and what failed."""

from __future__ import annotations

from dedupe.cli import options as o


def plugins(json: o.Json = False, plugin: o.PluginFiles = None) -> int:
    """List the plugins: what each provides, where it comes from, and why it failed."""
    from dedupe.cli.output import listed
    from dedupe.describe.gather import load_plugins
    from dedupe.plugins import commands
    from dedupe.report.listing import write_json, write_table

    listing = sorted([*load_plugins(plugin or []).listing, *commands()], key=lambda one: (one.name, one.distribution))
    listed(json, write_json, write_table, listing)
    return 1 if any(one.error for one in listing) else 0
