"""dedupe calibrate: calibrations of one's own, what they need, and that every result which uses one says so."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from dedupe import calibrate
from dedupe.importing import import_pictures
from dedupe.report.imports import write_json, write_table

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "examples/photos"
KOALA, MOOSE = f"{EXAMPLES}/zoo/koala.jpg", f"{EXAMPLES}/zoo/moose.jpg"


@pytest.fixture(scope="module")
def measured(strangers, tmp_path_factory) -> Path:
    """A calibration of pdq."""
    folder = tmp_path_factory.mktemp("measured")
    (made,) = calibrate(str(strangers), descriptors="pdq", into=str(folder), cache="none").calibrations
    return Path(made.path.decode())


@pytest.fixture
def installed(measured, own_cache) -> Path:
    """The same in the data folder of this test."""
    folder = own_cache / "data" / "calibration"
    folder.mkdir(parents=True)
    return Path(shutil.copy(measured, folder))


def test_it_is_measured_used_listed_and_removed(dedupe, strangers, own_cache):
    ran = dedupe("calibrate", strangers, "-d", "pdq", "--json")
    assert ran.code == 0, ran.err
    (made,) = ran.lines("calibration")
    assert made["pictures"] == 1000 and made["pairs"] == 1000 * 999 // 2
    assert own_cache / "data" in Path(made["path"]).parents
    (listed,) = dedupe("calibrate", "--list", "--json").lines()
    assert {**listed, "checked": 0} == {**made, "checked": 0} and listed["checked"] == pytest.approx(
        made["checked"], rel=1e-5
    )
    assert made["key"] == json.loads(Path(made["path"]).read_text())["key"]
    used = dedupe("scan", EXAMPLES, "-t", "fpr=1e-5", cwd=ROOT).lines("header")[0]
    assert used["thresholds"]["pdq"] == made["distance"]["1e-5"] and used["own_calibrations"] == ["pdq"]
    removed = dedupe("calibrate", "--remove", made["key"])
    assert removed.code == 0 and made["path"] in removed.err and not Path(made["path"]).exists()
    shipped = dedupe("scan", EXAMPLES, "-t", "fpr=1e-5", cwd=ROOT).lines("header")[0]
    assert shipped["thresholds"]["pdq"] != used["thresholds"]["pdq"] and shipped["own_calibrations"] == []
    again = dedupe("calibrate", "--remove", made["key"])
    assert again.code == 2 and "no calibration of yours" in again.err and "--list" in again.err
    assert dedupe("calibrate", "--list").out == ""


@pytest.mark.parametrize(
    "words",
    [
        ["scan", EXAMPLES],
        ["find", KOALA, EXAMPLES],
        ["compare", KOALA, MOOSE, "-d", "pdq"],
        ["leak", f"{EXAMPLES}/zoo", f"{EXAMPLES}/edited", "-d", "pdq"],
        ["score", "pairs.csv"],
    ],
    ids=lambda words: words[0],
)
def test_every_result_that_uses_it_says_so(dedupe, installed, tmp_path, words):
    (tmp_path / "pairs.csv").write_text(f"{ROOT / KOALA},{ROOT / MOOSE},0\n")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    ran = dedupe(*words, "--json", cwd=tmp_path)
    assert ran.lines("header")[0]["own_calibrations"] == ["pdq"], ran.err
    table = dedupe(*words, "--format", "table", "-q", cwd=tmp_path)
    (line,) = [line for line in table.out.splitlines() if "calibration" in line]
    assert "your own for pdq" in line and "dedupe calibrate --list" in line
    file = dedupe(*words, "-o", tmp_path / "result.csv", cwd=tmp_path)
    assert "your own for pdq" in file.out


@pytest.mark.usefixtures("installed")
def test_an_import_that_uses_it_says_so(tmp_path):
    for folder, name in (("library", KOALA), ("card", MOOSE)):
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / name, tmp_path / folder)
    made, lines, table = import_pictures(tmp_path / "card", tmp_path / "library"), io.StringIO(), io.StringIO()
    write_json(made, lines)
    write_table(made, table)
    assert json.loads(lines.getvalue().splitlines()[-1])["own_calibrations"] == ["pdq"]
    assert "calibration: your own for pdq" in table.getvalue()


def test_one_is_removed_by_its_descriptors_name_where_only_one_has_it(dedupe, installed):
    another = installed.with_name("another.json")
    another.write_text(installed.read_text().replace("source=working", "source=full"))
    two = dedupe("calibrate", "--remove", "pdq")
    assert two.code == 2 and "2 calibrations for pdq" in two.err and another.exists() and installed.exists()
    another.unlink()
    listed = dedupe("calibrate", "--list", env={"COLUMNS": "80"})
    assert dedupe("calibrate", "--remove", "phash").code == 2 and listed.code == 0
    assert dedupe("calibrate", "--remove", "pdq").code == 0 and not installed.exists()


def test_near_duplicates_are_refused_and_named(dedupe, strangers, own_cache, tmp_path):
    folder = shutil.copytree(strangers, tmp_path / "pictures")
    for name, changed in (("0003", Image.Image.copy), ("0500", ImageOps.mirror)):
        with Image.open(folder / f"{name}.png") as image:
            changed(image).save(folder / f"{name}-again.jpg", quality=80)
    kinds = {"0003": "re-encoded", "0500": "edited"}
    for words in (["-d", "pdq"], ["-d", "dhash:bits=256"]):  # the second one has no calibration
        ran = dedupe("calibrate", folder, *words)
        assert ran.code == 2 and not ran.out and "2 of these pictures are near-duplicates" in ran.err
        assert "--without-duplicates" in ran.err and not (own_cache / "data").exists()
        assert "(1 re-encoded, 1 edited)" in ran.err
        for name in kinds:
            (line,) = [line for line in ran.err.splitlines() if f"{name}.png" in line]
            assert f"{name}-again.jpg" in line and f"({kinds[name]}, pdq " in line
    ran = dedupe("calibrate", folder, "--without-duplicates", "--into", tmp_path / "new", "--json")
    assert ran.code == 0 and ran.lines("calibration")[0]["pictures"] == 1000
    assert (
        "2 near-duplicates and other shots were left out (1 re-encoded, 1 edited)." in ran.lines("header")[0]["notes"]
    )
    assert ran.lines("summary")[0]["kinds"] == {"re-encoded": 1, "edited": 1}
    kept = json.loads(Path(ran.lines("calibration")[0]["path"]).read_text())
    plain = dedupe("calibrate", strangers, "--into", tmp_path / "plain", "--json")
    alone = json.loads(Path(plain.lines("calibration")[0]["path"]).read_text())
    assert kept["distances"][0] == pytest.approx(alone["distances"][0], abs=4)


def test_a_calibration_that_finds_nothing_does_not_hide_near_duplicates(dedupe, installed, strangers, tmp_path):
    found = json.loads(installed.read_text())
    installed.write_text(json.dumps({**found, "distances": [0, 1, 2], "shares": [0.1, 0.2, 0.3]}))
    assert dedupe("scan", EXAMPLES, cwd=ROOT).lines("header")[0]["thresholds"] == {"pdq": 0}
    given = dedupe("scan", EXAMPLES, "-t", "40", cwd=ROOT)
    assert given.code == 0 and given.lines("group"), "a distance overrules it"
    folder = shutil.copytree(strangers, tmp_path / "pictures")
    with Image.open(folder / "0003.png") as image:
        image.save(folder / "again.jpg", quality=80)
    ran = dedupe("calibrate", folder, "-d", "pdq")
    assert ran.code == 2 and "again.jpg" in ran.err


def test_fewer_than_a_thousand_are_refused(dedupe, strangers, tmp_path):
    folder = shutil.copytree(strangers, tmp_path / "pictures")
    first = folder / "0000.png"
    first.unlink()
    with Image.open(folder / "0001.png") as image:
        image.save(folder / "0001-again.jpg", quality=80)
    ran = dedupe("calibrate", folder, "--without-duplicates", "--into", tmp_path / "new")
    assert ran.code == 2 and "999 different pictures" in ran.err and "1,000" in ran.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "name folders"),
        (["--list", EXAMPLES], "stand alone"),
        (["--list", "--remove", "x"], "stand alone"),
        (["--remove", "x", "--into", "new"], "stand alone"),
        (["-t", "3", EXAMPLES], "No such option"),
    ],
)
def test_a_wrong_request_is_a_sentence(dedupe, options, words):
    ran = dedupe("calibrate", *options, cwd=ROOT)
    assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err
