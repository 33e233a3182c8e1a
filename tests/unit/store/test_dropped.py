"""The store says what it holds; clearing and pruning drop what they are to drop, and nothing else."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from dedupe.errors import SafetyError
from dedupe.store import Store, clear
from stored_files import BITS, FLOATS, add, check, fail, files_of, make


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
        with pytest.raises(SafetyError):
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
