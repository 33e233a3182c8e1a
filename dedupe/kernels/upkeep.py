"""The machine code that is kept: how much, where, and how it goes; none of what it is of is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dedupe import owned
from dedupe.installed import COMMANDS, PLUGINS, entries
from dedupe.kernels.cached import BESIDE, own_folders

_NAME = re.compile(r"[\w.<>]+-[0-9a-f]{24}(\.[0-9a-f]{12})?\.kernel|\.[0-9a-f]{32}\.kernel" + re.escape(owned.PART))


@dataclass(frozen=True, slots=True)
class Kept:
    """Files of machine code: how many, their bytes, the folders they lie in."""

    files: int
    bytes: int
    folders: tuple[Path, ...]


def kept() -> Kept:
    """What is kept of the kernels of this program and of installed plugins, not of one that `--plugin` names."""
    found = [(folder, name) for folder in _folders() for name in owned.names(folder) if _NAME.fullmatch(name)]
    return Kept(len(found), sum(map(_size, found)), tuple(dict.fromkeys(folder for folder, _ in found)))


def clear() -> Kept:
    """Deletes it, and nothing else that lies beside it; what was deleted. What cannot be deleted stays."""
    before = kept()
    for folder in before.folders:
        for name in filter(_NAME.fullmatch, owned.names(folder)):
            with suppress(OSError):
                owned.remove(folder, name)
    after = kept()
    return Kept(before.files - after.files, before.bytes - after.bytes, before.folders)


def _size(file: tuple[Path, str]) -> int:
    with suppress(OSError):
        return file[0].joinpath(file[1]).lstat().st_size
    return 0


def _folders() -> Iterator[Path]:
    """Where machine code may lie: beside modules of this package and of plugins, and the user's own folders."""
    yield from sorted(Path(__file__).parents[1].rglob(BESIDE))
    for name in sorted({re.split(r"\W", entry.value)[0] for group in (PLUGINS, COMMANDS) for entry in entries(group)}):
        with suppress(ImportError, ValueError):  # a neighbour's breakage
            spec = find_spec(name) if name else None
            places = (spec.submodule_search_locations if spec else None) or []
            yield from (found for place in places for found in sorted(Path(place).rglob(BESIDE)))
            if spec and spec.origin and not places:
                yield Path(spec.origin).parent / BESIDE
    yield from own_folders()
