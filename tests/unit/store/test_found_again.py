"""What was saved is found again: by its path, by its content, and under its key."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from dedupe.errors import DedupeError
from dedupe.store import Store
from dedupe.store.folders import absolute
from dedupe.walk import walk
from stored_files import BITS, CONTENT, FLOATS, PAST, add, bits_of, check, contents_of, fail, files_of, make, stat_of


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
