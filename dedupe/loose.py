"""Plugins in loose files: imported under their own names; their folders never join `sys.path`."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from blake3 import blake3


@dataclass(frozen=True, slots=True)
class Loose:
    """The module of a loose plugin, by name and file; unpickling it imports it, so that what follows can be unpickled."""

    name: str
    path: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.name, self.path)


_imported: dict[str, Loose] = {}
_digests: dict[str, str] = {}


def imported() -> tuple[Loose, ...]:
    """The loose plugins that this process has imported: a new process must import them to know their classes."""
    return tuple(_imported.values())


def digest(module: str) -> str:
    """What tells a loose plugin's file from what its author makes of it next, 8 hexadecimal digits; "" for another module."""
    return _digests.get(module, "")


def import_file(name: str, path: Path) -> ModuleType:
    """The module of a Python file, imported once under that name. Raises whatever its code raises."""
    if name not in sys.modules:
        _import(name, path)
        _digests[name] = blake3(path.read_bytes()).hexdigest(4)
    _imported[name] = Loose(name, path)
    return sys.modules[name]


def _import(name: str, path: Path) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a .py file has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def _again(name: str, path: Path) -> Loose:
    with contextlib.suppress(Exception):  # what needs it will say so
        import_file(name, path)
    return Loose(name, path)
