"""walk: which files are candidates, in which order, and what is counted instead."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe.errors import DedupeError
from dedupe.model import Select
from dedupe.walk import Walk, listed, tidy, walk

SUFFIXES = frozenset([b".jpg", b".png"])


def make(root: Path, *names: str, content: bytes = b"x") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def found(root: Path, *more: Path, **options: object) -> Walk:
    return walk([os.fsencode(path) for path in (root, *more)], SUFFIXES, Select(**options))  # type: ignore[arg-type]


def names(result: Walk, root: Path) -> list[str]:
    return [os.path.relpath(os.fsdecode(result.files.path(i)), root) for i in range(len(result.files))]


def test_suffixes_in_any_case_and_files_without_one(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b.JpG", "c.PNG", "d.txt", "noname", ".hidden", ".jpg", "e.tar.png", "f.", "g.jpg.part")
    result = found(tmp_path)
    assert names(result, tmp_path) == [".hidden", ".jpg", "a.jpg", "b.JpG", "c.PNG", "e.tar.png", "noname"]
    assert result.files.sniff.tolist() == [True, True, False, False, False, False, True]
    assert result.others == {"other files": 3}
    everything = found(tmp_path, all_files=True)
    assert len(everything.files) == 10
    assert everything.files.sniff.sum() == 6
    assert everything.others == {}


def test_files_of_other_types_are_counted_by_suffix_where_it_is_a_word(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a.jpg",
        "b.mov",
        "c.MOV",
        "d.psd",
        "e.",
        "f.x y",
        "g.averyveryverylongsuffix",
        "h.j\u00fcg",
        "sub/i.mov",
    )
    result = found(tmp_path, tmp_path / "sub")
    assert result.suffixes == {".mov": 3, ".psd": 1}
    assert result.others == {"other files": 8}
    assert found(tmp_path, exclude=("*.[mM]*",)).suffixes == {".psd": 1}


def test_no_folder_makes_the_counts_by_suffix_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedupe.walk.found.MOST", 3)
    make(tmp_path, *(f"a.s{i}" for i in range(9)))
    result = found(tmp_path)
    assert (len(result.suffixes), result.others) == (3, {"other files": 9})


@pytest.mark.parametrize("options", [{}, {"all_files": True}, {"exclude": ("nothing",)}], ids=str)
def test_what_macos_puts_beside_a_file_is_left_out_quietly(options: dict[str, Any], tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "._a.jpg", "._b", "._c.mov", "._folder/d.jpg", "._folder/._d.jpg")
    result = found(tmp_path, **options)
    assert names(result, tmp_path) == ["._folder/d.jpg", "a.jpg"]
    assert (result.others, result.suffixes, result.failures) == ({}, {}, [])
    assert names(found(tmp_path / "._a.jpg"), tmp_path) == ["._a.jpg"]


def test_columns_are_what_lstat_says(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/b.png")
    os.utime(tmp_path / "a.jpg", ns=(0, 1_234_567_891_234_567_891))
    files = found(tmp_path).files
    for i in range(2):
        about = os.lstat(files.path(i))
        row = (files.size[i], files.mtime_ns[i], files.ctime_ns[i], files.device[i], files.inode[i])
        assert row == (about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_dev, about.st_ino)
    assert files.offsets.tolist() == [0, len(files.path(0)), len(files.paths)]
    columns = (files.offsets, files.size, files.mtime_ns, files.ctime_ns, files.device, files.inode, files.root)
    assert {column.dtype for column in columns} == {np.dtype(np.int64)}
    assert files.sniff.dtype == np.bool_


def test_paths_come_in_byte_order_through_all_folders(tmp_path: Path) -> None:
    rng = random.Random(7)
    letters = ["a", "b", "-", ".", "0", "~", "é", "a b"]
    for _ in range(200):
        parts = ["".join(rng.choices(letters, k=rng.randint(1, 3))).strip(".") or "x" for _ in range(rng.randint(1, 4))]
        try:
            make(tmp_path, "/".join(parts) + ".jpg")
        except (NotADirectoryError, IsADirectoryError, FileExistsError):
            continue
    result = found(tmp_path).files
    paths = [result.path(i) for i in range(len(result))]
    assert len(paths) > 100
    assert paths == sorted(paths)
    assert set(paths) == {os.fsencode(path) for path in tmp_path.rglob("*.jpg") if path.is_file()}


def test_the_order_in_which_the_folder_lists_them_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, *(f"{folder}/{name}.jpg" for folder in "abc" for name in "zyxw"), "m.jpg", "b.jpg")
    os.link(tmp_path / "m.jpg", tmp_path / "a" / "n.jpg")
    plain, scandir = found(tmp_path), os.scandir

    class Shuffled:
        def __init__(self, path: bytes) -> None:
            with scandir(path) as entries:
                self.entries = list(entries)
            random.Random(3).shuffle(self.entries)

        def __enter__(self) -> object:
            return iter(self.entries)

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Shuffled)
    shuffled = found(tmp_path)
    assert shuffled.files.paths == plain.files.paths
    assert shuffled.links == plain.links
    for column in ("offsets", "size", "mtime_ns", "ctime_ns", "device", "inode", "root", "sniff"):
        assert np.array_equal(getattr(shuffled.files, column), getattr(plain.files, column)), column


def test_an_empty_folder_is_an_empty_result(tmp_path: Path) -> None:
    result = found(tmp_path)
    assert len(result.files) == 0
    assert result.files.paths == b""
    assert result.files.offsets.tolist() == [0]
    assert (result.links, result.others, result.failures) == ({}, {}, [])
    assert len(walk([], SUFFIXES).files) == 0


def test_folders_that_are_skipped(tmp_path: Path) -> None:
    skipped = [".git", ".Trash", ".Trash-1000", "$RECYCLE.BIN", ".dedupe-quarantine", "@eaDir", ".thumbnails"]
    make(
        tmp_path, "a.jpg", "Trash/kept.jpg", ".local/share/Trash/files/b.jpg", *(f"s/{name}/c.jpg" for name in skipped)
    )
    result = found(tmp_path)
    assert names(result, tmp_path) == ["Trash/kept.jpg", "a.jpg"]
    assert result.others == {"skipped folders": len(skipped) + 1}
    assert names(found(tmp_path / "s" / ".git"), tmp_path) == ["s/.git/c.jpg"], "given by name it is walked"
    assert names(found(tmp_path / ".local" / "share"), tmp_path) == []


def test_too_small_and_not_recursive(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "noname", "sub/b.jpg")
    make(tmp_path, "big.jpg", content=b"12345678")
    assert found(tmp_path, min_size=2).others == {"too small": 3}
    assert names(found(tmp_path, min_size=8), tmp_path) == ["big.jpg"]
    flat = found(tmp_path, recursive=False)
    assert names(flat, tmp_path) == ["a.jpg", "big.jpg", "noname"]
    assert flat.others == {"folders not entered": 1}


def test_the_least_size_is_in_bytes_and_within(tmp_path: Path) -> None:
    make(tmp_path, "empty.jpg", content=b"")
    make(tmp_path, "one.jpg", "noname")
    assert names(found(tmp_path), tmp_path) == ["empty.jpg", "noname", "one.jpg"]
    for least, left, small in ((0, 3, 0), (1, 2, 1), (2, 0, 3)):
        result = found(tmp_path, min_size=least)
        assert (len(names(result, tmp_path)), result.others.get("too small", 0)) == (left, small)
        listed = found(tmp_path / "empty.jpg", tmp_path / "one.jpg", min_size=least)
        assert listed.others.get("too small", 0) == min(least, 2)


def test_a_file_as_a_root_counts_whatever_its_suffix(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b.dat")
    result = found(tmp_path / "b.dat", tmp_path / "a.jpg")
    assert names(result, tmp_path) == ["a.jpg", "b.dat"]
    assert result.files.sniff.tolist() == [False, True]
    assert result.files.root.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("given", "tidied"),
    [
        (b"a", b"a"),
        (b"a/", b"a"),
        (b"./a//b/./c//", b"./a/b/c"),
        (b"/", b"/"),
        (b"//", b"/"),
        (b"/a", b"/a"),
        (b".", b"."),
        (b"./", b"."),
        (b"..", b".."),
        (b"a/../b/.", b"a/../b"),
        (b"", b""),
    ],
)
@pytest.mark.skipif(os.sep != "/", reason="POSIX paths")
def test_roots_are_tidied_without_changing_what_they_mean(given: bytes, tidied: bytes) -> None:
    assert tidy(given) == tidied


def test_paths_keep_what_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "s/a.jpg", "-rf.jpg")
    monkeypatch.chdir(tmp_path)
    assert walk([b"."], SUFFIXES).files.paths == b"./-rf.jpg./s/a.jpg"
    assert walk([b"s//"], SUFFIXES).files.paths == b"s/a.jpg"
    assert walk([b"s/../s"], SUFFIXES).files.paths == b"s/../s/a.jpg"
    assert walk([b"s/a.jpg"], SUFFIXES).files.paths == b"s/a.jpg"


@pytest.mark.parametrize("given", ["nothing", "a.jpg/below", "", "nul\0byte"])
def test_a_missing_root_is_an_error_with_code_3(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DedupeError) as caught:
        walk([b".", os.fsencode(given)], SUFFIXES)
    assert caught.value.exit_code == 3
    assert str(caught.value).endswith(".")
    assert "\0" not in str(caught.value)


def test_listed_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "z.jpg", "b.dat", "sub/c.jpg", "small.jpg", "no.gif", content=b"12")
    (tmp_path / "link.jpg").symlink_to("z.jpg")
    monkeypatch.chdir(tmp_path)
    given = [b"z.jpg", b"b.dat", b"./z.jpg", b"z.jpg", b"", b"gone.jpg", b"sub", b"link.jpg", b"no.gif"]
    result = listed(iter(given), SUFFIXES, Select(exclude=("*.gif",)))
    assert [result.files.path(i) for i in range(len(result.files))] == [b"./z.jpg", b"b.dat"]
    assert result.files.sniff.tolist() == [False, True]
    assert result.links == {}
    assert result.others == {"folders": 1, "symlinks": 1, "excluded": 1}
    assert [(failure.path, failure.stage, failure.reason) for failure in result.failures] == [
        (b"gone.jpg", "walk", "vanished")
    ]


def test_listed_files_beside_roots(tmp_path: Path) -> None:
    make(tmp_path, "reference/a.jpg", "b.jpg")
    given = [os.fsencode(tmp_path / name) for name in ("b.jpg", "reference/a.jpg")]
    result = listed(given, SUFFIXES, roots=[os.fsencode(tmp_path / "reference")])
    assert names(result, tmp_path) == ["b.jpg", "reference/a.jpg"]
    assert result.files.root.tolist() == [1, 0], "what a reference holds stays a reference"
    assert result.links == {}


def test_the_root_given_first_counts(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/b.jpg", "other/c.jpg")
    result = found(tmp_path / "sub", tmp_path, tmp_path / "other")
    assert names(result, tmp_path) == ["a.jpg", "other/c.jpg", "sub/b.jpg"]
    assert result.files.root.tolist() == [1, 1, 0]
    assert result.links == {}
