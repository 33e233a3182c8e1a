"""Thresholds that say what may go wrong: shares, and false pairs expected; and distances that make no sense."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dedupe import UsageError, scan
from dedupe.calibrate import find_shipped, refuse_noise, settle
from dedupe.config import WORKING
from dedupe.describe.choose import Budget, choose
from dedupe.plugins import load

pytestmark = pytest.mark.usefixtures("one_cache")

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "examples/photos"


@pytest.fixture(scope="module")
def loaded():
    return load()


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


def test_with_v_it_is_said_what_a_threshold_was_measured_on_and_with_which_working_image(dedupe, strangers):
    words = ("scan", EXAMPLES, "-d", "phash", "-d", "dhash", "-d", "phash:bits=576")
    assert "Calibration of" not in dedupe(*words, cwd=ROOT).err + dedupe(*words, "-q", "-v", cwd=ROOT).err
    (told,) = [line for line in dedupe(*words, "-v", cwd=ROOT).err.splitlines() if "Calibration of" in line]
    assert "phash, dhash: 5,624 pictures (photos of many kinds" in told and "bits=576" not in told
    assert f"measured with working512-1, an earlier way to read pictures than today's {WORKING}." in told
    ran = dedupe("calibrate", strangers, "-d", "pdq", "-q")
    assert ran.lines("calibration"), ran.err
    own = dedupe("scan", EXAMPLES, "-d", "pdq", "-v", cwd=ROOT).err
    assert f"Calibration of pdq: 1,000 pictures, measured with {WORKING}, as pictures are read now." in own


@pytest.mark.parametrize("text", ["fpr=2", "fpr=often", "expect=-1", "expect=few"])
def test_what_makes_no_sense_is_refused(dedupe, text):
    ran = dedupe("scan", EXAMPLES, "-t", text, cwd=ROOT)
    assert ran.code == 2 and text in ran.err


def test_the_tables_beginning_says_what_is_near_and_what_may_be_wrong(dedupe):
    ran = dedupe("scan", EXAMPLES, "--format", "table", cwd=ROOT)
    assert "threshold: pdq distance 85 of 256 or less; false matches expected: 0.0" in ran.out


PICTURES = f"{EXAMPLES}/zoo/koala.jpg", f"{EXAMPLES}/zoo/moose.jpg"
VERBS = {
    "scan": ["scan", EXAMPLES],
    "find": ["find", PICTURES[0], EXAMPLES],
    "compare": ["compare", *PICTURES],
    "leak": ["leak", f"{EXAMPLES}/zoo", f"{EXAMPLES}/edited"],
    "leak by descriptors": ["leak", f"{EXAMPLES}/zoo", f"{EXAMPLES}/edited", "--no-judge"],
    "score": ["score", "examples/pairs.csv"],
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("descriptor", "distance", "words"),
    [
        ("pdq", "300", "most unrelated pictures are as near"),
        ("pdq", "0.9", "pdq counts the bits that differ; give a whole number"),
        ("pdq", "140", "most unrelated pictures are as near"),
        ("phash:bits=576", "576", "phash has 576 bits"),  # not calibrated
        ("pca256", "2", "no two pictures are farther apart than 2"),
    ],
)
def test_a_distance_that_the_descriptor_does_not_have_is_refused(dedupe, tmp_path, verb, descriptor, distance, words):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(f"{ROOT / PICTURES[0]},{ROOT / PICTURES[1]},0\n")
    command = [pairs if word == "examples/pairs.csv" else word for word in VERBS[verb]]
    result = tmp_path / "result.json"
    ran = dedupe(*command, "-d", descriptor, "-t", distance, "-o", result, cwd=tmp_path)
    assert ran.code == 2 and words in ran.err and f"={distance}" in ran.err, ran.err
    assert "Traceback" not in ran.err and not ran.out and not result.exists()


@pytest.fixture
def halves(tmp_path, photos) -> list[Path]:
    """Two folders with all photos of the package between them, and one of them in both."""
    folders = [tmp_path / "even", tmp_path / "odd"]
    for folder, some in zip(folders, (photos[::2], [*photos[1::2], photos[0]]), strict=True):
        folder.mkdir()
        for photo in some:
            shutil.copy(photo, folder)
    return folders


def test_more_false_pairs_expected_than_true_ones_found_is_refused(dedupe, halves, tmp_path):
    """Of 9,453 pairs of these photos the calibration expects 181 within 110, and 190 are; of each descriptor alone."""
    result = tmp_path / "result.json"
    for words in (["scan", *halves], ["find", halves[0] / "x.jpg", *halves], ["leak", *halves, "--no-judge"]):
        if words[0] == "find":
            shutil.copy(next(halves[0].iterdir()), halves[0] / "x.jpg")
        distance = "122" if words[0] == "find" else "110"
        alone = ["--no-judge"] if words[0] == "find" else []
        ran = dedupe(*words, *alone, "-d", "pdq", "-d", "phash", "-t", f"pdq={distance}", "-o", result)
        assert ran.code == 2 and not result.exists() and f"-t pdq={distance}: " in ran.err, ran.err
        assert "pairs of unrelated pictures are expected" in ran.err and "Give a smaller distance" in ran.err
    with pytest.raises(UsageError, match="-t pdq=110: "):
        scan(halves, thresholds=110, judge=False)
    accepted = dedupe("scan", *halves, "-t", "expect=180")
    assert accepted.code == 0 and accepted.lines("header")[0]["expected_false_pairs"] > 50, "what is accepted is kept"
    near = dedupe("scan", *halves, "-t", "60")
    assert near.code == 0 and len(near.lines("group")) == 1
    assert dedupe("leak", *halves, "-d", "pdq", "-t", "110").code == 0, "the judge decides there"


def test_what_is_expected_is_held_against_what_was_found_only_where_that_says_something(loaded):
    def given(distance: float, pairs: int, found: int) -> None:
        chosen = choose(loaded, "pdq", distance)
        refuse_noise(settle(chosen, Budget(), pairs), [found])

    share = find_shipped(loaded.descriptor("pdq"), choose(loaded, "pdq")[0].columns[0].key).share(100)
    given(100, int(0.9 / share), 1)  # less than one pair is expected
    given(100, int(50 / share), 0)  # nothing was found, and nothing is wrong
    given(100, int(50 / share), 101)
    with pytest.raises(UsageError, match=r"^-t pdq=100: 99 pairs are .* 50 pairs of unrelated pictures are expected"):
        given(100, int(50 / share) + 1, 99)
    unknown = choose(loaded, "pdq:source=full", 100)
    refuse_noise(settle(unknown, Budget(), 10**9), [1])  # not calibrated: nothing is known
