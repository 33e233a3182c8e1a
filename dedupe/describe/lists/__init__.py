"""Lists of pictures: what they name is data, and leads out of the list's folder only where that was asked for."""

# ruff: noqa: PTH113 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import re
from collections import Counter

from dedupe.describe.lists.rows import CSV, JSON, ListRow, rows_of
from dedupe.magic import HEAD, sniff
from dedupe.model import Failure
from dedupe.model.addresses import bare
from dedupe.model.lists import AWAY, OUTSIDE, PathList
from dedupe.walk import tidy

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
EMPTY = "rows without a path"


def is_list(path: bytes) -> bool:
    """Whether a path is a file with the suffix of a list that does not begin as a picture does."""
    if not path.lower().endswith((*CSV, *JSON)) or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return not sniff(file.read(HEAD))
    except OSError:
        return True  # who reads it says what is wrong


def path_list(path: bytes, label: str = "", follow: bool = False) -> PathList:
    """The files that a list names: relative paths begin in its folder, and lead out of that, by `..`, by links or because
    they are absolute, only where rows are to be followed. Raises UsageError and DedupeError as `rows_of` does.
    """
    within, skipped, addresses = ListFolder(os.path.dirname(path), follow), Counter[str](), dict[bytes, str]()
    paths, labels, failures = list[bytes](), dict[bytes, str](), list[Failure]()
    for row in rows_of(path, label):
        named = row.problem or within.refusal(row.path)
        if row.problem:
            failures.append(Failure(path, "walk", "damaged", f"Row {row.number} {row.problem}."))
        elif not row.path:
            skipped[EMPTY] += 1
        elif named:
            failures.append(Failure(_shown(row), "walk", "refused", named))
        elif ADDRESS.match(row.path):
            addresses.setdefault(os.fsencode(row.path), row.label)
        else:
            paths.append(within.place(row.path))
            if row.label:
                labels.setdefault(paths[-1], row.label)
    return PathList(paths, labels, failures, skipped, [*addresses.items()])


class ListFolder:
    """The folder of a list, and what leads out of it."""

    def __init__(self, folder: bytes, follow: bool) -> None:
        self._folder, self._follow = folder, follow
        self._real = os.path.join(os.path.realpath(folder), b"")
        self._inside: dict[bytes, bool] = {}

    def place(self, path: str) -> bytes:
        """Where a path leads."""
        return os.path.join(self._folder, tidy(os.fsencode(path)))

    def refusal(self, path: str) -> str:
        """Why a path is not followed, "" if it is."""
        if self._follow or not path:
            return ""
        if ADDRESS.match(path):
            return AWAY
        return "" if self._is_inside(os.path.dirname(self.place(path))) else OUTSIDE

    def _is_inside(self, folder: bytes) -> bool:
        if folder not in self._inside:
            self._inside[folder] = os.path.join(os.path.realpath(folder), b"").startswith(self._real)
        return self._inside[folder]


def _shown(row: ListRow) -> bytes:
    """What a row names, an address without what may be secret."""
    return bare(os.fsencode(row.path))
