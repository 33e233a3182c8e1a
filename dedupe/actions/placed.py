"""Where the files of a plan are, and whether it may have them: a plan may come from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from dedupe.errors import Refused, UsageError
from dedupe.model.results import Header

Identity = tuple[int, int]
"""Device and inode."""

PASSED_OVER = b".dedupe-quarantine"
"""A name of folders that no scan enters."""


class Folders:
    """The folders that a plan may name files in; those of `roots` are the user's own words, links in them are followed. Files in
    references and in `protect` are never touched, by whatever path they are named.

    Raises UsageError for a folder to protect that is not there.
    """

    def __init__(self, header: Header, roots: Sequence[bytes] = (), protect: Sequence[bytes] = ()) -> None:
        self._folder = header.folder or os.getcwdb()
        self._roots = [*map(self.whole, (*header.roots, *header.references)), *map(os.path.abspath, roots)]
        self._fixed: dict[object, tuple[str, bytes]] = {}
        self._known: dict[bytes, Identity | None] = {}
        for path in protect:
            if not os.path.exists(path):  # noqa: PTH110 - pathlib takes no bytes
                raise UsageError(
                    f"--protect {os.fsdecode(path)}: it is not there; name what is to be left alone, or leave it out."
                )
            self._fix(os.path.realpath(path), "protected")
        for path in map(self.whole, header.references):
            self._fix(os.path.realpath(path), "reference")

    def place(self, path: bytes) -> bytes:
        """The path of a file without links down to the root it was found in; below it a link is not followed but refused.

        Raises Refused for a file outside of all roots.
        """
        whole = self.whole(path)
        for root in self._roots:
            if whole == root:
                return os.path.join(os.path.realpath(os.path.dirname(root)), os.path.basename(root))
            below = whole.removeprefix(os.path.join(root, b""))
            if below != whole and not {b"", b".", b".."} & set(below.split(b"/")):
                return os.path.join(os.path.realpath(root), below)
        raise Refused(
            "outside",
            f"it is in none of the folders that were scanned; --root {os.fsdecode(os.path.dirname(whole))} allows it",
        )

    def check_free(self, place: bytes) -> None:
        """Raises Refused for a file in a folder that is never touched."""
        for name in self._names(place):
            if name in self._fixed:
                why, folder = self._fixed[name]
                raise Refused(why, f"it is in the {why} folder {os.fsdecode(folder)}")

    def check_outside(self, place: bytes) -> None:
        """Raises UsageError for a folder in which the next scan would find what is put there."""
        above = set(self._names(place))
        inside = any(
            {os.path.realpath(root), self._identity(os.path.realpath(root))} & above - {None} for root in self._roots
        )
        if inside and PASSED_OVER not in place.split(b"/"):
            raise UsageError(
                f"{os.fsdecode(place)} is in a folder that was scanned, and the next scan would find the files there. Name "
                f"another folder, or call it {PASSED_OVER.decode()}, which scans pass over."
            )

    def whole(self, path: bytes) -> bytes:
        """A path as seen from where the plan was made."""
        return os.path.join(self._folder, path)

    def _fix(self, path: bytes, why: str) -> None:
        for name in (path, self._identity(path)):
            if name is not None:
                self._fixed.setdefault(name, (why, path))

    def _names(self, place: bytes) -> Iterator[object]:
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
