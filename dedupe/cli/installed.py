"""Entry points of installed distributions read straight from their folders: importlib.metadata would take longer than the
rest of a start."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

SUFFIXES = (".dist-info", ".egg-info")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry point: its name, where it leads ("module:attribute"), and the distribution it is of."""

    name: str
    value: str
    distribution: str
    version: str

    def load(self) -> Any:
        """Imports what it names; raises whatever that raises."""
        from importlib import import_module

        module, _, attributes = self.value.partition("[")[0].strip().partition(":")
        found: Any = import_module(module.strip())
        for attribute in filter(None, attributes.strip().split(".")):
            found = getattr(found, attribute)
        return found


def entries(group: str) -> Iterator[Entry]:
    """The entry points of a group in the order of `sys.path`; of a distribution found twice those found first.

    A folder or file that cannot be read is passed over: a neighbour's breakage is not ours to report.
    """
    seen = set()
    for folder in dict.fromkeys(sys.path):
        for name in _distributions(folder or "."):
            distribution, _, version = name.rpartition(".")[0].partition("-")
            key = re.sub(r"[-_.]+", "-", distribution).lower()
            text = _text(os.path.join(folder or ".", name, "entry_points.txt"))
            if group in text and key not in seen:
                seen.add(key)
                shown = distribution.replace("_", "-"), version.partition("-")[0] or "unknown"
                yield from (Entry(*pair, *shown) for pair in _section(text, group))


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
    """The lines "name = value" of one section."""
    inside = False
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()
