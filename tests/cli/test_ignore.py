"""`dedupe ignore`: what the user said is no duplicate stays apart, by content, in scan, find and leak."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pictures import photo


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A photo and two smaller copies of it, all near each other."""
    folder, picture = tmp_path / "album", photo(640, 480)
    folder.mkdir()
    picture.save(folder / "a.jpg", quality=95)
    picture.resize((480, 360)).save(folder / "b.jpg", quality=90)
    picture.resize((320, 240)).save(folder / "c.jpg", quality=85)
    return folder


def groups(ran) -> list[list[str]]:
    assert ran.code == 0, ran.err
    return [[Path(each["path"]).name for each in (group["keep"], *group["members"])] for group in ran.lines("group")]


def notes(ran) -> str:
    return " ".join(ran.lines("header")[0].get("notes", []))


@pytest.mark.parametrize("judge", [(), ("--judge",)])
def test_an_ignored_pair_is_in_no_group_not_through_a_third_one_either(dedupe, album, judge):
    scan = ("scan", album, "--json", "-d", "pdq", *judge)
    assert groups(dedupe(*scan)) == [["a.jpg", "b.jpg", "c.jpg"]]
    assert dedupe("ignore", album / "b.jpg", album / "c.jpg").code == 0
    ran = dedupe(*scan)
    assert groups(ran) == [["a.jpg", "b.jpg"]]
    assert "1 pair is left out: you said that it is no duplicate (dedupe ignore --list)." in notes(ran)
    assert dedupe("ignore", *sorted(album.iterdir())).code == 0
    ran = dedupe(*scan)
    assert groups(ran) == [] and "3 pairs are left out" in notes(ran)


def test_a_moved_file_stays_ignored_and_an_edited_one_does_not(dedupe, album):
    dedupe("ignore", *sorted(album.iterdir()))
    (album / "c.jpg").rename(album / "moved.jpg")
    with Image.open(album / "b.jpg") as picture:
        picture.save(album / "b.jpg", quality=80)
    assert groups(dedupe("scan", album, "--json", "-d", "pdq")) == [["a.jpg", "b.jpg"]]


def test_find_and_leak_leave_it_out_and_say_so(dedupe, album, tmp_path):
    dedupe("ignore", album / "a.jpg", album / "c.jpg")
    for more in ((), ("-n", 1)):
        ran = dedupe("find", album / "a.jpg", album, "--json", "-d", "pdq", *more)
        assert [Path(each["path"]).name for each in ran.lines("match")] == ["b.jpg"]
        assert "1 pair is left out" in notes(ran)
    for name, files in {"train": "a", "test": "bc"}.items():
        (tmp_path / name / "x").mkdir(parents=True)
        for file in files:
            shutil.copy(album / f"{file}.jpg", tmp_path / name / "x")
    ran = dedupe("leak", tmp_path / "train", tmp_path / "test", "--json")
    assert groups(ran) == [["a.jpg", "b.jpg"]] and "1 pair is left out" in notes(ran)


def test_a_flat_picture_of_equal_pixels_is_left_out_too(dedupe, tmp_path):
    Image.new("RGB", (90, 60), "white").save(tmp_path / "a.png")
    Image.new("RGB", (90, 60), "white").save(tmp_path / "b.bmp")
    assert groups(dedupe("scan", tmp_path, "--json", "-d", "pdq")) != []
    dedupe("ignore", tmp_path / "a.png", tmp_path / "b.bmp")
    assert groups(dedupe("scan", tmp_path, "--json", "-d", "pdq")) == []


def test_references_stay_kept(dedupe, album, tmp_path):
    (tmp_path / "library").mkdir()
    (album / "a.jpg").rename(tmp_path / "library" / "a.jpg")
    dedupe("ignore", tmp_path / "library" / "a.jpg", album / "b.jpg")
    ran = dedupe("scan", album, "--reference", tmp_path / "library", "--json", "-d", "pdq")
    assert groups(ran) == [["a.jpg", "c.jpg"]]


