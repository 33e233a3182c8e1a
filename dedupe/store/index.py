"""Contents by digest: an index in memory, since one on disk would be rewritten at random places with every batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from dedupe.model import CONTENT_FIELDS, Bools, Bytes, Ints
from dedupe.store.row_table import RowTable

CONTENT = np.dtype(CONTENT_FIELDS)
CONTENTS = RowTable("contents", CONTENT.itemsize, "contents")

_TAIL = 1 << 16  # newest contents that are kept apart before they are sorted in


class DigestIndex:
    """The ids of all sound contents by the first 8 bytes of their digests, 16 bytes a content, read when first needed.

    Contents that another process adds are seen at the next `refresh`, for ids only ever grow. Those that a decoder read
    whose mark is not among `readers` (None: whoever read them) are as good as missing.
    """

    def __init__(self, readers: Collection[int] | None = None) -> None:
        self._readers = None if readers is None else np.array([*readers], np.uint32)
        self._last = 0
        self._prefixes = np.zeros(0, np.uint64)  # sorted
        self._ids = np.zeros(0, np.int64)
        self._tail: dict[int, int] = {}

    def refresh(self, db: sqlite3.Connection) -> None:
        """Takes in the contents that were added since the last time."""
        for ids, payload in CONTENTS.after(db, self._last):
            self._last = max(self._last, int(np.max(ids, initial=0)))
            good = self.good(as_contents(payload))
            prefixes, ids = np.ascontiguousarray(payload[good, :8]).view("<u8")[:, 0], ids[good]
            if len(ids) > _TAIL // 4:
                self._sort_in(prefixes[::-1], ids[::-1])  # the newest first
            else:
                self._tail.update(zip(prefixes.tolist(), ids.tolist(), strict=True))
        if len(self._tail) > _TAIL:
            self._sort_in_tail()

    def good(self, contents: NDArray[np.void]) -> Bools:
        """Which contents, structured (n,), one of the readers read."""
        if self._readers is None:
            return np.ones(len(contents), np.bool_)
        read: Bools = np.isin(contents["decoder"], self._readers)
        return read

    def candidates(self, prefixes: NDArray[np.uint64]) -> Ints:
        """An id int64 (n,) whose digest begins with the prefix u64 (n,), else -1."""
        found = np.full(len(prefixes), -1, np.int64)
        if len(self._ids):
            at = np.minimum(np.searchsorted(self._prefixes, prefixes), len(self._ids) - 1)
            found = np.where(self._prefixes[at] == prefixes, self._ids[at], found)
        if self._tail:  # the newest has the last word: what it replaces is gone
            newest = np.array([self._tail.get(prefix, -1) for prefix in prefixes.tolist()], np.int64)
            found = np.where(newest >= 0, newest, found)
        return found

    def all(self) -> tuple[NDArray[np.uint64], Ints]:
        """All prefixes u64 (m,), sorted and unique, and their ids int64 (m,)."""
        self._sort_in_tail()
        return self._prefixes, self._ids

    def _sort_in_tail(self) -> None:
        prefixes = np.fromiter(self._tail.keys(), np.uint64, len(self._tail))
        ids = np.fromiter(self._tail.values(), np.int64, len(self._tail))
        self._tail.clear()
        self._sort_in(prefixes, ids)

    def _sort_in(self, prefixes: NDArray[np.uint64], ids: Ints) -> None:
        if not len(ids):
            return
        joined = np.concatenate([prefixes, self._prefixes])  # the newer ones first: of equal prefixes the first stays
        order = np.argsort(joined, kind="stable")
        joined = joined[order]
        first = np.concatenate([[True], joined[1:] != joined[:-1]])
        self._prefixes, self._ids = joined[first], np.concatenate([ids, self._ids])[order][first]


def as_contents(payload: Bytes) -> NDArray[np.void]:
    """RowTable of the table of contents as they are worked with, structured (n,) of CONTENT."""
    return payload.reshape(-1).view(CONTENT)
