"""The actions by their names: those of dedupe, and those of plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dedupe.actions.copying import CopyTo
from dedupe.actions.delete import Delete
from dedupe.actions.links import Hardlink, Reflink, Symlink
from dedupe.actions.merging import Merging
from dedupe.actions.quarantine import Quarantine
from dedupe.actions.system_trash import TRASH
from dedupe.model.acting import Action

OWN: Mapping[str, Callable[..., Action]] = {
    "trash": TRASH,
    **{kind.name: kind for kind in (Quarantine, Hardlink, Symlink, Reflink, Delete)},
}


def made(spec: str, plugins: Sequence[Path] = ()) -> Action:
    """The action that `--action` names: as quarantine=DIR, or a specification of one of dedupe's own or of a plugin, one of the
    loose files `plugins` too.

    Raises UsageError.
    """
    name, _, value = spec.partition("=")
    if name == Quarantine.name:
        action: Action = Quarantine(value)
    else:
        action = OWN[spec]() if spec in OWN else _plugins(plugins).make("action", spec, OWN)
    check: Any = getattr(action, "check", None)
    if check is not None:
        check()
    return action


def known(name: str, plugins: Sequence[Path] = ()) -> Action:
    """The action of a journal, which has all else that it needs. Raises UsageError where there is none of that name."""
    if name == CopyTo.name:  # an import, which is no action for a plan
        return CopyTo()
    return Merging(OWN[name]() if name in OWN else _plugins(plugins).make("action", name, OWN))


def _plugins(files: Sequence[Path]) -> Any:
    """The plugins, which are loaded only where one of them is asked for."""
    from dedupe.describe.gather import load_plugins
    from dedupe.model import Run

    return load_plugins(Run(plugin=tuple(files)))
