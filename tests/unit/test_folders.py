"""Folders of which another one has all pictures are said, and none that holds anything else."""

from __future__ import annotations

import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image

import dedupe
from dedupe.report.table import write_summary
from dedupe.results import read
from pictures import photo


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Five pictures in `all`, three of them in `phone` too, one as a PNG; two in `few`, which also has one twice."""
    for name in ("all", "phone", "few"):
        (tmp_path / name).mkdir()
    for number in range(5):
        photo(240 + 20 * number, 180).rotate(90 * number).save(tmp_path / "all" / f"{number}.jpg", quality=90)
    for number in (0, 1):
        shutil.copy(tmp_path / "all" / f"{number}.jpg", tmp_path / "phone" / f"IMG_{number}.jpg")
        shutil.copy(tmp_path / "all" / f"{number}.jpg", tmp_path / "few" / f"IMG_{number}.jpg")
    with Image.open(tmp_path / "all" / "2.jpg") as image:
        image.save(tmp_path / "phone" / "IMG_2.png")
    return tmp_path


def folders(*paths: Path, **given: object) -> list[tuple[str, int, str]]:
    found = dedupe.scan(paths, descriptor="pdq", workers=1, **given).summary.folders or ()
    return [(Path(one["path"]).name, one["pictures"], Path(one["in"]).name) for one in found]


def test_a_folder_of_which_another_one_has_all_is_said(top):
    assert folders(top) == [("phone", 3, "all")]
    found = dedupe.scan(top, descriptor="pdq", workers=1)
    write_summary(found, text := StringIO())
    assert re.search("^All 3 pictures in .*phone/ are also in .*all/$", text.getvalue(), re.M), text.getvalue()
    found.to_json(top / "found.jsonl")
    assert read(top / "found.jsonl").summary.folders == found.summary.folders


def test_one_that_has_anything_else_or_stays_is_not(top):
    assert folders(top, protect=top / "phone") == []
    assert folders(top / "all", reference=top / "phone") == [], "a reference is always kept"
    assert folders(top / "phone", reference=top / "all") == [("phone", 3, "all")]
    (top / "phone" / "below").mkdir()
    photo(300, 300).save(top / "phone" / "below" / "own.jpg")
    assert folders(top) == [], "whoever removes the folder removes what is below it"
    shutil.rmtree(top / "phone" / "below")
    (top / "phone" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    assert folders(top) == [], "what cannot be read may be a picture of its own"


def test_of_two_that_have_the_same_one_is_called_redundant(top):
    shutil.copytree(top / "all", top / "again")
    assert {name for name, count, _ in folders(top / "all", top / "again") if count == 5} in ({"all"}, {"again"})
    assert ("phone", 3) in [one[:2] for one in folders(top)]


def test_placeholders_that_lie_in_very_many_folders_make_none_redundant(tmp_path):
    for number in range(102):
        (tmp_path / f"{number:03}").mkdir()
        for name in range(3):
            if number:
                shutil.copy(tmp_path / "000" / f"{name}.png", tmp_path / f"{number:03}")
            else:
                photo(200 + 20 * name, 150).rotate(90 * name).save(tmp_path / "000" / f"{name}.png")
    assert folders(tmp_path) == []
    assert len(folders(*(tmp_path / f"{number:03}" for number in range(90)))) == 89
