"""Which of the files are as they were when they were last read."""

from __future__ import annotations

import os
import sqlite3
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

import numpy as np

from dedupe.model import MARK, Bools, Files, Ints
from dedupe.store.folders import COLUMNS, CONTENT, INSIDE_OF, READ, FolderPart, Note, here, key_of, read_parts

Rows: TypeAlias = "range | Ints"
Folders = dict[bytes, list[tuple[int, int]]]

SETTLED = 2 * 10**9
"""Nanoseconds that a file must have been left alone before it was read: a younger one may change again within one tick
of the file system's clock, and would look the same."""

_NO_DATE = np.iinfo(np.int64).min  # what stands for a date too far back to be told from others
_FOLDERS = 2048  # folders that are looked up together
_SEPARATOR = os.fsencode(os.sep)


@dataclass(frozen=True, slots=True)
class Known:
    """What a lookup found: content ids int64 (n,), -1 unknown, all of them sound; remembered failures by file index."""

    content: Ints
    failure: dict[int, tuple[str, str, str]]


@dataclass(slots=True)
class SameNames:
    """Rows of the cache beside the files (by index) that have their names."""

    rows: list[Ints] = field(default_factory=list)
    columns: list[bytes] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, rows: Rows, part: FolderPart, chosen: list[int] | None = None) -> None:
        table = part.table() if chosen is None else part.table()[chosen]
        if part.notes:
            table = table.copy()
            table[table[:, CONTENT] <= -2, CONTENT] -= len(self.notes)
            self.notes += part.notes
        self.rows.append(np.arange(rows.start, rows.stop) if isinstance(rows, range) else rows)
        self.columns.append(table.tobytes())


def unchanged(
    db: sqlite3.Connection, files: Files, version: str
) -> tuple[Ints, dict[int, tuple[str, str, str]], Counter[bytes]]:
    """The content id of each file that is as it was, int64 (n,), else -1; remembered failures; parts by folder.

    A file is as it was if path, size, mtime_ns and ctime_ns agree and its mtime was at least 2 s old, and not in the
    future, when it was read. A failure holds as long as the file is as it was, for the same `version`.
    """
    content = np.full(len(files), -1, np.int64)
    failures: dict[int, tuple[str, str, str]] = {}
    parts: Counter[bytes] = Counter()
    base = here()
    for folders in chain(_folders(files), _containers(files)):
        found = SameNames()
        asked: dict[bytes, list[tuple[bytes, Rows]]] = {}
        for folder, rows in folders.items():
            asked.setdefault(key_of(folder, base), []).append((folder, rows))
        for path, part in read_parts(db, list(asked)):
            parts[path] += 1
            for folder, rows in asked[path]:
                _match(files, _prefix(folder), rows, part, found)
        _compare(files, found, version, content, failures)
    return content, failures, parts


def _containers(files: Files) -> Iterator[dict[bytes, Rows]]:
    """The pictures inside each container, by its path with INSIDE_OF."""
    if files.members is None:
        return
    rows = np.flatnonzero(files.inside)
    number = files.members.container[files.inode[rows]]
    for i, container in enumerate(files.members.containers):
        if len(some := rows[number == i]):
            yield {container.path + INSIDE_OF: some}


def _folders(files: Files) -> Iterator[dict[bytes, Rows]]:
    """The files of each folder as it is written, some thousand folders at a time."""
    inside = None if files.members is None else files.inside
    for folders in _runs(files):
        yield {folder: _loose(_rows(runs), inside) for folder, runs in folders.items()}


def _loose(rows: Rows, inside: Bools | None) -> Rows:
    """Those that are in no container."""
    if inside is None:
        return rows
    every = np.arange(rows.start, rows.stop) if isinstance(rows, range) else rows
    return every[~inside[every]]


def _runs(files: Files) -> Iterator[Folders]:
    """Runs of files (start, stop) by their folder as it is written, some thousand folders at a time."""
    paths, offsets = files.paths, files.offsets
    found: Folders = {}
    folder, prefix, size, start = b"", b"\0", 1, 0  # the prefix of no path
    for base in range(0, len(files), 65536):
        ends = offsets[base : base + 65537].tolist()
        for i in range(len(ends) - 1):
            first = ends[i]
            length = paths.rfind(_SEPARATOR, first, ends[i + 1]) + 1 - first
            if length < 0:
                length = 0
            if length == size and paths.startswith(prefix, first):
                continue
            if base + i:
                found.setdefault(folder, []).append((start, base + i))
            if len(found) >= _FOLDERS:
                yield found
                found = {}
            prefix, size, start = paths[first : first + length], length, base + i
            folder = prefix[:-1] or prefix
    if len(files):
        found.setdefault(folder, []).append((start, len(files)))
        yield found


def _rows(runs: list[tuple[int, int]]) -> Rows:
    if len(runs) == 1:
        return range(*runs[0])
    return np.concatenate([np.arange(*run) for run in runs])


def _prefix(folder: bytes) -> bytes:
    """What the paths of a folder's files begin with, or a container's."""
    if folder.endswith(INSIDE_OF):
        return folder[: -len(INSIDE_OF)] + MARK
    return folder if not folder or folder.endswith(_SEPARATOR) else folder + _SEPARATOR


def _match(files: Files, prefix: bytes, rows: Rows, part: FolderPart, found: SameNames) -> None:
    """Pairs the rows of a part with the files of their names; the usual case is that they are the same ones."""
    start = bisect_left(rows, prefix + part.names.partition(b"\0")[0], key=files.path)
    same = rows[start : start + part.count]
    if prefix and len(same) == part.count and same[-1] - same[0] == part.count - 1:
        begin, end = files.offsets[same[0]], files.offsets[same[-1] + 1]
        if files.paths[begin:end] == prefix + part.names.replace(b"\0", prefix):
            found.add(same, part)
            return
    names = part.names.split(b"\0")
    stop = bisect_right(rows, prefix + names[-1], key=files.path)
    at = {name: i for i, name in enumerate(names)}
    pairs = [(row, at.get(files.path(row)[len(prefix) :], -1)) for row in rows[start:stop]]
    pairs = [pair for pair in pairs if pair[1] >= 0]
    if pairs:
        found.add(np.array([row for row, _ in pairs], np.int64), part, [place for _, place in pairs])


def _compare(
    files: Files, found: SameNames, version: str, content: Ints, failures: dict[int, tuple[str, str, str]]
) -> None:
    """Fills in what holds of what was found; of several rows for one file the one read last."""
    if not found.rows:
        return
    rows = np.concatenate(found.rows)
    table = np.frombuffer(b"".join(found.columns), "<i8").reshape(-1, COLUMNS)
    read, mtime = table[:, READ], table[:, 1]
    same = (files.size[rows] == table[:, 0]) & (files.mtime_ns[rows] == mtime) & (files.ctime_ns[rows] == table[:, 2])
    same &= (mtime <= read - SETTLED) & (mtime > _NO_DATE) & (read > 0)
    order = np.flatnonzero(same)
    order = order[np.argsort(read[order], kind="stable")]
    content[rows[order]] = table[order, CONTENT]
    for row in np.flatnonzero(content <= -2).tolist():
        *why, held = found.notes[-2 - content[row]]
        content[row] = -1
        if held == version:
            failures[row] = (why[0], why[1], why[2])
