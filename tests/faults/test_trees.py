"""FAULTS.md, Trees: what a walk meets besides pictures, and that it neither stops nor counts a file twice."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dedupe.errors import DedupeError
from dedupe.walk import Walk, WalkOptions, listed, walk

SUFFIXES = frozenset([b".jpg"])

pytestmark = pytest.mark.skipif(os.name != "posix", reason="files that only POSIX systems have")


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(path))


def snapshot(root: Path, scandir: Any = os.scandir) -> set[tuple[object, ...]]:
    """Everything under a folder, without recursion."""
    seen, stack = set(), [root]
    while stack:
        with suppress(OSError), scandir(stack.pop()) as entries:
            for entry in entries:
                about = entry.stat(follow_symlinks=False)
                seen.add((entry.path, about.st_ino, about.st_mode, about.st_nlink, about.st_size, about.st_mtime_ns))
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
    return seen


def found(*roots: Path, **options: object) -> Walk:
    """Walks, and checks the invariant of all fault tests: what was reachable before is reachable after."""
    before = [snapshot(root) for root in roots]
    result = walk([os.fsencode(root) for root in roots], SUFFIXES, WalkOptions(**options))  # type: ignore[arg-type]
    assert [snapshot(root) for root in roots] == before
    return result


def paths(result: Walk) -> list[bytes]:
    return [result.files.path(i) for i in range(len(result.files))]


def below(result: Walk, root: Path) -> list[str]:
    return [os.path.relpath(os.fsdecode(path), root) for path in paths(result)]


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


def test_symlinks_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "t" / "a.jpg", tmp_path / "outside" / "b.jpg")
    tree = tmp_path / "t"
    (tree / "relative.jpg").symlink_to("a.jpg")
    (tree / "absolute.jpg").symlink_to(tree / "a.jpg")
    (tree / "dangling.jpg").symlink_to("nothing.jpg")
    (tree / "itself.jpg").symlink_to("itself.jpg")
    (tree / "loop").symlink_to(tree)
    (tree / "up").symlink_to("..")
    (tree / "folder").symlink_to(tmp_path / "outside")
    result = found(tree)
    assert below(result, tree) == ["a.jpg"]
    assert result.others == {"symlinks": 7}
    assert result.links == {}
    assert result.failures == []


def test_a_root_may_be_a_link_to_a_folder(tmp_path: Path) -> None:
    touch(tmp_path / "real" / "a.jpg")
    (tmp_path / "link").symlink_to("real")
    assert below(found(tmp_path / "link"), tmp_path) == ["link/a.jpg"]
    both = found(tmp_path / "real", tmp_path / "link")
    assert below(both, tmp_path) == ["link/a.jpg"], "the first path in byte order stands"
    assert both.links == {}


def test_a_link_to_a_file_as_a_root_stands_for_its_target(tmp_path: Path) -> None:
    touch(tmp_path / "target.jpg")
    (tmp_path / "a.jpg").symlink_to("target.jpg")
    result = found(tmp_path / "a.jpg", tmp_path / "target.jpg")
    assert below(result, tmp_path) == ["target.jpg"]
    assert result.links == {}
    (tmp_path / "dangling.jpg").symlink_to("nothing")
    with pytest.raises(DedupeError):
        found(tmp_path / "dangling.jpg")


def test_hard_links_are_one_file(tmp_path: Path) -> None:
    touch(tmp_path / "m.jpg", tmp_path / "other.jpg")
    (tmp_path / "s").mkdir()
    for name in ("z.jpg", "b.jpg", "s/c.jpg"):
        os.link(tmp_path / "m.jpg", tmp_path / name)
    os.link(tmp_path / "m.jpg", tmp_path / "a-without-suffix")
    result = found(tmp_path)
    assert below(result, tmp_path) == ["a-without-suffix", "other.jpg"]
    assert [os.path.relpath(os.fsdecode(path), tmp_path) for path in result.links[0]] == [
        "b.jpg",
        "m.jpg",
        "s/c.jpg",
        "z.jpg",
    ]
    assert list(result.links) == [0]
    assert not result.files.sniff[0], "one of its names has a suffix of ours"


@pytest.mark.parametrize("order", [("", "s"), ("s", ""), ("s/t", "s", "")])
def test_parent_and_child_and_the_same_folder_twice(order: tuple[str, ...], tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "s" / "b.jpg", tmp_path / "s" / "t" / "c.jpg")
    (tmp_path / "s" / "note.txt").write_bytes(b"")
    (tmp_path / "s" / "link.jpg").symlink_to("b.jpg")
    os.link(tmp_path / "a.jpg", tmp_path / "s" / "hard.jpg")
    roots = [tmp_path / name for name in order]
    result = found(*roots, *roots)
    assert below(result, tmp_path) == ["a.jpg", "s/b.jpg", "s/t/c.jpg"]
    assert result.links == {0: (os.fsencode(tmp_path / "s" / "hard.jpg"),)}
    assert result.others == {"other files": 1, "symlinks": 1}, "nothing is counted twice"
    assert result.failures == []


def test_what_one_root_excludes_another_may_hold(tmp_path: Path) -> None:
    touch(tmp_path / "s" / "b.jpg", tmp_path / ".git" / "c.jpg")
    assert below(found(tmp_path, tmp_path / "s", exclude=("s/*",)), tmp_path) == ["s/b.jpg"]
    assert below(found(tmp_path, tmp_path / ".git"), tmp_path) == [".git/c.jpg", "s/b.jpg"]


def test_other_spellings_of_one_path_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "s" / "b.jpg")
    monkeypatch.chdir(tmp_path)
    given = [b"s", b"./s/", b"s/../s", os.fsencode(tmp_path / "s"), b"s/b.jpg", b"s/../s/b.jpg"]
    result = walk(given, SUFFIXES)
    assert paths(result) == [min(b"./s/b.jpg", os.fsencode(tmp_path / "s" / "b.jpg"))]
    assert result.links == {}
    assert result.files.root.tolist() == [0]


def test_bind_mounts_are_one_file(tmp_path: Path) -> None:
    touch(tmp_path / "real" / "a.jpg", tmp_path / "real" / "s" / "b.jpg")
    (tmp_path / "bound").mkdir()
    bound = subprocess.run(["mount", "--bind", tmp_path / "real", tmp_path / "bound"], capture_output=True, check=False)
    if bound.returncode:
        pytest.skip("bind mounts are not allowed here")
    try:
        result = found(tmp_path)
        apart = found(tmp_path / "real", tmp_path / "bound")
    finally:
        subprocess.run(["umount", tmp_path / "bound"], check=True)
    for one in (result, apart):
        assert below(one, tmp_path) == ["bound/a.jpg", "bound/s/b.jpg"]
        assert one.links == {}, "the same entry of the same folder is no hard link"


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
    given = walk([root], SUFFIXES, WalkOptions(exclude=("n*", "\udcff*", "new?line*")))
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

    kept = module.Found()
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


PERMISSIONS = """
import os, sys
from dedupe.errors import DedupeError
from dedupe.walk import walk
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
root = sys.argv[1].encode()
result = walk([root], frozenset([b".jpg"]))
print(sorted(os.path.basename(result.files.path(i)) for i in range(len(result.files))))
print(sorted((os.path.basename(f.path), f.stage, f.reason) for f in result.failures))
for name in (b"closed", b"unsearchable", b"closed/x", b"secret.jpg"):
    try:
        walk([root, root + b"/" + name], frozenset([b".jpg"]))
        print(name, "walked")
    except DedupeError as error:
        print(error.exit_code, str(error).replace(sys.argv[1], ""))
