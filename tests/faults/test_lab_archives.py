"""Bad zip archives for the lab's table: what can be taken is taken, the rest is counted, a full disk is said."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import stat
import warnings
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    for name, colour in (("a", "red"), ("b", "blue")):
        (tmp_path / "set" / name).mkdir(parents=True)
        Image.linear_gradient("L").convert("RGB").resize((48, 40)).save(tmp_path / "set" / name / f"{colour}.jpg")
    return tmp_path / "set"


def test_a_hostile_archive_writes_nothing_outside(dedupe, classes, tmp_path):
    data = (classes / "a" / "red.jpg").read_bytes()
    archive = tmp_path / "bad.zip"
    link = zipfile.ZipInfo("set/a/link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("set/a/good.jpg", data)
        for name in ("../../out.jpg", "/tmp/out-of-archive.jpg", "set/../../a/out.jpg", "C:/out.jpg", "..\\out.jpg"):
            made.writestr(name, data)
        made.writestr(link, "/etc/passwd")
        made.writestr("set/a/note.txt", "text")
        made.writestr("set/b/broken.jpg", b"\xff\xd8\xff")
    before = set(tmp_path.rglob("*"))
    ran = dedupe("lab", "images", archive, "--db", tmp_path / "t.sqlite", env={"TMPDIR": str(tmp_path)})
    assert ran.code == 0 and "5 (name outside the archive)" in ran.err and "1 (link or special file)" in ran.err
    (failure,) = ran.lines("failure")
    assert failure["path"].endswith("bad.zip/set/b/broken.jpg")
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as table, table:
        assert table.execute("SELECT ImageAddr FROM images").fetchall() == [(f"{archive}/set/a/good.jpg",)]
    assert {path.name for path in set(tmp_path.rglob("*")) - before} <= {"t.sqlite"}
    assert not Path("/tmp/out-of-archive.jpg").exists()


def test_an_entry_that_lies_about_its_size_is_left_out(monkeypatch, tmp_path, photos):
    from dedupe_lab import archive

    monkeypatch.setattr(archive, "LARGEST", 10_000)
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a/bomb.png", bytes(2_000_000))
        made.writestr("a/small.png", b"small")
    found = archive.unpack(path, tmp_path)
    assert list(found.names.values()) == ["a/small.png"] and found.left_out == {"too large": 1}
    raw = path.read_bytes()
    lying = raw.replace((2_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    (tmp_path / "lying.zip").write_bytes(lying)
    (tmp_path / "out").mkdir()
    found = archive.unpack(tmp_path / "lying.zip", tmp_path / "out")
    assert list(found.names.values()) == ["a/small.png"] and sum(found.left_out.values()) == 1
    assert sum(entry.stat().st_size for entry in (tmp_path / "out").iterdir()) == 5


def test_the_first_of_a_name_wins(dedupe, classes, tmp_path):
    archive = tmp_path / "twice.zip"
    first, second = (classes / "a" / "red.jpg").read_bytes(), b"another"
    with zipfile.ZipFile(archive, "w") as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in (("a/1.jpg", first), ("a/1.jpg", second), ("a/1.jpg", second), ("b/1.jpg", first)):
            made.writestr(name, data)
    ran = dedupe("lab", "images", archive, "--db", tmp_path / "t.sqlite")
    assert ran.code == 0 and "2 (named twice)" in ran.err and ran.lines("summary")[0]["labels"] == {"a": 1, "b": 1}


def test_an_archive_that_would_not_fit_is_refused_before_anything_is_written(monkeypatch, tmp_path):
    from dedupe_lab import archive

    from dedupe import DedupeError

    with zipfile.ZipFile(tmp_path / "large.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a/1.png", bytes(3_000_000))
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 2_000_000))
    (tmp_path / "out").mkdir()
    with pytest.raises(DedupeError, match=r"unpacks to 3 MB, and the temporary folder .* has 2 MB free"):
        archive.unpack(tmp_path / "large.zip", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_disk_that_fills_up_meanwhile_is_said(monkeypatch, tmp_path):
    from dedupe_lab import archive

    from dedupe import DedupeError

    with zipfile.ZipFile(tmp_path / "small.zip", "w") as made:
        made.writestr("a/1.png", b"small")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive, "_copy", full)
    with pytest.raises(DedupeError, match=r"temporary folder .* is full; make room"):
        archive.unpack(tmp_path / "small.zip", tmp_path)


def test_a_damaged_entry_is_counted(tmp_path):
    from dedupe_lab import archive

    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a/1.png", bytes(range(256)) * 50)
        made.writestr("a/2.png", b"small")
    raw = bytearray(path.read_bytes())
    raw[60:80] = b"\xff" * 20
    path.write_bytes(raw)
    (tmp_path / "out").mkdir()
    found = archive.unpack(path, tmp_path / "out")
    assert list(found.names.values()) == ["a/2.png"] and found.left_out == {"damaged": 1}


@pytest.mark.parametrize("inside", ["", "train/"])
def test_an_archive_of_loose_pictures_is_refused_as_their_folder_is(dedupe, classes, tmp_path, inside):
    (tmp_path / "flat" / inside).mkdir(parents=True)
    (classes / "a" / "red.jpg").rename(tmp_path / "flat" / inside / "red.jpg")
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as made:
        made.write(tmp_path / "flat" / inside / "red.jpg", f"{inside}red.jpg")
    for source in ("flat", "flat.zip"):
        ran = dedupe("lab", "images", tmp_path / source, "--db", tmp_path / "t.sqlite")
        assert ran.code == 2 and "no folder of pictures for each class" in ran.err and not ran.out
    assert not (tmp_path / "t.sqlite").exists()
