"""What a cache holds, and how it gets rid of what is of no more use."""

# ruff: noqa: PTH116 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from dedupe.model.addresses import is_address
from dedupe.store import listings, verdicts
from dedupe.store.contents import read_keys
from dedupe.store.database import file_bytes, reading, writing
from dedupe.store.folders import CONTENT, INSIDE_OF, FolderPart, append, entries_of, unpack


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What a cache holds: its path (None: in memory), bytes on disk, files, contents, vectors by descriptor key, verdicts.

    `set_aside` are damaged caches beside it, which may be deleted by hand.
    """

    path: Path | None
    bytes: int
    files: int
    contents: int
    keys: dict[str, int]
    set_aside: tuple[Path, ...]
    verdicts: int = 0


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many files, contents, vectors and verdicts were dropped."""

    files: int
    contents: int
    vectors: int
    verdicts: int = 0


def info(db: sqlite3.Connection, path: Path | None) -> CacheInfo:
    """Counts what is there; rows are not checked."""
    with reading(db):
        files = sum(len(_names(db, folder)) for folder in _paths(db))
        keys = {name: _count(db, key.table) for name, key in read_keys(db).items()}
        contents, said = _count(db, "contents"), _count(db, "verdicts")
    aside = sorted(path.parent.glob(f"{path.name}.broken-*")) if path is not None else []
    size = file_bytes(path) if path is not None else 0
    broken = tuple(each for each in aside if not each.name.endswith(("-wal", "-shm")))
    return CacheInfo(path, size, files, contents, keys, broken, said)


def prune(db: sqlite3.Connection, *, keys: Collection[str] = (), unmounted: bool = False) -> Pruned:
    """Drops files that are gone, contents that no file has, vectors and verdicts of those, and all vectors of `keys`.

    A file is gone only if the folder that should hold it, or the nearest one above that is there, is on the file system
    that the file was read from: a drive that is not mounted has lost nothing. `unmounted` drops those files, too.
    """
    files = sum(_prune_folder(db, folder, unmounted) for folder in list(_paths(db)))
    with writing(db):
        vectors = sum(_drop_key(db, key) for key in keys)
        contents, more = _prune_contents(db)
        said = verdicts.prune(db)
        listings.prune(db)
    _shrink(db)
    return Pruned(files, contents, vectors + more, said)


def _paths(db: sqlite3.Connection) -> Iterator[bytes]:
    for (path,) in db.execute("SELECT DISTINCT path FROM folders"):
        if isinstance(path, bytes):
            yield path


def _parts(db: sqlite3.Connection, folder: bytes) -> dict[int, FolderPart | None]:
    rows = db.execute("SELECT part, rows FROM folders WHERE path = ?", (folder,))
    return {number: unpack(folder, number, blob) for number, blob in rows}


def _names(db: sqlite3.Connection, folder: bytes) -> set[bytes]:
    return {name for part in _parts(db, folder).values() if part is not None for name in part.names.split(b"\0")}


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _prune_folder(db: sqlite3.Connection, folder: bytes, unmounted: bool) -> int:
    """Drops the rows of one folder whose files are gone; the number dropped."""
    container = folder.removesuffix(INSIDE_OF)
    if folder.endswith(INSIDE_OF) and (is_address(container) or os.path.lexists(container)):
        return 0
    present = _present(folder.removesuffix(INSIDE_OF))
    dropped = 0
    with writing(db):
        for number, part in _parts(db, folder).items():
            if part is None:
                db.execute("DELETE FROM folders WHERE path = ? AND part = ?", (folder, number))
                continue
            if present is None or (part.device != present[0] and not unmounted):
                continue
            kept = {name: entry for name, entry in entries_of(part).items() if name in present[1]}
            if len(kept) < part.count:
                dropped += part.count - len(kept)
                db.execute("DELETE FROM folders WHERE path = ? AND part = ?", (folder, number))
                append(db, folder, part.device, kept)
    return dropped


def _present(folder: bytes) -> tuple[int, set[bytes]] | None:
    """The device of a folder, or of what is left of its path, and the names it holds; None if that cannot be told."""
    try:
        with os.scandir(folder) as entries:
            return _device(folder), {entry.name for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        with suppress(OSError):
            return _device(folder), set()
    except OSError:
        pass
    return None


def _device(folder: bytes) -> int:
    """The device of a folder, or of the nearest one above that is there, as int64 holds it."""
    while True:
        try:
            device = os.stat(folder).st_dev
            return device - (1 << 64) if device >> 63 == 1 else device
        except (FileNotFoundError, NotADirectoryError):
            if os.path.dirname(folder) == folder:
                raise
            folder = os.path.dirname(folder)


def _drop_key(db: sqlite3.Connection, key: str) -> int:
    about = read_keys(db).get(key)
    if about is None:
        return 0
    count = _count(db, about.table)
    db.execute(f"DROP TABLE {about.table}")
    db.execute("DELETE FROM keys WHERE id = ?", (about.id,))
    return count


def _prune_contents(db: sqlite3.Connection) -> tuple[int, int]:
    """Drops contents that no file has, with their vectors, and tables of keys that were damaged; the numbers dropped."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS live (id INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM live")
    for path, number, blob in db.execute("SELECT path, part, rows FROM folders"):
        part = unpack(path, number, blob)
        if part is not None:
            ids = part.table()[:, CONTENT]
            db.executemany("INSERT OR IGNORE INTO live VALUES (?)", ((id_,) for id_ in ids[ids >= 0].tolist()))
    contents = db.execute("DELETE FROM contents WHERE id NOT IN (SELECT id FROM live)").rowcount
    known = {key.table for key in read_keys(db).values()}
    vectors = 0
    for table in _vector_tables(db):
        if table in known:
            vectors += db.execute(f"DELETE FROM {table} WHERE id NOT IN (SELECT id FROM contents)").rowcount
        else:
            db.execute(f"DROP TABLE {table}")
    return contents, vectors


def _vector_tables(db: sqlite3.Connection) -> list[str]:
    names = chain.from_iterable(db.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
    tables = [name.decode("latin-1") for name in names if isinstance(name, bytes) and name.startswith(b"vectors_")]
    return [table for table in tables if table.removeprefix("vectors_").isdigit()]


def _shrink(db: sqlite3.Connection) -> None:
    """Gives the room of dropped rows back, unless another scan is using the cache."""
    free, pages = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count"))
    if free * 5 > pages:
        with suppress(sqlite3.OperationalError):
            db.execute("VACUUM")
