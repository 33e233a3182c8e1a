"""Where the files of a plan are, and whether it may have them: a plan may come from anywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence

from dedupe.errors import Refused, UsageError
from dedupe.model.results import Header

PASSED_OVER = b".dedupe-quarantine"
"""A name of folders that no scan enters."""


class Folders:
    """The folders that a plan may name files in; those of `roots` are the user's own words, links in them are followed."""

    def __init__(self, header: Header, roots: Sequence[bytes] = (), protect: Sequence[bytes] = ()) -> None:
        self._folder = header.folder or os.getcwdb()
        self._roots = [*map(self.whole, (*header.roots, *header.references)), *map(os.path.abspath, roots)]
        self._fixed = [(path, "reference") for path in map(self._real, header.references)]
        self._fixed += [(os.path.realpath(path), "protected") for path in protect]

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
        for folder, why in self._fixed:
            if place == folder or place.startswith(os.path.join(folder, b"")):
                raise Refused(why, f"it is in the {why} folder {os.fsdecode(folder)}")

    def check_outside(self, place: bytes) -> None:
        """Raises UsageError for a folder in which the next scan would find what is put there."""
        for root in self._roots:
            inside = os.path.join(place, b"").startswith(os.path.join(os.path.realpath(root), b""))
            if inside and PASSED_OVER not in place.split(b"/"):
                raise UsageError(
                    f"{os.fsdecode(place)} is in a folder that was scanned, and the next scan would find the files there. Name "
                    f"another folder, or call it {PASSED_OVER.decode()}, which scans pass over."
                )

    def whole(self, path: bytes) -> bytes:
        """A path as seen from where the plan was made."""
        return os.path.join(self._folder, path)

    def _real(self, path: bytes) -> bytes:
        return os.path.realpath(self.whole(path))
