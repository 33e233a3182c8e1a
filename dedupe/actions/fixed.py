"""Folders in which nothing is ever touched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from dedupe.errors import UsageError
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

    def add(self, path: bytes, why: str) -> None:
        """Has a file or folder stay, which need not be there."""
        place = os.path.realpath(path)
        for name in (place, self._identity(place)):
            if name is not None:
                self._fixed.setdefault(name, (why, place))

    def protect(self, given: Sequence[bytes]) -> None:
        """Adds folders that the user names. Raises UsageError for one that is not there."""
        for path in given:
            if not os.path.exists(path):  # noqa: PTH110 - pathlib takes no bytes
                raise UsageError(
                    f"--protect {os.fsdecode(path)}: it is not there; name what is to be left alone, or leave it out."
                )
            self.add(path, PROTECTED)

    def holding(self, place: bytes) -> tuple[str, bytes] | None:
        """Why a file stays that has this path without links, and by which folder; None for one that need not."""
        return next((self._fixed[name] for name in self.names(place) if name in self._fixed), None)

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

    def _identity(self, path: bytes) -> Identity | None:
        if path not in self._known:
            try:
                found = os.stat(path, follow_symlinks=False)  # noqa: PTH116
            except (OSError, ValueError):
                return None
            self._known[path] = found.st_dev, found.st_ino
        return self._known[path]
