"""FAULTS.md, Cache and processes: a damaged cache costs one sentence, and what is no cache is left alone."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cache_runs import beside, posix, scan
from dedupe.errors import SafetyError
from dedupe.store import database

# --- a file that is no cache


def header(version: int, application: int = database.APPLICATION) -> Callable[[bytes], bytes]:
    """Changes what SQLite's header says."""

    def change(data: bytes) -> bytes:
        return data[:60] + version.to_bytes(4, "big") + data[64:68] + application.to_bytes(4, "big") + data[72:]

    return change


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "random": lambda data: random.Random(1).randbytes(len(data)),
    "one byte": lambda data: b"\0",
    "text": lambda data: b"This is a note.\n",
    "zeros": lambda data: bytes(len(data)),
    "only the header": lambda data: data[:100],
    "half a header": lambda data: data[:50],
    "random after the header": lambda data: data[:100] + random.Random(1).randbytes(len(data) - 100),
    "without its beginning": lambda data: data[100:],
    "older version": header(0),
    "the version before": header(database.VERSION - 1),
    "nearly our number": header(database.VERSION, database.APPLICATION ^ 1),
    "other tables": lambda data: data.replace(b"CREATE TABLE contents", b"CREATE TABLE kontents"),
    "not text": lambda data: data.replace(b"CREATE TABLE contents", b"\xff" * 21),
    "truncated to 10 %": lambda data: data[: len(data) // 10],
    "truncated to 50 %": lambda data: data[: len(data) // 2],
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_cache_is_set_aside(kind: str, filled: Path, tree: Path, clean: dict[str, object]) -> None:
    damaged = DAMAGE[kind](filled.read_bytes())
    filled.write_bytes(damaged)
    run = scan(filled, tree)
    assert run.result == clean
    assert len(run.warnings) == 1
    assert str(filled) in run.warnings[0]
    (aside,) = beside(filled)
    assert aside in run.warnings[0]
    assert (filled.parent / aside).read_bytes() == damaged, "as it was found"
    scan(filled, tree)
    last = scan(filled, tree)
    assert (last.result, last.read, last.warnings) == (clean, 0, [])
    assert beside(filled) == [aside]


@pytest.mark.parametrize("share", [0.7, 0.9, 0.99])
def test_a_cache_that_has_lost_its_end(share: float, filled: Path, tree: Path, clean: dict[str, object]) -> None:
    """Where only the last page is cut short, SQLite sees zeros in its place, and the rows are missed one by one."""
    data = filled.read_bytes()
    filled.write_bytes(data[: int(len(data) * share)])
    run = scan(filled, tree)
    assert run.result == clean
    assert run.read > 0
    assert len(run.warnings) <= 1
    scan(filled, tree)
    last = scan(filled, tree)
    assert (last.result, last.read, last.warnings) == (clean, 0, [])


def test_an_empty_file_becomes_a_cache(cache: Path, tree: Path, clean: dict[str, object]) -> None:
    cache.touch()
    assert scan(cache, tree).warnings == []
    assert scan(cache, tree).read == 0


def test_a_newer_cache_is_left_alone(filled: Path, tree: Path, clean: dict[str, object]) -> None:
    newer = header(database.VERSION + 1)(filled.read_bytes())
    filled.write_bytes(newer)
    run = scan(filled, tree)
    assert run.result == clean
    assert len(run.warnings) == 1
    assert "newer" in run.warnings[0]
    assert filled.read_bytes() == newer
    assert beside(filled) == []


@pytest.mark.parametrize("name", ["photo.jpg", "photo.db", "notes", "cache.sqlite"])
def test_what_may_be_the_users_own_is_not_touched(
    name: str, tmp_path: Path, tree: Path, clean: dict[str, object]
) -> None:
    path = tmp_path / name
    if name == "cache.sqlite":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE theirs (x)")
            db.commit()
        before = path.read_bytes()
        with pytest.raises(SafetyError, match="another program"):
            scan(path, tree)
    else:
        before = b"\xff\xd8\xff the only copy"
        path.write_bytes(before)
        run = scan(path, tree)
        assert run.result == clean
        assert len(run.warnings) == 1
    assert path.read_bytes() == before
    assert beside(path) == []


@posix
@pytest.mark.parametrize("kind", ["folder", "fifo", "device", "link to a folder", "under a file", "too long"])
def test_a_path_that_cannot_be_a_file(kind: str, tmp_path: Path, tree: Path, clean: dict[str, object]) -> None:
    path = tmp_path / "cache.sqlite"
    if kind == "folder":
        path.mkdir()
        (path / "kept").write_bytes(b"x")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/null")
    elif kind == "link to a folder":
        path.symlink_to(tree)
    elif kind == "under a file":
        (tmp_path / "file").write_bytes(b"x")
        path = tmp_path / "file" / "cache.sqlite"
    else:
        path = tmp_path / ("n" * 300)
    run = scan(path, tree)
    assert run.result == clean
    assert len(run.warnings) == 1
    assert run.warnings[0].endswith("does without it.")
    assert [each.name for each in tmp_path.iterdir() if ".broken" in each.name] == []
    assert kind != "folder" or (path / "kept").read_bytes() == b"x"


# --- flipped bits


def flip(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def rows_of(cache: Path) -> dict[str, tuple[int, int]]:
    """Where one row of each table stands in the file, as (first byte, bytes)."""
    data, found = cache.read_bytes(), {}
    with closing(sqlite3.connect(cache)) as db:
        tables = {"folders": "rows", "contents": "row", "keys": "row", "vectors_1": "row", "vectors_2": "row"}
        for table, column in tables.items():
            blob = db.execute(f"SELECT {column} FROM {table}").fetchone()[0]
            assert data.count(blob) == 1
            found[table] = (data.index(blob), len(blob))
    return found


@pytest.mark.parametrize("table", ["folders", "contents", "keys", "vectors_1", "vectors_2"])
def test_a_row_with_a_flipped_bit_is_dropped(
    table: str, filled: Path, tree: Path, clean: dict[str, object], full: bool
) -> None:
    data = filled.read_bytes()
    start, length = rows_of(filled)[table]
    bits = range(8 * start, 8 * (start + length))
    for bit in bits if full else random.Random(3).sample(bits, 40):
        filled.write_bytes(flip(data, bit))
        run = scan(filled, tree)
        assert run.result == clean, bit
        assert run.warnings == [], "a bad row is no reason to throw the rest away"
        assert 0 < run.read <= (24 if table == "keys" else 8)
        again = scan(filled, tree)
        assert (again.result, again.read, again.warnings) == (clean, 0, []), "it has been replaced"


def test_any_flipped_bit_anywhere(filled: Path, tree: Path, clean: dict[str, object], full: bool) -> None:
    data = filled.read_bytes()
    used = [8 * at + bit for at, byte in enumerate(data) if byte for bit in range(8)]
    rng = random.Random(4)
    sample = [*range(0, 800, 1 if full else 23), *rng.sample(used, 20_000 if full else 150)]
    for bit in sample:
        filled.write_bytes(flip(data, bit))
        for _ in range(2):
            run = scan(filled, tree)
            assert run.result == clean, bit
            assert len(run.warnings) <= 1, bit
        for each in filled.parent.glob("cache.sqlite*"):
            each.unlink()


def test_the_owners_number_survives_a_flipped_bit(filled: Path, tree: Path, clean: dict[str, object]) -> None:
    data = filled.read_bytes()
    for bit in range(8 * 68, 8 * 72):
        filled.write_bytes(flip(data, bit))
        run = scan(filled, tree)
        assert run.result == clean
        assert len(run.warnings) == 1


def test_pages_that_changed_places(filled: Path, tree: Path, clean: dict[str, object]) -> None:
    data = filled.read_bytes()
    pages = [data[at : at + database.PAGE] for at in range(0, len(data), database.PAGE)]
    assert len(pages) >= 6
    rng = random.Random(5)
    for _ in range(25):
        mixed = list(pages)
        a, b = rng.sample(range(1, len(pages)), 2)
        mixed[a] = pages[b]
        if rng.random() < 0.5:
            mixed[b] = pages[a]
        filled.write_bytes(b"".join(mixed))
        for _ in range(2):
            assert scan(filled, tree).result == clean, (a, b)
        for each in filled.parent.glob("cache.sqlite*"):
            each.unlink()
