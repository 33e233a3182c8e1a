"""What a command line names: no output takes the place of an input, of another output, or of what is not its kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dedupe import config
from dedupe.errors import SafetyError, UsageError
from dedupe.kit import Kind, Place
from dedupe.whole import is_stream, refuse_other

Named = tuple[str, Path, Kind | None]
"""What a parameter is called, a path that it names, and what may be replaced there; None where it is only read."""


def watched(command: Any) -> Any:
    """A command, or a group of them, that looks at its outputs before it runs."""
    if hasattr(command, "commands"):
        for each in command.commands.values():
            watched(each)
        return command
    run = command.invoke

    def invoke(ctx: Any) -> Any:
        check(ctx)
        return run(ctx)

    command.invoke = invoke
    return command


def declared(param: Any) -> Place | None:
    """What an option or argument says of the files that it names, None where it says nothing."""
    said = getattr(param.type, "func", None)
    return said if isinstance(said, Place) else None


def check(ctx: Any) -> None:
    """Raises SafetyError where something would be lost by this command line, UsageError where two outputs name one file."""
    outputs: dict[Any, str] = {}
    inputs: list[tuple[str, Path]] = []
    for option, path, kind in _named(ctx):
        if kind is None:
            inputs.append((option, path))
            continue
        refuse_other(path, kind)
        first = outputs.setdefault(_identity(path), option)
        if first != option:
            raise UsageError(f"{first} and {option} name the same file, {path}.")
    for option, path in inputs:
        output = outputs.get(_identity(path))
        if output and not (path.is_dir() or is_stream(path)):
            raise SafetyError(f"{output} and {option} name the same file, {path}; it was left alone, name another.")


def _named(ctx: Any) -> Iterator[Named]:
    if config.settings.file is not None:
        yield "--config", config.settings.file, None
    for param in ctx.command.params:
        place, value = declared(param), ctx.params.get(param.name)
        if place is None or value is None:
            continue
        called = param.opts[0] if param.param_type_name == "option" else param.name.upper()
        for each in value if isinstance(value, list | tuple) else [value]:
            if str(each):
                yield from ((called, path, place.writes) for path in place.files(each))


def _identity(path: Path) -> Any:
    """What two names of one file have in common: device and inode or, where nothing stands yet, the path without links."""
    try:
        found = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(path)
