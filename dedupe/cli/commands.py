"""The verbs, and whole commands from plugins: Typer apps in the entry-point group `dedupe.commands`.

Only what runs is built, and what comes from a plugin is imported only then: reading the parameters of all verbs would take
longer than the rest of a start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from dedupe import config
from dedupe.cli import examples
from dedupe.cli.groups import grouped
from dedupe.cli.places import watched
from dedupe.cli.settings import configured
from dedupe.errors import DedupeError, UsageError
from dedupe.installed import COMMANDS, EntryPoint, entries
from dedupe.kit import commands

YES_NUMBER = "--yes-number"
"""The option that stands for the number in --yes=N."""


class Verbs(TyperGroup):
    """The built-in verbs, and the commands of plugins: looked up only when no built-in verb was asked for."""

    own: Mapping[str, Callable[..., int] | typer.Typer] = {}
    """The built-in verbs: a function, or an app that has verbs of its own."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands.update((name, _stand_in(name, _about(verb))) for name, verb in self.own.items())

    def list_commands(self, ctx: Any) -> list[str]:
        """The built-in verbs in their order, then the plugins' commands by name."""
        own = super().list_commands(ctx)
        return own + [name for name in sorted(offered()) if name not in own]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The built-in verb; of a plugin's command a stand-in that lists without importing anything."""
        own = super().get_command(ctx, cmd_name)
        if own is not None or not (found := offered().get(cmd_name)):
            return own
        return _stand_in(cmd_name, _about_plugin(found))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb to run; a plugin's command is imported now. UsageError where that fails or the name is not its own,
        DedupeError where there is too little memory for any.
        """
        check_memory()
        args = _numbered(_asks(args))
        name = args[0] if args else ""
        if name in self.own:
            return name, _built(name, self.own[name]), args[1:]
        if name in offered():
            return name, _loaded(name, offered()[name]), args[1:]
        if left_out := [entry for entry in entries(COMMANDS) if entry.name == name]:
            raise UsageError(
                f"The command {name!r} is of the plugin {titles(left_out)}, which DEDUPE_PLUGINS leaves out."
            )
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help, and on stderr which plugin's command cannot be had because its name is taken."""
        super().format_help(ctx, formatter)
        from dedupe.console import warn

        for name, found in sorted(offered().items()):
            if name in self.commands:
                warn(
                    f"dedupe: the command {name!r} of the plugin {titles(found)} is left out: dedupe has a verb {name!r}."
                )


def _asks(args: list[str]) -> list[str]:
    """The words without `help` before them, which stands for --help after them."""
    return [*args[1:], "--help"] if args[:1] == ["help"] and args[1:] and args[1][:1] != "-" else args


def _numbered(args: list[str]) -> list[str]:
    """The words with --yes=N as two options: a flag of click takes no value, and an option that may do without one takes the
    word behind it.
    """
    found: list[str] = []
    for arg in args:
        yes, _, number = arg.partition("=")
        found += ["--yes", YES_NUMBER, number] if yes == "--yes" and number else [arg]
    return found


def _stand_in(name: str, about: str) -> TyperCommand:
    """What the help lists: a name and a sentence."""
    return TyperCommand(name, short_help=about.partition("\n\n")[0], rich_markup_mode=None)


def _about_plugin(found: list[EntryPoint]) -> str:
    """What a plugin says of its command: the first line of its module, read without importing it, else where it is from."""
    said = found[0].docstring()
    return f"{said.rstrip('.')} (plugin)." if said and len(found) == 1 else f"Comes from the plugin {titles(found)}."


def _about(verb: Callable[..., int] | typer.Typer) -> str:
    return str(verb.info.help if isinstance(verb, typer.Typer) else verb.__doc__)


def _built(name: str, verb: Callable[..., int] | typer.Typer) -> Any:
    """The command with its parameters."""
    command: Any = typer.main.get_command(verb if isinstance(verb, typer.Typer) else commands(verb))
    command.name = name
    command.epilog = examples.epilog(name)
    return grouped(configured(name, watched(command)))


@cache
def offered() -> dict[str, list[EntryPoint]]:
    """The commands of the installed plugins, those that DEDUPE_PLUGINS leaves out excepted, by name."""
    wanted = config.plugin_filter()
    found: dict[str, list[EntryPoint]] = {}
    for entry in entries(COMMANDS):
        if entry.value and (wanted is None or entry.name in wanted):
            found.setdefault(entry.name, []).append(entry)
    return found


def titles(found: list[EntryPoint]) -> str:
    """The distributions and versions that offer a command."""
    return " and ".join(f"{entry.name} ({entry.distribution} {entry.version})" for entry in found)


def _loaded(name: str, found: list[EntryPoint]) -> Any:
    """The command, imported; raises UsageError with one sentence where it cannot be had."""
    from dedupe.plugins.isolation import Failed, isolated, plugin_output_to_stderr

    if len(found) > 1:
        raise UsageError(
            f"Two plugins have a command {name!r}: {titles(found)}. Uninstall one of them: DEDUPE_PLUGINS cannot tell them "
            "apart."
        )
    try:
        with plugin_output_to_stderr(), isolated():
            app = found[0].load()
            if not isinstance(app, typer.Typer):
                raise TypeError(f"{found[0].value} is a {type(app).__name__}, not a typer.Typer")
            return _built(name, app)
    except Failed as error:
        raise UsageError(f"The command {name!r} of the plugin {titles(found)} cannot be loaded: {error}") from None


LEAST = 10**9
"""Bytes of address space: with 0.8 GB the first run, which compiles, hangs inside of a library; with 1 GB it ends well."""


def check_memory() -> None:
    """Raises DedupeError where the limit on this process's address space leaves too little to work with."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < LEAST:
        raise DedupeError(
            f"There is not enough memory: ulimit -v allows {allowed / 1e6:.0f} MB here, and dedupe needs at least "
            f"{LEAST / 1e6:,.0f} MB. Raise the limit, as in: ulimit -v unlimited"
        )
