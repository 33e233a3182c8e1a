"""What is wrong with a database, in words, and whether its file is to blame."""

from __future__ import annotations

import sqlite3


class Unusable(Exception):
    """This file cannot serve as the cache; the message says why, as a part of a sentence that begins with its name."""


class Damaged(Unusable):
    """This file is a cache of ours, and is damaged."""


class Nonsense(sqlite3.DatabaseError):
    """SQLite has noticed nothing, but what it returns cannot have been written by us."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


TROUBLE = (Unusable, sqlite3.Error, UnicodeDecodeError)
"""What using a database may raise; sqlite3 fails to decode its own messages where they quote a damaged schema."""

_DAMAGED = frozenset(
    [
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_ERROR,  # a table or column of ours is missing
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_TOOBIG,
    ]
)

_WORDS = {
    sqlite3.SQLITE_FULL: "could not be written, because the disk is full",
    sqlite3.SQLITE_READONLY: "cannot be written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_BUSY: "is kept busy by another process",
    sqlite3.SQLITE_LOCKED: "is kept busy by another process",
    sqlite3.SQLITE_IOERR: "could not be read or written",
}


def is_damage(error: Exception) -> bool:
    """Whether a file is damaged, rather than out of reach."""
    return isinstance(error, Damaged | UnicodeDecodeError) or _code(error) in _DAMAGED


def in_words(error: Exception) -> str:
    """Why a file cannot serve, as a part of a sentence that begins with its name."""
    if is_damage(error):
        return "is damaged"
    if isinstance(error, OSError):
        return f"cannot be used ({error.strerror})"
    return _WORDS.get(_code(error), "cannot be used") if isinstance(error, sqlite3.Error) else str(error)


def _code(error: Exception) -> int:
    """SQLite's primary result code."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
