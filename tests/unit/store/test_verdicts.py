"""Verdicts of pairs: they are read as they were saved, damaged ones are missing, and they go with their contents."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import numpy as np

from dedupe.store import Store
from stored_files import add, fail, files_of

KEYS = [bytes([i]) * 16 for i in range(4)]


def test_verdicts_are_read_as_they_were_saved_and_counted(store: Store) -> None:
    assert store.verdicts(KEYS) == {} and store.info().verdicts == 0
    store.add_verdicts([(key, bytes(64), b"said %d" % i) for i, key in enumerate(KEYS[:3])])
    store.add_verdicts([(KEYS[0], bytes(64), b"said again")])
    assert store.verdicts(KEYS) == {KEYS[0]: b"said again", KEYS[1]: b"said 1", KEYS[2]: b"said 2"}
    assert store.info().verdicts == 3


def test_more_are_read_than_one_statement_takes(store: Store) -> None:
    keys = [i.to_bytes(16, "big") for i in range(5000)]
    store.add_verdicts([(key, bytes(64), key) for key in keys])
    assert store.verdicts(keys) == {key: key for key in keys}


def test_a_damaged_verdict_is_as_good_as_missing(path: Path) -> None:
    with Store.open(path, fail) as store:
        store.add_verdicts([(key, bytes(64), b"said") for key in KEYS[:2]])
    with closing(connect(path)) as db:
        db.execute("UPDATE verdicts SET row = substr(row, 1, length(row) - 1) || 'x' WHERE pair = ?", (KEYS[0],))
        db.commit()
    with Store.open(path, fail) as store:
        assert store.verdicts(KEYS) == {KEYS[1]: b"said"}


def test_prune_drops_those_of_contents_that_are_gone(store: Store, tree: Path) -> None:
    files = files_of(tree)
    ids = add(store, files)
    digests = [row.tobytes() for row in store.contents(np.asarray(ids))["digest"]]
    gone = [row for row, path in enumerate(files.path(i) for i in range(len(files))) if b"/a/b/" in path]
    left = [row for row in range(len(files)) if row not in gone]
    store.add_verdicts(
        [
            (KEYS[0], digests[left[0]] + digests[left[1]], b"both there"),
            (KEYS[1], digests[left[0]] + digests[gone[0]], b"one gone"),
            (KEYS[2], digests[gone[0]] + digests[gone[1]], b"both gone"),
        ]
    )
    shutil.rmtree(tree / "a" / "b")
    assert store.prune().verdicts == 2
    assert store.verdicts(KEYS) == {KEYS[0]: b"both there"}
