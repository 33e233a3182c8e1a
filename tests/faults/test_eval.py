"""What goes wrong in an evaluation is a sentence, and costs no more than it must."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

BROKEN = """
import numpy as np
from dedupe import Decode, PictureError, hookimpl

class Sum:
    name, version, metric, threshold = "sum", "1", "l2", 1.0
    decode = Decode((8, 8), "RGB", resample="box")
    def describe(self, images):
        return images.reshape(len(images), 192).astype(np.float32)

class Nan(Sum):
    name = "nan"
    def describe(self, images):
        return np.full((len(images), 3), np.nan, np.float32)

class Raises:
    name, version = "raises", "1"
    def apply(self, image, rng):
        raise RuntimeError("it broke")

class Picky:
    name, version = "picky", "1"
    def apply(self, image, rng):
        if image[0, 0, 0] % 8 == 0:
            raise PictureError("too_small", "This picture is too small for it.")
        return image.copy()

class Shy:
    name, version = "shy", "1"
    def __init__(self, share: float = 0.4, at: int = 0):
        self.share, self.at = share, at
    def apply(self, image, rng):
        if self.at <= image[:99, :99].astype(int).sum() % 10 < self.at + 10 * self.share:
            raise PictureError("too_small", "This picture is too small for it.")
        return image.copy()

class Slow(Sum):
    name = "slow"
    def describe(self, images):
        import sys, time
        if len(images) > 1:
            print("slow: started", file=sys.stderr, flush=True)
        time.sleep(0.02 * len(images))
        return super().describe(images)

@hookimpl
def dedupe_descriptors():
    return [Sum, Nan, Slow]

@hookimpl
def dedupe_distortions():
    return [Raises, Picky, Shy]
