"""Folders in which nothing is ever touched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from dedupe.errors import UsageError
from dedupe.model.addresses import bare, is_address
from dedupe.model.plans import PROTECTED

Identity = tuple[int, int]
"""Device and inode."""


class Fixed:
    """Files and folders that stay as they are, with all that is below them, by whatever path it is named; each for a reason in a
    word.
    """

    def __init__(self) -> None:
        self._fixed: dict[object, tuple[str, bytes]] = {}
        self._known: dict[bytes, Identity | None] = {}
        self._spellings: dict[bytes, bytes] = {}
        self._listed: dict[bytes, frozenset[bytes]] = {}

    def add(self, path: bytes, why: str) -> None:
        """Has a file or folder stay, which need not be there."""
        place = os.path.realpath(path)
        for name in (place, self._identity(place), self._spelled(place)):
            if name is not None:
                self._fixed.setdefault(name, (why, place))

    def protect(self, given: Sequence[bytes]) -> None:
        """Adds folders that the user names. Raises UsageError for one that is not there, and for an address."""
        for path in given:
            if is_address(path):
                raise UsageError(
                    f"--protect {os.fsdecode(bare(path))}: leave it out; dedupe changes nothing at an address."
                )
            if not os.path.exists(path):  # noqa: PTH110 - pathlib takes no bytes
                raise UsageError(
                    f"--protect {os.fsdecode(path)}: it is not there; name what is to be left alone, or leave it out."
                )
            self.add(path, PROTECTED)

    def holding(self, place: bytes) -> tuple[str, bytes] | None:
        """Why a file stays that has this path without links, and by which folder; None for one that need not."""
        if not self._fixed:
            return None
        folders = (self._spelled(os.path.dirname(place)), place)
        return next((self._fixed[name] for each in folders for name in self.names(each) if name in self._fixed), None)

    def names(self, place: bytes) -> Iterator[object]:
        """A path and all folders above it, by path and by what the system calls them: one folder may have several paths, by case
        or by a mount.
        """
        while True:
            yield place
            yield self._identity(place)
            if place == os.path.dirname(place):
                return
            place = os.path.dirname(place)

    def _spelled(self, folder: bytes) -> bytes:
        """A folder as its disk spells it: by another case it is the same one, and some disks (by way of FUSE) give it another
        inode then.
        """
        if folder not in self._spellings:
            above, name = os.path.split(folder)
            if not name:
                return folder
            above = self._spelled(above)
            here = self._names_in(above)
            like = (each for each in sorted(here) if os.fsdecode(each).casefold() == os.fsdecode(name).casefold())
            self._spellings[folder] = os.path.join(above, name if name in here else next(like, name))
        return self._spellings[folder]

    def _names_in(self, folder: bytes) -> frozenset[bytes]:
        if folder not in self._listed:
            self._listed[folder] = frozenset()
            with suppress(OSError, ValueError):
                self._listed[folder] = frozenset(os.listdir(folder))
        return self._listed[folder]

    def _identity(self, path: bytes) -> Identity | None:
        if path not in self._known:
            try:
                found = os.stat(path, follow_symlinks=False)  # noqa: PTH116
            except (OSError, ValueError):
                return None
            self._known[path] = found.st_dev, found.st_ino
        return self._known[path]
