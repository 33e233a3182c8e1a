"""`find`: of what is near a picture by distance, what is a copy of it, and what is not."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

import dedupe as package
from dedupe.errors import UsageError
from dedupe.results import read
from pictures import photo
from receipts import receipt

pytestmark = pytest.mark.usefixtures("one_cache")


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight receipts of one shop, smaller copies of the first one, also brighter; and a photo with a cut copy."""
    folder = tmp_path_factory.mktemp("album")
    for number in range(8):
        receipt(number).save(folder / f"receipt{number}.png")
    receipt(0).resize((210, 450), Image.Resampling.LANCZOS).save(folder / "small.webp", quality=80)
    (folder / "again.png").write_bytes((folder / "receipt0.png").read_bytes())
    picture = photo(640, 480)
    picture.save(folder / "photo.jpg", quality=95)
    ImageEnhance.Brightness(picture).enhance(1.2).save(folder / "bright.jpg", quality=80)
    return folder


def names(ran) -> dict[str, str | None]:
    assert ran.code == 0, ran.err
    return {Path(match["path"]).name: match.get("kind") for match in ran.lines("match")}


def test_copies_are_listed_with_their_kind_and_variants_are_counted(dedupe, album):
    ran = dedupe("find", album / "receipt0.png", album)
    assert names(ran) == {"again.png": "same-bytes", "small.webp": "re-encoded"}
    small = ran.lines("match")[1]
    assert small["why"].endswith("% of the size") and 0.9 < small["agree"] <= 1
    (note,) = [note for note in ran.lines("header")[0]["notes"] if "layout" in note]
    everything = names(dedupe("find", album / "receipt0.png", album, "--no-judge", "-t", 110))
    others = names(dedupe("find", album / "receipt0.png", album, "--kind", "variant"))
    assert len(others) > 3 and all(name.startswith("receipt") for name in others) and others.keys() <= everything.keys()
    assert note.startswith(f"{len(others)} pictures") and "--kind variant lists" in note
    assert set(everything.values()) == {None}
    assert set(others.values()) == {"variant"}
    assert dedupe("find", album / "receipt0.png", album).lines("summary")[0]["duplicates"] == 2


def test_check_follows_what_is_listed(dedupe, album):
    asked = ("find", album / "receipt0.png", album, "--check")
    assert dedupe(*asked).code == 5
    assert dedupe(*asked, "--kind", "edited").code == 0


def test_the_nearest_however_far_say_of_what_kind_they_are(dedupe, album):
    found = names(dedupe("find", album / "photo.jpg", album, "-n", 4))
    assert len(found) == 4 and found["bright.jpg"] == "adjusted" and "different" in found.values()
    assert names(dedupe("find", album / "photo.jpg", album, "-n", 4, "--kind", "adjusted")) == {
        "bright.jpg": "adjusted"
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-n", 4], "the 4 nearest of 12 pictures; 1 of them a copy"),
        (["-n", 1, "--no-judge"], "the nearest of 12 pictures"),
        (["-n", 4, "--kind", "adjusted"], "1 match among 12 pictures"),
    ],
)
def test_the_nearest_are_not_called_matches(dedupe, album, options, said):
    ran = dedupe("find", album / "photo.jpg", album, *options, "--format", "table")
    assert ran.out.startswith(f"{said}\n"), ran.out


def test_at_most_so_many_are_looked_at_and_it_says_so(album, monkeypatch):
    monkeypatch.setattr("dedupe.query.looking.MOST", 1)
    found = package.find(album / "receipt0.png", album, kind="all")
    assert [match.kind for match in found.matches] == ["same-bytes"]
    assert any("The nearest 1 pictures were looked at; " in note for note in found.header.notes)
    nearest = package.find(album / "receipt0.png", album, nearest=3)
    assert [match.kind for match in nearest.matches] == ["same-bytes", None, None]


def test_pictures_in_memory_are_looked_at(album):
    found = package.find(receipt(0), {"same": receipt(0), "other": receipt(1)}, nearest=2)
    assert {match.file.path_str: match.kind for match in found.matches} == {"same": "same-bytes", "other": "variant"}


def test_what_cannot_be_looked_at_is_a_failure(album, monkeypatch):
    from dedupe.model import Failure

    lost = Failure(b"gone.png", "judge", "missing", "It is not there any more.")
    monkeypatch.setattr("dedupe.query.looking.judged", lambda pairs, decoders, run: [lost for _ in pairs])
    found = package.find(album / "photo.jpg", album)
    assert list(found.matches) == [] and lost in found.failures and found.summary.failures == {"missing": 1}
    assert any("could not be looked at: not listed" in note for note in found.header.notes)


def test_every_form_has_the_kind_and_lines_are_read_back(dedupe, album, tmp_path):
    asked = ("find", album / "receipt0.png", album)
    rows = list(csv.DictReader(io.StringIO(dedupe(*asked, "--format", "csv").out)))
    assert [row["kind"] for row in rows] == ["same-bytes", "re-encoded"] and rows[1]["agree"]
    assert "re-encoded, pdq" in dedupe(*asked, "--format", "table").out
    out = tmp_path / "found.jsonl"
    dedupe(*asked, "-o", out)
    back = read(out)
    assert (back.matches[0].kind, back.matches[0].agree) == ("same-bytes", 1.0)
    assert back.matches[1].why.endswith("of the size")


def test_kinds_without_the_judge_are_refused(dedupe, album):
    with pytest.raises(UsageError, match="--kind needs the judge"):
        package.find(album / "photo.jpg", album, judge=False, kind="all")
    ran = dedupe("find", album / "photo.jpg", album, "--kind", "alike")
    assert ran.code == 2 and "--kind alike: not a kind; choose from same-bytes" in ran.err