"""


def test_unreadable_folders_are_listed_and_unreadable_roots_are_errors() -> None:
    root = Path(tempfile.mkdtemp())  # pytest's own folders are closed to the other user that root has to become
    try:
        root.chmod(0o755)
        touch(root / "a.jpg", root / "closed" / "b.jpg", root / "unsearchable" / "c.jpg", root / "secret.jpg")
        (root / "secret.jpg").chmod(0)
        (root / "closed").chmod(0)
        (root / "unsearchable").chmod(0o444)
        command = [sys.executable, "-c", PERMISSIONS, root]
        house = Path(__file__).resolve().parents[2]
        done = subprocess.run(command, capture_output=True, text=True, cwd=house, check=False)
        assert done.stderr == ""
        assert done.stdout.splitlines() == [
            "[b'a.jpg', b'secret.jpg']",  # whether a file can be read is seen when it is opened
            "[(b'c.jpg', 'walk', 'unreadable'), (b'closed', 'walk', 'unreadable')]",
            "3 /closed: cannot be read (Permission denied).",
            "3 /unsearchable: cannot be read (Permission denied).",
            "3 /closed/x: cannot be read (Permission denied).",
            "3 /secret.jpg: cannot be read (Permission denied).",
        ]
    finally:
        for path in (root / "closed", root / "unsearchable"):
            path.chmod(0o755)
        shutil.rmtree(root)
