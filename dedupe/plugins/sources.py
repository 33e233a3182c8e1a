"""Where plugins come from: entry points of installed distributions, and loose files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dedupe.errors import UsageError
from dedupe.installed import COMMANDS, PLUGINS, entries
from dedupe.loose import import_file
from dedupe.plugins.spec import did_you_mean


@dataclass(frozen=True, slots=True)
class PluginSource:
    """A plugin that could be loaded; `distribution` is empty for a loose file."""

    name: str
    distribution: str
    version: str
    origin: str
    load: Callable[[], object]


def entry_points(group: str = PLUGINS) -> list[PluginSource]:
    """The entry points of a group, by name; other projects' broken metadata is passed over."""
    found = (
        PluginSource(e.name, e.distribution, e.version, e.value or "entry_points.txt", e.load) for e in entries(group)
    )
    return sorted(found, key=lambda source: (source.name, source.distribution))


def chosen(
    sources: Sequence[PluginSource], only: Iterable[str] | None
) -> tuple[list[PluginSource], list[PluginSource]]:
    """Splits sources into those to load and those left out. Raises UsageError for a name that no source has."""
    if only is None:
        return list(sources), []
    wanted, known = set(only), {source.name for source in sources}
    commands = {source.name for source in entry_points(COMMANDS)} if wanted - known else set()
    for name in sorted(wanted - known - commands):
        there = f"There are: {', '.join(sorted(known))}." if known else "None is installed."
        raise UsageError(f"{name!r} in DEDUPE_PLUGINS is not a plugin.{did_you_mean(name, known)} {there}")
    return [s for s in sources if s.name in wanted], [s for s in sources if s.name not in wanted]


def loose_file(path: Path) -> PluginSource:
    """A Python file as a plugin. Raises UsageError if it is not there or its name cannot be a module's.

    It is imported by its own name, by which worker processes that start afresh unpickle its descriptors; hence that must
    not be the name of another module. Its folder does not join `sys.path`: no later import may find what lies there.
    """
    path = path.absolute()
    if not path.is_file():
        raise UsageError(f"The plugin {path} is not there.")
    name = path.stem
    if path.suffix != ".py" or "." in name:
        raise UsageError(f"The plugin {path} must be a Python file, NAME.py, without another dot in its name.")
    if (other := _other_module(name, path)) is not None:
        raise UsageError(f"The plugin {path} has the name of the module {name} ({other}); rename the file.")
    return PluginSource(name, "", "", str(path), partial(import_file, name, path))


def _other_module(name: str, path: Path) -> str | None:
    import importlib.util

    if name in sys.modules:
        origin = getattr(sys.modules[name], "__file__", None)
    else:
        spec = importlib.util.find_spec(name)
        if spec is None:
            return None
        origin = spec.origin
    if origin and Path(origin).exists() and Path(origin).samefile(path):
        return None
    return origin or "built in"
