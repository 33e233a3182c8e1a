"""Calls one plugin's hooks and holds what it returns against the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pluggy

from dedupe import hookspecs
from dedupe.model import API, Decoder, Descriptor
from dedupe.plugins.contract import decoder_problem, descriptor_problem
from dedupe.plugins.isolation import Rejected
from dedupe.plugins.spec import did_you_mean

Factory: TypeAlias = Callable[..., Descriptor]

HOOKS = ("dedupe_descriptors", "dedupe_decoders")


@dataclass(frozen=True, slots=True)
class Offer:
    """What one plugin provides, by name; `origin` is the file it was imported from."""

    descriptors: dict[str, Factory]
    decoders: dict[str, Decoder]
    origin: str

    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of what there is, by kind; no kind without a name."""
        kinds = {"descriptors": tuple(self.descriptors), "decoders": tuple(self.decoders)}
        return {kind: names for kind, names in kinds.items() if names}


def offer(plugin: Any, names: list[str]) -> Offer:
    """Calls the plugin's hooks and every descriptor factory once.

    The names of descriptors are appended to `names` as they become known, so that they survive a failure.
    Raises Rejected where the contract is not kept, and whatever the plugin raises.
    """
    # a manager for each plugin: pluggy calls a hook on all it knows, and one that raises would end the call for all
    manager = pluggy.PluginManager("dedupe")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    _refuse_unknown_hooks(plugin, manager)
    descriptors: dict[str, Factory] = {}
    for factory in _called(manager, "dedupe_descriptors"):
        name = _descriptor_name(factory)
        _refuse_twice("descriptor", name, descriptors)
        names.append(name)
        descriptors[name] = factory
    decoders: dict[str, Decoder] = {}
    for decoder in _called(manager, "dedupe_decoders"):
        if problem := decoder_problem(decoder):
            raise Rejected(problem)
        _refuse_twice("decoder", decoder.name, decoders)
        decoders[decoder.name] = decoder
    return Offer(descriptors, decoders, getattr(plugin, "__file__", None) or "")


def _refuse_unknown_hooks(plugin: Any, manager: pluggy.PluginManager) -> None:
    callers = manager.get_hookcallers(plugin) or []
    for caller in callers:
        if not caller.has_spec() and not all(impl.optionalhook for impl in caller.get_hookimpls()):
            raise Rejected(
                f"{caller.name} is not a hook of dedupe (API {API}).{did_you_mean(caller.name, HOOKS)} "
                f"There are: {', '.join(HOOKS)}."
            )
    if not any(caller.has_spec() for caller in callers):
        bare = [name for name in HOOKS if callable(getattr(plugin, name, None))]
        raise Rejected(
            f"{bare[0]} is not marked with @hookimpl." if bare else f"It has none of the hooks {', '.join(HOOKS)}."
        )


def _called(manager: pluggy.PluginManager, hook: str) -> list[Any]:
    items: list[Any] = []
    for result in getattr(manager.hook, hook)():
        if not isinstance(result, list | tuple):
            raise Rejected(f"{hook} returned {_kind(result)}, not a list.")
        items.extend(result)
    return items


def _descriptor_name(factory: Any) -> str:
    if not callable(factory):
        hint = "; give the class, not an instance" if hasattr(factory, "describe") else ""
        raise Rejected(f"dedupe_descriptors returned {_kind(factory)}, which cannot be called{hint}.")
    descriptor = factory()
    if problem := descriptor_problem(descriptor):
        raise Rejected(problem)
    return str(descriptor.name)


def _refuse_twice(kind: str, name: str, known: dict[str, Any]) -> None:
    if name in known:
        raise Rejected(f"It has two {kind}s named {name!r}.")


def _kind(value: object) -> str:
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
