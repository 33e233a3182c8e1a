"""Tables of equal rows: id, payload, check in one blob, read and written as arrays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from dedupe.model import Bools, Bytes, Ints
from dedupe.store.checks import as_words, row_checks, salt_of

STEP = 4096
"""How many rows a statement asks for: enough to make it cheap, few enough to keep memory flat."""

_DENSE = 4  # ids that fill at least a fourth of their span are read as a range, which is faster than a list


class RowTable:
    """One table (id INTEGER PRIMARY KEY, row BLOB). A row is the id, the payload padded to words, and a check.

    `name` is the table, `width` the payload's bytes, `what` names the meaning of the payload: a row written for another
    is not believed. The id stands in the row as well, so that one column is enough to read, and proves whose row it is.
    """

    def __init__(self, name: str, width: int, what: str) -> None:
        self.name, self.width = name, width
        self.padded = -(-width // 8) * 8
        self.salt = salt_of(what)

    def write(self, db: sqlite3.Connection, ids: Ints, payload: Bytes) -> None:
        """Puts rows in place of whatever stood there: ids int64 (n,), payload u8 (n, width)."""
        rows = np.zeros((len(ids), self.padded + 16), np.uint8)
        rows[:, :8] = ids.astype("<i8").reshape(-1, 1).view(np.uint8)
        rows[:, 8 : 8 + self.width] = payload
        checks = row_checks(as_words(rows[:, :-8]), self.salt)
        rows[:, -8:] = checks.astype("<u8").reshape(-1, 1).view(np.uint8)
        blobs = rows.view(f"V{rows.shape[1]}").reshape(-1).tolist()
        db.executemany(f"INSERT OR REPLACE INTO {self.name} VALUES (?, ?)", zip(ids.tolist(), blobs, strict=True))

    def read(self, db: sqlite3.Connection, ids: Ints) -> tuple[Bools, Bytes]:
        """Which ids (n,) have a sound row, bool (n,), and the payloads of those, u8 (k, width), in the order of ids."""
        if len(ids) and (ids[1:] <= ids[:-1]).any():
            unique, at = np.unique(ids, return_inverse=True)
            have, found = self.read(db, unique)
            place = np.cumsum(have) - 1
            return have[at], found[place[at[have[at]]]]
        have = np.zeros(len(ids), np.bool_)
        found = np.zeros((len(ids), self.width), np.uint8)
        count = 0
        for start in range(0, len(ids), STEP):
            asked = ids[start : start + STEP]
            got, payload = self._sound(_fetch(db, self.name, asked))
            at = np.minimum(np.searchsorted(asked, got), len(asked) - 1)
            wanted = asked[at] == got
            at, first = np.unique(at[wanted], return_index=True)
            have[start + at] = True
            found[count : count + len(at)] = payload[wanted][first]
            count += len(at)
        return have, found[:count]

    def after(self, db: sqlite3.Connection, last: int) -> Iterator[tuple[Ints, Bytes]]:
        """The sound rows of all ids beyond `last`, some at a time: ids int64 (k,), payload u8 (k, width)."""
        cursor = db.execute(f"SELECT row FROM {self.name} WHERE id > ?", (last,))
        while chunk := cursor.fetchmany(16 * STEP):
            yield self._sound(chain.from_iterable(chunk))

    def ids(self, db: sqlite3.Connection) -> Ints:
        """The ids int64 (m,) that have a row, sound or not, sorted."""
        found = np.fromiter(chain.from_iterable(db.execute(f"SELECT id FROM {self.name}")), np.int64)
        return np.unique(found)

    def _sound(self, blobs: Iterable[Any]) -> tuple[Ints, Bytes]:
        size = self.padded + 16
        kept = list(blobs)
        try:
            joined = b"".join(kept)
            whole = len(joined) == size * len(kept)
        except TypeError:
            whole = False
        if not whole:  # a damaged row may have any length and type
            joined = b"".join(row for row in kept if isinstance(row, bytes) and len(row) == size)
        rows = np.frombuffer(joined, np.uint8).reshape(-1, size)
        words = as_words(rows)
        good = row_checks(words[:, :-1], self.salt) == words[:, -1]
        rows = rows if good.all() else rows[good]
        return as_words(rows)[:, 0].astype(np.int64), rows[:, 8 : 8 + self.width]


def _fetch(db: sqlite3.Connection, table: str, ids: Ints) -> Iterator[Any]:
    """The rows of sorted ids, and of some in between."""
    first, last = int(ids[0]), int(ids[-1])
    if last - first < _DENSE * len(ids):
        return chain.from_iterable(db.execute(f"SELECT row FROM {table} WHERE id BETWEEN ? AND ?", (first, last)))
    listed = ",".join(map(str, ids.tolist()))
    return chain.from_iterable(db.execute(f"SELECT row FROM {table} WHERE id IN ({listed})"))


def unique_ids(ids: Ints) -> Ints:
    """The sorted unique ones of ids int64 (n,); a plain sort is faster than numpy's table of hashes."""
    ids = np.sort(ids)
    unique: Ints = ids[np.concatenate([np.ones(min(len(ids), 1), np.bool_), ids[1:] != ids[:-1]])]
    return unique
