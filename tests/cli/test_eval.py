"""dedupe eval on the photos in the package: what it prints, writes and promises."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dedupe.evaluate.raw import load
from html_pages import checked

FEW = "blur,crop,hflip"


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty photos of the package."""
    from dedupe.testing import photos

    folder = tmp_path_factory.mktemp("album")
    for photo in sorted(photos())[::3][:40]:
        shutil.copy(photo, folder)
    return folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, album: Path) -> Path:
    """Raw distances of a run on the album."""
    from dedupe.evaluate import evaluate

    file = tmp_path_factory.mktemp("raw") / "raw.npz"
    evaluate([album], descriptors=["pdq", "dhash"], distortions=FEW, save=file, cache="none")
    return file


def test_every_descriptor_and_distortion_has_its_line(dedupe, album):
    ran = dedupe("eval", album, "-d", "pdq", "-d", "dhash", "--distortions", FEW)
    assert ran.code == 0, ran.err
    (header,) = ran.lines("header")
    assert header["photos"] == 40 and header["negatives"] == 40 * 39 // 2 + 3 * 40 * 39
    assert header["distortions"] == FEW.split(",") and len(header["descriptors"]) == 2
    results = {(line["descriptor"], line["distortion"]): line for line in ran.lines("result")}
    assert list(results) == [(d, k) for d in ("pdq", "dhash") for k in FEW.split(",")]
    fields = {"type", "descriptor", "distortion", "n", "t1", "t2", "above_t1", "above_t2", "auc", "recall", "interval"}
    fields.add("similar")
    for line in results.values():
        assert set(line) == fields and line["n"] == 40 and line["t1"] < line["t2"]
        assert set(line["recall"]) == {"1e-4", "1e-5", "1e-6"} and set(line["recall"].values()) == {None}
        assert 0 <= line["above_t2"] <= line["above_t1"] <= 1
    assert results["pdq", "blur"]["auc"] == 1 and results["pdq", "blur"]["above_t1"] == 0
    assert results["pdq", "hflip"]["above_t1"] > 0.9 and abs(results["pdq", "hflip"]["auc"] - 0.5) < 0.2
    assert [line["bytes"] for line in ran.lines("measured")] == [32, 8]
    assert all(line["milliseconds"] > 0 for line in ran.lines("measured")) and ran.lines()[-1]["type"] == "summary"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, album: Path) -> Path:
    """Raw distances of a run on twenty photos, with what a scan would report."""
    from dedupe import evaluate

    folder = tmp_path_factory.mktemp("few")
    for photo in sorted(album.iterdir())[:20]:
        shutil.copy(photo, folder)
    evaluate(
        [folder], descriptor="pdq", distortions="compress,hflip", judge=True, save=folder / "raw.npz", cache="none"
    )
    return folder / "raw.npz"


def test_the_judge_says_what_a_scan_would_report(dedupe, judged, tmp_path):
    ran = dedupe("eval", "--load", judged, "--json", "--report", tmp_path / "page.html")
    compress, hflip = ran.lines("reported")
    assert (compress["distortion"], compress["n"], compress["proposed"], compress["found"]) == ("compress", 20, 1, 1)
    assert sum(compress["kinds"].values()) == 20 and (hflip["proposed"], hflip["found"], hflip["kinds"]) == (0, 0, {})
    assert set(compress) == {"type", "distortion", "n", "proposed", "found", "interval", "kinds", "not_judged"}
    assert any(
        "A scan of 20 photos looks at pairs within pdq distance" in note for note in ran.lines("header")[0]["notes"]
    )
    table = dedupe("eval", "--load", judged, "--format", "table").out
    rows = [line.split() for line in table[table.index("What a scan") :].splitlines()]
    assert ["compress", "100", "100"] in rows and ["mean", "50.0", "50.0"] in rows
    assert "<h2>What a scan would report</h2>" in (tmp_path / "page.html").read_text()
    (row, _) = [line for line in csv.DictReader(dedupe("eval", "--load", judged, "--csv").out.splitlines())
                if line["type"] == "reported"]  # fmt: skip
    assert row["found"] == "1" and row["distortion"] == "compress" and "|" in row["interval"]


