"""The database file: whose it is, how it is opened, how it is set aside."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dedupe.errors import SafetyError
from dedupe.magic import sniff
from dedupe.store.trouble import Damaged, Unusable

APPLICATION = 0x6B9DD06E
"""What SQLite's header says of whose file it is (PRAGMA application_id)."""

VERSION = 7
"""The version of the tables and of what their rows say (PRAGMA user_version)."""

PAGE = 16384
WAIT = 15.0
"""Seconds that a scan waits for another one that is writing."""

_HEADER = 100
_MAGIC = b"SQLite format 3\0"
_OURS = (".sqlite", ".sqlite3", ".db", ".cache")  # under such a name random bytes are taken for a damaged cache
_FOLDERS = {".joins": (".join",), ".hnsw": (".bin", ".json", ".part")}  # what searches keep beside the cache
_SIDECARS = ("-wal", "-shm", "-journal")

TABLES = {
    "folders": "CREATE TABLE folders (path BLOB, part INTEGER, rows BLOB, PRIMARY KEY (path, part)) WITHOUT ROWID",
    "contents": "CREATE TABLE contents (id INTEGER PRIMARY KEY AUTOINCREMENT, row BLOB)",
    "keys": "CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, row BLOB)",
}
"""Each table is one tree without a second index: two that disagree after damage could not even be repaired by writing."""

LATER = (
    "CREATE TABLE IF NOT EXISTS verdicts (pair BLOB PRIMARY KEY, row BLOB) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS listings (path BLOB PRIMARY KEY, row BLOB) WITHOUT ROWID",
)
"""Tables that caches of this version may lack, and are given then."""


def connect(path: Path | None) -> sqlite3.Connection:
    """An open database with its tables, made if the file is missing or empty; in memory without a path.

    Raises SafetyError for a file that is another program's, Unusable or sqlite3.Error for one that cannot serve.
    """
    if path is not None:
        _examine(path)
    db = sqlite3.connect(path or ":memory:", timeout=WAIT, isolation_level=None, check_same_thread=False)
    try:
        _prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _examine(path: Path) -> None:
    """Makes sure, before SQLite may write to it, that a file is ours, empty, or missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = _head(path)
    except OSError as error:
        raise Unusable(f"cannot be used ({error.strerror})") from error
    if not head:
        return
    application, version = int.from_bytes(head[68:72], "big"), int.from_bytes(head[60:64], "big")
    if not head.startswith(_MAGIC) or len(head) < _HEADER:
        ours = (application == APPLICATION or path.suffix in _OURS) and not sniff(head)
        raise Damaged if ours else Unusable("is not a cache of this program")
    if application != APPLICATION:
        if _is_others(head):
            raise SafetyError(f"{path} is another program's database; name another file for the cache.")
        raise Damaged
    if version > VERSION:
        raise Unusable("was made by a newer version")
    if version < VERSION:
        raise Damaged


def _is_others(head: bytes) -> bool:
    """Whether a file that begins so is another program's database; two flipped bits may be damage to one of ours."""
    application = int.from_bytes(head[68:72], "big")
    return head.startswith(_MAGIC) and len(head) >= _HEADER and (application ^ APPLICATION).bit_count() > 2


def may_serve(path: Path) -> bool:
    """Whether a file that --cache names is neither another program's database nor a picture. Raises OSError."""
    head = _head(path)
    return not (_is_others(head) or sniff(head))


def _head(path: Path) -> bytes:
    """What a file begins with, nothing for a missing one; raises OSError for what is no regular file."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return b""
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(21, "it is a folder")
    if not stat.S_ISREG(about.st_mode):
        raise OSError(22, "it is no regular file")
    with path.open("rb") as file:
        return file.read(_HEADER)


def _prepare(db: sqlite3.Connection) -> None:
    db.text_factory = bytes  # damaged text must not raise while it is decoded
    db.execute(f"PRAGMA page_size = {PAGE}")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA cache_size = -16384")
    if not _tables(db):
        _create(db)
    _wal(db)
    db.execute("PRAGMA synchronous = NORMAL")
    found = _tables(db)
    if any(found.get(name) != sql for name, sql in TABLES.items()):
        raise Damaged
    for sql in LATER:
        db.execute(sql)


def _tables(db: sqlite3.Connection) -> dict[str, str]:
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    if not all(isinstance(value, bytes) for row in rows for value in row):
        raise Damaged
    return {name.decode("latin-1"): sql.decode("latin-1") for name, sql in rows}


def _create(db: sqlite3.Connection) -> None:
    """Makes the tables in one transaction, whoever comes first; ours by its header from the first page written on."""
    with writing(db):
        if not _tables(db):
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {VERSION}")
            for sql in TABLES.values():
                db.execute(sql)


def _wal(db: sqlite3.Connection) -> None:
    """Turns on write-ahead logging; the other process that is just doing so may be in the way, and it serves us both."""
    for _ in range(50):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            time.sleep(0.02)


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction that holds the right to write from its beginning, so that what it reads stays true."""
    yield from _transaction(db, "BEGIN IMMEDIATE")


@contextmanager
def reading(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction that sees one state of the database."""
    yield from _transaction(db, "BEGIN")


def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise


def set_aside(path: Path) -> Path:
    """Renames a damaged database and what belongs to it; returns its new path. Nothing is deleted or overwritten.

    Raises OSError where that cannot be done.
    """
    name = f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    number, aside = 1, path.with_name(name)
    while os.path.lexists(aside):
        number, aside = number + 1, path.with_name(f"{name}-{number}")
    for suffix in _SIDECARS:  # first: a new database beside an old log would be filled from it
        with suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(aside, suffix))
    path.rename(aside)
    return aside


def _beside(path: Path, suffix: str) -> Path:
    """The database's log and other files that belong to it."""
    return path.with_name(path.name + suffix)


def remove(path: Path) -> int:
    """Deletes a database that is ours, of whatever version, with what belongs to it; returns the bytes freed.

    Raises SafetyError for a file that is not ours, OSError where it cannot be deleted.
    """
    head = _head(path)
    if not path.exists():
        return 0
    if head and (not head.startswith(_MAGIC) or int.from_bytes(head[68:72], "big") != APPLICATION):
        raise SafetyError(f"{path} is not a cache of this program, so it was not removed.")
    freed = file_bytes(path)
    for file in _files(path):
        file.unlink(missing_ok=True)
    for suffix in _FOLDERS:
        with suppress(OSError):  # missing, or something in it is not ours
            _beside(path, suffix).rmdir()
    return freed


def file_bytes(path: Path) -> int:
    """The bytes of a database and of what belongs to it."""
    total = 0
    for file in _files(path):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


def _files(path: Path) -> list[Path]:
    """The database, SQLite's files beside it, and what searches keep."""
    kept = [_beside(path, folder).glob(f"*{suffix}") for folder, suffixes in _FOLDERS.items() for suffix in suffixes]
    return [*(_beside(path, suffix) for suffix in ("", *_SIDECARS)), *(file for found in kept for file in found)]
