"""How a result was asked for, put into its header: once for all verbs."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, ParamSpec, TypeVar

from dedupe import config
from dedupe.describe.several import several
from dedupe.errors import Unfinished
from dedupe.installed import version
from dedupe.model import InMemory
from dedupe.model.addresses import bare, bare_text
from dedupe.model.held import Held

P = ParamSpec("P")
R = TypeVar("R", bound=Held)

REFERENCES, PROTECTED = "reference", "protect"
"""The parameters with folders that are always kept, and in which nothing is removed."""


def recorded(*roots: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """For a verb: the header of its result says how it was called; `roots` are the parameters with what is looked at."""

    def of(verb: Callable[P, R]) -> Callable[P, R]:
        takes = signature(verb)

        @wraps(verb)
        def run(*args: P.args, **settings: P.kwargs) -> R:
            made = _call(takes, takes.bind(*args, **settings).arguments, roots)
            try:
                result: R = _with(verb(*args, **settings), made)
            except Unfinished as error:
                error.result = _with(error.result, made)
                raise
            return result

        return run

    return of


def _with(result: Any, made: Mapping[str, Any]) -> Any:
    roots = (*made["roots"], *result.header.roots)  # of which a verb may know more
    return replace(result, header=replace(result.header, **{**made, "roots": roots}))


def folders_of(files: Iterable[bytes]) -> tuple[bytes, ...]:
    """The folders of files that were named one by one, none of them in another."""
    found: list[bytes] = []
    for each in sorted({os.path.join(os.path.dirname(os.path.abspath(file)), b"") for file in files}):
        if not found or not each.startswith(found[-1]):
            found.append(each)
    return tuple(each.rstrip(b"/") or b"/" for each in found)


def _call(takes: Signature, given: Mapping[str, Any], roots: tuple[str, ...]) -> dict[str, Any]:
    """The fields of the header that say how a verb was called."""
    options: dict[str, Any] = {}
    for name, value in given.items():
        if name in (*roots, REFERENCES, PROTECTED):
            continue
        if takes.parameters[name].kind is Parameter.VAR_KEYWORD:
            options |= {each: _json(one) for each, one in value.items()}
        elif _json(value) != _json(takes.parameters[name].default):
            options[name] = _json(value)
    return {
        "version": version("dedupe-images"),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command_line": config.command_line and tuple(map(bare_text, config.command_line)),
        "roots": tuple(path for name in roots for path in _paths(given.get(name, ()))),
        "references": _paths(given.get(REFERENCES, ())),
        "protected": _paths(given.get(PROTECTED, ())),
        "folder": _folder(),
        "options": {name: value for name, value in options.items() if value not in (None, [], {})},
        "in_memory": tuple(each.name for value in given.values() for each in _in_memory(value)),
    }


def _folder() -> bytes:
    """The working folder, nothing where it is gone."""
    try:
        return os.getcwdb()
    except OSError:
        return b""


def _in_memory(given: Any) -> list[InMemory]:
    return [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, InMemory)]


def _paths(given: Any) -> tuple[bytes, ...]:
    """Paths as bytes; what can be gone through only once, or is no path, is left out."""
    if not isinstance(given, str | bytes | os.PathLike | list | tuple):
        return ()
    return tuple(bare(os.fsencode(each)) for each in several(given) if isinstance(each, str | bytes | os.PathLike))


def _json(value: Any) -> Any:
    """A value in JSON's types, None where it has none; numbers that JSON has not as words."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return bare_text(value)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | os.PathLike):
        return bare_text(os.fsdecode(value))
    if isinstance(value, list | tuple):
        return [_json(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _json(each) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _json({field.name: getattr(value, field.name) for field in fields(value)})
    return None
