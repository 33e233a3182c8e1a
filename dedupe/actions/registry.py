"""The actions by their names: those of dedupe, and those of plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dedupe.actions.delete import Delete
from dedupe.actions.links import Hardlink, Reflink, Symlink
from dedupe.actions.quarantine import Quarantine
from dedupe.actions.trash import Trash
from dedupe.errors import DedupeError, UsageError
from dedupe.model.acting import Action

OWN: Mapping[str, Callable[..., Action]] = {
    kind.name: kind for kind in (Trash, Quarantine, Hardlink, Symlink, Reflink, Delete)
}


def made(spec: str) -> Action:
    """The action that `--action` names: a name, or quarantine=DIR. Raises UsageError."""
    name, _, value = spec.partition("=")
    if name not in OWN or (value and name != "quarantine"):
        raise UsageError(f"--action {spec}: not an action; choose from {', '.join(_names())}.")
    action = Quarantine(value) if name == "quarantine" else OWN[name]()
    check: Any = getattr(action, "check", None)
    if check is not None:
        check()
    return action


def known(name: str) -> Action:
    """The action of a journal, which has all else that it needs. Raises DedupeError where there is none of that name."""
    if name not in OWN:
        raise DedupeError(f"The action {name!r} of the journal is not here; install the plugin that it was of.")
    return OWN[name]()


def _names() -> list[str]:
    return [f"{name}=DIR" if name == "quarantine" else name for name in OWN]


__all__ = ["OWN", "known", "made"]
