"""A table of pictures opened to be asked: read-only, and a condition sees that table alone and can always be stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedupe import DedupeError, UsageError

COLUMNS = frozenset({"ImageID", "LabelName", "Type", "ImageAddr", "digest"})
"""What every such table has."""

OFTEN = 100_000
"""After so many of SQLite's steps Python may see a signal."""

LONGEST = 10_000_000
"""The longest value a condition may make, in bytes."""

FILE = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN),
)
"""Errors that no condition can cause."""

HOW = "A condition reads as \"LabelName = 'cat'\"."


@dataclass(frozen=True, slots=True)
class Table:
    """A table of pictures: its `columns`, and by the name of a descriptor its key and form."""

    database: Path
    connection: sqlite3.Connection
    columns: Sequence[str]
    descriptors: dict[str, tuple[str, str]]

    def form(self, name: str) -> str:
        """How a column is stored: "hex" or "float32"; empty for one that no descriptor made."""
        return self.descriptors[name][1] if name in self.descriptors else ""

    def asked(self, columns: Sequence[str], where: str, limit: int | None = None) -> list[tuple[Any, ...]]:
        """Columns of the rows that a condition holds for, by ImageID; raises UsageError for a bad condition."""
        start = f"SELECT {', '.join(map(quoted, columns))} FROM images"
        condition = f"(\n{where}\n)" if where.strip() else "1"
        most = -1 if limit is None else min(limit, 2**63 - 1)
        try:
            # what is whole in here too, cannot end the parentheses and go on with another statement
            self.connection.execute(f"EXPLAIN {start} WHERE CASE WHEN {condition} THEN 1 END").close()
            return self.connection.execute(f"{start} WHERE {condition} ORDER BY ImageID LIMIT ?", (most,)).fetchall()
        except (sqlite3.Error, sqlite3.Warning, ValueError, MemoryError) as error:
            raise self._said(error) from None

    def _said(self, error: Exception) -> BaseException:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            return KeyboardInterrupt()
        if code in FILE:
            return _unreadable(self.database, error)
        if code == sqlite3.SQLITE_AUTH or "prohibited" in str(error):
            return UsageError(f"--where may ask of the table images alone. {HOW}")
        return UsageError(f"--where is no condition that the table can answer: {error}. {HOW}")


def is_table(path: Path) -> bool:
    """Whether a file is an SQLite database with a table of pictures; nothing is written, not even beside it."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return _has_pictures(connection)
    except sqlite3.Error:
        return False


def _has_pictures(connection: sqlite3.Connection) -> bool:
    columns = {row[1] for row in connection.execute("PRAGMA table_info(images)")}
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    return columns >= COLUMNS and "descriptors" in tables


@contextmanager
def opened(database: Path) -> Iterator[Table]:
    """The table in a file; raises UsageError where there is no file, DedupeError where it is no table of pictures."""
    if not database.is_file():
        raise UsageError(f"{database} is not there; build it with: dedupe lab images FOLDER --db {database}")
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise _unreadable(database, error) from None
    with closing(connection):
        columns, descriptors = _checked(database, connection)
        connection.set_authorizer(_allowed)
        connection.set_progress_handler(lambda: 0, OFTEN)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        yield Table(database, connection, columns, descriptors)


def _checked(database: Path, connection: sqlite3.Connection) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """The columns, and key and form of the descriptors."""
    try:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(images)")]
        if not _has_pictures(connection):
            raise DedupeError(
                f"{database} is an SQLite file, but no table of pictures; build one with: dedupe lab images FOLDER --db FILE"
            )
        known = connection.execute("SELECT name, key, form FROM descriptors").fetchall()
    except sqlite3.Error as error:
        raise _unreadable(database, error) from None
    return columns, {name: (key, form) for name, key, form in known}


def _unreadable(database: Path, error: Exception) -> DedupeError:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DedupeError(f"{database} is in use by another program ({error}); try again when it has finished.")
    return DedupeError(f"{database} cannot be read as a table of pictures: {error}.")


def _allowed(action: int, name: str | None, _second: str | None, _database: str | None, _inner: str | None) -> int:
    """Lets a statement select, read images and call functions; nothing else."""
    good = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION) or (
        action == sqlite3.SQLITE_READ and name == "images"
    )
    return sqlite3.SQLITE_OK if good else sqlite3.SQLITE_DENY


def quoted(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
