"""Pictures in containers, as a walk finds them."""

# ruff: noqa: PTH113 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator

import numpy as np

from dedupe.model import MARK, Container, Listing, Members
from dedupe.model.addresses import is_address
from dedupe.walk.rules import Rules

_APPLE_DOUBLE = b"._"


class FoundInside:
    """The containers that were opened, and the pictures that were taken from them."""

    def __init__(self) -> None:
        self._containers: list[Container] = []
        self._number, self._offset, self._size = array("q"), array("q"), array("q")
        self._labels: list[str] = []
        self._taken: dict[tuple[int, int], list[int]] = {}

    @property
    def opened(self) -> bool:
        """Whether any container was opened."""
        return bool(self._containers)

    def wanted(
        self, listing: Listing, rules: Rules, leave_out: Callable[[bytes, str], None]
    ) -> Iterator[tuple[int, int, bool]]:
        """The entries to take: the number of each in the listing, its size, whether its first bytes have to tell.

        `leave_out` is told the name of each other one, and why it is none.
        """
        container, shut = listing.container, set[bytes]()
        only_top = not rules.options.recursive and container.by_entry and is_address(container.path)
        before = self._taken.setdefault((container.device, container.inode), [])
        seen, prefix = frozenset(before), container.path + MARK
        self._containers.append(container)
        excluded = Excluded(prefix, rules)
        rows = zip(listing.names, listing.offset.tolist(), listing.size.tolist(), listing.picture.tolist(), strict=True)
        for at, (name, offset, size, picture) in enumerate(rows):
            base = name.rpartition(b"/")[2]
            if offset in seen or base.startswith(_APPLE_DOUBLE):
                continue
            if only_top and b"/" in name:
                if (folder := name.partition(b"/")[0]) not in shut:
                    shut.add(folder)
                    leave_out(folder, "folders not entered")
                continue
            if why := _why_not(excluded, name, base, size, picture, rules):
                leave_out(base, why)
                continue
            before.append(offset)
            yield at, size, not (picture or rules.ours(base))

    def take(self, listing: Listing, at: int) -> int:
        """Takes an entry; returns its number among the members."""
        self._number.append(len(self._containers) - 1)
        self._offset.append(int(listing.offset[at]))
        self._size.append(int(listing.size[at]))
        self._labels.append(listing.labels[at])
        return len(self._number) - 1

    def members(self) -> Members | None:
        """All that were taken, None where no container was opened."""
        if not self._containers:
            return None
        number, offset, size = (np.array(each, np.int64) for each in (self._number, self._offset, self._size))
        return Members(tuple(self._containers), number, offset, size, self._labels)


class Excluded:
    """Tells what globs exclude in a container: entries and their folders there, and paths as they are shown."""

    def __init__(self, prefix: bytes, rules: Rules) -> None:
        self._prefix, self._rules = prefix, rules
        self._folders: dict[bytes, bool] = {b"": False}

    def has(self, name: bytes) -> bool:
        """Whether an entry of that name is excluded, or a folder that it is in."""
        if self._rules.plain:
            return False
        path = self._prefix + name
        return (
            self._rules.excludes(path, False, len(self._prefix))
            or self._rules.excludes(path, False)
            or self._has_folder(name.rpartition(b"/")[0])
        )

    def _has_folder(self, name: bytes) -> bool:
        above = [name]
        while above[-1] not in self._folders:
            above.append(above[-1].rpartition(b"/")[0])
        found = self._folders[above[-1]]
        for each in reversed(above[:-1]):
            found = found or self._rules.excludes(self._prefix + each, True, len(self._prefix))
            self._folders[each] = found
        return found


def _why_not(excluded: Excluded, name: bytes, base: bytes, size: int, picture: bool, rules: Rules) -> str:
    """Why an entry is no candidate, or nothing."""
    if excluded.has(name):
        return "excluded"
    return rules.too_small(lambda: size) if picture else rules.refuses(base, lambda: size)


def names_one(path: bytes) -> tuple[bytes, bytes] | None:
    """The container's path and the picture's name in a path like a.tar::b.jpg that is no file's; None for any other."""
    if MARK not in path or os.path.lexists(path):
        return None
    at = path.find(MARK)
    while at >= 0:
        if os.path.isfile(path[:at]):
            return path[:at], path[at + len(MARK) :]
        at = path.find(MARK, at + 1)
    return None
