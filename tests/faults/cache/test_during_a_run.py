"""FAULTS.md, Cache and processes: damage, locks, other runs and a kill in the middle of a run change no result."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from cache_runs import ENVIRONMENT, beside, child, finished, posix, scan
from dedupe.store import Store, database

# --- trouble in the middle of a run


@pytest.mark.parametrize("when", ["before the look-up", "before the contents", "before the vectors", "before saving"])
@pytest.mark.parametrize("what", ["garbage", "truncated", "deleted", "replaced"])
def test_the_file_is_damaged_during_a_run(
    when: str, what: str, filled: Path, tree: Path, clean: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    method = {"look-up": "lookup", "contents": "contents", "vectors": "vectors", "saving": "add"}[when.split()[-1]]
    original = getattr(Store, method)
    done = []

    def damaging(self: Store, *args: object, **options: object) -> object:
        if not done:
            done.append(True)
            if what == "garbage":
                data = filled.read_bytes()
                filled.write_bytes(data[:4096] + random.Random(2).randbytes(len(data) - 4096))
            elif what == "truncated":
                os.truncate(filled, 20_000)
            elif what == "deleted":
                filled.unlink()
            else:
                (filled.parent / "other").write_bytes(b"not a database")
                (filled.parent / "other").replace(filled)
        return original(self, *args, **options)

    (tree / "c" / "7.jpg").touch()  # so that something has to be saved
    with monkeypatch.context() as patch:
        patch.setattr(Store, method, damaging)
        run = scan(filled, tree)
    assert done
    assert run.result == clean
    assert len(run.warnings) <= 1
    monkeypatch.undo()
    for _ in range(2):
        last = scan(filled, tree)
        assert last.result == clean
        assert len(last.warnings) <= 1
    assert scan(filled, tree).warnings == []


def test_a_lock_that_is_never_given_up(
    filled: Path, tree: Path, clean: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT", 0.1)
    (tree / "c" / "7.jpg").touch()
    with closing(sqlite3.connect(filled, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        run = scan(filled, tree)
        assert run.result == clean
        assert len(run.warnings) == 1
        assert "another process" in run.warnings[0]
        assert run.read == 1, "reading needs no lock"
    with closing(sqlite3.connect(filled, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert scan(filled, tree).result == clean
    assert beside(filled) == []
    assert scan(filled, tree).warnings == []


# --- several processes, and one that is killed


def sound(cache: Path) -> None:
    """SQLite finds nothing wrong, and no content stands there twice."""
    with closing(sqlite3.connect(cache)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        digests = [row[8:40] for (row,) in db.execute("SELECT row FROM contents")]
        assert len(digests) == len(set(digests))


@pytest.mark.parametrize("start", ["missing", "random", "filled", "partly"])
def test_several_runs_at_once(start: str, cache: Path, tree: Path, clean: dict[str, object]) -> None:
    if start == "random":
        cache.write_bytes(random.Random(6).randbytes(50_000))
    elif start == "filled":
        scan(cache, tree)
    elif start == "partly":
        scan(cache, tree / "a" / "b")
    runs = [finished(process) for process in [child(cache, tree, batch=1) for _ in range(4)]]
    assert [run.result for run in runs] == [clean] * 4
    assert sum(len(run.warnings) for run in runs) <= (4 if start == "random" else 0)
    last = scan(cache, tree)
    assert last.result == clean
    assert last.warnings == []
    assert scan(cache, tree).read == 0
    sound(cache)


WRITES = "pwrite64,write,ftruncate,fdatasync,fsync,unlink,rename,fallocate,mkdir,openat,close,fcntl"


def killed_at(number: int, cache: Path, tree: Path) -> bool:
    """Runs a scan that dies just before its n-th system call that matters; False if it came to its end."""
    inject = ("strace", "-f", "-qq", "-o", os.devnull, "-P", str(cache), "-P", f"{cache}-wal", "-P", f"{cache}-journal")
    inject += ("-P", f"{cache}-shm", "-P", str(cache.parent))
    inject += ("-e", f"trace={WRITES}", "-e", f"inject={WRITES}:signal=KILL:when={number}")
    process = child(cache, tree, prefix=inject)
    _, err = process.communicate(timeout=120)
    assert process.returncode in (0, -9, 137), err
    return process.returncode != 0


@posix
@pytest.mark.parametrize("start", ["missing", "partly", "random"])
def test_killed_at_every_system_call(start: str, cache: Path, tree: Path, clean: dict[str, object], full: bool) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; test_killed_at_any_moment stands in for it")
    number, kills = 1 if full else 1 + len(start), 0
    while True:
        for each in cache.parent.glob("cache.sqlite*"):
            each.unlink()
        if start == "partly":
            scan(cache, tree / "a" / "b")
        elif start == "random":
            cache.write_bytes(random.Random(6).randbytes(50_000))
        if not killed_at(number, cache, tree):
            break
        kills += 1
        run = scan(cache, tree)
        assert run.result == clean, number
        assert len(run.warnings) <= (1 if start == "random" else 0), (number, run.warnings)
        assert scan(cache, tree).read == 0, number
        sound(cache)
        number += 1 if full else 31
    assert kills >= 3


def test_killed_at_any_moment(cache: Path, tree: Path, clean: dict[str, object]) -> None:
    rng = random.Random(7)
    start = time.perf_counter()
    assert finished(child(cache, tree, batch=1)).result == clean
    whole = time.perf_counter() - start
    for _ in range(4):
        cache.unlink(missing_ok=True)
        process = child(cache, tree, batch=1)
        time.sleep(whole * (0.5 + 0.5 * rng.random()))
        process.kill()
        process.communicate()
        run = scan(cache, tree)
        assert (run.result, run.warnings) == (clean, [])
        assert scan(cache, tree).read == 0
        sound(cache)


def test_what_was_finished_before_a_kill_is_kept(cache: Path, tree: Path, clean: dict[str, object]) -> None:
    stop = "import os; add = cache_runs.Store.add; count = []\n"
    stop += "cache_runs.Store.add = lambda *a, **k: (add(*a, **k), count.append(1), len(count) == 3 and os._exit(9))[0]"
    process = child(cache, tree, before=stop)
    process.communicate(timeout=60)
    assert process.returncode == 9
    run = scan(cache, tree)
    assert (run.result, run.read, run.warnings) == (clean, 24 - 15, [])


@posix
def test_a_forked_worker_does_not_close_the_cache(filled: Path, tree: Path, clean: dict[str, object]) -> None:
    code = """
import os, sys
from pathlib import Path
from dedupe.store import Store
store = Store.open(Path(sys.argv[1]), sys.exit)
if os.fork() == 0:
    store.close()
    os._exit(0)
os.wait()
assert store.info().files == 24
store.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, filled], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert scan(filled, tree).read == 0
