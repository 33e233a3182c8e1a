"""Questions to a table of pictures: by label, type, id and hash, and what is nearest to a picture."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from dedupe import DedupeError, UsageError
from dedupe_lab.bits import bits_apart, hashed, words
from dedupe_lab.images import quoted

Row = dict[str, Any]


def rows(database: Path, where: str = "", limit: int | None = None) -> Iterator[Row]:
    """The rows that a condition in SQL holds for, by ImageID; blobs are left out. Raises UsageError for a bad condition."""
    with closing(_reading(database)) as table:
        kept = [name for name in _columns(table) if _form(table, name) != "float32"]
        query = f"SELECT {', '.join(map(quoted, kept))} FROM images{_condition(where)} ORDER BY ImageID LIMIT ?"
        for row in _asked(table, query, (-1 if limit is None else limit,)):
            yield dict(zip(kept, row, strict=True))


def nearest(
    database: Path, picture: Path, descriptor: str | None = None, where: str = "", n: int = 10, **settings: Any
) -> list[Row]:
    """The `n` rows nearest to a picture by a hash of the table (its first by default), each with its `distance` in bits.

    Raises UsageError for a column that is no hash, or that another version has made; DedupeError for an unusable picture.
    """
    with closing(_reading(database)) as table:
        known = {name: (key, form) for name, key, form in _asked(table, "SELECT name, key, form FROM descriptors")}
        hashes = [name for name, (_, form) in known.items() if form == "hex"]
        name = descriptor or (hashes[0] if hashes else "")
        if name not in hashes:
            raise UsageError(
                f"{database} has no hash {name!r}; it has {', '.join(hashes) or 'none: build it with -d phash'}."
            )
        asked = hashed([picture], [name], **settings)
        if asked.keys[name] != known[name][0]:
            raise UsageError(
                f"The column {name} was made by another version ({known[name][0]}); build the table again."
            )
        condition = f"({where}) AND {quoted(name)} IS NOT NULL" if where else f"{quoted(name)} IS NOT NULL"
        found = _asked(table, f"SELECT ImageID, {quoted(name)} FROM images{_condition(condition)} ORDER BY ImageID")
    if not found:
        return []
    X = np.frombuffer(bytes.fromhex("".join(text for _, text in found)), np.uint8).reshape(len(found), -1)
    apart = bits_apart(words(asked.rows[name]), words(X))[0]
    order = np.argsort(apart, kind="stable")[:n]
    return [{**_one(database, found[i][0]), "distance": int(apart[i])} for i in order.tolist()]


def _one(database: Path, id_: int) -> Row:
    return next(rows(database, f"ImageID = {id_}"))


def _reading(database: Path) -> sqlite3.Connection:
    if not database.is_file():
        raise UsageError(f"{database} is not there; build it with: dedupe lab images FOLDER --db {database}")
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)


def _condition(where: str) -> str:
    return f" WHERE {where}" if where else ""


def _asked(table: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    try:
        return table.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        raise UsageError(f"The table cannot answer: {error}. A condition reads as \"LabelName = 'cat'\".") from None
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        raise DedupeError(f"The file is no table of pictures: {error}.") from None


def _columns(table: sqlite3.Connection) -> list[str]:
    return [row[1] for row in _asked(table, "PRAGMA table_info(images)")]


def _form(table: sqlite3.Connection, name: str) -> str:
    found = _asked(table, "SELECT form FROM descriptors WHERE name = ?", (name,))
    return str(found[0][0]) if found else ""
