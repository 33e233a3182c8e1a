"""Thresholds that say what may go wrong: shares, false pairs expected, and calibrations of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dedupe.config import WORKING

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "examples/photos"
SHIPPED = "dedupe/testing/photos"


def header(ran):
    assert ran.code in (0, 1), ran.err
    return ran.lines("header")[0]


def near(ran, name="pdq"):
    return header(ran)["thresholds"][name]


def test_a_share_and_a_number_of_false_pairs_set_the_distance(dedupe):
    strict, loose = (dedupe("scan", EXAMPLES, "-t", text, cwd=ROOT) for text in ("fpr=1e-6", "fpr=1e-3"))
    assert near(strict) < near(loose)
    assert header(strict)["expected_false_pairs"] < header(loose)["expected_false_pairs"]
    few, many = (dedupe("scan", EXAMPLES, "-t", text, cwd=ROOT) for text in ("expect=0.001", "expect=3"))
    assert near(few) < near(many)
    assert header(few)["expected_false_pairs"] <= 0.001 and 0.001 < header(many)["expected_false_pairs"] <= 3


def test_several_descriptors_share_what_may_go_wrong(dedupe):
    alone = dedupe("scan", EXAMPLES, "-d", "phash", "-t", "fpr=1e-4", cwd=ROOT)
    union = dedupe("scan", EXAMPLES, "-d", "phash", "-d", "pdq", "-t", "fpr=1e-4", cwd=ROOT)
    assert near(union, "phash") <= near(alone, "phash")
    mixed = dedupe("scan", EXAMPLES, "-d", "phash", "-d", "pdq", "-t", "fpr=1e-4", "-t", "pdq=20", cwd=ROOT)
    assert near(mixed) == 20 and near(mixed, "phash") == near(alone, "phash")


def test_find_and_compare_have_them_too(dedupe):
    koala = f"{EXAMPLES}/zoo/koala.jpg"
    found = dedupe("find", koala, EXAMPLES, cwd=ROOT)
    assert near(found) > 60 and found.lines("match")
    compared = dedupe("compare", koala, f"{EXAMPLES}/zoo/moose.jpg", "-d", "pdq", "-t", "fpr=0.4", cwd=ROOT)
    (line,) = compared.lines("comparison")
    assert line["threshold"] == near(compared) > 100


def test_what_is_not_calibrated_is_said(dedupe):
    ran = dedupe("scan", EXAMPLES, "-d", "phash:bits=576", cwd=ROOT)
    assert header(ran)["expected_false_pairs"] is None
    assert any("not calibrated" in note for note in header(ran)["notes"])


def test_with_v_it_is_said_what_a_threshold_was_measured_on_and_with_which_working_image(dedupe, tmp_path):
    words = ("scan", EXAMPLES, "-d", "phash", "-d", "dhash", "-d", "phash:bits=576")
    assert "Calibration of" not in dedupe(*words, cwd=ROOT).err + dedupe(*words, "-q", "-v", cwd=ROOT).err
    (told,) = [line for line in dedupe(*words, "-v", cwd=ROOT).err.splitlines() if "Calibration of" in line]
    assert "phash, dhash: 5,624 pictures (photos of many kinds" in told and "bits=576" not in told
    assert f"measured with working512-1, an earlier way to read pictures than today's {WORKING}." in told
    ran = dedupe("eval", "--calibrate", SHIPPED, "-d", "phash", "-q", cwd=ROOT)
    assert ran.lines("calibration"), ran.err
    own = dedupe("compare", f"{EXAMPLES}/zoo/koala.jpg", f"{EXAMPLES}/zoo/moose.jpg", "-d", "phash", "-v", cwd=ROOT).err
    assert f"Calibration of phash: 138 pictures, measured with {WORKING}, as pictures are read now." in own


@pytest.mark.parametrize("text", ["fpr=2", "fpr=often", "expect=-1", "expect=few"])
def test_what_makes_no_sense_is_refused(dedupe, text):
    ran = dedupe("scan", EXAMPLES, "-t", text, cwd=ROOT)
    assert ran.code == 2 and text in ran.err


def test_the_tables_end_says_what_is_near_and_what_may_be_wrong(dedupe):
    ran = dedupe("scan", EXAMPLES, "--format", "table", cwd=ROOT)
    assert "near means" in ran.out and "pdq <= " in ran.out and "false pairs expected" in ran.out


def test_a_calibration_of_ones_own_is_measured_and_used(dedupe, tmp_path):
    env = {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    before = near(dedupe("scan", EXAMPLES, cwd=ROOT, env=env))
    ran = dedupe("eval", "--calibrate", SHIPPED, "-d", "pdq", "--json", cwd=ROOT, env=env)
    (line,) = ran.lines("calibration")
    assert ran.code == 0 and line["pictures"] > 100 and line["pairs"] == line["pictures"] * (line["pictures"] - 1) // 2
    assert tmp_path in Path(line["path"]).parents and json.loads(Path(line["path"]).read_text())["key"] == line["key"]
    assert any("3,500 or more" in note for note in ran.lines("header")[0]["notes"]), (
        "138 photos are few, and it says so"
    )
    after = near(dedupe("scan", EXAMPLES, "-t", "fpr=1e-2", cwd=ROOT, env=env))
    assert after == pytest.approx(line["distance"]["1e-4"], abs=40) and after != before


def test_calibrating_on_nothing_or_too_little_is_refused(dedupe, tmp_path):
    assert "name folders" in dedupe("eval", "--calibrate", "-d", "pdq").err
    few = dedupe("eval", "--calibrate", EXAMPLES, "-d", "pdq", "--into", tmp_path / "new", cwd=ROOT)
    assert few.code == 2 and "too few to calibrate" in few.err and not (tmp_path / "new").exists()
    for options in (
        ["--calibrate", "--union", EXAMPLES],
        ["--into", tmp_path, EXAMPLES],
        ["--calibrate", "-t", "3", EXAMPLES],
    ):
        assert dedupe("eval", *options, cwd=ROOT).code == 2
