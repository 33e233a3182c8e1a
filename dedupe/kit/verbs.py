"""What makes a function a verb: the options that verbs share, by a decorator, and the app that holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, TypedDict, get_type_hints

import typer

from dedupe.kit import options as o
from dedupe.kit.output import OutputOptions
from dedupe.kit.values import size
from dedupe.model.asked import CPU, FILE_TIMEOUT, PIXEL_CAP


class RunOptions(TypedDict):
    """The values of what says how to go about it, under the names that the functions have for them."""

    workers: int | None
    cache: str | None
    plugin: list[Path]
    file_timeout: float
    max_pixels: int
    device: str


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
        "min_size": size(min_size),
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
    device: o.Device = CPU,
) -> RunOptions:
    return {
        "workers": workers,
        "cache": cache,
        "plugin": plugin or [],
        "file_timeout": file_timeout,
        "max_pixels": max_pixels,
        "device": device,
    }


def _out(
    format_: str | None = None, json: bool = False, csv_safe: o.CsvSafe = False, output: Path | None = None
) -> OutputOptions:
    return OutputOptions(format_, json, csv_safe, output)


def _manner(quiet: o.Quiet = False, verbose: bool = False, strict: o.Strict = False) -> bool:
    """Sets how much is told; whether files that could not be used count."""
    from dedupe.console import set_talk

    set_talk(quiet, verbose)
    return strict


FAILED = 1
"""What a verb returns where files could not be used: an exit code with --strict only."""

TEMPLATES: dict[Any, Callable[..., Any]] = {OutputOptions: _out, SelectOptions: _select, RunOptions: _run}


def shared(
    verbose: str = "",
    json: str = "the result",
    html: bool = False,
    plan: bool = False,
    drawn: bool = False,
    groups: bool = False,
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Gives a verb -q, -v (which does what `verbose` says) and --strict, and the options that its parameters of the types
    OutputOptions, SelectOptions and RunOptions stand for.

    `json` says what --json prints; with `html` a page is one of the forms, with `plan` a list that apply takes, with `drawn`
    a picture of two others, with `groups` the forms that groups have. The verb returns its exit code; FAILED counts with
    --strict alone.
    """
    known = {
        "verbose": Annotated[bool, o.verbose(verbose)],
        "json": Annotated[bool, o.json_lines(json)],
        "format_": Annotated[str | None, o.form(html, groups)],
        "output": Annotated[Path | None, o.result_file(html, plan, drawn, groups)],
    }

    def decorate(verb: Callable[..., int]) -> Callable[..., int]:
        own = signature(verb).parameters
        hints = get_type_hints(verb, include_extras=True)
        values = {name: TEMPLATES[hints[name]] for name in own if hints[name] in TEMPLATES}

        @wraps(verb)
        def called(*args: Any, **given: Any) -> int:
            strict = _manner(**_taken(_manner, given))
            more = {name: template(**_taken(template, given)) for name, template in values.items()}
            code = verb(*args, **given, **more)
            return 0 if code == FAILED and not strict else code

        every = [each.replace(annotation=hints[each.name]) for each in own.values() if each.name not in values]
        every += [each for template in (*values.values(), _manner) for each in _options(template, known)]
        every = [each for each in every if verbose or each.name != "verbose"]
        called.__signature__ = Signature(every)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in every}
        return called

    return decorate


def _options(template: Callable[..., Any], known: dict[str, Any]) -> Iterable[Parameter]:
    hints = get_type_hints(template, include_extras=True) | known
    return [
        each.replace(annotation=hints[each.name], kind=Parameter.KEYWORD_ONLY)
        for each in signature(template).parameters.values()
    ]


def _taken(template: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """What of the values that were given is the template's; taken out of them."""
    return {name: given.pop(name) for name in signature(template).parameters if name in given}


def commands(*verbs: Callable[..., int], about: str | None = None) -> typer.Typer:
    """A command of dedupe, made of one function, or of several, each a verb under its own name; `about` is what they do."""
    made = typer.Typer(
        help=about,
        no_args_is_help=len(verbs) > 1,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for verb in verbs:
        made.command(short_help=str(verb.__doc__).partition("\n\n")[0])(verb)  # whole: typer would cut it
    return made
