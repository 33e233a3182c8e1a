"""What a file that is written may take the place of."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dedupe.errors import SafetyError
from dedupe.whole import FOLDER, TEXT, Kind, refuse_other, whole_file


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.json", b'{"type":"header"}\n'),
        ("r.txt", "d\xe9j\xe0 vu \u6f22".encode()),
        ("r.html", b"<!doctype html><html><svg></svg></html>"),
        ("r.csv", b""),
        ("r.txt", b"PS: P1ain"),
        ("r.txt", "\xe9".encode() * (1 << 20)),  # a letter that lies on the border of two pieces
    ],
)
def test_text_is_replaced(tmp_path, name, content):
    (tmp_path / name).write_bytes(b"x" + content if len(content) > 1000 else content)
    with whole_file(tmp_path / name) as stream:
        stream.write(b"new")
    assert (tmp_path / name).read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.json", b"\xff\xd8\xff\xe0", "is a picture"),
        ("a.json", b"GIF89a", "is a picture"),  # damaged, and text
        ("a.json", b"P2\n2 2\n255\n0 1 2 3\n", "is a picture"),
        ("a.json", b"\0\0\0\x18ftypheic", "is a picture"),
        ("a.json", b"\xef\xbb\xbf <svg xmlns=''/>", "is a picture"),
        ("a.json", b"<?xml version='1.0'?>\n<!-- drawn -->\n<svg/>", "is a picture"),
        ("a.json", b"%PDF-1.4\n", "is a picture"),
        ("a.jpg", b"text", "has a picture's name"),
        ("a.JPEG", b"", "has a picture's name"),
        ("a.HEIC", b"text", "has a picture's name"),
        ("a.json", b"FUJIFILMCCD-RAW \0", "is not a text file"),
        ("a.json", b"\xe9", "is not a text file"),
        ("a.json", b"#!/bin/sh\n" * 200_000 + b"\x1f\x8b\x08", "is not a text file"),  # an installer, with its archive
        ("a.json", b"x" * (3 << 20) + b"\0", "is not a text file"),
        ("a.json", b"cut: \xc3", "is not a text file"),
    ],
)
def test_what_is_no_text_is_refused_before_anything_is_written(tmp_path, name, content, why):
    path = tmp_path / name
    path.write_bytes(content)
    sentence = f"{name} {why}, and it was left alone; name another file"
    with pytest.raises(SafetyError, match=sentence), whole_file(path):
        pytest.fail("it was begun")
    assert path.read_bytes() == content and os.listdir(tmp_path) == [name]


def test_another_programs_database_and_a_folder_are_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.json")) as table:
        table.execute("CREATE TABLE theirs (x)")
    (tmp_path / "folder").mkdir()
    for name, why in (("a.json", "is not a text file"), ("folder", "is a folder")):
        with pytest.raises(SafetyError, match=why), whole_file(tmp_path / name):
            pass


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_is_as_what_it_leads_to(tmp_path):
    (tmp_path / "photo").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "r.json").symlink_to("photo")
    with pytest.raises(SafetyError, match="is a picture"), whole_file(tmp_path / "r.json"):
        pass
    (tmp_path / "round").symlink_to("round")
    refuse_other(tmp_path / "round", TEXT)


def test_only_an_own_kind_is_replaced_by_it(tmp_path):
    mine = Kind("a file of mine", lambda path: path.read_bytes().startswith(b"mine\0"))
    (tmp_path / "a").write_bytes(b"mine\0old")
    with whole_file(tmp_path / "a", mine) as stream:
        stream.write(b"mine\0new")
    (tmp_path / "b").write_bytes(b"text")
    with pytest.raises(SafetyError, match="is not a file of mine"), whole_file(tmp_path / "b", mine):
        pass
    assert (tmp_path / "a").read_bytes() == b"mine\0new" and (tmp_path / "b").read_bytes() == b"text"


def test_a_folder_takes_no_files_name(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for name in ("folder", "new", "folder/new"):
        refuse_other(tmp_path / name, FOLDER)
    for place in (tmp_path / "file", Path(os.devnull)):
        with pytest.raises(SafetyError, match="name a folder"):
            refuse_other(place, FOLDER)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there are no devices")
def test_a_terminal_or_pipe_loses_nothing_and_other_devices_are_refused(tmp_path, monkeypatch):
    import stat

    refuse_other(Path("/dev/null"), TEXT)
    monkeypatch.setattr(stat, "S_ISCHR", stat.S_ISBLK)
    with pytest.raises(SafetyError, match="is a device"):
        refuse_other(Path("/dev/null"), TEXT)


def test_what_cannot_be_looked_into_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.json").write_text("{}")

    def closed(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(SafetyError, match="cannot be looked into"), whole_file(tmp_path / "a.json"):
        pass
