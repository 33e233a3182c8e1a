"""store: what was saved is found again, and only while it still holds."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from sqlite3 import connect

import numpy as np
import pytest

from dedupe.errors import DedupeError, UsageError
from dedupe.model import CONTENT_FIELDS, Failure, Files
from dedupe.store import Store, clear
from dedupe.store.checks import row_checks
from dedupe.store.folders import PART, absolute
from dedupe.walk import walk

CONTENT = np.dtype(CONTENT_FIELDS)
PAST = 10**18  # 2001
BITS, FLOATS = "bits@1()/w", "floats@1()/w"


def fail(text: str) -> None:
    raise AssertionError(f"no warning was expected: {text}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "caches" / "cache.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path, fail) as opened:
        yield opened


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    make(tmp_path / "tree", *(f"{folder}/{name}.jpg" for folder in ("a", "b", "a/b") for name in "xyz"))
    return tmp_path / "tree"


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
        os.utime(root / name, ns=(PAST, PAST))


def files_of(root: Path) -> Files:
    return walk([os.fsencode(root)], frozenset([b".jpg"])).files


def contents_of(files: Files, rows: Sequence[int]) -> np.ndarray:
    """What a worker would say of files; their bytes alone decide it."""
    found = np.zeros(len(rows), CONTENT)
    for at, row in enumerate(rows):
        data = Path(os.fsdecode(files.path(row))).read_bytes()
        found[at] = (sha256(data).digest(), sha256(data).digest()[:16], 640, 480, b"JPEG", -5, 0.5)
    return found


def stat_of(files: Files, rows: Sequence[int], read_ns: int | None = None) -> np.ndarray:
    columns = (files.size, files.mtime_ns, files.ctime_ns, files.device, files.inode)
    read = np.full(len(rows), time.time_ns() if read_ns is None else read_ns)
    return np.column_stack([*(column[rows] for column in columns), read])


def bits_of(contents: np.ndarray) -> np.ndarray:
    return np.frombuffer(contents["digest"].tobytes(), np.uint8).reshape(-1, 32)[:, :9]


def floats_of(contents: np.ndarray) -> np.ndarray:
    return bits_of(contents).astype(np.float32) / 7


def add(store: Store, files: Files, rows: Sequence[int] | None = None, read_ns: int | None = None) -> np.ndarray:
    rows = np.arange(len(files)) if rows is None else np.array(rows, np.int64)
    contents, all_rows = contents_of(files, rows), np.arange(len(rows))
    vectors = [(BITS, all_rows, bits_of(contents)), (FLOATS, all_rows, floats_of(contents))]
    return store.add(files, rows, stat_of(files, rows, read_ns), contents, np.ones(len(rows), bool), vectors)


def check(store: Store, files: Files, known: Sequence[bool] | None = None) -> None:
    """What the store knows of the files is what is true of them; `known` says of which it must know."""
    found = store.lookup(files).content
    assert (found >= 0).tolist() == ([True] * len(files) if known is None else list(known))
    rows = np.flatnonzero(found >= 0)
    expected = contents_of(files, rows.tolist())
    assert store.contents(found[rows]).tobytes() == expected.tobytes()
    for key, vectors in ((BITS, bits_of(expected)), (FLOATS, floats_of(expected))):
        have, X = store.vectors(key, found[rows])
        assert have.all()
        assert not len(rows) or X.dtype == vectors.dtype
        assert X.tolist() == vectors.tolist()


def test_what_was_added_is_found_again_in_another_run(tree: Path, path: Path) -> None:
    files = files_of(tree)
    with Store.open(path, fail) as store:
        check(store, files, [False] * 9)
        ids = add(store, files)
        check(store, files)
        assert len(set(ids.tolist())) == 9
    with Store.open(path, fail) as store:
        check(store, files)
        assert np.array_equal(np.sort(store.lookup(files).content), np.sort(ids))


def test_in_memory_nothing_is_written(tree: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    files = files_of(tree)
    with Store.open(None, fail) as store:
        add(store, files)
        check(store, files)
        assert store.info().path is None
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_at_all(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    files, none = files_of(tmp_path / "empty"), np.zeros(0, np.int64)
    assert store.lookup(files).content.tolist() == []
    assert add(store, files).tolist() == []
    assert store.contents(none).shape == (0,)
    assert store.contents(none).dtype == CONTENT
    assert store.find_digests(np.zeros(0, "V32")).tolist() == []
    assert [len(part) for part in store.vectors(BITS, none)] == [0, 0]
    assert [len(part) for part in store.known_prefixes([BITS])] == [0, 0]
    assert store.vectors("unknown", np.array([1, 2]))[0].tolist() == [False, False]


def test_a_subset_and_more_than_was_cached(store: Store, tree: Path) -> None:
    add(store, files_of(tree))
    check(store, files_of(tree / "a"))
    check(store, files_of(tree / "a" / "b"))
    make(tree, "a/new.jpg", "c/x.jpg")
    files = files_of(tree)
    check(store, files, [b"new" not in files.path(i) and b"/c/" not in files.path(i) for i in range(len(files))])
    (tree / "a" / "y.jpg").unlink()
    shutil.rmtree(tree / "b")
    check(store, files_of(tree / "a"), [True, True, True, False, True, True])
    add(store, files_of(tree / "c"))
    check(store, files_of(tree / "c"))
    assert store.info().files == 10, "a scan of a part drops nothing"


def test_other_spellings_of_a_path(store: Store, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, files_of(tree))
    monkeypatch.chdir(tree)
    for root in (b".", b"a", b"./a", b"a/../b", os.fsencode(tree) + b"//a"):
        check(store, walk([root], frozenset([b".jpg"])).files)
    both = walk([b"a/x.jpg", b"./a/y.jpg", os.fsencode(tree / "a" / "z.jpg")], frozenset([b".jpg"])).files
    check(store, both)
    monkeypatch.chdir(tree / "a")
    check(store, walk([b"x.jpg", b"y.jpg", b"./z.jpg"], frozenset([b".jpg"])).files)
    monkeypatch.chdir(tree.parent)
    (tree.parent / "a").mkdir()
    assert absolute(b"./a", b"/h") == b"/h/a"
    assert absolute(b"/x//y/./z/", b"/h") == b"/x/y/z"
    assert absolute(b"", b"/h") == b"/h"
    (tree.parent / "link").symlink_to(tree / "a" / "b")
    assert absolute(b"link/..", os.fsencode(tree.parent)) == os.fsencode(tree.resolve() / "a"), "as the system sees it"


@pytest.mark.parametrize("change", ["size", "mtime_ns", "ctime_ns"])
def test_a_changed_file_is_unknown(change: str, store: Store, tree: Path) -> None:
    files = files_of(tree)
    add(store, files)
    getattr(files, change)[4] += 1
    assert (store.lookup(files).content < 0).tolist() == [i == 4 for i in range(9)]


@pytest.mark.parametrize(
    ("read_ns", "trusted"),
    [(PAST + 2 * 10**9, True), (PAST + 2 * 10**9 - 1, False), (PAST, False), (PAST - 10**9, False), (0, False)],
)
def test_a_file_read_too_soon_after_its_date_is_not_trusted(
    read_ns: int, trusted: bool, store: Store, tree: Path
) -> None:
    files = files_of(tree)
    add(store, files, read_ns=read_ns)
    assert (store.lookup(files).content >= 0).tolist() == [trusted] * 9


@pytest.mark.parametrize("date", [2**63 - 1, -(2**63), 4 * 10**18, -(10**18), 0])
def test_dates_out_of_the_ordinary(date: int, store: Store, tree: Path) -> None:
    files = files_of(tree)
    files.mtime_ns[:] = date
    add(store, files)
    assert (store.lookup(files).content >= 0).all() == (-(2**63) < date <= 0), "the future is never trusted"


def test_moved_and_copied_files_keep_their_content(store: Store, tree: Path) -> None:
    files = files_of(tree)
    ids = add(store, files)
    shutil.copytree(tree / "a", tree / "copy")
    (tree / "b").rename(tree / "moved")
    moved = files_of(tree)
    known = store.lookup(moved).content
    assert (known >= 0).sum() == 6
    fresh = np.flatnonzero(known < 0)
    contents = contents_of(moved, fresh.tolist())
    assert (store.find_digests(contents["digest"]) >= 0).all()
    seen = np.zeros(len(fresh), CONTENT)
    seen["digest"] = contents["digest"]
    again = store.add(moved, fresh, stat_of(moved, fresh), seen, np.zeros(len(fresh), bool))
    assert set(again.tolist()) <= set(ids.tolist())
    found = store.lookup(moved).content
    assert store.contents(found).tobytes() == contents_of(moved, range(len(moved))).tobytes()
    assert store.vectors(FLOATS, found)[0].all()
    assert store.info().contents == 9


def test_a_digest_that_nobody_knows_gets_no_row(store: Store, tree: Path) -> None:
    files = files_of(tree)
    contents = contents_of(files, range(9))
    decoded = np.arange(9) % 2 == 0
    ids = store.add(files, np.arange(9), stat_of(files, range(9)), contents, decoded)
    assert (ids >= 0).tolist() == decoded.tolist()
    assert (store.lookup(files).content >= 0).tolist() == decoded.tolist()


def test_equal_files_share_a_content_within_and_across_batches(store: Store, tmp_path: Path) -> None:
    make(tmp_path / "t", *(f"{i}.jpg" for i in range(6)))
    for name in ("0", "2", "5"):
        (tmp_path / "t" / f"{name}.jpg").write_bytes(b"same")
        os.utime(tmp_path / "t" / f"{name}.jpg", ns=(PAST, PAST))
    files = files_of(tmp_path / "t")
    first, second = add(store, files, [0, 1, 2]), add(store, files, [5, 4, 3])
    assert first[0] == first[2] == second[0]
    assert len({*first.tolist(), *second.tolist()}) == 4
    check(store, files)


def test_a_newer_decoding_replaces_the_old(store: Store, tree: Path) -> None:
    files = files_of(tree)
    ids = add(store, files)
    contents = contents_of(files, range(9))
    contents["quality"] = 0.25
    again = store.add(files, np.arange(9), stat_of(files, range(9)), contents, np.ones(9, bool))
    assert np.array_equal(ids, again)
    assert (store.contents(ids)["quality"] == 0.25).all()


def test_missing_ids_are_zeros_and_ids_may_come_in_any_order(store: Store, tree: Path) -> None:
    ids = add(store, files_of(tree))
    asked = np.array([ids[3], -1, ids[0], 10**9, ids[3], ids[8]])
    found = store.contents(asked)
    expected = contents_of(files_of(tree), [3, 0, 0, 0, 3, 8])
    expected[[1, 3]] = np.zeros(1, CONTENT)
    assert found.tobytes() == expected.tobytes()
    have, X = store.vectors(BITS, asked)
    assert have.tolist() == [True, False, True, False, True, True]
    assert np.array_equal(X, bits_of(expected)[have])
    assert (store.find_digests(found["digest"]) == [ids[3], -1, ids[0], -1, ids[3], ids[8]]).all()


def test_known_prefixes(store: Store, tree: Path) -> None:
    files = files_of(tree)
    contents = contents_of(files, range(9))
    store.add(
        files,
        np.arange(9),
        stat_of(files, range(9)),
        contents,
        np.ones(9, bool),
        [(BITS, np.arange(4), bits_of(contents)[:4])],
    )
    add(store, files, [2, 8])
    prefixes, masks = store.known_prefixes([FLOATS, "unknown", BITS])
    assert (prefixes.dtype, masks.dtype) == (np.uint64, np.uint32)
    expected = {}
    for i in range(9):
        prefix = int.from_bytes(contents["digest"][i].tobytes()[:8], "little")
        expected[prefix] = (i in (2, 8)) + 4 * (i < 4 or i == 8)
    assert dict(zip(prefixes.tolist(), masks.tolist(), strict=True)) == expected
    assert (np.diff(prefixes.astype(object)) > 0).all()


def test_a_key_whose_vectors_change_their_shape_is_an_error(store: Store, tree: Path) -> None:
    files = files_of(tree)
    add(store, files)
    contents = contents_of(files, range(9))
    for X in (np.zeros((9, 8), np.uint8), np.zeros((9, 9), np.int8)):
        with pytest.raises(DedupeError, match="version"):
            store.add(
                files, np.arange(9), stat_of(files, range(9)), contents, np.ones(9, bool), [(BITS, np.arange(9), X)]
            )
    check(store, files)


@pytest.mark.parametrize("dtype", ["u1", "i1", "<f4", ">f4", "<f8", "<u4"])
@pytest.mark.parametrize("dim", [1, 7, 8, 33])
def test_vectors_of_any_kind(dtype: str, dim: int, store: Store, tree: Path) -> None:
    files = files_of(tree)
    X = np.random.default_rng(dim).integers(0, 100, (9, dim)).astype(dtype)
    if X.dtype.kind == "f":
        X[0, 0] = np.nan
    vectors = [("key", np.arange(9), X)]
    ids = store.add(
        files, np.arange(9), stat_of(files, range(9)), contents_of(files, range(9)), np.ones(9, bool), vectors
    )
    have, found = store.vectors("key", ids[::-1])
    assert have.all()
    assert found.dtype == X.dtype.newbyteorder("<")
    assert np.array_equal(found, X[::-1], equal_nan=X.dtype.kind == "f")


def test_failures_are_remembered_for_their_version(store: Store, tree: Path, path: Path) -> None:
    files, none = files_of(tree), np.zeros(0, np.int64)
    failures = {
        2: Failure(files.path(2), "decode", "truncated", "It ends too soon: \udcff \U0001f600 'quoted'."),
        5: Failure(files.path(5), "decode", "truncated", "Another."),
        6: Failure(files.path(6), "read", "unreadable", "Permission denied."),
        7: Failure(files.path(7), "read", "changed", "It changed."),
    }
    store.add(files, none, np.zeros((0, 6), np.int64), np.zeros(0, CONTENT), none.astype(bool), (), failures, "v1")
    store.close()
    with Store.open(path, fail) as again:
        assert again.lookup(files, "v2").failure == {}
        known = again.lookup(files, "v1")
        assert known.failure == {i: (failures[i].stage, failures[i].reason, failures[i].message) for i in (2, 5)}
        assert (known.content == -1).all()
        files.ctime_ns[2] += 1
        assert list(again.lookup(files, "v1").failure) == [5]
        files.ctime_ns[2] -= 1
        add(again, files, [2])
        known = again.lookup(files, "v1")
        assert list(known.failure) == [5]
        assert known.content[2] >= 0, "what was read last counts"


def test_a_file_as_young_as_the_run_is_not_remembered_as_bad(store: Store, tmp_path: Path) -> None:
    make(tmp_path / "t", "a.jpg", "b.jpg")
    (tmp_path / "t" / "b.jpg").write_bytes(b"still being written")
    files, none = files_of(tmp_path / "t"), np.zeros(0, np.int64)
    failures = {i: Failure(files.path(i), "decode", "truncated", "It ends too soon.") for i in range(2)}
    store.add(files, none, np.zeros((0, 6), np.int64), np.zeros(0, CONTENT), none.astype(bool), (), failures, "v")
    assert list(store.lookup(files, "v").failure) == [0]


def test_names_of_any_bytes(store: Store, tmp_path: Path) -> None:
    names = [b"a\nb.jpg", b"\xff\xfe.jpg", b"\x01.jpg", b" .jpg", "é".encode() + b".jpg", b"n" * 251 + b".jpg"]
    folder = os.fsencode(tmp_path) + b"/\xff folder\n"
    os.mkdir(folder)  # noqa: PTH102
    for name in names:
        with open(folder + b"/" + name, "wb") as file:
            file.write(name)
        os.utime(folder + b"/" + name, ns=(PAST, PAST))
    files = walk([folder], frozenset([b".jpg"])).files
    add(store, files)
    check(store, files)


def many(tmp_path: Path, count: int) -> Files:
    """Files of one folder that need not exist."""
    names = sorted(b"%08d.jpg" % (i * 7919 % count) for i in range(count))
    prefix = os.fsencode(tmp_path) + b"/many/"
    offsets = np.arange(count + 1) * (len(prefix) + 12)
    n = np.arange(count)
    return Files(prefix + prefix.join(names), offsets, n, n + PAST, n * 2, n * 0 + 1, n, n * 0, n < 0)


def fill(store: Store, files: Files, rows: np.ndarray) -> None:
    contents = np.zeros(len(rows), CONTENT)
    contents["digest"] = [sha256(files.path(i)).digest() for i in rows.tolist()]
    store.add(files, rows, stat_of(files, rows), contents, np.ones(len(rows), bool))


@pytest.mark.parametrize("batch", [37, 1000, 20_000])
def test_large_folders_in_any_batches(batch: int, path: Path, tmp_path: Path) -> None:
    files = many(tmp_path, 2 * PART + 1000)
    order = np.random.default_rng(0).permutation(len(files)) if batch == 1000 else np.arange(len(files))
    with Store.open(path, fail) as store:
        for start in range(0, len(files), batch):
            fill(store, files, order[start : start + batch])
    with Store.open(path, fail) as store:
        content = store.lookup(files).content
        assert (content >= 0).all()
        digests = store.contents(content)["digest"]
        assert [digest.tobytes() for digest in digests] == [sha256(files.path(i)).digest() for i in range(len(files))]
        files.mtime_ns[17] += 1
        files.size[PART + 5] += 1
        assert np.flatnonzero(store.lookup(files).content < 0).tolist() == [17, PART + 5]
    with closing(connect(path)) as db:
        parts, rows = db.execute("SELECT count(*), sum(length(rows)) FROM folders").fetchone()
    assert parts <= 8, "small parts have been merged"
    assert rows < len(files) * 60, "without what they held twice"


def test_a_folder_that_is_scanned_again_and_again_does_not_grow(path: Path, tmp_path: Path) -> None:
    files = many(tmp_path, 100)
    sizes = []
    for _ in range(40):
        with Store.open(path, fail) as store:
            files.mtime_ns[:] += 1
            store.lookup(files)
            fill(store, files, np.arange(100))
            assert (store.lookup(files).content >= 0).all()
            assert store.info().files == 100
        with closing(connect(path)) as db:
            sizes.append(db.execute("SELECT sum(length(rows)) FROM folders").fetchone()[0])
    assert max(sizes) < 8 * sizes[0]


def test_folders_that_come_in_pieces_between_others(store: Store, tmp_path: Path) -> None:
    names = [f"{n}.jpg" for n in "abcdef"] + [f"{n}/{m}.jpg" for n in "abcdef" for m in "xy"]
    make(tmp_path / "t", *names, *(f"{n}-.jpg" for n in "abcdef"))
    files = files_of(tmp_path / "t")
    add(store, files)
    check(store, files)
    (tmp_path / "t" / "c.jpg").unlink()
    check(store, files_of(tmp_path / "t"))


def test_many_folders(store: Store, tmp_path: Path) -> None:
    make(tmp_path / "t", *(f"{i:04d}/x.jpg" for i in range(3000)))
    files = files_of(tmp_path / "t")
    add(store, files)
    check(store, files)


def test_info_and_clear(tree: Path, path: Path) -> None:
    with Store.open(path, fail) as store:
        add(store, files_of(tree))
        info = store.info()
        assert (info.path, info.files, info.contents, info.keys) == (path, 9, 9, {BITS: 9, FLOATS: 9})
        assert info.bytes > 0
        assert info.set_aside == ()
    (path.parent / "cache.sqlite.broken-1").write_bytes(b"")
    (path.parent / "other").write_bytes(b"")
    with Store.open(path, fail) as store:
        assert store.info().set_aside == (path.parent / "cache.sqlite.broken-1",)
        assert store.clear() > 0
        assert (store.lookup(files_of(tree)).content < 0).all()
        add(store, files_of(tree))
        check(store, files_of(tree))
    assert sorted(each.name for each in path.parent.iterdir()) == ["cache.sqlite.broken-1", "other"]
    assert clear(path) == 0


def test_only_our_own_file_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8 a photo")
    with closing(connect(tmp_path / "foreign.db")) as db:
        db.execute("CREATE TABLE theirs (x)")
        db.commit()
    for name in ("photo.jpg", "foreign.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(UsageError):
            clear(tmp_path / name)
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(OSError):
        clear(tmp_path)


def test_prune_drops_what_is_gone_and_nothing_else(store: Store, tree: Path) -> None:
    files = files_of(tree)
    ids = add(store, files)
    assert store.prune() == type(store.prune())(0, 0, 0)
    (tree / "b" / "x.jpg").unlink()
    shutil.rmtree(tree / "a" / "b")
    pruned = store.prune()
    assert (pruned.files, pruned.contents, pruned.vectors) == (4, 4, 8)
    check(store, files_of(tree))
    assert store.info().files == store.info().contents == 5
    make(tree, "b/x.jpg", "a/b/x.jpg")
    restored = files_of(tree)
    again = add(store, restored)
    assert len(set(again.tolist()) - set(ids.tolist())) == 2, "ids are not used twice"
    check(store, restored)


def test_prune_keys(store: Store, tree: Path) -> None:
    ids = add(store, files_of(tree))
    assert store.prune(keys=[BITS, "unknown"]).vectors == 9
    assert store.info().keys == {FLOATS: 9}
    assert not store.vectors(BITS, ids)[0].any()
    assert store.vectors(FLOATS, ids)[0].all()
    add(store, files_of(tree))
    check(store, files_of(tree))


def test_prune_spares_drives_that_are_not_mounted(store: Store, tree: Path) -> None:
    files = files_of(tree)
    files.device[:] += 1  # as if they had been read from another file system, which is not there now
    add(store, files)
    shutil.rmtree(tree / "b")
    (tree / "a" / "x.jpg").unlink()
    assert store.prune().files == 0
    assert store.info().files == 9
    assert store.prune(unmounted=True).files == 4


@pytest.mark.parametrize("width", [1, 2, 12, 40])
def test_checks_notice_every_flipped_bit_and_swapped_words(width: int) -> None:
    rng = np.random.default_rng(width)
    words = rng.integers(0, 2**64, (1, width), np.uint64)
    for row in (words, np.zeros_like(words)):
        right = row_checks(row, 5)[0]
        flipped = np.repeat(row, 64 * width, axis=0)
        at = np.arange(64 * width)
        flipped[at, at // 64] ^= np.uint64(1) << (at % 64).astype(np.uint64)
        assert not (row_checks(flipped, 5) == right).any()
        twice = np.repeat(row, width, axis=0)
        twice[np.arange(width), np.arange(width)] ^= np.uint64(1 << 63)
        twice[np.arange(width), (np.arange(width) + 1) % width] ^= np.uint64(1 << 63)
        assert width == 1 or not (row_checks(twice, 5) == right).any()
        assert row_checks(row, 6)[0] != right
    if width > 1:
        assert row_checks(words[:, ::-1].copy(), 5)[0] != row_checks(words, 5)[0]


def test_the_checks_are_the_same_on_every_machine() -> None:
    words = np.arange(6, dtype=np.uint64).reshape(2, 3)
    assert row_checks(words, 1).tolist() == [16702506137244984905, 12540524275628386366]
