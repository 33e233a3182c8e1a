"""`dedupe cache`: what is remembered about pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli import options as o

app = typer.Typer(
    help="Show, trim or remove the cache.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command()
def info(cache: o.Cache = None, json: o.Json = False) -> int:
    """Show where the cache is and what is in it."""
    from dedupe.console import is_terminal, warn
    from dedupe.report.cache import write_json, write_table
    from dedupe.store import Store

    with Store.open(_file(cache), warn) as store:
        facts = store.info()
    (write_json if json or not is_terminal(sys.stdout) else write_table)(facts, sys.stdout)
    return 0


@app.command()
def prune(
    cache: o.Cache = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", help="Also forget a descriptor, by its key as info shows it.", metavar="KEY", show_default=False
        ),
    ] = None,
    unmounted: Annotated[
        bool, typer.Option("--unmounted", help="Also forget files on drives that are not there.", show_default=False)
    ] = False,
) -> int:
    """Forget files that no longer exist, and what only they had."""
    from dedupe.console import warn
    from dedupe.errors import UsageError
    from dedupe.store import Store

    with Store.open(_file(cache), warn) as store:
        for one in key or []:
            if one not in store.info().keys:
                raise UsageError(f"--key {one}: the cache has no such key; dedupe cache info lists them.")
        gone = store.prune(keys=key or [], unmounted=unmounted)
    print(f"Forgot {gone.files:,} files, {gone.contents:,} contents, {gone.vectors:,} descriptors.")
    return 0


@app.command()
def clear(
    cache: o.Cache = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", show_default=False)] = False,
) -> int:
    """Remove the cache; the next scan describes the pictures anew."""
    from dedupe.console import shown
    from dedupe.report import size_text
    from dedupe.store import clear as remove

    path = _file(cache)
    if path is None or not path.exists():
        print("There is no cache.")
        return 0
    name = shown(bytes(path))
    if not yes:
        from dedupe.errors import UsageError

        if not sys.stdin.isatty():
            raise UsageError("Without a terminal to ask on, give --yes to remove the cache.")
        typer.confirm(f"Remove {name}?", abort=True)
    print(f"{name} is removed; {size_text(remove(path))} are free.")
    return 0


def _file(cache: str | None) -> Path | None:
    """The cache's path as scan has it."""
    from dedupe import config
    from dedupe.console import warn

    return config.chosen_cache(cache, warn)
