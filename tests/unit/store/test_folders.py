"""Folders of any number, size and name are saved in any order, and do not grow by being scanned again."""

from __future__ import annotations

import os
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from sqlite3 import connect

import numpy as np
import pytest

from dedupe.model import Files
from dedupe.store import Store
from dedupe.store.folders import PART
from dedupe.walk import walk
from stored_files import CONTENT, PAST, add, check, fail, files_of, make, stat_of


def test_names_of_any_bytes(store: Store, tmp_path: Path) -> None:
    names = [b"a\nb.jpg", b"\xff\xfe.jpg", b"\x01.jpg", b" .jpg", "é".encode() + b".jpg", b"n" * 251 + b".jpg"]
    folder = os.fsencode(tmp_path) + b"/\xff folder\n"
    os.mkdir(folder)  # noqa: PTH102
    for name in names:
        with open(folder + b"/" + name, "wb") as file:
            file.write(name)
        os.utime(folder + b"/" + name, ns=(PAST, PAST))
    files = walk([folder], frozenset([b".jpg"])).files
    add(store, files)
    check(store, files)


def many(tmp_path: Path, count: int) -> Files:
    """Files of one folder that need not exist."""
    names = sorted(b"%08d.jpg" % (i * 7919 % count) for i in range(count))
    prefix = os.fsencode(tmp_path) + b"/many/"
    offsets = np.arange(count + 1) * (len(prefix) + 12)
    n = np.arange(count)
    return Files(prefix + prefix.join(names), offsets, n, n + PAST, n * 2, n * 0 + 1, n, n * 0, n < 0)


def fill(store: Store, files: Files, rows: np.ndarray) -> None:
    contents = np.zeros(len(rows), CONTENT)
    contents["digest"] = [sha256(files.path(i)).digest() for i in rows.tolist()]
    store.add(files, rows, stat_of(files, rows), contents, np.ones(len(rows), bool))


@pytest.mark.parametrize("batch", [37, 1000, 20_000])
def test_large_folders_in_any_batches(batch: int, path: Path, tmp_path: Path) -> None:
    files = many(tmp_path, 2 * PART + 1000)
    order = np.random.default_rng(0).permutation(len(files)) if batch == 1000 else np.arange(len(files))
    with Store.open(path, fail) as store:
        for start in range(0, len(files), batch):
            fill(store, files, order[start : start + batch])
    with Store.open(path, fail) as store:
        content = store.lookup(files).content
        assert (content >= 0).all()
        digests = store.contents(content)["digest"]
        assert [digest.tobytes() for digest in digests] == [sha256(files.path(i)).digest() for i in range(len(files))]
        files.mtime_ns[17] += 1
        files.size[PART + 5] += 1
        assert np.flatnonzero(store.lookup(files).content < 0).tolist() == [17, PART + 5]
    with closing(connect(path)) as db:
        parts, rows = db.execute("SELECT count(*), sum(length(rows)) FROM folders").fetchone()
    assert parts <= 8, "small parts have been merged"
    assert rows < len(files) * 60, "without what they held twice"


def test_a_folder_that_is_scanned_again_and_again_does_not_grow(path: Path, tmp_path: Path) -> None:
    files = many(tmp_path, 100)
    sizes = []
    for _ in range(40):
        with Store.open(path, fail) as store:
            files.mtime_ns[:] += 1
            store.lookup(files)
            fill(store, files, np.arange(100))
            assert (store.lookup(files).content >= 0).all()
            assert store.info().files == 100
        with closing(connect(path)) as db:
            sizes.append(db.execute("SELECT sum(length(rows)) FROM folders").fetchone()[0])
    assert max(sizes) < 8 * sizes[0]


def test_folders_that_come_in_pieces_between_others(store: Store, tmp_path: Path) -> None:
    names = [f"{n}.jpg" for n in "abcdef"] + [f"{n}/{m}.jpg" for n in "abcdef" for m in "xy"]
    make(tmp_path / "t", *names, *(f"{n}-.jpg" for n in "abcdef"))
    files = files_of(tmp_path / "t")
    add(store, files)
    check(store, files)
    (tmp_path / "t" / "c.jpg").unlink()
    check(store, files_of(tmp_path / "t"))


def test_many_folders(store: Store, tmp_path: Path) -> None:
    make(tmp_path / "t", *(f"{i:04d}/x.jpg" for i in range(3000)))
    files = files_of(tmp_path / "t")
    add(store, files)
    check(store, files)
