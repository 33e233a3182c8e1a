"""dedupe.toml on a command line: --config, and what the file gives becomes the default of the options of that name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.core import TyperOption

from dedupe import config
from dedupe.cli.places import declared
from dedupe.config.settings_file import has_own
from dedupe.errors import UsageError
from dedupe.kit.options import GROUPS
from dedupe.kit.places import CACHE, Place


def _file(value: str) -> list[Path]:
    return [] if value == "none" else [Path(value)]


SETTINGS = Place(files=_file)
"""--config FILE|none."""

LIBRARY = ("paths", "reference")
"""Keys that say what the library is: they count where a scan is asked for no other."""

INSTEAD = {"descriptor": ("fast", "thorough")}
"""Keys that do not count where a flag says something else."""


def configured(name: str, command: Any) -> Any:
    """A command, or a group of them, that takes the settings into account if there are any for it, or it has a cache."""
    if hasattr(command, "commands"):
        for verb, each in command.commands.items():
            configured(verb, each)
        return command
    places = [param for param in command.params if declared(param) is not None]
    takes = has_own(name) or any(declared(param) is CACHE for param in places)
    if places and takes and not any("--config" in param.opts for param in command.params):
        command.params.append(_option(name, type(places[0].type)))
        command.invoke = _invoke(command.invoke)
    return command


def library(reference: list[str] | None) -> tuple[list[str], list[str]]:
    """The folders that a scan looks through where none is named, and its references, those asked for if there are any.

    Raises UsageError where the settings name no folder.
    """
    given = config.settings.given
    if not given.get("paths"):
        file = config.settings.file or config.settings_path()
        raise UsageError(f"Nothing to scan; name a folder, as in: dedupe scan ~/Pictures, or give paths in {file}")
    return [*map(str, given["paths"])], reference or [*map(str, given.get("reference", []))]


def _option(name: str, parsed: type[Any]) -> TyperOption:
    def load(ctx: Any, _: Any, asked: str | None) -> None:
        if ctx.resilient_parsing:
            return
        config.settings = config.read_settings(asked)
        given = config.settings.of(name).items()
        ctx.default_map = {key: value for key, value in given if key not in LIBRARY}

    return TyperOption(
        param_decls=["--config"],
        type=parsed(SETTINGS),
        metavar="FILE|none",
        help="Settings from this file, and not from your dedupe.toml; dedupe version -v says where that is.",
        callback=load,
        is_eager=True,
        expose_value=False,
        rich_help_panel=GROUPS[-1],
    )


def _invoke(run: Any) -> Any:
    def invoke(ctx: Any) -> Any:
        for key, flags in INSTEAD.items():
            if _from_file(ctx, key) and any(ctx.params.get(flag) for flag in flags):
                ctx.params[key] = None
        try:
            return run(ctx)
        except UsageError as error:
            if used := [f"--{key}" for key in ctx.default_map or () if _from_file(ctx, key)]:
                error.args = (f"{error} ({', '.join(used)}: from {config.settings.file})",)
            raise

    return invoke


def _from_file(ctx: Any, key: str) -> bool:
    source = ctx.get_parameter_source(key)
    return source is not None and source.name == "DEFAULT_MAP"
