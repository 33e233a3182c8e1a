"""`dedupe cache`: what is remembered about pictures, and kernels that are compiled."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dedupe.kit import commands
from dedupe.kit import options as o

if TYPE_CHECKING:
    from dedupe.store import Store


def info(cache: o.Cache = None, json: Annotated[bool, o.json_alone("the counts")] = False) -> int:
    """Show where the cache is and what is in it."""
    from dedupe.kernels.upkeep import kept
    from dedupe.kit.output import listed
    from dedupe.report.cache import write_json, write_table

    path = _file(cache)
    with _opened(path) as store:
        facts = store.info()
    listed(json, write_json, write_table, (replace(facts, path=path), kept()))
    return 0


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
    from dedupe.console import counted
    from dedupe.errors import UsageError

    path = _file(cache)
    if path is None or not path.exists():
        print("There is no cache.")
        return 0
    with _opened(path) as store:
        for one in key or []:
            if one not in store.info().keys:
                raise UsageError(f"--key {one}: the cache has no such key; dedupe cache info lists them.")
        gone = store.prune(keys=key or [], unmounted=unmounted)
    counts = {
        ("file", "files"): gone.files,
        ("different picture", "different pictures"): gone.contents,
        ("descriptor", "descriptors"): gone.vectors,
        ("judged pair", "judged pairs"): gone.verdicts,
    }
    what = ", ".join(counted(count, *words) for words, count in counts.items() if count)
    print(f"Forgot {what}." if what else "There is nothing to forget.")
    return 0


def clear(
    cache: o.Cache = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", show_default=False)] = False,
) -> int:
    """Remove the cache and compiled kernels, with --cache that cache alone; the next scan begins anew."""
    from dedupe.console import is_terminal, shown
    from dedupe.errors import UsageError
    from dedupe.kernels import upkeep
    from dedupe.report import size_text

    path = _file(cache)
    if path is not None and not path.exists():
        path = None
    kernels = upkeep.kept().files if cache is None else 0
    names = [] if path is None else [shown(bytes(path))]
    names += [f"{kernels:,} compiled kernels"] * (kernels > 0)
    if not names:
        print("There is no cache.")
        return 0
    what = " and ".join(names)
    if not yes:
        if not is_terminal(sys.stdin):
            raise UsageError("Without a terminal to ask on, give --yes to remove the cache.")
        typer.confirm(f"Remove {what}?", abort=True)
    freed = (0 if path is None else _removed(path)) + (upkeep.clear().bytes if kernels else 0)
    print(f"{what} {'are' if kernels else 'is'} removed; {size_text(freed)} are free.")
    return 0


def _removed(path: Path) -> int:
    """The bytes freed. Raises DedupeError for a cache that cannot be removed, UsageError for what is none."""
    from dedupe.console import shown
    from dedupe.errors import DedupeError
    from dedupe.store import clear as remove

    try:
        return remove(path)
    except OSError as error:
        raise DedupeError(f"{shown(bytes(path))} cannot be removed: {error.strerror or error}.") from error


def _opened(path: Path | None) -> Store:
    """The cache; one in memory where there is none. Raises DedupeError for a file that cannot serve, which is left alone."""
    from dedupe.console import warn
    from dedupe.store import Store

    return Store.open(None, warn) if path is None or not path.exists() else Store.sound(path)


def _file(cache: str | None) -> Path | None:
    """The cache's path as scan has it."""
    from dedupe import config
    from dedupe.console import warn

    return config.chosen_cache(cache, warn)


app = commands(info, prune, clear, about="Show, trim or remove the cache.")