def test_orientations_find_mirrored_copies(dedupe, album):
    ran = dedupe("eval", album, "-d", "dhash", "--distortions", "hflip,vflip", "--turns", "flips")
    assert [line["above_t1"] for line in ran.lines("result")] == [0, 0]
    assert ran.lines("header")[0]["turns"] == "flips"


def test_without_photos_it_takes_those_in_the_package(dedupe):
    ran = dedupe("eval", "-d", "dhash", "--distortions", "blur", "--json")
    (header,) = ran.lines("header")
    assert ran.code == 0 and header["photos"] > 100 and "come with dedupe" in header["notes"][0]


def test_an_equal_and_a_flat_photo_are_left_out(dedupe, album, tmp_path):
    folder = tmp_path / "more"
    shutil.copytree(album, folder)
    first = sorted(folder.iterdir())[0]
    (folder / "again.jpg").write_bytes(first.read_bytes() + b"\0")  # another content, equal pixels
    Image.new("RGB", (200, 200), "white").save(folder / "blank.png")
    ran = dedupe("eval", folder, "-d", "dhash", "--distortions", "blur")
    (header,) = ran.lines("header")
    assert header["photos"] == 40 and len(header["notes"]) == 2 and ran.code == 0


@pytest.fixture
def crowded(album, tmp_path) -> Path:
    """The album with four of its photos once more: re-saved, made smaller, and one of them twice."""
    folder = tmp_path / "crowded"
    shutil.copytree(album, folder)
    for number, photo in enumerate(sorted(album.iterdir())[:4]):
        with Image.open(photo) as image:
            image.resize((image.width * 2 // 3, image.height * 2 // 3)).save(folder / f"zz{number}.png")
            if not number:
                image.save(folder / "zzz.jpg", quality=70)
    return folder


@pytest.mark.parametrize("descriptor", ["pdq", "phash:bits=256"])
def test_of_photos_that_are_too_alike_one_takes_part_and_it_says_which_they_are(dedupe, album, crowded, descriptor):
    words = ("-d", descriptor, "--distortions", "blur,crop")
    ran, plain = dedupe("eval", crowded, *words), dedupe("eval", album, *words)
    (header,) = ran.lines("header")
    assert ran.code == 0 and header["photos"] == 40 and ran.lines("result") == plain.lines("result"), ran.err
    (note,) = [note for note in header["notes"] if "near-duplicate" in note]
    assert note.startswith("5 photos are near-duplicates of others and left out")
    assert note.count(" (re-encoded, pdq ") == 3 and "zz" in note and "scan lists them all" in note
    assert ran.lines("summary")[0]["kinds"] == {"re-encoded": 5} and "(5 re-encoded)" in note
    table = dedupe("eval", crowded, *words, "--format", "table")
    assert note in table.out


def test_mirrored_photos_are_too_alike_where_orientations_count(dedupe, album, tmp_path):
    folder = shutil.copytree(album, tmp_path / "mirrored")
    with Image.open(sorted(album.iterdir())[5]) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    words = ("eval", folder, "-d", "dhash", "--distortions", "blur")
    upright, turned = dedupe(*words), dedupe(*words, "--turns", "flips")
    assert upright.lines("header")[0]["photos"] == 41 and turned.lines("header")[0]["photos"] == 40
    assert "1 photo is a near-duplicate of others and left out" in turned.lines("header")[0]["notes"][0]


def test_too_few_that_are_apart_are_a_sentence(dedupe, album, tmp_path):
    for number, photo in enumerate(sorted(album.iterdir())[:15]):
        with Image.open(photo) as image:
            image.save(tmp_path / f"{number}-a.png")
            image.save(tmp_path / f"{number}-b.jpg", quality=80)
    ran = dedupe("eval", tmp_path, "-d", "dhash", "--distortions", "blur")
    assert ran.code == 2 and "here are 15." in ran.err and "15 photos are near-duplicates of others" in ran.err


FLAT = """
import numpy as np
from dedupe import Decode, hookimpl

class Coarse:
    name, version, metric, threshold = "coarse", "1", "hamming", 1
    decode = Decode((2, 2))
    def describe(self, images):
        return np.packbits(images.reshape(len(images), 4) > 127, axis=1)

@hookimpl
def dedupe_descriptors():
    return [Coarse]
"""


def test_where_no_distance_keeps_a_rate_there_is_no_recall_and_not_one_of_0(dedupe, tmp_path):
    """Four bits: photos that have nothing to do with each other have the same ones."""
    (tmp_path / "coarse.py").write_text(FLAT)
    seven = "blur,hflip,vflip,bright,dark,compress,noise"
    words = ("--plugin", tmp_path / "coarse.py", "--distortions", seven, "-d", "coarse", "-d", "pdq")
    ran = dedupe("eval", *words, "--json", "--report", tmp_path / "page.html", "--save", tmp_path / "raw.npz")
    results = [line for line in ran.lines("result") if line["descriptor"] == "coarse"]
    assert len(results) == 7 and {line["recall"]["1e-4"] for line in results} == {None}, ran.err
    assert {line["interval"]["1e-4"] for line in results} == {None}
    assert ran.lines("measured")[0]["threshold"]["1e-4"] is None
    (note,) = [note for note in ran.lines("header")[0]["notes"] if note.startswith("coarse: ")]
    assert "no recall at a rate of 1e-4" in note
    table = dedupe("eval", "--load", tmp_path / "raw.npz", "--format", "table").out
    recall = table[table.index("Recall at a") : table.index("Distances above T1")]
    rows = [line.split() for line in recall.splitlines()]
    assert ["distortion", "coarse", "pdq"] in rows and {row[1] for row in rows if row[:1] in (["blur"], ["mean"])} == {
        "-"
    }
    page = (tmp_path / "page.html").read_text()
    first = page[page.index("Recall by distortion") : page.index("Distances above T1")]
    assert first.count("<td>-</td>") == 9
    alone = dedupe("eval", *words[:-2], "--format", "table").out
    assert "No recall: as many pairs of different photos as the rates allow are at distance 0." in alone


def test_figures_come_again_from_what_was_saved(dedupe, album, saved, tmp_path):
    new = dedupe("eval", album, "-d", "pdq", "-d", "dhash", "--distortions", FEW, "--save", tmp_path / "raw.npz")
    again = dedupe("eval", "--load", tmp_path / "raw.npz")
    assert again.lines()[1:] == new.lines()[1:]
    assert dedupe("eval", "--load", saved).lines("result") == new.lines("result")


def test_what_has_an_effect_on_saved_distances_is_allowed(dedupe, saved, tmp_path):
    plain = dedupe("eval", "--load", saved)
    words = ["--union", "--seed", 3, "--report", tmp_path / "page.html", "-q", "-v", "-j", 1, "--cache", "none"]
    ran = dedupe("eval", "--load", saved, *words, "-o", tmp_path / "out.json", "--json")
    assert ran.code == 0 and (tmp_path / "page.html").exists(), ran.err
    lines = [json.loads(line) for line in (tmp_path / "out.json").read_text().splitlines()]
    results = [line for line in lines if line["type"] == "result"]
    assert results[: len(plain.lines("result"))] == plain.lines("result") and results[-1]["descriptor"] == "union"


def test_where_there_are_too_few_negatives_the_page_says_why_it_has_no_recall(dedupe, saved, tmp_path):
    ran = dedupe("eval", "--load", saved, "--report", tmp_path / "page.html", "--format", "table")
    page = (tmp_path / "page.html").read_text()
    (sentence,) = re.findall(r"Too few photos to measure recall at these rates. Use at least [\d,]+ photos\.", ran.out)
    assert f"<h2>Recall by distortion</h2>\n<p>{sentence}</p>\n<h2>Distances" in page


def test_a_second_run_describes_nothing(dedupe, album):
    first = dedupe("eval", album, "-d", "dhash", "--distortions", "blur,crop")
    second = dedupe("eval", album, "-d", "dhash", "--distortions", "blur,crop,hflip")
    assert first.lines("summary")[0]["described"] == 40
    assert [line for line in second.lines("result") if line["distortion"] != "hflip"] != []
    third = dedupe("eval", album, "-d", "dhash", "--distortions", "blur,crop,hflip")
    assert third.lines("summary")[0]["described"] == 0 and third.lines("result") == second.lines("result")


def test_a_seed_reaches_what_is_drawn(dedupe, album, tmp_path):
    """In spite of the cache, whose copies drawn with another seed stay where they are."""
    raw, words = {}, ["eval", album, "-d", "dhash", "--distortions", "noise,part:area=0.5"]
    for seed in (0, 7, None):
        more = [] if seed is None else ["--seed", seed]
        ran = dedupe(*words, *more, "--save", tmp_path / f"{seed}.npz")
        assert ran.code == 0, ran.err
        raw[seed] = load(tmp_path / f"{seed}.npz")
    assert ran.lines("summary")[0]["described"] == 0 and raw[0].descriptors[0].key == raw[7].descriptors[0].key
    similar = {seed: each.descriptors[0].similar for seed, each in raw.items()}
    assert np.array_equal(similar[0], similar[None]) and (similar[0] != similar[7]).any(axis=1).all()
    dedupe(*words, "--seed", 7, "--cache", "none", "--save", tmp_path / "fresh.npz")
    assert np.array_equal(load(tmp_path / "fresh.npz").descriptors[0].similar, similar[7])


def test_a_renamed_photo_has_its_new_name_drawn_on_it(dedupe, album, tmp_path):
    """The same as without a cache; other copies are not made again, nor are any where no name has changed."""
    folder, words = tmp_path / "renamed", ["-d", "dhash", "--distortions", "occlude,blur"]
    shutil.copytree(album, folder)
    first = dedupe("eval", folder, *words, "--save", tmp_path / "0.npz")
    again = dedupe("eval", album, *words)
    assert again.lines("result") == first.lines("result") and again.lines("summary")[0]["described"] == 0
    for number, photo in enumerate(sorted(folder.iterdir())):
        photo.rename(folder / f"{number:02}{'W' * 30}.jpg")
    for number, cache in enumerate(([], ["--cache", "none"]), 1):
        dedupe("eval", folder, *words, *cache, "--save", tmp_path / f"{number}.npz")
    before, cached, fresh = (load(tmp_path / f"{number}.npz").descriptors[0].similar for number in range(3))
    assert np.array_equal(cached, fresh) and np.array_equal(cached[1], before[1])
    assert (cached[0] != before[0]).mean() > 0.3


def test_tables_have_distortions_down_and_descriptors_across(dedupe, saved):
    ran = dedupe("eval", "--load", saved, "--format", "table", env={"COLUMNS": "100"})
    assert ran.code == 0 and max(map(len, ran.out.splitlines())) <= 100
    rows = [line.split() for line in ran.out.splitlines()]
    assert "T1 and T2 are the mean" in ran.out
    assert ["distortion", "pdq", "dhash"] in rows and "Distances above T1, %" in ran.out and "Too few photos" in ran.out
    assert {"blur", "crop", "hflip", "mean", "worst"} <= {row[0] for row in rows if row}


def test_csv_has_a_row_a_result_and_one_column_a_rate(dedupe, saved, tmp_path):
    ran = dedupe("eval", "--load", saved, "-o", tmp_path / "out.csv")
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    results = [row for row in rows if row["type"] == "result"]
    assert len(results) == 6 and {"recall:1e-5", "above_t1", "distortion"} <= set(results[0])
    assert "pdq: above T1" in ran.out
    assert dedupe("eval", "--load", saved, "--csv").out == (tmp_path / "out.csv").read_text()


def test_the_page_is_one_file_without_scripts_or_requests(dedupe, saved, tmp_path):
    ran = dedupe("eval", "--load", saved, "--report", tmp_path / "page.html")
    assert ran.code == 0, ran.err
    text = (tmp_path / "page.html").read_text()
    page = checked(text)
    assert sum(tag == "figure" for tag, _, _ in page.tags) >= 2 * 3 and "prefers-color-scheme: dark" in text
    assert [line for line in page.data if line["type"] == "result"] == ran.lines("result")
    assert len(text) < 200_000 and "T1" in text
