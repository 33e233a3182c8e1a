"""Loads plugins one by one: what one of them gets wrong is said on one line and takes nothing else along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dedupe import config, console
from dedupe.errors import UsageError, install_hint
from dedupe.installed import COMMANDS
from dedupe.model import Decoder, Descriptor, Distortion, PictureSource, PictureTrainer, Plugin, Trainer
from dedupe.model.asked import CPU
from dedupe.plugins.devices import placed
from dedupe.plugins.isolation import Failed, isolated, plugin_output_to_stderr
from dedupe.plugins.key import descriptor_key, identity
from dedupe.plugins.kinds import KINDS
from dedupe.plugins.manifest import resolved
from dedupe.plugins.offer import Factory, Offer, not_a_hook, offer
from dedupe.plugins.sources import PluginSource, chosen, entry_points, loose_file
from dedupe.plugins.spec import build, did_you_mean, made_of, parse
from dedupe.plugins.trial import attempt

__all__ = ["Plugins", "commands", "descriptor_key", "identity", "load"]


@dataclass(frozen=True, slots=True)
class Plugins:
    """What the loaded plugins provide: `things` by kind and name, factories or decoders, in the order of their plugins' names.

    `listing` has a row for every entry point, the failed and the left-out ones too.
    """

    things: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    listing: Sequence[Plugin] = ()
    lost: Mapping[tuple[str, str], Plugin] = field(default_factory=dict)
    """The failed plugin by kind and name of what it is known to have wanted to provide."""
    sources: Mapping[tuple[str, str], PluginSource] = field(default_factory=dict)
    """The plugin's source by kind and name of what it provides."""
    seconds: float = config.FILE_TIMEOUT
    """How long a trial may take."""
    device: str = CPU
    """Where descriptors run that can run elsewhere than on the CPU."""

    @property
    def descriptors(self) -> Mapping[str, Factory]:
        """The factories of descriptors, by name."""
        return self.things.get("descriptor", {})

    @property
    def decoders(self) -> Sequence[Decoder]:
        """All decoders."""
        return tuple(self.things.get("decoder", {}).values())

    @property
    def openers(self) -> Sequence[PictureSource]:
        """All that open files which hold pictures."""
        return tuple(self.things.get("source", {}).values())

    def descriptor(self, spec: str) -> Descriptor:
        """The descriptor that a specification like "phash:bits=256,source=full" asks for, on the device where it can run there;
        UsageError as `make` and `placed` raise it.

        A trained file, FILE.onnx, is asked for by its path.
        """
        made: Descriptor = self.make("descriptor", resolved(spec))
        return placed(made, self.device)

    def distortion(self, spec: str) -> Distortion:
        """The distortion that a specification like "blur:sigma=3" asks for; UsageError as `make` raises it."""
        made: Distortion = self.make("distortion", spec)
        return made

    def trainer(self, spec: str) -> Trainer | PictureTrainer:
        """The trainer that a specification like "pca:n=256" asks for; UsageError as `make` raises it."""
        made: Trainer | PictureTrainer = self.make("trainer", spec)
        return made

    def make(self, kind: str, spec: str, own: Mapping[str, Factory] = MappingProxyType({})) -> Any:
        """What a specification asks for, of a kind, from a plugin or among the host's `own` by name.

        Raises UsageError for a name or parameter that does not exist (with the nearest one that does), for a value that
        does not fit, for what a plugin would have provided had it not failed, and for a plugin's thing of one of the own names.
        """
        named = self.things.get(kind, {})
        if twice := sorted(own.keys() & named.keys()):
            one = KINDS[kind].one
            raise UsageError(f"A plugin has {one} named {twice[0]!r}, which is the name of one of dedupe's own.")
        known = {**own, **named}
        name, given = parse(spec)
        if name not in known:
            raise UsageError(self._missing(kind, known, name))
        return build(kind, name, known[name], given, KINDS[kind].problem, partial(self._tried, kind, name))

    def complete(self) -> list[str]:
        """The names of the descriptors that can be used as they are, sorted: those left out need a file to be named."""
        return [name for name in sorted(self.descriptors) if self._complete(name)]

    def _tried(self, kind: str, name: str, values: dict[str, Any], files: bool) -> bool:
        """Makes it in a child, if it is a loose plugin's or made of a file that is not the plugin's own; says whether.

        Raises Failed. The child loads the plugin again, which costs a forked one next to nothing.
        """
        source = self.sources.get((kind, name))
        if source is None or (source.distribution and not files):
            return False
        attempt(_made_again, source, kind, name, values, seconds=self.seconds)
        return True

    def _complete(self, name: str) -> bool:
        try:
            if self._tried("descriptor", name, {}, False):
                return True
            check = getattr(self.descriptors[name](), "check", None)
            return check is None or check() is None
        except (UsageError, Failed):
            return False

    def _missing(self, kind: str, known: Mapping[str, Factory], name: str) -> str:
        if (kind, name) in self.lost:
            plugin = self.lost[kind, name]
            return f"{name!r} is {KINDS[kind].one} of the plugin {title(plugin)}, which failed to load: {plugin.error}"
        sentences = [f"{name!r} is not {KINDS[kind].one}.{did_you_mean(name, known)}"]
        if known:
            sentences.append(f"There are: {', '.join(sorted(known))}.")
        for plugin in self.listing:
            if plugin.error is not None:
                sentences.append(f"The plugin {title(plugin)} failed to load: {plugin.error.removesuffix('.')}.")
        if left_out := [p.name for p in self.listing if p.status == "not loaded"]:
            sentences.append(f"DEDUPE_PLUGINS leaves out: {', '.join(left_out)}.")
        if not self.listing and not known:
            sentences.append(f"No plugin is installed; {install_hint()} brings those that ship.")
        return " ".join(sentences)


