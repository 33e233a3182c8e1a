"""Contents by digest, and vectors by content and descriptor key."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError
from dedupe.model import Bools, Ints
from dedupe.store.checks import blob_check
from dedupe.store.index import CONTENT, CONTENTS, DigestIndex, as_contents
from dedupe.store.row_table import RowTable
from dedupe.store.trouble import Nonsense

MEMORY_IDS = 1 << 40
"""Ids from here on were given after the cache had failed, so that they are none of the file's."""

_LAST_ID = 1 << 62


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A descriptor key and the table of its vectors, whose shape (dim,) and dtype are one for all."""

    id: int
    key: str
    dtype: np.dtype[Any]
    dim: int

    @property
    def table(self) -> str:
        return f"vectors_{self.id}"

    @property
    def rows(self) -> RowTable:
        return RowTable(self.table, self.dim * self.dtype.itemsize, f"{self.key} {self.dtype.str} {self.dim}")


# --- contents


def read_contents(db: sqlite3.Connection, ids: Ints) -> tuple[Bools, NDArray[np.void]]:
    """Which ids (n,) have a sound row, bool (n,), and those rows, structured (k,)."""
    have, payload = CONTENTS.read(db, ids)
    return have, as_contents(payload)


def find_digests(db: sqlite3.Connection, index: DigestIndex, digests: NDArray[np.void]) -> Ints:
    """The content ids of digests V32 (n,), -1 where no sound content has that digest."""
    index.refresh(db)
    ids = index.candidates(_prefixes(digests))
    have, rows = read_contents(db, ids)
    ids[~have] = -1
    ids[have] = np.where(as_bytes(rows["digest"]) == as_bytes(digests[have]), ids[have], -1)
    return ids


def _prefixes(digests: NDArray[np.void]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(digests).view("<u8")[:: digests.dtype.itemsize // 8]


def as_bytes(digests: NDArray[np.void]) -> NDArray[np.bytes_]:
    """Digests V32 (n,) as S32 (n,), which numpy compares and sorts; all are of one length, so that it may drop zeros."""
    return np.ascontiguousarray(digests).view(f"S{digests.dtype.itemsize}")


def save_contents(
    db: sqlite3.Connection, index: DigestIndex, contents: NDArray[np.void], decoded: Bools, least: int
) -> Ints:
    """Ids of contents, structured (n,): those known by digest, and new ones for the rest if they were decoded, else -1.

    What was decoded now replaces what stood there, since it may come from a newer Pillow; beside what a decoder left that is
    none of the index's readers it is a new content, for that one's vectors are not its. Within a `writing` transaction.
    """
    unique, first, at = np.unique(as_bytes(contents["digest"]), return_index=True, return_inverse=True)
    ids = find_digests(db, index, unique.view("V32"))
    source = np.full(len(unique), -1, np.int64)  # a row of each digest that was decoded
    source[at[decoded]] = np.flatnonzero(decoded)
    new = np.flatnonzero((ids < 0) & (source >= 0))
    new = new[np.argsort(first[new])]  # ids in the order in which the files came
    ids[new] = np.arange(len(new)) + next_id(db, "contents", least)
    put = np.flatnonzero(source >= 0)
    put = put[np.argsort(ids[put])]
    rows = np.ascontiguousarray(contents[source[put]].astype(CONTENT))
    CONTENTS.write(db, ids[put], rows.view(np.uint8).reshape(len(put), CONTENT.itemsize))
    return ids[at]


def next_id(db: sqlite3.Connection, table: str, least: int = 1) -> int:
    """An id that no row has or ever had."""
    ids = [least - 1]
    for sql in (f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'", f"SELECT max(id) FROM {table}"):
        ids += [row[0] for row in db.execute(sql) if row[0] is not None]
    if not all(isinstance(id_, int) and id_ < _LAST_ID for id_ in ids):
        raise Nonsense(f"the ids in {table}")
    return int(max(ids)) + 1


# --- keys and vectors


def read_keys(db: sqlite3.Connection) -> dict[str, StoredKey]:
    """The sound descriptor keys."""
    found: dict[str, StoredKey] = {}
    for id_, row in db.execute("SELECT id, row FROM keys ORDER BY id"):
        if isinstance(row, bytes) and isinstance(id_, int) and row[:8] == blob_check(str(id_).encode(), row[8:]):
            about = json.loads(row[8:])
            found[about["key"]] = StoredKey(id_, about["key"], np.dtype(about["dtype"]), about["dim"])
    return found


def read_vectors(db: sqlite3.Connection, key: str, ids: Ints) -> tuple[Bools, NDArray[Any]]:
    """Which contents (n,) have a sound vector, bool (n,), and those vectors (k,d) in the order of ids."""
    about = read_keys(db).get(key)
    if about is None:
        return np.zeros(len(ids), np.bool_), np.zeros((0, 0), np.uint8)
    have, payload = about.rows.read(db, ids)
    return have, payload.reshape(-1).view(about.dtype).reshape(len(payload), about.dim)


def save_vectors(db: sqlite3.Connection, key: str, ids: Ints, X: NDArray[Any]) -> None:
    """Stores vectors X (n,d) of contents ids (n,); the first ones make the key's table. Within a `writing` transaction.

    Raises DedupeError if they have another shape than those stored before: the descriptor's version should have changed.
    """
    if not len(ids):
        return
    plain = np.ascontiguousarray(X).astype(X.dtype.newbyteorder("<"), copy=False)
    about = read_keys(db).get(key) or _new_key(db, key, plain)
    if (about.dtype, about.dim) != (plain.dtype, plain.shape[1]):
        raise DedupeError(
            f"{key} gave {plain.shape[1]} x {plain.dtype} where {about.dim} x {about.dtype} are stored; "
            "its version must change with its output."
        )
    about.rows.write(db, ids, plain.view(np.uint8).reshape(len(ids), -1))


def _new_key(db: sqlite3.Connection, key: str, X: NDArray[Any]) -> StoredKey:
    about = StoredKey(next_id(db, "keys"), key, X.dtype, X.shape[1])
    text = json.dumps({"key": key, "dtype": about.dtype.str, "dim": about.dim}).encode()
    db.execute("INSERT INTO keys VALUES (?, ?)", (about.id, blob_check(str(about.id).encode(), text) + text))
    db.execute(f"DROP TABLE IF EXISTS {about.table}")  # the table of a key whose row was damaged
    db.execute(f"CREATE TABLE {about.table} (id INTEGER PRIMARY KEY, row BLOB)")
    return about


def known_prefixes(
    db: sqlite3.Connection, index: DigestIndex, keys: Sequence[str]
) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """First 8 bytes of all digests as little-endian numbers, u64 (m,) sorted, and which of `keys` each has, u32 (m,)."""
    index.refresh(db)
    prefixes, ids = index.all()
    masks = np.zeros(len(ids), np.uint32)
    known = read_keys(db)
    for bit, key in enumerate(keys):
        if key in known:
            masks |= np.isin(ids, known[key].rows.ids(db)).astype(np.uint32) << np.uint32(bit)
    return prefixes, masks
