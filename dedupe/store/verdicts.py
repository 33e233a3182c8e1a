"""What a judge has said of pairs of contents, by keys of 16 bytes that say which pair, how it lies and who judged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain

from dedupe.store.checks import blob_check
from dedupe.store.contents import as_bytes
from dedupe.store.database import writing
from dedupe.store.index import CONTENTS, as_contents

DIGEST = 32
_CHECK = 8
_STEP = 500

Verdict = tuple[bytes, bytes, bytes]
"""A key, the two digests of its contents, and what was said."""


def read(db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """What was said of the pairs that have a sound row."""
    found: dict[bytes, bytes] = {}
    for start in range(0, len(keys), _STEP):
        asked = keys[start : start + _STEP]
        marks = ",".join("?" * len(asked))
        for key, row in db.execute(f"SELECT pair, row FROM verdicts WHERE pair IN ({marks})", asked):
            if isinstance(row, bytes) and row[:_CHECK] == blob_check(key, row[_CHECK:]):
                found[key] = row[_CHECK + 2 * DIGEST :]
    return found


def save(db: sqlite3.Connection, verdicts: Iterable[Verdict]) -> None:
    """Puts verdicts in place of whatever stood there, in one transaction."""
    rows = ((key, blob_check(key, digests + said) + digests + said) for key, digests, said in verdicts)
    with writing(db):
        db.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", rows)


def prune(db: sqlite3.Connection) -> int:
    """Drops those of which a content is gone; the number dropped. Within a `writing` transaction."""
    live = set(chain.from_iterable(as_bytes(as_contents(rows)["digest"]) for _, rows in CONTENTS.after(db, 0)))
    gone = [(key,) for key, row in db.execute("SELECT pair, row FROM verdicts") if not _lives(row, live)]
    db.executemany("DELETE FROM verdicts WHERE pair = ?", gone)
    return len(gone)


def _lives(row: object, live: set[bytes]) -> bool:
    if not isinstance(row, bytes):
        return False
    digests = row[_CHECK : _CHECK + DIGEST], row[_CHECK + DIGEST : _CHECK + 2 * DIGEST]
    return all(digest.rstrip(b"\0") in live for digest in digests)
