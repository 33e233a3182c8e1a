"""FAULTS.md, Cache and processes: whatever happens to the cache, a run says one sentence and gives the clean result."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from dedupe.errors import UsageError
from dedupe.model import CONTENT_FIELDS, Failure
from dedupe.store import Store, database
from dedupe.walk import walk

HOUSE = Path(__file__).resolve().parents[2]
CONTENT = np.dtype(CONTENT_FIELDS)
KEYS = ("first@1()/w", "second@1()/w")
BAD = "3.jpg"
posix = pytest.mark.skipif(os.name != "posix", reason="files and limits that only POSIX systems have")
root_only = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="mounting takes root")


@dataclass
class Run:
    """What a run gave: (digest, vectors) or a failure by path; the files it had to read; what it warned of."""

    result: dict[str, object]
    read: int
    warnings: list[str]


def describe(path: bytes) -> tuple[np.ndarray, list[np.ndarray]]:
    """A content and its vectors, in the place of decoding."""
    digest = sha256(Path(os.fsdecode(path)).read_bytes()).digest()
    row = np.zeros(1, CONTENT)
    row[0] = (digest, digest[:16], digest[0] + 1, 480, b"JPEG", digest[1], digest[2] / 256)
    bits = np.frombuffer(digest, np.uint8)
    return row, [bits[None, :11].copy(), bits[None, :5].astype(np.float32)]


def scan(cache: Path | None, tree: Path, batch: int = 5) -> Run:
    """A whole scan in small: look up, read what is missing, save it, give everything."""
    warnings: list[str] = []
    files = walk([os.fsencode(tree)], frozenset([b".jpg"])).files
    result: dict[str, object] = {}
    missing = []
    with Store.open(cache, warnings.append) as store:
        known = store.lookup(files, "v1")
        contents = store.contents(known.content)
        vectors = [store.vectors(key, known.content) for key in KEYS]
        places = [np.cumsum(have) - 1 for have, _ in vectors]
        for i in range(len(files)):
            name = os.path.relpath(os.fsdecode(files.path(i)), tree)
            if i in known.failure:
                result[name] = list(known.failure[i])
            elif known.content[i] >= 0 and contents["width"][i] and all(have[i] for have, _ in vectors):
                found = [X[place[i]].tobytes() for (_, X), place in zip(vectors, places, strict=True)]
                result[name] = [part.hex() for part in (contents[i].tobytes(), *found)]
            else:
                missing.append(i)
        for start in range(0, len(missing), batch):
            _read(store, files, missing[start : start + batch], tree, result)
    return Run(dict(sorted(result.items())), len(missing), warnings)


def _read(store: Store, files: object, rows: list[int], tree: Path, result: dict[str, object]) -> None:
    failures, good, read, vectors = {}, [], [], []
    for i in rows:
        path = files.path(i)
        name = os.path.relpath(os.fsdecode(path), tree)
        if os.path.basename(name) == BAD:
            failures[i] = Failure(path, "decode", "truncated", "It ends too soon.")
            result[name] = ["decode", "truncated", "It ends too soon."]
        else:
            row, found = describe(path)
            good.append(i)
            read.append(row)
            vectors.append(found)
            result[name] = [part.tobytes().hex() for part in (row, *found)]
    index = np.array(good, np.int64)
    columns = (files.size, files.mtime_ns, files.ctime_ns, files.device, files.inode)
    stat = np.column_stack([*(column[index] for column in columns), np.full(len(index), time.time_ns())])
    contents = np.concatenate([np.zeros(0, CONTENT), *read])
    every = np.arange(len(index))
    given = [(key, every, np.concatenate([found[k] for found in vectors])) for k, key in enumerate(KEYS) if vectors]
    store.add(files, index, stat, contents, np.ones(len(index), bool), given, failures, "v1")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Some files in some folders, of which some are equal and some bad, and all are old enough to be trusted."""
    for folder in ("a", "a/b", "c"):
        (tmp_path / "tree" / folder).mkdir(parents=True)
        for number in range(8):
            path = tmp_path / "tree" / folder / f"{number}.jpg"
            path.write_bytes(b"same" if number == 5 else f"{folder}{number}".encode())
            os.utime(path, ns=(10**18, 10**18))
    return tmp_path / "tree"


@pytest.fixture
def clean(tree: Path) -> dict[str, object]:
    """The result of a run without a cache."""
    run = scan(None, tree)
    assert (len(run.result), run.read, run.warnings) == (24, 24, [])
    return run.result


@pytest.fixture(autouse=True)
def nothing_is_lost(tree: Path, tmp_path: Path) -> Iterator[None]:
    """The invariant of all fault tests: no content that was reachable is missing after."""
    before = {path: path.read_bytes() for path in tree.rglob("*.jpg")}
    yield
    assert {path: path.read_bytes() for path in tree.rglob("*.jpg")} == before


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache.sqlite"


