"""Calls one plugin's hooks and holds what it returns against the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pluggy

from dedupe import hookspecs
from dedupe.model import API
from dedupe.plugins.isolation import Rejected
from dedupe.plugins.kinds import HOOKS, KINDS, PluginKind
from dedupe.plugins.spec import did_you_mean

Factory: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """What one plugin provides by kind and name, factories or decoders; `origin` is the file it was imported from, `unknown`
    the hooks of its that this host does not have.
    """

    things: dict[str, dict[str, Any]]
    origin: str
    unknown: tuple[str, ...] = ()

    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of what there is, by kind; no kind without a name."""
        return {KINDS[kind].words: tuple(named) for kind, named in self.things.items() if named}


def offer(plugin: Any, names: list[tuple[str, str]]) -> Offer:
    """Calls the plugin's hooks and every factory once.

    Kind and name of each are appended to `names` as they become known, so that they survive a failure.
    Raises Rejected where the contract is not kept, and whatever the plugin raises.
    """
    # a manager for each plugin: pluggy calls a hook on all it knows, and one that raises would end the call for all
    manager = pluggy.PluginManager("dedupe")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    unknown = _unknown_hooks(plugin, manager)
    things: dict[str, dict[str, Any]] = {}
    for kind in KINDS.values():
        known = things.setdefault(kind.word, {})
        for item in _called(manager, kind.hook):
            name = _name(kind, item)
            if name in known:
                raise Rejected(f"It has two {kind.words} named {name!r}.")
            names.append((kind.word, name))
            known[name] = item
    return Offer(things, getattr(plugin, "__file__", None) or "", unknown)


def _unknown_hooks(plugin: Any, manager: pluggy.PluginManager) -> tuple[str, ...]:
    """The hooks that this host does not have and the plugin does not call optional; Rejected where it has no others."""
    callers = manager.get_hookcallers(plugin) or []
    unknown = tuple(
        caller.name
        for caller in callers
        if not caller.has_spec() and not all(impl.optionalhook for impl in caller.get_hookimpls())
    )
    if not any(caller.has_spec() for caller in callers):
        bare = [name for name in HOOKS if callable(getattr(plugin, name, None))]
        if unknown or not bare:
            raise Rejected(not_a_hook(unknown[0]) if unknown else f"It has none of the hooks {', '.join(HOOKS)}.")
        raise Rejected(f"{bare[0]} is not marked with @hookimpl.")
    return unknown


def not_a_hook(name: str) -> str:
    """The sentences about a hook that this host does not have."""
    return f"{name} is not a hook of dedupe (API {API}).{did_you_mean(name, HOOKS)} There are: {', '.join(HOOKS)}."


def _called(manager: pluggy.PluginManager, hook: str) -> list[Any]:
    items: list[Any] = []
    for result in getattr(manager.hook, hook)():
        if not isinstance(result, list | tuple):
            raise Rejected(f"{hook} returned {_kind(result)}, not a list.")
        items.extend(result)
    return items


def _name(kind: PluginKind, item: Any) -> str:
    thing = item
    if kind.made:
        if not callable(item):
            hint = "" if kind.problem(item) else "; give the class, not an instance"
            raise Rejected(f"{kind.hook} returned {_kind(item)}, which cannot be called{hint}.")
        thing = item()
    if problem := kind.problem(thing):
        raise Rejected(problem)
    return str(thing.name)


def _kind(value: object) -> str:
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
