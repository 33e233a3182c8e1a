"""`dedupe distort`: a folder of copies and the list of their pairs."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FIFTEEN = {
    *("blur", "noise", "rotate", "shear", "crop", "occlude", "hflip", "vflip"),
    *("bright", "dark", "histeq", "compress", "decimate", "upscale", "downscale"),
}


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    folder = tmp_path / "album"
    (folder / "more").mkdir(parents=True)
    for photo in photos[:2]:
        shutil.copy(photo, folder)
    shutil.copy(photos[2], folder / "more" / photos[0].name.upper())
    return folder


def pairs(folder: Path) -> list[dict[str, str]]:
    with (folder / "pairs.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
        return list(csv.DictReader(stream))


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_the_seed_set_is_written_with_its_pairs(dedupe, album, tmp_path):
    ran = dedupe("distort", album, "-o", tmp_path / "out")
    assert ran.code == 0, ran.err
    header, summary = ran.lines()
    assert header["command"] == "distort" and summary["type"] == "summary"
    assert summary["files"] == 3 and len(summary["copies"]) == 15 and set(summary["copies"].values()) == {3}
    assert {path.name for path in (tmp_path / "out").iterdir()} == FIFTEEN | {"pairs.csv"}
    rows = pairs(tmp_path / "out")
    assert len(rows) == 45 and {row["same"] for row in rows} == {"1"} and "blur@1(sigma=1.25)" in rows[0]["distortion"]
    copies = {tmp_path / "out" / row["b"] for row in rows}
    assert len(copies) == 45 and copies == set((tmp_path / "out").glob("*/*"))
    for row in rows:
        original = tmp_path / "out" / row["a"]
        assert original.resolve().is_relative_to(album.resolve()) and original.is_file()


def test_copies_are_what_the_distortion_gives(dedupe, album, tmp_path, photos):
    ran = dedupe("distort", album, "-o", tmp_path / "out", "--form", "png", "--distortions", "hflip,crop:margin=0.2")
    assert ran.code == 0, ran.err
    original = pixels(photos[0])
    assert np.array_equal(pixels(tmp_path / "out" / "hflip" / f"{photos[0].stem}.png"), original[:, ::-1])
    height, width, _ = original.shape
    cropped = pixels(tmp_path / "out" / "crop-margin=0.2" / f"{photos[0].stem}.png")
    assert cropped.shape == (height - 2 * (height // 5), width - 2 * (width // 5), 3)


def test_one_name_twice_is_told_apart_and_belongs_to_its_photo(dedupe, album, tmp_path, photos):
    dedupe("distort", album, "-o", tmp_path / "out", "--form", "png", "--distortions", "vflip")
    names = sorted(os.listdir(tmp_path / "out" / "vflip"))
    assert len(names) == len({name.casefold() for name in names}) == 3
    for row in pairs(tmp_path / "out"):
        assert np.array_equal(pixels(tmp_path / "out" / row["b"]), pixels(tmp_path / "out" / row["a"])[::-1])


def test_the_seed_decides_what_is_drawn_and_workers_do_not(dedupe, album, tmp_path):
    def drawn(name: str, *options: object) -> list[bytes]:
        ran = dedupe("distort", album, "-o", tmp_path / name, "--distortions", "noise,part,collage,occlude", *options)
        assert ran.code == 0, ran.err
        return [path.read_bytes() for path in sorted((tmp_path / name).glob("*/*"))]

    first = drawn("1")
    assert first == drawn("2", "-j", 1) and first != drawn("3", "--seed", 7)


def test_nothing_is_overwritten(dedupe, album, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("precious")
    ran = dedupe("distort", album, "-o", tmp_path / "full")
    assert ran.code == 2 and "not empty" in ran.err and os.listdir(tmp_path / "full") == ["mine"]
    (tmp_path / "empty").mkdir()
    assert dedupe("distort", album, "-o", tmp_path / "empty", "--distortions", "grey").code == 0
    ran = dedupe("distort", album, "-o", tmp_path / "full" / "mine")
    assert ran.code == 4 and "mine is a file" in ran.err and "name a folder" in ran.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--distortions", "blurr"], "Did you mean 'blur'"),
        (["--distortions", "blur:sigma=x"], "takes a number"),
        (["--distortions", ","], "No distortion was asked for"),
        (["--form", "gif"], "jpg or png"),
        (["--quality", "0"], "from 1 to 100"),
        (["-j", "0"], "at least 1 worker"),
    ],
)
def test_what_makes_no_sense_makes_no_folder(dedupe, album, tmp_path, options, sentence):
    ran = dedupe("distort", album, "-o", tmp_path / "out", *options)
    assert ran.code == 2 and sentence in ran.err and not (tmp_path / "out").exists()


def test_nothing_to_distort(dedupe, tmp_path):
    (tmp_path / "none").mkdir()
    ran = dedupe("distort", tmp_path / "none", "-o", tmp_path / "out")
    assert ran.code == 2 and "no picture" in ran.err
    ran = dedupe("distort", tmp_path / "missing", "-o", tmp_path / "out")
    assert ran.code == 3 and "no such file" in ran.err and not (tmp_path / "out").exists()


def test_a_plugin_brings_a_distortion(dedupe, album, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from dedupe import hookimpl\n"
        "class Invert:\n"
        "    name, version = 'invert', '1'\n"
        "    def apply(self, image, rng):\n"
        "        return 255 - image\n"
        "@hookimpl\n"
        "def dedupe_distortions():\n"
        "    return [Invert]\n"
    )
    options = ["--plugin", tmp_path / "mine.py", "--distortions", "invert,hflip", "--form", "png"]
    ran = dedupe("distort", album, "-o", tmp_path / "out", *options)
    assert ran.code == 0, ran.err
    row = next(row for row in pairs(tmp_path / "out") if row["distortion"].startswith("invert@1+"))
    assert np.array_equal(pixels(tmp_path / "out" / row["b"]), 255 - pixels(tmp_path / "out" / row["a"]))


def test_the_table_says_what_was_made(capsys):
    import io

    from dedupe.model import Failure, Header
    from dedupe.model.copies import Copies
    from dedupe.report.copies import write_table

    failure = Failure(b"a/\x1b.jpg", "distort", "too_small", "crop needs 10 x 10 pixels; the picture has 2 x 2.")
    made = Copies(Header("distort", (), {}), b"out/pairs.csv", 2, {"crop@1(margin=0.1)": 1}, [failure], {}, {})
    stream = io.StringIO()
    write_table(made, stream)
    text = stream.getvalue()
    assert "crop@1(margin=0.1)" in text and "(1 too small); -v names it" in text and "out/pairs.csv" in text


def test_files_are_chosen_as_everywhere(dedupe, album, tmp_path, photos):
    (tmp_path / "list.txt").write_text(f"{photos[3]}\n")
    with Image.open(photos[1]) as image:
        image.resize((20, 20)).save(album / "tiny.png")
    options = ("--files-from", tmp_path / "list.txt", "--exclude", "more", "--min-pixels", 500)
    ran = dedupe("distort", album, "-o", tmp_path / "out", "--distortions", "blur", *options)
    assert ran.code == 0 and {Path(row["a"]).name for row in pairs(tmp_path / "out")} == {
        *(photo.name for photo in (photos[0], photos[1], photos[3]))
    }
    assert ran.lines("summary")[0]["others"] == {"excluded": 1, "too few pixels": 1}
    ran = dedupe("distort", "-o", tmp_path / "none")
    assert ran.code == 2 and "name a folder" in ran.err
