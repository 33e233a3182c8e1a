"""A table of labelled pictures with their hashes, as an ordinary SQLite file."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe import DedupeError, Failure, UsageError
from dedupe.kit import refuse_other
from dedupe_lab.archive import unpack
from dedupe_lab.bits import Hashed, hashed
from dedupe_lab.folders import chosen_classes
from dedupe_lab.kinds import TABLE
from dedupe_lab.table import quoted

TYPES = ("train", "test")
"""Folder names that say what a picture is for, wherever they stand in its path."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS images (
  ImageID INTEGER PRIMARY KEY, LabelName TEXT, Type TEXT, ImageAddr TEXT NOT NULL UNIQUE, digest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_label ON images (LabelName, Type);
CREATE TABLE IF NOT EXISTS descriptors (name TEXT PRIMARY KEY, key TEXT NOT NULL, form TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Built:
    """What went into the table: rows by label, those without a type, pictures that could not be used, and what an archive
    held besides.
    """

    labels: dict[str, int]
    untyped: int
    failures: Sequence[Failure]
    left_out: Mapping[str, int]


def build(source: Path, database: Path, descriptors: Sequence[str], base_url: str = "", **settings: Any) -> Built:
    """Adds the pictures of a folder or zip archive of class folders to the table, with a column for each descriptor.

    A picture's address is its absolute path, or `base_url` and its path below the source. Pictures known by their address
    keep their ImageID. Raises UsageError for a source without class folders, SafetyError for a file that is no such table,
    DedupeError where no picture can be used or the table cannot be written.
    """
    _check_database(database)
    if base_url and "://" not in base_url:
        raise UsageError(f"--base-url {base_url} is no URL; give one such as https://example.org/pictures.")
    source = Path(os.path.realpath(source))
    if source.is_dir():
        _check_classes(source)
        found = hashed([source], descriptors, **settings)
        names = {path: Path(os.fsdecode(path)).relative_to(source).as_posix() for path in found.paths}
        return _stored(found, names, source, database, base_url, {})
    if not source.is_file():
        raise UsageError(f"{source} is neither a folder nor a zip archive; there is no such file.")
    with tempfile.TemporaryDirectory() as folder:
        unpacked = unpack(source, Path(folder))
        if not unpacked.names:
            raise UsageError(f"{source} holds no picture that can be taken ({_counted(unpacked.left_out)}).")
        if not any(PurePosixPath(name).parent.name not in ("", *TYPES) for name in unpacked.names.values()):
            raise UsageError(f"{source} has no folder of pictures for each class, as cat and dog, in it.")
        found = hashed([folder], descriptors, **settings)
        names = {os.fsencode(path): name for path, name in unpacked.names.items()}
        return _stored(found, names, source, database, base_url, unpacked.left_out)


def _check_database(database: Path) -> None:
    """Raises UsageError or DedupeError, before the work, for a file that could not be written; SafetyError for another's."""
    refuse_other(database, TABLE)
    folder = database.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"--db {database}: there is no folder {folder}; make it first.")
    if database.exists():
        with _opened(database) as table:
            table.execute("BEGIN IMMEDIATE")


def _check_classes(source: Path) -> None:
    """Accepts class folders right under the source, or under folders in it that say what they are for."""
    inner = [source / kind for kind in TYPES if (source / kind).is_dir()]
    for folder in inner or [source]:
        chosen_classes(folder, ())


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items())) or "it is empty"


def _stored(
    found: Hashed,
    names: Mapping[bytes, str],
    source: Path,
    database: Path,
    base_url: str,
    left_out: Mapping[str, int],
) -> Built:
    """Writes the rows; `names` are the pictures' paths below the source."""
    rows = [_row(path, names[path], _address(source, base_url, names[path])) for path in found.paths]
    with _opened(database) as table, table:
        table.executescript(SCHEMA)
        for spec, X in found.rows.items():
            _column(table, spec, found.keys[spec], "hex" if X.dtype == np.uint8 else "float32")
        known = {name: id_ for id_, name in table.execute("SELECT ImageID, ImageAddr FROM images")}
        last = max(known.values(), default=0)
        table.executemany(
            "INSERT INTO images (ImageID, LabelName, Type, ImageAddr, digest) VALUES (?, ?, ?, ?, ?) ON CONFLICT (ImageID) "
            "DO UPDATE SET LabelName = excluded.LabelName, Type = excluded.Type, digest = excluded.digest",
            _numbered(rows, known, last),
        )
        for spec, X in found.rows.items():
            values = ((_value(x), row[2]) for x, row in zip(X, rows, strict=True))
            table.executemany(f"UPDATE images SET {quoted(spec)} = ? WHERE ImageAddr = ?", values)
    failures = [
        replace(each, path=os.fsencode(source / names[each.path])) if each.path in names else each
        for each in found.failures
    ]
    untyped = sum(not kind for _, kind, *_ in rows)
    return Built(dict(sorted(Counter(row[0] for row in rows).items())), untyped, failures, left_out)


def _address(source: Path, base_url: str, name: str) -> str:
    """Where a picture is to be found."""
    return f"{base_url.rstrip('/')}/{quote(os.fsencode(name))}" if base_url else f"{str(source).rstrip('/')}/{name}"


def _row(path: bytes, name: str, address: str) -> tuple[str, str, str, str]:
    """Label, type, address and digest of a picture."""
    inside = PurePosixPath(name)
    kind = next((part for part in inside.parts if part in TYPES), "")
    digest = "blake3:" + blake3(Path(os.fsdecode(path)).read_bytes()).hexdigest()
    shown = address.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return inside.parent.name.encode("utf-8", "replace").decode(), kind, shown, digest


def _numbered(
    rows: Sequence[tuple[str, str, str, str]], known: Mapping[str, int], last: int
) -> Iterator[tuple[int, str, str, str, str]]:
    for label, kind, address, digest in rows:
        if address not in known:
            last += 1
        yield known.get(address, last), label, kind, address, digest


def _value(x: NDArray[Any]) -> str | bytes:
    """Bits as hex; floats as the bytes of little-endian float32."""
    return x.tobytes().hex() if x.dtype == np.uint8 else x.astype("<f4").tobytes()


def _column(table: sqlite3.Connection, spec: str, key: str, form: str) -> None:
    there = {row[1] for row in table.execute("PRAGMA table_info(images)")}
    old = table.execute("SELECT key FROM descriptors WHERE name = ?", (spec,)).fetchone()
    if spec not in there:
        table.execute(f"ALTER TABLE images ADD COLUMN {quoted(spec)}")
    elif old and old[0] != key:
        table.execute(f"UPDATE images SET {quoted(spec)} = NULL")  # values of another version are not comparable
    table.execute("INSERT OR REPLACE INTO descriptors VALUES (?, ?, ?)", (spec, key, form))


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(database)) as table:
            yield table
    except sqlite3.Error as error:
        raise DedupeError(f"{database} cannot be written as a table of pictures: {error}.") from None
