"""The options that verbs share: which files take part, and how a run goes about it; a verb has them by a decorator."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any, TypedDict, get_type_hints

from dedupe.cli import options as o
from dedupe.model.asked import FILE_TIMEOUT, PIXEL_CAP


class RunOptions(TypedDict):
    """The values of what says how to go about it, under the names that the functions have for them."""

    workers: int | None
    cache: str | None
    plugin: list[Path]
    file_timeout: float
    max_pixels: int


class SelectOptions(TypedDict):
    """The values of what says which files of folders take part."""

    exclude: list[str]
    min_size: int
    min_pixels: int
    recursive: bool
    all_files: bool


def _select(
    exclude: o.Exclude = None,
    min_size: o.MinSize = "0",
    min_pixels: o.MinPixels = 0,
    no_recursive: o.NoRecursive = False,
    all_files: o.AllFiles = False,
) -> SelectOptions:
    return {
        "exclude": exclude or [],
        "min_size": o.size(min_size),
        "min_pixels": min_pixels,
        "recursive": not no_recursive,
        "all_files": all_files,
    }


def _run(
    workers: o.Workers = None,
    cache: o.Cache = None,
    plugin: o.PluginFiles = None,
    file_timeout: o.Timeout = FILE_TIMEOUT,
    max_pixels: o.PixelCap = PIXEL_CAP,
) -> RunOptions:
    return {
        "workers": workers,
        "cache": cache,
        "plugin": plugin or [],
        "file_timeout": file_timeout,
        "max_pixels": max_pixels,
    }


def _talk(quiet: o.Quiet = False, verbose: o.Verbose = False) -> None:
    from dedupe.console import set_talk

    set_talk(quiet, verbose)


SHARED: dict[str, Callable[..., Any]] = {"select": _select, "run": _run}


def shared(verb: Callable[..., int]) -> Callable[..., int]:
    """The verb with -q and -v, and with the options that its parameters `select` and `run` stand for, in their place."""
    own = signature(verb).parameters
    hints = get_type_hints(verb, include_extras=True)
    values = {name: template for name, template in SHARED.items() if name in own}

    @wraps(verb)
    def called(**given: Any) -> int:
        _talk(**_taken(_talk, given))
        more = {name: template(**_taken(template, given)) for name, template in values.items()}
        return verb(**given, **more)

    plain = [each.replace(annotation=hints[each.name]) for each in own.values() if each.name not in values]
    every = [*plain, *(each for template in (*values.values(), _talk) for each in _options(template))]
    called.__signature__ = Signature(every)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in every}
    return called


def _options(template: Callable[..., Any]) -> Iterable[Parameter]:
    hints = get_type_hints(template, include_extras=True)
    return [
        each.replace(annotation=hints[each.name], kind=Parameter.KEYWORD_ONLY)
        for each in signature(template).parameters.values()
    ]


def _taken(template: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """What of the values that were given is the template's; taken out of them."""
    return {name: given.pop(name) for name in signature(template).parameters}
