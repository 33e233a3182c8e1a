"""The actions by their names: those of dedupe, and those of plugins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dedupe.actions.copying import CopyTo
from dedupe.actions.delete import Delete
from dedupe.actions.links import Hardlink, Reflink, Symlink
from dedupe.actions.quarantine import Quarantine
from dedupe.actions.system_trash import SystemTrash
from dedupe.actions.trash import Trash
from dedupe.model.acting import Action

OWN: Mapping[str, Callable[..., Action]] = {
    "trash": SystemTrash if sys.platform == "darwin" else Trash,
    **{kind.name: kind for kind in (Quarantine, Hardlink, Symlink, Reflink, Delete)},
}


WRITTEN_DOWN: Mapping[str, Callable[..., Action]] = {**OWN, CopyTo.name: CopyTo}
"""Those that journals have: an import is no action for a plan."""


def made(spec: str) -> Action:
    """The action that `--action` names: a name, or quarantine=DIR. Raises UsageError."""
    name, _, value = spec.partition("=")
    if name == Quarantine.name:
        action: Action = Quarantine(value)
    else:
        action = OWN[spec]() if spec in OWN else _plugins(plugins).make("action", spec, OWN)
    check: Any = getattr(action, "check", None)
    if check is not None:
        check()
    return action


def known(name: str) -> Action:
    """The action of a journal, which has all else that it needs. Raises DedupeError where there is none of that name."""
    if name not in WRITTEN_DOWN:
        raise DedupeError(f"The action {name!r} of the journal is not here; install the plugin that it was of.")
    return WRITTEN_DOWN[name]()


def _plugins(files: Sequence[Path]) -> Any:
    """The plugins, which are loaded only where one of them is asked for."""
    from dedupe.describe.gather import load_plugins
    from dedupe.model import Run

    return load_plugins(Run(plugin=tuple(files)))
