"""Files and what is stored of them; their bytes alone decide it, so that what a store knows can be checked."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from dedupe.model import CONTENT_FIELDS, Files
from dedupe.store import Store
from dedupe.walk import walk

CONTENT = np.dtype(CONTENT_FIELDS)
PAST = 10**18  # 2001
BITS, FLOATS = "bits@1()/w", "floats@1()/w"


def fail(text: str) -> None:
    raise AssertionError(f"no warning was expected: {text}")


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
        os.utime(root / name, ns=(PAST, PAST))


def files_of(root: Path) -> Files:
    return walk([os.fsencode(root)], frozenset([b".jpg"])).files


def contents_of(files: Files, rows: Sequence[int]) -> np.ndarray:
    """What a worker would say of files; their bytes alone decide it."""
    found = np.zeros(len(rows), CONTENT)
    for at, row in enumerate(rows):
        data = Path(os.fsdecode(files.path(row))).read_bytes()
        found[at] = (sha256(data).digest(), sha256(data).digest()[:16], 640, 480, b"JPEG", -5, 0.5, 0, 1, 8, 0, 0)
    return found


def stat_of(files: Files, rows: Sequence[int], read_ns: int | None = None) -> np.ndarray:
    columns = (files.size, files.mtime_ns, files.ctime_ns, files.device, files.inode)
    read = np.full(len(rows), time.time_ns() if read_ns is None else read_ns)
    return np.column_stack([*(column[rows] for column in columns), read])


def bits_of(contents: np.ndarray) -> np.ndarray:
    return np.frombuffer(contents["digest"].tobytes(), np.uint8).reshape(-1, 32)[:, :9]


def floats_of(contents: np.ndarray) -> np.ndarray:
    return bits_of(contents).astype(np.float32) / 7


def add(store: Store, files: Files, rows: Sequence[int] | None = None, read_ns: int | None = None) -> np.ndarray:
    rows = np.arange(len(files)) if rows is None else np.array(rows, np.int64)
    contents, all_rows = contents_of(files, rows), np.arange(len(rows))
    vectors = [(BITS, all_rows, bits_of(contents)), (FLOATS, all_rows, floats_of(contents))]
    return store.add(files, rows, stat_of(files, rows, read_ns), contents, np.ones(len(rows), bool), vectors)


def check(store: Store, files: Files, known: Sequence[bool] | None = None) -> None:
    """What the store knows of the files is what is true of them; `known` says of which it must know."""
    found = store.lookup(files).content
    assert (found >= 0).tolist() == ([True] * len(files) if known is None else list(known))
    rows = np.flatnonzero(found >= 0)
    expected = contents_of(files, rows.tolist())
    assert store.contents(found[rows]).tobytes() == expected.tobytes()
    for key, vectors in ((BITS, bits_of(expected)), (FLOATS, floats_of(expected))):
        have, X = store.vectors(key, found[rows])
        assert have.all()
        assert not len(rows) or X.dtype == vectors.dtype
        assert X.tolist() == vectors.tolist()
