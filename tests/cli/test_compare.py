"""`compare`: one sentence, the evidence, a picture, and what cannot be judged."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageOps

from dedupe.query import compare
from dedupe.report.pair import sentence
from dedupe.results import read
from pictures import photo
from receipts import receipt

PHOTO = photo(640, 480)


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    PHOTO.save(folder / "photo.jpg", quality=95)
    PHOTO.resize((320, 240)).save(folder / "small.jpg", quality=50)
    PHOTO.save(folder / "worse.jpg", quality=60)
    PHOTO.save(folder / "photo.png")
    ImageOps.mirror(PHOTO).save(folder / "mirrored.jpg", quality=90)
    ImageEnhance.Brightness(PHOTO.convert("L")).enhance(0.7).save(folder / "dark.jpg", quality=90)
    PHOTO.rotate(5, Image.Resampling.BICUBIC).save(folder / "rotated.jpg", quality=90)
    receipt(1).save(folder / "receipt1.png")
    receipt(2).save(folder / "receipt2.png")
    Image.new("RGB", (300, 200), "white").save(folder / "white.png")
    Image.new("RGB", (300, 200), "white").save(folder / "white.jpg")
    Image.new("RGB", (300, 200), (252, 252, 252)).save(folder / "whitish.jpg")
    return folder


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("photo.jpg", "photo.jpg", "The same file, byte for byte."),
        (
            "photo.jpg",
            "small.jpg",
            "The same photo, smaller (50 % of the size) and saved again as JPEG at a lower quality.",
        ),
        ("worse.jpg", "photo.jpg", "The same photo, saved again as JPEG at a higher quality."),
        ("photo.jpg", "photo.png", "The same photo, saved as PNG."),
        ("photo.jpg", "mirrored.jpg", "The same photo, mirrored."),
        ("photo.jpg", "dark.jpg", "The same photo, darker and in grey."),
        ("dark.jpg", "photo.jpg", "The same photo, brighter and in colour."),
        ("photo.jpg", "rotated.jpg", "The same photo, rotated by 5 degrees."),
        ("receipt1.png", "receipt2.png", "One layout with other content."),
        ("photo.jpg", "receipt1.png", "Not the same picture."),
        ("photo.jpg", "white.png", "Not the same picture, as far as can be told: one of them shows next to nothing."),
        (
            "white.png",
            "whitish.jpg",
            "The same picture, saved as JPEG, as far as can be told: it shows next to nothing.",
        ),
        ("white.png", "white.jpg", "The same picture, pixel for pixel, saved as JPEG."),
    ],
)
def test_it_is_said_as_a_person_would(album: Path, a: str, b: str, said: str) -> None:
    assert sentence(compare(album / a, album / b, descriptor="pdq", cache="none")) == said


def test_the_evidence_shows_with_v_and_in_json_and_is_read_back(dedupe, album, tmp_path):
    pair = "compare", album / "photo.jpg", album / "rotated.jpg", "-d", "pdq"
    shown = dedupe(*pair, "--format", "table", "-v").out
    rows = "blocks that agree", "changed", "size", "file", "crop", "turn", "tone", "colour", "detail"
    assert all(f"\n {row} " in shown for row in rows), shown
    assert "640x480 in both" in shown and "JPEG of quality 95 (" in shown and "rotated by 5.0 degrees" in shown
    assert "evidence" not in dedupe(*pair, "--format", "table").out
    ran = dedupe(*pair, "-o", tmp_path / "said.jsonl")
    result = read(tmp_path / "said.jsonl")
    assert ran.code == 0 and sentence(result) == "The same photo, rotated by 5 degrees."
    assert result.judgement.evidence.jpeg_quality == (95, 90) and len(result.files) == 2
    result.to_json(tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_text() == (tmp_path / "said.jsonl").read_text()
    assert "evidence" not in dedupe(*pair, "--format", "csv").out


def test_with_v_what_was_seen_comes_before_distances_and_notes_come_last(dedupe, album):
    pair = album / "photo.jpg", album / "rotated.jpg"
    ran = dedupe("compare", *pair, "-d", "pdq", "-d", "ahash", "--format", "table", "-v", env={"COLUMNS": "80"})
    order = ["The same photo", "evidence", "By distance alone", "descriptor", "ahash cannot be that precise"]
    assert sorted(order, key=ran.out.index) == order and max(map(len, ran.out.splitlines())) <= 80
    assert "Calibration of" not in ran.err


def test_check_follows_the_judge(dedupe, album):
    for a, b, code in (("photo.jpg", "mirrored.jpg", 5), ("receipt1.png", "receipt2.png", 0)):
        ran = dedupe("compare", album / a, album / b, "--check", "-d", "pdq", "-t", 60)
        assert ran.code == code and ran.lines("summary")[0]["duplicates"] == bool(code)


def test_a_picture_of_both_is_written_whole_and_over_nothing_but_its_like(dedupe, album, tmp_path):
    pair, out = ("compare", album / "photo.jpg", album / "rotated.jpg", "-d", "pdq", "-o"), tmp_path / "out.png"
    for _ in range(2):  # the second one takes the place of the first
        ran = dedupe(*pair, out)
        assert ran.code == 0 and ran.out.startswith("The same photo, rotated by 5 degrees.\n"), ran.err
    with Image.open(out) as image:
        assert image.format == "PNG" and image.width <= 1600
    PHOTO.save(tmp_path / "mine.png")
    for refused in (tmp_path / "mine.png", album / "photo.jpg"):
        before = refused.read_bytes()
        ran = dedupe(*pair, refused)
        assert ran.code == 4 and "is a picture, and it was left alone" in ran.err and refused.read_bytes() == before
    assert dedupe("compare", out, album / "photo.jpg", "-o", out).code == 4, "not over what it reads"
    ran = dedupe(*pair, tmp_path / "text.png", "--json")
    assert ran.code == 2 and "a picture is no json" in ran.err and not (tmp_path / "text.png").exists()
    ran = dedupe(*pair, tmp_path / "none" / "out.png")
    assert ran.code == 3 and "out.png cannot be written: No such file" in ran.err and ran.out == ""
    ran = dedupe(*pair, tmp_path / "out.gif")
    assert ran.code == 2 and "use .txt, .json, .csv or .png" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.png", "out.png"]


def test_what_vanishes_before_it_is_looked_at_is_not_judged(dedupe, album, tmp_path, monkeypatch):
    from dedupe.query import comparing

    b = tmp_path / "b.jpg"
    source = comparing.source

    def gone(found, file):
        b.unlink(missing_ok=True)
        return source(found, file)

    monkeypatch.setattr(comparing, "source", gone)
    b.write_bytes((album / "small.jpg").read_bytes())
    result = compare(album / "photo.jpg", b, descriptor="pdq", cache="none")
    assert result.judgement is None and result.summary.duplicates == 0 and result.comparisons[0].match
    assert sentence(result).startswith("Not judged: ") and result.summary.failures == {"vanished": 1}
    assert [one.path for one in result.failures] == [bytes(b)]


HANGING = """
WELL = 1

