"""Files by folder: some thousand rows in one packed part, so that an unchanged folder is recognised in one comparison."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.model import MARK, MEMORY, Failure, Files, Ints
from dedupe.model.addresses import is_address
from dedupe.store.checks import blob_check
from dedupe.store.trouble import Nonsense

Note = tuple[str, str, str, str]
FileRow = tuple[int, int, int, int, int, Note | None]

INSIDE_OF = b"\0"
"""What ends the path of a container that stands in a folder's place: no folder's path has it."""

PART = 4096
"""Most rows of a part."""

COLUMNS = 5  # size, mtime_ns, ctime_ns, read_ns, content
READ, CONTENT = 3, 4

_SMALL = 96 << 10  # a part below this many bytes may be merged with others
_MANY = 4  # small parts that are left as they are
_HEAD = struct.Struct("<IIq")  # rows, bytes of notes, device


@dataclass(frozen=True, slots=True)
class FolderPart:
    """Rows of one folder, sorted by name: names joined by NUL, columns int64 (k,5) as bytes.

    A row's content is an id, or -2 - i for a file that could not be used for the reason `notes[i]` (stage, reason,
    message, version).
    """

    device: int
    count: int
    columns: bytes
    names: bytes
    notes: Sequence[Note]

    def table(self) -> Ints:
        """The columns, int64 (k,5)."""
        return np.frombuffer(self.columns, "<i8").reshape(-1, COLUMNS)


def pack(folder: bytes, number: int, device: int, entries: Mapping[bytes, FileRow]) -> bytes:
    """Rows by name as the blob of a part."""
    names = sorted(entries)
    notes: dict[Note, int] = {}
    table = np.empty((len(names), COLUMNS), "<i8")
    for row, name in zip(table, names, strict=True):
        *numbers, note = entries[name]
        if note is not None:
            numbers[CONTENT] = -2 - notes.setdefault(note, len(notes))
        row[:] = numbers
    text = json.dumps(list(notes)).encode() if notes else b""
    body = _HEAD.pack(len(names), len(text), device) + table.tobytes() + text + b"\0".join(names)
    return blob_check(folder, str(number).encode(), body) + body


def unpack(folder: object, number: object, blob: object) -> FolderPart | None:
    """The part that a row holds, or None if the row is damaged."""
    if not (isinstance(folder, bytes) and isinstance(blob, bytes) and len(blob) >= 8 + _HEAD.size):
        return None
    if blob[:8] != blob_check(folder, str(number).encode(), blob[8:]):
        return None
    count, length, device = _HEAD.unpack_from(blob, 8)
    start = 8 + _HEAD.size
    middle = start + 8 * COLUMNS * count
    notes = [tuple(note) for note in json.loads(blob[middle : middle + length])] if length else []
    return FolderPart(device, count, blob[start:middle], blob[middle + length :], notes)


def entries_of(part: FolderPart) -> dict[bytes, FileRow]:
    """The rows of a part by name."""
    found: dict[bytes, FileRow] = {}
    for name, row in zip(part.names.split(b"\0"), part.table().tolist(), strict=True):
        note = part.notes[-2 - row[CONTENT]] if row[CONTENT] <= -2 else None
        found[name] = (row[0], row[1], row[2], row[3], row[4], note)
    return found


def read_parts(db: sqlite3.Connection, folders: Sequence[bytes]) -> Iterator[tuple[bytes, FolderPart]]:
    """The sound parts of folders."""
    for start in range(0, len(folders), 500):
        asked = folders[start : start + 500]
        marks = ",".join("?" * len(asked))
        for path, number, blob in db.execute(f"SELECT path, part, rows FROM folders WHERE path IN ({marks})", asked):
            part = unpack(path, number, blob)
            if part is not None:
                yield path, part


def append(db: sqlite3.Connection, folder: bytes, device: int, entries: Mapping[bytes, FileRow]) -> None:
    """Adds rows of a folder as parts of their own; what older parts say of the same names counts no more."""
    number = _next(db, folder)
    names = sorted(entries)
    for start in range(0, len(names), PART):
        chosen = {name: entries[name] for name in names[start : start + PART]}
        blob = pack(folder, number, device, chosen)
        db.execute("INSERT OR REPLACE INTO folders VALUES (?, ?, ?)", (folder, number, blob))
        number += 1


def _next(db: sqlite3.Connection, folder: bytes) -> int:
    last = db.execute("SELECT max(part) FROM folders WHERE path = ?", (folder,)).fetchone()[0]
    if not (last is None or (isinstance(last, int) and last < 1 << 62)):
        raise Nonsense("the numbers of a folder's parts")
    return 0 if last is None else last + 1


def merge(db: sqlite3.Connection, folder: bytes) -> None:
    """Joins the small parts of a folder, which one scan after another leaves, once there are many of them."""
    sql = "SELECT part, rows FROM folders WHERE path = ? AND length(rows) < ?"
    rows = db.execute(sql, (folder, _SMALL)).fetchall()
    if len(rows) <= _MANY:
        return
    parts = [part for part in (unpack(folder, number, blob) for number, blob in rows) if part is not None]
    replace(db, folder, [number for number, _ in rows], parts)


def replace(db: sqlite3.Connection, folder: bytes, numbers: Iterable[int], parts: Iterable[FolderPart]) -> None:
    """Puts the rows of `parts` in place of the parts of these numbers, the newest reading of each file."""
    newest: dict[bytes, FileRow] = {}
    device = 0
    for part in parts:
        device = part.device
        for name, entry in entries_of(part).items():
            if name not in newest or newest[name][3] <= entry[3]:
                newest[name] = entry
    values = [(folder, number) for number in numbers]
    db.executemany("DELETE FROM folders WHERE path = ? AND part = ?", values)
    append(db, folder, device, newest)


def absolute(folder: bytes, here: bytes) -> bytes:
    """The path under which a folder is cached: absolute, without `.` and doubled separators.

    A `..` is resolved by the file system, since what stands before it may be a link; other links stay, so that a folder
    reached by two ways has rows under both. An address stays as it is.
    """
    if is_address(folder):
        return folder
    separator = os.fsencode(os.sep)
    joined = os.path.join(here, folder)
    if separator + b".." in joined:
        return os.path.realpath(joined)
    return os.path.normpath(joined)


def here() -> bytes:
    """The working folder, or the root where it was deleted (nothing can be reached by a relative path then)."""
    try:
        return os.getcwdb()
    except OSError:
        return os.fsencode(os.sep)


def read_rows(index: Ints, stat: Ints, ids: Ints) -> dict[int, FileRow]:
    """Rows of files that were read, by index: `stat` int64 (k,6) is what they were, `ids` (k,) their contents.
    What is in memory is no file.
    """
    kept = (ids >= 0) & (stat[:, 3] != MEMORY)
    rows = np.column_stack([stat[:, :3], stat[:, 5], ids])[kept]
    return {i: (*row, None) for i, row in zip(index[kept].tolist(), rows.tolist(), strict=True)}


def failed_rows(files: Files, failures: Mapping[int, Failure], version: str, read_ns: int) -> dict[int, FileRow]:
    """Rows of files that cannot be used, as they were walked; `read_ns` is a time before they were read."""
    found: dict[int, FileRow] = {}
    for i, failure in failures.items():
        if files.device[i] == MEMORY:
            continue
        numbers = (int(files.size[i]), int(files.mtime_ns[i]), int(files.ctime_ns[i]), read_ns, -1)
        found[i] = (*numbers, (failure.stage, failure.reason, failure.message, version))
    return found


def save_files(db: sqlite3.Connection, files: Files, rows: Mapping[int, FileRow]) -> dict[bytes, int]:
    """Adds file rows, by index, to their folders; the number added by folder. Within a `writing` transaction."""
    folders: dict[bytes, dict[bytes, FileRow]] = {}
    devices: dict[bytes, int] = {}
    for i, row in rows.items():
        folder, name, device = _where(files, i)
        folders.setdefault(folder, {})[name] = row
        devices[folder] = device
    counts: dict[bytes, int] = {}
    base = here()
    for folder, added in folders.items():
        path = key_of(folder, base)
        append(db, path, devices[folder], added)
        counts[path] = counts.get(path, 0) + len(added)
    return counts


def key_of(folder: bytes, here: bytes) -> bytes:
    """The path under which a folder is cached, or a container, which has INSIDE_OF at its end."""
    inside = folder[-1:] == INSIDE_OF
    return absolute(folder.removesuffix(INSIDE_OF), here) + INSIDE_OF * inside


def _where(files: Files, i: int) -> tuple[bytes, bytes, int]:
    """The folder of a file, or its container, its name in there, and the device."""
    place = files.place(i)
    if place is None:
        return *os.path.split(files.path(i)), int(files.device[i])
    container = place.container
    return container.path + INSIDE_OF, files.path(i)[len(container.path + MARK) :], container.device
