"""What is installed: versions and entry points, read straight from the distributions' folders.

importlib.metadata would take as long as the rest of a start.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

PLUGINS, COMMANDS = "dedupe", "dedupe.commands"
"""The groups of entry points for descriptors and the like, and for whole commands; DEDUPE_PLUGINS names those of both."""

SUFFIXES = (".dist-info", ".egg-info")


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """An entry point: its name, where it leads ("module:attribute"), and the distribution it is of.

    A line that is no entry point has the distribution's name and leads nowhere ("").
    """

    name: str
    value: str
    distribution: str
    version: str

    def docstring(self) -> str:
        """The first line of its module's docstring, read without importing it; nothing where there is none."""
        import ast

        parts = self.value.partition("[")[0].partition(":")[0].strip().split(".")
        for folder in folders():
            for file in (os.path.join(folder, *parts, "__init__.py"), os.path.join(folder, *parts) + ".py"):
                with suppress(SyntaxError, ValueError):
                    if text := _text(file):
                        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        return ""

    def load(self) -> Any:
        """Imports what it names; ValueError where it leads nowhere, and whatever the import raises."""
        from importlib import import_module

        module, _, attributes = self.value.partition("[")[0].strip().partition(":")
        if not module:
            raise ValueError("Its entry_points.txt has a line that is not of the form name = module.")
        found: Any = import_module(module.strip())
        for attribute in filter(None, attributes.strip().split(".")):
            found = getattr(found, attribute)
        return found


def entries(group: str) -> Iterator[EntryPoint]:
    """The entry points of a group in the order of `sys.path`; of a distribution found twice those found first.

    A folder or file that cannot be read is passed over: a neighbour's breakage is not ours to report.
    """
    seen = set()
    for distribution, version, folder in distributions():
        text = _text(os.path.join(folder, "entry_points.txt"))
        if group in text and _plain(distribution) not in seen:
            seen.add(_plain(distribution))
            for name, value in _section(text, group):
                yield EntryPoint(name or distribution, value, distribution, version)


def version(distribution: str) -> str:
    """The version of an installed distribution, "unknown" where none of the name is found."""
    wanted = _plain(distribution)
    return next((version for name, version, _ in distributions() if _plain(name) == wanted), "unknown")


def distributions() -> Iterator[tuple[str, str, str]]:
    """Name, version and metadata folder of each distribution, as often as it lies on the path."""
    for place in folders():
        for found in _distributions(place):
            name, _, version = found.rpartition(".")[0].partition("-")
            yield name.replace("_", "-"), version.partition("-")[0] or "unknown", os.path.join(place, found)


def folders() -> list[str]:
    """Where distributions are looked for."""
    return [folder or "." for folder in dict.fromkeys(sys.path)]


def _plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _distributions(folder: str) -> list[str]:
    with suppress(OSError), os.scandir(folder) as found:
        return sorted(entry.name for entry in found if entry.name.endswith(SUFFIXES))
    return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, ValueError):
        return ""


def _section(text: str, group: str) -> Iterator[tuple[str, str]]:
    """Names and values of one section's lines, "" and "" for a line that has neither."""
    inside = False
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and line and not line.startswith(("#", ";")):
            name, equals, value = line.partition("=")
            yield (name.strip(), value.strip()) if equals else ("", "")
