"""Files with the same bytes: described once, and each with its own failure where that fails."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

FUSSY = '''
import numpy as np
from dedupe import Decode, hookimpl

class Fussy:
    """Two bits of the mean; raises for dark pictures."""

    name, version, metric, threshold = "fussy", "1", "hamming", 1.0
    decode = Decode(mode="L", size=(8, 8))

    def describe(self, images):
        if images.mean(axis=(1, 2)).min() < 20:
            raise ValueError("too dark")
        return (images.mean(axis=(1, 2)) // 64).astype(np.uint8)[:, None]

@hookimpl
def dedupe_descriptors():
    return [Fussy]
'''


@pytest.fixture
def twice(tmp_path: Path, photos: list[Path]) -> Path:
    """Thirty photos, and all of them again in another folder."""
    for photo in photos[:30]:
        for name in ("first", "second"):
            (tmp_path / "album" / name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(photo, tmp_path / "album" / name / photo.name)
    return tmp_path / "album"


@pytest.mark.parametrize("cache", ["none", "own.db"])
def test_a_copy_is_not_decoded(dedupe, twice, tmp_path, cache):
    words = ("scan", twice, "-d", "phash", "-d", "pdq", "--cache", cache if cache == "none" else tmp_path / cache)
    ran = dedupe(*words)
    summary = ran.lines("summary")[0]
    assert (summary["files"], summary["contents"], summary["described"]) == (60, 30, 30)
    assert summary["groups"] >= 30 - 1 and summary["duplicates"] >= 30
    again = dedupe(*words, "-d", "dhash")
    assert again.lines("summary")[0]["described"] == 30, "one more descriptor, of each content once"
    shutil.rmtree(twice / "second")
    alone = dedupe(*words).lines("summary")[0]
    assert alone["described"] == (30 if cache == "none" else 0)


def test_copies_of_what_cannot_be_used_fail_each(dedupe, twice, tmp_path):
    (tmp_path / "fussy.py").write_text(FUSSY)
    for name in ("first", "second"):
        Image.new("L", (64, 64), 5).save(twice / name / "dark.png")
        (twice / name / "broken.jpg").write_bytes((twice / "first").glob("*.jpg").__next__().read_bytes()[:900])
    ran = dedupe("scan", twice, "-d", "fussy", "-d", "phash", "--plugin", tmp_path / "fussy.py")
    found = sorted((Path(line["path"]).relative_to(twice).as_posix(), line["reason"]) for line in ran.lines("failure"))
    assert found == [
        ("first/broken.jpg", "truncated"),
        ("first/dark.png", "raised"),
        ("second/broken.jpg", "truncated"),
        ("second/dark.png", "raised"),
    ]
    assert ran.code == 0 and ran.lines("summary")[0]["described"] == 32, "the dark one is tried each time"
