"""Bad input to the lab: a sentence that says what to do, and what can be used is used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from dedupe_lab.classify.run import _kept
from dedupe_lab.images import build
from PIL import Image

from dedupe.errors import SafetyError


@pytest.fixture
def classes(tmp_path: Path, photos: list[Path]) -> Path:
    for name, some in (("a", photos[:3]), ("b", photos[3:6])):
        (tmp_path / "set" / name).mkdir(parents=True)
        for i, photo in enumerate(some):
            with Image.open(photo) as picture:
                picture.convert("RGB").resize((48, 40)).save(tmp_path / "set" / name / f"{i}.jpg")
    return tmp_path / "set"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("classes", "nowhere"), "cannot be read"),
        (("classes", "set/a"), "folder of pictures for each class"),
        (("classes", "."), "name set"),
        (("classes", "set", "--classes", "a"), "name 2 at least"),
        (("classes", "set", "--classes", "a,c"), "no class 'c'"),
        (("classes", "set"), "has 3 pictures, not 100; ask for -n 3"),
        (("classes", "set", "-n", "-1"), "give a number of pictures"),
        (("classes", "set", "-n", "3", "-d", "nothing"), "is not a descriptor"),
        (("classes", "set", "-n", "3", "-d", "cnn"), "not a hash of bits"),
        (("classes", "set", "-n", "3", "-d", "radial"), "radial is not a hash of bits"),
        (("robustness", "set/a/0.jpg", "-d", "phash", "-d", "radial"), "radial is not a hash of bits"),
        (("classes", "set", "-n", "3", "-o", "page.pdf"), "the suffix names no format"),
        (("classes", "set", "-n", "3", "-o", "no/page.html"), "cannot be written: No such file"),
        (("images", "set", "--db", "no/x.sqlite", "-d", "no-such"), "make it first"),
        (("robustness", "nowhere.jpg"), "no such file"),
        (("robustness", "set"), "is a folder; name one picture"),
        (("robustness", "notes.txt"), "is no picture"),
        (("robustness", "notes.jpg"), "notes.jpg"),
        (("robustness", "set/a/0.jpg", "--other", "notes.txt"), "is no picture"),
        (("robustness", "set/a/0.jpg", "--other", "set"), "is a folder; name one picture"),
        (("robustness", "set/a/0.jpg", "--distortions", "melt"), "is not a distortion"),
        (("robustness", "set/a/0.jpg", "-o", "sheet.gif"), "the suffix names no format"),
        (("images",), "Name a folder to add"),
        (("images", "nowhere.zip"), "no such file"),
        (("images", "text.zip"), "cannot be read as a zip archive"),
        (("images", "--where", "1"), "build it with"),
        (("images", "set/a"), "folder of pictures for each class"),
    ],
)
def test_bad_requests_are_sentences(dedupe, classes, words, sentence):
    for name in ("text.zip", "notes.txt", "notes.jpg"):
        (classes.parent / name).write_text("no archive")
    ran = dedupe("lab", *words, cwd=classes.parent)
    assert ran.code in (2, 3) and sentence in ran.err and "Traceback" not in ran.err and not ran.out


def test_only_a_sheet_and_a_table_of_the_lab_are_written_anew(dedupe, classes):
    picture, sheet, table = classes / "a" / "0.jpg", classes.parent / "sheet.png", classes.parent / "t.sqlite"
    for _ in range(2):
        ran = dedupe("lab", "robustness", picture, "-d", "ahash", "--distortions", "hflip", "--sheet", sheet)
        assert ran.code == 0, ran.err
        assert dedupe("lab", "images", classes, "-d", "ahash", "--db", table).code == 0
    with Image.open(sheet) as opened:
        opened.save(sheet)  # what another program saves may be somebody's work
    before = sheet.read_bytes()
    ran = dedupe("lab", "robustness", picture, "-d", "ahash", "--sheet", sheet)
    assert ran.code == 4 and "sheet.png is a picture" in ran.err and sheet.read_bytes() == before
    ran = dedupe("lab", "robustness", picture, "-d", "ahash", "--sheet", classes / "a" / "1.jpg")
    assert ran.code == 4 and "1.jpg is a picture" in ran.err


def test_what_the_lab_writes_in_a_folder_takes_nobodys_place(tmp_path):
    for content in (b"\xff\xd8\xff", b"SQLite format 3\0"):
        (tmp_path / "result.json").write_bytes(content)
        with pytest.raises(SafetyError, match="left alone"):
            _kept({"name": "", "data": "0"}, tmp_path)
        assert (tmp_path / "result.json").read_bytes() == content


def test_a_database_is_asked_whose_it_is_without_a_trace(tmp_path):
    table = tmp_path / "theirs.sqlite"
    with closing(sqlite3.connect(table)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("CREATE TABLE images (ImageID, LabelName, Type, ImageAddr, digest)")
        opened.commit()
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        with pytest.raises(SafetyError, match=r"theirs\.sqlite is not a table of dedupe lab"):
            build(tmp_path, table, ["phash"])
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_link_and_a_second_name_of_the_picture_are_compared(dedupe, classes):
    (classes / "link.jpg").symlink_to(classes / "a" / "0.jpg")
    (classes / "second.jpg").hardlink_to(classes / "a" / "0.jpg")
    ran = dedupe(
        *("lab", "robustness", classes / "link.jpg", "--other", classes / "second.jpg"),
        *("-d", "ahash", "--distortions", "hflip"),
    )
    assert ran.code == 0, ran.err
    assert [row["bits"] for row in ran.lines("robustness") if row["version"] == "unrelated"] == [0]


def test_corrupt_pictures_are_listed_and_the_rest_is_counted(dedupe, classes):
    (classes / "a" / "1.jpg").write_bytes(b"\xff\xd8\xff")
    ran = dedupe("lab", "classes", classes, "-n", 3, "-d", "ahash")
    assert ran.code == 0 and ran.lines("summary")[0]["pictures"] == {"a": 2, "b": 3}
    assert [Path(line["path"]).name for line in ran.lines("failure")] == ["1.jpg"]
    (classes / "a" / "0.jpg").write_bytes(b"")
    ran = dedupe("lab", "classes", classes, "-n", 3, "-d", "ahash")
    assert ran.code == 3 and "distances need two" in ran.err


def test_links_are_left_out_and_counted(dedupe, classes):
    (classes / "a" / "3.jpg").symlink_to(classes / "b" / "0.jpg")
    (classes / "a" / "4.jpg").symlink_to("nowhere.jpg")
    ran = dedupe("lab", "classes", classes, "-n", 0, "-d", "ahash")
    assert ran.code == 0, ran.err
    assert "2 symlinks" in ran.err and ran.lines("summary")[0]["pictures"] == {"a": 3, "b": 3}
    ran = dedupe("lab", "images", classes, "--db", classes.parent / "t.sqlite", "-d", "ahash")
    assert ran.code == 0 and "2 symlinks" in ran.err and ran.lines("summary")[0]["labels"] == {"a": 3, "b": 3}


def test_a_class_of_links_alone_is_a_sentence(dedupe, classes):
    (classes / "c").mkdir()
    (classes / "c" / "0.jpg").symlink_to(classes / "b" / "0.jpg")
    ran = dedupe("lab", "classes", classes, "-n", 0, "-d", "ahash")
    assert ran.code == 2 and "class c" in ran.err and "links only" in ran.err
    assert dedupe("lab", "classes", classes, "--classes", "a,b", "-n", 0, "-d", "ahash").code == 0


def test_pictures_of_different_sizes_are_compared(dedupe, classes):
    with Image.open(classes / "a" / "0.jpg") as picture:
        picture.resize((200, 90)).save(classes / "a" / "0.jpg")
    assert dedupe("lab", "classes", classes, "-n", 3).code == 0