def load(
    files: Sequence[Path] = (),
    only: tuple[str, ...] | None = None,
    warn: Callable[[str], None] = console.warn,
    seconds: float = config.FILE_TIMEOUT,
) -> Plugins:
    """Loads the plugins of the entry-point group `dedupe`, and loose files; the latter are loaded in a child first, and so is
    what is made of a file of the user's later, which may take so many seconds.

    `only` names the entry points to load, the shipped ones included; None is what DEDUPE_PLUGINS says, else all. A plugin
    that fails costs one line through `warn`, which names distribution, version and cause, and is listed as failed.
    A hook that this host does not have costs a line, too, and the plugin that hook alone.
    Raises UsageError for a file that is missing or fails, for a name in `only` that is not installed, and for two
    plugins that have things of one kind and name. Whatever plugins write to stdout
    meanwhile goes to stderr.
    """
    wanted, left_out = chosen(entry_points(), config.plugin_filter() if only is None else only)
    loaded, lost = [], {}
    listing = [_row(source, status="not loaded") for source in left_out]
    with plugin_output_to_stderr():
        for source in [*wanted, *map(loose_file, dict.fromkeys(files))]:
            names: list[tuple[str, str]] = []
            try:
                if not source.distribution:
                    attempt(_offered, source, seconds=seconds)
                with isolated():
                    given = offer(source.load(), names)
            except Failed as error:
                row = _row(source, status="failed", error=str(error))
                if not source.distribution:
                    raise UsageError(f"The plugin {source.origin} could not be loaded: {row.error}") from None
                warn(f"dedupe: the plugin {title(row)} could not be loaded: {row.error}")
                lost.update(dict.fromkeys(names, row))
            else:
                row = _row(source, provides=given.names(), origin=given.origin or source.origin, unknown=given.unknown)
                for name in given.unknown:
                    warn(f"dedupe: the plugin {title(row)} is used without its hook {name}: {not_a_hook(name)}")
                loaded.append((row, given, source))
            listing.append(row)
    listing.sort(key=lambda row: (row.name, row.distribution))
    return replace(_joined(loaded, listing, lost), seconds=seconds)


def _made_again(source: PluginSource, kind: str, name: str, values: Mapping[str, Any]) -> None:
    """Makes what a plugin provides under that name and asks it what it lacks. Raises whatever it raises."""
    factory = _offered(source).things[kind][name]
    _, made, problem = made_of(factory, values, KINDS[kind].problem, ask=True)
    if problem is None:
        identity(made)


def _offered(source: PluginSource) -> Offer:
    """What a plugin provides. Raises whatever it raises."""
    return offer(source.load(), [])


def _row(
    source: PluginSource,
    *,
    status: str = "loaded",
    error: str | None = None,
    origin: str = "",
    provides: Mapping[str, tuple[str, ...]] | None = None,
    unknown: tuple[str, ...] = (),
) -> Plugin:
    where = origin or source.origin
    return Plugin(source.name, source.distribution, source.version, where, provides or {}, error, status, unknown)


def commands() -> list[Plugin]:
    """A row for each whole command that is installed, as `Plugins.listing` has them; they are imported only when they run."""
    only = config.plugin_filter()
    return [
        _row(
            source,
            status="on demand" if only is None or source.name in only else "not loaded",
            provides={"commands": (source.name,)},
        )
        for source in entry_points(COMMANDS)
    ]


def title(plugin: Plugin) -> str:
    """How a sentence names a plugin: with its distribution and version, or with its file."""
    return f"{plugin.name} ({' '.join(filter(None, (plugin.distribution, plugin.version))) or plugin.origin})"


def _joined(
    loaded: list[tuple[Plugin, Offer, PluginSource]], listing: list[Plugin], lost: Mapping[tuple[str, str], Plugin]
) -> Plugins:
    things: dict[str, dict[str, Any]] = {word: {} for word in KINDS}
    owner: dict[tuple[str, str], Plugin] = {}
    sources: dict[tuple[str, str], PluginSource] = {}
    for plugin, given, source in loaded:
        for kind, named in given.things.items():
            for name in named:
                if first := owner.get((kind, name)):
                    raise UsageError(_clash(kind, name, first, plugin))
                owner[kind, name], sources[kind, name] = plugin, source
            things[kind] |= named
    return Plugins(things, tuple(listing), lost, sources)


def _clash(kind: str, name: str, first: Plugin, second: Plugin) -> str:
    return (
        f"Two plugins have {KINDS[kind].one} named {name!r}: {title(first)} and {title(second)}. Load only one of them: name the "
        "plugins to load in DEDUPE_PLUGINS, with commas, or leave out --plugin."
    )
