"""Where plugins come from: entry points of installed distributions, and loose files."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType

from dedupe.errors import UsageError
from dedupe.plugins.spec import did_you_mean

GROUP = "dedupe"
COMMANDS = "dedupe.commands"
"""The group of whole commands, which `dedupe.cli.commands` serves; DEDUPE_PLUGINS names entry points of both."""


@dataclass(frozen=True, slots=True)
class Source:
    """A plugin that could be loaded; `distribution` is empty for a loose file."""

    name: str
    distribution: str
    version: str
    origin: str
    load: Callable[[], object]


def entry_points(group: str = GROUP) -> list[Source]:
    """The entry points of a group, by name; of a distribution found twice on the path only the first.

    Other projects' broken metadata is passed over: only distributions whose entry points mention the group are parsed.
    """
    found: dict[str, list[Source]] = {}
    for distribution in metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
        except Exception:  # an unreadable neighbour is not ours to report
            continue
        if GROUP in text:
            name, version = _identity(distribution)
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), _entries(distribution, name, version, group))
    return sorted((source for sources in found.values() for source in sources), key=lambda s: (s.name, s.distribution))


def _identity(distribution: metadata.Distribution) -> tuple[str, str]:
    try:
        about = distribution.metadata  # parsed anew at each call
        return about["Name"] or "unknown", about["Version"] or "unknown"
    except Exception:
        return "unknown", "unknown"


def _entries(distribution: metadata.Distribution, name: str, version: str, group: str) -> list[Source]:
    try:
        entries = distribution.entry_points.select(group=group)
    except Exception as error:
        return [Source(name, name, version, "entry_points.txt", _raiser(error))]
    return [Source(entry.name, name, version, entry.value, entry.load) for entry in entries]


def _raiser(error: Exception) -> Callable[[], object]:
    def load() -> object:
        raise error

    return load


def chosen(sources: Sequence[Source], only: Iterable[str] | None) -> tuple[list[Source], list[Source]]:
    """Splits sources into those to load and those left out. Raises UsageError for a name that no source has."""
    if only is None:
        return list(sources), []
    wanted, known = set(only), {source.name for source in sources}
    commands = {source.name for source in entry_points(COMMANDS)} if wanted - known else set()
    for name in sorted(wanted - known - commands):
        there = f"There are: {', '.join(sorted(known))}." if known else "None is installed."
        raise UsageError(f"{name!r} in DEDUPE_PLUGINS is not a plugin.{did_you_mean(name, known)} {there}")
    return [s for s in sources if s.name in wanted], [s for s in sources if s.name not in wanted]


def loose_file(path: Path) -> Source:
    """A Python file as a plugin. Raises UsageError if it is not there or its name cannot be a module's.

    It is imported by its own name and its folder joins the end of `sys.path`, so that worker processes which start
    afresh can unpickle its descriptors; hence its name must not be that of another module.
    """
    path = path.absolute()
    if not path.is_file():
        raise UsageError(f"The plugin {path} is not there.")
    name = path.stem
    if path.suffix != ".py" or "." in name:
        raise UsageError(f"The plugin {path} must be a Python file, NAME.py, without another dot in its name.")
    if (other := _other_module(name, path)) is not None:
        raise UsageError(f"The plugin {path} has the name of the module {name} ({other}); rename the file.")
    return Source(name, "", "", str(path), lambda: _import_file(name, path))


def _other_module(name: str, path: Path) -> str | None:
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


def _import_file(name: str, path: Path) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    folder = str(path.parent)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a .py file has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    if folder not in sys.path:
        sys.path.append(folder)
    return module