import time
from pathlib import Path

from dedupe import Decoder, hookimpl
from dedupe.model import DecodedInfo
import numpy as np

class Sleepy:
    name, version, suffixes = "sleepy", "1", (".zzz",)
    def matches(self, head):
        return head.startswith(b"SLEEPY")
    def decode(self, stream, want):
        before = len(list(Path(__file__).parent.glob("read-*")))
        if before == WELL:
            time.sleep(60)
        (Path(__file__).parent / f"read-{before}").touch()
        cells = np.random.default_rng(1).integers(0, 255, (6, 8, 3), np.uint8)
        return cells.repeat(10, 0).repeat(10, 1), DecodedInfo(80, 60, "SLEEPY")

@hookimpl
def dedupe_decoders():
    return [Sleepy()]
"""


def test_a_decoder_that_hangs_at_the_second_read_is_not_judged_and_nothing_is_drawn(dedupe, album, tmp_path):
    (tmp_path / "sleepy.py").write_text(HANGING)
    (tmp_path / "a.zzz").write_bytes(b"SLEEPY" * 20)
    asked = "--plugin", tmp_path / "sleepy.py", "--file-timeout", 2, "-d", "pdq", "--cache", "none"
    ran = dedupe("compare", tmp_path / "a.zzz", album / "photo.jpg", *asked, "--check", "--format", "table")
    assert ran.code == 0 and ran.out.startswith("Not judged: Reading or decoding it took longer than 2 seconds."), (
        ran.out + ran.err
    )
    drawing = "compare", tmp_path / "a.zzz", album / "photo.jpg", *asked, "-o", tmp_path / "out.png"
    (tmp_path / "read-0").unlink()
    ran = dedupe(*drawing)
    assert ran.code == 3 and "No picture was made. Not judged: " in ran.err and not (tmp_path / "out.png").exists()
    (tmp_path / "read-0").unlink()
    (tmp_path / "sleepy.py").write_text(HANGING.replace("WELL = 1", "WELL = 2"))  # that draws has it in hand
    ran = dedupe(*drawing)
    assert ran.code == 3 and "The two could not be drawn: that took longer than 4 seconds." in ran.err
    assert not (tmp_path / "out.png").exists()
