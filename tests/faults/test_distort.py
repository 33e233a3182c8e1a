"""`dedupe distort` among broken pictures, odd names, full disks, dying workers and interruptions."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from dedupe.copies import distort
from dedupe.copies.names import folders, stems
from dedupe.copies.target import publish
from dedupe.errors import DedupeError

NAMES = [
    b"new\nline.jpg",
    b"return\rhere.jpg",
    b"esc\x1b[31mred.jpg",
    b"quote\",'.jpg",
    b"-rf.jpg",
    b"\xff\xfe.jpg",
    "café \U0001f600.jpg".encode(),
    b"a" * 251 + b".jpg",
    b"\xff" * 251 + b".jpg",
    ("é" * 125).encode() + b".jpg",
    b"back\\slash.jpg",
    b"..dots..jpg",
]


def pairs(folder: Path) -> list[dict[str, str]]:
    with (folder / "pairs.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
        return list(csv.DictReader(stream))


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.startswith(".") and path.suffix == ".part"]


@pytest.mark.skipif(sys.platform != "linux", reason="file systems that take any bytes")
def test_odd_names_are_kept_byte_for_byte(tmp_path, photos):
    album = tmp_path / "album"
    album.mkdir()
    for name in NAMES:
        shutil.copy(photos[0], os.path.join(os.fsencode(album), name))
    made = distort([album], tmp_path / "out", distortions="hflip,occlude")
    assert not made.failures and made.files == len(NAMES)
    rows = pairs(tmp_path / "out")
    originals = {os.path.basename(os.fsencode(row["a"])) for row in rows}
    assert originals == set(NAMES) and len(rows) == 2 * len(NAMES)
    assert all((tmp_path / "out" / row["a"]).is_file() and (tmp_path / "out" / row["b"]).is_file() for row in rows)
    assert len({row["b"] for row in rows}) == len(rows)


def test_names_that_meet_are_numbered():
    found = stems([b"a/x.jpg", b"b/X.png", b"x-2.jpg", b"c/x.gif", b"y", b"a" * 300 + b".jpg", b"a" * 301 + b".jpg"])
    assert found == [b"x", b"X-2", b"x-2-2", b"x-3", b"y", b"a" * 200, b"a" * 200 + b"-2"]
    assert stems([("é" * 150).encode() + b".jpg"]) == [("é" * 100).encode()]
    same = stems([b"%d/image.jpg" % i for i in range(3000)])
    assert len(set(same)) == 3000
    assert folders(["blur:sigma=3", "blur", "Blur", "a:b=../x"]) == ["blur-sigma=3", "blur", "Blur-2", "a-b=..-x"]


def test_bad_pictures_are_listed_and_the_rest_is_made(dedupe, tmp_path, photos):
    album = tmp_path / "album"
    album.mkdir()
    shutil.copy(photos[0], album / "good.jpg")
    data = photos[1].read_bytes()
    (album / "cut.jpg").write_bytes(data[: len(data) // 2])
    (album / "empty.png").write_bytes(b"")
    (album / "text").write_text("no picture, and no suffix")
    Image.new("RGB", (2, 1)).save(album / "tiny.png")
    Image.new("RGB", (300, 300)).save(album / "large.png")
    ran = dedupe("distort", album, "-o", tmp_path / "out", "--distortions", "crop,blur", "--max-pixels", 80000)
    assert ran.code == 0, ran.err
    reasons = {Path(line["path"]).name: (line["stage"], line["reason"]) for line in ran.lines("failure")}
    assert reasons == {
        "cut.jpg": ("decode", "truncated"),
        "empty.png": ("decode", "empty"),
        "tiny.png": ("distort", "too_small"),
        "large.png": ("decode", "too_large"),
    }
    made = {row["b"] for row in pairs(tmp_path / "out")}
    assert made == {"crop/good.jpg", "blur/good.jpg", "blur/tiny.jpg"}
    assert {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").glob("*/*")} == made


HOSTILE = """
import os, time
from dedupe import hookimpl
class Hostile:
    name, version = 'hostile', '1'
    def __init__(self, how: str = "exit"):
        self.how = how
    def apply(self, image, rng):
        if image.shape[0] == 64:
            if self.how == "exit":
                os._exit(3)
            if self.how == "hang":
                time.sleep(600)
            if self.how == "memory":
                return bytearray(1 << 44)
            raise RuntimeError("no luck")
        return image[::-1]