"""


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[:60]:
        shutil.copy(photo, folder)
    return folder


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    file = tmp_path / "broken.py"
    file.write_text(BROKEN)
    return file


def test_too_few_photos_are_a_sentence(dedupe, tmp_path, photos):
    for photo in photos[:19]:
        shutil.copy(photo, tmp_path)
    ran = dedupe("eval", tmp_path, "-d", "dhash", "--distortions", "blur")
    assert ran.code == 2 and "at least 20 different photos; here are 19." in ran.err and not ran.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-d", "dhsh"], "'dhsh' is not a descriptor. Did you mean 'dhash'"),
        (["--distortions", "blurr"], "'blurr' is not a distortion. Did you mean 'blur'"),
        (["--distortions", "blur:sigmas=2"], "'sigmas' is not a parameter"),
        (["--distortions", ","], "No distortion was asked for"),
        (["--turns", "some"], "--turns some"),
        (["--report", "page.txt"], "ends with .html"),
        (["--load", "x.npz", "--save", "y.npz"], "leave out folders, --files-from and --save"),
        (["--load", "x.npz", "-d", "pdq"], "-d would have no effect with --load"),  # the default, but asked for
        (
            ["--load", "x.npz", "--distortions", "blur", "--turns", "flips"],
            "--distortions and --turns would have no effect with --load",
        ),
        (["--load", "x.npz", "--max-pixels", "9"], "--max-pixels would have no effect"),
        (["--load", "x.npz", "photos"], "leave out folders"),
        (["--csv", "--format", "table"], "contradict"),
        (["--save", "x.html", "--report", "./x.html"], "--report and --save name the same file"),
    ],
)
def test_a_wrong_request_is_a_sentence(dedupe, tmp_path, options, words):
    ran = dedupe("eval", *options, cwd=tmp_path)
    assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err and not list(tmp_path.iterdir())


def test_a_descriptor_that_fails_costs_the_others_nothing(dedupe, album, plugin):
    ran = dedupe("eval", album, "-d", "dhash", "-d", "nan", "--distortions", "blur", "--plugin", plugin)
    alone = dedupe("eval", album, "-d", "dhash", "--distortions", "blur")
    assert ran.code == 0 and ran.lines("result") == alone.lines("result")
    assert "The descriptor nan failed on most photos and is left out." in ran.lines("header")[0]["notes"]
    assert {line["reason"] for line in ran.lines("failure")} == {"not_finite"}


def test_when_every_descriptor_fails_it_says_why(dedupe, album, plugin):
    ran = dedupe("eval", album, "-d", "nan", "--distortions", "blur", "--plugin", plugin)
    assert ran.code == 3 and "no finite numbers" in ran.err and not ran.out


def test_a_distortion_that_fails_is_left_out(dedupe, album, plugin):
    ran = dedupe("eval", album, "-d", "dhash", "--distortions", "raises,blur", "--plugin", plugin)
    assert ran.code == 0 and [line["distortion"] for line in ran.lines("result")] == ["blur"]
    assert "it broke" in ran.lines("failure")[0]["message"]
    assert ran.lines("header")[0]["negatives"] == 60 * 59 // 2 + 60 * 59


def test_a_photo_that_one_distortion_cannot_take_is_left_out_and_listed(dedupe, album, plugin):
    ran = dedupe("eval", album, "-d", "dhash", "--distortions", "picky,blur", "--plugin", plugin)
    failures = ran.lines("failure")
    left = 60 - len({line["path"] for line in failures})
    assert ran.code == 0 and 20 <= left < 60 and {line["reason"] for line in failures} == {"too_small"}
    assert {line["n"] for line in ran.lines("result")} == {left}
    assert ran.lines("header")[0]["negatives"] == left * (left - 1) // 2 + 2 * left * (left - 1)


def test_twenty_photos_are_enough_though_one_is_too_small_for_one_distortion(dedupe, tmp_path, photos):
    for photo in photos[:19]:
        shutil.copy(photo, tmp_path)
    with Image.open(photos[19]) as image:
        image.resize((14, 14)).save(tmp_path / "small.png")
    ran = dedupe("eval", tmp_path, "-d", "dhash", "--distortions", "caption,blur")
    assert ran.code == 0 and {line["n"] for line in ran.lines("result")} == {19} and len(ran.lines("result")) == 2, (
        ran.err
    )
    assert [(line["path"], line["reason"]) for line in ran.lines("failure")] == [(f"{tmp_path}/small.png", "too_small")]
    assert ran.lines("header")[0]["notes"] == [
        "1 photo on which something failed is left out.",
        "Only 19 photos are left, and fewer than 20 say little: take more photos, or leave out what fails.",
    ]


def test_distortions_that_leave_too_few_photos_together_go_one_by_one(dedupe, album, plugin):
    for photo in sorted(album.iterdir())[30:]:
        photo.unlink()
    distortions = "blur,shy:share=0.4,shy:at=4,share=0.3,shy:at=7,share=0.3"
    ran = dedupe("eval", album, "-d", "dhash", "--distortions", distortions, "--plugin", plugin)
    kept = [line["distortion"] for line in ran.lines("result")]
    notes = [note for note in ran.lines("header")[0]["notes"] if note.startswith("The distortion shy")]
    assert ran.code == 0 and kept[0] == "blur" and 1 < len(kept) < 4 and len(notes) == 4 - len(kept), ran.err
    assert all(line["n"] >= 15 for line in ran.lines("result"))


def test_a_broken_photo_changes_nothing_for_the_others(dedupe, album):
    good = dedupe("eval", album, "-d", "dhash", "--distortions", "blur,crop")
    photo = sorted(album.iterdir())[0]
    (album / "half.jpg").write_bytes(photo.read_bytes()[: photo.stat().st_size // 2])
    (album / "empty.jpg").write_bytes(b"")
    ran = dedupe("eval", album, "-d", "dhash", "--distortions", "blur,crop")
    assert ran.code == 0 and len(ran.lines("failure")) == 2 and ran.lines("result") == good.lines("result")


def test_what_was_saved_before_stands(dedupe, album, tmp_path):
    raw = tmp_path / "raw.npz"
    words = ["eval", album, "-d", "dhash", "--distortions", "blur", "--save", raw]
    raw.write_bytes(b"mine")
    ran = dedupe(*words)
    assert ran.code == 4 and "is not a file of raw distances" in ran.err and raw.read_bytes() == b"mine"
    raw.unlink()
    assert dedupe(*words).code == 0
    before = raw.read_bytes()
    ran = dedupe(*words)
    assert ran.code == 2 and "such a file already" in ran.err and raw.read_bytes() == before
    missing = dedupe("eval", album, "--save", tmp_path / "no" / "raw.npz")
    assert missing.code == 3 and "nothing can be written" in missing.err


def test_an_old_page_stands_when_the_work_fails(dedupe, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")
    ran = dedupe("eval", "--load", tmp_path / "missing.npz", "--report", page)
    assert ran.code == 3 and page.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["page.html"]


def test_names_are_escaped_in_the_page(dedupe, album, plugin, tmp_path):
    name = '</script><script>alert(1)</script><img src=x onerror="y">.jpg'
    (album / name.replace("/", "_")).write_bytes(b"nothing")
    dedupe("eval", album, "-d", "dhash", "--distortions", "blur", "--report", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "alert(1)" in text and "<script>alert" not in text and "<img" not in text and text.count("</script>") == 1


def test_photos_that_are_known_in_part_keep_what_is_known(dedupe, album, tmp_path):
    """Copies of pictures of which the cache has one descriptor: only the other is computed, and neither is lost."""
    dedupe("describe", album, "-d", "dhash")
    copies = tmp_path / "copies"
    shutil.copytree(album, copies)
    ran = dedupe("describe", copies, "-d", "dhash", "-d", "pdq")
    assert len(ran.lines("descriptor")) == 2 * 60
    ran = dedupe("eval", copies, "-d", "dhash", "-d", "phash", "--distortions", "blur")
    assert ran.code == 0 and ran.lines("header")[0]["photos"] == 60


def test_an_interrupted_run_goes_on_where_it_was(dedupe, album, plugin, own_cache):
    for photo in sorted(album.iterdir())[24:]:
        photo.unlink()
    words = ["eval", str(album), "-d", "slow", "--distortions", "blur,crop", "--plugin", str(plugin), "-j", "1"]
    environment = {**os.environ, "DEDUPE_CACHE": str(own_cache)}
    command = [sys.executable, "-P", "-m", "dedupe", *words]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stderr is not None
    said = b""
    while said.count(b"slow: started") < 2 and (line := running.stderr.readline()):  # now the copies are described
        said += line
    known = contents(dedupe)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130 and not out, err
    assert b"Interrupted. What was finished has been saved.\n" in err  # a worker may say something after it
    assert known and contents(dedupe) >= known
    again = dedupe(*words)
    assert again.code == 0 and {line["n"] for line in again.lines("result")} == {24}
    assert dedupe(*words).lines("summary")[0]["described"] == 0


def test_without_a_cache_an_interrupted_run_promises_nothing(album, plugin):
    words = ["eval", str(album), "-d", "slow", "--distortions", "blur", "--plugin", str(plugin), "--cache", "none"]
    command = [sys.executable, "-P", "-m", "dedupe", *words]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stderr is not None
    said = running.stderr.readline()
    while said and b"slow: started" not in said:
        said = running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130 and not out and err.endswith(b"Interrupted.\n") and b"saved" not in err, err


def contents(dedupe) -> int:
    """How many pictures the cache knows."""
    return dedupe("cache", "info", "--json").lines()[0]["contents"]
