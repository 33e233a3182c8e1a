"""`dedupe plugins`: what is loaded, from where, and what failed; and whether one keeps the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dedupe.kit import options as o


def plugins(
    json: Annotated[bool, o.json_alone("the list, or the checks,")] = False,
    plugin: o.PluginFiles = None,
    check: Annotated[
        str | None,
        o.run(
            "--check",
            help="Run the conformance kit on a plugin, or on one thing that a plugin provides.",
            metavar="FILE.py|NAME",
            parser=o.INPUT,
        ),
    ] = None,
    verbose: Annotated[bool, o.verbose("Also say what plugins are kept from doing.")] = False,
) -> int:
    """List the plugins: what each provides, where it comes from, and why it failed. With --check: whether one keeps the
    contract, and exit code 1 if it does not.
    """
    if check is not None:
        return _check(check, plugin or [], json)
    from dedupe.console import say
    from dedupe.describe.gather import load_plugins
    from dedupe.kit.output import listed
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


def _check(asked: str, files: list[Path], json: bool) -> int:
    """Runs the kit and writes what came of each check."""
    from dedupe.console import progress
    from dedupe.describe.gather import load_plugins
    from dedupe.kit.output import listed
    from dedupe.model import Run
    from dedupe.report.listing import write_checks_json, write_checks_table
    from dedupe.testing.running import checks_of

    if asked.endswith(".py"):
        path = Path(asked).absolute()
        asked, files = str(path), [*files, path]
    checks, results = checks_of(load_plugins(Run(plugin=tuple(files))), asked), []
    with progress() as told:
        for check in checks:
            results.append(check())
            told("checking", len(results), len(checks))
    listed(json, write_checks_json, write_checks_table, results)
    return 1 if any(one.outcome == "failed" for one in results) else 0
