"""dedupe score: how descriptors agree with what a user says of pairs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty photos of the package."""
    from dedupe.testing import photos

    folder = tmp_path_factory.mktemp("album")
    for photo in sorted(photos())[::3][:20]:
        shutil.copy(photo, folder)
    return folder


def test_judged_pairs(dedupe, album, tmp_path):
    originals = sorted(album.iterdir())[:6]
    lines = ["a,b,same"]
    for number, (one, other) in enumerate(zip(originals, [*originals[1:], originals[0]], strict=True)):
        with Image.open(one) as image:
            image.resize((image.width * 3 // 4, image.height * 3 // 4)).save(tmp_path / f"{number}.png")
        lines += [f"{number}.png,{one},1", f"{number}.png,{other},0"]
    lines.append(f"{originals[0]},missing.jpg,0")
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    ran = dedupe("score", tmp_path / "pairs.csv", "-d", "pdq", "-d", "dhash", "-t", "pdq=40")
    verdicts = {line["descriptor"]: line for line in ran.lines("verdict")}
    assert ran.code == 0 and [line["path"] for line in ran.lines("failure")] == [str(tmp_path / "missing.jpg")]
    assert verdicts["pdq"]["pairs"] == 12 and verdicts["pdq"]["same"] == 6 and verdicts["pdq"]["threshold"] == 40
    for one in verdicts.values():
        assert one["auc"] == 1 and one["precision"] == 1 and one["recall"] == 1 and one["recall_for"] == 1
    assert "1 of 13 pairs" in ran.lines("header")[0]["notes"][-1]
    (tmp_path / "same.csv").write_text("\n".join(line for line in lines if line.endswith(("same", ",1"))))
    notes = dedupe("score", tmp_path / "same.csv", "-d", "pdq").lines("header")[0]["notes"]
    assert "precision says nothing" in notes[-1]
    table = dedupe("score", tmp_path / "pairs.csv", "-d", "pdq", "--format", "table", "--precision", "0.9")
    assert "For a precision of 0.9" in table.out


def test_judged_pairs_take_the_distance_for_as_many_pairs_as_are_judged(dedupe, album, tmp_path):
    files = sorted(album.iterdir())[:20]
    lines = [f"{a},{b},0" for number, a in enumerate(files) for b in files[:number]]
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    words = ("score", tmp_path / "pairs.csv", "-d", "dhash")
    many, few = (dedupe(*words, "-t", f"expect={number}") for number in (19, 0.19))
    share = dedupe(*words, "-t", "fpr=1e-3")
    (line,) = few.lines("verdict")
    assert len(lines) == 190 and line["threshold"] == share.lines("verdict")[0]["threshold"]
    assert line["threshold"] < many.lines("verdict")[0]["threshold"]
    expected = few.lines("header")[0]["expected_false_pairs"]
    assert 0 < expected <= 0.19 and many.lines("header")[0]["expected_false_pairs"] <= 19
    both = dedupe(*words, "-d", "phash", "-t", "expect=0.19")
    assert both.lines("header")[0]["expected_false_pairs"] is None


def test_the_table_of_pairs_says_which_line_is_wrong(dedupe, tmp_path):
    (tmp_path / "pairs.csv").write_text("a.jpg,b.jpg,1\nc.jpg,maybe\n")
    ran = dedupe("score", tmp_path / "pairs.csv")
    assert ran.code == 2 and "line 2:" in ran.err
    none = dedupe("score", tmp_path / "missing.csv")
    assert none.code == 3 and "cannot be read" in none.err
    (tmp_path / "pairs.csv").write_text("a.jpg,b.jpg,1\n")
    unusable = dedupe("score", tmp_path / "pairs.csv")
    assert unusable.code == 3 and "of no pair" in unusable.err
    assert dedupe("score", tmp_path / "pairs.csv", "--precision", "1.5").code == 2
    assert dedupe("score", tmp_path / "pairs.csv", "-o", tmp_path / "pairs.csv").code == 4