@pytest.fixture
def filled(cache: Path, tree: Path, clean: dict[str, object]) -> Path:
    """A cache that knows the tree, all in one file."""
    assert scan(cache, tree).result == clean
    again = scan(cache, tree)
    assert (again.result, again.read, again.warnings) == (clean, 0, [])
    assert sorted(each.name for each in cache.parent.iterdir()) == ["cache.sqlite", "tree"]
    return cache


def beside(cache: Path) -> list[str]:
    return sorted(each.name for each in cache.parent.iterdir() if each.name.startswith(cache.name + "."))


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


@pytest.mark.parametrize("name", ["photo.jpg", "notes", "cache.sqlite"])
def test_what_may_be_the_users_own_is_not_touched(
    name: str, tmp_path: Path, tree: Path, clean: dict[str, object]
) -> None:
    path = tmp_path / name
    if name == "cache.sqlite":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE theirs (x)")
            db.commit()
        before = path.read_bytes()
        with pytest.raises(UsageError, match="another program"):
            scan(path, tree)
    else:
        before = b"\xff\xd8 the only copy"
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


# --- a file that cannot be written


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small file system in memory."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@root_only
@pytest.mark.parametrize("state", ["filled", "missing", "empty"])
def test_a_read_only_file_system(
    state: str, filled: Path, tmp_path: Path, tree: Path, clean: dict[str, object]
) -> None:
    with mounted(tmp_path / "mount", "size=4m") as folder:
        if state != "missing":
            (folder / "cache.sqlite").write_bytes(filled.read_bytes() if state == "filled" else b"")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        before = sorted(folder.iterdir())
        run = scan(folder / "cache.sqlite", tree)
        assert run.result == clean
        assert len(run.warnings) == 1
        assert sorted(folder.iterdir()) == before


@root_only
@pytest.mark.parametrize("room", ["0", "16", "100", "150", "200", "250"])
def test_a_full_disk(room: str, tmp_path: Path, tree: Path, clean: dict[str, object]) -> None:
    with mounted(tmp_path / "mount", "size=4m") as folder:
        (folder / "ballast").write_bytes(bytes((4096 - int(room)) * 1024))
        path = folder / "cache.sqlite"
        run = scan(path, tree, batch=1)
        assert run.result == clean
        assert len(run.warnings) <= 1
        assert run.warnings or int(room) > 200
        assert beside(path) == [], "a full disk is no damage"
        (folder / "ballast").unlink()
        scan(path, tree)
        last = scan(path, tree)
        assert (last.result, last.read, last.warnings) == (clean, 0, [])


CHILD = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import test_cache
LIMIT
run = test_cache.scan(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
print(json.dumps([run.result, run.read, run.warnings]))
"""


def child(
    cache: Path, tree: Path, *, before: str = "", batch: int = 5, prefix: tuple[str, ...] = ()
) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    command = [
        *prefix,
        sys.executable,
        "-c",
        CHILD.replace("LIMIT", before),
        Path(__file__).parent,
        cache,
        tree,
        str(batch),
    ]
    return subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HOUSE,
        env=ENVIRONMENT,
    )


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(HOUSE), os.environ.get("PYTHONPATH")]))}


def finished(process: subprocess.Popen[str]) -> Run:
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    return Run(*json.loads(out))


@posix
@pytest.mark.parametrize("limit", [0, 20_000, 70_000, 120_000])
def test_a_limit_on_the_size_of_files(limit: int, cache: Path, tree: Path, clean: dict[str, object]) -> None:
    before = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    run = finished(child(cache, tree, before=before, batch=1))
    assert run.result == clean
    assert len(run.warnings) == 1
    scan(cache, tree)
    last = scan(cache, tree)
    assert (last.result, last.read, last.warnings) == (clean, 0, [])


@posix
def test_another_user_owns_it(tmp_path: Path, filled: Path, tree: Path, clean: dict[str, object]) -> None:
    """Read-only for this user, in a folder that is read-only as well."""
    if os.geteuid() != 0:
        filled.chmod(0o444)
        filled.parent.chmod(0o555)
        try:
            run = scan(filled, tree)
        finally:
            filled.parent.chmod(0o755)
    else:
        for folder in (tmp_path, *tmp_path.parents[:3]):
            if folder.stat().st_mode & 0o777 == 0o700:
                folder.chmod(0o711)
        tmp_path.chmod(0o755)
        drop = "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)"
        run = finished(child(filled, tree, before=drop))
    assert run.result == clean
    assert len(run.warnings) == 1
    assert beside(filled) == []


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
    stop = "import os; add = test_cache.Store.add; count = []\n"
    stop += "test_cache.Store.add = lambda *a, **k: (add(*a, **k), count.append(1), len(count) == 3 and os._exit(9))[0]"
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
