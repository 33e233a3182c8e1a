"""What was saved counts only while it still holds: of files that have not changed, in rows that are whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dedupe.model import Failure
from dedupe.store import Store
from dedupe.store.checks import row_checks
from stored_files import CONTENT, PAST, add, fail, files_of, make


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