def test_the_list_shows_pairs_and_remove_takes_them_off_also_by_where_a_lost_file_stood(dedupe, album):
    dedupe("ignore", *sorted(album.iterdir()))
    shown = [json.loads(line) for line in dedupe("ignore", "--list").out.splitlines()]
    assert len(shown) == 3 and all(each["type"] == "ignored" and each["a"] < each["b"] for each in shown)
    assert sorted(shown[0]["paths"]) == [str(album / "a.jpg"), str(album / "b.jpg")]
    assert "already" in dedupe("ignore", album / "b.jpg", album / "a.jpg").err
    (album / "c.jpg").unlink()
    ran = dedupe("ignore", "--remove", album / "a.jpg", "c.jpg", cwd=album)
    assert ran.code == 0 and ran.err == "1 pair is forgotten.\n"
    left = [json.loads(line)["paths"] for line in dedupe("ignore", "--list").out.splitlines()]
    assert len(left) == 2 and sorted([str(album / "a.jpg"), str(album / "c.jpg")]) not in map(sorted, left)
    again = dedupe("ignore", "--remove", album / "a.jpg", album / "c.jpg")
    assert again.code == 2 and "No pair of these files" in again.err


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="the file system takes Unicode names alone")
def test_a_name_that_is_no_text_stays_what_it_is(dedupe, album):
    odd = os.fsencode(album) + b"/odd\xff\n.jpg"
    shutil.copy(album / "b.jpg", os.fsdecode(odd))
    assert dedupe("ignore", odd, album / "a.jpg").code == 0
    (line,) = dedupe("ignore", "--list").lines("ignored")
    assert any(isinstance(each, dict) and each["path_b64"] for each in line["paths"])
    assert dedupe("ignore", "--remove", odd, album / "a.jpg").code == 0


def test_what_cannot_be_ignored_is_refused_in_one_sentence(dedupe, album):
    shutil.copy(album / "a.jpg", album / "copy.jpg")
    for files, said in (
        ([album / "a.jpg"], "two files"),
        (
            [album / "a.jpg", album / "copy.jpg"],
            "goes by bytes alone: nothing was remembered. To keep both say so in a plan",
        ),
        ([album / "a.jpg", album / "a.jpg"], "twice"),
        ([album / "a.jpg", album], "is a folder"),
        (["--list", album / "a.jpg"], "stands alone"),
    ):
        ran = dedupe("ignore", *files)
        assert ran.code == 2 and said in ran.err and ran.err.count("\n") == 1, ran.err
    assert dedupe("ignore", album / "a.jpg", album / "gone.jpg").code == 3
    assert dedupe("ignore", "--list").out == ""


@pytest.mark.parametrize("line", ["{", "[]", '{"a":"blake3:00","b":"","date":"","paths":["x","y"]}', '{"paths":["x"]}'])
def test_a_damaged_list_stops_a_scan_and_names_the_line(dedupe, album, own_cache, line):
    """To go on would offer for removal what the user has said is no duplicate."""
    dedupe("ignore", album / "a.jpg", album / "b.jpg")
    place = own_cache / "data" / "ignored.jsonl"
    place.write_text(place.read_text() + line + "\n")
    for command in (("scan", album), ("ignore", album / "a.jpg", album / "c.jpg"), ("ignore", "--list")):
        ran = dedupe(*command)
        assert ran.code == 3 and "line 2" in ran.err and not ran.lines("group"), ran.err
    assert line in place.read_text()


def test_a_damaged_list_is_said_before_the_work(album, own_cache, monkeypatch):
    import dedupe
    from dedupe.errors import DedupeError

    monkeypatch.setenv("DEDUPE_DATA", str(own_cache / "data"))
    (own_cache / "data").mkdir(exist_ok=True)
    (own_cache / "data" / "ignored.jsonl").write_text("{\n")
    told: list[object] = []
    words = {"descriptor": "pdq", "cache": "none", "progress": lambda *what: told.append(what)}
    for look in (
        lambda: dedupe.scan(album, **words),
        lambda: dedupe.find(album / "a.jpg", album, **words),
        lambda: dedupe.leak(album, album, **words),
    ):
        with pytest.raises(DedupeError, match="line 1"):
            look()
    assert told == []


def test_nothing_is_lost_where_several_write_at_once(tmp_path, own_cache):
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(b"%d" % number)
    code = "import sys; from dedupe import ignored; ignored.add(*sys.argv[1:])"
    pairs = [(a, b) for a in range(5) for b in range(a)]
    running = [
        subprocess.Popen([sys.executable, "-c", code, *(str(tmp_path / str(each)) for each in pair)]) for pair in pairs
    ]
    assert [each.wait(60) for each in running] == [0] * len(pairs)
    assert len((own_cache / "data" / "ignored.jsonl").read_text().splitlines()) == len(pairs)
