"""Where the files of a plan are, and whether it may have them: a plan may come from anywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice

from dedupe.actions.fixed import Fixed
from dedupe.errors import Refused, UsageError
from dedupe.model.plans import PROTECTED
from dedupe.model.results import Header

PASSED_OVER = b".dedupe-quarantine"
"""A name of folders that no scan enters."""


class Folders:
    """The folders that a plan may name files in; those of `roots` are the user's own words, links in them are followed. Files in
    references, in folders that the scan was told to protect and in `protect` are never touched, by whatever path they are named.

    Raises UsageError for a folder to protect that is not there.
    """

    def __init__(self, header: Header, roots: Sequence[bytes] = (), protect: Sequence[bytes] = ()) -> None:
        self._folder = header.folder or os.getcwdb()
        self._roots = [*map(self.whole, (*header.roots, *header.references)), *map(os.path.abspath, roots)]
        self._fixed = Fixed()
        self._fixed.protect(protect)
        for path in map(self.whole, header.protected):
            self._fixed.add(path, PROTECTED)
        for path in map(self.whole, header.references):
            self._fixed.add(path, "reference")

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
        if found := self._fixed.holding(place):
            why, folder = found
            raise Refused(why, f"it is in the {why} folder {os.fsdecode(folder)}")

    def check_outside(self, place: bytes) -> None:
        """Raises UsageError for a folder in which the next scan would find what is put there."""
        above = set(self._fixed.names(place)) - {None}
        inside = any(above & set(islice(self._fixed.names(os.path.realpath(root)), 2)) for root in self._roots)
        if inside and PASSED_OVER not in place.split(b"/"):
            raise UsageError(
                f"{os.fsdecode(place)} is in a folder that was scanned, and the next scan would find the files there. Name "
                f"another folder, or call it {PASSED_OVER.decode()}, which scans pass over."
            )

    def whole(self, path: bytes) -> bytes:
        """A path as seen from where the plan was made."""
        return os.path.join(self._folder, path)
