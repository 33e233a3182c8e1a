"""File rows of a batch, by folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dedupe.model import MEMORY, Failure, Files
from dedupe.store.folders import Entry, absolute, append, here

Ints = NDArray[np.int64]


def read_rows(index: Ints, stat: Ints, ids: Ints) -> dict[int, Entry]:
    """Rows of files that were read, by index: `stat` int64 (k,6) is what they were, `ids` (k,) their contents.
    What is in memory is no file.
    """
    kept = (ids >= 0) & (stat[:, 3] != MEMORY)
    rows = np.column_stack([stat[:, :3], stat[:, 5], ids])[kept]
    return {i: (*row, None) for i, row in zip(index[kept].tolist(), rows.tolist(), strict=True)}


def failed_rows(files: Files, failures: Mapping[int, Failure], version: str, read_ns: int) -> dict[int, Entry]:
    """Rows of files that cannot be used, as they were walked; `read_ns` is a time before they were read."""
    found: dict[int, Entry] = {}
    for i, failure in failures.items():
        if files.device[i] == MEMORY:
            continue
        numbers = (int(files.size[i]), int(files.mtime_ns[i]), int(files.ctime_ns[i]), read_ns, -1)
        found[i] = (*numbers, (failure.stage, failure.reason, failure.message, version))
    return found


def save_files(db: sqlite3.Connection, files: Files, rows: Mapping[int, Entry]) -> dict[bytes, int]:
    """Adds file rows, by index, to their folders; the number added by folder. Within a `writing` transaction."""
    folders: dict[bytes, dict[bytes, Entry]] = {}
    devices: dict[bytes, int] = {}
    for i, row in rows.items():
        folder, name = os.path.split(files.path(i))
        folders.setdefault(folder, {})[name] = row
        devices[folder] = int(files.device[i])
    counts: dict[bytes, int] = {}
    base = here()
    for folder, added in folders.items():
        path = absolute(folder, base)
        append(db, path, devices[folder], added)
        counts[path] = counts.get(path, 0) + len(added)
    return counts
