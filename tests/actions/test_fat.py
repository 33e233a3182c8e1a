"""Disks as memory cards have them: no hard or symbolic links, no modes, names without case. Files go and come back there too."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from acted_trees import Tree, contents, environment, made_tree, state
from dedupe.actions import apply, safely, trash, undo
from dedupe.actions.fixed import Fixed
from dedupe.actions.moving import copy
from dedupe.model.acting import Taken

MAKE = (("mkfs.vfat", "-C", "DISK", "65536"), ("mount", "-o", "loop,quiet", "DISK", "PLACE"))


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system on which no file system has links, nor a way to rename that refuses to replace."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "supports_dir_fd", os.supports_dir_fd | {refuse})
    for name in ("link", "symlink"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr(safely, "_rename", lambda: (None, 0))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a FAT disk: where DEDUPE_TEST_FAT names one, else on one that is mounted for the test."""
    if named := os.environ.get("DEDUPE_TEST_FAT"):
        place = Path(named) / "dedupe-test"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        yield place
        shutil.rmtree(place)
        return
    place = tmp_path / "disk"
    place.mkdir()
    names = {"DISK": str(tmp_path / "disk.img"), "PLACE": str(place)}
    for command in MAKE:
        done = None
        if shutil.which(command[0]):
            done = subprocess.run([names.get(word, word) for word in command], capture_output=True, text=True)
        if done is None or done.returncode:
            pytest.skip(f"no FAT disk can be mounted here ({command[0]}); DEDUPE_TEST_FAT names a folder on one")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture(params=["poor", "disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where there are no links: because the system says so, and on a real disk."""
    found = request.getfixturevalue(request.param)
    return tmp_path / "tree" if found is None else found


@pytest.fixture
def tree(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tree]:
    """The usual tree there, with the journals elsewhere."""
    made = made_tree(place)
    monkeypatch.setenv("XDG_DATA_HOME", environment(made)["XDG_DATA_HOME"])
    monkeypatch.setenv("DEDUPE_DATA", str(tmp_path / "data"))
    before = contents(made)
    yield made
    assert before <= contents(made), "a content was lost"


@pytest.mark.parametrize("action", ["trash", "quarantine", "elsewhere"])
def test_files_go_and_come_back(tree, tmp_path, action):
    before = state(tree)
    spec = {"trash": "trash", "quarantine": f"quarantine={tree.quarantine}", "elsewhere": f"quarantine={tmp_path}/q"}
    for _ in range(2):
        acted = apply(tree.plan, action=spec[action], yes=True)
        assert len(acted.of("done")) == 3 and not acted.of("refused", "failed"), acted
        assert not undo().of("refused", "failed") and state(tree) == before


@pytest.mark.parametrize("action", ["hardlink", "symlink", "reflink"])
def test_what_cannot_be_made_there_is_refused_and_all_is_as_it_was(tree, action):
    before = state(tree)
    acted = apply(tree.plan, action=action, yes=True)
    assert {one.reason for one in acted.outcomes} <= {"no link", "no reflink"} and not acted.of("done", "failed"), acted
    assert state(tree) == before


def test_what_stands_in_the_way_stays(tree):
    apply(tree.plan, yes=True)
    (tree.root / "b" / "IMG_1.jpg").write_bytes(b"another")
    back = undo()
    assert [one.reason for one in back.of("refused")] == ["in the way"]
    assert (tree.root / "b" / "IMG_1.jpg").read_bytes() == b"another"
    with pytest.raises(FileExistsError):
        safely.rename_new(bytes(tree.root / "a" / "IMG_1.jpg"), bytes(tree.root / "b" / "IMG_1.jpg"))
    found = (tree.root / "a" / "IMG_1.jpg").stat()
    taken = Taken(b"", None, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, 1, "")
    with pytest.raises(Exception, match="changed"):
        copy(bytes(tree.root / "a" / "IMG_1.jpg"), bytes(tree.root / "b" / "IMG_1.jpg"), taken)


def test_a_protected_folder_is_so_by_another_case(tmp_path):
    (tmp_path / "album" / "Originals").mkdir(parents=True)
    fixed = Fixed()
    assert fixed.holding(bytes(tmp_path / "album" / "Originals" / "a.jpg")) is None
    fixed.add(bytes(tmp_path / "ALBUM" / "originals"), "protected")  # as a disk without case has it
    held = fixed.holding(bytes(tmp_path / "album" / "Originals" / "a.jpg"))
    assert held is not None and held[0] == "protected"
    assert fixed.holding(bytes(tmp_path / "album" / "a.jpg")) is None


def test_on_such_a_disk_it_is_too(disk, tmp_path, monkeypatch):
    tree = made_tree(disk)
    monkeypatch.setenv("DEDUPE_DATA", str(tmp_path / "data"))
    acted = apply(tree.plan, protect=[tree.root / "B", tree.root / "C"])
    assert {one.reason for one in acted.outcomes} == {"protected"}


def test_the_trash_need_not_be_private_where_no_folder_can_be(tmp_path, monkeypatch):
    found = tmp_path.stat()
    line = f"1 0 {os.major(found.st_dev)}:{os.minor(found.st_dev)} / /mnt rw shared:1 - "
    for kind, modes in (("ext4", True), ("exfat", False), ("vfat", False)):
        (tmp_path / "mounts").write_text(f"{line}{kind} /dev/x rw\n")
        monkeypatch.setattr(trash, "MOUNTS", tmp_path / "mounts")
        assert trash._has_modes(found.st_dev) is modes
        assert trash._has_modes(found.st_dev + 1)
    monkeypatch.setattr(trash, "MOUNTS", tmp_path / "none")
    assert trash._has_modes(found.st_dev)
