"""What containers hold, by their paths, as it was when they were looked through."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator

from dedupe.model.addresses import is_address
from dedupe.store.checks import blob_check
from dedupe.store.database import writing

_CHECK, _KEY = 8, 16


def read(db: sqlite3.Connection, path: bytes, key: bytes) -> bytes | None:
    """What was said of the container at an absolute path, if it was said under that key of 16 bytes."""
    found = db.execute("SELECT row FROM listings WHERE path = ?", (path,)).fetchone()
    row = found[0] if found else None
    if not isinstance(row, bytes) or row[:_CHECK] != blob_check(path, row[_CHECK:]):
        return None
    return row[_CHECK + _KEY :] if row[_CHECK : _CHECK + _KEY] == key else None


def save(db: sqlite3.Connection, path: bytes, key: bytes, said: bytes) -> None:
    """Puts what was said of a container in place of whatever stood there, in one transaction."""
    with writing(db):
        db.execute("INSERT OR REPLACE INTO listings VALUES (?, ?)", (path, blob_check(path, key + said) + key + said))


def prune(db: sqlite3.Connection) -> None:
    """Drops those whose container is gone. Within a `writing` transaction."""
    gone = [(path,) for path in _paths(db) if not is_address(path) and not os.path.lexists(path)]
    db.executemany("DELETE FROM listings WHERE path = ?", gone) if gone else None


def _paths(db: sqlite3.Connection) -> Iterator[bytes]:
    for (path,) in db.execute("SELECT path FROM listings"):
        if isinstance(path, bytes):
            yield path
