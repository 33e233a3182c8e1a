"""FAULTS.md, Trees: what a walk meets besides pictures, and that it neither stops nor opens what it must not."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dedupe.errors import DedupeError
from dedupe.model import Select
from dedupe.walk import listed, walk
from tree_walks import SUFFIXES, below, found, paths, posix, touch

pytestmark = posix


def test_fifo_socket_and_device_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.jpg")
    os.mkfifo(tmp_path / "fifo.jpg")
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        expected = 3
        if os.geteuid() == 0:
            os.mknod("device.jpg", 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero: reading it would never end
            expected += 1
        result = found(tmp_path, all_files=True)
    assert below(result, tmp_path) == ["a.jpg"]
    assert result.others == {"special files": expected}
    assert listed([b"fifo.jpg"], SUFFIXES).others == {"special files": 1}
    assert found(tmp_path / "fifo.jpg").others == {"special files": 1}


def test_any_bytes_as_names(tmp_path: Path) -> None:
    names = [
        b"new\nline.jpg",
        b"tab\t.jpg",
        b"\x1b]0;title\x07.jpg",
        "\u202egpj.jpg".encode(),
        b"[red].jpg",
        b"[/x].jpg",  # a folder named [
        b"'\".jpg",
        b"$(id).jpg",
        b"-rf.jpg",
        b"\xff\xfe.jpg",
        b"n" * 251 + b".jpg",
        b" .jpg",
        b"a\\b.jpg",
    ]
    root = os.fsencode(tmp_path)
    for name in names:
        (tmp_path / os.fsdecode(name)).parent.mkdir(exist_ok=True)
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    result = walk([root], SUFFIXES)
    assert paths(result) == sorted(root + b"/" + name for name in names)
    given = walk([root], SUFFIXES, Select(exclude=("n*", "\udcff*", "new?line*")))
    assert len(given.files) == len(names) - 3
    assert given.others == {"excluded": 3}


def test_odd_names_in_error_messages_are_escaped() -> None:
    with pytest.raises(DedupeError) as caught:
        walk([b"/nowhere/\x1b]0;x\x07\xff\n\xe2\x80\xae"], SUFFIXES)
    assert str(caught.value).isprintable()


def test_dates_out_of_the_ordinary(tmp_path: Path) -> None:
    dates = {"past.jpg": -(10**9), "start.jpg": 0, "future.jpg": 4 * 10**9}
    for name, seconds in dates.items():
        touch(tmp_path / name)
        os.utime(tmp_path / name, ns=(0, seconds * 10**9 + 7))
    files = found(tmp_path).files
    assert files.mtime_ns.tolist() == [os.lstat(files.path(i)).st_mtime_ns for i in range(3)]
    assert files.mtime_ns.tolist() == [dates[name] * 10**9 + 7 for name in sorted(dates)]


def test_dates_that_64_bits_cannot_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe.walk import found as module

    touch(tmp_path / "a.jpg")
    about = (tmp_path / "a.jpg").stat()

    class Odd:
        st_size, st_ctime_ns, st_mtime_ns = 5, -(1 << 70), 1 << 70
        st_dev, st_ino = -1, (1 << 64) - 2

    kept = module.FoundFiles()
    kept.emit(b"", [b"a.jpg", b"b.jpg"], [kept.take(Odd(), False), kept.take(about, False)])  # type: ignore[arg-type]
    kept.mark(0)
    files = kept.result(sort=False).files
    assert files.mtime_ns.tolist() == [(1 << 63) - 1, about.st_mtime_ns]
    assert files.ctime_ns[0] == -(1 << 63)
    assert (files.device[0], files.inode[0]) == (-1, -2)


def test_a_thousand_levels(tmp_path: Path) -> None:
    deep = tmp_path
    try:
        for level in range(1000):
            deep = deep / "d"
            deep.mkdir()
            if level % 100 == 99:
                touch(deep / "a.jpg")
        result = found(tmp_path)
        assert len(result.files) == 10
        assert result.failures == []
    finally:
        subprocess.run(["rm", "-rf", "d"], cwd=tmp_path, check=True)  # shutil's way would recurse


def test_deeper_than_a_path_can_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.jpg")
    (tmp_path / "top").mkdir()
    monkeypatch.chdir(tmp_path / "top")
    name = "n" * 200
    for _ in range(25):
        Path(name).mkdir()
        os.chdir(name)
    monkeypatch.chdir(tmp_path)
    result = found(tmp_path)
    assert below(result, tmp_path) == ["a.jpg"]
    assert [failure.reason for failure in result.failures] == ["unreadable"]
    subprocess.run(["rm", "-rf", "top"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("when", ["folder", "file"])
def test_what_vanishes_during_the_walk_is_listed(when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "s" / "b.jpg", tmp_path / "z.jpg")
    scandir = os.scandir

    class Vanishing:
        """Removes what it has just named."""

        def __init__(self, path: bytes) -> None:
            self.entries = scandir(path)
            self.folder = path

        def __enter__(self) -> Iterator[os.DirEntry[bytes]]:
            for entry in self.entries:
                if when == "file" and entry.name == b"z.jpg":
                    Path(os.fsdecode(entry.path)).unlink()
                yield entry
                if when == "folder" and entry.name == b"s":
                    shutil.rmtree(entry.path)

        def __exit__(self, *_: object) -> None:
            self.entries.close()

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", Vanishing)
        patch.setattr("dedupe.walk._checked", os.stat)
        result = walk([os.fsencode(tmp_path)], SUFFIXES)
    gone = {"folder": tmp_path / "s", "file": tmp_path / "z.jpg"}[when]
    assert [(failure.path, failure.stage, failure.reason) for failure in result.failures] == [
        (os.fsencode(gone), "walk", "vanished")
    ]
    assert below(result, tmp_path) == (["a.jpg", "z.jpg"] if when == "folder" else ["a.jpg", "s/b.jpg"])


def test_a_folder_that_breaks_off_keeps_what_it_had_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(*(tmp_path / f"{name}.jpg" for name in "abcd"))
    scandir = os.scandir

    class Breaking:
        def __init__(self, path: bytes) -> None:
            self.entries = scandir(path)

        def __enter__(self) -> Iterator[os.DirEntry[bytes]]:
            yield next(self.entries)
            yield next(self.entries)
            raise OSError(5, "Input/output error")

        def __exit__(self, *_: object) -> None:
            self.entries.close()

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", Breaking)
        patch.setattr("dedupe.walk._checked", os.stat)
        result = walk([os.fsencode(tmp_path)], SUFFIXES)
    assert len(result.files) == 2
    assert [(failure.path, failure.reason) for failure in result.failures] == [(os.fsencode(tmp_path), "unreadable")]
    assert "Input/output error" in result.failures[0].message


@pytest.fixture
def closed(tmp_path: Path, photos: list[Path]) -> Iterator[Path]:
    """A folder with a photo, and with files and folders that its owner cannot read."""
    root = tmp_path / "root"
    touch(root / "closed" / "b.jpg", root / "unsearchable" / "c.jpg", root / "secret.jpg")
    (root / "open").mkdir()
    shutil.copy(photos[0], root / "open" / "a.jpg")
    (root / "secret.jpg").chmod(0)
    (root / "closed").chmod(0)
    (root / "unsearchable").chmod(0o444)
    yield root
    for path in (root / "closed", root / "unsearchable"):
        path.chmod(0o755)


def bound(*words: object) -> subprocess.CompletedProcess[str]:
    """The command line, run so that permissions bind it also where the tests are run by root."""
    command = [sys.executable, "-P", "-m", "dedupe", *map(str, words), "--cache", "none"]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("permissions do not bind root, and there is no setpriv to make them")
        command[:0] = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_unreadable_files_and_folders_are_listed(closed: Path) -> None:
    done = bound("scan", closed, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert lines[-1]["files"] == 1
    assert sorted((Path(one["path"]).name, one["reason"]) for one in lines if one["type"] == "failure") == [
        ("c.jpg", "unreadable"),
        ("closed", "unreadable"),
        ("secret.jpg", "unreadable"),
    ]


UNREADABLE = [("scan", name) for name in ("closed", "unsearchable", "closed/x", "secret.jpg")] + [
    ("find", "closed"),
    ("compare", "secret.jpg"),
    ("describe", "closed"),
    ("leak", "closed"),
]


@pytest.mark.parametrize(("verb", "name"), UNREADABLE)
def test_an_unreadable_root_is_an_error_and_no_empty_result(verb: str, name: str, closed: Path) -> None:
    first = {"find": [closed / "open" / "a.jpg"], "compare": [closed / "open" / "a.jpg"], "leak": [closed / "open"]}
    done = bound(verb, *first.get(verb, []), closed / name)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert done.stderr.splitlines()[-1] == f"dedupe: {closed / name}: cannot be read (Permission denied)."


def test_a_picture_of_a_far_future_is_read_like_any_other(tmp_path: Path, photos: list[Path], dedupe: Any) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(photos[0].read_bytes())
    (tmp_path / "c.jpg").write_bytes(photos[1].read_bytes())
    try:
        os.utime(tmp_path / "b.jpg", (10_100_000_000, 10_100_000_000))  # in 2290
    except (OSError, OverflowError):
        pytest.skip("the file system has no such dates")
    for _ in range(2):
        ran = dedupe("scan", tmp_path, "--json", "--cache", tmp_path / "own.db")
        (group,) = ran.lines("group")
        assert ran.code == 0 and "Traceback" not in ran.err, ran.err
        assert {Path(one["path"]).name for one in (group["keep"], *group["members"])} == {"a.jpg", "b.jpg"}


def test_numbers_of_files_that_64_bits_hold_without_a_sign_are_the_same_everywhere() -> None:
    from dedupe.walk.found import held_identity, held_time

    about: Any = SimpleNamespace(
        st_dev=(1 << 63) + 5, st_ino=(1 << 64) - 2, st_mtime_ns=1 << 70, st_ctime_ns=-(1 << 70)
    )
    assert held_identity(about) == (5 - (1 << 63), -2)
    assert held_time(about) == ((1 << 63) - 1, -(1 << 63))
    plain: Any = SimpleNamespace(st_dev=7, st_ino=(1 << 63) - 1, st_mtime_ns=-5, st_ctime_ns=6)
    assert held_identity(plain) == (7, (1 << 63) - 1) and held_time(plain) == (-5, 6)