@hookimpl
def dedupe_distortions():
    return [Hostile]
"""


@pytest.mark.parametrize(
    ("how", "reason"), [("exit", "crashed"), ("hang", "timeout"), ("memory", "memory"), ("raise", "raised")]
)
def test_a_distortion_that_kills_hangs_or_raises_costs_one_photo(dedupe, tmp_path, photos, how, reason):
    album = tmp_path / "album"
    album.mkdir()
    for photo in photos[:3]:
        shutil.copy(photo, album)
    Image.new("RGB", (64, 64), "red").save(album / "b-guilty.png")
    (tmp_path / "hostile.py").write_text(HOSTILE)
    options = ["--plugin", tmp_path / "hostile.py", "--distortions", f"grey,hostile:how={how}", "--file-timeout", 2]
    ran = dedupe("distort", album, "-o", tmp_path / "out", *options)
    assert ran.code == 0, ran.err
    (failure,) = ran.lines("failure")
    assert failure["path"].endswith("b-guilty.png") and failure["reason"] == reason
    rows = pairs(tmp_path / "out")
    assert len(rows) == 7 and all((tmp_path / "out" / row["b"]).is_file() for row in rows)
    assert not hidden(tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupted_run_leaves_whole_pictures_and_their_list(tmp_path, photos):
    command = [sys.executable, "-P", "-m", "dedupe", "distort", photos[0].parent, "-o", tmp_path / "out"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not list((tmp_path / "out").glob("*/*.jpg")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and b"Interrupted" in err
    rows = pairs(tmp_path / "out")
    files = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").glob("*/*")}
    assert {row["b"] for row in rows} == files and 0 < len(files) < 15 * len(photos)
    for name in files:
        with Image.open(tmp_path / "out" / name) as image:
            image.load()
    assert not hidden(tmp_path / "out")


def test_a_file_that_appears_meanwhile_stands(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(b"theirs")
    with pytest.raises(DedupeError, match="cannot be written"):
        publish(os.fsencode(path), b"ours")
    assert path.read_bytes() == b"theirs" and os.listdir(tmp_path) == ["x.jpg"]


def test_without_hard_links_a_file_is_renamed_and_still_none_replaced(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    path = os.fsencode(tmp_path / "x.jpg")
    publish(path, b"ours")
    with pytest.raises(DedupeError):
        publish(path, b"again")
    assert (tmp_path / "x.jpg").read_bytes() == b"ours" and os.listdir(tmp_path) == ["x.jpg"]


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_a_full_disk_ends_it_with_a_sentence(tmp_path, monkeypatch):
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr("dedupe.whole.writing.begun", lambda _: full)
        with pytest.raises(DedupeError, match=r"No space left.*finished stand"):
            publish(os.fsencode(tmp_path / "x.jpg"), b"ours")
    assert os.listdir(tmp_path) == []


def test_an_unwritable_place_is_said(dedupe, tmp_path, photos):
    (tmp_path / "file").write_text("")
    ran = dedupe("distort", photos[0], "-o", tmp_path / "file" / "below")
    assert ran.code in (2, 3) and "below" in ran.err and "Traceback" not in ran.err
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    ran = dedupe("distort", photos[0], "-o", tmp_path / "link")
    assert ran.code == 2 and "leads nowhere" in ran.err


def test_the_list_is_found_through_a_link(tmp_path, photos):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "album").mkdir()
    shutil.copy(photos[0], tmp_path / "album")
    (tmp_path / "out").symlink_to(tmp_path / "deep" / "er")
    distort([tmp_path / "album"], tmp_path / "out", distortions="grey")
    (row,) = pairs(tmp_path / "out")
    assert (tmp_path / "out" / row["a"]).is_file(), row
